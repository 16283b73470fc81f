//! The floor: what the disk and the bare storage engine do, without a server.

use std::{
    fs::OpenOptions,
    io::Write as _,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use barrier::{Barrier, MasterKey};
use db::{Db, Options, Statement, Tx, Value};
use identity::{
    Identity, Settings,
    audit::{self, Event},
};
use kernel::{Clock as _, Context, OrganizationId, SystemClock};

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
/// about as many bytes as a compressed state of 4 KB. `audited`: with an audit record in each, that
/// gets its place in the chain beside it, as a server does it.
pub(crate) async fn engine(
    folder: &Path,
    clients: usize,
    seconds: u64,
    audited: bool,
) -> anyhow::Result<Row> {
    let folder = tempfile::tempdir_in(folder)?;
    let path = folder.path().join("floor.db");
    let identity = tokio::task::spawn_blocking(move || open(path)).await??;
    let begun = Instant::now();
    let until = begun + Duration::from_secs(seconds);
    let tasks: Vec<_> = (0..clients)
        .map(|client| tokio::spawn(repeat(identity.clone(), client, until, audited)))
        .collect();
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_secs(1)).await;
        identity.tend_audit().await?;
    }
    let mut all = Samples::default();
    for task in tasks {
        all.join(task.await??);
    }
    // What is still to be chained is part of the work.
    identity.tend_audit().await?;
    let name = if audited { ", each with an audit record" } else { "" };
    let name = format!("floor: the storage engine alone, four transactions{name}");
    Ok(all.row(name, clients, begun.elapsed()))
}

fn open(path: PathBuf) -> anyhow::Result<Identity> {
    let clock = Arc::new(SystemClock);
    let db = Db::open(&Options::Sqlite { path })?;
    let barrier = Barrier::open(&db, &MasterKey::generate(), clock.now())?;
    Ok(Identity::new(db, barrier, clock, Settings::default()))
}

async fn repeat(
    identity: Identity,
    client: usize,
    until: Instant,
    audited: bool,
) -> anyhow::Result<Samples> {
    let bytes: Arc<[u8]> = vec![0x5A; 1200].into();
    let mut samples = Samples::default();
    let mut number = 0_u64;
    while Instant::now() < until {
        let started = Instant::now();
        for step in 0..4 {
            number += 1;
            let id = format!("{client}-{number}");
            let context = audited.then(|| context(&identity));
            let bytes = (step == 2).then(|| Arc::clone(&bytes));
            transaction(&identity, id, bytes, context).await?;
        }
        samples.add(started.elapsed());
    }
    Ok(samples)
}

/// The context of a request as long as usual.
fn context(identity: &Identity) -> Context {
    Context {
        request_id: "req-0123456789abcdef".to_owned(),
        address: Some(IpAddr::from([192, 0, 2, 1])),
        ..identity.system()
    }
}

async fn transaction(
    identity: &Identity,
    id: String,
    bytes: Option<Arc<[u8]>>,
    context: Option<Context>,
) -> anyhow::Result<()> {
    let organization = OrganizationId::generate();
    let write = move |tx: &mut Tx<'_>| {
        tx.query_optional(&READ_VERSION, &[id.as_str().into()], |row| row.int(0))?;
        let inline: Value<'_> = bytes.as_deref().map_or(Value::Null, Into::into);
        tx.execute(
            &INSERT_VERSION,
            &[id.as_str().into(), "org".into(), 4096_i64.into(), inline, 0_i64.into()],
        )?;
        let Some(context) = &context else { return Ok(()) };
        let event = Event::new("lock", "workspaces", "ws-0123456789abcdef")
            .of(organization)
            .named("network-production")
            .with("lock", "lock-0123456789abcdef");
        audit::record(tx, context, &event)
    };
    Ok(identity.db().write(write).await?)
}
