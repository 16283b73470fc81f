//! Variable sets and where they count.

use axum::extract::State;
use db::Tx;
use http::StatusCode;
use identity::{Caller, Scope, find_project, scope, scope_by_id};
use kernel::{Error, Page, PageRequest, ProjectId, Result, VariableSetId, WorkspaceId};
use web::{
    Answer, ListQuery, Path, RequestUrl,
    body::{JsonApi, LinkageItem, Linkages, Relationships},
    document::Document,
};

use super::{relationships::workspace_ids, target::Address};
use crate::{
    Workspaces, find,
    variable_sets::{
        self as sets, Applied, NewSet, Parent, Relations, SetChange, SetFilter, SetIncludes, Step,
        VariableSet,
    },
    variables::{VariableChange, require_sight},
};

const KIND: &str = "varsets";

/// The longest page with all values in it.
const LONGEST_WITH_VALUES: u32 = 20;

/// How many things a set can be related to in one request.
const MOST_AT_ONCE: usize = 1_000;

/// Sets, and what goes out with them.
struct Shown<T> {
    sets: T,
    scope: Scope,
    relations: Relations,
}

impl Shown<VariableSet> {
    fn into_document(self) -> Document {
        let organization = &self.scope.organization.name;
        let resource = self.relations.resource(&self.sets, organization);
        Document::one(resource).include_all(self.relations.into_included())
    }
}

impl Shown<Page<VariableSet>> {
    fn into_document(self, url: &RequestUrl) -> Document {
        let Self { sets, scope, relations } = self;
        let organization = &scope.organization.name;
        let page = sets.map(|set| relations.resource(&set, organization));
        Document::list(page, url).include_all(relations.into_included())
    }
}

/// Which sets of which scope a list is about.
type Wanted = (Scope, SetFilter);

async fn list_of<F>(
    workspaces: &Workspaces,
    query: &ListQuery,
    url: &RequestUrl,
    wanted: F,
) -> Answer<Document>
where
    F: Fn(&mut Tx<'_>) -> Result<Wanted> + Send + Sync + 'static,
{
    let barrier = workspaces.identity().barrier().clone();
    let includes = SetIncludes::of(query);
    let search = query.get("q").map(str::to_owned);
    let mut request = query.page;
    if includes.variables {
        request = PageRequest::new(request.number(), request.size().min(LONGEST_WITH_VALUES));
    }
    let read = move |tx: &mut Tx<'_>| {
        let (scope, filter) = wanted(tx)?;
        let filter = SetFilter { search: search.clone(), ..filter };
        let sets = sets::list(tx, &scope, &filter, request)?;
        let relations = Relations::load(tx, &barrier, &scope, &sets.items, includes)?;
        Ok(Shown { sets, scope, relations })
    };
    Ok(workspaces.db().snapshot(read).await?.into_document(url))
}

/// `GET organizations/:org/varsets`
pub(super) async fn list(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Address(address): Address,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let wanted = move |tx: &mut Tx<'_>| Ok((scope(tx, &context, &address)?, SetFilter::default()));
    list_of(&workspaces, &query, &url, wanted).await
}

/// `GET projects/:id/varsets`: the sets that count in all of a project, or belong to it.
pub(super) async fn list_of_project(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path(id): Path<ProjectId>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let wanted = move |tx: &mut Tx<'_>| {
        let project = find_project(tx, id)?.ok_or_else(Error::not_found)?;
        let scope = scope_by_id(tx, &context, project.organization_id)?;
        scope.at_project(tx, id)?;
        Ok((scope, SetFilter { project: Some(id), ..SetFilter::default() }))
    };
    list_of(&workspaces, &query, &url, wanted).await
}

/// `GET workspaces/:id/varsets`: the sets that count for a workspace.
pub(super) async fn list_of_workspace(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path(id): Path<WorkspaceId>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let wanted = move |tx: &mut Tx<'_>| {
        let (workspace, scope) = find(tx, &context, id)?;
        require_sight(&scope)?;
        let project = Some(workspace.project_id);
        let filter = SetFilter { project, workspace: Some(id), ..SetFilter::default() };
        Ok((scope, filter))
    };
    list_of(&workspaces, &query, &url, wanted).await
}

/// `POST organizations/:org/varsets`
pub(super) async fn create(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Address(address): Address,
    query: ListQuery,
    body: JsonApi<SetChange>,
) -> Answer<(StatusCode, Document)> {
    let new = wish(body.of_kind(KIND)?)?;
    let includes = SetIncludes::of(&query);
    let barrier = workspaces.identity().barrier().clone();
    let write = move |tx: &mut Tx<'_>| {
        let scope = scope(tx, &context, &address)?;
        let set = sets::create(tx, &context, &barrier, &scope, &new)?;
        let made = std::slice::from_ref(&set);
        let relations = Relations::load(tx, &barrier, &scope, made, includes)?;
        Ok(Shown { sets: set, scope, relations })
    };
    Ok((StatusCode::CREATED, workspaces.db().write(write).await?.into_document()))
}

/// `GET varsets/:id`
pub(super) async fn read(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path(id): Path<VariableSetId>,
    query: ListQuery,
) -> Answer<Document> {
    let includes = SetIncludes::of(&query);
    let barrier = workspaces.identity().barrier().clone();
    let read = move |tx: &mut Tx<'_>| {
        let (set, scope) = sets::find(tx, &context, id)?;
        let found = std::slice::from_ref(&set);
        let relations = Relations::load(tx, &barrier, &scope, found, includes)?;
        Ok(Shown { sets: set, scope, relations })
    };
    Ok(workspaces.db().snapshot(read).await?.into_document())
}

