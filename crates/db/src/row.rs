//! Reading a result row.

use std::fmt::Display;

use ::postgres::types::{FromSql, Type};
use kernel::{Id, IdKind, Timestamp};
use rusqlite::types::ValueRef;

use crate::error::DbError;

type Result<T> = std::result::Result<T, DbError>;

/// A result row. Columns are read by position; a value of another type than asked for is an error.
pub struct Row<'r> {
    cells: Cells<'r>,
    statement: &'static str,
}

#[derive(Clone, Copy)]
pub(crate) enum Cells<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r ::postgres::Row),
}

impl<'r> Row<'r> {
    pub(crate) const fn new(cells: Cells<'r>, statement: &'static str) -> Self {
        Self { cells, statement }
    }

    /// A text.
    pub fn text(&self, column: usize) -> Result<String> {
        self.opt_text(column).and_then(|value| self.present(column, value))
    }

    /// A whole number.
    pub fn int(&self, column: usize) -> Result<i64> {
        self.opt_int(column).and_then(|value| self.present(column, value))
    }

    /// A boolean, kept as 0 or 1.
    pub fn bool(&self, column: usize) -> Result<bool> {
        self.int(column).map(|number| number != 0)
    }

    /// Bytes.
    pub fn bytes(&self, column: usize) -> Result<Vec<u8>> {
        self.opt_bytes(column).and_then(|value| self.present(column, value))
    }

    /// An instant.
    pub fn timestamp(&self, column: usize) -> Result<Timestamp> {
        self.int(column).map(Timestamp::from_micros)
    }

    /// An id.
    pub fn id<K: IdKind>(&self, column: usize) -> Result<Id<K>> {
        self.opt_id(column).and_then(|value| self.present(column, value))
    }

    /// A text or nothing.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>> {
        Ok(self.text_here(column)?.map(str::to_owned))
    }

    /// A whole number or nothing.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Int(number) => Ok(Some(number)),
            Cell::Text(_) | Cell::Bytes(_) => Err(self.trouble(column, "not a whole number")),
        }
    }

    /// A boolean, kept as 0 or 1, or nothing.
    pub fn opt_bool(&self, column: usize) -> Result<Option<bool>> {
        Ok(self.opt_int(column)?.map(|number| number != 0))
    }

    /// Bytes or nothing.
    pub fn opt_bytes(&self, column: usize) -> Result<Option<Vec<u8>>> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Bytes(bytes) => Ok(Some(bytes.to_vec())),
            Cell::Text(_) | Cell::Int(_) => Err(self.trouble(column, "not bytes")),
        }
    }

    /// An instant or nothing.
    pub fn opt_timestamp(&self, column: usize) -> Result<Option<Timestamp>> {
        Ok(self.opt_int(column)?.map(Timestamp::from_micros))
    }

    /// An id or nothing.
    pub fn opt_id<K: IdKind>(&self, column: usize) -> Result<Option<Id<K>>> {
        self.text_here(column)?
            .map(|text| text.parse().map_err(|error| self.trouble(column, error)))
            .transpose()
    }

    fn text_here(&self, column: usize) -> Result<Option<&'r str>> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text)),
            Cell::Int(_) | Cell::Bytes(_) => Err(self.trouble(column, "not a text")),
        }
    }

    fn cell(&self, column: usize) -> Result<Cell<'r>> {
        match self.cells {
            Cells::Sqlite(row) => {
                let value = row.get_ref(column).map_err(|error| self.trouble(column, error))?;
                Cell::of(value).map_err(|error| self.trouble(column, error))
            }
            Cells::Postgres(row) => {
                row.try_get(column).map_err(|error| self.trouble(column, error))
            }
        }
    }

    fn present<T>(&self, column: usize, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| self.trouble(column, "null"))
    }

    fn trouble(&self, column: usize, cause: impl Display) -> DbError {
        DbError::failed(format!("column {column} of {}: {cause}", self.statement))
    }
}

/// What stands in one place of a row.
enum Cell<'r> {
    Null,
    Int(i64),
    Text(&'r str),
    Bytes(&'r [u8]),
}

impl<'r> Cell<'r> {
    fn of(value: ValueRef<'r>) -> std::result::Result<Self, String> {
        match value {
            ValueRef::Null => Ok(Self::Null),
            ValueRef::Integer(number) => Ok(Self::Int(number)),
            ValueRef::Real(number) => Err(format!("{number} is not a whole number")),
            ValueRef::Text(text) => {
                str::from_utf8(text).map(Self::Text).map_err(|error| error.to_string())
            }
            ValueRef::Blob(bytes) => Ok(Self::Bytes(bytes)),
        }
    }
}

impl<'r> FromSql<'r> for Cell<'r> {
    fn from_sql(
        kind: &Type,
        raw: &'r [u8],
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        match *kind {
            Type::INT8 => i64::from_sql(kind, raw).map(Self::Int),
            Type::INT4 => i32::from_sql(kind, raw).map(|number| Self::Int(number.into())),
            Type::INT2 => i16::from_sql(kind, raw).map(|number| Self::Int(number.into())),
            // What `EXISTS (…)` or `a = b` gives there, and a number on SQLite.
            Type::BOOL => bool::from_sql(kind, raw).map(|truth| Self::Int(truth.into())),
            Type::BYTEA => Ok(Self::Bytes(raw)),
            _ => <&str>::from_sql(kind, raw).map(Self::Text),
        }
    }

    fn from_sql_null(
        _: &Type,
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        readable(kind)
    }
}

/// Whether rows can hold a PostgreSQL type. NUMERIC, which SUM gives there, is not among them.
pub(crate) fn readable(kind: &Type) -> bool {
    matches!(*kind, Type::INT8 | Type::INT4 | Type::INT2 | Type::BOOL | Type::BYTEA)
        || <&str as FromSql>::accepts(kind)
}
