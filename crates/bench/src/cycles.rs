//! Guarded cycles: lock, create, upload, unlock, each client in a workspace of its own.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::Method;

use crate::{
    client::{Client, Target},
    report::Row,
    sample::Samples,
    states::Template,
};

const LOCK: &str = r#"{"data":{"type":"","attributes":{"reason":"Locked by the benchmark"}}}"#;

/// Runs cycles for `seconds` and gives a row for the whole cycle and one for the upload alone.
pub(crate) async fn run(
    target: &Arc<Target>,
    clients: usize,
    size: usize,
    seconds: u64,
) -> anyhow::Result<Vec<Row>> {
    let mut workers = Vec::new();
    for client in 0..clients {
        let name = format!("bench-cycle-{client}");
        workers.push(Worker::prepare(target, &name, client, size).await?);
    }
    let (cycles, uploads, elapsed) = drive(workers, Step::Cycle, seconds).await?;
    let label = label(size);
    Ok(vec![
        cycles.row(format!("guarded cycle, {label} (4 requests)"), clients, elapsed),
        uploads.row(format!("upload within it, {label}"), clients, elapsed),
    ])
}

/// What a worker does again and again.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// A guarded write.
    Cycle,
    /// A read of the current state.
    Read,
}

/// Lets workers repeat a step for `seconds`. Gives what the steps took, what the transfer of the
/// bytes within them took, and how long it all was.
pub(crate) async fn drive(
    workers: Vec<Worker>,
    step: Step,
    seconds: u64,
) -> anyhow::Result<(Samples, Samples, Duration)> {
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let tasks: Vec<_> =
        workers.into_iter().map(|worker| tokio::spawn(worker.run(step, until))).collect();
    let (mut steps, mut transfers) = (Samples::default(), Samples::default());
    let mut finished = Vec::new();
    for task in tasks {
        let (worker, step, transfer) = task.await??;
        steps.join(step);
        transfers.join(transfer);
        finished.push(worker);
    }
    let elapsed = started.elapsed();
    for worker in finished {
        worker.remove().await?;
    }
    Ok((steps, transfers, elapsed))
}

/// How a size is written in the report.
pub(crate) fn label(size: usize) -> String {
    if size < 1024 * 1024 {
        format!("{} KB", size / 1024)
    } else {
        format!("{} MB", size / 1024 / 1024)
    }
}

/// A client with its workspace.
pub(crate) struct Worker {
    client: Client,
    organization: String,
    name: String,
    workspace: String,
    template: Template,
    serial: u64,
}

impl Worker {
    /// Makes the workspace, or a new one in place of one left over.
    pub(crate) async fn prepare(
        target: &Arc<Target>,
        name: &str,
        number: usize,
        size: usize,
    ) -> anyhow::Result<Self> {
        let mut client = Client::connect(target).await?;
        let organization = target.organization.clone();
        client
            .api(Method::DELETE, &format!("organizations/{organization}/workspaces/{name}"), "")
            .await?;
        let body =
            format!(r#"{{"data":{{"type":"workspaces","attributes":{{"name":"{name}"}}}}}}"#);
        let path = format!("organizations/{organization}/workspaces");
        let workspace = client
            .api(Method::POST, &path, body)
            .await?
            .ok("create the workspace")?
            .text("/data/id")?;
        let template = Template::new(number, size);
        Ok(Self { client, organization, name: name.to_owned(), workspace, template, serial: 0 })
    }

    async fn run(mut self, step: Step, until: Instant) -> anyhow::Result<(Self, Samples, Samples)> {
        let (mut steps, mut transfers) = (Samples::default(), Samples::default());
        while Instant::now() < until {
            let started = Instant::now();
            let transfer = match step {
                Step::Cycle => self.cycle().await?,
                Step::Read => self.read().await?,
            };
            steps.add(started.elapsed());
            transfers.add(transfer);
        }
        Ok((self, steps, transfers))
    }

    /// One guarded write; gives the time that the upload took.
    pub(crate) async fn cycle(&mut self) -> anyhow::Result<Duration> {
        self.serial += 1;
        let state = self.template.state(self.serial);
        let lock = format!("workspaces/{}/actions/lock", self.workspace);
        self.client.api(Method::POST, &lock, LOCK).await?.ok("lock")?;
        let versions = format!("workspaces/{}/state-versions", self.workspace);
        let created =
            self.client.api(Method::POST, &versions, state.announcement).await?.ok("create")?;
        let url = created.text("/data/attributes/hosted-state-upload-url")?;
        let started = Instant::now();
        self.client.hosted(Method::PUT, &url, state.bytes).await?.ok("upload")?;
        let upload = started.elapsed();
        let unlock = format!("workspaces/{}/actions/unlock", self.workspace);
        self.client.api(Method::POST, &unlock, "").await?.ok("unlock")?;
        Ok(upload)
    }

    /// Reads the current state as the command line does; gives the time that the download took.
    async fn read(&mut self) -> anyhow::Result<Duration> {
        let current = format!("workspaces/{}/current-state-version", self.workspace);
        let answer =
            self.client.api(Method::GET, &current, "").await?.ok("read the current version")?;
        let url = answer.text("/data/attributes/hosted-state-download-url")?;
        let started = Instant::now();
        self.client.hosted(Method::GET, &url, Bytes::new()).await?.ok("download")?;
        Ok(started.elapsed())
    }

    pub(crate) async fn remove(mut self) -> anyhow::Result<()> {
        let path = format!("organizations/{}/workspaces/{}", self.organization, self.name);
        self.client.api(Method::DELETE, &path, "").await?.ok("delete the workspace")?;
        Ok(())
    }
}
