//! Roles: which identities may log in, and what they get.

use identity::audit;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::claims::{Bound, Kind};
use crate::{
    auth::params::{OldName, TokenParams},
    backend::{Answer, Call},
    fault::Fault,
    framework::Input,
    response::Response,
};

/// What fields were once called.
const OLD_NAMES: &[OldName] = &[
    ("policies", "token_policies"),
    ("ttl", "token_ttl"),
    ("max_ttl", "token_max_ttl"),
    ("num_uses", "token_num_uses"),
    ("period", "token_period"),
    ("bound_cidrs", "token_bound_cidrs"),
];
/// What the metadata of every token holds.
pub(super) const ROLE: &str = "role";

/// What is kept of a role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Role {
    pub(super) bound_audiences: Vec<String>,
    pub(super) bound_subject: String,
    pub(super) bound: Bound,
    pub(super) user_claim: String,
    pub(super) user_claim_json_pointer: bool,
    pub(super) groups_claim: String,
    /// Claims by name, and what they are called in metadata.
    pub(super) claim_mappings: Map<String, Value>,
    /// In seconds; zero: as long as is usual; less: none.
    pub(super) clock_skew_leeway: i64,
    expiration_leeway: i64,
    not_before_leeway: i64,
    pub(super) token: TokenParams,
}

pub(super) fn key(name: &str) -> String {
    format!("role/{name}")
}

fn name(call: &Call<'_>) -> Result<String, Fault> {
    call.input.text_or_empty("name")
}

pub(super) async fn load(call: &Call<'_>) -> Result<Option<Role>, Fault> {
    call.kept(key(&name(call)?)).await
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    call.names_in(key("")).await
}

pub(super) async fn read(call: &Call<'_>) -> Answer {
    Ok(load(call).await?.map(|role| Response::data(Value::Object(role.shown()))))
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let (view, name, context) = (call.view()?, name(call)?, call.context.clone());
    call.core
        .db()
        .write(move |tx| {
            view.delete(tx, &key(&name))?;
            audit::record(tx, &context, &audit::Event::new("delete", "credential-roles", &name))
        })
        .await?;
    Ok(None)
}

pub(super) async fn write(call: &Call<'_>) -> Answer {
    let before = load(call).await?;
    let mut role = before.clone().unwrap_or_default();
    role.merge(&call.input)?;
    let (view, name, context) = (call.view()?, name(call)?, call.context.clone());
    let verb = if before.is_some() { "update" } else { "create" };
    call.core
        .db()
        .write(move |tx| {
            view.put(tx, &key(&name), &role)?;
            let event = audit::Event::new(verb, "credential-roles", &name)
                .with("policies", role.token.policies.clone());
            audit::record(tx, &context, &event)
        })
        .await?;
    Ok(None)
}

impl Role {
    /// Takes over what a request says. In all, it must say enough.
    fn merge(&mut self, input: &Input) -> Result<(), Fault> {
        let kind = input.text("role_type")?;
        match kind.as_deref() {
            None | Some("jwt" | "oidc" | "") => {}
            Some(other) => return Err(Fault::refused(format!("invalid 'role_type': {other}"))),
        }
        self.token.merge(input, OLD_NAMES)?;
        self.merge_bounds(input)?;
        let leeways = [
            ("clock_skew_leeway", &mut self.clock_skew_leeway),
            ("expiration_leeway", &mut self.expiration_leeway),
            ("not_before_leeway", &mut self.not_before_leeway),
        ];
        for (name, kept) in leeways {
            if let Some(seconds) = leeway(input, name)? {
                *kept = seconds;
            }
        }
        if let Some(claim) = input.text("groups_claim")? {
            self.groups_claim = claim;
        }
        if let Some(pointer) = input.boolean("user_claim_json_pointer")? {
            self.user_claim_json_pointer = pointer;
        }
        if input.boolean("token_policies_template_claims")? == Some(true) {
            let text = "token_policies_template_claims is not supported here";
            return Err(Fault::refused(text));
        }
        if self.user_claim.is_empty() {
            return Err(Fault::refused("a user claim must be defined on the role"));
        }
        require_jwt(kind.as_deref(), input)?;
        if !self.is_bound() {
            let text = "must have at least one bound constraint when creating/updating a role";
            return Err(Fault::refused(text));
        }
        Ok(())
    }

    fn merge_bounds(&mut self, input: &Input) -> Result<(), Fault> {
        if let Some(audiences) = input.texts("bound_audiences")? {
            self.bound_audiences = audiences;
        }
        if let Some(subject) = input.text("bound_subject")? {
            self.bound_subject = subject;
        }
        // Like the type of the role, it is said anew each time.
        self.bound.kind = match input.text("bound_claims_type")? {
            None => Kind::default(),
            Some(word) => Kind::parse(&word)
                .ok_or_else(|| Fault::refused(format!("invalid 'bound_claims_type': {word}")))?,
        };
        if let Some(claims) = input.map("bound_claims")? {
            self.bound.claims.clone_from(claims);
        }
        self.bound.check()?;
        if let Some(mappings) = input.pairs("claim_mappings")? {
            self.claim_mappings = require_mappings(mappings)?;
        }
        if let Some(claim) = input.text("user_claim")? {
            self.user_claim = claim;
        }
        Ok(())
    }

