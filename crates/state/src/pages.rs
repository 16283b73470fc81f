//! The pages of one workspace: its current state, resources, outputs, lock and history, and each
//! state version. Sensitive outputs are sent only in answer to a form that asks for that one.

mod history;
mod outputs;
mod resources;
mod version;
mod workspace;

use web::{PageError, Routes};

use crate::State;

/// The result of a page.
type Shown<T = axum::response::Response> = Result<T, PageError>;

/// The pages' route table.
pub(crate) fn routes() -> Routes<State> {
    const WORKSPACE: &str = "/app/{organization}/workspaces/{workspace}";
    const REVEAL: &str = "/app/{organization}/workspaces/{workspace}/reveal";
    const VERSION: &str = "/app/{organization}/workspaces/{workspace}/states/{version}";
    const DOWNLOAD: &str = "/app/{organization}/workspaces/{workspace}/states/{version}/download";
    Routes::new()
        .get(WORKSPACE, workspace::show)
        .post(REVEAL, workspace::reveal)
        .get(VERSION, version::show)
        .post(DOWNLOAD, version::download)
}
