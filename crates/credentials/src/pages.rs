//! The pages of the credential engine, for those who administer the site: to everybody else they are
//! not there. What they change goes through the API's own paths (`Credentials::act`), so that it is
//! checked and recorded in the same way.

mod administrator;
mod commands;
mod frame;
mod leases;
mod login_methods;
mod mount_settings;
mod mounts;
mod policies;
mod policy_form;
mod revoke_prefix;
mod role_form;
mod roles;
mod snippets;

use web::{PageError, Routes, page::see_other};

use crate::Credentials;

/// The result of a page.
type Shown<T = axum::response::Response> = Result<T, PageError>;

/// The pages' route table.
pub(crate) fn routes() -> Routes<Credentials> {
    Routes::new()
        .get("/app/credentials", home)
        .get("/app/credentials/mounts", mounts::list)
        .post("/app/credentials/mounts", mounts::create)
        .get("/app/credentials/mounts/new", mounts::new)
        .get("/app/credentials/mounts/{mount}", roles::list)
        .post("/app/credentials/mounts/{mount}", mount_settings::tune)
        .get("/app/credentials/mounts/{mount}/settings", mount_settings::show)
        .post("/app/credentials/mounts/{mount}/config", mount_settings::configure)
        .post("/app/credentials/mounts/{mount}/disable", mount_settings::disable)
        .post("/app/credentials/mounts/{mount}/roles", roles::create)
        .get("/app/credentials/mounts/{mount}/new-role", roles::new)
        .get("/app/credentials/mounts/{mount}/roles/{role}", roles::edit)
        .post("/app/credentials/mounts/{mount}/roles/{role}", roles::update)
        .post("/app/credentials/mounts/{mount}/roles/{role}/delete", roles::delete)
        .get("/app/credentials/login-methods", login_methods::list)
        .get("/app/credentials/commands", commands::show)
        .get("/app/credentials/leases", leases::list)
        .post("/app/credentials/leases/revoke", leases::revoke)
        .get("/app/credentials/leases/revoke-prefix", revoke_prefix::show)
        .post("/app/credentials/leases/revoke-prefix", revoke_prefix::revoke)
        .get("/app/credentials/policies", policies::list)
        .post("/app/credentials/policies", policies::create)
        .get("/app/credentials/new-policy", policies::new)
        .get("/app/credentials/policies/{policy}", policies::show)
        .post("/app/credentials/policies/{policy}", policies::update)
        .post("/app/credentials/policies/{policy}/delete", policies::delete)
}

/// The first page.
async fn home(_: administrator::Administrator) -> axum::response::Response {
    see_other(&frame::at(mounts::SECTION))
}
