//! The signed paths: uploads and downloads of bytes. Whatever `Authorization` comes along is not
//! looked at, since some clients send one here and others don't: the path names the token or
//! session that it was given to, and stands for it.

use axum::{body::Body, extract::State as FromState, response::Response};
use http::{HeaderMap, Method, StatusCode};
use kernel::{Error, Kind};
use web::{Answer, Path, RequestInfo};

use super::download;
use crate::{
    State,
    service::Part,
    signed::{Deed, Grant},
};

/// `PUT /blobs/…`
pub(super) async fn put(
    FromState(state): FromState<State>,
    Path(secret): Path<String>,
    info: RequestInfo,
    body: Body,
) -> Answer<StatusCode> {
    let grant = granted(&state, &secret, &Method::PUT)?;
    let context = state.identity().anonymous(&info);
    match grant.deed {
        Deed::UploadState => state.upload_state(context, grant, body).await?,
        Deed::UploadJson => state.upload_json(context, grant, body).await?,
        Deed::DownloadState | Deed::DownloadJson => return Err(Error::not_found().into()),
    }
    Ok(StatusCode::OK)
}

/// `GET /blobs/…`
pub(super) async fn get(
    FromState(state): FromState<State>,
    Path(secret): Path<String>,
    info: RequestInfo,
    headers: HeaderMap,
) -> Answer<Response> {
    let grant = granted(&state, &secret, &Method::GET)?;
    let part = match grant.deed {
        Deed::DownloadState => Part::State,
        Deed::DownloadJson => Part::Json,
        Deed::UploadState | Deed::UploadJson => return Err(Error::not_found().into()),
    };
    let opened = state.open_granted(state.identity().anonymous(&info), grant, part).await?;
    Ok(download::answer(&state, opened, &headers).await?)
}

fn granted(state: &State, secret: &str, method: &Method) -> kernel::Result<Grant> {
    let now = state.identity().now();
    Grant::read(state.barrier(), secret, method, now).ok_or_else(|| {
        Error::new(Kind::NotFound, "this link is not valid, not for this method, or has expired")
    })
}
