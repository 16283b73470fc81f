//! What has happened in an organization, with filters.

use std::time::Duration;

use axum::extract::State;
use kernel::{Page, Timestamp};
use serde_json::Value;
use web::{
    ListQuery, Path,
    page::{
        Choice, Column, Escaped, Icon, Markup, Select, Tone, badge, button_link, count,
        empty_state, filter, heading, html, page, page_request, pagination, search_form, table,
        time,
    },
};

use super::{Shown, settings};
use crate::{
    Identity, Scope, Visitor,
    audit::{AuditFilter, AuditRecord, Outcome, in_words, kind_in_singular},
};

/// What one can choose to see: the word in the address, and what is read.
const SHOWN: [(&str, &str); 4] = [
    ("", "Everything"),
    ("changes", "Changes"),
    ("reads", "States and secrets read"),
    ("denied", "Denied attempts"),
];

/// How far back: the word in the address, what is read, and the time.
const SPANS: [(&str, &str, Option<Duration>); 5] = [
    ("", "At any time", None),
    ("hour", "In the last hour", Some(Duration::from_hours(1))),
    ("day", "In the last 24 hours", Some(Duration::from_hours(24))),
    ("week", "In the last 7 days", Some(Duration::from_hours(7 * 24))),
    ("month", "In the last 30 days", Some(Duration::from_hours(30 * 24))),
];

/// The kinds of things that one can choose among.
const KINDS: [&str; 15] = [
    "workspaces",
    "state-versions",
    "state-version-outputs",
    "vars",
    "varsets",
    "projects",
    "organizations",
    "organization-memberships",
    "teams",
    "team-projects",
    "team-workspaces",
    "authentication-tokens",
    "access-keys",
    "trusted-issuers",
    "remote-state-consumers",
];

/// What somebody looks for.
#[derive(Debug, Default)]
struct Wish {
    search: String,
    shown: String,
    kind: String,
    span: String,
    actor: String,
    resource: String,
}

impl Wish {
    fn read(query: &ListQuery) -> Self {
        let text = |name: &str| query.get(name).unwrap_or_default().to_owned();
        Self {
            search: text("search"),
            shown: text("shown"),
            kind: text("kind"),
            span: text("span"),
            actor: text("actor"),
            resource: text("resource"),
        }
    }

    fn filter(&self, now: Timestamp) -> AuditFilter {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let span = SPANS.iter().find(|(word, ..)| *word == self.span).and_then(|(.., span)| *span);
        let read = || Some("read".to_owned());
        AuditFilter {
            actor: some(&self.actor),
            action: (self.shown == "reads").then(read).flatten(),
            except_action: (self.shown == "changes").then(read).flatten(),
            outcome: match self.shown.as_str() {
                "denied" => Some(Outcome::Denied),
                "changes" | "reads" => Some(Outcome::Done),
                _ => None,
            },
            resource_kind: some(&self.kind),
            resource_id: some(&self.resource),
            since: span.map(|span| now.minus(span)),
            search: some(&self.search),
            ..AuditFilter::default()
        }
    }

    fn pairs(&self) -> [(&str, &str); 6] {
        [
            ("search", &self.search),
            ("shown", &self.shown),
            ("kind", &self.kind),
            ("span", &self.span),
            ("actor", &self.actor),
            ("resource", &self.resource),
        ]
    }
}

pub(super) async fn list(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    query: ListQuery,
) -> Shown {
    let wish = Wish::read(&query);
    let filter = wish.filter(visitor.context.now);
    let (scope, found) = identity
        .list_audit_records(&visitor.context, &organization, filter, page_request(&query))
        .await?;
    let name = &scope.organization.name;
    let shell = settings::shell(&visitor, &scope, "Audit").crumb("Audit", path(name));
    let view = View { now: visitor.context.now, scope: &scope, found: &found, wish: &wish };
    Ok(page(shell, view.markup()))
}

pub(super) fn path(organization: &str) -> String {
    format!("{}/audit", settings::path(organization))
}

/// The list, narrowed to what goes with a word, such as an actor's id.
pub(super) fn narrowed(organization: &str, name: &str, value: &str) -> String {
    format!("{}?{name}={}", path(organization), Escaped(value))
}

/// What was done, or tried.
pub(super) fn deed(record: &AuditRecord) -> String {
    let details = record.details();
    let part = details.get("part").and_then(Value::as_str).unwrap_or_default();
    in_words(format!("{} {part}", record.action).trim_end())
}

/// That it was not allowed, if so, and how often.
pub(super) fn denied(record: &AuditRecord) -> Markup {
    let times = record.details().get("count").and_then(Value::as_u64);
    html! {
        @if !record.is_done() {
            (badge(Tone::Danger, "Denied"))
            @if let Some(times) = times { " " span.quiet { (count(times, "time")) } }
        }
    }
}

