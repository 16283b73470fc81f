//! Where clients find the services, and the first call that they make. Both answer anybody: clients
//! send whatever token they have, also a stale one.

use axum::{
    Json,
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde_json::json;

use crate::oauth::{CLIENT_ID, PORTS};

pub(super) async fn read() -> impl IntoResponse {
    const BASE: &str = "/api/v2/";
    let document = json!({
        "tfe.v2": BASE,
        "tfe.v2.1": BASE,
        "tfe.v2.2": BASE,
        "state.v2": BASE,
        "login.v1": {
            "client": CLIENT_ID,
            "grant_types": ["authz_code"],
            "authz": "/app/oauth/authorize",
            "token": "/app/oauth/token",
            "ports": [PORTS.0, PORTS.1],
        },
    });
    ([(header::CACHE_CONTROL, "no-cache")], Json(document))
}

/// Clients read its headers only, which every answer has.
pub(super) async fn ping() -> StatusCode {
    StatusCode::NO_CONTENT
}
