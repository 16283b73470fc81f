//! The one error type that crosses crates: what the caller may know, and what only the log may.

use std::{fmt, time::Duration};

use crate::OrganizationId;

/// What went wrong, as far as the caller's next step depends on it. Each kind is one HTTP status
/// (`web` holds the table) and one exit code of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request can't be read (400).
    BadRequest,
    /// No valid credentials (401).
    Unauthorized,
    /// Known and visible, but not allowed (403).
    Forbidden,
    /// Not there, or not to be seen by this caller (404).
    NotFound,
    /// In conflict with what is stored (409).
    Conflict,
    /// A condition of the request does not hold (412).
    PreconditionFailed,
    /// Larger than the limit (413).
    TooLarge,
    /// A content type that is not read here (415).
    UnsupportedMediaType,
    /// Understood and wrong (422).
    Invalid,
    /// Too many requests (429).
    TooManyRequests,
    /// A passing fault of ours; the same request may succeed later (503).
    Unavailable,
    /// A fault of ours (500).
    Internal,
}

/// One thing that is wrong, for the caller's eyes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// A sentence with the way out.
    pub text: String,
    /// Where in the request's JSON, as a JSON pointer (RFC 6901), e.g. `/data/attributes/name`.
    pub pointer: Option<String>,
}

/// What somebody wanted and may not do, for the audit trail: never for the caller, who may not even
/// know that the thing is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The right that was missing, e.g. `read-state`.
    pub right: &'static str,
    /// The organization it was missing in, if it was one.
    pub organization: Option<OrganizationId>,
    /// The kind of thing, in the words of the wire, e.g. `workspaces`.
    pub resource_kind: &'static str,
    /// Its id.
    pub resource_id: String,
}

/// An error with a public part and an internal part. Only the public part is displayed; the
/// internal part reaches the log, at the boundary, once.
#[derive(Clone)]
pub struct Error {
    kind: Kind,
    details: Vec<Detail>,
    internal: Option<String>,
    denial: Option<Box<Denial>>,
    wait: Option<Duration>,
}

/// A result with this crate's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` with one sentence for the caller.
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self {
            kind,
            details: vec![Detail { text: text.into(), pointer: None }],
            internal: None,
            denial: None,
            wait: None,
        }
    }

    /// The request can't be read.
    pub fn bad_request(text: impl Into<String>) -> Self {
        Self::new(Kind::BadRequest, text)
    }

    /// No valid credentials.
    pub fn unauthorized() -> Self {
        Self::new(Kind::Unauthorized, "the credentials are missing, unknown, expired or revoked")
    }

    /// Visible, but not allowed.
    pub fn forbidden(text: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, text)
    }

    /// Not there, or not to be seen: deliberately the same.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "not found, or you are not allowed to see it")
    }

    /// In conflict with what is stored.
    pub fn conflict(text: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, text)
    }

    /// An attribute is wrong: `field` is its name on the wire, e.g. `name`.
    pub fn invalid(field: &str, text: impl Into<String>) -> Self {
        Self::invalid_at(format!("/data/attributes/{field}"), text)
    }

    /// Something at a JSON pointer is wrong.
    pub fn invalid_at(pointer: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            kind: Kind::Invalid,
            details: vec![Detail { text: text.into(), pointer: Some(pointer.into()) }],
            internal: None,
            denial: None,
            wait: None,
        }
    }

    /// A passing fault of ours. `cause` is for the log only.
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        Self::new(Kind::Unavailable, "the server can't do this right now; please try again")
            .caused_by(cause)
    }

    /// A fault of ours. `cause` is for the log only.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(Kind::Internal, "something went wrong on the server; its log has the details")
            .caused_by(cause)
    }

    /// Adds what only the log may see.
    #[must_use]
    pub fn caused_by(mut self, cause: impl fmt::Display) -> Self {
        self.internal = Some(match self.internal.take() {
            Some(before) => format!("{before}; {cause}"),
            None => cause.to_string(),
        });
        self
    }

    /// Adds what the audit trail is to tell.
    #[must_use]
    pub fn denying(mut self, denial: Denial) -> Self {
        self.denial = Some(Box::new(denial));
        self
    }

    /// Adds for how long the caller has to wait before the same request can succeed.
    #[must_use]
    pub fn until_after(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }

    /// For how long the caller has to wait, if that is known.
    pub const fn wait(&self) -> Option<Duration> {
        self.wait
    }

    /// The same refusal in these words: keeps what the audit trail is to tell of the other's.
    #[must_use]
    pub fn in_place_of(mut self, other: &Self) -> Self {
        self.denial = self.denial.or_else(|| other.denial.clone());
        self
    }

    /// What was wanted and not allowed, if that is why.
    pub fn denial(&self) -> Option<&Denial> {
        self.denial.as_deref()
    }

    /// Joins the details of two validation errors, so that a form is answered whole.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.details.extend(other.details);
        self
    }

    /// The same error about a part of a larger document: pointers that begin with `from` begin with
    /// `to` instead.
    #[must_use]
    pub fn moved(mut self, from: &str, to: &str) -> Self {
        for pointer in self.details.iter_mut().filter_map(|detail| detail.pointer.as_mut()) {
            if let Some(rest) = pointer.strip_prefix(from) {
                *pointer = format!("{to}{rest}");
            }
        }
        self
    }

    /// The kind.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What the caller may know.
    pub fn details(&self) -> &[Detail] {
        &self.details
    }

    /// What only the log may see.
    pub fn internal_cause(&self) -> Option<&str> {
        self.internal.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, detail) in self.details.iter().enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            f.write_str(&detail.text)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    /// For the log and for failing tests: both parts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("public", &self.details)
            .field("internal", &self.internal)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {}
