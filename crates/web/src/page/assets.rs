//! The stylesheet, the script and the logo, embedded and served under an address that names
//! their contents, so that browsers keep them for ever and still never show an old one.

use axum::{
    extract::RawQuery,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{PageError, Path};

struct Asset {
    name: &'static str,
    content_type: &'static str,
    contents: &'static str,
    hash: u64,
}

impl Asset {
    const fn new(name: &'static str, content_type: &'static str, contents: &'static str) -> Self {
        Self { name, content_type, contents, hash: fingerprint(contents.as_bytes()) }
    }
}

const ASSETS: [Asset; 4] = [
    Asset::new(
        "stateward.css",
        "text/css; charset=utf-8",
        include_str!("../../assets/stateward.css"),
    ),
    Asset::new(
        "stateward.js",
        "text/javascript; charset=utf-8",
        include_str!("../../assets/stateward.js"),
    ),
    Asset::new("logo.svg", "image/svg+xml", include_str!("../../assets/logo.svg")),
    Asset::new("chevron.svg", "image/svg+xml", include_str!("../../assets/chevron.svg")),
];

/// FNV-1a: tells two builds' assets apart; nobody has a reason to forge it.
const fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut rest = bytes;
    while let [byte, tail @ ..] = rest {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        rest = tail;
    }
    hash
}

/// The address of an asset, with its fingerprint.
pub fn asset_url(name: &str) -> String {
    let hash = ASSETS.iter().find(|asset| asset.name == name).map_or(0, |asset| asset.hash);
    format!("/assets/{name}?v={hash:016x}")
}

/// Answers `GET /assets/{name}`.
pub async fn asset(
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return PageError(kernel::Error::not_found()).into_response();
    };
    let version = format!("{:016x}", asset.hash);
    let named = query.is_some_and(|query| query.strip_prefix("v=") == Some(version.as_str()));
    let cache = if named { "public, max-age=31536000, immutable" } else { "no-cache" };
    let tag = format!("\"{version}\"");
    let known =
        request.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        asset.contents.into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_has_an_address_of_its_own() {
        let addresses: Vec<_> = ASSETS.iter().map(|asset| asset_url(asset.name)).collect();
        assert!(addresses.iter().all(|address| !address.ends_with("=0000000000000000")));
    }

    #[test]
    fn the_style_names_no_other_host() {
        for asset in &ASSETS {
            let foreign = asset.contents.replace("http://www.w3.org/2000/svg", "");
            assert!(!foreign.contains("://"), "{}", asset.name);
        }
    }
}
