//! Mounts: what gives out secrets, and enabling the Terraform engine.

use std::{collections::HashMap, time::Duration};

use http::StatusCode;
use identity::SafeForm;
use kernel::{Error, Page};
use serde::Deserialize;
use serde_json::{Value, json};
use web::{
    ListQuery,
    page::{
        Button, Column, Field, Icon, Markup, Problems, Tone, badge, button, button_link, card,
        count, empty_state, field, heading, html, page, page_request, pagination, post_form,
        search_form, see_other, table,
    },
};

use super::{
    Shown,
    administrator::Administrator,
    frame::{at, fields, length, problem},
};
use crate::{
    duration::Printed,
    mount::{Mount, MountKind},
    store,
    ttl::Limits,
};

pub(super) const SECTION: &str = "/mounts";
/// The type of the engine that these pages know.
pub(super) const TERRAFORM: &str = "terraform";

/// What the form of a new mount, and of one that is tuned, holds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MountForm {
    pub(super) path: String,
    pub(super) description: String,
    pub(super) default_lease_ttl: String,
    pub(super) max_lease_ttl: String,
}

/// The fields whose problems are shown beside them.
pub(super) const FIELDS: [&str; 3] = ["path", "default_lease_ttl", "max_lease_ttl"];

pub(super) async fn list(admin: Administrator, query: ListQuery) -> Shown {
    let search = query.get("search").unwrap_or_default();
    let wanted = search.to_lowercase();
    let found = admin.known.mounts.iter().filter(|mount| mount.kind == MountKind::Secret);
    let found = found.filter(|mount| {
        mount.path.to_lowercase().contains(&wanted)
            || mount.description.to_lowercase().contains(&wanted)
    });
    let mut found: Vec<Mount> = found.cloned().collect();
    // What people have made comes before what is there from the beginning.
    found.sort_by_key(|mount| (mount.r#type != TERRAFORM, mount.path.clone()));
    let found = Page::of(found, page_request(&query));
    let counts = admin.core.db().read(|tx| store::count_leases(tx, false)).await?;
    let shell = admin.shell("Mounts", SECTION, query.get("done"));
    Ok(page(shell, list_page(&admin, &found, &counts.into_iter().collect(), search)))
}

pub(super) async fn new(admin: Administrator) -> Shown {
    let taken = admin.known.mounts.iter().any(|mount| mount.path == "terraform/");
    let path = if taken { "" } else { TERRAFORM };
    let form = MountForm { path: path.to_owned(), ..MountForm::default() };
    Ok(new_page(&admin, &form, None))
}

pub(super) async fn create(admin: Administrator, SafeForm(form): SafeForm<MountForm>) -> Shown {
    let made = match form.new_mount() {
        Ok((path, data)) => match admin.write(&format!("sys/mounts/{path}"), data).await {
            Ok(_) => {
                let (core, wanted) = (admin.core.clone(), format!("{path}/"));
                let known = core.db().read(store::list_mounts).await?;
                let mount = known.into_iter().find(|mount| mount.path == wanted);
                let mount = mount.ok_or_else(Error::not_found)?;
                return Ok(see_other(&format!("{}/settings?done=enabled", address(&mount))));
            }
            Err(fault) => problem(fault)?,
        },
        Err(error) => error,
    };
    Ok(new_page(&admin, &form, Some(&made)))
}

impl MountForm {
    fn new_mount(&self) -> kernel::Result<(String, serde_json::Map<String, Value>)> {
        let path = self.path.trim().trim_matches('/').to_owned();
        if path.is_empty() || path.contains(char::is_whitespace) {
            return Err(Error::invalid(
                "path",
                "a mount is at a path such as terraform, or team-a/hcp",
            ));
        }
        let mut data = fields([("type", TERRAFORM), ("description", self.description.trim())]);
        let (default, max) = self.lengths()?;
        let config = json!({ "default_lease_ttl": default, "max_lease_ttl": max });
        data.insert("config".to_owned(), config);
        Ok((path, data))
    }

    /// How long leases last, and at most.
    pub(super) fn lengths(&self) -> kernel::Result<(&str, &str)> {
        match (
            length("default_lease_ttl", &self.default_lease_ttl),
            length("max_lease_ttl", &self.max_lease_ttl),
        ) {
            (Ok(default), Ok(max)) => Ok((default, max)),
            (Err(error), Err(other)) => Err(error.and(other)),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    /// The fields that a new mount and one that is there have in common.
    pub(super) fn fields(&self, limits: Limits, problems: Problems<'_>) -> Markup {
        let default = format!("Empty: {}.", words(limits.default));
        let max = format!("Empty: {}.", words(limits.max));
        html! {
            (field(&Field::text("description", "Description").optional().value(&self.description)
                .placeholder("Tokens of HCP Terraform for the network team")))
            div.form-row {
                (field(&Field::text("default_lease_ttl", "Leases last").optional()
                    .value(&self.default_lease_ttl).placeholder("1h").hint(&default)
                    .error(problems.with("default_lease_ttl"))))
                (field(&Field::text("max_lease_ttl", "At most, if renewed").optional()
                    .value(&self.max_lease_ttl).placeholder("24h").hint(&max)
                    .error(problems.with("max_lease_ttl"))))
            }
        }
    }
}

/// Where the page of a mount is.
pub(super) fn address(mount: &Mount) -> String {
    format!("{}/{}", at(SECTION), mount.accessor)
}

/// A length of time, as people write it.
pub(super) fn words(length: Duration) -> String {
    const DAY: u64 = 24 * 60 * 60;
    let seconds = length.as_secs();
    if seconds >= DAY && seconds.is_multiple_of(DAY) {
        count(seconds / DAY, "day")
    } else {
        Printed(length).short()
    }
}

/// What is mounted there, for people.
fn kind_of(mount: &Mount) -> Markup {
    let about = match mount.r#type.as_str() {
        TERRAFORM => "Gives out API tokens of a Terraform API",
        "cubbyhole" => "A place of its own for every token",
        "identity" => "Who logs in, and under which names",
        "system" => "What administers the engine",
        _ => "",
    };
    html! {
        div {
            (badge(if mount.r#type == TERRAFORM { Tone::Accent } else { Tone::Neutral }, &mount.r#type))
            @if !about.is_empty() { p.hint { (about) } }
        }
    }
}

/// How long leases of a mount last.
pub(super) fn lengths_of(limits: Limits) -> String {
    if limits.default == limits.max {
        words(limits.default)
    } else {
        format!("{}, at most {}", words(limits.default), words(limits.max))
    }
}

fn list_page(
    admin: &Administrator,
    found: &Page<Mount>,
    counts: &HashMap<String, i64>,
    search: &str,
) -> Markup {
    let path = at(SECTION);
    let rows = found.items.iter().map(|mount| row(admin, mount, counts)).collect();
    html! {
        (heading("Mounts", html! {
            "A mount gives out tokens that live for minutes or hours, so that nobody keeps one that "
            "lives for ever."
        }, button_link("Enable the Terraform engine", &at("/mounts/new"), true)))
        (search_form(&path, ("search", search), "Search mounts", "list", html! {}))
        div #list {
            @if found.total == 0 {
                (empty_state(Icon::Key, "No mount matches", html! {
                    "Nothing here matches “" (search) "”."
                }, html! {}))
            } @else {
                (table("Mounts", &[
                    Column::main("Path"), Column::text("Kind"), Column::text("Leases last"),
                    Column::text("Live leases"),
                ], rows))
                (pagination(found, "mount", &path, &[("search", search)]))
            }
        }
    }
}

fn row(admin: &Administrator, mount: &Mount, counts: &HashMap<String, i64>) -> Vec<Markup> {
    let leases = counts.get(&mount.uuid).copied().unwrap_or_default().unsigned_abs();
    let engine = mount.r#type == TERRAFORM;
    vec![
        html! {
            @if engine { a href=(address(mount)) { strong { (mount.path) } } }
            @else { strong { (mount.path) } }
            @if mount.tainted { " " (badge(Tone::Warning, "Being disabled")) }
            @if !mount.description.is_empty() { p.hint { (mount.description) } }
        },
        kind_of(mount),
        html! {
            @if engine { (lengths_of(admin.core.limits(mount))) } @else { span.quiet { "–" } }
        },
        html! {
            @if engine {
                a href={ (at("/leases")) "?mount=" (mount.accessor) } { (count(leases, "lease")) }
            } @else { span.quiet { "–" } }
        },
    ]
}

fn new_page(
    admin: &Administrator,
    form: &MountForm,
    error: Option<&Error>,
) -> axum::response::Response {
    let title = "Enable the Terraform engine";
    let mut shell = admin.shell(title, SECTION, None).crumb("New", at("/mounts/new"));
    if error.is_some() {
        shell = shell.status(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let problems = Problems::of(error);
    page(
        shell,
        html! {
            (heading(title, html! {
                "It gives out tokens of a Terraform API: of this server, of HCP Terraform or of Terraform "
                "Enterprise. You say which one in the next step."
            }, html! {}))
            (card(html! {
                (problems.summary(&FIELDS))
                (post_form(&at(SECTION), &admin.csrf(), html! {
                    (field(&Field::text("path", "Path").value(&form.path).focus()
                        .placeholder("terraform")
                        .hint("What clients put before everything else: terraform gives terraform/creds/….")
                        .error(problems.with("path"))))
                    (form.fields(admin.system_limits(), problems))
                    div.actions {
                        (button(Button::Primary, "Enable"))
                        (button_link("Cancel", &at(SECTION), false))
                    }
                }))
            }))
        },
    )
}
