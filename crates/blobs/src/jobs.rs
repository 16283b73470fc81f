//! Collecting what was left behind.

use db::Db;
use kernel::{ContentId, Result, Timestamp};

use crate::sql;

/// Throws away the chunks of at most `limit` contents whose writing began before `older_than` and
/// whose row never came: the client hung up, or the server was stopped. Returns how many there
/// were. `older_than` must be longer ago than an upload can take; one that is even slower fails.
pub async fn collect_orphans(db: &Db, older_than: Timestamp, limit: u32) -> Result<u32> {
    let orphans: Vec<ContentId> = db
        .read(move |tx| {
            let statement = &sql::LIST_CONTENT_UPLOADS_BEFORE;
            Ok(tx.query(statement, &[older_than.into(), limit.into()], |row| row.id(0))?)
        })
        .await?;
    let mut collected = 0;
    for id in orphans {
        collected += db
            .write(move |tx| {
                if tx.execute(&sql::DELETE_CONTENT_UPLOAD, &[id.into()])? == 0 {
                    // The row came after all, or another server collects too.
                    return Ok(0);
                }
                tx.execute(&sql::DELETE_CONTENT_CHUNKS, &[id.into()])?;
                Ok(1)
            })
            .await?;
    }
    Ok(collected)
}
