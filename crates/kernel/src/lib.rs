//! The words every other crate speaks: ids, instants, who asks, errors, pages and secrets.
//!
//! Nothing here does input or output, nothing is async, and nothing knows SQL or HTTP. The one
//! effect is making a new id.

mod clock;
mod context;
mod error;
mod id;
mod page;
mod secret;

pub use clock::{Clock, FixedClock, SystemClock, Timestamp};
pub use context::{Actor, Context, Principal, ServiceActor, TokenLimits, UserActor};
pub use error::{Denial, Detail, Error, Kind, Result};
pub use id::{
    AuditRecordId, ContentId, DataKeyId, Id, IdKind, InvalidId, LockId, MembershipId,
    OrganizationId, OutputId, ProjectAccessId, ProjectId, ReservedTagKeyId, RunId, SessionId,
    StateVersionId, TagBindingId, TagId, TeamId, TokenId, TrustId, UserId, VariableId,
    VariableSetId, WorkspaceAccessId, WorkspaceId, kinds, moment,
};
pub use page::{Page, PageRequest};
pub use secret::Secret;
