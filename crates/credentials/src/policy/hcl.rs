//! The language that policies are written in: HCL in its first version, and JSON.
//!
//! The second version of HCL, which Terraform reads, is another language: it wants a line for each
//! argument and knows no quoted keys in blocks, and policies that servers have taken for years are
//! no text of it. The first is small: keys, strings, numbers, lists and objects. A text that begins
//! with `{` is JSON.
//!
//! Texts are written by tenants. However deep or long one is, reading it takes a time that grows
//! with its length only, and a stack of fixed depth.

mod escape;
mod lexer;
mod parser;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use parser::read;

/// How deep objects and lists may stand in each other.
pub(crate) const MAX_DEPTH: usize = 32;

/// A value, and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Where it begins, in bytes.
    pub(crate) at: usize,
    pub(crate) value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Item>),
}

/// A value with its key, or with several: `path "a" { … }` has two.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) keys: Vec<Key>,
    pub(crate) node: Node,
}

/// A key, and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) at: usize,
    pub(crate) name: String,
}

/// Whether a text is JSON.
pub(crate) fn is_json(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
}

/// Why a text can't be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) at: usize,
    pub(crate) message: String,
}

impl SyntaxError {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}
