//! Measures a server through the public API only, so that it can be pointed at any product with
//! that API, and beside it the floor: what the disk and the bare storage engine do.

mod access;
mod client;
mod cycles;
mod floor;
mod lists;
mod memory;
mod reads;
mod report;
mod sample;
mod states;

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use clap::Parser as _;

use client::Target;
use report::Report;

/// Measures guarded writes, reads and lists of a remote backend.
#[derive(clap::Parser)]
struct Arguments {
    /// The server, such as <https://localhost:8443>
    #[arg(long, env = "STATEWARD_ADDRESS")]
    url: String,
    /// An API token
    #[arg(long, env = "STATEWARD_TOKEN", hide_env_values = true)]
    token: String,
    /// The organization to work in; its workspaces named bench-… are made, used and deleted
    #[arg(long, env = "STATEWARD_ORGANIZATION")]
    organization: String,
    /// Certificates to trust, in PEM
    #[arg(long, env = "SSL_CERT_FILE")]
    ca_file: Option<PathBuf>,
    /// Numbers of clients at once
    #[arg(long, value_delimiter = ',', default_value = "1,16,64")]
    clients: Vec<usize>,
    /// Sizes of the states, in KB
    #[arg(long, value_delimiter = ',', default_value = "4,1024")]
    sizes: Vec<usize>,
    /// Seconds that each row runs
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// How many workspaces the list has
    #[arg(long, default_value_t = 10_000)]
    workspaces: usize,
    /// The server's process, to read its memory; found by the port on the same machine
    #[arg(long)]
    pid: Option<u32>,
    /// The folder for the floor's files: on the disk that the server uses
    #[arg(long, default_value = ".")]
    floor_dir: PathBuf,
    /// A token of a second account, who sees a few workspaces of many: for the part access
    #[arg(long, env = "STATEWARD_READER_TOKEN", hide_env_values = true)]
    reader_token: Option<String>,
    /// Only these parts: floor, cycles, reads, lists, access
    #[arg(long, value_delimiter = ',', default_value = "floor,cycles,reads,lists,access")]
    only: Vec<String>,
    /// Where the JSON goes, beside the table on standard output
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let report = runtime.block_on(measure(&arguments))?;
    print!("{}", report.table());
    if let Some(path) = &arguments.json {
        std::fs::write(path, report.json()?)
            .with_context(|| format!("can't write {}", path.display()))?;
    }
    Ok(())
}

async fn measure(arguments: &Arguments) -> anyhow::Result<Report> {
    let target = Arc::new(Target::new(
        &arguments.url,
        &arguments.token,
        &arguments.organization,
        arguments.ca_file.as_deref(),
    )?);
    let wants = |part: &str| arguments.only.iter().any(|only| only == part);
    let sizes = arguments.sizes.iter().map(|kilobytes| kilobytes * 1024);
    let memory = memory::Watch::of(arguments.pid, target.port());
    let mut report = Report::default();
    report.memory("server at rest", memory.resident());
    if wants("floor") {
        for size in sizes.clone() {
            report.row(floor::appends(&arguments.floor_dir, size, arguments.seconds)?);
        }
        for clients in &arguments.clients {
            for audited in [false, true] {
                let folder = &arguments.floor_dir;
                report.row(floor::engine(folder, *clients, arguments.seconds, audited).await?);
            }
        }
    }
    if wants("cycles") {
        for size in sizes.clone() {
            for clients in &arguments.clients {
                report.rows(cycles::run(&target, *clients, size, arguments.seconds).await?);
            }
        }
    }
    if wants("reads") {
        for size in sizes.clone() {
            for clients in &arguments.clients {
                report.rows(reads::run(&target, *clients, size, arguments.seconds).await?);
            }
        }
    }
    if wants("lists") {
        report.rows(lists::run(&target, arguments.workspaces, arguments.seconds).await?);
    }
    if wants("access")
        && let Some(token) = &arguments.reader_token
    {
        let reader = Arc::new(target.with_token(token));
        let rows = access::run(&target, &reader, arguments.workspaces, arguments.seconds).await?;
        report.rows(rows);
    }
    report.memory("server at its peak", memory.peak());
    report.memory("server after the load", memory.resident());
    Ok(report)
}
