//! The leases that live: to whom what was given, until when; and revoking one.

use http::StatusCode;
use identity::SafeForm;
use kernel::Page;
use serde::Deserialize;
use serde_json::Value;
use web::{
    ListQuery,
    page::{
        Choice, Column, Escaped, Icon, Markup, Select, Tone, badge, button_link, confirm, count,
        empty_state, expiry, filter, heading, html, icon, page, page_request, pagination,
        path_segment, search_form, see_other, sentence, table, time,
    },
};

use super::{
    Shown,
    administrator::Administrator,
    frame::{at, fields, problem},
};
use crate::{
    lease,
    mount::Mount,
    store::{self, LeaseFilter, ListedLease},
    view::View,
};

pub(super) const SECTION: &str = "/leases";
const IRREVOCABLE: &str = "irrevocable";

/// Which leases somebody wants to see.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    search: String,
    /// The accessor of a mount.
    mount: String,
    state: String,
}

/// Which lease is to be revoked, and where the list was.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RevokeForm {
    lease: String,
    #[serde(flatten)]
    wish: Wish,
}

/// What the page shows.
struct Known {
    leases: Page<ListedLease>,
    /// What each keeps: the id of the token that was given out.
    tokens: Vec<Option<String>>,
    irrevocable: u64,
}

pub(super) async fn list(admin: Administrator, query: ListQuery) -> Shown {
    let wish = Wish::read(&query);
    let known = wish.find(&admin, &query).await?;
    let shell = admin.shell("Leases", SECTION, query.get("done"));
    Ok(page(shell, markup(&admin, &known, &wish)))
}

pub(super) async fn revoke(admin: Administrator, SafeForm(form): SafeForm<RevokeForm>) -> Shown {
    let mut data = fields([("lease_id", form.lease.as_str())]);
    data.insert("sync".to_owned(), Value::Bool(true));
    match admin.write("sys/leases/revoke", data).await {
        Ok(_) => Ok(see_other(&form.wish.address("done", "revoked"))),
        Err(fault) => {
            let error = problem(fault)?;
            let text = error.details().first().map(|detail| sentence(&detail.text));
            let shell = admin
                .shell("Leases", SECTION, None)
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .flash(Tone::Danger, text.unwrap_or_default());
            let known = form.wish.find(&admin, &ListQuery::default()).await?;
            Ok(page(shell, markup(&admin, &known, &form.wish)))
        }
    }
}

/// The list of the leases below a path.
pub(super) fn below(path: &str) -> String {
    format!("{}?search={}", at(SECTION), Escaped(&format!("{path}/")))
}

impl Wish {
    fn read(query: &ListQuery) -> Self {
        let text = |key: &str| query.get(key).unwrap_or_default().to_owned();
        Self { search: text("search"), mount: text("mount"), state: text("state") }
    }

    fn pairs(&self) -> [(&str, &str); 3] {
        [("search", &self.search), ("mount", &self.mount), ("state", &self.state)]
    }

    /// The list's address, with one more parameter.
    fn address(&self, name: &str, value: &str) -> String {
        let pairs = self.pairs().into_iter().chain([(name, value)]);
        let given = pairs.filter(|(_, value)| !value.is_empty());
        let pairs: Vec<_> =
            given.map(|(name, value)| format!("{name}={}", Escaped(value))).collect();
        format!("{}?{}", at(SECTION), pairs.join("&"))
    }

    async fn find(&self, admin: &Administrator, query: &ListQuery) -> kernel::Result<Known> {
        let mount = match self.mount.as_str() {
            "" => String::new(),
            accessor => admin.mount_named(accessor)?.uuid.clone(),
        };
        let search = Some(self.search.clone()).filter(|search| !search.is_empty());
        let filter = LeaseFilter { mount, search, irrevocable: self.state == IRREVOCABLE };
        let (request, core) = (page_request(query), admin.core.clone());
        let (leases, irrevocable) = admin
            .core
            .db()
            .read(move |tx| {
                let given_up = store::count_leases(tx, true)?;
                let leases = store::list_leases(tx, &filter, request)?;
                Ok((leases, given_up.iter().map(|(_, count)| count.unsigned_abs()).sum()))
            })
            .await?;
        let token = |found: &ListedLease| {
            let view = View::new(found.mount.as_str(), core.seal().key().ok()?);
            let kept: Value = view.open(&lease::place(&found.id), &found.internal).ok()?;
            kept.get("token_id")?.as_str().map(str::to_owned)
        };
        let tokens = leases.items.iter().map(token).collect();
        Ok(Known { leases, tokens, irrevocable })
    }
}

fn markup(admin: &Administrator, known: &Known, wish: &Wish) -> Markup {
    let path = at(SECTION);
    let only_irrevocable = wish.state == IRREVOCABLE;
    html! {
        (heading("Leases", html! {
            "What was given out for a while, and to whom. When a lease ends, its token is revoked."
        }, button_link("Revoke many…", &at("/leases/revoke-prefix"), false)))
        @if known.irrevocable > 0 && !only_irrevocable {
            div.flash.tone-danger role="status" {
                (icon(Icon::Notice))
                p {
                    (count(known.irrevocable, "lease")) " could not be revoked: what "
                    @if known.irrevocable == 1 { "it was" } @else { "they were" }
                    " for may live on. "
                    a href={ (path) "?state=" (IRREVOCABLE) } { "See why" }
                }
            }
        }
        (search_form(&path, ("search", &wish.search), "Search by role, id, or whose it is", "list",
            filters(admin, wish)))
        div #list { (results(admin, known, wish)) }
    }
}

