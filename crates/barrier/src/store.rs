//! Data keys and their rows.

use db::Tx;
use kernel::{DataKeyId, Error, Kind, Result, Timestamp};

use crate::{
    envelope::{DataKey, Key, OpenError},
    random_bytes, sql,
};

/// Draws a key and stores it, wrapped, unless the scope has that version.
pub(crate) fn create(
    tx: &mut Tx<'_>,
    master: &Key,
    scope: &str,
    version: i64,
    now: Timestamp,
) -> Result<()> {
    let id = DataKeyId::generate();
    let root = random_bytes::<32>();
    let wrapped = master.seal(place(id, scope, version).as_bytes(), &root)?;
    tx.execute(
        &sql::INSERT_DATA_KEY,
        &[id.into(), scope.into(), version.into(), wrapped.into(), now.into()],
    )?;
    Ok(())
}

/// A scope's key in all its versions, if it has one.
pub(crate) fn find(tx: &mut Tx<'_>, master: &Key, scope: &str) -> Result<Option<DataKey>> {
    let rows = tx.query(&sql::LIST_DATA_KEYS_BY_SCOPE, &[scope.into()], |row| {
        Ok((row.id(0)?, row.int(1)?, row.bytes(2)?))
    })?;
    let mut keys = rows
        .into_iter()
        .map(|(id, version, wrapped)| unwrap_key(master, id, &place(id, scope, version), &wrapped));
    let Some(first) = keys.next() else { return Ok(None) };
    let later = keys.collect::<Result<Vec<_>>>()?;
    Ok(Some(DataKey::new(scope.to_owned(), first?, later)))
}

/// Forgets a scope's key.
pub(crate) fn delete(tx: &mut Tx<'_>, scope: &str) -> Result<()> {
    tx.execute(&sql::DELETE_DATA_KEYS_BY_SCOPE, &[scope.into()])?;
    Ok(())
}

fn place(id: DataKeyId, scope: &str, version: i64) -> String {
    format!("data_keys:{id}:{scope}:{version}")
}

fn unwrap_key(master: &Key, id: DataKeyId, place: &str, wrapped: &[u8]) -> Result<Key> {
    let root = master.open(place.as_bytes(), wrapped).map_err(|error| match error {
        OpenError::OtherKey => Error::new(
            Kind::Invalid,
            "the master key is not the one this database was made with; \
             start with the original master key (restore its file or setting from your backup)",
        ),
        OpenError::Form | OpenError::Damaged => Error::internal(format!("{place} is damaged")),
    })?;
    let damaged = || Error::internal(format!("{place} is damaged"));
    let root = root.try_into().map_err(|_| damaged())?;
    let id = id.to_string();
    let (_, id) = id.as_bytes().split_last_chunk().ok_or_else(damaged)?;
    Key::new(*id, root)
}
