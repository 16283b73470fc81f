//! The page of one state version: its record, and what was in it.

use axum::extract::State as FromState;
use barrier::hex;
use identity::{SafeForm, Scope, Visitor};
use kernel::{Error, Page, PageRequest, StateVersionId};
use serde::de::IgnoredAny;
use web::{
    ListQuery, Path,
    page::{
        Button, Markup, button, card, definition_list, heading, html, page, page_request_by,
        post_form, section_heading, see_other, time, wide_definition_list,
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
use crate::{Instance, State, Version, service::read, store};

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
    let known = read(&state, &visitor, &organization, &name, id(&version)?, &query).await?;
    let id = known.version.id;
    let place = Place::of(&organization);
    let path = place.part(&name, &format!("states/{id}"));
    let shell =
        pages::shell(&visitor, &known.scope, &format!("{name}, serial {}", known.version.serial))
            .crumb(&name, place.workspace(&name))
            .crumb(format!("Serial {}", known.version.serial), path.as_str());
    Ok(page(shell, markup(&visitor, &known, &path)))
}

async fn read(
    state: &State,
    visitor: &Visitor,
    organization: &str,
    name: &str,
    id: StateVersionId,
    query: &ListQuery,
) -> kernel::Result<Known> {
    let (barrier, context) = (state.barrier().clone(), visitor.context.clone());
    let (address, name) = (organization.to_owned(), name.to_owned());
    let found = state.db().snapshot(move |tx| {
        let scope = identity::scope(tx, &context, &address)?;
        let (workspace, scope) = workspaces::find_by_name(tx, &scope, &name)?;
        let (version, ..) = read::find(tx, &context, id)?;
        if version.workspace_id != workspace.id {
            return Err(Error::not_found());
        }
        let key = barrier.organization_key(tx, version.organization_id)?;
        let sealed = store::summary(tx, id)?.unwrap_or_default();
        Ok((scope, workspace, version, key, sealed))
    });
    let (scope, workspace, version, key, sealed) = found.await?;
    let request = page_request_by("resources", PageRequest::DEFAULT_SIZE, query);
    // A long summary is unpacked outside the transaction.
    let resources = read::page_of(&key, id, &sealed, request)?;
    Ok(Known { scope, workspace, version, resources })
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
    Ok(see_other(&state.download_path(&version, &visitor.context)?))
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
        (card(proof(version)))
    }
}

fn record(visitor: &Visitor, version: &Version) -> Markup {
    let now = visitor.context.now;
    let none = || html! { span.quiet { "none" } };
    definition_list(&[
        ("Saved", time(now, version.finalized_at.unwrap_or(version.created_at))),
        ("By", html! { (version.created_by_name) }),
        ("With the token", version.token_id.map_or_else(none, |id| html! { code { (id) } })),
        ("Size", html! { (size(version)) }),
        ("Written by", program(version)),
        ("Id", html! { code { (version.id) } }),
    ])
}

/// What proves that the state is the one that was saved, and that none before it was changed.
fn proof(version: &Version) -> Markup {
    let none = || html! { span.quiet { "none" } };
    let hash = |bytes: &Option<Vec<u8>>| {
        bytes.as_deref().map_or_else(none, |bytes| html! { code { (hex(bytes)) } })
    };
    html! {
        (section_heading("record", "Record", html! {
            "The record is chained by hash to the one before, so that none can be changed unnoticed."
        }))
        (wide_definition_list(&[
            ("Lineage", html! {
                @if version.lineage.is_empty() { span.quiet { "not given" } }
                @else { code { (version.lineage) } }
            }),
            ("Place in the chain", version.position.map_or_else(none, |place| html! { (place) })),
            ("MD5", html! { code { (version.md5) } }),
            ("SHA-256", hash(&version.sha256)),
            ("Hash of this record", hash(&version.record_hash)),
            ("Hash of the record before", hash(&version.previous_hash)),
        ]))
    }
}
