//! The organizations that one belongs to, and a new one.

use axum::{extract::State, response::Response};
use http::StatusCode;
use kernel::{Error, Kind, Page};
use serde::Deserialize;
use web::{
    ListQuery, Path,
    page::{
        Button, Field, Icon, Markup, PageShell, Problems, button, button_link, card, empty_state,
        field, heading, html, page, page_request, pagination, path_segment, post_form, search_form,
        see_other,
    },
};

use super::{Shown, done};
use crate::{Identity, NewOrganization, SafeForm, Scope, Visitor};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OrganizationForm {
    name: String,
    email: String,
}

/// An organization's first page is the list of its workspaces.
pub(super) async fn show(_: Visitor, Path(organization): Path<String>) -> Response {
    see_other(&format!("/app/{}/workspaces", path_segment(&organization)))
}

pub(super) async fn list(
    visitor: Visitor,
    State(identity): State<Identity>,
    query: ListQuery,
) -> Shown {
    let search = query.get("search").unwrap_or_default();
    let wanted = Some(search.to_owned()).filter(|search| !search.is_empty());
    let found = identity.list_organizations(&visitor.context, wanted, page_request(&query)).await?;
    let may_create = identity.may_create_organizations(&visitor.context);
    let mut shell = visitor.shell("Organizations").crumb("Organizations", "/app");
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    }
    Ok(page(shell, list_page(&found, search, may_create)))
}

pub(super) async fn new(visitor: Visitor, State(identity): State<Identity>) -> Shown {
    let email = identity.read_user(&visitor.context, visitor.user().id).await?.email;
    let form = OrganizationForm { name: String::new(), email };
    Ok(page(new_shell(&visitor), new_page(&visitor, &form, None)))
}

pub(super) async fn create(
    visitor: Visitor,
    State(identity): State<Identity>,
    SafeForm(form): SafeForm<OrganizationForm>,
) -> Shown {
    let new = NewOrganization {
        name: form.name.trim().to_owned(),
        email: form.email.trim().to_owned(),
        ..NewOrganization::default()
    };
    match identity.create_organization_from(&visitor.context, new, None).await {
        Ok(made) => Ok(see_other(&format!("/app/{}/workspaces", path_segment(&made.name)))),
        Err(error) if matches!(error.kind(), Kind::Invalid | Kind::Conflict) => {
            let shell = new_shell(&visitor).status(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(page(shell, new_page(&visitor, &form, Some(&error))))
        }
        Err(error) => Err(error.into()),
    }
}

fn list_page(found: &Page<Scope>, search: &str, may_create: bool) -> Markup {
    let nothing_there = found.total == 0 && search.is_empty();
    let action = || {
        html! {
            @if may_create {
                (button_link("New organization", "/app/organizations/new", true))
            }
        }
    };
    html! {
        (heading("Organizations", html! {
            "An organization holds projects, and projects hold workspaces with their state."
        }, html! { @if !nothing_there { (action()) } }))
        @if nothing_there {
            (empty_state(Icon::Organization, "You belong to no organization yet", html! {
                @if may_create { "Create one, or ask an owner of an organization to invite you." }
                @else { "Ask an owner of an organization to invite you." }
            }, action()))
        } @else {
            @if found.total > 12 || !search.is_empty() {
                (search_form("/app", ("search", search), "Search organizations", "list", html! {}))
            }
            div #list {
                ul.tiles { @for scope in &found.items { li { (tile(scope)) } } }
                (pagination(found, "organization", "/app", &[("search", search)]))
            }
        }
    }
}

fn tile(scope: &Scope) -> Markup {
    let organization = &scope.organization;
    let role = if scope.is_owner() { "You are an owner" } else { "You are a member" };
    let initial: String = organization.name.chars().take(1).flat_map(char::to_uppercase).collect();
    html! {
        a.tile href={ "/app/" (path_segment(&organization.name)) "/workspaces" } {
            span.tile-name {
                span.tile-mark aria-hidden="true" { (initial) } (organization.name)
            }
            p.hint { (role) }
        }
    }
}

fn new_shell(visitor: &Visitor) -> PageShell {
    visitor
        .shell("New organization")
        .crumb("Organizations", "/app")
        .crumb("New", "/app/organizations/new")
}

fn new_page(visitor: &Visitor, form: &OrganizationForm, error: Option<&Error>) -> Markup {
    let problems = Problems::of(error);
    html! {
        (heading("New organization", html! { "You will be its owner, and can invite others." }, html! {}))
        (card(html! {
            (problems.summary(&["name", "email"]))
            (post_form("/app/organizations", &visitor.csrf(), html! {
                (field(&Field::text("name", "Name").value(&form.name).focus()
                    .placeholder("acme")
                    .hint("3 to 40 letters, digits, hyphens or underscores. Configurations name it, so keep it short.")
                    .error(problems.with("name"))))
                (field(&Field::text("email", "E-mail").value(&form.email)
                    .hint("Whom to write to about it.")
                    .error(problems.with("email"))))
                div.actions {
                    (button(Button::Primary, "Create organization"))
                    (button_link("Cancel", "/app", false))
                }
            }))
        }))
    }
}
