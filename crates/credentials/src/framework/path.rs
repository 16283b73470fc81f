//! A path of a backend: its pattern, fields, operations and help.

use super::{Field, Pattern};
use crate::Operation;

/// A path of a backend. Everything about it stands in one place, so that routing, reading the
/// fields and the help can't disagree.
#[derive(Debug)]
pub struct PathDefinition {
    /// What it is called in code.
    pub name: &'static str,
    /// What it matches, below its mount.
    pub pattern: Pattern,
    /// The fields, captured ones among them.
    pub fields: &'static [Field],
    /// What can be done with it.
    pub operations: &'static [Operation],
    /// Whether an update of what is not there counts as creating it.
    pub tells_creation: bool,
    /// Whether it answers without a token.
    pub open: bool,
    /// Whether it needs `sudo` besides.
    pub sudo: bool,
    /// Whether it does something with whatever it is sent, besides its fields.
    pub takes_anything: bool,
    /// The help's first line.
    pub synopsis: &'static str,
    /// The help's text.
    pub description: &'static str,
}

impl PathDefinition {
    /// A path that needs a token and tells no creation from an update.
    pub const fn new(
        name: &'static str,
        pattern: Pattern,
        fields: &'static [Field],
        operations: &'static [Operation],
        synopsis: &'static str,
        description: &'static str,
    ) -> Self {
        Self {
            name,
            pattern,
            fields,
            operations,
            tells_creation: false,
            open: false,
            sudo: false,
            takes_anything: false,
            synopsis,
            description,
        }
    }

    /// The same, answering without a token.
    #[must_use]
    pub const fn open(self) -> Self {
        Self { open: true, ..self }
    }

    /// The same, needing `sudo`.
    #[must_use]
    pub const fn sudo(self) -> Self {
        Self { sudo: true, ..self }
    }

    /// The same, taking whatever it is sent.
    #[must_use]
    pub const fn taking_anything(self) -> Self {
        Self { takes_anything: true, ..self }
    }

    /// The same, telling creation from an update.
    #[must_use]
    pub const fn telling_creation(self) -> Self {
        Self { tells_creation: true, ..self }
    }
}
