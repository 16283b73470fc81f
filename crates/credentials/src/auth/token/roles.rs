//! Roles to make tokens with.

use identity::{Networks, audit};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Credentials,
    auth::{
        params::{OldName, TokenParams},
        token_type,
    },
    backend::{Answer, Call, Terms},
    fault::Fault,
    framework::is_name,
    issue::{clean, each_once},
    mount::Mount,
    response::Response,
    token::{DEFAULT, Token, TokenKind},
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
    /// What roles of all kinds say.
    pub(super) token: TokenParams,
}

/// What fields were once called.
const OLD_NAMES: &[OldName] = &[
    ("bound_cidrs", "token_bound_cidrs"),
    ("explicit_max_ttl", "token_explicit_max_ttl"),
    ("period", "token_period"),
];
/// What roles of other kinds say as well, and these do not.
const NOT_SHOWN: [&str; 4] =
    ["token_max_ttl", "token_policies", "token_strictly_bind_ip", "token_ttl"];

fn key(name: &str) -> String {
    format!("role/{name}")
}

pub(super) async fn load(call: &Call<'_>, name: &str) -> Result<Option<Role>, Fault> {
    let (view, key) = (call.view()?, key(name));
    Ok(call.core.db().read(move |tx| view.get(tx, &key)).await?)
}

/// For how long a token may still live that was made with a role: as the role says now.
pub(super) async fn terms(
    core: &Credentials,
    mount: &Mount,
    token: &Token,
) -> Result<Terms, Fault> {
    if token.role.is_empty() {
        return Ok(Terms::as_made(token));
    }
    let (view, key) = (core.view(mount)?, key(&token.role));
    let role: Option<Role> = core.db().read(move |tx| view.get(tx, &key)).await?;
    let role = role.ok_or_else(|| {
        let name = &token.role;
        let text = format!("original token role {name:?} could not be found, not renewing");
        Fault::Failed(format!("failed to renew entry: {text}"))
    })?;
    let as_made = Terms::as_made(token);
    let TokenParams { period, explicit_max_ttl, .. } = role.token;
    let period = if period.is_zero() { as_made.period } else { period };
    Ok(Terms { max_ttl: explicit_max_ttl, period, ..as_made })
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
    let (view, name) = (call.view()?, call.input.text_or_empty("role_name")?);
    let context = call.context.clone();
    call.core
        .db()
        .write(move |tx| {
            if view.get::<Role>(tx, &key(&name))?.is_none() {
                return Ok(());
            }
            view.delete(tx, &key(&name))?;
            audit::record(tx, &context, &audit::Event::new("delete", "credential-roles", &name))
        })
        .await?;
    Ok(None)
}

pub(super) async fn write(call: &Call<'_>) -> Answer {
    let name = call.input.text_or_empty("role_name")?;
    let before = load(call, &name).await?;
    let verb = if before.is_some() { "update" } else { "create" };
    let fresh = Role { name: name.clone(), renewable: true, ..Role::default() };
    let mut role = before.unwrap_or(fresh);
    role.merge(call)?;
    let (view, context) = (call.view()?, call.context.clone());
    call.core
        .db()
        .write(move |tx| {
            view.put(tx, &key(&name), &role)?;
            let event = audit::Event::new(verb, "credential-roles", &name)
                .with("policies", role.allowed_policies.clone());
            audit::record(tx, &context, &event)
        })
        .await?;
    Ok(None)
}

/// A fault of one of the fields that roles of all kinds have.
fn in_role(fault: &Fault) -> Fault {
    Fault::refused(format!("error parsing role fields: {}", fault.errors().join("; ")))
}

impl Role {
    /// Whether tokens may stand for whom the mount knows by this name.
    pub(super) fn admits_alias(&self, alias: &str) -> bool {
        matches(&self.allowed_entity_aliases, alias)
    }

    fn merge(&mut self, call: &Call<'_>) -> Result<(), Fault> {
        let input = &call.input;
        // Names have lower case where they are used, so what is said of them must have it, too.
        let policies = [
            ("allowed_policies", &mut self.allowed_policies),
            ("allowed_policies_glob", &mut self.allowed_policies_glob),
        ];
        for (name, field) in policies {
            if let Some(list) = input.texts(name)? {
                *field = clean(&list, true);
            }
        }
        // `root` does not push the others out of these.
        let names = [
            ("disallowed_policies", &mut self.disallowed_policies),
            ("disallowed_policies_glob", &mut self.disallowed_policies_glob),
            ("allowed_entity_aliases", &mut self.allowed_entity_aliases),
        ];
        for (name, field) in names {
            if let Some(list) = input.texts(name)? {
                *field = each_once(&list);
            }
        }
        for (name, field) in [("orphan", &mut self.orphan), ("renewable", &mut self.renewable)] {
            if let Some(truth) = input.boolean(name)? {
                *field = truth;
            }
        }
        if let Some(suffix) = input.text("path_suffix")? {
            if !is_suffix(&suffix) {
                return Err(Fault::refused(
                    "given role path suffix contains invalid characters; must match \\w[\\w-.]+\\w",
                ));
            }
            self.path_suffix = suffix;
        }
        let merged = self.token.merge_without_type(&input.known(), OLD_NAMES);
        merged.map_err(|fault| in_role(&fault))?;
        match input.text("token_type")? {
            Some(word) if !token_type::is_word(&word) => return Err(token_type::invalid(&word)),
            Some(word) => self.token.r#type = word,
            // Beside a type of its own choice a request may say what only the other tokens can be.
            None => self.token.require_batch_terms().map_err(|fault| in_role(&fault))?,
        }
        self.require_batch_terms()
    }

