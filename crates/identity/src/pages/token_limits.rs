//! How long tokens may live in an organization: the part of its tokens' page that says and sets it.

use std::{collections::BTreeMap, time::Duration};

use kernel::{Error, Result};
use serde::Deserialize;
use web::page::{
    Button, Field, Markup, Problems, button, card, definition_list, field, html, post_form,
    section_heading,
};

use crate::{
    LifetimeChange, Lifetimes, LimitedKind, Right, Scope, Visitor,
    lifetime::{SHORTEST, in_words},
};

/// The units in which a limit is written, the largest first, in seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// A hundred years.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

/// What people call each kind.
const fn label(kind: LimitedKind) -> &'static str {
    match kind {
        LimitedKind::Organization => "Organization token",
        LimitedKind::Team => "Team tokens",
        LimitedKind::User => "People’s tokens",
        LimitedKind::AuditTrails => "Audit trail token",
        LimitedKind::Key => "Keys",
    }
}

/// A length of time for each kind, by its word; empty: no limit.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct LimitsForm(BTreeMap<String, String>);

impl LimitsForm {
    pub(super) fn of(lifetimes: &Lifetimes) -> Self {
        let days = |kind: LimitedKind| {
            let longest = lifetimes.of(kind)?;
            Some((kind.as_str().to_owned(), written(longest)))
        };
        Self(LimitedKind::ALL.into_iter().filter_map(days).collect())
    }

    pub(super) fn change(&self) -> Result<LifetimeChange> {
        let read = |kind: LimitedKind| {
            let text = self.value(kind).trim();
            if text.is_empty() {
                return Ok((kind, None));
            }
            let longest = parse(text).filter(|longest| (SHORTEST..=LONGEST).contains(longest));
            longest.map(|longest| (kind, Some(longest))).ok_or_else(|| {
                Error::invalid(
                    kind.as_str(),
                    "this is a number of days, hours or minutes, like 30d, 12h or 90m; empty for \
                     no limit",
                )
            })
        };
        let read: Vec<_> = LimitedKind::ALL.into_iter().map(read).collect();
        let wrong = read.iter().filter_map(|limit| limit.as_ref().err()).cloned();
        match wrong.reduce(Error::and) {
            Some(error) => Err(error),
            None => Ok(read.into_iter().filter_map(Result::ok).collect()),
        }
    }

    fn value(&self, kind: LimitedKind) -> &str {
        self.0.get(kind.as_str()).map(String::as_str).unwrap_or_default()
    }
}

fn parse(text: &str) -> Option<Duration> {
    let (unit, seconds) = UNITS.into_iter().find(|(unit, _)| text.ends_with(*unit))?;
    let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// In the largest unit that says it exactly.
fn written(longest: Duration) -> String {
    let whole = longest.as_secs();
    let unit = UNITS.into_iter().find(|(_, seconds)| whole.is_multiple_of(*seconds));
    let (unit, seconds) = unit.unwrap_or(('s', 1));
    format!("{}{unit}", whole / seconds)
}

/// The part of the page.
pub(super) fn part(
    scope: &Scope,
    lifetimes: &Lifetimes,
    visitor: &Visitor,
    path: &str,
    form: &LimitsForm,
    problems: Problems<'_>,
) -> Markup {
    let heading = section_heading(
        "limits",
        "How long tokens may live",
        html! {
            "As 30d, 12h or 90m. New tokens get no later end. People’s tokens that were made for longer do "
            "nothing in this organization."
        },
    );
    if !scope.allows(Right::UpdateOrganization) {
        let told = |kind: LimitedKind| {
            let longest = lifetimes.of(kind).map(in_words);
            (label(kind), html! { (longest.unwrap_or_else(|| "no limit".to_owned())) })
        };
        let facts = LimitedKind::ALL.map(told);
        return card(html! { (heading) (definition_list(&facts)) });
    }
    card(html! {
        (heading)
        (post_form(&format!("{path}/limits"), &visitor.csrf(), html! {
            div.form-row {
                @for kind in LimitedKind::ALL {
                    (field(&Field::text(kind.as_str(), label(kind)).optional()
                        .value(form.value(kind))
                        .placeholder("no limit")
                        .hint(if kind == LimitedKind::Key { "Empty: as the organization token." } else { "" })
                        .error(problems.with(kind.as_str()))))
                }
            }
            (button(Button::Primary, "Save limits"))
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(limit: &str) -> LimitsForm {
        LimitsForm(BTreeMap::from([("team".to_owned(), limit.to_owned())]))
    }

    #[test]
    fn limits_are_written_as_they_are_read() {
        for limit in ["30d", "12h", "90m", "61s", "36500d"] {
            let change = form(limit).change().unwrap();
            let known = change.into_iter().filter_map(|(kind, longest)| Some((kind, longest?)));
            let again = LimitsForm::of(&Lifetimes::new(known));
            assert_eq!(again.value(LimitedKind::Team), limit);
        }
        assert_eq!(written(Duration::from_hours(48)), "2d");
        assert!(form(" ").change().unwrap().contains(&(LimitedKind::Team, None)));
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        for limit in ["30", "-1d", "0d", "59s", "d", "1.5d", "36501d", "99999999999999999999d"] {
            let error = form(limit).change().unwrap_err();
            assert_eq!(error.details()[0].pointer.as_deref(), Some("/data/attributes/team"));
        }
    }
}
