//! Which policies people and teams are given.
//!
//! They are written and read by name, and belong to whoever has that name in that moment: they stay
//! theirs when they are called something else, and are never those of whoever takes the name later.

use db::Tx;
use identity::{Presented, audit, names::fold};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::holder::{self, Named};
use crate::{
    Credentials,
    backend::{Answer, Call},
    fault::Fault,
    issue::clean,
    mount::Mount,
    response::Response,
    token::ROOT,
    view::View,
};

/// What somebody is given.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Entry {
    policies: Vec<String>,
}

/// The policies that somebody is given, by themselves and by their teams.
pub(super) fn policies(
    tx: &mut Tx<'_>,
    view: &View,
    presented: &Presented,
) -> kernel::Result<Vec<String>> {
    let mut policies = Vec::new();
    for key in holder::keys(presented) {
        let entry: Option<Entry> = view.get(tx, &key)?;
        policies.extend(entry.into_iter().flat_map(|entry| entry.policies));
    }
    Ok(clean(&policies, true))
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    let (view, path) = (call.view()?, call.path.name);
    let organization = fold(&call.input.text_or_empty("organization")?);
    let read = call.core.db().read(move |tx| {
        if path == "users" {
            return holder::people(tx, &view);
        }
        let teams = holder::teams(tx, &view)?.into_iter();
        Ok(match path {
            "organizations" => teams.map(|team| format!("{}/", team.organization)).collect(),
            _ => teams
                .filter(|team| fold(&team.organization) == organization)
                .map(|team| team.name)
                .collect(),
        })
    });
    let mut names: Vec<String> = read.await?;
    names.sort();
    names.dedup();
    Ok(Some(Response::keys(names)))
}

pub(super) async fn read(call: &Call<'_>) -> Answer {
    let (view, named) = (call.view()?, Named::of(call)?);
    let read = call.core.db().read(move |tx| {
        let Some(holder) = named.find(tx)? else { return Ok(None) };
        let entry: Option<Entry> = view.get(tx, &holder.key)?;
        Ok(entry.map(|entry| (holder, entry.policies)))
    });
    Ok(read.await?.map(|(holder, policies)| {
        let data = json!({ "id": holder.id, "name": holder.name, "policies": policies });
        Response::data(data)
    }))
}

pub(super) async fn write(call: &Call<'_>) -> Answer {
    let policies = clean(&call.input.texts("policies")?.unwrap_or_default(), true);
    if policies.is_empty() {
        return Err(Fault::refused("missing policies"));
    }
    if policies.iter().any(|policy| policy == ROOT) {
        return Err(Fault::refused("auth methods cannot create root tokens"));
    }
    let (view, named, context) = (call.view()?, Named::of(call)?, call.context.clone());
    let written = call.core.db().write(move |tx| {
        let Some(holder) = named.find(tx)? else { return Ok(Err(named.unknown())) };
        view.put(tx, &holder.key, &Entry { policies: policies.clone() })?;
        let event = audit::Event::new("map", "credential-policies", &holder.id)
            .named(holder.name)
            .with("policies", policies.clone());
        audit::record(tx, &context, &event)?;
        Ok(Ok(None))
    });
    written.await?
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let (view, named, context) = (call.view()?, Named::of(call)?, call.context.clone());
    call.core
        .db()
        .write(move |tx| {
            let Some(holder) = named.find(tx)? else { return Ok(()) };
            if view.get::<Entry>(tx, &holder.key)?.is_none() {
                return Ok(());
            }
            view.delete(tx, &holder.key)?;
            let event = audit::Event::new("unmap", "credential-policies", &holder.id);
            audit::record(tx, &context, &event.named(holder.name))
        })
        .await?;
    Ok(None)
}

/// Forgets what was given to people and teams that are gone.
pub(super) async fn tidy(core: &Credentials, mount: &Mount) -> Result<(), Fault> {
    let view = core.view(mount)?;
    let listing = view.clone();
    let abandoned = core.db().read(move |tx| holder::abandoned(tx, &listing)).await?;
    if abandoned.is_empty() {
        return Ok(());
    }
    let forget = move |tx: &mut Tx<'_>| abandoned.iter().try_for_each(|key| view.delete(tx, key));
    Ok(core.db().write(forget).await?)
}
