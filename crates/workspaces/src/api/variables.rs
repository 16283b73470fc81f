//! Variables of workspaces, and all that a workspace gets.

use axum::extract::State;
use db::Tx;
use http::StatusCode;
use identity::{Caller, Scope, scope};
use kernel::{Context, Error, Kind, Result, VariableId, WorkspaceId};
use web::{
    Answer, ListQuery, Path,
    body::{JsonApi, Relationships},
    document::Document,
};

use super::target::Target;
use crate::{
    Workspaces, find, find_by_name,
    variables::{
        Effective, Variable, VariableChange, effective_variable_resource, service as variables,
        variable_resource,
    },
    workspace::Workspace,
};

const KIND: &str = "vars";

/// One variable, and where it stands.
struct Told {
    workspace: Workspace,
    scope: Scope,
    variable: Variable,
}

impl Told {
    fn into_document(self) -> Document {
        let organization = &self.scope.organization.name;
        Document::one(variable_resource(&self.variable, &self.workspace, organization))
    }
}

/// `GET workspaces/:id/vars`: never in pages, clients read only one.
pub(super) async fn list(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
) -> Answer<Document> {
    list_of(&workspaces, move |tx| target.find(tx, &context)).await
}

/// `POST workspaces/:id/vars`
pub(super) async fn create(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
    body: JsonApi<VariableChange>,
) -> Answer<(StatusCode, Document)> {
    let change = body.of_kind(KIND)?.attributes;
    let asker = context.clone();
    let made = create_in(&workspaces, asker, change, move |tx| target.find(tx, &context)).await?;
    Ok((StatusCode::CREATED, made))
}

/// `GET workspaces/:id/vars/:var`
pub(super) async fn read(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path((id, variable)): Path<(WorkspaceId, VariableId)>,
) -> Answer<Document> {
    let barrier = workspaces.identity().barrier().clone();
    let read = move |tx: &mut Tx<'_>| {
        let (workspace, scope) = find(tx, &context, id)?;
        let variable = variables::find(tx, &barrier, &scope, &workspace, variable)?;
        Ok(Told { workspace, scope, variable })
    };
    Ok(workspaces.db().read(read).await?.into_document())
}

/// `PATCH workspaces/:id/vars/:var`
pub(super) async fn update(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path((id, variable)): Path<(WorkspaceId, VariableId)>,
    body: JsonApi<VariableChange>,
) -> Answer<Document> {
    let change = body.of_kind(KIND)?.attributes;
    let barrier = workspaces.identity().barrier().clone();
    let write = move |tx: &mut Tx<'_>| {
        let (workspace, scope) = find(tx, &context, id)?;
        let change = (variable, &change);
        let variable = variables::update(tx, &context, &barrier, &scope, &workspace, change)?;
        Ok(Told { workspace, scope, variable })
    };
    Ok(workspaces.db().write(write).await?.into_document())
}

