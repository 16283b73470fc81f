//! How backends describe their paths, and what follows from the description: routing, reading of
//! fields, help.

mod field;
pub mod help;
mod input;
mod path;
mod pattern;

pub use field::{Field, FieldKind};
pub use input::{Input, parse_bool};
pub use path::PathDefinition;
pub use pattern::{Captured, Pattern, Piece, is_name};

/// The first path that matches, and what it captured.
pub fn find(
    families: &'static [&'static [PathDefinition]],
    path: &str,
) -> Option<(&'static PathDefinition, Captured)> {
    let mut paths = families.iter().flat_map(|family| family.iter());
    paths.find_map(|definition| Some((definition, definition.pattern.matches(path)?)))
}
