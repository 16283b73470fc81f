//! The API of states: the route table, and what its handlers share.

mod blobs;
mod create;
mod download;
mod outputs;
mod versions;

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue};
use web::{Answer, Routes};

use crate::{State, pages};

/// Tells clients how often to save a state during a long apply. They heed only the newest answer,
/// so every answer about versions carries it.
const SNAPSHOT_INTERVAL: HeaderName = HeaderName::from_static("x-terraform-snapshot-interval");

/// Every route of this crate.
pub fn routes(state: State) -> Routes {
    Routes::new()
        .post("/api/v2/workspaces/{workspace}/state-versions", create::create)
        .patch("/api/v2/workspaces/{workspace}/state-versions", create::rollback)
        .get("/api/v2/workspaces/{workspace}/current-state-version", versions::current)
        .get("/api/v2/workspaces/{workspace}/current-state-version-outputs", outputs::current)
        .get("/api/v2/workspaces/{workspace}/resources", outputs::resources)
        .get("/api/v2/state-versions", versions::list)
        .get("/api/v2/state-versions/{version}", versions::read)
        .get("/api/v2/state-versions/{version}/download", versions::download)
        .get("/api/v2/state-versions/{version}/json-download", versions::json_download)
        .get("/api/v2/state-versions/{version}/outputs", outputs::list)
        .get("/api/v2/state-version-outputs/{output}", outputs::read)
        .get("/blobs/{secret}", blobs::get)
        .put("/blobs/{secret}", blobs::put)
        .merge(pages::routes())
        .with_state(state)
}

impl State {
    /// Adds the snapshot interval to an answer, be it an error.
    fn with_interval(&self, answer: Answer<impl IntoResponse>) -> Response {
        let mut response = answer.into_response();
        if let Some(interval) = self.settings().snapshot_interval {
            let seconds = HeaderValue::from(interval.as_secs().max(1));
            response.headers_mut().insert(SNAPSHOT_INTERVAL, seconds);
        }
        response
    }
}
