//! The page of one state version: its record, and what was in it.

use axum::extract::{Path, State as FromState};
use barrier::hex;
use identity::{SafeForm, Scope, Visitor};
use kernel::{Error, Page, StateVersionId};
use serde::de::IgnoredAny;
use web::{
    ListQuery,
    page::{
        Button, Markup, button, card, definition_list, heading, html, page, page_request_by,
        post_form, see_other, time,
    },
};
use workspaces::{
    Workspace,
    pages::{self, Place},
};

use super::{
    Shown, history, resources,
    workspace::{program, size},
};
use crate::{Instance, State, Version, service::read};

/// What the page shows.
struct Known {
    scope: Scope,
    workspace: Workspace,
    version: Version,
    resources: Page<Instance>,
}

pub(super) async fn show(
    visitor: Visitor,
    FromState(state): FromState<State>,
    Path((organization, name, version)): Path<(String, String, String)>,
    query: ListQuery,
) -> Shown {
    let id = id(&version)?;
    let request = page_request_by("resources", &query);
    let (barrier, context) = (state.barrier().clone(), visitor.context.clone());
    let known = state
        .db()
        .snapshot(move |tx| {
            let (version, workspace, scope) = read::find(tx, &context, id)?;
            let key = barrier.organization_key(tx, version.organization_id)?;
            let resources = read::resources(tx, &key, id, request)?;
            Ok(Known { scope, workspace, version, resources })
        })
        .await?;
    if known.workspace.name != name {
        return Err(Error::not_found().into());
    }
    let place = Place::of(&organization);
    let path = place.part(&name, &format!("states/{id}"));
    let shell =
        pages::shell(&visitor, &known.scope, &format!("{name}, serial {}", known.version.serial))
            .crumb(&name, place.workspace(&name))
            .crumb(format!("Serial {}", known.version.serial), path.as_str());
    Ok(page(shell, markup(&visitor, &known, &path)))
}

/// Leads to the state's bytes, by a path that is good for some minutes.
pub(super) async fn download(
    visitor: Visitor,
    FromState(state): FromState<State>,
    Path((_, _, version)): Path<(String, String, String)>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    let (id, context) = (id(&version)?, visitor.context.clone());
    let version = state.db().snapshot(move |tx| Ok(read::find(tx, &context, id)?.0)).await?;
    Ok(see_other(&state.download_path(&version, visitor.context.now)))
}

fn id(text: &str) -> kernel::Result<StateVersionId> {
    text.parse().map_err(|_| Error::not_found())
}

fn markup(visitor: &Visitor, known: &Known, path: &str) -> Markup {
    let version = &known.version;
    let is_current = known.workspace.current_state_version_id == Some(version.id);
    html! {
        (heading(&format!("Serial {}", version.serial), history::marks(version, is_current), html! {
            @if version.content_id.is_some() {
                (post_form(&format!("{path}/download"), &visitor.csrf(), button(Button::Plain, "Download")))
            }
        }))
        (card(record(visitor, version)))
        (resources::section(&known.resources, version.opaque, path))
    }
}

fn record(visitor: &Visitor, version: &Version) -> Markup {
    let now = visitor.context.now;
    let hash = |bytes: &Option<Vec<u8>>| {
        html! {
            @match bytes {
                Some(bytes) => code { (hex(bytes)) },
                None => span.quiet { "none" },
            }
        }
    };
    definition_list(&[
        ("Saved", time(now, version.finalized_at.unwrap_or(version.created_at))),
        ("By", html! { (version.created_by_name) }),
        (
            "With the token",
            html! {
                @match &version.token_id {
                    Some(token) => code { (token) },
                    None => span.quiet { "none" },
                }
            },
        ),
        ("Size", html! { (size(version)) }),
        ("Written by", program(version)),
        ("Id", html! { code { (version.id) } }),
        (
            "Lineage",
            html! {
                @if version.lineage.is_empty() { span.quiet { "not given" } }
                @else { code { (version.lineage) } }
            },
        ),
        ("MD5", html! { code { (version.md5) } }),
        ("SHA-256", hash(&version.sha256)),
        (
            "Place in the chain",
            html! {
                @match version.position { Some(position) => (position), None => span.quiet { "none" } }
            },
        ),
        ("Hash of this record", hash(&version.record_hash)),
        ("Hash of the one before", hash(&version.previous_hash)),
    ])
}
