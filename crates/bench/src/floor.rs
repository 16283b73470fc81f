//! The floor: what the disk and the bare storage engine do, without a server.

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use db::{Db, Options, Statement, Value};

use crate::{cycles::label, report::Row, sample::Samples};

const INSERT_VERSION: Statement = Statement::new(
    "bench_insert_version",
    "INSERT INTO contents (id, organization_id, size, inline, chunks, created_at) VALUES ($1, $2, $3, $4, 0, $5)",
);
const READ_VERSION: Statement =
    Statement::new("bench_read_version", "SELECT size FROM contents WHERE id = $1");

/// Appends of `size` bytes, each flushed to the disk before the next.
pub(crate) fn appends(folder: &Path, size: usize, seconds: u64) -> anyhow::Result<Row> {
    let folder = tempfile::tempdir_in(folder)?;
    let mut file =
        OpenOptions::new().create(true).append(true).open(folder.path().join("floor"))?;
    let bytes = vec![0x5A; size];
    let mut samples = Samples::default();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(seconds) {
        let started = Instant::now();
        file.write_all(&bytes)?;
        file.sync_data()?;
        samples.add(started.elapsed());
    }
    Ok(samples.row(format!("floor: append and flush, {}", label(size)), 1, begun.elapsed()))
}

/// A guarded write's shape on the embedded engine alone: four transactions, one of which carries
/// about as many bytes as a compressed state of 4 KB.
pub(crate) async fn engine(folder: &Path, clients: usize, seconds: u64) -> anyhow::Result<Row> {
    let folder = tempfile::tempdir_in(folder)?;
    let db = Db::open(&Options::Sqlite { path: folder.path().join("floor.db") })?;
    let begun = Instant::now();
    let until = begun + Duration::from_secs(seconds);
    let bytes: Arc<[u8]> = vec![0x5A; 1200].into();
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let (db, bytes) = (db.clone(), Arc::clone(&bytes));
            tokio::spawn(async move {
                let mut samples = Samples::default();
                let mut number = 0_u64;
                while Instant::now() < until {
                    let started = Instant::now();
                    for step in 0..4 {
                        number += 1;
                        transaction(
                            &db,
                            format!("{client}-{number}"),
                            (step == 2).then(|| Arc::clone(&bytes)),
                        )
                        .await?;
                    }
                    samples.add(started.elapsed());
                }
                anyhow::Ok(samples)
            })
        })
        .collect();
    let mut all = Samples::default();
    for task in tasks {
        all.join(task.await??);
    }
    Ok(all.row("floor: the storage engine alone, four transactions", clients, begun.elapsed()))
}

async fn transaction(db: &Db, id: String, bytes: Option<Arc<[u8]>>) -> anyhow::Result<()> {
    db.write(move |tx| {
        tx.query_optional(&READ_VERSION, &[id.as_str().into()], |row| row.int(0))?;
        let inline: Value<'_> = bytes.as_deref().map_or(Value::Null, Into::into);
        tx.execute(
            &INSERT_VERSION,
            &[id.as_str().into(), "org".into(), 4096_i64.into(), inline, 0_i64.into()],
        )?;
        Ok(())
    })
    .await?;
    Ok(())
}
