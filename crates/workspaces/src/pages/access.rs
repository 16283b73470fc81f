//! Who has access to a workspace: what teams are granted at it, and everybody who can read or
//! write its state, with what lets them.

use axum::extract::State;
use http::StatusCode;
use identity::{
    Right, SafeForm, Scope, Team, Visitor,
    access::WorkspaceLevel,
    grant_pages::{self, Form, Sent},
};
use kernel::{Error, Kind, Page, WorkspaceAccessId};
use serde::de::IgnoredAny;
use web::{
    ListQuery, Path,
    page::{Markup, PageShell, Tone, button_link, heading, html, page, page_request_by, see_other},
};

use super::{Place, Shown, access_parts, parts::sections, shell};
use crate::{
    Workspace, Workspaces,
    explanation::{self, Explanation, Names},
    grants::{self, WorkspaceGrant},
    service,
};

/// What the page shows.
struct Known {
    scope: Scope,
    workspace: Workspace,
    grants: Page<WorkspaceGrant>,
    explanations: Page<Explanation>,
    names: Names,
}

pub(super) async fn show(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name)): Path<(String, String)>,
    query: ListQuery,
) -> Shown {
    let context = visitor.context.clone();
    let address = organization.clone();
    let pages = (
        page_request_by("page", kernel::PageRequest::DEFAULT_SIZE, &query),
        page_request_by("people", kernel::PageRequest::DEFAULT_SIZE, &query),
    );
    let search = query.get("search").unwrap_or_default().to_owned();
    let wanted = Some(search.clone()).filter(|search| !search.is_empty());
    let read = move |tx: &mut db::Tx<'_>| {
        let scope = identity::scope(tx, &context, &address)?;
        let (workspace, scope) = service::find_by_name(tx, &scope, &name)?;
        let place = (&workspace, &scope);
        let grants = identity::list_grants(tx, &scope, workspace.id, pages.0)?;
        let (explanations, names) =
            explanation::of_everybody(tx, &context, place, wanted.as_deref(), pages.1)?;
        Ok(Known { scope, workspace, grants, explanations, names })
    };
    let known = workspaces.db().snapshot(read).await?;
    let place = Place::of(&organization);
    let path = place.part(&known.workspace.name, "access");
    let mut shell = frame(&visitor, &known.scope, &place, &known.workspace);
    shell = match query.get("done") {
        Some("access") => shell.flash(Tone::Good, "The access is saved. It holds at once."),
        Some("removed") => shell.flash(Tone::Good, "The team has that access no longer."),
        _ => shell,
    };
    let action = match known.grants.total {
        0 => html! {},
        _ => button_link("Give a team access", &format!("{path}/new"), true),
    };
    let view = access_parts::View {
        scope: &known.scope,
        workspace: &known.workspace,
        explanations: &known.explanations,
        names: &known.names,
        path: &path,
        search: &search,
    };
    Ok(page(
        shell,
        html! {
            (title("Access", &known.workspace, action))
            (sections(&known.scope, &place, &known.workspace.name, "access"))
            (grant_pages::list::<WorkspaceLevel>(&known.grants, &path, &visitor.csrf()))
            (view.markup())
        },
    ))
}

pub(super) async fn new(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name)): Path<(String, String)>,
) -> Shown {
    form(&visitor, &workspaces, (&organization, &name), None, &Sent::new(), None).await
}

pub(super) async fn create(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name)): Path<(String, String)>,
    SafeForm(sent): SafeForm<Sent>,
) -> Shown {
    let (context, address, wanted) = (visitor.context.clone(), organization.clone(), name.clone());
    let team = sent.get("team").and_then(|id| id.parse().ok());
    let (access, wish) = grant_pages::read::<WorkspaceLevel>(&sent);
    let write = move |tx: &mut db::Tx<'_>| {
        let scope = identity::scope(tx, &context, &address)?;
        let (workspace, _) = service::find_by_name(tx, &scope, &wanted)?;
        let team = team.ok_or_else(|| Error::new(Kind::Invalid, "choose a team"))?;
        grants::create(tx, &context, (workspace.id, team), access.as_deref(), &wish)
    };
    let made = workspaces.db().write(write).await;
    answer(&visitor, &workspaces, (&organization, &name), None, &sent, made).await
}

pub(super) async fn edit(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name, grant)): Path<(String, String, String)>,
) -> Shown {
    let grant = read(&visitor, &workspaces, &grant).await?;
    form(&visitor, &workspaces, (&organization, &name), Some(&grant), &Sent::new(), None).await
}

