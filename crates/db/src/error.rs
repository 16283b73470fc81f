//! What can go wrong with one statement.

use kernel::{Error, Kind};

/// A statement failed. After that its transaction is spoiled on both engines: the closure can only
/// return an error. Use `ON CONFLICT … DO NOTHING` where it wants to go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// A constraint does not hold. For a unique index `name` is the index's name, for a primary key
    /// `<table>_pkey`, for a reference to a row that is not there (or that others refer to)
    /// [`DbError::FOREIGN_KEY`].
    #[error("the constraint {name} does not hold")]
    Constraint {
        /// The constraint's name, the same on both engines.
        name: String,
    },
    /// A text holds the character U+0000, which PostgreSQL can't store.
    #[error("a text holds the character U+0000")]
    Unstorable,
    /// Anything else.
    #[error("{cause}")]
    Failed {
        /// What the engine says; for the log only.
        cause: String,
    },
}

impl DbError {
    /// The name under which a broken reference is reported: SQLite does not say which it was.
    pub const FOREIGN_KEY: &'static str = "foreign_key";

    pub(crate) fn failed(cause: impl ToString) -> Self {
        Self::Failed { cause: cause.to_string() }
    }

    /// Whether it is this constraint that does not hold.
    pub fn is_constraint(&self, name: &str) -> bool {
        matches!(self, Self::Constraint { name: actual } if actual == name)
    }

    /// The client error for one constraint; everything else becomes what it is by itself.
    pub fn or_constraint(self, name: &str, error: impl FnOnce() -> Error) -> Error {
        if self.is_constraint(name) { error() } else { self.into() }
    }
}

/// An error with what caused it, which the PostgreSQL library leaves out of its own text.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match &error {
            DbError::Constraint { .. } => {
                Self::conflict("the change is in conflict with what is stored").caused_by(error)
            }
            DbError::Unstorable => {
                Self::new(Kind::Invalid, "texts can't hold the character U+0000")
            }
            DbError::Failed { cause } => Self::unavailable(cause),
        }
    }
}
