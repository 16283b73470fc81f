//! What the unit tests of this crate share.

use identity::{Organization, OrganizationSettings, Rights, Scope, access::Standing};
use kernel::{
    Actor, Context, LockId, OrganizationId, ProjectId, Timestamp, TokenLimits, UserActor, UserId,
    WorkspaceId,
};

use crate::workspace::{Holder, Lock, Settings, Workspace};

pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_763_800_000_000_000);

/// A person at [`NOW`].
pub(crate) fn somebody(username: &str) -> Context {
    let user = UserActor {
        id: UserId::generate(),
        username: username.to_owned(),
        site_admin: false,
        token: None,
        session: None,
        limits: TokenLimits::default(),
    };
    Context { actor: Actor::User(user), now: NOW, request_id: "test".to_owned(), address: None }
}

/// A workspace that nobody has touched.
pub(crate) fn workspace() -> Workspace {
    Workspace {
        id: WorkspaceId::generate(),
        organization_id: OrganizationId::generate(),
        project_id: ProjectId::generate(),
        project_name: "default".to_owned(),
        name: "network".to_owned(),
        description: String::new(),
        execution_mode: None,
        inherited_execution_mode: None,
        terraform_version: "latest".to_owned(),
        working_directory: String::new(),
        auto_apply: false,
        global_remote_state: false,
        project_remote_state: false,
        settings: Settings::default(),
        lock: None,
        current_state_version_id: None,
        pending_state_version_id: None,
        resource_count: Some(0),
        created_at: NOW,
        updated_at: NOW,
        latest_change_at: NOW,
    }
}

/// A lock that this person holds.
pub(crate) fn lock_of(context: &Context) -> Lock {
    let user = context.user().unwrap();
    Lock {
        id: LockId::generate(),
        holder: Holder::User { id: user.id, username: user.username.clone() },
        token_id: None,
        reason: String::new(),
        at: NOW,
        seen_at: NOW,
    }
}

/// What somebody with these rights sees in an organization whose workspaces run locally.
pub(crate) fn scope(rights: Rights) -> Scope {
    let organization = Organization {
        id: OrganizationId::generate(),
        name: "acme".to_owned(),
        email: "ops@example.com".to_owned(),
        default_execution_mode: identity::ExecutionMode::Local,
        default_project_id: ProjectId::generate(),
        settings: OrganizationSettings::default(),
        created_at: NOW,
        updated_at: NOW,
    };
    Scope::new(organization, Standing { rights, ..Standing::default() })
}
