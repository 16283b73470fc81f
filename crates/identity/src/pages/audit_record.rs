//! One record of the audit trail.

use axum::extract::State;
use kernel::{Error, Timestamp};
use serde_json::{Map, Value};
use web::{
    Path,
    page::{
        Column, Markup, card, definition_list, heading, html, page, section_heading, table, time,
        wide_definition_list,
    },
};

use super::{Shown, audit, settings};
use crate::{
    Identity, Scope, Visitor,
    audit::{AuditRecord, in_words},
};

pub(super) async fn show(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((organization, at, record)): Path<(String, String, String)>,
) -> Shown {
    let at = at.parse().map(Timestamp::from_micros).map_err(|_| Error::not_found())?;
    let context = &visitor.context;
    let (scope, record) = identity.read_audit_record(context, &organization, at, &record).await?;
    let name = &scope.organization.name;
    let shell = settings::shell(&visitor, &scope, &format!("Record {}", record.id))
        .crumb("Audit", audit::path(name))
        .crumb(
            record.id.as_str(),
            format!("{}/{}/{}", audit::path(name), at.as_micros(), record.id),
        );
    let view = View { now: context.now, scope: &scope, record: &record };
    Ok(page(shell, view.markup()))
}

/// What the page shows.
struct View<'a> {
    now: Timestamp,
    scope: &'a Scope,
    record: &'a AuditRecord,
}

impl View<'_> {
    fn markup(&self) -> Markup {
        let mut details = self.record.details();
        let changed = match details.remove("changed") {
            Some(Value::Object(changed)) => changed,
            _ => Map::new(),
        };
        html! {
            (heading(&self.title(), html! {
                (audit::denied(self.record)) " "
                (audit::actor(self.record)) ", " (time(self.now, self.record.at))
            }, html! {}))
            (settings::parts(self.scope, "/audit"))
            (card(self.facts()))
            @if !changed.is_empty() { (changes(&changed)) }
            @if !details.is_empty() {
                (section_heading("details", "More about it", html! {}))
                (card(more(&details)))
            }
            (self.chain())
        }
    }

    fn title(&self) -> String {
        let record = self.record;
        let named = [&record.resource_name, &record.resource_id];
        let named = named.into_iter().find(|text| !text.is_empty()).map_or("", String::as_str);
        format!("{}: {} {named}", audit::deed(record), audit::kind(record))
    }

    fn facts(&self) -> Markup {
        let record = self.record;
        let none = || html! { span.quiet { "none" } };
        let narrowed = |name: &str, value: &str| {
            let href = audit::narrowed(&self.scope.organization.name, name, value);
            html! { a href=(href) title="All records of it" { code { (value) } } }
        };
        let linked = |name: &str, value: Option<&str>| {
            value.filter(|value| !value.is_empty()).map_or_else(none, |value| narrowed(name, value))
        };
        definition_list(&[
            ("What", html! { (audit::deed(record)) " " (audit::denied(record)) }),
            ("On", html! { (audit::kind(record)) " " strong { (record.resource_name) } }),
            ("Its id", linked("resource", Some(&record.resource_id))),
            ("Who", audit::actor(record)),
            ("Their id", linked("actor", record.actor_id.as_deref())),
            ("With the token", linked("actor", record.token.as_deref())),
            (
                "From",
                record.address.as_ref().map_or_else(none, |address| {
                    html! {
                        code { (address) }
                    }
                }),
            ),
            ("Request", linked("search", Some(&record.request_id))),
            ("When", html! { (record.at) }),
        ])
    }

    fn chain(&self) -> Markup {
        html! {
            (section_heading("chain", "Place in the chain", html! {
                "Each record is hashed together with the one before it."
            }))
            @match &self.record.link {
                None => p.hint { "It gets its place within a second." },
                Some(link) => (card(wide_definition_list(&[
                    ("Place", html! { (link.position) }),
                    ("Hash of this record", html! { code { (barrier::hex(&link.hash)) } }),
                    ("Hash of the record before", html! {
                        code { (barrier::hex(&link.previous_hash)) }
                    }),
                ]))),
            }
        }
    }
}

/// What is different now.
fn changes(changed: &Map<String, Value>) -> Markup {
    let rows = changed.iter().map(|(name, change)| {
        let side = |name: &str| value(change.get(name).unwrap_or(&Value::Null));
        vec![html! { (in_words(name)) }, side("from"), side("to")]
    });
    html! {
        (section_heading("changed", "What changed", html! {}))
        (table("What changed", &[
            Column::main("Attribute"), Column::text("Before"), Column::text("After"),
        ], rows.collect()))
    }
}

fn more(details: &Map<String, Value>) -> Markup {
    let words: Vec<String> = details.keys().map(|name| in_words(name)).collect();
    let entries: Vec<(&str, Markup)> = words
        .iter()
        .zip(details.values())
        .map(|(name, found)| (name.as_str(), value(found)))
        .collect();
    wide_definition_list(&entries)
}

/// A value as people read it.
fn value(found: &Value) -> Markup {
    match found {
        Value::Null => html! { span.quiet { "none" } },
        Value::Bool(true) => html! { "yes" },
        Value::Bool(false) => html! { "no" },
        Value::String(text) if text.is_empty() => html! { span.quiet { "empty" } },
        Value::String(text) => html! { (text) },
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            html! { (items.join(", ")) }
        }
        other => html! { code { (other) } },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_read_by_people() {
        for (found, text) in [
            (json!(null), r#"<span class="quiet">none</span>"#),
            (json!(true), "yes"),
            (json!("<b>"), "&lt;b&gt;"),
            (json!(["a", "b"]), "a, b"),
            (json!(3), "<code>3</code>"),
        ] {
            assert_eq!(value(&found).into_string(), text);
        }
    }
}
