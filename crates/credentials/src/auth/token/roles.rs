//! Roles to make tokens with.

use std::time::Duration;

use identity::Networks;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    backend::{Answer, Call},
    fault::Fault,
    issue::clean,
    response::Response,
    token::{DEFAULT, Token},
};

/// What is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) allowed_policies: Vec<String>,
    pub(super) disallowed_policies: Vec<String>,
    pub(super) allowed_policies_glob: Vec<String>,
    pub(super) disallowed_policies_glob: Vec<String>,
    pub(super) allowed_entity_aliases: Vec<String>,
    pub(super) orphan: bool,
    pub(super) renewable: bool,
    pub(super) path_suffix: String,
    pub(super) explicit_max_ttl: Duration,
    pub(super) period: Duration,
    pub(super) bound_cidrs: Vec<String>,
    pub(super) no_default_policy: bool,
    pub(super) num_uses: u64,
}

fn key(name: &str) -> String {
    format!("role/{name}")
}

pub(super) async fn load(call: &Call<'_>, name: &str) -> Result<Option<Role>, Fault> {
    let (view, key) = (call.view()?, key(name));
    Ok(call.core.db().read(move |tx| view.get(tx, &key)).await?)
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    let view = call.view()?;
    let names = call.core.db().read(move |tx| view.list(tx, "role/")).await?;
    Ok(Some(Response::keys(names)))
}

pub(super) async fn read(call: &Call<'_>) -> Answer {
    let name = call.input.text_or_empty("role_name")?;
    Ok(load(call, &name).await?.map(|role| Response::data(role.shown())))
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let (view, key) = (call.view()?, key(&call.input.text_or_empty("role_name")?));
    call.core.db().write(move |tx| view.delete(tx, &key)).await?;
    Ok(None)
}

pub(super) async fn write(call: &Call<'_>) -> Answer {
    let name = call.input.text_or_empty("role_name")?;
    let fresh = Role { name: name.clone(), renewable: true, ..Role::default() };
    let mut role = load(call, &name).await?.unwrap_or(fresh);
    role.merge(call)?;
    let (view, key) = (call.view()?, key(&name));
    call.core.db().write(move |tx| view.put(tx, &key, &role)).await?;
    Ok(None)
}

impl Role {
    fn merge(&mut self, call: &Call<'_>) -> Result<(), Fault> {
        let input = &call.input;
        let lists = [
            ("allowed_policies", &mut self.allowed_policies),
            ("disallowed_policies", &mut self.disallowed_policies),
            ("allowed_policies_glob", &mut self.allowed_policies_glob),
            ("disallowed_policies_glob", &mut self.disallowed_policies_glob),
            ("allowed_entity_aliases", &mut self.allowed_entity_aliases),
            ("bound_cidrs", &mut self.bound_cidrs),
        ];
        for (name, field) in lists {
            if let Some(list) = input.texts(name)? {
                *field = list;
            }
        }
        if let Some(list) = input.texts("token_bound_cidrs")? {
            self.bound_cidrs = list;
        }
        if self.networks().is_none() && !self.bound_cidrs.is_empty() {
            return Err(Fault::refused("token_bound_cidrs must be networks such as 10.0.0.0/8"));
        }
        for (name, field) in [
            ("orphan", &mut self.orphan),
            ("renewable", &mut self.renewable),
            ("token_no_default_policy", &mut self.no_default_policy),
        ] {
            if let Some(truth) = input.boolean(name)? {
                *field = truth;
            }
        }
        for (names, field) in [
            (["explicit_max_ttl", "token_explicit_max_ttl"], &mut self.explicit_max_ttl),
            (["period", "token_period"], &mut self.period),
        ] {
            for name in names {
                if let Some(length) = input.duration(name)? {
                    *field = length;
                }
            }
        }
        if let Some(suffix) = input.text("path_suffix")? {
            self.path_suffix = suffix;
        }
        if let Some(uses) = input.integer("token_num_uses")? {
            self.num_uses = u64::try_from(uses)
                .map_err(|_| Fault::refused("'token_num_uses' cannot be negative"))?;
        }
        Ok(())
    }

    /// The networks that tokens may be used from; none if some text is none.
    pub(super) fn networks(&self) -> Option<Networks> {
        if self.bound_cidrs.is_empty() {
            return None;
        }
        Networks::parse(&self.bound_cidrs.join(" "))
    }

    /// The policies of a token that somebody asks for with this role.
    pub(super) fn policies(&self, asked: &[String], parent: &Token) -> Result<Vec<String>, Fault> {
        let asked = clean(asked, true);
        let wanted = if !asked.is_empty() {
            asked
        } else if self.allowed_policies.is_empty() {
            parent.policies.clone()
        } else {
            clean(&self.allowed_policies, true)
        };
        let bounded = !self.allowed_policies.is_empty() || !self.allowed_policies_glob.is_empty();
        for policy in &wanted {
            let forbidden = matches(&self.disallowed_policies, policy)
                || matches(&self.disallowed_policies_glob, policy);
            let allowed = if bounded {
                policy == DEFAULT
                    || matches(&self.allowed_policies, policy)
                    || matches(&self.allowed_policies_glob, policy)
            } else {
                parent.is_root() || policy == DEFAULT || parent.policies.contains(policy)
            };
            if forbidden || !allowed {
                return Err(Fault::refused(format!(
                    "token policies ({wanted:?}) must be subset of the role's allowed policies \
                     ({:?})",
                    self.allowed_policies
                )));
            }
        }
        Ok(wanted)
    }

    fn shown(&self) -> serde_json::Value {
        json!({
            "name": self.name,
            "allowed_policies": self.allowed_policies,
            "disallowed_policies": self.disallowed_policies,
            "allowed_policies_glob": self.allowed_policies_glob,
            "disallowed_policies_glob": self.disallowed_policies_glob,
            "allowed_entity_aliases": self.allowed_entity_aliases,
            "orphan": self.orphan,
            "renewable": self.renewable,
            "path_suffix": self.path_suffix,
            "explicit_max_ttl": self.explicit_max_ttl.as_secs(),
            "period": self.period.as_secs(),
            "token_explicit_max_ttl": self.explicit_max_ttl.as_secs(),
            "token_period": self.period.as_secs(),
            "token_bound_cidrs": self.bound_cidrs,
            "token_no_default_policy": self.no_default_policy,
            "token_num_uses": self.num_uses,
            "token_type": "default-service",
        })
    }
}

/// Whether a name is one of these; `*` at an end stands for any characters.
fn matches(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        _ if pattern == "*" => true,
        (Some(_), Some(prefix)) => prefix.strip_prefix('*').is_some_and(|part| name.contains(part)),
        (Some(suffix), None) => name.ends_with(suffix),
        (None, Some(prefix)) => name.starts_with(prefix),
        (None, None) => pattern == name,
    })
}
