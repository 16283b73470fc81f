//! What every answer carries, also errors and answers without a body.

use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

use super::{Area, request_id};
use crate::{RequestInfo, Settings};

/// Clients read these from any answer and decide by them what the server can do. The three go
/// together: they are the one combination that shows structured plans with every client.
const PRODUCT: [(HeaderName, HeaderValue); 3] = [
    (HeaderName::from_static("tfp-api-version"), HeaderValue::from_static("2.6")),
    (HeaderName::from_static("tfp-appname"), HeaderValue::from_static("Terraform Enterprise")),
    (HeaderName::from_static("x-tfe-version"), HeaderValue::from_static("v202408-1")),
];

/// What browsers should not do with an answer, unless the route says otherwise.
const GUARDS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Of API answers, which are no pages.
const NO_PAGE: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");

const TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=31536000");

pub(super) struct Headers {
    transport_security: bool,
}

impl Headers {
    pub(super) const fn new(settings: &Settings) -> Self {
        Self { transport_security: settings.strict_transport_security }
    }

    pub(super) fn apply(&self, response: &mut Response, area: Area, info: &RequestInfo) {
        let headers = response.headers_mut();
        headers.reserve(12);
        for (name, value) in PRODUCT {
            headers.insert(name, value);
        }
        for (name, value) in GUARDS {
            headers.entry(name).or_insert(value);
        }
        if area == Area::Api {
            headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(NO_PAGE);
        }
        if self.transport_security && info.secure {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, TRANSPORT_SECURITY);
        }
        if let Ok(id) = HeaderValue::from_str(&info.request_id) {
            headers.insert(HeaderName::from_static(request_id::HEADER), id);
        }
    }
}
