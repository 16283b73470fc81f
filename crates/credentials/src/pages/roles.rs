//! The roles of a mount: what there is, a new one of each kind, changing and deleting one.

use axum::response::Response;
use http::StatusCode;
use identity::SafeForm;
use kernel::{Error, Page};
use serde::de::IgnoredAny;
use web::{
    ListQuery, Path,
    page::{
        Column, Icon, Markup, PageShell, Tone, badge, button_link, card, confirm, danger_zone,
        empty_state, heading, html, page, page_request, pagination, path_segment, post_form,
        search_form, see_other, table,
    },
};

use super::{
    Shown,
    administrator::Administrator,
    commands,
    frame::problem,
    leases,
    mounts::{SECTION, TERRAFORM, address, lengths_of, words},
    role_form::{KINDS, RoleForm, about},
};
use crate::{
    engines::terraform::{CONFIG, Config, CredentialType, ROLES, Role},
    framework::is_name,
    mount::Mount,
};

/// A role, with its name.
type Named = (String, Role);

/// The page of a mount: its roles.
pub(super) async fn list(
    admin: Administrator,
    Path(mount): Path<String>,
    query: ListQuery,
) -> Shown {
    let mount = engine(&admin, &mount)?;
    let search = query.get("search").unwrap_or_default();
    let (view, wanted, request) = (admin.view(mount)?, search.to_lowercase(), page_request(&query));
    let system = admin.core.identity().system();
    let (roles, config) = admin
        .core
        .db()
        .read(move |tx| {
            let mut names = view.list(tx, ROLES)?;
            names.retain(|name| name.contains(&wanted));
            let names = Page::of(names, request);
            let mut roles: Vec<Named> = Vec::new();
            for name in names.items {
                if let Some(role) = Role::find_shown(tx, &system, &view, &name)? {
                    roles.push((name, role));
                }
            }
            let roles = Page { items: roles, total: names.total, request };
            Ok((roles, view.get::<Config>(tx, CONFIG)?))
        })
        .await?;
    let shell = shell(&admin, mount, &mount.path, query.get("done"));
    Ok(page(shell, list_page(&admin, mount, &roles, config.as_ref(), search)))
}

pub(super) async fn new(
    admin: Administrator,
    Path(mount): Path<String>,
    query: ListQuery,
) -> Shown {
    let mount = engine(&admin, &mount)?;
    match query.get("kind").and_then(CredentialType::parse) {
        Some(kind) => Ok(new_page(&admin, mount, &RoleForm::fresh(kind), None)),
        None => Ok(page(new_shell(&admin, mount), choice_page(mount))),
    }
}

pub(super) async fn create(
    admin: Administrator,
    Path(mount): Path<String>,
    SafeForm(form): SafeForm<RoleForm>,
) -> Shown {
    let mount = engine(&admin, &mount)?;
    let name = form.name.trim().to_lowercase();
    let error = if !is_name(&name) {
        Error::invalid(
            "name",
            "a role’s name has letters, digits and underscores, with hyphens and dots inside",
        )
    } else if find(&admin, mount, &name).await?.is_some() {
        Error::invalid("name", "there is a role of this name")
    } else {
        match write(&admin, mount, &name, &form).await? {
            Ok(()) => return Ok(see_other(&format!("{}?done=created", address(mount)))),
            Err(error) => error,
        }
    };
    Ok(new_page(&admin, mount, &form, Some(&error)))
}

pub(super) async fn edit(
    admin: Administrator,
    Path((mount, name)): Path<(String, String)>,
    query: ListQuery,
) -> Shown {
    let mount = engine(&admin, &mount)?;
    let role = find(&admin, mount, &name).await?.ok_or_else(Error::not_found)?;
    let shell = role_shell(&admin, mount, &name, query.get("done"));
    Ok(page(shell, edit_page(&admin, mount, &RoleForm::of(&name, &role), None)))
}

