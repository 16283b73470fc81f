//! What the forms for a new token have in common, whosever it is to be, and how tokens look in
//! tables.

use std::{collections::BTreeMap, time::Duration};

use kernel::{Error, Result, Timestamp};
use serde::Deserialize;
use web::page::{
    Choice, Field, Markup, Problems, Select, Tone, badge, checkbox, field, html, select, time_or,
};

use crate::{Networks, NewToken, Token};

/// What is offered, in days.
const LIFETIMES: [(&str, &str); 5] =
    [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "1 year"), ("", "Never")];

/// What a form starts with.
const USUAL_LIFETIME: &str = "90";

/// The fields whose problems are shown beside them.
pub(super) const FIELDS: [&str; 3] = ["description", "source-networks", "expires-in-days"];

/// What a form for a token holds. Each form uses some of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenForm {
    /// `organization`, `audit-trails` or `team`.
    pub(super) kind: String,
    pub(super) team: String,
    pub(super) description: String,
    expires_in_days: String,
    read_only: String,
    source_networks: String,
    pub(super) level: String,
    pub(super) project: String,
    pub(super) workspace: String,
    /// The checkboxes for custom rights: `right-…`.
    #[serde(flatten)]
    others: BTreeMap<String, String>,
}

impl TokenForm {
    /// A form that nobody has filled yet.
    pub(super) fn fresh(description: &str) -> Self {
        Self {
            description: description.to_owned(),
            expires_in_days: USUAL_LIFETIME.to_owned(),
            ..Self::default()
        }
    }

    /// A form for one of an organization's tokens or of a team's.
    pub(super) fn of_kind(kind: &str, team: &str) -> Self {
        let (kind, team) = (kind.to_owned(), team.to_owned());
        Self { kind, team, ..Self::fresh("") }
    }

    /// A form for a key.
    pub(super) fn at_level(level: &str) -> Self {
        Self { level: level.to_owned(), ..Self::fresh("") }
    }

    /// The token that is asked for; people say what it is for.
    pub(super) fn new_token(&self, now: Timestamp) -> Result<NewToken> {
        let described = match self.description.trim() {
            "" => Err(Error::invalid(
                "description",
                "say what the token is for, so that you know it again",
            )),
            description => Ok(description.to_owned()),
        };
        let words: Vec<_> = self
            .source_networks
            .split([',', ' ', '\n', '\r', '\t'])
            .filter(|word| !word.is_empty())
            .collect();
        // One field for all of them, so one place for what is wrong.
        let networks = Networks::read(&words).map_err(|error| {
            let first = error.details().first().map(|detail| detail.text.clone());
            Error::invalid("source-networks", first.unwrap_or_default())
        });
        let (description, expires_at, networks) = match (described, self.end(now), networks) {
            (Ok(description), Ok(end), Ok(networks)) => (description, end, networks),
            (described, end, networks) => {
                let errors = [described.err(), end.err(), networks.err()];
                let whole = errors.into_iter().flatten().reduce(Error::and);
                return Err(whole.unwrap_or_else(|| Error::bad_request("the form can't be read")));
            }
        };
        let read_only = self.read_only == "true";
        Ok(NewToken { description, expires_at, read_only, networks, childless: false })
    }

    fn end(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        if !LIFETIMES.iter().any(|(days, _)| *days == self.expires_in_days) {
            return Err(Error::invalid("expires-in-days", "choose one of the times on offer"));
        }
        let days = self.expires_in_days.parse::<u64>().ok();
        Ok(days.map(|days| now.plus(Duration::from_hours(days * 24))))
    }

    /// The custom rights that are ticked.
    pub(super) fn rights(&self) -> Vec<String> {
        let ticked = self.others.keys().filter_map(|name| name.strip_prefix("right-"));
        ticked.map(str::to_owned).collect()
    }

    /// The fields that every form for a token has. `limit` says how long it can live at most.
    pub(super) fn fields(&self, problems: Problems<'_>, limit: &str) -> Markup {
        let choices: Vec<_> =
            LIFETIMES.iter().map(|(days, label)| Choice::new(*days, *label)).collect();
        html! {
            div.form-row {
                (field(&Field::text("description", "What is it for?")
                    .value(&self.description)
                    .placeholder("e.g. laptop, or nightly drift check")
                    .error(problems.with("description"))))
                (select(&Select {
                    name: "expires_in_days", label: "Expires after", hint: limit,
                    choices: &choices, chosen: &self.expires_in_days,
                }))
            }
            (field(&Field::text("source_networks", "Works only from")
                .optional()
                .value(&self.source_networks)
                .placeholder("10.0.0.0/8, 203.0.113.7")
                .hint("Networks or addresses, separated by commas. Empty: from anywhere.")
                .error(problems.with("source-networks"))))
            (checkbox("read_only", "Read only",
                "It sees what its holder sees, and changes nothing.", self.read_only == "true"))
        }
    }
}

/// The cell that names a token: what it is for, and what binds it.
pub(super) fn name_cell(token: &Token) -> Markup {
    html! {
        strong {
            @if token.description.is_empty() { "No description" } @else { (token.description) }
        }
        @if token.read_only { " " (badge(Tone::Neutral, "Read only")) }
        p.hint {
            code { (token.id) }
            @if !token.networks.is_empty() {
                " · from " (token.networks.text().replace(' ', ", "))
            }
        }
    }
}

/// When a token was last used, and from where.
pub(super) fn last_used_cell(now: Timestamp, token: &Token) -> Markup {
    html! {
        div {
            (time_or(now, token.last_used_at, "never"))
            @if let Some(address) = token.last_used_address { p.hint { "from " (address) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(0);

    fn form(description: &str, days: &str) -> TokenForm {
        TokenForm {
            description: description.to_owned(),
            expires_in_days: days.to_owned(),
            ..TokenForm::default()
        }
    }

    #[test]
    fn lifetimes_count_from_now() {
        let week = NOW.plus(Duration::from_hours(7 * 24));
        assert_eq!(form("laptop", "7").new_token(NOW).unwrap().expires_at, Some(week));
        assert_eq!(form("laptop", "").new_token(NOW).unwrap().expires_at, None);
    }

    #[test]
    fn only_what_is_offered_can_be_chosen() {
        for days in ["8", "-1", "99999999999999999999", "x"] {
            assert!(form("laptop", days).new_token(NOW).is_err(), "{days}");
        }
    }

    #[test]
    fn tokens_are_described() {
        assert_eq!(form(" laptop ", "7").new_token(NOW).unwrap().description, "laptop");
        assert!(form(" ", "7").new_token(NOW).is_err());
    }

    #[test]
    fn networks_stand_in_one_field() {
        let networks = |text: &str| {
            let form = TokenForm { source_networks: text.to_owned(), ..form("ci", "7") };
            form.new_token(NOW).map(|new| new.networks.text())
        };
        assert_eq!(networks("10.0.0.0/8, 2001:db8::1\r\n").unwrap(), "10.0.0.0/8 2001:db8::1/128");
        assert_eq!(networks("").unwrap(), "");
        let pointer = networks("here").unwrap_err().details()[0].pointer.clone();
        assert_eq!(pointer.as_deref(), Some("/data/attributes/source-networks"));
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let wrong = TokenForm { source_networks: "here".to_owned(), ..form("", "8") };
        assert_eq!(wrong.new_token(NOW).unwrap_err().details().len(), 3);
    }
}
