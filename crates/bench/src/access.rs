//! What knowing who asks and deciding what they may costs, in an organization with many teams,
//! grants and tokens; and lists for somebody who sees a few of many workspaces.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    client::{Client, Target},
    lists,
    report::Row,
    sample::Samples,
};

const MAKERS: usize = 16;
const TEAMS: usize = 100;
const GRANTS: usize = 1_000;
/// The person is in this many teams, and so sees as many workspaces as these have grants.
const TEAMS_OF_PERSON: usize = 10;
const TOKENS: usize = 50_000;

/// Makes what is missing, then measures as the person that `reader` is a token of.
pub(crate) async fn run(
    owner: &Arc<Target>,
    reader: &Arc<Target>,
    workspaces: usize,
    seconds: u64,
) -> anyhow::Result<Vec<Row>> {
    lists::make_all(owner, workspaces).await?;
    let seen = make_world(owner, reader).await?;
    let elapsed = Duration::from_secs(seconds);
    let mut rows = Vec::new();
    for (name, path) in [
        ("no question asked: ping", "ping".to_owned()),
        ("who asks: account/details", "account/details".to_owned()),
        ("who asks, and may they: a workspace's tags", format!("workspaces/{seen}/tag-bindings")),
    ] {
        let samples = repeat(reader, &path, seconds).await?;
        rows.push(samples.row(name, 1, elapsed));
    }
    let pages = lists::pages(reader, TEAMS_OF_PERSON * GRANTS / TEAMS, 20, "", seconds).await?;
    let name = format!("a page of 20 of the 100 workspaces of {workspaces} that one sees");
    rows.push(pages.row(name, 1, elapsed));
    Ok(rows)
}

async fn repeat(target: &Arc<Target>, path: &str, seconds: u64) -> anyhow::Result<Samples> {
    let mut client = Client::connect(target).await?;
    let mut samples = Samples::default();
    let until = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < until {
        let started = Instant::now();
        client.api(Method::GET, path, "").await?.ok(path)?;
        samples.add(started.elapsed());
    }
    Ok(samples)
}

/// Teams, grants, tokens, and the person in some of the teams. Answers a workspace that they see.
async fn make_world(owner: &Arc<Target>, reader: &Arc<Target>) -> anyhow::Result<String> {
    let organization = owner.organization.as_str();
    let person = get(reader, "account/details").await?;
    let me = get(owner, "account/details").await?;
    let teams = make_teams(owner).await?;
    let workspaces =
        ids(owner, &format!("organizations/{organization}/workspaces"), GRANTS).await?;
    let mut client = Client::connect(owner).await?;
    for (number, workspace) in workspaces.iter().enumerate() {
        let team = teams.get(number % TEAMS).context("a team")?;
        let relationships = json!({
            "team": {"data": {"type": "teams", "id": team}},
            "workspace": {"data": {"type": "workspaces", "id": workspace}},
        });
        let body = resource("team-workspaces", &json!({"access": "write"}), &relationships);
        // What an earlier run granted is granted still.
        let answer = client.api(Method::POST, "team-workspaces", body).await?;
        if answer.status != StatusCode::UNPROCESSABLE_ENTITY {
            answer.ok("grant")?;
        }
    }
    let mine: Vec<Value> =
        teams.iter().take(TEAMS_OF_PERSON).map(|id| json!({"type": "teams", "id": id})).collect();
    let body = resource(
        "organization-memberships",
        &json!({"email": text(&person, "/data/attributes/email")?}),
        &json!({"teams": {"data": mine}}),
    );
    let path = format!("organizations/{organization}/organization-memberships");
    let answer = client.api(Method::POST, &path, body).await?;
    if answer.status != StatusCode::UNPROCESSABLE_ENTITY {
        answer.ok("join")?;
    }
    make_tokens(owner, &text(&me, "/data/id")?).await?;
    workspaces.into_iter().next().context("a workspace")
}

async fn make_teams(owner: &Arc<Target>) -> anyhow::Result<Vec<String>> {
    let path = format!("organizations/{}/teams", owner.organization);
    let mut client = Client::connect(owner).await?;
    for number in 0..TEAMS {
        let body = resource("teams", &json!({"name": format!("bench-{number:03}")}), &json!({}));
        let answer = client.api(Method::POST, &path, body).await?;
        if answer.status != StatusCode::UNPROCESSABLE_ENTITY {
            answer.ok("make a team")?;
        }
    }
    ids(owner, &format!("{path}?q=bench-"), TEAMS).await
}

async fn make_tokens(owner: &Arc<Target>, user: &str) -> anyhow::Result<()> {
    let path = format!("users/{user}/authentication-tokens");
    let page = get(owner, &path).await?;
    let there = page.pointer("/meta/pagination/total-count").and_then(Value::as_u64);
    let missing = TOKENS.saturating_sub(usize::try_from(there.unwrap_or_default())?);
    let makers: Vec<_> = (0..MAKERS)
        .map(|maker| {
            let (owner, path) = (Arc::clone(owner), path.clone());
            tokio::spawn(async move {
                let mut client = Client::connect(&owner).await?;
                let attributes = json!({"description": "a benchmark"});
                let body = resource("authentication-tokens", &attributes, &json!({}));
                for _ in (maker..missing).step_by(MAKERS) {
                    client.api(Method::POST, &path, body.clone()).await?.ok("make a token")?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for maker in makers {
        maker.await??;
    }
    Ok(())
}

/// The first ids of a list.
async fn ids(target: &Arc<Target>, path: &str, count: usize) -> anyhow::Result<Vec<String>> {
    let separator = if path.contains('?') { '&' } else { '?' };
    let mut found = Vec::new();
    for page in 1..=count.div_ceil(100) {
        let path = format!("{path}{separator}page%5Bnumber%5D={page}&page%5Bsize%5D=100");
        let document = get(target, &path).await?;
        let items = document.get("data").and_then(Value::as_array).context("a list")?;
        found.extend(items.iter().filter_map(|item| item.get("id")?.as_str().map(str::to_owned)));
    }
    found.truncate(count);
    Ok(found)
}

async fn get(target: &Arc<Target>, path: &str) -> anyhow::Result<Value> {
    let mut client = Client::connect(target).await?;
    Ok(serde_json::from_slice(&client.api(Method::GET, path, "").await?.ok(path)?.body)?)
}

fn text(document: &Value, pointer: &str) -> anyhow::Result<String> {
    let text = document.pointer(pointer).and_then(Value::as_str);
    text.map(str::to_owned).with_context(|| format!("no {pointer}"))
}

fn resource(kind: &str, attributes: &Value, relationships: &Value) -> String {
    json!({"data": {"type": kind, "attributes": attributes, "relationships": relationships}})
        .to_string()
}
