//! The page of one workspace.

use axum::extract::State as FromState;
use http::{HeaderMap, HeaderName};
use identity::{Right, SafeForm, Scope, Visitor, audit::Event};
use kernel::{Error, OutputId, Page, PageRequest};
use serde::Deserialize;
use web::{
    ListQuery, Path,
    page::{
        Icon, Markup, PageShell, Tone, badge, bytes, card, copyable, definition_list, empty_state,
        heading, html, page, page_request_by, time,
    },
};
use workspaces::{
    BoundTag, Workspace,
    pages::{self, Place, cloud_block, lock_notice, sections},
};

use super::{Shown, history, outputs, resources};
use crate::{Instance, Output, State, Status, Version, records, service::read, store};

/// Which part of the page the script asks for; without it, all of them.
const PART: HeaderName = HeaderName::from_static("stateward-part");
/// The part with the lock.
const LOCK: &str = "lock";
/// How many versions the page shows at once.
const HISTORY: u32 = 10;

/// What the page shows.
struct Known {
    scope: Scope,
    workspace: Workspace,
    tags: Vec<BoundTag>,
    state: Option<Current>,
}

/// A state, and what was read out of it: as far as the rights of whoever looks go.
struct Current {
    version: Version,
    resources: Page<Instance>,
    outputs: Vec<Output>,
    history: Page<Version>,
}

impl Known {
    fn leave_out_outputs(&mut self) {
        if let Some(current) = &mut self.state {
            current.outputs.clear();
        }
    }

    /// What the page tells of outputs, for the audit trail.
    fn events(&self, revealed: Option<OutputId>) -> Vec<Event> {
        let Some(current) = &self.state else { return Vec::new() };
        let version = &current.version;
        let mut events = Vec::new();
        if current.outputs.iter().any(|output| !output.sensitive) {
            events.push(records::read_outputs(version.id, &self.workspace));
        }
        let revealed = current.outputs.iter().filter(|output| Some(output.id) == revealed);
        events
            .extend(revealed.map(|output| records::read_output(output, version, &self.workspace)));
        events
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct RevealForm {
    output: String,
}

pub(super) async fn show(
    visitor: Visitor,
    FromState(state): FromState<State>,
    Path((organization, name)): Path<(String, String)>,
    query: ListQuery,
    headers: HeaderMap,
) -> Shown {
    let pages = (
        page_request_by("resources", PageRequest::DEFAULT_SIZE, &query),
        page_request_by("history", HISTORY, &query),
    );
    let mut known = read(&state, &visitor, &organization, &name, pages).await?;
    if headers.get(PART).is_some_and(|part| part == LOCK) {
        // The page is read again and again for the lock alone: nobody looks at outputs then.
        known.leave_out_outputs();
    }
    state.identity().record_all(&visitor.context, known.events(None)).await?;
    let mut shell = shell(&visitor, &known, &organization);
    shell = match query.get("done") {
        Some("created") => shell.flash(Tone::Good, "The workspace is there."),
        Some("unlocked") => shell.flash(Tone::Good, "The workspace is unlocked."),
        _ => shell,
    };
    let view = View { visitor: &visitor, place: Place::of(&organization), known: &known };
    Ok(page(shell, view.markup(&state, None)))
}

/// The page again, with one sensitive output on it. It is never stored, and the next look at the
/// page hides the output again.
pub(super) async fn reveal(
    visitor: Visitor,
    FromState(state): FromState<State>,
    Path((organization, name)): Path<(String, String)>,
    SafeForm(form): SafeForm<RevealForm>,
) -> Shown {
    let output: OutputId = form.output.parse().map_err(|_| Error::not_found())?;
    let pages = (PageRequest::default(), PageRequest::new(1, HISTORY));
    let known = read(&state, &visitor, &organization, &name, pages).await?;
    known.scope.require(Right::ReadOutputs)?;
    state.identity().record_all(&visitor.context, known.events(Some(output))).await?;
    let shell = shell(&visitor, &known, &organization).secret();
    let view = View { visitor: &visitor, place: Place::of(&organization), known: &known };
    Ok(page(shell, view.markup(&state, Some(output))))
}

async fn read(
    state: &State,
    visitor: &Visitor,
    organization: &str,
    name: &str,
    (resources_page, history_page): (PageRequest, PageRequest),
) -> kernel::Result<Known> {
    let barrier = state.barrier().clone();
    let (context, address, name) =
        (visitor.context.clone(), organization.to_owned(), name.to_owned());
    let found = state.db().snapshot(move |tx| {
        let scope = identity::scope(tx, &context, &address)?;
        let (workspace, scope) = workspaces::find_by_name(tx, &scope, &name)?;
        let (sees_state, sees_outputs) =
            (scope.allows(Right::ReadState), scope.allows(Right::ReadOutputs));
        let key = barrier.organization_key(tx, workspace.organization_id)?;
        let state = match read::current(tx, &workspace)? {
            None => None,
            Some(version) => Some((
                if sees_state { store::summary(tx, version.id)? } else { None }.unwrap_or_default(),
                if sees_outputs { read::outputs(tx, &key, version.id)? } else { Vec::new() },
                if sees_state {
                    read::list(tx, &workspace, Some(Status::Finalized), history_page)?
                } else {
                    Page::of(Vec::new(), history_page)
                },
                version,
            )),
        };
        let mut tags = workspaces::effective_tags_of(tx, &[&workspace])?;
        Ok((scope, tags.remove(&workspace.id).unwrap_or_default(), workspace, key, state))
    });
    let (scope, tags, workspace, key, state) = found.await?;
    let state = match state {
        None => None,
        Some((sealed, outputs, history, version)) => Some(Current {
            // A long summary is unpacked outside the transaction.
            resources: read::page_of(&key, version.id, &sealed, resources_page)?,
            outputs,
            history,
            version,
        }),
    };
    Ok(Known { scope, workspace, tags, state })
}

fn shell(visitor: &Visitor, known: &Known, organization: &str) -> PageShell {
    let name = &known.workspace.name;
    pages::shell(visitor, &known.scope, name).crumb(name, Place::of(organization).workspace(name))
}

struct View<'a> {
    visitor: &'a Visitor,
    place: Place,
    known: &'a Known,
}

impl View<'_> {
    fn markup(&self, state: &State, revealed: Option<OutputId>) -> Markup {
        let workspace = &self.known.workspace;
        html! {
            (heading(&workspace.name, self.about(), html! {}))
            (sections(&self.known.scope, &self.place, &workspace.name, ""))
            // Read again while one looks, so that a lock does not come as a surprise.
            div id=(LOCK) data-refresh="15" {
                (lock_notice(self.visitor, &self.known.scope, &self.place, workspace))
            }
            @match &self.known.state {
                Some(current) => (self.state(state, current, revealed)),
                None => (self.first_steps(state)),
            }
        }
    }

