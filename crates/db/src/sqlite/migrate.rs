//! Brings a SQLite file up to date.

use kernel::{Clock, Error, Result, SystemClock};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::{
    migrations::{self, Applied, Migration},
    options::Engine,
};

/// Applies what is pending, each migration in a transaction of its own that excludes every other
/// process.
pub(crate) fn run(
    connection: &mut Connection,
    known: &[Migration],
    trouble: &dyn Fn(rusqlite::Error) -> Error,
) -> Result<()> {
    loop {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(trouble)?;
        let applied = applied(&transaction).map_err(trouble)?;
        let Some(next) = migrations::pending(known, &applied)?.first() else {
            return transaction.commit().map_err(trouble);
        };
        apply(&transaction, next).map_err(trouble)?;
        transaction.commit().map_err(trouble)?;
        tracing::info!(number = next.number, name = next.name, "a migration was applied");
    }
}

fn applied(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<Applied>> {
    transaction.execute_batch(&migrations::table(Engine::Sqlite))?;
    let mut statement = transaction.prepare(migrations::SELECT_APPLIED)?;
    let rows = statement.query_map([], |row| {
        Ok(Applied { number: row.get(0)?, name: row.get(1)?, checksum: row.get(2)? })
    })?;
    rows.collect()
}

fn apply(transaction: &Transaction<'_>, migration: &Migration) -> rusqlite::Result<()> {
    transaction.execute_batch(&migration.sql(Engine::Sqlite))?;
    transaction.execute(
        "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
        params![
            migration.number,
            migration.name,
            migration.checksum(),
            SystemClock.now().as_micros()
        ],
    )?;
    Ok(())
}
