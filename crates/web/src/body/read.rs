//! Reading a body: the limit while it streams in, and the formats that are read.

use axum::{body::Body, extract::Request};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header, request::Parts};
use http_body::Body as _;
use http_body_util::BodyExt;
use kernel::{Error, Kind, Result};

use crate::RequestInfo;

/// Reads a whole body of ordinary size, whatever its format.
pub async fn read(request: Request) -> Result<Bytes> {
    let (parts, body) = request.into_parts();
    let limit = RequestInfo::limit_of(&parts, false);
    collect(body, limit).await
}

/// Reads a whole body that may carry a state as base64, whatever its format.
pub async fn read_large(request: Request) -> Result<Bytes> {
    let (parts, body) = request.into_parts();
    let limit = RequestInfo::limit_of(&parts, true);
    collect(body, limit).await
}

/// Reads a body that must be JSON, or empty.
pub(super) async fn json(request: Request, large: bool) -> Result<Bytes> {
    let (parts, body) = request.into_parts();
    let Parts { headers, .. } = &parts;
    if !body.is_end_stream() && !is_json(headers) {
        return Err(Error::new(
            Kind::UnsupportedMediaType,
            "send JSON, with the header \"Content-Type: application/vnd.api+json\"",
        ));
    }
    collect(body, RequestInfo::limit_of(&parts, large)).await
}

/// Whether a body is JSON by its header. None at all is let through: the parser will tell.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return true };
    let media_type = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    let media_type = media_type.trim();
    ["application/vnd.api+json", "application/json"]
        .iter()
        .any(|accepted| media_type.eq_ignore_ascii_case(accepted))
}

async fn collect(mut body: Body, limit: usize) -> Result<Bytes> {
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large(limit));
    }
    let mut first: Option<Bytes> = None;
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(interrupted)?;
        let Ok(data) = frame.into_data() else { continue };
        let so_far = first.as_ref().map_or(0, Bytes::len) + rest.len();
        if so_far + data.len() > limit {
            return Err(too_large(limit));
        }
        // Most bodies come in one piece, which is taken as it is.
        if first.is_none() {
            first = Some(data);
        } else {
            rest.extend_from_slice(&data);
        }
    }
    let first = first.unwrap_or_default();
    if rest.is_empty() {
        return Ok(first);
    }
    let mut whole = BytesMut::with_capacity(first.len() + rest.len());
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&rest);
    Ok(whole.freeze())
}

fn too_large(limit: usize) -> Error {
    Error::new(Kind::TooLarge, format!("the body is larger than the limit of {limit} bytes"))
}

fn interrupted(error: axum::Error) -> Error {
    Error::bad_request("the body ended before it was complete").caused_by(error)
}