/// `DELETE workspaces/:id/vars/:var`
pub(super) async fn delete(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path((id, variable)): Path<(WorkspaceId, VariableId)>,
) -> Answer<StatusCode> {
    let barrier = workspaces.identity().barrier().clone();
    let write = move |tx: &mut Tx<'_>| {
        let (workspace, scope) = find(tx, &context, id)?;
        variables::delete(tx, &context, &barrier, &scope, &workspace, variable)
    };
    workspaces.db().write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET workspaces/:id/all-vars`: what counts, with what the sets add. Never in pages.
pub(super) async fn list_effective(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
) -> Answer<Document> {
    let barrier = workspaces.identity().barrier().clone();
    let read = move |tx: &mut Tx<'_>| {
        let (workspace, scope) = target.find(tx, &context)?;
        let effective = Effective::load(tx, &barrier, &scope, &workspace, false)?;
        Ok((workspace, scope, effective))
    };
    let (workspace, scope, effective) = workspaces.db().snapshot(read).await?;
    let organization = &scope.organization.name;
    let counting = effective.counting().into_iter();
    Ok(Document::collection(
        counting.map(|variable| effective_variable_resource(variable, &workspace, organization)),
    ))
}

/// `GET vars?filter[organization][name]&filter[workspace][name]`: an older way.
pub(super) async fn list_by_name(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    query: ListQuery,
) -> Answer<Document> {
    let named = Named::of(&query)?.ok_or_else(unnamed)?;
    list_of(&workspaces, move |tx| named.find(tx, &context)).await
}

/// `POST vars`: an older way. The workspace stands in the relationships, or in the query.
pub(super) async fn create_by_name(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    query: ListQuery,
    body: JsonApi<VariableChange>,
) -> Answer<(StatusCode, Document)> {
    let body = body.of_kind(KIND)?;
    let (named, id) = (Named::of(&query)?, workspace_of(&body.relationships)?);
    let asker = context.clone();
    let made = create_in(&workspaces, asker, body.attributes, move |tx| match (&id, &named) {
        (Some(id), _) => find(tx, &context, *id),
        (None, Some(named)) => named.find(tx, &context),
        (None, None) => Err(unnamed()),
    });
    Ok((StatusCode::CREATED, made.await?))
}

/// `PATCH vars/:var`: an older way.
pub(super) async fn update_by_id(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path(variable): Path<VariableId>,
    body: JsonApi<VariableChange>,
) -> Answer<Document> {
    let change = body.of_kind(KIND)?.attributes;
    let barrier = workspaces.identity().barrier().clone();
    let write = move |tx: &mut Tx<'_>| {
        let id = variables::workspace_of(tx, variable)?;
        let (workspace, scope) = find(tx, &context, id)?;
        let change = (variable, &change);
        let variable = variables::update(tx, &context, &barrier, &scope, &workspace, change)?;
        Ok(Told { workspace, scope, variable })
    };
    Ok(workspaces.db().write(write).await?.into_document())
}

/// `DELETE vars/:var`: an older way.
pub(super) async fn delete_by_id(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path(variable): Path<VariableId>,
) -> Answer<StatusCode> {
    let barrier = workspaces.identity().barrier().clone();
    let write = move |tx: &mut Tx<'_>| {
        let id = variables::workspace_of(tx, variable)?;
        let (workspace, scope) = find(tx, &context, id)?;
        variables::delete(tx, &context, &barrier, &scope, &workspace, variable)
    };
    workspaces.db().write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The variables of the workspace that a request is about.
async fn list_of<F>(workspaces: &Workspaces, target: F) -> Answer<Document>
where
    F: Fn(&mut Tx<'_>) -> Result<(Workspace, Scope)> + Send + Sync + 'static,
{
    let barrier = workspaces.identity().barrier().clone();
    let read = move |tx: &mut Tx<'_>| {
        let (workspace, scope) = target(tx)?;
        let found = variables::list(tx, &barrier, &scope, &workspace)?;
        Ok((workspace, scope, found))
    };
    let (workspace, scope, found) = workspaces.db().read(read).await?;
    let organization = &scope.organization.name;
    let resource = |variable| variable_resource(variable, &workspace, organization);
    Ok(Document::collection(found.iter().map(resource)))
}

/// Gives the workspace that a request is about another variable.
async fn create_in<F>(
    workspaces: &Workspaces,
    context: Context,
    change: VariableChange,
    target: F,
) -> Answer<Document>
where
    F: Fn(&mut Tx<'_>) -> Result<(Workspace, Scope)> + Send + Sync + 'static,
{
    let barrier = workspaces.identity().barrier().clone();
    let write = move |tx: &mut Tx<'_>| {
        let (workspace, scope) = target(tx)?;
        let variable = variables::create(tx, &context, &barrier, &scope, &workspace, &change)?;
        Ok(Told { workspace, scope, variable })
    };
    Ok(workspaces.db().write(write).await?.into_document())
}

/// A workspace by the names that a query has.
struct Named {
    organization: String,
    workspace: String,
}

impl Named {
    fn of(query: &ListQuery) -> Result<Option<Self>> {
        let name = |what: &str| query.get(&format!("filter[{what}][name]")).map(str::to_owned);
        match (name("organization"), name("workspace")) {
            (Some(organization), Some(workspace)) => Ok(Some(Self { organization, workspace })),
            (None, None) => Ok(None),
            _ => Err(unnamed()),
        }
    }

    fn find(&self, tx: &mut Tx<'_>, context: &Context) -> Result<(Workspace, Scope)> {
        let scope = scope(tx, context, &self.organization)?;
        find_by_name(tx, &scope, &self.workspace)
    }
}

fn unnamed() -> Error {
    Error::new(
        Kind::BadRequest,
        "name the workspace: filter[organization][name] and filter[workspace][name], or better \
         the path workspaces/:id/vars",
    )
}

/// The workspace that a document names.
fn workspace_of(relationships: &Relationships) -> Result<Option<WorkspaceId>> {
    for name in ["workspace", "configurable"] {
        if let Some(linkage) = relationships.one(name)? {
            let pointer = format!("/data/relationships/{name}/data/id");
            let id = linkage.id.parse();
            return id
                .map(Some)
                .map_err(|_| Error::invalid_at(pointer, "this is not the id of a workspace"));
        }
    }
    Ok(None)
}
