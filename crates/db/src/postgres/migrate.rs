//! Brings a PostgreSQL database up to date.

use ::postgres::Client;
use kernel::{Clock, Result, SystemClock};

use super::connect::Connector;
use crate::{
    migrations::{self, Applied, Migration},
    options::Engine,
};

/// Applies what is pending, each migration in a transaction of its own. Of several servers that
/// start at once one does it and the others wait.
pub(crate) fn run(connector: &Connector, known: &[Migration]) -> Result<()> {
    let mut client = connector.connect_for_migration()?;
    let trouble = |error| connector.unreachable(&error);
    let applied = applied(&mut client).map_err(trouble)?;
    for next in migrations::pending(known, &applied)? {
        apply(&mut client, next).map_err(trouble)?;
        tracing::info!(number = next.number, name = next.name, "a migration was applied");
    }
    Ok(())
}

fn applied(client: &mut Client) -> Result<Vec<Applied>, ::postgres::Error> {
    client.batch_execute(&migrations::table(Engine::Postgres))?;
    let rows = client.query(migrations::SELECT_APPLIED, &[])?;
    rows.iter()
        .map(|row| {
            Ok(Applied {
                number: row.try_get(0)?,
                name: row.try_get(1)?,
                checksum: row.try_get(2)?,
            })
        })
        .collect()
}

fn apply(client: &mut Client, migration: &Migration) -> Result<(), ::postgres::Error> {
    let mut transaction = client.transaction()?;
    transaction.batch_execute(&migration.sql(Engine::Postgres))?;
    transaction.execute(
        "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
        &[
            &migration.number,
            &migration.name,
            &migration.checksum(),
            &SystemClock.now().as_micros(),
        ],
    )?;
    transaction.commit()
}
