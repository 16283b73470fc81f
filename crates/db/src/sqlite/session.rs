//! Statements on a SQLite connection.

use std::collections::HashMap;

use rusqlite::{
    CachedStatement, Connection, ErrorCode, ToSql, ffi, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use super::constraints::Constraints;
use crate::{
    error::DbError,
    options::Engine,
    row::{Cells, Row},
    schema::{self, Prepared},
    session::{Bound, EachRow, Trouble},
    sql::{Key, Statement, render},
    value::Value,
};

/// Statements as this engine writes them. There are only as many as there are constants, so they
/// are all kept.
#[derive(Default)]
pub(crate) struct Texts(HashMap<Key, String>);

/// A connection at work. The connection keeps its prepared statements.
pub(crate) struct Session<'c> {
    connection: &'c Connection,
    texts: &'c mut Texts,
    constraints: &'c Constraints,
}

impl<'c> Session<'c> {
    pub(crate) fn new(
        connection: &'c Connection,
        texts: &'c mut Texts,
        constraints: &'c Constraints,
    ) -> Self {
        Self { connection, texts, constraints }
    }

    /// How many rows this connection has changed so far, also in what was rolled back.
    pub(crate) fn changes(&self) -> u64 {
        self.connection.total_changes()
    }

    /// Whether no transaction is under way.
    pub(crate) fn has_ended(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// Runs a statement that begins or ends something.
    pub(crate) fn control(&mut self, sql: &'static str) -> rusqlite::Result<()> {
        self.statement(sql, 0)?.execute([]).map(drop)
    }

    /// Ends a transaction that went wrong, if there still is one: the engine ends it by itself when
    /// the disk is full or fails.
    pub(crate) fn abandon(&mut self) {
        if !self.has_ended()
            && let Err(error) = self.control("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    fn statement(
        &mut self,
        sql: &'static str,
        places: usize,
    ) -> rusqlite::Result<CachedStatement<'c>> {
        let render = || render(sql, Engine::Sqlite, places);
        let text = self.texts.0.entry(Key::new(sql, places)).or_insert_with(render);
        self.connection.prepare_cached(text)
    }

    fn trouble(constraints: &Constraints, error: &rusqlite::Error) -> Trouble {
        let rusqlite::Error::SqliteFailure(failure, Some(message)) = error else {
            return DbError::failed(error).into();
        };
        if failure.code != ErrorCode::ConstraintViolation {
            return DbError::failed(error).into();
        }
        let name = match failure.extended_code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
                Some(constraints.name(message))
            }
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Some(DbError::FOREIGN_KEY.to_owned()),
            ffi::SQLITE_CONSTRAINT_CHECK => {
                message.rsplit_once(": ").map(|(_, name)| name.to_owned())
            }
            _ => None,
        };
        name.map_or_else(|| DbError::failed(error), |name| DbError::Constraint { name }).into()
    }
}

impl crate::session::Session for Session<'_> {
    fn engine(&self) -> Engine {
        Engine::Sqlite
    }

    fn execute(&mut self, bound: &Bound<'_>) -> Result<u64, Trouble> {
        let constraints = self.constraints;
        let trouble = |error| Self::trouble(constraints, &error);
        let mut statement = self.statement(bound.statement.sql, bound.places()).map_err(trouble)?;
        let count = statement.execute(params_from_iter(bound.values())).map_err(trouble)?;
        Ok(count as u64)
    }

    fn query(&mut self, bound: &Bound<'_>, each: &mut EachRow<'_>) -> Result<(), Trouble> {
        let constraints = self.constraints;
        let trouble = |error| Self::trouble(constraints, &error);
        let mut statement = self.statement(bound.statement.sql, bound.places()).map_err(trouble)?;
        let mut rows = statement.query(params_from_iter(bound.values())).map_err(trouble)?;
        while let Some(row) = rows.next().map_err(trouble)? {
            each(&Row::new(Cells::Sqlite(row), bound.statement.name))?;
        }
        Ok(())
    }

    fn describe(&mut self, statement: &Statement) -> Result<Prepared, Trouble> {
        let constraints = self.constraints;
        let describe = || {
            let text = render(statement.sql, Engine::Sqlite, 2);
            let prepared = self.connection.prepare(&text)?;
            let columns = prepared.column_names().map(str::to_owned).collect();
            let mut explain = self.connection.prepare(&format!("EXPLAIN QUERY PLAN {text}"))?;
            let mut rows = explain.raw_query();
            let mut plan = Vec::new();
            while let Some(row) = rows.next()? {
                plan.push(row.get("detail")?);
            }
            let scans = schema::scans(&plan);
            Ok(Prepared { name: statement.name, hot: statement.hot, columns, plan, scans })
        };
        describe().map_err(|error| Self::trouble(constraints, &error))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
