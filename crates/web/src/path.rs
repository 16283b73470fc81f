//! The variable parts of a path.

use axum::{
    extract::{self, FromRequestParts},
    response::Response,
};
use http::request::Parts;
use kernel::Error;
use serde::de::DeserializeOwned;

use crate::finish::Area;

/// The variable parts of a path, as axum's extractor of the same name, but what can't be read is
/// not found: `Path(id): Path<WorkspaceId>`, `Path((organization, name)): Path<(String, String)>`.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        match extract::Path::from_request_parts(parts, state).await {
            Ok(extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Area::of(parts.uri.path()).error(Error::not_found())),
        }
    }
}
