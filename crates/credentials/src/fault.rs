//! Why a request is not answered: the statuses and texts that clients know.
//!
//! Texts of faults that pass the core are printed as Vault's error lists are: `1 error
//! occurred:\n\t* permission denied\n\n`. What a path itself refuses is its bare sentence.

use std::time::Duration;

use http::StatusCode;

/// Why there is no answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The path refuses, with a sentence: 400.
    Refused(String),
    /// The same, printed as a list of errors: what the core refuses.
    Invalid(String),
    /// The token may not do that: 403.
    Denied,
    /// There is no token: 403.
    NoToken,
    /// The token is unknown, has ended, or may not be used from there: 403.
    BadToken,
    /// The path knows no such operation: 405.
    UnsupportedOperation,
    /// The mount knows no such path: 404.
    UnsupportedPath,
    /// Nothing is mounted there: 404.
    NoRoute(String),
    /// Nothing is there: 404, without a word.
    NotFound,
    /// Everything is sealed: 503.
    Sealed,
    /// Too many attempts: 429, with a sentence, and how long to wait.
    TooOften(String, Duration),
    /// A status and the sentence that goes with it, if any.
    Status(StatusCode, String),
    /// What the engine asked of another server failed: 500, with a sentence.
    Failed(String),
    /// Another server did not answer, or wants to be left alone: 500, with a sentence.
    Outage(String),
    /// A fault of ours: 500. The cause is for the log.
    Internal(kernel::Error),
}

impl Fault {
    /// A sentence for whoever asked.
    pub fn refused(text: impl Into<String>) -> Self {
        Self::Refused(text.into())
    }

    /// The same with its texts alone, as paths say it that anybody may ask.
    #[must_use]
    pub(crate) fn bare(self) -> Self {
        let text = match &self {
            Self::Denied => "permission denied",
            Self::UnsupportedOperation => "unsupported operation",
            Self::Failed(text) => text,
            _ => return self,
        };
        Self::Status(self.status(), text.to_owned())
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused(_) | Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Denied | Self::NoToken | Self::BadToken => StatusCode::FORBIDDEN,
            Self::UnsupportedOperation => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnsupportedPath | Self::NoRoute(_) | Self::NotFound => StatusCode::NOT_FOUND,
            Self::Sealed => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooOften(..) => StatusCode::TOO_MANY_REQUESTS,
            Self::Status(status, _) => *status,
            Self::Failed(_) | Self::Outage(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Internal(error) => match error.kind() {
                kernel::Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
                kernel::Kind::Invalid | kernel::Kind::BadRequest | kernel::Kind::Conflict => {
                    StatusCode::BAD_REQUEST
                }
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }

    /// The sentences, as they go out.
    pub fn errors(&self) -> Vec<String> {
        match self {
            Self::Status(_, text) if text.is_empty() => Vec::new(),
            Self::Refused(text) | Self::Status(_, text) | Self::TooOften(text, _) => {
                vec![text.clone()]
            }
            Self::Invalid(text) | Self::Failed(text) | Self::Outage(text) => vec![listed(&[text])],
            Self::NoToken => vec!["permission denied".to_owned()],
            Self::Denied => vec![listed(&["permission denied"])],
            Self::BadToken => vec![listed(&["permission denied", "invalid token"])],
            Self::UnsupportedOperation => vec![listed(&["unsupported operation"])],
            Self::UnsupportedPath => vec![listed(&["unsupported path"])],
            Self::NoRoute(path) => {
                vec![format!("no handler for route \"{path}\". route entry not found.")]
            }
            Self::NotFound => Vec::new(),
            Self::Sealed => vec!["Vault is sealed".to_owned()],
            Self::Internal(error) => vec![listed(&[&error.to_string()])],
        }
    }
}

impl Fault {
    /// The bare sentence, for texts that quote it.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Failed(text) | Self::Outage(text) => text.clone(),
            Self::Internal(error) => error.to_string(),
            Self::Denied | Self::BadToken => "permission denied".to_owned(),
            other => other.errors().join("; "),
        }
    }
}

impl From<kernel::Error> for Fault {
    fn from(error: kernel::Error) -> Self {
        Self::Internal(error)
    }
}

/// Sentences as Vault prints a list of errors.
fn listed(errors: &[&str]) -> String {
    let noun = if errors.len() == 1 { "error" } else { "errors" };
    let mut text = format!("{} {noun} occurred:\n", errors.len());
    for error in errors {
        text.push_str("\t* ");
        text.push_str(error);
        text.push('\n');
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_those_that_clients_look_for() {
        assert_eq!(Fault::Denied.errors(), ["1 error occurred:\n\t* permission denied\n\n"]);
        assert_eq!(
            Fault::BadToken.errors(),
            ["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]
        );
        assert_eq!(Fault::NotFound.errors(), [""; 0]);
    }
}
