//! The fields of a path, as its help describes them.

/// A field of a path: one that its pattern captures, or one of the body.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// How it is read.
    pub kind: FieldKind,
    /// What it means, for the help.
    pub description: &'static str,
}

/// How a field is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A text. Numbers and booleans are turned into one.
    Text,
    /// A text in lower case.
    LowerText,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// A length of time.
    Duration,
    /// A JSON object.
    Map,
    /// Texts with texts: an object, or a list of `key=value`.
    Pairs,
    /// Texts: a list, or one text with commas.
    Texts,
    /// Texts: a list, or one text that is one of them, commas or not.
    List,
}

impl FieldKind {
    /// What the help calls it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::LowerText => "lowercase string",
            Self::Integer => "int",
            Self::Boolean => "bool",
            Self::Duration => "duration (sec)",
            Self::Map => "map",
            Self::Pairs => "keypair",
            Self::Texts | Self::List => "slice",
        }
    }
}
