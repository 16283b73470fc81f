//! The keys of an organization: what there is, a new one, and revoking one.

use axum::extract::State;
use http::StatusCode;
use kernel::{Error, Kind, Page, ProjectId, Result, Secret, TokenId};
use serde::de::IgnoredAny;
use web::{
    ListQuery, Path,
    page::{
        Column, Icon, Markup, PageShell, button_link, empty_state, expiry, heading, html, page,
        page_request, pagination, search_form, see_other, table,
    },
};

use super::{
    Shown, done,
    key_form::KeyPage,
    organization_tokens::created_cell,
    settings,
    token_form::{TokenForm, last_used_cell, name_cell},
    tokens::{created_page, revoke_cell},
};
use crate::{
    Identity, ListedToken, PlaceWish, Placed, SafeForm, Scope, Token, TokenHolder, Visitor,
    access::Custom,
};

/// Where the page is below the settings.
pub(super) const PART: &str = "/keys";

pub(super) fn path(organization: &str) -> String {
    format!("{}{PART}", settings::path(organization))
}

pub(super) fn shell(visitor: &Visitor, scope: &Scope) -> PageShell {
    settings::shell(visitor, scope, "Keys").crumb("Keys", path(&scope.organization.name))
}

pub(super) async fn list(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    query: ListQuery,
) -> Shown {
    let search = query.get("search").unwrap_or_default();
    let wanted = Some(search.to_owned()).filter(|search| !search.is_empty());
    let (scope, keys) =
        identity.list_keys(&visitor.context, &organization, wanted, page_request(&query)).await?;
    let mut shell = shell(&visitor, &scope);
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    }
    Ok(page(shell, list_page(&visitor, &scope, &keys, search)))
}

pub(super) async fn new(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
) -> Shown {
    let known = KeyPage::read(&identity, &visitor, &organization).await?;
    let form = TokenForm::at_level("write");
    Ok(page(shell(&visitor, &known.scope), known.markup(&visitor, &form, None)))
}

pub(super) async fn create(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    SafeForm(form): SafeForm<TokenForm>,
) -> Shown {
    match make(&identity, &visitor, &organization, &form).await {
        Ok((token, secret)) => {
            let (scope, _) = identity.read_key(&visitor.context, token.id).await?;
            let back = path(&scope.organization.name);
            let contents = created_page(&identity, &visitor, (&token, secret.expose()), &back);
            Ok(page(shell(&visitor, &scope).secret(), contents))
        }
        Err(error) if matches!(error.kind(), Kind::Invalid | Kind::Forbidden) => {
            let known = KeyPage::read(&identity, &visitor, &organization).await?;
            let status = match error.kind() {
                Kind::Forbidden => StatusCode::FORBIDDEN,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let shell = shell(&visitor, &known.scope).status(status).about(&error);
            Ok(page(shell, known.markup(&visitor, &form, Some(&error))))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn revoke(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((organization, key)): Path<(String, String)>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    let key: TokenId = key.parse().map_err(|_| Error::not_found())?;
    identity.revoke_key(&visitor.context, key).await?;
    Ok(see_other(&format!("{}?done=revoked", path(&organization))))
}

async fn make(
    identity: &Identity,
    visitor: &Visitor,
    organization: &str,
    form: &TokenForm,
) -> Result<(Token, Secret<String>)> {
    let new = form.new_token(visitor.context.now)?;
    let project = match form.project.as_str() {
        "" => None,
        id => Some(id.parse::<ProjectId>().map_err(|_| no_project())?),
    };
    let workspace = match form.workspace.trim() {
        "" => None,
        name => {
            Some(identity.workspace_id(&visitor.context, organization, name).await?.ok_or_else(
                || Error::invalid("workspace", "there is no workspace of this name here"),
            )?)
        }
    };
    let custom =
        (form.level == "custom").then(|| Custom { rights: form.rights(), ..Custom::default() });
    let wish = PlaceWish { level: form.level.clone(), custom, project, workspace };
    identity.create_key(&visitor.context, organization, wish, new).await
}

fn no_project() -> Error {
    Error::invalid("project", "choose one of the projects on offer")
}

fn list_page(visitor: &Visitor, scope: &Scope, keys: &Page<ListedToken>, search: &str) -> Markup {
    let path = path(&scope.organization.name);
    let rows = keys.items.iter().map(|key| row(visitor, key, &path)).collect();
    html! {
        (heading("Keys", html! {
            "A key stands for nobody but itself, and may do what its level says at one place of "
            strong { (scope.organization.name) } "."
        }, button_link("New key", &format!("{path}/new"), true)))
        (settings::parts(scope, PART))
        (search_form(&path, ("search", search), "Search keys", "list", html! {}))
        div #list {
            @if keys.total == 0 {
                (empty_state(Icon::Key, "No keys", html! {
                    @if search.is_empty() {
                        "Create one for a job that works at one place. You see the keys of places "
                        "where you say who may do what."
                    } @else { "Nothing here matches “" (search) "”." }
                }, html! {}))
            } @else {
                (table("Keys", &[
                    Column::main("Description"), Column::text("May"), Column::text("Created"),
                    Column::text("Last used"), Column::text("Expires"), Column::actions("Revoke"),
                ], rows))
                (pagination(keys, "key", &path, &[("search", search)]))
            }
        }
    }
}

fn row(visitor: &Visitor, key: &ListedToken, path: &str) -> Vec<Markup> {
    let (now, token) = (visitor.context.now, &key.token);
    vec![
        name_cell(token),
        place_cell(key),
        created_cell(visitor, key),
        last_used_cell(now, token),
        expiry(now, token.expires_at),
        revoke_cell(token, &format!("{path}/{}/revoke", token.id), &visitor.csrf()),
    ]
}

/// What a key may do, and where.
fn place_cell(key: &ListedToken) -> Markup {
    let TokenHolder::Key(_, placed) = &key.token.holder else { return html! {} };
    let rights = placed.custom().map(|custom| custom.rights.join(", "));
    html! {
        div {
            (placed.level())
            @match (placed, &key.project, &key.workspace) {
                (Placed::Organization(_), ..) => " everywhere",
                (Placed::Project(..), Some(name), _) => { " in project " strong { (name) } }
                (Placed::Workspace(..), _, Some(name)) => { " at workspace " strong { (name) } }
                _ => {}
            }
            @if let Some(rights) = rights.filter(|rights| !rights.is_empty()) {
                p.hint { (rights) }
            }
        }
    }
}
