//! Error answers: the one place where a kind of error becomes a status and words.
//!
//! What the log alone may see travels beside the answer, in its extensions, and is written by the
//! frame around the request, which knows the request's id.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use kernel::{Detail, Kind};
use serde::Serialize;

use crate::document::json_api_answer;

/// The result of an API handler.
pub type Answer<T = Response> = Result<T, WebError>;

/// An error that is answered as a JSON:API error document.
#[derive(Clone, Debug)]
pub struct WebError(pub kernel::Error);

/// An error that is answered as a readable page.
#[derive(Clone, Debug)]
pub struct PageError(pub kernel::Error);

impl<E: Into<kernel::Error>> From<E> for WebError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl<E: Into<kernel::Error>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// The error behind an answer: for the log, and for a page that names the request's id.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    pub(crate) error: kernel::Error,
    pub(crate) page: bool,
}

/// The status of a kind, and the words that API clients show before the detail.
const fn words(kind: Kind) -> (StatusCode, &'static str) {
    match kind {
        Kind::BadRequest => (StatusCode::BAD_REQUEST, "bad request"),
        Kind::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized"),
        Kind::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
        Kind::NotFound => (StatusCode::NOT_FOUND, "not found"),
        Kind::Conflict => (StatusCode::CONFLICT, "conflict"),
        Kind::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, "precondition failed"),
        Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "payload too large"),
        Kind::UnsupportedMediaType => {
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported media type")
        }
        Kind::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "invalid attribute"),
        Kind::TooManyRequests => (StatusCode::TOO_MANY_REQUESTS, "too many requests"),
        Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "service unavailable"),
        Kind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal server error"),
    }
}

#[derive(Serialize)]
struct ErrorDocument<'a> {
    errors: Vec<ErrorObject<'a>>,
}

#[derive(Serialize)]
struct ErrorObject<'a> {
    /// A text: clients can't read the whole answer when it is a number.
    status: &'a str,
    title: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source<'a>>,
}

#[derive(Serialize)]
struct Source<'a> {
    pointer: &'a str,
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let (status, title) = words(self.0.kind());
        let response = error_document(status, title, self.0.details());
        complete(response, self.0, false)
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, _) = words(self.0.kind());
        let response = crate::page::error_page(&self.0, status, None);
        complete(response, self.0, true)
    }
}

/// A JSON:API error answer with any status, for what is no [`kernel::Kind`] (such as 405).
pub(crate) fn error_document(status: StatusCode, title: &str, details: &[Detail]) -> Response {
    let errors = details
        .iter()
        .map(|detail| ErrorObject {
            status: status.as_str(),
            title,
            detail: &detail.text,
            source: detail.pointer.as_deref().map(|pointer| Source { pointer }),
        })
        .collect();
    let body = serde_json::to_vec(&ErrorDocument { errors }).unwrap_or_default();
    json_api_answer(status, body)
}

/// When a client may come again, for the header `Retry-After`, in seconds: as the error says, else
/// so that clients wait at all.
pub fn retry_after(error: &kernel::Error) -> Option<HeaderValue> {
    let otherwise = match error.kind() {
        // Clients back off by themselves; one second is as good as any.
        Kind::Unavailable => Some(1),
        Kind::TooManyRequests => Some(30),
        _ => None,
    };
    error.wait().map(|wait| wait.as_secs()).or(otherwise).map(HeaderValue::from)
}

/// What belongs to an error answer in either form.
fn complete(mut response: Response, error: kernel::Error, page: bool) -> Response {
    let headers = response.headers_mut();
    if let Some(wait) = retry_after(&error) {
        headers.insert(header::RETRY_AFTER, wait);
    }
    if error.kind() == Kind::Unauthorized {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    // For the audit trail, which knows who asked.
    if let Some(denial) = error.denial() {
        response.extensions_mut().insert(denial.clone());
    }
    response.extensions_mut().insert(Cause { error, page });
    response
}
