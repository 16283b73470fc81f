//! One variable set: its settings, where it counts, its variables, and its end.

use axum::extract::State;
use http::StatusCode;
use identity::{Project, SafeForm, Scope, Visitor, find_project, frames};
use kernel::{Context, Error, Kind, Page, ProjectId, VariableSetId, WorkspaceId};
use serde::{Deserialize, de::IgnoredAny};
use web::{
    ListQuery, Path,
    page::{PageShell, Tone, page, page_request, page_request_by, see_other},
};

use super::{
    Shown,
    parts::projects,
    set_view::{Named, View},
    variable_sets::{SetForm, list_path, set_path},
};
use crate::{
    Workspaces,
    list::load,
    service,
    variable_sets::{
        self as sets, Applied, NewSet, Relations, SetIncludes, Step, VariableSet, is_kept,
    },
    variables::{Owner, Variable, list as variables_of},
};

/// What a form says about a place where the set counts: a workspace's name, or an id.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PlaceForm {
    pub(super) workspace: String,
    pub(super) project: String,
}

/// What the page shows.
pub(super) struct Known {
    pub(super) scope: Scope,
    pub(super) set: VariableSet,
    pub(super) kept: bool,
    pub(super) places: Page<Named>,
    pub(super) variables: Page<Variable>,
    pub(super) choices: Vec<Project>,
}

/// What is wrong with what was sent, and what it was.
pub(super) struct Refused<'a> {
    pub(super) error: &'a Error,
    pub(super) set: Option<&'a SetForm>,
    pub(super) place: Option<&'a PlaceForm>,
}

pub(super) fn id(text: &str) -> kernel::Result<VariableSetId> {
    text.parse().map_err(|_| Error::not_found())
}

/// A set of the organization that the address names.
pub(super) fn find_at(
    tx: &mut db::Tx<'_>,
    context: &Context,
    organization: &str,
    id: VariableSetId,
) -> kernel::Result<(VariableSet, Scope)> {
    let named = identity::scope(tx, context, organization)?;
    let (set, scope) = sets::find(tx, context, id)?;
    if named.organization.id != set.organization_id {
        return Err(Error::not_found());
    }
    Ok((set, scope))
}

pub(super) async fn show(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, set)): Path<(String, String)>,
    query: ListQuery,
) -> Shown {
    answer(&visitor, &workspaces, (organization, id(&set)?), &query, None).await
}

pub(super) async fn update(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, set)): Path<(String, String)>,
    SafeForm(form): SafeForm<SetForm>,
) -> Shown {
    let id = id(&set)?;
    let barrier = workspaces.identity().barrier().clone();
    let change = NewSet { attributes: form.change(), ..NewSet::default() };
    let (context, address) = (visitor.context.clone(), organization.clone());
    let write = move |tx: &mut db::Tx<'_>| {
        find_at(tx, &context, &address, id)?;
        let (set, scope) = sets::update(tx, &context, &barrier, id, &change)?;
        Ok(set_path(&scope, set.id))
    };
    match workspaces.db().write(write).await {
        Ok(path) => Ok(see_other(&format!("{path}?done=saved"))),
        Err(error) if error.kind() == Kind::Invalid => {
            let refused = Refused { error: &error, set: Some(&form), place: None };
            let query = ListQuery::default();
            answer(&visitor, &workspaces, (organization, id), &query, Some(refused)).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn delete(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, set)): Path<(String, String)>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    let id = id(&set)?;
    let write = move |tx: &mut db::Tx<'_>| {
        let (_, scope) = find_at(tx, &visitor.context, &organization, id)?;
        sets::delete(tx, &visitor.context, id)?;
        Ok(list_path(&scope))
    };
    let path = workspaces.db().write(write).await?;
    Ok(see_other(&format!("{path}?done=deleted")))
}

pub(super) async fn add_place(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, set)): Path<(String, String)>,
    SafeForm(form): SafeForm<PlaceForm>,
) -> Shown {
    let id = id(&set)?;
    match apply(&visitor, &workspaces, (&organization, id), form.clone(), Step::Add).await {
        Ok(path) => Ok(see_other(&format!("{path}?done=applied#where"))),
        Err(error) if error.kind() == Kind::Invalid => {
            let refused = Refused { error: &error, set: None, place: Some(&form) };
            let query = ListQuery::default();
            answer(&visitor, &workspaces, (organization, id), &query, Some(refused)).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn remove_place(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, set)): Path<(String, String)>,
    SafeForm(form): SafeForm<PlaceForm>,
) -> Shown {
    let path = apply(&visitor, &workspaces, (&organization, id(&set)?), form, Step::Remove).await?;
    Ok(see_other(&format!("{path}?done=removed#where")))
}

/// Lets the set count at a place, or there no longer; gives the address of its page.
async fn apply(
    visitor: &Visitor,
    workspaces: &Workspaces,
    (organization, id): (&str, VariableSetId),
    form: PlaceForm,
    step: Step,
) -> kernel::Result<String> {
    let (context, address) = (visitor.context.clone(), organization.to_owned());
    let write = move |tx: &mut db::Tx<'_>| {
        let (_, scope) = find_at(tx, &context, &address, id)?;
        if form.project.is_empty() {
            let ids = [workspace(tx, &scope, form.workspace.trim())?];
            let applied = Applied { ids: &ids, pointer: "/workspace", step };
            sets::name_workspaces(tx, &context, id, applied)?;
        } else {
            let unknown = || Error::invalid_at("/project", "this organization has no such project");
            let ids: [ProjectId; 1] = [form.project.parse().map_err(|_| unknown())?];
            let applied = Applied { ids: &ids, pointer: "/project", step };
            sets::name_projects(tx, &context, id, applied)?;
        }
        Ok(set_path(&scope, id))
    };
    workspaces.db().write(write).await
}

