//! The values of variables, sealed for the rows that they stand in.

use barrier::{DataKey, hex, random_bytes};
use kernel::{Error, Result, Secret, VariableId};

use super::Owner;

/// The place that a value is sealed for, so that it opens in no other row.
fn place(owner: Owner, id: VariableId) -> String {
    let table = match owner {
        Owner::Workspace(_) => "workspace_variables",
        Owner::Set(_) => "variable_set_variables",
    };
    format!("{table}:{id}")
}

/// A value for the row of a variable.
pub(crate) fn seal(
    key: &DataKey,
    owner: Owner,
    id: VariableId,
    value: &Secret<String>,
) -> Result<Vec<u8>> {
    key.seal(place(owner, id).as_bytes(), value.expose().as_bytes())
}

/// The value in the row of a variable.
pub(crate) fn open(
    key: &DataKey,
    owner: Owner,
    id: VariableId,
    sealed: &[u8],
) -> Result<Secret<String>> {
    let bytes = key.open(place(owner, id).as_bytes(), sealed)?;
    let text = String::from_utf8(bytes);
    text.map(Secret::new).map_err(|_| Error::internal(format!("the value of {id} is no text")))
}

/// What tells one state of a variable from the one before. It says nothing about the value, which
/// a hash would.
pub(crate) fn random_version() -> String {
    hex(random_bytes::<18>())
}
