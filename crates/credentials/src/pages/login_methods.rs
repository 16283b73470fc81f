//! The ways to log in: what there is, and what each is for.

use kernel::Page;
use web::{
    ListQuery,
    page::{
        Column, Icon, Markup, Tone, badge, empty_state, heading, html, page, page_request,
        pagination, search_form, table,
    },
};

use super::{Shown, administrator::Administrator, frame::at, mounts::lengths_of};
use crate::mount::{Mount, MountKind};

const SECTION: &str = "/login-methods";

pub(super) async fn list(admin: Administrator, query: ListQuery) -> Shown {
    let search = query.get("search").unwrap_or_default();
    let wanted = search.to_lowercase();
    let found = admin.known.mounts.iter().filter(|mount| mount.kind == MountKind::Auth);
    let found = found.filter(|mount| {
        mount.path.to_lowercase().contains(&wanted)
            || mount.description.to_lowercase().contains(&wanted)
    });
    let found = Page::of(found.cloned().collect(), page_request(&query));
    let shell = admin.shell("Ways to log in", SECTION, query.get("done"));
    Ok(page(shell, markup(&admin, &found, search)))
}

fn markup(admin: &Administrator, found: &Page<Mount>, search: &str) -> Markup {
    let path = at(SECTION);
    let rows = found.items.iter().map(|mount| row(admin, mount)).collect();
    html! {
        (heading("Ways to log in", html! {
            "Whoever logs in gets a token of this engine, with the policies that the way gives them. "
            "More ways are enabled on the command line: " code { "bao auth enable jwt" } "."
        }, html! {}))
        (search_form(&path, ("search", search), "Search ways to log in", "list", html! {}))
        div #list {
            @if found.total == 0 {
                (empty_state(Icon::Person, "Nothing matches", html! {
                    "No way to log in matches “" (search) "”."
                }, html! {}))
            } @else {
                (table("Ways to log in", &[
                    Column::main("Path"), Column::text("For whom"), Column::text("Tokens last"),
                    Column::text("Command"),
                ], rows))
                (pagination(found, "method", &path, &[("search", search)]))
            }
        }
    }
}

fn row(admin: &Administrator, mount: &Mount) -> Vec<Markup> {
    vec![
        html! {
            strong { (mount.path) } " " (badge(Tone::Neutral, &mount.r#type))
            @if !mount.description.is_empty() { p.hint { (mount.description) } }
        },
        html! { (audience(&mount.r#type)) },
        html! { (lengths_of(admin.core.limits(mount))) },
        html! { code { (command(mount)) } },
    ]
}

/// Whom a way to log in is for.
fn audience(kind: &str) -> &'static str {
    match kind {
        "token" => "Whoever has been given a token of this engine already",
        "stateward" => "People and teams of this server, by an API token or a password",
        "userpass" => "Names and passwords that are kept here",
        "approle" => "Machines, by the id of a role and a secret id",
        "jwt" => "CI jobs, by the identity that their platform has signed",
        _ => "",
    }
}

/// How one logs in there.
fn command(mount: &Mount) -> String {
    let path = mount.path.trim_end_matches('/');
    let name = path.strip_prefix("auth/").unwrap_or(path);
    match mount.r#type.as_str() {
        "token" => "bao login".to_owned(),
        "stateward" | "userpass" => format!("bao login -method=userpass -path={name} username=…"),
        "approle" => format!("bao write {path}/login role_id=… secret_id=…"),
        "jwt" => format!("bao write {path}/login role=… jwt=…"),
        _ => format!("bao path-help {path}"),
    }
}