pub(super) async fn update(
    admin: Administrator,
    Path((mount, name)): Path<(String, String)>,
    SafeForm(mut form): SafeForm<RoleForm>,
) -> Shown {
    let mount = engine(&admin, &mount)?;
    let role = find(&admin, mount, &name).await?.ok_or_else(Error::not_found)?;
    // A role stays what it is: the fields of one kind make no sense for another.
    role.kind().as_str().clone_into(&mut form.kind);
    form.name = name;
    match write(&admin, mount, &form.name, &form).await? {
        Ok(()) => Ok(see_other(&format!("{}?done=saved", role_address(mount, &form.name)))),
        Err(error) => {
            let shell = role_shell(&admin, mount, &form.name, None)
                .status(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(page(shell, edit_page(&admin, mount, &form, Some(&error))))
        }
    }
}

pub(super) async fn delete(
    admin: Administrator,
    Path((mount, name)): Path<(String, String)>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    let mount = engine(&admin, &mount)?;
    find(&admin, mount, &name).await?.ok_or_else(Error::not_found)?;
    match admin.delete(&format!("{}{ROLES}{name}", mount.path)).await {
        Ok(_) => Ok(see_other(&format!("{}?done=deleted", address(mount)))),
        Err(fault) => Err(problem(fault)?.into()),
    }
}

/// The mount of the Terraform engine that an address names.
fn engine<'a>(admin: &'a Administrator, accessor: &str) -> kernel::Result<&'a Mount> {
    let mount = admin.mount_named(accessor)?;
    if mount.r#type == TERRAFORM { Ok(mount) } else { Err(Error::not_found()) }
}

async fn find(admin: &Administrator, mount: &Mount, name: &str) -> kernel::Result<Option<Role>> {
    let (view, system, name) =
        (admin.view(mount)?, admin.core.identity().system(), name.to_owned());
    admin.core.db().read(move |tx| Role::find_shown(tx, &system, &view, &name)).await
}

async fn write(
    admin: &Administrator,
    mount: &Mount,
    name: &str,
    form: &RoleForm,
) -> kernel::Result<Result<(), Error>> {
    let data = match form.data() {
        Ok(data) => data,
        Err(error) => return Ok(Err(error)),
    };
    match admin.write(&format!("{}{ROLES}{name}", mount.path), data).await {
        Ok(_) => Ok(Ok(())),
        Err(fault) => Ok(Err(problem(fault)?)),
    }
}

fn role_address(mount: &Mount, name: &str) -> String {
    format!("{}/roles/{}", address(mount), path_segment(name))
}

fn shell(admin: &Administrator, mount: &Mount, title: &str, done: Option<&str>) -> PageShell {
    admin.shell(title, SECTION, done).crumb(&mount.path, address(mount))
}

fn new_shell(admin: &Administrator, mount: &Mount) -> PageShell {
    let path = format!("{}/new-role", address(mount));
    shell(admin, mount, "New role", None).crumb("New role", path)
}

fn role_shell(admin: &Administrator, mount: &Mount, name: &str, done: Option<&str>) -> PageShell {
    shell(admin, mount, name, done).crumb(name, role_address(mount, name))
}

fn list_page(
    admin: &Administrator,
    mount: &Mount,
    roles: &Page<Named>,
    config: Option<&Config>,
    search: &str,
) -> Markup {
    let path = address(mount);
    let rows = roles.items.iter().map(|(name, role)| row(admin, mount, name, role)).collect();
    let new = || button_link("New role", &format!("{path}/new-role"), config.is_some());
    let nothing_there = roles.total == 0 && search.is_empty();
    html! {
        (heading(&mount.path, html! {
            (works_at(config)) " Its leases last " (lengths_of(admin.core.limits(mount))) "."
        }, html! {
            div.actions {
                (button_link("Settings", &format!("{path}/settings"), config.is_none()))
                @if !nothing_there { (new()) }
            }
        }))
        @if !nothing_there {
            (search_form(&path, ("search", search), "Search roles", "list", html! {}))
        }
        div #list {
            @if roles.total == 0 {
                (empty_state(Icon::Key, if nothing_there { "No roles yet" } else { "No role matches" }, html! {
                    @if nothing_there {
                        "A role says whose tokens are given out, and for how long."
                    } @else { "Nothing here matches “" (search) "”." }
                }, html! { @if nothing_there { (new()) } }))
            } @else {
                (table("Roles", &[
                    Column::main("Role"), Column::text("Gives out"), Column::text("Lasts"),
                    Column::actions("Commands"),
                ], rows))
                (pagination(roles, "role", &path, &[("search", search)]))
            }
        }
    }
}

