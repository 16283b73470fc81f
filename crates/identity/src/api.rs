//! The API of this crate: its route table, and below it what the handlers share.

mod account;
mod audit;
mod discovery;
mod keys;
mod lifetimes;
mod memberships;
mod oauth;
mod organization_tokens;
mod organizations;
mod projects;
mod tags;
mod team_members;
mod team_projects;
mod team_tokens;
mod teams;
mod tokens;
mod trusts;

use kernel::{Error, Result};
use web::Routes;

use crate::Identity;

const TEAM_MEMBERSHIPS: &str = "/api/v2/teams/{id}/relationships/organization-memberships";

const ORGANIZATION_TOKEN: &str = "/api/v2/organizations/{org}/authentication-token";

/// The API's route table.
pub(crate) fn routes() -> Routes<Identity> {
    Routes::new()
        .get("/.well-known/terraform.json", discovery::read)
        .get("/api/v2/ping", discovery::ping)
        .post("/app/oauth/token", oauth::exchange)
        .get("/api/v2/account/details", account::read)
        .patch("/api/v2/account/update", account::update)
        .patch("/api/v2/account/password", account::change_password)
        .get("/api/v2/users/{id}", account::read_user)
        .get("/api/v2/users/{id}/authentication-tokens", tokens::list)
        .post("/api/v2/users/{id}/authentication-tokens", tokens::create)
        .get("/api/v2/authentication-tokens/{id}", tokens::read)
        .delete("/api/v2/authentication-tokens/{id}", tokens::delete)
        .get("/api/v2/teams/{id}/authentication-tokens", team_tokens::list)
        .post("/api/v2/teams/{id}/authentication-tokens", team_tokens::create)
        .get("/api/v2/teams/{id}/authentication-token", team_tokens::read_single)
        .post("/api/v2/teams/{id}/authentication-token", team_tokens::create_single)
        .delete("/api/v2/teams/{id}/authentication-token", team_tokens::delete_single)
        .get("/api/v2/organizations/{org}/team-tokens", team_tokens::list_all)
        .get(ORGANIZATION_TOKEN, organization_tokens::read)
        .post(ORGANIZATION_TOKEN, organization_tokens::create)
        .delete(ORGANIZATION_TOKEN, organization_tokens::delete)
        .get("/api/v2/organizations/{org}/token-ttl-policies", lifetimes::list)
        .patch("/api/v2/organizations/{org}/token-ttl-policies", lifetimes::update)
        .put("/api/v2/organizations/{org}/token-ttl-policies", lifetimes::update)
        .get("/api/v2/organizations/{org}/access-keys", keys::list)
        .post("/api/v2/organizations/{org}/access-keys", keys::create)
        .get("/api/v2/access-keys/{id}", keys::read)
        .delete("/api/v2/access-keys/{id}", keys::delete)
        .get("/api/v2/organizations", organizations::list)
        .post("/api/v2/organizations", organizations::create)
        .get("/api/v2/organizations/{org}", organizations::read)
        .patch("/api/v2/organizations/{org}", organizations::update)
        .delete("/api/v2/organizations/{org}", organizations::delete)
        .get("/api/v2/organizations/{org}/entitlement-set", organizations::entitlements)
        .get("/api/v2/organizations/{org}/organization-memberships", memberships::list)
        .post("/api/v2/organizations/{org}/organization-memberships", memberships::create)
        .get("/api/v2/organization-memberships/{id}", memberships::read)
        .delete("/api/v2/organization-memberships/{id}", memberships::delete)
        .get("/api/v2/organizations/{org}/audit-records", audit::list)
        .get("/api/v2/organization/audit-trail", audit::trail)
        .get("/api/v2/admin/audit-records", audit::list_of_site)
        .get("/api/v2/organizations/{org}/teams", teams::list)
        .post("/api/v2/organizations/{org}/teams", teams::create)
        .get("/api/v2/teams/{id}", teams::read)
        .patch("/api/v2/teams/{id}", teams::update)
        .delete("/api/v2/teams/{id}", teams::delete)
        .get(TEAM_MEMBERSHIPS, memberships::list_of_team)
        .post("/api/v2/teams/{id}/relationships/users", team_members::add_users)
        .delete("/api/v2/teams/{id}/relationships/users", team_members::remove_users)
        .post(TEAM_MEMBERSHIPS, team_members::add_memberships)
        .delete(TEAM_MEMBERSHIPS, team_members::remove_memberships)
        .get("/api/v2/team-projects", team_projects::list)
        .post("/api/v2/team-projects", team_projects::create)
        .get("/api/v2/team-projects/{id}", team_projects::read)
        .patch("/api/v2/team-projects/{id}", team_projects::update)
        .delete("/api/v2/team-projects/{id}", team_projects::delete)
        .get("/api/v2/organizations/{org}/projects", projects::list)
        .post("/api/v2/organizations/{org}/projects", projects::create)
        .get("/api/v2/organizations/{org}/trusted-issuers", trusts::list)
        .post("/api/v2/organizations/{org}/trusted-issuers", trusts::create)
        .get("/api/v2/trusted-issuers/{id}", trusts::read)
        .patch("/api/v2/trusted-issuers/{id}", trusts::update)
        .delete("/api/v2/trusted-issuers/{id}", trusts::delete)
        .get("/api/v2/projects/{id}", projects::read)
        .patch("/api/v2/projects/{id}", projects::update)
        .delete("/api/v2/projects/{id}", projects::delete)
        .get("/api/v2/projects/{id}/tag-bindings", tags::list)
        .patch("/api/v2/projects/{id}/tag-bindings", tags::add)
        .get("/api/v2/projects/{id}/effective-tag-bindings", tags::list_effective)
}

/// An attribute that something new must have.
fn required<T>(field: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::invalid(field, "is missing"))
}
