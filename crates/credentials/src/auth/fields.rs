//! Lists of fields that have others in them.

use crate::framework::{Field, FieldKind};

/// A field that holds a text.
pub(super) const fn text(name: &'static str, description: &'static str) -> Field {
    Field { name, kind: FieldKind::Text, description }
}

/// A field of some kind.
pub(super) const fn field(name: &'static str, kind: FieldKind, description: &'static str) -> Field {
    Field { name, kind, description }
}

/// Both lists, one behind the other. `N` is the length of both.
#[expect(clippy::indexing_slicing, reason = "the compiler does it, and says if it can't be done")]
pub(super) const fn joined<const A: usize, const B: usize, const N: usize>(
    first: [Field; A],
    second: [Field; B],
) -> [Field; N] {
    let mut all = [text("", ""); N];
    let mut position = 0;
    while position < A {
        all[position] = first[position];
        position += 1;
    }
    while position < N {
        all[position] = second[position - A];
        position += 1;
    }
    all
}
