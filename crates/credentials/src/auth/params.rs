//! What roles say about the tokens that are made with them: the fields `token_…`, the same for
//! every way to log in, some of which also know them by older names.

use std::{collections::BTreeSet, net::IpAddr, time::Duration};

use identity::Networks;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{fields::field, token_type};
use crate::{
    backend::Terms,
    fault::Fault,
    framework::{Field, FieldKind, Input},
    issue::clean,
    token::{DEFAULT, Token},
};

/// The fields.
pub(super) const FIELDS: [Field; 10] = [
    field(
        "token_bound_cidrs",
        FieldKind::Texts,
        "Addresses and networks that one may log in from, and the tokens be used from.",
    ),
    field(
        "token_explicit_max_ttl",
        FieldKind::Duration,
        "For how long the tokens are good at most, whatever else is said.",
    ),
    field(
        "token_max_ttl",
        FieldKind::Duration,
        "For how long they are good at most, however often they are renewed.",
    ),
    field(
        "token_no_default_policy",
        FieldKind::Boolean,
        "Whether they go without the policy named default.",
    ),
    field(
        "token_num_uses",
        FieldKind::Integer,
        "How often each can be used. 0: as often as one likes.",
    ),
    field("token_period", FieldKind::Duration, "For how long each renewal gives, without end."),
    field("token_policies", FieldKind::Texts, "The policies of the tokens."),
    field(
        "token_strictly_bind_ip",
        FieldKind::Boolean,
        "Whether each is good only where it was given out.",
    ),
    field("token_ttl", FieldKind::Duration, "For how long they are good."),
    field(
        "token_type",
        FieldKind::Text,
        "service for tokens that are kept here, batch for such that are not; default: as the mount is\n\
         tuned.",
    ),
];

/// An older name, and the name that it has now.
pub(super) type OldName = (&'static str, &'static str);

/// What a role says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TokenParams {
    pub(super) bound_cidrs: Vec<String>,
    pub(super) explicit_max_ttl: Duration,
    pub(super) max_ttl: Duration,
    pub(super) no_default_policy: bool,
    pub(super) num_uses: u64,
    pub(super) period: Duration,
    pub(super) policies: Vec<String>,
    pub(super) strictly_bind_ip: bool,
    pub(super) ttl: Duration,
    pub(super) r#type: String,
    /// The older names that somebody has used last, and sees again.
    old_names: BTreeSet<String>,
}

impl TokenParams {
    /// Takes over what a request says about a role of a way to log in.
    pub(super) fn merge(&mut self, input: &Input, old: &[OldName]) -> Result<(), Fault> {
        if let Some(word) = input.text("token_type")? {
            self.r#type = token_type::of_role_text(&word)?;
        }
        self.merge_without_type(input, old)?;
        self.require_batch_terms()
    }

    /// Refuses what no batch token can be, where such tokens are given.
    pub(super) fn require_batch_terms(&self) -> Result<(), Fault> {
        if !matches!(self.r#type.as_str(), "batch" | "default-batch") {
            return Ok(());
        }
        let text = "'token_type' cannot be 'batch' or 'default_batch' when set to generate";
        if !self.period.is_zero() {
            return Err(Fault::refused(format!("{text} periodic tokens")));
        }
        if self.num_uses != 0 {
            return Err(Fault::refused(format!("{text} tokens with limited use count")));
        }
        Ok(())
    }

    /// Takes over what a request says, but for the type of the tokens.
    pub(super) fn merge_without_type(
        &mut self,
        input: &Input,
        old: &[OldName],
    ) -> Result<(), Fault> {
        let name = |new: &'static str| {
            let given = |(one, other): &&OldName| *other == new && input.has(one);
            let older = old.iter().find(given).filter(|_| !input.has(new));
            older.map_or(new, |(one, _)| *one)
        };
        if let Some(networks) = input.texts(name("token_bound_cidrs"))? {
            self.bound_cidrs =
                networks.iter().map(|text| network(text)).collect::<Result<_, _>>()?;
        }
        if let Some(strict) = input.boolean(name("token_strictly_bind_ip"))? {
            self.strictly_bind_ip = strict;
        }
        if self.strictly_bind_ip && !self.bound_cidrs.is_empty() {
            return Err(Fault::refused(
                "'token_strictly_bind_ip' conflicts with 'token_bound_cidrs'; set only one",
            ));
        }
        let durations = [
            ("token_explicit_max_ttl", &mut self.explicit_max_ttl),
            ("token_max_ttl", &mut self.max_ttl),
            ("token_period", &mut self.period),
            ("token_ttl", &mut self.ttl),
        ];
        for (new, kept) in durations {
            if let Some(length) = input.duration(name(new))? {
                *kept = length;
            }
        }
        if let Some(without) = input.boolean(name("token_no_default_policy"))? {
            self.no_default_policy = without;
        }
        if let Some(policies) = input.texts(name("token_policies"))? {
            self.policies = each_once(policies);
        }
        if !self.max_ttl.is_zero() && self.ttl > self.max_ttl {
            return Err(Fault::refused("'token_ttl' cannot be greater than 'token_max_ttl'"));
        }
        if let Some(uses) = input.integer(name("token_num_uses"))? {
            self.num_uses = u64::try_from(uses)
                .map_err(|_| Fault::refused("'token_num_uses' cannot be negative"))?;
        }
        for (one, other) in old {
            if input.has(other) {
                self.old_names.remove(*one);
            } else if input.has(one) {
                self.old_names.insert((*one).to_owned());
            }
        }
        Ok(())
    }

    /// Adds what is shown of them.
    pub(super) fn show(&self, data: &mut Map<String, Value>, old: &[OldName]) {
        let shown = json!({
            "token_bound_cidrs": self.bound_cidrs,
            "token_explicit_max_ttl": self.explicit_max_ttl.as_secs(),
            "token_max_ttl": self.max_ttl.as_secs(),
            "token_no_default_policy": self.no_default_policy,
            "token_num_uses": self.num_uses,
            "token_period": self.period.as_secs(),
            "token_policies": self.policies,
            "token_strictly_bind_ip": self.strictly_bind_ip,
            "token_ttl": self.ttl.as_secs(),
            "token_type": if self.r#type.is_empty() { "default" } else { &self.r#type },
        });
        let Value::Object(shown) = shown else { return };
        for (one, other) in old.iter().filter(|(one, _)| self.old_names.contains(*one)) {
            data.insert((*one).to_owned(), shown.get(*other).cloned().unwrap_or_default());
        }
        data.extend(shown);
    }

    /// Where the tokens may be used from. One that can't be read lets nobody in.
    pub(super) fn networks(&self, address: Option<IpAddr>) -> Result<Networks, Fault> {
        if self.strictly_bind_ip {
            let address = address.ok_or(Fault::Denied)?.to_canonical();
            return Networks::parse(&address.to_string()).ok_or(Fault::Denied);
        }
        Networks::parse(&self.bound_cidrs.join(" ")).ok_or(Fault::Denied)
    }

    /// For how long a token that was made with them may still live, unless it has other policies
    /// than it would get now.
    pub(super) fn terms(&self, token: &Token) -> Result<Terms, Fault> {
        if without_default(&self.policies) != without_default(&token.policies) {
            let text = "failed to renew entry: policies have changed, not renewing";
            return Err(Fault::Failed(text.to_owned()));
        }
        Ok(self.lengths())
    }

    /// For how long tokens live.
    pub(super) const fn lengths(&self) -> Terms {
        Terms { ttl: self.ttl, max_ttl: self.max_ttl, period: self.period }
    }
}

