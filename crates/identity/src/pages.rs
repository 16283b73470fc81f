//! The pages of people and what they work in: signing in, consent, tokens, organizations, projects,
//! settings. Each page reads in one transaction; every form is proved ours before it is read.

mod account;
mod audit;
mod audit_record;
mod consent;
pub mod frames;
mod key_form;
mod keys;
mod logout;
mod member;
mod members;
mod new_organization_token;
mod organization_tokens;
mod organizations;
mod project_access;
mod projects;
mod second_factor;
mod settings;
mod sign_in;
mod team;
mod team_parts;
mod teams;
mod token_form;
mod token_limits;
mod tokens;
mod trust_form;
mod trust_page;
mod trusts;
mod use_token;

use web::{PageError, Routes, page::Tone};

use crate::Identity;

/// The result of a page.
type Shown<T = axum::response::Response> = Result<T, PageError>;

const PROJECT_ACCESS_DELETE: &str = "/app/{organization}/projects/{project}/access/{grant}/delete";

/// The pages' route table.
pub(crate) fn routes() -> Routes<Identity> {
    Routes::new()
        .get("/app", organizations::list)
        .get("/app/organizations/new", organizations::new)
        .post("/app/organizations", organizations::create)
        .get("/app/sign-in", sign_in::show)
        .post("/app/sign-in", sign_in::sign_in)
        .get("/app/sign-in/code", sign_in::show_code)
        .post("/app/sign-in/code", sign_in::by_code)
        .get("/app/sign-in/oidc", sign_in::leave)
        .get("/app/sign-in/oidc/callback", sign_in::come_back)
        .get("/app/sign-in/second-factor", sign_in::show_enrol)
        .post("/app/sign-in/second-factor", sign_in::enrol)
        .post("/app/sign-out", sign_in::sign_out)
        .get("/app/oauth/authorize", consent::show)
        .post("/app/oauth/authorize", consent::decide)
        .get("/app/settings", account::home)
        .get("/app/settings/account", account::show)
        .post("/app/settings/account", account::update)
        .post("/app/settings/account/password", account::change_password)
        .get("/app/settings/second-factor", second_factor::show)
        .post("/app/settings/second-factor", second_factor::set_up)
        .post("/app/settings/second-factor/recovery-codes", second_factor::renew_codes)
        .post("/app/settings/second-factor/remove", second_factor::remove)
        .get("/app/settings/tokens", tokens::list)
        .post("/app/settings/tokens", tokens::create)
        .post("/app/settings/tokens/{token}/revoke", tokens::revoke)
        .get("/logout/{token}", logout::show)
        .post("/logout/{token}", logout::revoke)
        .get("/app/{organization}", organizations::show)
        .get("/app/{organization}/projects", projects::list)
        .post("/app/{organization}/projects", projects::create)
        .get("/app/{organization}/projects/new", projects::new)
        .get("/app/{organization}/projects/{project}", projects::edit)
        .post("/app/{organization}/projects/{project}", projects::update)
        .post("/app/{organization}/projects/{project}/delete", projects::delete)
        .get("/app/{organization}/projects/{project}/access", project_access::list)
        .post("/app/{organization}/projects/{project}/access", project_access::create)
        .get("/app/{organization}/projects/{project}/access/new", project_access::new)
        .get("/app/{organization}/projects/{project}/access/{grant}", project_access::edit)
        .post("/app/{organization}/projects/{project}/access/{grant}", project_access::update)
        .post(PROJECT_ACCESS_DELETE, project_access::delete)
        .get("/app/{organization}/settings", settings::show)
        .post("/app/{organization}/settings", settings::update)
        .post("/app/{organization}/settings/delete", settings::delete)
        .get("/app/{organization}/settings/tokens", organization_tokens::list)
        .get("/app/{organization}/settings/tokens/new", new_organization_token::new)
        .post("/app/{organization}/settings/tokens", new_organization_token::create)
        .post("/app/{organization}/settings/tokens/limits", organization_tokens::limit)
        .post("/app/{organization}/settings/tokens/{token}/revoke", organization_tokens::revoke)
        .get("/app/{organization}/settings/keys", keys::list)
        .get("/app/{organization}/settings/keys/new", keys::new)
        .post("/app/{organization}/settings/keys", keys::create)
        .post("/app/{organization}/settings/keys/{key}/revoke", keys::revoke)
        .get("/app/{organization}/settings/trusted-issuers", trusts::list)
        .get("/app/{organization}/settings/trusted-issuers/new", trusts::new)
        .post("/app/{organization}/settings/trusted-issuers", trusts::create)
        .get("/app/{organization}/settings/trusted-issuers/{trust}", trusts::edit)
        .post("/app/{organization}/settings/trusted-issuers/{trust}", trusts::update)
        .post("/app/{organization}/settings/trusted-issuers/{trust}/delete", trusts::delete)
        .get("/app/{organization}/settings/audit", audit::list)
        .get("/app/{organization}/settings/audit/{at}/{record}", audit_record::show)
        .get("/app/{organization}/settings/members", members::list)
        .post("/app/{organization}/settings/members", members::invite)
        .get("/app/{organization}/settings/members/{membership}", member::show)
        .post("/app/{organization}/settings/members/{membership}", member::update)
        .post("/app/{organization}/settings/members/{membership}/remove", members::remove)
        .get("/app/{organization}/settings/teams", teams::list)
        .post("/app/{organization}/settings/teams", teams::create)
        .get("/app/{organization}/settings/teams/new", teams::new)
        .get("/app/{organization}/settings/teams/{team}", team::show)
        .post("/app/{organization}/settings/teams/{team}", team::update)
        .post("/app/{organization}/settings/teams/{team}/access", team::set_access)
        .post("/app/{organization}/settings/teams/{team}/members", team::add_member)
        .post("/app/{organization}/settings/teams/{team}/members/remove", team::remove_member)
        .post("/app/{organization}/settings/teams/{team}/delete", team::delete)
}

/// What `?done=…` says has just happened. Words of ours only: nobody can make a link that puts
/// their own on our pages.
fn done(word: Option<&str>) -> Option<(Tone, &'static str)> {
    let text = match word? {
        "created" => "Created.",
        "saved" => "Your changes are saved.",
        "deleted" => "Deleted.",
        "revoked" => "The token is revoked. Nothing can use it any more.",
        "second-factor-off" => "The second factor is off: your password alone gets you in.",
        "password" => "Your password is changed. You stay signed in here, and nowhere else.",
        "invited" => "They are a member as soon as they have an account with this address.",
        "removed" => "They are no longer a member.",
        "access" => "The access is saved. It holds at once.",
        "access-removed" => "The team has that access no longer.",
        "joined" => "They are in the team.",
        "left" => "They are no longer in the team.",
        _ => return None,
    };
    Some((Tone::Good, text))
}