    fn is_bound(&self) -> bool {
        !(self.bound_audiences.is_empty()
            && self.bound_subject.is_empty()
            && self.bound.claims.is_empty()
            && self.token.bound_cidrs.is_empty())
    }

    fn shown(&self) -> Map<String, Value> {
        let list = |texts: &[String]| if texts.is_empty() { Value::Null } else { json!(texts) };
        let map = |map: &Map<String, Value>| if map.is_empty() { Value::Null } else { json!(map) };
        let mut data = Map::new();
        self.token.show(&mut data, OLD_NAMES);
        let own = json!({
            "allowed_redirect_uris": null,
            "bound_audiences": list(&self.bound_audiences),
            "bound_claims": map(&self.bound.claims),
            "bound_claims_type": self.bound.kind.as_str(),
            "bound_subject": self.bound_subject,
            "callback_mode": "client",
            "claim_mappings": map(&self.claim_mappings),
            "clock_skew_leeway": self.clock_skew_leeway,
            "expiration_leeway": self.expiration_leeway,
            "groups_claim": self.groups_claim,
            "max_age": 0,
            "not_before_leeway": self.not_before_leeway,
            "oauth2_metadata": null,
            "oidc_disable_confirmation": false,
            "oidc_scopes": null,
            "role_type": "jwt",
            "token_policies_template_claims": false,
            "user_claim": self.user_claim,
            "user_claim_json_pointer": self.user_claim_json_pointer,
            "verbose_oidc_logging": false,
        });
        if let Value::Object(own) = own {
            data.extend(own);
        }
        data
    }
}

/// Only identities log in here; people do so elsewhere.
fn require_jwt(kind: Option<&str>, input: &Input) -> Result<(), Fault> {
    if kind == Some("jwt") {
        return Ok(());
    }
    if input.texts("allowed_redirect_uris")?.unwrap_or_default().is_empty() {
        return Err(Fault::refused(
            "'allowed_redirect_uris' must be set if 'role_type' is 'oidc' or unspecified.",
        ));
    }
    Err(Fault::refused(
        "roles of the type oidc are not supported here: set 'role_type' to jwt, or let people log \
         in at auth/stateward/",
    ))
}

/// A number of seconds, which may be less than nothing, or a length of time.
fn leeway(input: &Input, name: &str) -> Result<Option<i64>, Fault> {
    let Some(text) = input.text(name)? else { return Ok(None) };
    let (sign, length) = match text.strip_prefix('-') {
        Some(length) => (-1, length),
        None => (1, text.as_str()),
    };
    let length = crate::duration::parse_text(length).map_err(|error| {
        Fault::refused(format!("error converting input for field {name:?}: {error}"))
    })?;
    Ok(Some(sign * i64::try_from(length.as_secs()).unwrap_or(i64::MAX)))
}

/// Two claims can't become the same thing, nor one the role.
fn require_mappings(mappings: Vec<(String, String)>) -> Result<Map<String, Value>, Fault> {
    let mut targets = Vec::new();
    for (_, target) in &mappings {
        if target == ROLE {
            return Err(Fault::refused(format!(
                "metadata key {target:?} is reserved and may not be a mapping destination"
            )));
        }
        if targets.contains(&target) {
            let text = format!("multiple keys are mapped to metadata key {target:?}");
            return Err(Fault::refused(text));
        }
        targets.push(target);
    }
    Ok(mappings.into_iter().map(|(claim, target)| (claim, json!(target))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(body: Value) -> Result<Role, Vec<String>> {
        let Value::Object(body) = body else { panic!("no object") };
        let mut role = Role::default();
        role.merge(&Input::new(&[], &[], body)).map(|()| role).map_err(|fault| fault.errors())
    }

    #[test]
    fn a_role_must_bind_something() {
        for (body, text) in [
            (json!({}), "a user claim must be defined on the role"),
            (
                json!({"user_claim": "sub"}),
                "'allowed_redirect_uris' must be set if 'role_type' is 'oidc' or unspecified.",
            ),
            (
                json!({"user_claim": "sub", "role_type": "jwt"}),
                "must have at least one bound constraint when creating/updating a role",
            ),
            (json!({"role_type": "x"}), "invalid 'role_type': x"),
            (
                json!({"user_claim": "sub", "role_type": "jwt", "claim_mappings": {"a": "role"}}),
                "metadata key \"role\" is reserved and may not be a mapping destination",
            ),
            (
                json!({"user_claim": "sub", "claim_mappings": {"a": "x", "b": "x"}}),
                "multiple keys are mapped to metadata key \"x\"",
            ),
        ] {
            assert_eq!(merged(body), Err(vec![text.to_owned()]));
        }
        let bound = json!({"user_claim": "sub", "role_type": "jwt", "bound_subject": "me"});
        assert!(merged(bound).is_ok());
    }

    #[test]
    fn leeways_may_be_less_than_nothing() {
        let body = json!({
            "user_claim": "sub", "role_type": "jwt", "bound_subject": "me",
            "clock_skew_leeway": "5m", "expiration_leeway": 10, "not_before_leeway": -1,
        });
        let role = merged(body).unwrap();
        let leeways = (role.clock_skew_leeway, role.expiration_leeway, role.not_before_leeway);
        assert_eq!(leeways, (300, 10, -1));
    }
}
