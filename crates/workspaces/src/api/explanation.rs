//! Who may do what with a workspace, and through what.

use axum::extract::State;
use identity::{
    Caller, Right, Scope, SubjectId,
    access::{At, Given, SharedWith, Through},
};
use kernel::WorkspaceId;
use serde_json::{Value, json};
use web::{
    Answer, ListQuery, RequestUrl,
    document::{Document, Resource},
};

use super::target::PathId;
use crate::{
    Workspace, Workspaces,
    explanation::{self, Explanation, Names},
    find,
};

/// `GET workspaces/:id/access-explanation?actor=…`: for one actor, or for everybody who can read or
/// write the state.
pub(super) async fn read(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    PathId(id): PathId<WorkspaceId>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let (actor, search) =
        (query.get("actor").map(str::to_owned), query.get("q").map(str::to_owned));
    let read = move |tx: &mut db::Tx<'_>| {
        let (workspace, scope) = find(tx, &context, id)?;
        let place = (&workspace, &scope);
        if let Some(actor) = &actor {
            let (explanation, names) = explanation::of_one(tx, &context, place, actor)?;
            let resource = resource(&explanation, &names, &workspace, &scope);
            return Ok(Document::one(resource));
        }
        let (page, names) =
            explanation::of_everybody(tx, &context, place, search.as_deref(), query.page)?;
        let page = page.map(|explanation| resource(&explanation, &names, &workspace, &scope));
        Ok(Document::list(page, &url))
    };
    Ok(workspaces.db().snapshot(read).await?)
}

fn resource(
    explanation: &Explanation,
    names: &Names,
    workspace: &Workspace,
    scope: &Scope,
) -> Resource {
    let (subject, rights) = (&explanation.subject, explanation.rights);
    let words: Vec<_> = rights.iter().map(Right::as_str).collect();
    let grants: Vec<Value> = explanation
        .given
        .iter()
        .map(|given| grant(given, explanation, names, workspace, scope))
        .collect();
    Resource::new("access-explanations", format!("{}:{}", workspace.id, subject.id))
        .attributes(json!({
            "actor": {
                "type": subject.id.kind(),
                "id": subject.id.to_string(),
                "name": names.subject(subject),
            },
            "rights": words,
            "can-read-state": rights.holds(Right::ReadState),
            "can-read-outputs": rights.holds(Right::ReadOutputs),
            "can-write-state": rights.holds(Right::WriteState),
            "grants": grants,
        }))
        .one("workspace", Some(("workspaces", workspace.id)))
        .one("actor", Some((subject.id.kind(), subject.id)))
}

fn grant(
    given: &Given,
    explanation: &Explanation,
    names: &Names,
    workspace: &Workspace,
    scope: &Scope,
) -> Value {
    let words: Vec<_> = given.rights.iter().map(Right::as_str).collect();
    let organization = &scope.organization;
    let at = match given.at {
        At::Organization => ("organizations", organization.name.clone(), &organization.name),
        At::Project(id) => ("projects", id.to_string(), &workspace.project_name),
        At::Workspace(id) => ("workspaces", id.to_string(), &workspace.name),
    };
    json!({
        "through": through(given, explanation, names, scope),
        "at": {"type": at.0, "id": at.1, "name": at.2},
        "access": names.access(given, &explanation.subject),
        "rights": words,
    })
}

/// What gives the rights. What the asker may not know of has neither id nor name.
fn through(given: &Given, explanation: &Explanation, names: &Names, scope: &Scope) -> Value {
    let named = |kind: &str, id: Option<String>, name: Option<&str>| json!({"type": kind, "id": id, "name": name});
    let subject = &explanation.subject;
    match given.through {
        Through::Membership => named("organization-memberships", None, None),
        Through::Site => named("site-administrators", None, None),
        Through::Organization => {
            let name = &scope.organization.name;
            named("organizations", Some(name.clone()), Some(name))
        }
        Through::Team(team) => match names.team(team) {
            Some(name) => named("teams", Some(team.to_string()), Some(name)),
            None => named("teams", None, None),
        },
        Through::Key(id) => {
            named(SubjectId::Token(id).kind(), Some(id.to_string()), Some(&subject.name))
        }
        Through::Trust(id) => {
            let own = (subject.id == SubjectId::Trust(id)).then_some(subject.name.as_str());
            named(SubjectId::Trust(id).kind(), Some(id.to_string()), own)
        }
        Through::Sharing(SharedWith::Organization) => named("sharing", None, Some("organization")),
        Through::Sharing(SharedWith::Project) => named("sharing", None, Some("project")),
        Through::Sharing(SharedWith::Workspace(id)) => {
            let name = names.workspaces.get(&id).map(String::as_str);
            named("remote-state-consumers", name.map(|_| id.to_string()), name)
        }
    }
}