fn filters(admin: &Administrator, wish: &Wish) -> Markup {
    let leasing = |mount: &&Mount| mount.r#type == "terraform";
    let mounts = admin.known.mounts.iter().filter(leasing);
    let mounts: Vec<Choice> = [Choice::new("", "Every mount")]
        .into_iter()
        .chain(mounts.map(|mount| Choice::new(&mount.accessor, &mount.path)))
        .collect();
    let states =
        [Choice::new("", "That live"), Choice::new(IRREVOCABLE, "That could not be revoked")];
    html! {
        (filter(&Select {
            name: "mount", label: "Mount", hint: "", choices: &mounts, chosen: &wish.mount,
        }))
        (filter(&Select {
            name: "state", label: "State", hint: "", choices: &states, chosen: &wish.state,
        }))
    }
}

fn results(admin: &Administrator, known: &Known, wish: &Wish) -> Markup {
    if known.leases.total == 0 {
        return nothing(wish);
    }
    let rows = known.leases.items.iter().zip(&known.tokens);
    let rows = rows.map(|(lease, token)| row(admin, lease, token.as_deref(), wish)).collect();
    html! {
        (table("Leases", &[
            Column::main("Role"), Column::text("Given to"), Column::text("Issued"),
            Column::text("Ends"), Column::actions("Revoke"),
        ], rows))
        (pagination(&known.leases, "lease", &at(SECTION), &wish.pairs()))
    }
}

fn nothing(wish: &Wish) -> Markup {
    let filtered = !(wish.search.is_empty() && wish.mount.is_empty());
    let (title, about) = if filtered {
        ("No lease matches", "Search for something else.")
    } else if wish.state == IRREVOCABLE {
        ("Every lease could be revoked", "Nothing lives longer than it may.")
    } else {
        ("No leases", "Nothing is given out at the moment.")
    };
    empty_state(
        Icon::Key,
        title,
        html! { (about) },
        html! {
            @if !filtered && wish.state.is_empty() {
                (button_link("Get the commands", &at("/commands"), true))
            }
        },
    )
}

fn row(
    admin: &Administrator,
    lease: &ListedLease,
    token: Option<&str>,
    wish: &Wish,
) -> Vec<Markup> {
    let now = admin.context().now;
    vec![
        role_cell(admin, lease, token),
        html! {
            div {
                @match &lease.holder {
                    Some(holder) => {
                        (holder.display_name)
                        p.hint { code { (holder.accessor) } }
                    }
                    None => span.quiet { "a token that is gone" },
                }
            }
        },
        time(now, lease.issued_at),
        end_cell(admin, lease),
        revoke_cell(admin, lease, wish),
    ]
}

fn role_cell(admin: &Administrator, lease: &ListedLease, token: Option<&str>) -> Markup {
    let mount = admin.mount(&lease.mount);
    let role = mount.and_then(|mount| role_of(mount, &lease.id));
    html! {
        @match (mount, role) {
            (Some(mount), Some(role)) => {
                a href={ (at("/mounts")) "/" (mount.accessor) "/roles/" (path_segment(role)) } {
                    strong { (role) }
                }
                span.quiet { " at " (mount.path) }
            }
            _ => strong { (lease.id) },
        }
        p.hint {
            code { (lease.id) }
            @if let Some(token) = token { " · token " code { (token) } }
        }
    }
}

/// The role that a lease of the Terraform engine was given out by: `<mount>creds/<role>/<random>`.
fn role_of<'a>(mount: &Mount, id: &'a str) -> Option<&'a str> {
    let (role, _) = id.strip_prefix(&mount.path)?.strip_prefix("creds/")?.split_once('/')?;
    Some(role)
}

fn end_cell(admin: &Administrator, lease: &ListedLease) -> Markup {
    let now = admin.context().now;
    let error = lease.last_error.as_deref().filter(|_| lease.attempts > 0);
    html! {
        div {
            (expiry(now, Some(lease.expires_at)))
            @match lease.revoke_at {
                None => { " " (badge(Tone::Danger, "Not revoked")) }
                Some(_) if lease.attempts > 0 => { " " (badge(Tone::Warning, "Being retried")) }
                Some(_) => {
                    @if !lease.renewable { p.hint { "can’t be renewed" } }
                }
            }
            @if let Some(error) = error {
                p.hint { "Failed " (count(lease.attempts.unsigned_abs(), "time")) ". " (sentence(error)) }
            }
        }
    }
}

fn revoke_cell(admin: &Administrator, lease: &ListedLease, wish: &Wish) -> Markup {
    confirm(
        if lease.revoke_at.is_some() { "Revoke…" } else { "Try again…" },
        html! { "What was given out under " strong { (lease.id) } " stops working at once." },
        ("Revoke the lease", &at("/leases/revoke")),
        &admin.csrf(),
        html! {
            input type="hidden" name="lease" value=(lease.id);
            @for (name, value) in wish.pairs() { input type="hidden" name=(name) value=(value); }
        },
    )
}