    fn about(&self) -> Markup {
        let workspace = &self.known.workspace;
        html! {
            @if workspace.description.is_empty() { "In the project " strong { (workspace.project_name) } }
            @else { (workspace.description) }
        }
    }

    fn state(&self, state: &State, current: &Current, revealed: Option<OutputId>) -> Markup {
        let path = self.place.workspace(&self.known.workspace.name);
        let now = self.visitor.context.now;
        let scope = &self.known.scope;
        let sees_state = scope.allows(Right::ReadState);
        html! {
            @if sees_state { (self.summary(&current.version)) }
            div.columns {
                div {
                    @if sees_state {
                        (resources::section(&current.resources, current.version.opaque, &path))
                    } @else {
                        (self.unseen())
                    }
                    @if scope.allows(Right::ReadOutputs) {
                        (outputs::section(&current.outputs, revealed, &format!("{path}/reveal"),
                            &self.visitor.csrf()))
                    }
                    @if sees_state {
                        (history::section(now, &current.history, &current.version, &path))
                    }
                }
                aside aria-label="About this workspace" {
                    (self.details())
                    (self.block(state))
                }
            }
        }
    }

    /// In place of a state that is there and that one may not read.
    fn unseen(&self) -> Markup {
        let organization = &self.known.scope.organization.name;
        empty_state(
            Icon::Lock,
            "The state is not shown",
            html! {
                "There is one, and you may not read it. An owner of " strong { (organization) }
                ", or whoever keeps the access to this workspace, can grant it."
            },
            html! {},
        )
    }

    fn summary(&self, version: &Version) -> Markup {
        let now = self.visitor.context.now;
        let path = self.place.workspace(&self.known.workspace.name);
        card(html! {
            h2.read-out { "Current state" }
            (definition_list(&[
                ("Serial", html! { a href={ (path) "/states/" (version.id) } { (version.serial) } }),
                ("Saved", html! {
                    (time(now, version.finalized_at.unwrap_or(version.created_at)))
                    " by " strong { (version.created_by_name) }
                }),
                ("Size", html! { (size(version)) }),
                ("Written by", html! { (program(version)) }),
                ("Lineage", html! {
                    @if version.lineage.is_empty() { span.quiet { "not given" } }
                    @else { code { (version.lineage) } }
                }),
            ]))
        })
    }

    fn details(&self) -> Markup {
        let workspace = &self.known.workspace;
        let list = self.place.list();
        card(html! {
            h2 { "Workspace" }
            (definition_list(&[
                ("Project", html! {
                    a href={ (list) "?project=" (workspace.project_id) } { (workspace.project_name) }
                }),
                ("Tags", self.tags()),
                ("Terraform version", html! { (workspace.terraform_version) }),
                ("Id", html! { code { (workspace.id) } }),
            ]))
        })
    }

    fn tags(&self) -> Markup {
        html! {
            @if self.known.tags.is_empty() { span.quiet { "none" } }
            @else {
                div.badges {
                    @for tag in &self.known.tags {
                        (badge(Tone::Neutral, &words(tag)))
                    }
                }
            }
        }
    }

    fn block(&self, state: &State) -> Markup {
        let workspace = &self.known.workspace;
        let project = (workspace.project_id, workspace.project_name.as_str());
        cloud_block(
            state.identity().external_url(),
            &self.known.scope,
            Some(project),
            &workspace.name,
        )
    }

    fn first_steps(&self, state: &State) -> Markup {
        empty_state(
            Icon::State,
            "No state yet",
            html! {
                "Put this block into a configuration; the first apply saves a state here."
            },
            html! {
                (self.block(state))
                (copyable("terraform init && terraform apply"))
            },
        )
    }
}

fn words(tag: &BoundTag) -> String {
    if tag.value.is_empty() { tag.key.clone() } else { format!("{}={}", tag.key, tag.value) }
}

/// A version's size as people read it.
pub(super) fn size(version: &Version) -> String {
    version.size.and_then(|size| u64::try_from(size).ok()).map_or_else(String::new, bytes)
}

/// What wrote a version, as far as it says.
pub(super) fn program(version: &Version) -> Markup {
    html! {
        @match &version.terraform_version {
            Some(program) => { "Terraform " (program) },
            None if version.opaque => span.quiet { "unknown: the client encrypted it" },
            None => span.quiet { "unknown" },
        }
    }
}
