//! What can be done: each operation decides, and changes or reads in one transaction.

mod giving;
mod grants;
mod keys;
mod lifetimes;
mod memberships;
mod minting;
mod oauth;
mod organization_tokens;
mod organizations;
mod presented;
mod projects;
mod second_factors;
mod second_step;
mod sign_in;
mod sso;
mod sso_account;
mod sso_groups;
mod team_members;
mod team_places;
mod team_tokens;
mod teams;
mod tokens;
mod trusts;
mod users;
mod workloads;

use kernel::{Actor, Context, Denial, Error, Result};

pub use grants::{
    ProjectGrant, create_grant, delete_grant, find_grant, list_grants, require_grant, update_grant,
};
pub use lifetimes::LifetimeChange;
pub use memberships::list_memberships;
pub(crate) use oauth::Exchange;
pub use organization_tokens::OrganizationTokenKind;
pub use organizations::list_organizations;
pub use presented::{
    Presented, TeamPath, Who, name_of_person, path_of_team, person_named, team_named,
};
pub use projects::{list_projects, project_details};
pub(crate) use second_factors::WaysIn;
pub(crate) use second_step::Waiting;
pub use sign_in::SignIn;
pub(crate) use sso::Return;
pub(crate) use team_places::TeamPlace;
pub(crate) use teams::sees_all;
pub use teams::{find_team, list_teams, may_see as may_see_team};
pub use users::{find_project, find_user};
pub(crate) use workloads::may_be_identity;

/// Whether the caller is the server itself or administers the site.
fn is_site_admin(context: &Context) -> bool {
    match &context.actor {
        Actor::System => true,
        Actor::User(user) => user.site_admin,
        Actor::Anonymous | Actor::Service(_) => false,
    }
}

pub(crate) fn require_site_admin(context: &Context) -> Result<()> {
    if is_site_admin(context) {
        return Ok(());
    }
    Err(Error::forbidden("only a site administrator may do that").denying(Denial {
        right: "administer-site",
        organization: None,
        resource_kind: "site",
        resource_id: String::new(),
    }))
}

/// The first of several validations, or all that is wrong at once.
fn all_of(checks: impl IntoIterator<Item = Result<()>>) -> Result<()> {
    let errors = checks.into_iter().filter_map(Result::err);
    errors.reduce(Error::and).map_or(Ok(()), Err)
}