/// Policies without the one that everybody gets.
fn without_default(policies: &[String]) -> Vec<String> {
    let mut policies = clean(policies, true);
    policies.retain(|policy| policy != DEFAULT);
    policies
}

fn each_once(policies: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    policies
        .into_iter()
        .filter(|policy| !policy.is_empty() && seen.insert(policy.clone()))
        .collect()
}

/// A network as it is shown: an address alone without its length.
pub(super) fn network(text: &str) -> Result<String, Fault> {
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_whitespace) || Networks::parse(text).is_none() {
        return Err(Fault::refused(format!(
            "error parsing address {text:?}: Unable to convert {text:?} to an IPv4 or IPv6 \
             address, or a UNIX Socket"
        )));
    }
    let alone = text.strip_suffix("/128").or_else(|| text.strip_suffix("/32"));
    let alone = alone.filter(|address| address.contains(':') == text.ends_with("/128"));
    Ok(alone.unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &[OldName] = &[("ttl", "token_ttl"), ("policies", "token_policies")];
    const ALL: &[Field] = &FIELDS;

    fn merged(params: &TokenParams, body: Value) -> Result<TokenParams, Vec<String>> {
        let Value::Object(body) = body else { panic!("no object") };
        let mut params = params.clone();
        match params.merge(&Input::new(ALL, &[], body), OLD) {
            Ok(()) => Ok(params),
            Err(fault) => Err(fault.errors()),
        }
    }

    #[test]
    fn older_names_are_shown_again_until_the_new_ones_are_used() {
        let params = merged(&TokenParams::default(), json!({"ttl": "5m", "policies": "b,a,b"}));
        let params = params.unwrap();
        let mut data = Map::new();
        params.show(&mut data, OLD);
        assert_eq!(data["ttl"], 300);
        assert_eq!(data["token_ttl"], 300);
        assert_eq!(data["policies"], json!(["b", "a"]));
        let params = merged(&params, json!({"token_ttl": 60, "ttl": 90})).unwrap();
        let mut data = Map::new();
        params.show(&mut data, OLD);
        assert_eq!(data.get("ttl"), None);
        assert_eq!(data["token_ttl"], 60);
        assert_eq!(data["policies"], json!(["b", "a"]));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (body, text) in [
            (
                json!({"token_ttl": "2h", "token_max_ttl": "1h"}),
                "'token_ttl' cannot be greater than 'token_max_ttl'",
            ),
            (json!({"token_num_uses": -1}), "'token_num_uses' cannot be negative"),
            (json!({"token_type": "x"}), "invalid 'token_type' value \"x\""),
            (
                json!({"token_bound_cidrs": "nope"}),
                "error parsing address \"nope\": Unable to convert \"nope\" to an IPv4 or IPv6 \
                 address, or a UNIX Socket",
            ),
            (
                json!({"token_bound_cidrs": "::1", "token_strictly_bind_ip": true}),
                "'token_strictly_bind_ip' conflicts with 'token_bound_cidrs'; set only one",
            ),
        ] {
            assert_eq!(merged(&TokenParams::default(), body), Err(vec![text.to_owned()]));
        }
    }

    #[test]
    fn networks_are_shown_as_they_were_written() {
        for (written, shown) in [
            ("10.0.0.1", "10.0.0.1"),
            ("10.0.0.1/32", "10.0.0.1"),
            ("10.1.2.3/8", "10.1.2.3/8"),
            ("::1/128", "::1"),
            ("2001:db8::/32", "2001:db8::/32"),
        ] {
            assert_eq!(network(written).ok().as_deref(), Some(shown));
        }
    }
}
