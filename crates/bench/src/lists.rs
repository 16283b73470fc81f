//! Pages out of many workspaces.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::Method;

use crate::{
    client::{Client, Target},
    report::Row,
    sample::Samples,
};

const MAKERS: usize = 16;

/// Makes the workspaces that are missing, then reads pages.
pub(crate) async fn run(
    target: &Arc<Target>,
    count: usize,
    seconds: u64,
) -> anyhow::Result<Vec<Row>> {
    make_all(target, count).await?;
    let mut rows = Vec::new();
    for (name, size, query) in [
        ("a page of 20", 20, ""),
        ("a page of 100", 100, ""),
        ("a page of 20, searched", 20, "&search%5Bname%5D=list-7"),
    ] {
        let name = format!("{name} of {count} workspaces");
        rows.push(pages(target, count, size, query, seconds).await?.row(
            name,
            1,
            Duration::from_secs(seconds),
        ));
    }
    Ok(rows)
}

/// Makes the workspaces that are missing.
pub(crate) async fn make_all(target: &Arc<Target>, count: usize) -> anyhow::Result<()> {
    let makers: Vec<_> =
        (0..MAKERS).map(|maker| tokio::spawn(make(Arc::clone(target), maker, count))).collect();
    for maker in makers {
        maker.await??;
    }
    Ok(())
}

async fn make(target: Arc<Target>, maker: usize, count: usize) -> anyhow::Result<()> {
    let mut client = Client::connect(&target).await?;
    let path = format!("organizations/{}/workspaces", target.organization);
    for number in (maker..count).step_by(MAKERS) {
        let body = format!(
            r#"{{"data":{{"type":"workspaces","attributes":{{"name":"bench-list-{number}"}}}}}}"#
        );
        let answer = client.api(Method::POST, &path, body).await?;
        // A name that is taken was made by an earlier run.
        if answer.status != http::StatusCode::UNPROCESSABLE_ENTITY {
            answer.ok("create a workspace")?;
        }
    }
    Ok(())
}

/// Reads pages of a list of `count` for a while.
pub(crate) async fn pages(
    target: &Arc<Target>,
    count: usize,
    size: usize,
    query: &str,
    seconds: u64,
) -> anyhow::Result<Samples> {
    let mut client = Client::connect(target).await?;
    let mut samples = Samples::default();
    let until = Instant::now() + Duration::from_secs(seconds);
    // Only the first pages of a search are sure to be full.
    let last = if query.is_empty() { (count / size).max(1) } else { 5 };
    let mut page = 0;
    while Instant::now() < until {
        page = (page + 7) % last;
        let path = format!(
            "organizations/{}/workspaces?page%5Bnumber%5D={}&page%5Bsize%5D={size}{query}",
            target.organization,
            page + 1
        );
        let started = Instant::now();
        client.api(Method::GET, &path, "").await?.ok("list")?;
        samples.add(started.elapsed());
    }
    Ok(samples)
}