/// `PATCH varsets/:id`
pub(super) async fn update(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path(id): Path<VariableSetId>,
    query: ListQuery,
    body: JsonApi<SetChange>,
) -> Answer<Document> {
    let change = wish(body.of_kind(KIND)?)?;
    let includes = SetIncludes::of(&query);
    let barrier = workspaces.identity().barrier().clone();
    let write = move |tx: &mut Tx<'_>| {
        let (set, scope) = sets::update(tx, &context, &barrier, id, &change)?;
        let changed = std::slice::from_ref(&set);
        let relations = Relations::load(tx, &barrier, &scope, changed, includes)?;
        Ok(Shown { sets: set, scope, relations })
    };
    Ok(workspaces.db().write(write).await?.into_document())
}

/// `DELETE varsets/:id`
pub(super) async fn delete(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path(id): Path<VariableSetId>,
) -> Answer<StatusCode> {
    workspaces.db().write(move |tx| sets::delete(tx, &context, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST varsets/:id/relationships/workspaces`
pub(super) async fn add_workspaces(
    workspaces: State<Workspaces>,
    caller: Caller,
    set: Path<VariableSetId>,
    items: Linkages,
) -> Answer<StatusCode> {
    name_workspaces(workspaces, caller, set, items, Step::Add).await
}

/// `DELETE varsets/:id/relationships/workspaces`
pub(super) async fn remove_workspaces(
    workspaces: State<Workspaces>,
    caller: Caller,
    set: Path<VariableSetId>,
    items: Linkages,
) -> Answer<StatusCode> {
    name_workspaces(workspaces, caller, set, items, Step::Remove).await
}

async fn name_workspaces(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path(set): Path<VariableSetId>,
    Linkages(items): Linkages,
    step: Step,
) -> Answer<StatusCode> {
    require_few(&items, "/data")?;
    let ids = workspace_ids(&items)?;
    let write = move |tx: &mut Tx<'_>| {
        let applied = Applied { ids: &ids, pointer: "/data", step };
        sets::name_workspaces(tx, &context, set, applied)
    };
    workspaces.db().write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST varsets/:id/relationships/projects`
pub(super) async fn add_projects(
    workspaces: State<Workspaces>,
    caller: Caller,
    set: Path<VariableSetId>,
    items: Linkages,
) -> Answer<StatusCode> {
    name_projects(workspaces, caller, set, items, Step::Add).await
}

/// `DELETE varsets/:id/relationships/projects`
pub(super) async fn remove_projects(
    workspaces: State<Workspaces>,
    caller: Caller,
    set: Path<VariableSetId>,
    items: Linkages,
) -> Answer<StatusCode> {
    name_projects(workspaces, caller, set, items, Step::Remove).await
}

async fn name_projects(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path(set): Path<VariableSetId>,
    Linkages(items): Linkages,
    step: Step,
) -> Answer<StatusCode> {
    require_few(&items, "/data")?;
    let ids = project_ids(&items)?;
    let write = move |tx: &mut Tx<'_>| {
        let applied = Applied { ids: &ids, pointer: "/data", step };
        sets::name_projects(tx, &context, set, applied)
    };
    workspaces.db().write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a document asks for.
fn wish(body: JsonApi<SetChange>) -> Result<NewSet> {
    let JsonApi { attributes, relationships, .. } = body;
    let many = |name: &str| -> Result<Option<&[LinkageItem]>> {
        let items = relationships.many(name)?;
        require_few(items.unwrap_or_default(), &format!("/data/relationships/{name}/data"))?;
        Ok(items)
    };
    Ok(NewSet {
        attributes,
        parent: parent(&relationships)?,
        workspaces: many("workspaces")?.map(workspace_ids).transpose()?,
        projects: many("projects")?.map(project_ids).transpose()?,
        variables: many("vars")?
            .unwrap_or_default()
            .iter()
            // One that is there already is named by its id alone, and stays as it is.
            .filter(|item| item.id.is_none() || !item.attributes.is_empty())
            .map(VariableChange::of_item)
            .collect::<Result<_>>()?,
    })
}

fn parent(relationships: &Relationships) -> Result<Option<Parent>> {
    let Some(linkage) = relationships.one("parent")? else { return Ok(None) };
    let refuse = |member: &str, text: &str| {
        Error::invalid_at(format!("/data/relationships/parent/data/{member}"), text)
    };
    match linkage.kind.as_str() {
        "projects" => {
            let id = linkage.id.parse();
            let id = id.map_err(|_| refuse("id", "this organization has no such project"))?;
            Ok(Some(Parent::Project(id)))
        }
        "organizations" => Ok(Some(Parent::Organization(linkage.id.clone()))),
        _ => Err(refuse("type", "this must be \"organizations\" or \"projects\"")),
    }
}

fn require_few(items: &[LinkageItem], pointer: &str) -> Result<()> {
    if items.len() <= MOST_AT_ONCE {
        return Ok(());
    }
    let text = format!("these are too many at once: send at most {MOST_AT_ONCE}");
    Err(Error::invalid_at(pointer, text))
}

/// The ids of the projects that a request names.
fn project_ids(items: &[LinkageItem]) -> Result<Vec<ProjectId>> {
    let parse = |item: &LinkageItem| {
        let id = item.id.as_deref().and_then(|id| id.parse().ok());
        id.ok_or_else(|| item.invalid_member("id", "this is not the id of a project"))
    };
    items.iter().map(parse).collect()
}