    /// Refuses what no batch token can be, where all tokens of the role are batch tokens.
    fn require_batch_terms(&self) -> Result<(), Fault> {
        if self.token.r#type != TokenKind::Batch.as_str() {
            return Ok(());
        }
        let refusals = [
            (!self.orphan, "non-orphan tokens"),
            (!self.token.period.is_zero(), "periodic tokens"),
            (self.renewable, "renewable tokens"),
            (!self.token.explicit_max_ttl.is_zero(), "tokens with an explicit max TTL"),
            (self.token.num_uses != 0, "tokens with limited use count"),
        ];
        let refused = refusals.into_iter().find(|(is_set, _)| *is_set);
        refused.map_or(Ok(()), |(_, what)| {
            let text = "'token_type' cannot be 'batch' when role is set to generate";
            Err(Fault::refused(format!("{text} {what}")))
        })
    }

    /// The networks that tokens may be used from; none if some text is none.
    pub(super) fn networks(&self) -> Option<Networks> {
        if self.token.bound_cidrs.is_empty() {
            return None;
        }
        Networks::parse(&self.token.bound_cidrs.join(" "))
    }

    /// The policies of a token that somebody asks for with this role.
    pub(super) fn policies(
        &self,
        asked: &[String],
        parent: &Token,
        no_default: bool,
    ) -> Result<Vec<String>, Fault> {
        let bounded = !self.allowed_policies.is_empty() || !self.allowed_policies_glob.is_empty();
        let wanted = match (asked, bounded) {
            ([], true) => clean(&self.allowed_policies, no_default),
            ([], false) => clean(&parent.policies, no_default),
            (asked, _) => clean(asked, no_default),
        };
        let disallowed = |policy: &&String| {
            self.disallowed_policies.contains(policy)
                || matches(&self.disallowed_policies_glob, policy)
        };
        if let Some(policy) = wanted.iter().find(disallowed) {
            let text = format!("token policy {policy:?} is disallowed by this role");
            return Err(Fault::refused(text));
        }
        let allowed = clean(&self.allowed_policies, no_default);
        let within = |policy: &String| {
            if bounded {
                allowed.contains(policy) || matches(&self.allowed_policies_glob, policy)
            } else {
                parent.is_root() || policy == DEFAULT || parent.policies.contains(policy)
            }
        };
        if wanted.iter().all(within) {
            return Ok(wanted);
        }
        if !bounded {
            return Err(Fault::refused("child policies must be subset of parent"));
        }
        Err(Fault::refused(format!(
            "token policies ({}) must be subset of the role's allowed policies ({}) or glob \
             policies ({})",
            quoted(&wanted),
            quoted(&allowed),
            quoted(&self.allowed_policies_glob)
        )))
    }

    fn shown(&self) -> Value {
        let aliases = &self.allowed_entity_aliases;
        let own = json!({
            "name": self.name,
            "allowed_policies": self.allowed_policies,
            "disallowed_policies": self.disallowed_policies,
            "allowed_policies_glob": self.allowed_policies_glob,
            "disallowed_policies_glob": self.disallowed_policies_glob,
            "allowed_entity_aliases": if aliases.is_empty() { Value::Null } else { json!(aliases) },
            "orphan": self.orphan,
            "renewable": self.renewable,
            "path_suffix": self.path_suffix,
            "explicit_max_ttl": 0,
            "period": 0,
        });
        let Value::Object(mut shown) = own else { return own };
        self.token.show(&mut shown, OLD_NAMES);
        for name in NOT_SHOWN {
            shown.remove(name);
        }
        if self.token.r#type.is_empty() {
            shown.insert("token_type".to_owned(), json!("default-service"));
        }
        // These are only there where they say something.
        if self.token.bound_cidrs.is_empty() {
            shown.remove("token_bound_cidrs");
            shown.remove("bound_cidrs");
        }
        if self.token.num_uses == 0 {
            shown.remove("token_num_uses");
        }
        Value::Object(shown)
    }
}

/// Texts as Go's `%q` prints them.
fn quoted(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
    format!("[{}]", texts.join(" "))
}

/// What is put behind a path: word characters at both ends, also hyphens and dots between.
fn is_suffix(text: &str) -> bool {
    text.is_empty() || (text.len() > 2 && is_name(text))
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
