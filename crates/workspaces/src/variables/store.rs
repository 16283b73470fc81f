//! Rows to variables and back. The same for workspaces and sets, but for the table.

use std::collections::HashMap;

use barrier::DataKey;
use db::{DbError, Row, Statement, Tx, Value};
use kernel::{Error, Kind, Result, Secret, VariableId, VariableSetId};

use super::{Category, Owner, Variable, open, seal};
use crate::sql;

/// How many variables one workspace or set has at most, and how many bytes their values take: all
/// of them go out in one answer.
const MOST_VARIABLES: i64 = 1_000;
const MOST_BYTES: i64 = 4 << 20;

/// The statements of one kind of owner.
struct Statements {
    list: &'static Statement,
    find: &'static Statement,
    insert: &'static Statement,
    update: &'static Statement,
    delete: &'static Statement,
    count: &'static Statement,
    unique: &'static str,
}

impl Owner {
    const fn statements(self) -> Statements {
        match self {
            Self::Workspace(_) => Statements {
                list: &sql::LIST_WORKSPACE_VARIABLES,
                find: &sql::FIND_WORKSPACE_VARIABLE,
                insert: &sql::INSERT_WORKSPACE_VARIABLE,
                update: &sql::UPDATE_WORKSPACE_VARIABLE,
                delete: &sql::DELETE_WORKSPACE_VARIABLE,
                count: &sql::COUNT_WORKSPACE_VARIABLES,
                unique: "workspace_variables_key",
            },
            Self::Set(_) => Statements {
                list: &sql::LIST_SET_VARIABLES,
                find: &sql::FIND_SET_VARIABLE,
                insert: &sql::INSERT_SET_VARIABLE,
                update: &sql::UPDATE_SET_VARIABLE,
                delete: &sql::DELETE_SET_VARIABLE,
                count: &sql::COUNT_SET_VARIABLES,
                unique: "variable_set_variables_key",
            },
        }
    }
}

impl From<Owner> for Value<'_> {
    fn from(owner: Owner) -> Self {
        match owner {
            Owner::Workspace(id) => id.into(),
            Owner::Set(id) => id.into(),
        }
    }
}

/// A variable with its value as it is stored.
struct Stored {
    variable: Variable,
    sealed: Vec<u8>,
}

impl Stored {
    /// With its value, unless nobody is told it.
    fn told(self, key: &DataKey) -> Result<Variable> {
        let Self { mut variable, sealed } = self;
        if !variable.sensitive {
            variable.value = Some(open(key, variable.owner, variable.id, &sealed)?);
        }
        Ok(variable)
    }
}

/// All variables of an owner, by key.
pub(crate) fn list(tx: &mut Tx<'_>, key: &DataKey, owner: Owner) -> Result<Vec<Variable>> {
    let stored =
        |row: &Row<'_>| Ok(Stored { variable: from_row(row, owner)?, sealed: row.bytes(10)? });
    let found = tx.query(owner.statements().list, &[owner.into()], stored)?;
    found.into_iter().map(|stored| stored.told(key)).collect()
}

/// One of them.
pub(crate) fn find(
    tx: &mut Tx<'_>,
    key: &DataKey,
    owner: Owner,
    id: VariableId,
) -> Result<Option<Variable>> {
    let stored =
        |row: &Row<'_>| Ok(Stored { variable: from_row(row, owner)?, sealed: row.bytes(10)? });
    let found = tx.query_optional(owner.statements().find, &[id.into(), owner.into()], stored)?;
    found.map(|stored| stored.told(key)).transpose()
}

/// The variable of a set that has a key.
pub(crate) fn find_by_key(
    tx: &mut Tx<'_>,
    set: VariableSetId,
    category: Category,
    key: &str,
) -> Result<Option<VariableId>> {
    let params = [set.into(), category.as_str().into(), key.into()];
    Ok(tx.query_optional(&sql::FIND_SET_VARIABLE_BY_KEY, &params, |row| row.id(0))?)
}

/// The variables of some sets, by key, without their values.
pub(crate) fn list_of_sets(tx: &mut Tx<'_>, sets: &[VariableSetId]) -> Result<Vec<Variable>> {
    let list: Vec<Value<'_>> = sets.iter().map(Value::from).collect();
    Ok(tx.query_in(&sql::LIST_VARIABLES_OF_SETS, &[], &list, |row| {
        from_row(row, Owner::Set(row.id(1)?))
    })?)
}

