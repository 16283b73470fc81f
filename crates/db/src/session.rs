//! What a transaction needs of an engine.

use crate::{
    error::DbError, options::Engine, row::Row, schema::Prepared, sql::Statement, value::Value,
};

/// A connection within a transaction.
pub(crate) trait Session {
    fn engine(&self) -> Engine;

    /// Runs a statement and gives the number of rows that it changed.
    fn execute(&mut self, bound: &Bound<'_>) -> Result<u64, Trouble>;

    /// Runs a statement and hands over each row.
    fn query(&mut self, bound: &Bound<'_>, each: &mut EachRow<'_>) -> Result<(), Trouble>;

    /// Prepares a statement without running it.
    fn describe(&mut self, statement: &Statement) -> Result<Prepared, Trouble>;
}

pub(crate) type EachRow<'a> = dyn FnMut(&Row<'_>) -> Result<(), DbError> + 'a;

/// A statement with its parameters.
pub(crate) struct Bound<'a> {
    pub(crate) statement: &'a Statement,
    pub(crate) params: &'a [Value<'a>],
    /// What stands for `$list`, already filled up to a power of two by [`Bound::values`].
    pub(crate) list: &'a [Value<'a>],
}

impl Bound<'_> {
    /// How many places `$list` gets.
    pub(crate) fn places(&self) -> usize {
        if self.list.is_empty() { 0 } else { crate::sql::places(self.list.len()) }
    }

    /// All values in the order of their numbers.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Value<'_>> {
        let missing = self.places() - self.list.len();
        let filling = self.list.last().into_iter().cycle().take(missing);
        self.params.iter().chain(self.list).chain(filling)
    }
}

/// A statement failed.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    pub(crate) error: DbError,
    /// Whether the whole closure may well succeed when it is run again.
    pub(crate) again: bool,
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        Self { error, again: false }
    }
}