pub(super) async fn update(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name, grant)): Path<(String, String, String)>,
    SafeForm(sent): SafeForm<Sent>,
) -> Shown {
    let grant = read(&visitor, &workspaces, &grant).await?;
    let (context, id) = (visitor.context.clone(), grant.id);
    let (access, wish) = grant_pages::read::<WorkspaceLevel>(&sent);
    let write =
        move |tx: &mut db::Tx<'_>| grants::update(tx, &context, id, access.as_deref(), &wish);
    let changed = workspaces.db().write_settled(write).await;
    answer(&visitor, &workspaces, (&organization, &name), Some(&grant), &sent, changed).await
}

pub(super) async fn delete(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name, grant)): Path<(String, String, String)>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    let (context, id) = (visitor.context, id(&grant)?);
    workspaces.db().write_settled(move |tx| grants::delete(tx, &context, id)).await?;
    let path = Place::of(&organization).part(&name, "access");
    Ok(see_other(&format!("{path}?done=removed")))
}

fn id(text: &str) -> kernel::Result<WorkspaceAccessId> {
    text.parse().map_err(|_| Error::not_found())
}

async fn read(
    visitor: &Visitor,
    workspaces: &Workspaces,
    grant: &str,
) -> kernel::Result<WorkspaceGrant> {
    let (context, id) = (visitor.context.clone(), id(grant)?);
    let (_, grant) = workspaces.db().read(move |tx| grants::read(tx, &context, id)).await?;
    Ok(grant)
}

fn frame(visitor: &Visitor, scope: &Scope, place: &Place, workspace: &Workspace) -> PageShell {
    let name = &workspace.name;
    shell(visitor, scope, &format!("Access to {name}"))
        .crumb(name, place.workspace(name))
        .crumb("Access", place.part(name, "access"))
}

fn title(text: &str, workspace: &Workspace, action: Markup) -> Markup {
    heading(text, html! { "to the workspace " strong { (workspace.name) } }, action)
}

async fn answer(
    visitor: &Visitor,
    workspaces: &Workspaces,
    (organization, name): (&str, &str),
    grant: Option<&WorkspaceGrant>,
    sent: &Sent,
    outcome: kernel::Result<WorkspaceGrant>,
) -> Shown {
    match outcome {
        Ok(_) => {
            let path = Place::of(organization).part(name, "access");
            Ok(see_other(&format!("{path}?done=access")))
        }
        Err(error) if matches!(error.kind(), Kind::Invalid | Kind::Conflict | Kind::Forbidden) => {
            form(visitor, workspaces, (organization, name), grant, sent, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn form(
    visitor: &Visitor,
    workspaces: &Workspaces,
    (organization, name): (&str, &str),
    grant: Option<&WorkspaceGrant>,
    sent: &Sent,
    error: Option<&Error>,
) -> Shown {
    let (context, address, wanted) =
        (visitor.context.clone(), organization.to_owned(), name.to_owned());
    let read = move |tx: &mut db::Tx<'_>| {
        let scope = identity::scope(tx, &context, &address)?;
        let found = service::find_by_name(tx, &scope, &wanted)?;
        found.1.require(Right::ManageAccess)?;
        Ok(found)
    };
    let (workspace, scope) = workspaces.db().read(read).await?;
    if grant.is_some_and(|grant| grant.at != workspace.id) {
        return Err(Error::not_found().into());
    }
    let place = Place::of(organization);
    let back = place.part(&workspace.name, "access");
    let action = grant.map_or_else(|| back.clone(), |grant| format!("{back}/{}", grant.id));
    let heading = grant.map_or_else(
        || "Give a team access".to_owned(),
        |grant| format!("Access of {}", grant.team.name),
    );
    let crumb = grant.map_or("New", |grant| grant.team.name.as_str());
    let teams: Option<Vec<Team>> = match grant {
        Some(_) => None,
        None => Some(workspaces.identity().teams_to_choose(&scope).await?),
    };
    let mut shell = frame(visitor, &scope, &place, &workspace).crumb(crumb, action.clone());
    if let Some(error) = error {
        shell = shell.status(match error.kind() {
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::Conflict => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        });
        shell = shell.about(error);
    }
    let csrf = visitor.csrf();
    let form = Form::<WorkspaceLevel> {
        action: &action,
        back: &back,
        csrf: &csrf,
        teams: teams.as_deref(),
        grant,
        sent,
        error,
    };
    let contents = html! {
        (title(&heading, &workspace, html! {}))
        (form.markup())
    };
    Ok(page(shell, contents))
}
