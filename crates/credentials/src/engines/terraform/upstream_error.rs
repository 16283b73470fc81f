//! What goes wrong at another server, in the words that clients know.

use http::StatusCode;
use serde_json::Value;

use crate::fault::Fault;

/// Why another server did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UpstreamError {
    /// The token that it was asked with is no good.
    #[error("unauthorized")]
    Unauthorized,
    /// Not there, or the token may not know.
    #[error("resource not found")]
    NotFound,
    /// It refused, and said why.
    #[error("{text}")]
    Refused {
        /// The status.
        status: StatusCode,
        /// Its errors: title and detail of each.
        text: String,
    },
    /// It can't be reached, or does not answer in time.
    #[error("{0}")]
    Unreachable(String),
    /// It answered what nobody can read.
    #[error("the server's answer can't be read")]
    Unreadable,
    /// A part of a path can't be sent.
    #[error("invalid value for {0}")]
    BadPart(&'static str),
    /// What was asked for would be good nowhere.
    #[error(
        "the role's source_networks and those that the API token works from, with which somebody \
         logged in here, have nothing in common"
    )]
    Nowhere,
}

impl UpstreamError {
    /// What an answer without success says.
    pub(crate) fn of(status: StatusCode, body: &[u8]) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthorized,
            StatusCode::NOT_FOUND => Self::NotFound,
            status => Self::Refused { status, text: text_of(status, body) },
        }
    }

    /// Whether what was asked for was certainly not done.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Unauthorized | Self::NotFound | Self::BadPart(_) | Self::Nowhere => true,
            Self::Refused { status, .. } => {
                status.is_client_error() && *status != StatusCode::REQUEST_TIMEOUT
            }
            Self::Unreachable(_) | Self::Unreadable => false,
        }
    }

    /// Whether the server is not to be asked anything for a while.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused { status, .. } => matches!(status.as_u16(), 429 | 502..=504),
            Self::Unauthorized
            | Self::NotFound
            | Self::Unreadable
            | Self::BadPart(_)
            | Self::Nowhere => false,
        }
    }

    /// What whoever asked is told: what was being done, and what came of it.
    pub(crate) fn while_doing(&self, what: &str) -> Fault {
        let hint = match self {
            Self::NotFound => " (or the configured token may not do that)",
            _ => "",
        };
        let text = format!("{what}: {self}{hint}");
        match self {
            Self::BadPart(_) | Self::Nowhere => Fault::Refused(text),
            error if error.is_outage() => Fault::Outage(text),
            _ => Fault::Failed(text),
        }
    }

    /// It was not reached.
    pub(crate) fn unreachable(error: kernel::Error) -> Self {
        Self::Unreachable(error.to_string())
    }
}

/// The errors of a JSON:API document, or the status alone.
fn text_of(status: StatusCode, body: &[u8]) -> String {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let errors = document.get("errors").and_then(Value::as_array).map(Vec::as_slice);
    let texts: Vec<String> = errors.unwrap_or_default().iter().filter_map(one).collect();
    if texts.is_empty() { status.to_string() } else { texts.join("\n") }
}

fn one(error: &Value) -> Option<String> {
    if let Some(text) = error.as_str() {
        return Some(text.to_owned());
    }
    let title = error.get("title").and_then(Value::as_str)?;
    Some(match error.get("detail").and_then(Value::as_str) {
        Some(detail) if !detail.is_empty() => format!("{title}\n\n{detail}"),
        _ => title.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_as_clients_print_them() {
        let of = |status: u16, body: &str| {
            UpstreamError::of(StatusCode::from_u16(status).unwrap(), body.as_bytes()).to_string()
        };
        assert_eq!(of(401, ""), "unauthorized");
        assert_eq!(of(404, "{}"), "resource not found");
        let body = r#"{"errors":[{"status":"422","title":"invalid attribute","detail":"no"}]}"#;
        assert_eq!(of(422, body), "invalid attribute\n\nno");
        assert_eq!(of(500, "<html>"), "500 Internal Server Error");
        assert_eq!(of(409, r#"{"errors":["taken"]}"#), "taken");
    }

    #[test]
    fn what_was_perhaps_done_is_told_from_what_was_not() {
        for (status, is_final, is_outage) in [
            (401, true, false),
            (403, true, false),
            (404, true, false),
            (408, false, false),
            (422, true, false),
            (429, true, true),
            (500, false, false),
            (502, false, true),
            (503, false, true),
            (504, false, true),
        ] {
            let error = UpstreamError::of(StatusCode::from_u16(status).unwrap(), b"");
            assert_eq!((error.is_final(), error.is_outage()), (is_final, is_outage), "{status}");
        }
    }
}
