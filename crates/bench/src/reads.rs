//! State reads: the current version's document, then its bytes, as `terraform state pull` does.

use std::sync::Arc;

use crate::{
    client::Target,
    cycles::{Step, Worker, drive, label},
    report::Row,
};

/// Reads for `seconds` and gives a row for document and bytes together and one for the bytes.
pub(crate) async fn run(
    target: &Arc<Target>,
    clients: usize,
    size: usize,
    seconds: u64,
) -> anyhow::Result<Vec<Row>> {
    let mut workers = Vec::new();
    for client in 0..clients {
        let name = format!("bench-read-{client}");
        let mut worker = Worker::prepare(target, &name, client, size).await?;
        worker.cycle().await?;
        workers.push(worker);
    }
    let (reads, downloads, elapsed) = drive(workers, Step::Read, seconds).await?;
    let label = label(size);
    Ok(vec![
        reads.row(format!("state read, {label} (2 requests)"), clients, elapsed),
        downloads.row(format!("download within it, {label}"), clients, elapsed),
    ])
}
