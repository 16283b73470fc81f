//! State reads: the current version's document, then its bytes, as `terraform state pull` does.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    client::Target,
    cycles::{Worker, label},
    report::Row,
    sample::Samples,
};

/// Reads for `seconds` and gives a row for document and bytes together and one for the bytes.
pub(crate) async fn run(
    target: &Arc<Target>,
    clients: usize,
    size: usize,
    seconds: u64,
) -> anyhow::Result<Vec<Row>> {
    let mut prepared = Vec::new();
    for client in 0..clients {
        let mut worker =
            Worker::prepare(target, &format!("bench-read-{client}"), client, size).await?;
        worker.cycle().await?;
        prepared.push(worker);
    }
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let tasks: Vec<_> =
        prepared.into_iter().map(|worker| tokio::spawn(read_until(worker, until))).collect();
    let (mut reads, mut downloads) = (Samples::default(), Samples::default());
    let mut finished = Vec::new();
    for task in tasks {
        let (worker, read, download) = task.await??;
        reads.join(read);
        downloads.join(download);
        finished.push(worker);
    }
    let elapsed = started.elapsed();
    for worker in finished {
        worker.remove().await?;
    }
    let label = label(size);
    Ok(vec![
        reads.row(format!("state read, {label} (2 requests)"), clients, elapsed),
        downloads.row(format!("download within it, {label}"), clients, elapsed),
    ])
}

async fn read_until(
    mut worker: Worker,
    until: Instant,
) -> anyhow::Result<(Worker, Samples, Samples)> {
    let (mut reads, mut downloads) = (Samples::default(), Samples::default());
    while Instant::now() < until {
        let started = Instant::now();
        let download = worker.read().await?;
        reads.add(started.elapsed());
        downloads.add(download);
    }
    Ok((worker, reads, downloads))
}