/// The kind of thing, for people.
pub(super) fn kind(record: &AuditRecord) -> String {
    in_words(&kind_in_singular(&record.resource_kind))
}

/// Who did it, with what they are unless it is a person.
pub(super) fn actor(record: &AuditRecord) -> Markup {
    let label = match record.actor_kind.as_str() {
        "user" | "system" | "anonymous" => None,
        kind => Some(in_words(kind)),
    };
    let name = match (record.actor_kind.as_str(), record.actor_name.as_str()) {
        ("anonymous", _) => "somebody not signed in",
        (_, "") => "no name",
        (_, name) => name,
    };
    html! {
        span { (name) @if let Some(label) = label { " " (badge(Tone::Neutral, &label)) } }
    }
}

/// What the page shows.
struct View<'a> {
    now: Timestamp,
    scope: &'a Scope,
    found: &'a Page<AuditRecord>,
    wish: &'a Wish,
}

impl View<'_> {
    fn markup(&self) -> Markup {
        let name = &self.scope.organization.name;
        let search = ("search", self.wish.search.as_str());
        html! {
            (heading("Audit", html! {
                "Who did what in " strong { (name) } ", who read which state, and what somebody was "
                "not allowed to do. The records are chained, so that a change to one is noticed."
            }, html! {}))
            (settings::parts(self.scope, "/audit"))
            (search_form(&path(name), search, "Search by name or id", "list", self.filters()))
            div #list { (self.results()) }
        }
    }

    fn filters(&self) -> Markup {
        let shown = SHOWN.map(|(word, label)| Choice::new(word, label));
        let spans = SPANS.map(|(word, label, _)| Choice::new(word, label));
        let mut kinds = vec![Choice::new("", "On anything")];
        kinds.extend(KINDS.map(|kind| Choice::new(kind, in_words(kind))));
        let select = |name, label, choices: &[Choice], chosen: &str| {
            filter(&Select { name, label, hint: "", choices, chosen })
        };
        html! {
            (select("shown", "What", &shown, &self.wish.shown))
            (select("kind", "On what", &kinds, &self.wish.kind))
            (select("span", "When", &spans, &self.wish.span))
            @for (name, value) in [("actor", &self.wish.actor), ("resource", &self.wish.resource)] {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
        }
    }

    fn results(&self) -> Markup {
        let path = path(&self.scope.organization.name);
        if self.found.total == 0 {
            return empty_state(
                Icon::Search,
                "Nothing matches",
                html! { "No record fits what you look for." },
                button_link("Show everything", &path, false),
            );
        }
        let rows = self.found.items.iter().map(|record| self.row(record)).collect();
        html! {
            @if !self.wish.actor.is_empty() || !self.wish.resource.is_empty() {
                p.hint {
                    "Only records of " code { (self.wish.actor) (self.wish.resource) } ". "
                    a href=(path) { "Show everything" }
                }
            }
            (table("Records", &[
                Column::main("What"), Column::text("On"), Column::text("Who"),
                Column::text("From"), Column::text("When"),
            ], rows))
            (pagination(self.found, "record", &path, &self.wish.pairs()))
        }
    }

    fn row(&self, record: &AuditRecord) -> Vec<Markup> {
        let at = record.at.as_micros();
        let href = format!("{}/{at}/{}", path(&self.scope.organization.name), Escaped(&record.id));
        vec![
            html! { span { a href=(href) { (deed(record)) } " " (denied(record)) } },
            html! {
                span {
                    (kind(record)) " "
                    @if record.resource_name.is_empty() { code { (record.resource_id) } }
                    @else { strong { (record.resource_name) } }
                }
            },
            actor(record),
            html! {
                @match &record.address {
                    Some(address) => code { (address) },
                    None => span.quiet { "the server itself" },
                }
            },
            time(self.now, record.at),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_narrows_the_list() {
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        let wish = |query: &str| Wish::read(&ListQuery::parse(query));
        let changes = wish("shown=changes&span=hour&kind=teams").filter(now);
        assert_eq!(changes.except_action.as_deref(), Some("read"));
        assert_eq!(changes.outcome, Some(Outcome::Done));
        assert_eq!(changes.resource_kind.as_deref(), Some("teams"));
        assert_eq!(changes.since, Some(now.minus(Duration::from_hours(1))));
        assert_eq!(wish("shown=denied").filter(now).outcome, Some(Outcome::Denied));
        assert!(wish("span=ages").filter(now).since.is_none());
    }
}
