//! The Vault API: tokens made by tokens, and credentials of the Terraform engine. The same requests
//! go to any server with that API.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::{Method, StatusCode};
use serde_json::json;

use crate::{
    client::{Answer, Client, Target},
    report::Row,
    sample::Samples,
};

/// The role that credentials are read of.
pub(crate) const ROLE: &str = "bench";
/// How long the tokens that are made live, so that none is left behind for good.
const TTL: &str = "1h";

/// What is asked again and again.
#[derive(Clone, Copy)]
pub(crate) enum Asked {
    /// Another token, by the token that asks.
    Token,
    /// Another token of the API that the engine works for, under a lease.
    Credentials,
    /// Who asks: a read that writes nothing.
    Who,
}

impl Asked {
    fn name(self) -> &'static str {
        match self {
            Self::Token => "auth/token/create",
            Self::Credentials => "creds against the server itself",
            Self::Who => "auth/token/lookup-self",
        }
    }

    async fn ask(self, client: &mut Client) -> anyhow::Result<Answer> {
        match self {
            Self::Token => {
                let body = json!({ "ttl": TTL }).to_string();
                client.vault(Method::POST, "auth/token/create", body).await
            }
            Self::Credentials => {
                client.vault(Method::GET, &format!("terraform/creds/{ROLE}"), "").await
            }
            Self::Who => client.vault(Method::GET, "auth/token/lookup-self", "").await,
        }
    }
}

/// Asks for `seconds` with so many clients at once.
pub(crate) async fn run(
    target: &Arc<Target>,
    asked: Asked,
    clients: usize,
    seconds: u64,
) -> anyhow::Result<Row> {
    let until = Instant::now() + Duration::from_secs(seconds);
    let (samples, elapsed) = ask_until(target, asked, clients, until).await?;
    Ok(samples.row(asked.name(), clients, elapsed))
}

/// Asks until an instant; and how long that was.
pub(crate) async fn ask_until(
    target: &Arc<Target>,
    asked: Asked,
    clients: usize,
    until: Instant,
) -> anyhow::Result<(Samples, Duration)> {
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Client::connect(target).await?);
    }
    let started = Instant::now();
    let tasks: Vec<_> =
        connections.into_iter().map(|client| tokio::spawn(repeat(client, asked, until))).collect();
    let mut all = Samples::default();
    for task in tasks {
        all.join(task.await??);
    }
    Ok((all, started.elapsed()))
}

async fn repeat(mut client: Client, asked: Asked, until: Instant) -> anyhow::Result<Samples> {
    let mut samples = Samples::default();
    while Instant::now() < until {
        let started = Instant::now();
        asked.ask(&mut client).await?.ok(asked.name())?;
        samples.add(started.elapsed());
    }
    Ok(samples)
}

/// Asks so many times, with so many clients.
pub(crate) async fn ask_often(
    target: &Arc<Target>,
    asked: Asked,
    clients: usize,
    times: usize,
) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|first| {
            let target = Arc::clone(target);
            tokio::spawn(async move {
                let mut client = Client::connect(&target).await?;
                for _ in (first..times).step_by(clients) {
                    asked.ask(&mut client).await?.ok(asked.name())?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(started.elapsed())
}

/// Writes the role: of whoever the API's token speaks for.
pub(crate) async fn write_role(api: &Arc<Target>, vault: &Arc<Target>) -> anyhow::Result<()> {
    let mut client = Client::connect(api).await?;
    let me = client.api(Method::GET, "account/details", "").await?.ok("who am I")?;
    let role = json!({ "user_id": me.text("/data/id")?, "ttl": TTL, "max_ttl": TTL });
    let mut client = Client::connect(vault).await?;
    let path = format!("terraform/role/{ROLE}");
    client.vault(Method::POST, &path, role.to_string()).await?.ok("write the role")?;
    Ok(())
}

/// Lets every lease of the role end. They are revoked in the background.
pub(crate) async fn end_leases(target: &Arc<Target>) -> anyhow::Result<()> {
    let mut client = Client::connect(target).await?;
    let path = format!("sys/leases/revoke-prefix/terraform/creds/{ROLE}");
    let body = json!({ "sync": false }).to_string();
    client.vault(Method::POST, &path, body).await?.ok("end the leases")?;
    Ok(())
}

/// Whether the role has leases still.
pub(crate) async fn has_leases(target: &Arc<Target>) -> anyhow::Result<bool> {
    let mut client = Client::connect(target).await?;
    let path = format!("sys/leases/lookup/terraform/creds/{ROLE}?list=true&limit=1");
    let answer = client.vault(Method::GET, &path, "").await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(false);
    }
    answer.ok("look for leases").map(|_| true)
}
