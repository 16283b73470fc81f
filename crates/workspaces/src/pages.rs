//! The pages of workspaces: the list with its search, a new one, settings, and breaking a lock.
//! The page of one workspace is the state crate's, since the state is what one looks for there.

mod access;
mod access_parts;
mod create;
mod list;
mod lock;
mod parts;
mod settings;

pub use parts::{Place, cloud_block, lock_notice, shell};

use web::{PageError, Routes};

use crate::Workspaces;

/// The result of a page.
type Shown<T = axum::response::Response> = Result<T, PageError>;

/// The pages' route table.
pub(crate) fn routes() -> Routes<Workspaces> {
    Routes::new()
        .get("/app/{organization}/workspaces", list::show)
        .post("/app/{organization}/workspaces", create::create)
        .get("/app/{organization}/new-workspace", create::show)
        .post("/app/{organization}/workspaces/{workspace}/force-unlock", lock::force_unlock)
        .get("/app/{organization}/workspaces/{workspace}/access", access::show)
        .post("/app/{organization}/workspaces/{workspace}/access", access::create)
        .get("/app/{organization}/workspaces/{workspace}/access/new", access::new)
        .get("/app/{organization}/workspaces/{workspace}/access/{grant}", access::edit)
        .post("/app/{organization}/workspaces/{workspace}/access/{grant}", access::update)
        .post("/app/{organization}/workspaces/{workspace}/access/{grant}/delete", access::delete)
        .get("/app/{organization}/workspaces/{workspace}/settings", settings::show)
        .post("/app/{organization}/workspaces/{workspace}/settings", settings::update)
        .post("/app/{organization}/workspaces/{workspace}/settings/delete", settings::delete)
}