fn works_at(config: Option<&Config>) -> String {
    match config.map(|config| config.address.as_deref()) {
        None => "It works nowhere yet: say in its settings where.".to_owned(),
        Some(None) => "Gives out tokens of this server.".to_owned(),
        Some(Some(address)) => format!("Gives out tokens of {address}."),
    }
}

fn row(admin: &Administrator, mount: &Mount, name: &str, role: &Role) -> Vec<Markup> {
    let limits = admin.core.limits(mount);
    let (label, _) = about(role.kind());
    let commands = commands::about(mount, name);
    vec![
        html! {
            a href=(role_address(mount, name)) { strong { (name) } }
            @if !role.description.is_empty() { p.hint { (role.description) } }
        },
        html! {
            div {
                (badge(Tone::Neutral, label))
                p.hint { (whose(role)) }
            }
        },
        html! {
            @if role.kind().is_leased() {
                @if role.ttl == 0 { (words(limits.default)) } @else { (words(role.ttl())) }
                @if role.max_ttl != 0 { ", at most " (words(role.max_ttl())) }
            } @else { span.quiet { "until it is replaced" } }
        },
        html! { a.button.small href=(commands) { "Commands" } },
    ]
}

/// Whose tokens a role gives out, or to what they are bound.
fn whose(role: &Role) -> Markup {
    let bound = &role.bound;
    let place = if bound.project_id.is_empty() { &bound.workspace_id } else { &bound.project_id };
    html! {
        @match role.kind() {
            CredentialType::User => code { (role.user_id) },
            CredentialType::Team | CredentialType::TeamLegacy => code { (role.team_id) },
            CredentialType::Organization => (role.organization),
            CredentialType::Bound => { (bound.level()) " at " code { (place) } " of " (role.organization) }
        }
    }
}

fn choice_page(mount: &Mount) -> Markup {
    let path = format!("{}/new-role", address(mount));
    html! {
        (heading("New role", html! { "Whose tokens shall it give out?" }, html! {}))
        ul.tiles {
            @for (kind, label, about) in KINDS {
                li {
                    a.tile href={ (path) "?kind=" (kind.as_str()) } {
                        span.tile-name { (label) }
                        p.hint { (about) }
                    }
                }
            }
        }
    }
}

fn new_page(
    admin: &Administrator,
    mount: &Mount,
    form: &RoleForm,
    error: Option<&Error>,
) -> Response {
    let mut shell = new_shell(admin, mount);
    if error.is_some() {
        shell = shell.status(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let kind = form.credential_type().unwrap_or(CredentialType::User);
    let (label, text) = about(kind);
    let contents = form.contents(true, admin.core.limits(mount), &address(mount), error);
    page(
        shell,
        html! {
            (heading(&format!("New role: {}", label.to_lowercase()), html! { (text) }, html! {}))
            (card(post_form(&format!("{}/roles", address(mount)), &admin.csrf(), contents)))
        },
    )
}

fn edit_page(
    admin: &Administrator,
    mount: &Mount,
    form: &RoleForm,
    error: Option<&Error>,
) -> Markup {
    let kind = form.credential_type().unwrap_or(CredentialType::User);
    let (_, text) = about(kind);
    let path = role_address(mount, &form.name);
    let contents = form.contents(false, admin.core.limits(mount), &address(mount), error);
    let commands = commands::about(mount, &form.name);
    let creds = format!("{}creds/{}", mount.path, form.name);
    html! {
        (heading(&form.name, html! { (text) }, html! {
            div.actions {
                @if kind.is_leased() { (button_link("Leases", &leases::below(&creds), false)) }
                (button_link("Commands", &commands, false))
            }
        }))
        (card(post_form(&path, &admin.csrf(), contents)))
        (danger_zone(
            "Delete this role",
            html! { "Nothing more is given out by it. What was given out lives until its lease ends." },
            confirm(
                "Delete…",
                html! { "Whoever reads " strong { (creds) } " is refused from then on." },
                ("Delete the role", &format!("{path}/delete")),
                &admin.csrf(),
                html! {},
            ),
        ))
    }
}
