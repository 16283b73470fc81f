//! What a closure does in its transaction.

use crate::{
    error::DbError,
    options::Engine,
    row::Row,
    schema::Prepared,
    session::{Bound, EachRow, Session, Trouble},
    sql::Statement,
    value::Value,
};

/// The longest list that `query_in` takes: both engines allow more than twice as many parameters.
const MAX_LIST: usize = 8_192;

/// How a closure uses the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reads; on PostgreSQL each statement by itself.
    Read,
    /// Reads that all see one instant.
    Snapshot,
    /// Reads and writes.
    Write,
    /// Waits until no write runs any more that began before.
    Settle,
}

/// A transaction, as a closure sees it.
///
/// A statement that fails spoils the transaction, on both engines: what comes after it fails too,
/// and a closure that returns `Ok` all the same is answered with an error.
pub struct Tx<'a> {
    session: &'a mut (dyn Session + 'a),
    access: Access,
    trouble: Option<Trouble>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(session: &'a mut (dyn Session + 'a), access: Access) -> Self {
        Self { session, access, trouble: None }
    }

    /// The engine, for the few places that differ.
    pub fn engine(&self) -> Engine {
        self.session.engine()
    }

    /// Runs a statement that changes rows, and gives the number of rows that it changed.
    pub fn execute(&mut self, statement: &Statement, params: &[Value<'_>]) -> Result<u64, DbError> {
        let bound = Bound { statement, params, list: &[] };
        if self.access != Access::Write {
            return self.settle(statement, Err(DbError::failed("a read can't write").into()));
        }
        let result = self.check(&bound).and_then(|()| self.session.execute(&bound));
        self.settle(statement, result)
    }

    /// Runs a statement and turns every row into a value.
    pub fn query<T>(
        &mut self,
        statement: &Statement,
        params: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T, DbError>,
    ) -> Result<Vec<T>, DbError> {
        let mut found = Vec::new();
        self.each(&Bound { statement, params, list: &[] }, &mut |row| {
            found.push(map(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// The first row, if there is one.
    pub fn query_optional<T>(
        &mut self,
        statement: &Statement,
        params: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T, DbError>,
    ) -> Result<Option<T>, DbError> {
        let mut found = None;
        self.each(&Bound { statement, params, list: &[] }, &mut |row| {
            if found.is_none() {
                found = Some(map(row)?);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The first row; it is a fault of ours when there is none.
    pub fn query_one<T>(
        &mut self,
        statement: &Statement,
        params: &[Value<'_>],
        map: impl FnMut(&Row<'_>) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        self.query_optional(statement, params, map)?
            .ok_or_else(|| DbError::failed(format!("{}: no row", statement.name)))
    }

    /// Like `query`, with `list` standing for `$list` in the text. No list, no rows.
    pub fn query_in<T>(
        &mut self,
        statement: &Statement,
        params: &[Value<'_>],
        list: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T, DbError>,
    ) -> Result<Vec<T>, DbError> {
        let mut found = Vec::new();
        if !list.is_empty() {
            self.each(&Bound { statement, params, list }, &mut |row| {
                found.push(map(row)?);
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// Locks rows until the transaction ends, with a statement that ends in `FOR UPDATE`. On SQLite,
    /// where writes come one after the other, nothing happens.
    pub fn lock(&mut self, statement: &Statement, params: &[Value<'_>]) -> Result<(), DbError> {
        match self.engine() {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => self.each(&Bound { statement, params, list: &[] }, &mut |_| Ok(())),
        }
    }

    pub(crate) fn describe(&mut self, statement: &Statement) -> Result<Prepared, DbError> {
        let result = self.session.describe(statement);
        self.settle(statement, result)
    }

    /// What went wrong, if anything did.
    pub(crate) fn into_trouble(self) -> Option<Trouble> {
        self.trouble
    }

    fn each(&mut self, bound: &Bound<'_>, each: &mut EachRow<'_>) -> Result<(), DbError> {
        let result = self.check(bound).and_then(|()| self.session.query(bound, each));
        self.settle(bound.statement, result)
    }

    /// Refuses what one engine would take and the other would not.
    fn check(&self, bound: &Bound<'_>) -> Result<(), Trouble> {
        if self.trouble.is_some() {
            return Err(DbError::failed("an earlier statement of the transaction failed").into());
        }
        if bound.list.len() > MAX_LIST {
            return Err(DbError::failed(format!("a list of {}", bound.list.len())).into());
        }
        let unstorable =
            |value: &Value<'_>| matches!(value, Value::Text(text) if text.contains('\0'));
        if bound.params.iter().chain(bound.list).any(unstorable) {
            return Err(DbError::Unstorable.into());
        }
        Ok(())
    }

    /// Remembers what went wrong, and names the statement.
    fn settle<T>(
        &mut self,
        statement: &Statement,
        result: Result<T, Trouble>,
    ) -> Result<T, DbError> {
        result.map_err(|mut trouble| {
            if let DbError::Failed { cause } = &mut trouble.error {
                *cause = format!("{}: {cause}", statement.name);
            }
            let error = trouble.error.clone();
            self.trouble.get_or_insert(trouble);
            error
        })
    }
}
