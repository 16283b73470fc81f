//! Compressed answers, for what is text and large enough to be worth it.

use std::io::Write;

use axum::{body::Body, response::Response};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body::Body as _;
use http_body_util::BodyExt;

/// Below this the network has nothing to gain.
const MIN_BYTES: u64 = 8 * 1024;
/// Above this compressing would hold up other requests, so another thread does it.
const MAX_INLINE_BYTES: usize = 512 * 1024;
/// Above this the body is left alone.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Whether the client takes gzip.
pub fn is_accepted(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| {
            let (coding, weight) = item.split_once(';').unwrap_or((item, ""));
            let refused = weight.trim().strip_prefix("q=").is_some_and(|weight| {
                weight.trim().parse::<f32>().is_ok_and(|weight| weight <= 0.0)
            });
            coding.trim().eq_ignore_ascii_case("gzip") && !refused
        })
}

/// Compresses an answer if that makes sense.
pub(super) async fn compress(response: Response) -> Response {
    if !is_worth_it(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Its size is known, so it is whole in memory already: this doesn't wait.
    let Ok(plain) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        parts.status = StatusCode::INTERNAL_SERVER_ERROR;
        return Response::from_parts(parts, Body::empty());
    };
    let compressed = if plain.len() > MAX_INLINE_BYTES {
        let plain = plain.clone();
        tokio::task::spawn_blocking(move || gzip(&plain)).await.ok().flatten()
    } else {
        gzip(&plain)
    };
    let Some(compressed) = compressed else {
        return Response::from_parts(parts, Body::from(plain));
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    weaken_tag(&mut parts.headers);
    Response::from_parts(parts, Body::from(compressed))
}

fn is_worth_it(response: &Response) -> bool {
    let size = response.body().size_hint().exact();
    size.is_some_and(|size| (MIN_BYTES..=MAX_BYTES).contains(&size))
        && !response.headers().contains_key(header::CONTENT_ENCODING)
        && response.status() != StatusCode::PARTIAL_CONTENT
        && is_text(response.headers())
}

fn is_text(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = value.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    media_type.starts_with("text/")
        || media_type.ends_with("json")
        || media_type.ends_with("javascript")
        || media_type.ends_with("+xml")
}

fn gzip(plain: &Bytes) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::fast());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

/// A strong tag promises the very same bytes.
fn weaken_tag(headers: &mut HeaderMap) {
    let Some(tag) = headers.get(header::ETAG).filter(|tag| tag.as_bytes().starts_with(b"\""))
    else {
        return;
    };
    let weak = [b"W/".as_slice(), tag.as_bytes()].concat();
    if let Ok(weak) = HeaderValue::from_bytes(&weak) {
        headers.insert(header::ETAG, weak);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_codings_are_refused() {
        let accepts = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(text));
            is_accepted(&headers)
        };
        assert!(accepts("gzip"));
        assert!(accepts("br, GZIP;q=0.5"));
        assert!(!accepts("gzip;q=0"));
        assert!(!accepts("br, identity"));
    }
}
