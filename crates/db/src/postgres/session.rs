//! Statements on a PostgreSQL connection.

use std::{
    collections::{HashMap, hash_map::Entry},
    error::Error as _,
    io,
};

use ::postgres::{
    Client,
    error::SqlState,
    types::{IsNull, ToSql, Type, to_sql_checked},
};
use bytes::BytesMut;

use crate::{
    error::{DbError, with_causes},
    options::Engine,
    row::{Cells, Row, readable},
    schema::Prepared,
    session::{Bound, EachRow, Trouble},
    sql::{Key, Statement, render},
    value::Value,
};

type Params<'a> = Vec<&'a (dyn ToSql + Sync)>;

/// A connection with its prepared statements.
pub(crate) struct Session {
    client: Client,
    statements: HashMap<Key, ::postgres::Statement>,
    /// The connection is of no more use.
    broken: bool,
}

impl Session {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, statements: HashMap::new(), broken: false }
    }

    /// Runs a statement that begins or ends a transaction.
    pub(crate) fn control(&mut self, sql: &str) -> Result<(), Trouble> {
        self.client.batch_execute(sql).map_err(|error| self.trouble(&error))
    }

    /// Whether the next closure needs another connection.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken || self.client.is_closed()
    }

    fn statement(&mut self, bound: &Bound<'_>) -> Result<::postgres::Statement, Trouble> {
        let (sql, places) = (bound.statement.sql, bound.places());
        let result = match self.statements.entry(Key::new(sql, places)) {
            Entry::Occupied(found) => return Ok(found.get().clone()),
            Entry::Vacant(place) => self
                .client
                .prepare(&render(sql, Engine::Postgres, places))
                .map(|statement| place.insert(statement).clone()),
        };
        result.map_err(|error| self.trouble(&error))
    }

    /// Names the constraint, and tells what is worth another run.
    fn trouble(&mut self, error: &::postgres::Error) -> Trouble {
        let Some(refusal) = error.as_db_error() else {
            let is_io = error.source().is_some_and(<dyn std::error::Error>::is::<io::Error>);
            self.broken |= is_io || error.is_closed();
            let error = DbError::failed(with_causes(error));
            return Trouble { error, again: self.is_broken() };
        };
        let code = refusal.code();
        if *code == SqlState::FOREIGN_KEY_VIOLATION {
            return DbError::Constraint { name: DbError::FOREIGN_KEY.to_owned() }.into();
        }
        if [SqlState::UNIQUE_VIOLATION, SqlState::CHECK_VIOLATION].contains(code) {
            let name = refusal.constraint().unwrap_or_default().to_owned();
            return DbError::Constraint { name }.into();
        }
        // The server ends the connection, or tables were changed under a prepared statement.
        self.broken |= [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        ]
        .contains(code)
            || (*code == SqlState::FEATURE_NOT_SUPPORTED
                && refusal.message().contains("cached plan"));
        let raced = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
        let cause = format!("{} ({})", refusal, code.code());
        Trouble { error: DbError::failed(cause), again: self.broken || raced.contains(code) }
    }
}

impl crate::session::Session for Session {
    fn engine(&self) -> Engine {
        Engine::Postgres
    }

    fn execute(&mut self, bound: &Bound<'_>) -> Result<u64, Trouble> {
        let statement = self.statement(bound)?;
        let result = self.client.execute(&statement, &params(bound, &statement)?);
        result.map_err(|error| self.trouble(&error))
    }

    fn query(&mut self, bound: &Bound<'_>, each: &mut EachRow<'_>) -> Result<(), Trouble> {
        let statement = self.statement(bound)?;
        let result = self.client.query(&statement, &params(bound, &statement)?);
        for row in &result.map_err(|error| self.trouble(&error))? {
            each(&Row::new(Cells::Postgres(row), bound.statement.name))?;
        }
        Ok(())
    }

    fn describe(&mut self, statement: &Statement) -> Result<Prepared, Trouble> {
        let text = render(statement.sql, Engine::Postgres, 2);
        let prepared = self.client.prepare(&text).map_err(|error| self.trouble(&error))?;
        if let Some(column) = prepared.columns().iter().find(|column| !readable(column.type_())) {
            let (name, kind) = (column.name(), column.type_());
            let cause = format!("the column {name} has the type {kind}: write CAST(… AS BIGINT)");
            return Err(DbError::failed(cause).into());
        }
        let columns = prepared.columns().iter().map(|column| column.name().to_owned()).collect();
        let (name, hot) = (statement.name, statement.hot);
        Ok(Prepared { name, hot, columns, plan: Vec::new(), scans: Vec::new() })
    }
}

/// The values. The client library panics over a wrong number of them.
fn params<'a>(
    bound: &'a Bound<'_>,
    statement: &::postgres::Statement,
) -> Result<Params<'a>, Trouble> {
    let params: Params<'_> = bound.values().map(|value| value as &(dyn ToSql + Sync)).collect();
    let (given, wanted) = (params.len(), statement.params().len());
    if given != wanted {
        let cause = format!("{given} parameters were given, {wanted} are wanted");
        return Err(DbError::failed(cause).into());
    }
    Ok(params)
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, kind) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Int(number), &Type::INT8) => number.to_sql(kind, out),
            (Value::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Value::Text(text), _) if <&str as ToSql>::accepts(kind) => {
                text.as_ref().to_sql(kind, out)
            }
            (Value::Bytes(bytes), &Type::BYTEA) => bytes.as_ref().to_sql(kind, out),
            (Value::Int(_), _) => Err(format!("a whole number was given for {kind}").into()),
            (Value::Text(_), _) => Err(format!("a text was given for {kind}").into()),
            (Value::Bytes(_), _) => Err(format!("bytes were given for {kind}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