/// The values of some variables of sets, as they are stored.
pub(crate) fn sealed_values(
    tx: &mut Tx<'_>,
    variables: &[VariableId],
) -> Result<HashMap<VariableId, Vec<u8>>> {
    let mut values = HashMap::new();
    // Fewer at a time than a statement can name.
    for some in variables.chunks(1_000) {
        let list: Vec<Value<'_>> = some.iter().map(Value::from).collect();
        let found =
            tx.query_in(&sql::LIST_SET_VALUES, &[], &list, |row| Ok((row.id(0)?, row.bytes(1)?)))?;
        values.extend(found);
    }
    Ok(values)
}

/// Stores a new variable.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    key: &DataKey,
    variable: &Variable,
    value: &Secret<String>,
) -> Result<()> {
    let statements = variable.owner.statements();
    let sealed = seal(key, variable.owner, variable.id, value)?;
    require_room(tx, variable, sealed.len())?;
    let params = [
        variable.id.into(),
        variable.owner.into(),
        (&variable.key).into(),
        variable.category.as_str().into(),
        (&variable.description).into(),
        variable.hcl.into(),
        variable.sensitive.into(),
        (&sealed).into(),
        (&variable.version).into(),
        variable.created_at.into(),
        variable.updated_at.into(),
    ];
    tx.execute(statements.insert, &params)
        .map_err(|error| error.or_constraint(statements.unique, || taken(variable)))?;
    Ok(())
}

/// Changes a variable; without a value it keeps the one that it has.
pub(crate) fn update(
    tx: &mut Tx<'_>,
    key: &DataKey,
    variable: &Variable,
    value: Option<&Secret<String>>,
) -> Result<()> {
    let statements = variable.owner.statements();
    let sealed = value.map(|value| seal(key, variable.owner, variable.id, value)).transpose()?;
    if let Some(sealed) = &sealed {
        require_room(tx, variable, sealed.len())?;
    }
    let params = [
        variable.id.into(),
        variable.owner.into(),
        (&variable.key).into(),
        variable.category.as_str().into(),
        (&variable.description).into(),
        variable.hcl.into(),
        variable.sensitive.into(),
        sealed.as_ref().into(),
        (&variable.version).into(),
        variable.updated_at.into(),
    ];
    tx.execute(statements.update, &params)
        .map_err(|error| error.or_constraint(statements.unique, || taken(variable)))?;
    Ok(())
}

/// Removes a variable.
pub(crate) fn delete(tx: &mut Tx<'_>, owner: Owner, id: VariableId) -> Result<()> {
    tx.execute(owner.statements().delete, &[id.into(), owner.into()])?;
    Ok(())
}

fn require_room(tx: &mut Tx<'_>, variable: &Variable, length: usize) -> Result<()> {
    let params = [variable.owner.into(), variable.id.into()];
    let (number, bytes) = tx.query_one(variable.owner.statements().count, &params, |row| {
        Ok((row.int(0)?, row.int(1)?))
    })?;
    let what = match variable.owner {
        Owner::Workspace(_) => "a workspace",
        Owner::Set(_) => "a variable set",
    };
    if number >= MOST_VARIABLES {
        let text = format!("{what} has at most {MOST_VARIABLES} variables; delete some first");
        return Err(Error::new(Kind::Invalid, text));
    }
    if bytes.saturating_add(i64::try_from(length).unwrap_or(i64::MAX)) > MOST_BYTES {
        let text = format!("the values of {what} take at most 4 megabytes; shorten some first");
        return Err(Error::invalid("value", text));
    }
    Ok(())
}

fn taken(variable: &Variable) -> Error {
    Error::invalid("key", format!("the key \"{}\" has already been taken", variable.key))
}

fn from_row(row: &Row<'_>, owner: Owner) -> Result<Variable, DbError> {
    let category = row.text(3)?;
    let category = Category::parse(&category)
        .ok_or_else(|| DbError::Failed { cause: format!("category \"{category}\"") })?;
    Ok(Variable {
        id: row.id(0)?,
        owner,
        key: row.text(2)?,
        value: None,
        category,
        description: row.text(4)?,
        hcl: row.bool(5)?,
        sensitive: row.bool(6)?,
        version: row.text(7)?,
        created_at: row.timestamp(8)?,
        updated_at: row.timestamp(9)?,
    })
}
