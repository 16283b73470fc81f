//! Why a policy can't be read.

use super::hcl::SyntaxError;

/// How many wrong keys an error names.
const NAMED: usize = 10;

/// Why a text is no policy, in the words that clients of Vault know, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to parse policy: {message}")]
pub struct PolicyError {
    /// What is wrong.
    pub message: String,
    /// On which line, from 1.
    pub line: usize,
    /// At which character of the line, from 1.
    pub column: usize,
}

impl PolicyError {
    /// Something that can't even be read.
    pub(super) fn syntax(text: &str, error: SyntaxError) -> Self {
        let (line, column) = position(text, error.at);
        Self { message: format!("At {line}:{column}: {}", error.message), line, column }
    }

    /// Something that makes no sense.
    pub(super) fn at(text: &str, at: usize, message: impl std::fmt::Display) -> Self {
        let (line, column) = position(text, at);
        Self { message: format!("{message} (at {line}:{column})"), line, column }
    }

    /// Keys that nobody knows.
    pub(super) fn keys(text: &str, prefix: &str, keys: &[(usize, &str)]) -> Self {
        let (line, column) = position(text, keys.first().map_or(0, |(at, _)| *at));
        let noun = if keys.len() == 1 { "error" } else { "errors" };
        let mut message = format!("{prefix}{} {noun} occurred:\n", keys.len());
        for (at, key) in keys.iter().take(NAMED) {
            let (line, _) = position(text, *at);
            message.push_str(&["\t* invalid key ", &format!("{key:?} on line {line}\n")].concat());
        }
        message.push('\n');
        Self { message, line, column }
    }
}

/// Line and column of a byte.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