/// A workspace by its name, or by its id.
fn workspace(tx: &mut db::Tx<'_>, scope: &Scope, named: &str) -> kernel::Result<WorkspaceId> {
    if let Ok(id) = named.parse() {
        return Ok(id);
    }
    match service::find_by_name(tx, scope, named) {
        Ok((workspace, _)) => Ok(workspace.id),
        Err(error) if error.kind() == Kind::NotFound => {
            Err(Error::invalid_at("/workspace", "this organization has no such workspace"))
        }
        Err(error) => Err(error),
    }
}

async fn answer(
    visitor: &Visitor,
    workspaces: &Workspaces,
    (organization, id): (String, VariableSetId),
    query: &ListQuery,
    refused: Option<Refused<'_>>,
) -> Shown {
    let barrier = workspaces.identity().barrier().clone();
    let context = visitor.context.clone();
    let search = query.get("search").unwrap_or_default().to_owned();
    let wanted = search.to_lowercase();
    let requests = (page_request(query), page_request_by("places", 20, query));
    let read = move |tx: &mut db::Tx<'_>| {
        let (set, scope) = find_at(tx, &context, &organization, id)?;
        let found = std::slice::from_ref(&set);
        let relations = Relations::load(tx, &barrier, &scope, found, SetIncludes::default())?;
        let key = barrier.organization_key(tx, set.organization_id)?;
        let mut variables = variables_of(tx, &key, Owner::Set(id))?;
        variables.retain(|variable| variable.key.to_lowercase().contains(&wanted));
        Ok(Known {
            kept: is_kept(tx, &scope, &set)?,
            places: places(
                tx,
                &scope,
                (relations.projects(&set), relations.workspaces(&set)),
                requests.1,
            )?,
            variables: Page::of(variables, requests.0),
            choices: projects(tx, &scope)?,
            scope,
            set,
        })
    };
    let known = workspaces.db().snapshot(read).await?;
    let mut shell = frame(visitor, &known.scope, &known.set);
    shell = match query.get("done") {
        Some("created") => shell.flash(Tone::Good, "The set is there. Add its variables below."),
        Some("saved") => shell.flash(Tone::Good, "Your changes are saved."),
        Some("applied") => shell.flash(Tone::Good, "The set counts there from now on."),
        Some("removed") => shell.flash(Tone::Good, "The set counts there no longer."),
        Some("added") => shell.flash(Tone::Good, "The variable is added."),
        Some("deleted") => shell.flash(Tone::Good, "The variable is deleted."),
        _ => shell,
    };
    if refused.is_some() {
        shell = shell.status(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let view = View { known: &known, csrf: visitor.csrf(), search: &search, refused };
    Ok(page(shell, view.markup()))
}

/// The frame of the pages of a set.
pub(super) fn frame(visitor: &Visitor, scope: &Scope, set: &VariableSet) -> PageShell {
    frames::settings_shell(visitor, scope, &set.name)
        .crumb("Variable sets", list_path(scope))
        .crumb(set.name.as_str(), set_path(scope, set.id))
}

/// A page of the places that a set names, with their names.
fn places(
    tx: &mut db::Tx<'_>,
    scope: &Scope,
    (projects, workspaces): (&[ProjectId], &[WorkspaceId]),
    request: kernel::PageRequest,
) -> kernel::Result<Page<Named>> {
    enum Place {
        Project(ProjectId),
        Workspace(WorkspaceId),
    }
    let all = projects.iter().map(|id| Place::Project(*id));
    let all = all.chain(workspaces.iter().map(|id| Place::Workspace(*id))).collect();
    let page = Page::of(all, request);
    let reach = scope.reach(tx)?;
    let mut named = Vec::new();
    for place in &page.items {
        match place {
            Place::Project(id) => named
                .extend(find_project(tx, *id)?.map(|project| Named::Project(*id, project.name))),
            Place::Workspace(id) => {
                let found = load(tx, scope, &reach, &[*id])?.into_iter();
                named.extend(found.map(|listed| Named::Workspace(*id, listed.workspace.name)));
            }
        }
    }
    Ok(Page { items: named, total: page.total, request })
}
