//! Measures a server through the public API only, so that it can be pointed at any product with
//! that API, and beside it the floor: what the disk and the bare storage engine do.

mod access;
mod client;
mod cycles;
mod expiry;
mod floor;
mod lists;
mod process;
mod reads;
mod report;
mod sample;
mod states;
mod vault;

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use clap::Parser as _;

use client::Target;
use process::Process;
use report::{Report, Row};
use vault::Asked;

/// Measures guarded writes, reads and lists of a remote backend.
#[derive(clap::Parser)]
struct Arguments {
    /// The server, such as <https://localhost:8443>; for every part but tokens
    #[arg(long, env = "STATEWARD_ADDRESS")]
    url: Option<String>,
    /// An API token
    #[arg(long, env = "STATEWARD_TOKEN", hide_env_values = true, default_value = "")]
    token: String,
    /// The organization to work in; its workspaces named bench-… are made, used and deleted
    #[arg(long, env = "STATEWARD_ORGANIZATION", default_value = "")]
    organization: String,
    /// A server with Vault's API: for the parts tokens, creds and expiry
    #[arg(long, env = "VAULT_ADDR")]
    vault_url: Option<String>,
    /// A token of that API that may do everything
    #[arg(long, env = "VAULT_TOKEN", hide_env_values = true, default_value = "")]
    vault_token: String,
    /// How many leases the part expiry makes and ends
    #[arg(long, default_value_t = 100_000)]
    leases: usize,
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
    /// The server's process, to read its memory and how busy it is; found by the port on the same machine
    #[arg(long)]
    pid: Option<u32>,
    /// The folder for the floor's files: on the disk that the server uses
    #[arg(long, default_value = ".")]
    floor_dir: PathBuf,
    /// A token of a second account, who sees a few workspaces of many: for the part access
    #[arg(long, env = "STATEWARD_READER_TOKEN", hide_env_values = true)]
    reader_token: Option<String>,
    /// Only these parts: floor, cycles, reads, lists, access, tokens, creds, expiry
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

/// What there is to measure at.
struct Bench<'a> {
    arguments: &'a Arguments,
    server: Process,
    report: Report,
}

async fn measure(arguments: &Arguments) -> anyhow::Result<Report> {
    let address = arguments.url.as_ref().or(arguments.vault_url.as_ref());
    let address = address.context("say which server: --url, or --vault-url")?;
    let ca_file = arguments.ca_file.as_deref();
    let port = Target::new(address, "", "", ca_file)?.port();
    let server = Process::of(arguments.pid, port);
    let mut bench = Bench { arguments, server, report: Report::default() };
    bench.report.memory("server at rest", server.resident());
    if bench.wants("floor") {
        bench.floor().await?;
    }
    let api = match &arguments.url {
        Some(url) => {
            Some(Arc::new(Target::new(url, &arguments.token, &arguments.organization, ca_file)?))
        }
        None => None,
    };
    if let Some(api) = &api {
        bench.states(api).await?;
    }
    if let Some(url) = &arguments.vault_url {
        let vault = Arc::new(Target::new(url, &arguments.vault_token, "", ca_file)?);
        bench.vault(api.as_ref(), &vault).await?;
    }
    bench.report.memory("server at its peak", server.peak());
    bench.report.memory("server after the load", server.resident());
    Ok(bench.report)
}

impl Bench<'_> {
    fn wants(&self, part: &str) -> bool {
        self.arguments.only.iter().any(|only| only == part)
    }

    fn sizes(&self) -> Vec<usize> {
        self.arguments.sizes.iter().map(|kilobytes| kilobytes * 1024).collect()
    }

    async fn floor(&mut self) -> anyhow::Result<()> {
        let Arguments { floor_dir: folder, seconds, clients, .. } = self.arguments;
        for size in self.sizes() {
            self.report.row(floor::appends(folder, size, *seconds)?);
        }
        for clients in clients {
            for audited in [false, true] {
                let before = Process::own().busy();
                let row = floor::engine(folder, *clients, *seconds, audited).await?;
                self.report.row(row.busy(Process::own(), before));
            }
        }
        Ok(())
    }

    /// What the Terraform API does.
    async fn states(&mut self, target: &Arc<Target>) -> anyhow::Result<()> {
        let Arguments { clients, seconds, workspaces, .. } = self.arguments;
        if self.wants("cycles") {
            for size in self.sizes() {
                for clients in clients {
                    let before = self.server.busy();
                    let rows = cycles::run(target, *clients, size, *seconds).await?;
                    self.whole_and_part(rows, before);
                }
            }
        }
        if self.wants("reads") {
            for size in self.sizes() {
                for clients in clients {
                    let before = self.server.busy();
                    let rows = reads::run(target, *clients, size, *seconds).await?;
                    self.whole_and_part(rows, before);
                }
            }
        }
        if self.wants("lists") {
            self.report.rows(lists::run(target, *workspaces, *seconds).await?);
        }
        if self.wants("access")
            && let Some(token) = &self.arguments.reader_token
        {
            let reader = Arc::new(target.with_token(token));
            self.report.rows(access::run(target, &reader, *workspaces, *seconds).await?);
        }
        Ok(())
    }

    /// Rows of which the first is the whole and the others are parts of it.
    fn whole_and_part(&mut self, rows: Vec<Row>, before: Option<Duration>) {
        for (number, row) in rows.into_iter().enumerate() {
            self.report.row(if number == 0 { row.busy(self.server, before) } else { row });
        }
    }

    async fn asked(
        &mut self,
        vault: &Arc<Target>,
        what: Asked,
        clients: usize,
        seconds: u64,
    ) -> anyhow::Result<()> {
        let before = self.server.busy();
        let row = vault::run(vault, what, clients, seconds).await?;
        self.report.row(row.busy(self.server, before));
        Ok(())
    }

    /// What the Vault API does.
    async fn vault(
        &mut self,
        api: Option<&Arc<Target>>,
        vault: &Arc<Target>,
    ) -> anyhow::Result<()> {
        let Arguments { clients, seconds, leases, .. } = self.arguments;
        if self.wants("tokens") {
            for clients in clients {
                self.asked(vault, Asked::Token, *clients, *seconds).await?;
            }
        }
        if !self.wants("creds") && !self.wants("expiry") {
            return Ok(());
        }
        let api = api.context("creds and expiry need --url and --token as well")?;
        vault::write_role(api, vault).await?;
        if self.wants("creds") {
            for clients in clients {
                self.asked(vault, Asked::Credentials, *clients, *seconds).await?;
            }
        }
        if self.wants("expiry") {
            expiry::run(vault, *leases, self.server, &mut self.report).await?;
        } else {
            vault::end_leases(vault).await?;
        }
        Ok(())
    }
}
