//! Why a request failed, in sentences for whoever named the URL.

use std::{error::Error as StdError, io, time::Duration};

use http::StatusCode;
use kernel::{Error, Kind};

use crate::resolver::{OutOfBounds, Unknown};

/// What went wrong with a request to one host. The host is put before the sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(
        "is at a private, local or special address, which outgoing requests may not reach; \
         whoever runs this server can allow it"
    )]
    OutOfBounds(Vec<std::net::SocketAddr>),
    #[error("is a name without an address")]
    Unknown(String),
    #[error("shows a certificate that is not trusted here: {0}")]
    Certificate(rustls::Error),
    #[error("can't be reached")]
    Unreachable(String),
    #[error("did not answer within {} s", .0.as_secs_f32())]
    Slow(Duration),
    #[error("broke the connection off")]
    Broken(String),
    #[error("answers with more than {0} bytes")]
    TooLarge(usize),
    #[error("redirects too often")]
    TooManyRedirects,
    #[error("redirects to where it may not: {0}")]
    Redirect(String),
    #[error("answered with status {0}")]
    Status(StatusCode),
    #[error("did not answer with the JSON that it should")]
    Json {
        /// The line that can't be read; the text itself stays out of the log.
        line: usize,
    },
}

impl Failure {
    /// The error for the caller; what only the log may know goes there.
    pub(crate) fn at(self, host: &str) -> Error {
        let kind = match self {
            Self::OutOfBounds(_) => Kind::Invalid,
            _ => Kind::Unavailable,
        };
        let error = Error::new(kind, format!("\"{host}\" {self}"));
        match self {
            Self::OutOfBounds(addresses) => error.caused_by(format!("{host}: {addresses:?}")),
            Self::Unknown(cause) | Self::Unreachable(cause) | Self::Broken(cause) => {
                error.caused_by(format!("{host}: {cause}"))
            }
            Self::Json { line } => error.caused_by(format!("{host}: no JSON at line {line}")),
            _ => error,
        }
    }

    /// What the client's error means.
    pub(crate) fn of(error: &reqwest::Error, connect_timeout: Duration) -> Self {
        if let Some(refused) = find::<OutOfBounds>(error) {
            return Self::OutOfBounds(refused.0.clone());
        }
        if let Some(unknown) = find::<Unknown>(error) {
            return Self::Unknown(unknown.to_string());
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            return match tls {
                rustls::Error::InvalidCertificate(_) => Self::Certificate(tls.clone()),
                other => Self::Unreachable(other.to_string()),
            };
        }
        let causes = causes(error);
        if error.is_timeout() {
            return Self::Slow(connect_timeout);
        }
        if error.is_connect() { Self::Unreachable(causes) } else { Self::Broken(causes) }
    }
}

/// The cause of one type, however deep.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<T>() {
            return Some(found);
        }
        // An I/O error hides what it wraps from `source`.
        let wrapped = current.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(found) = wrapped.and_then(|wrapped| find::<T>(wrapped)) {
            return Some(found);
        }
        next = current.source();
    }
    None
}

/// All causes in a row, for the log. The client's own errors name the URL, without its query.
fn causes(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut next: Option<&dyn StdError> = error.source();
    while let Some(current) = next {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&current.to_string());
        next = current.source();
    }
    text
}
