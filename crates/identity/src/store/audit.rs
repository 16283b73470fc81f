//! The tables of the audit trail.

use db::Tx;
use kernel::{OrganizationId, Result};

use crate::audit::Event;

/// The organization that an event about a token concerns, where the event does not say.
pub(crate) fn organization_of_event(
    tx: &mut Tx<'_>,
    event: &Event,
) -> Result<Option<OrganizationId>> {
    if event.resource_kind != "authentication-tokens" {
        return Ok(None);
    }
    let Ok(id) = event.resource_id.parse() else { return Ok(None) };
    Ok(super::find_token(tx, id)?.and_then(|token| token.holder.organization()))
}
