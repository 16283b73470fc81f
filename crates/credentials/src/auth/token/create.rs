//! Tokens made by tokens.

use std::time::Duration;

use kernel::{Secret, Timestamp};
use serde_json::{Map, Value};

use super::{
    asker,
    roles::{self, Role},
};
use crate::{
    auth::token_type,
    backend::{Answer, Call},
    duration::{self, DurationError, whole_seconds},
    fault::Fault,
    issue::{LoggedIn, NewToken, clean, not_for_batch},
    limits::Limits,
    origin,
    token::{DEFAULT, RESPONSE_WRAPPING, ROOT, Token, TokenKind},
};

pub(super) async fn create(call: &Call<'_>, role: Option<&str>, orphan: bool) -> Answer {
    let parent = asker(call)?;
    if parent.uses_left != 0 {
        return Err(Fault::refused("restricted use token cannot generate child tokens"));
    }
    let sudo = is_sudo(call, parent);
    let role = match role {
        None => None,
        Some(name) => Some(
            roles::load(call, name)
                .await?
                .ok_or_else(|| Fault::refused(format!("unknown role {name}")))?,
        ),
    };
    if parent.is_batch() {
        return Err(Fault::refused("batch tokens cannot create more tokens"));
    }
    let said = role.as_ref().map_or("", |role| role.token.r#type.as_str());
    let kind = token_type::of_creation(said, &call.input)?;
    if kind == TokenKind::Batch {
        require_batch_terms(call)?;
    }
    let mut new = read(call, parent, orphan, sudo)?;
    new.kind = kind;
    new.login = entity_alias(call, role.as_ref())?;
    new.no_default_policy |= role.as_ref().is_some_and(|role| role.token.no_default_policy);
    let asked = call.input.texts("policies")?.unwrap_or_default();
    new.policies = match &role {
        Some(role) => role.policies(&asked, parent, new.no_default_policy)?,
        None => policies(asked, parent, sudo)?,
    };
    if new.policies.iter().any(|policy| policy == RESPONSE_WRAPPING) {
        return Err(Fault::refused(format!("cannot assign policy {RESPONSE_WRAPPING:?}")));
    }
    if new.no_default_policy {
        new.policies.retain(|policy| policy != DEFAULT);
    }
    if let Some(role) = &role {
        apply(role, &mut new);
    }
    bind(&mut new, parent, call.context.now)?;
    // What a batch token is stands in its value, which nobody chooses.
    let chosen = new.value.take_if(|_| kind == TokenKind::Batch);
    let is_root = clean(&new.policies, new.no_default_policy) == [ROOT];
    if is_root && !parent.is_root() {
        return Err(Fault::refused(
            "root tokens may not be created without parent token being root",
        ));
    }
    if is_root && parent.expires_at.is_some() && new.ttl.is_zero() {
        return Err(Fault::refused("expiring root tokens cannot create non-expiring root tokens"));
    }
    let response = call.core.issue(call.mount, new, call.context).await?;
    Ok(Some(match chosen {
        None => response,
        Some(_) => {
            response.warn("A batch token has no ID of one's own: the one asked for is not used")
        }
    }))
}

/// Refuses what only tokens can be that are kept here.
fn require_batch_terms(call: &Call<'_>) -> Result<(), Fault> {
    let refusals = [
        ("explicit_max_ttl", !length(call, "explicit_max_ttl")?.is_zero()),
        ("num_uses", call.input.integer("num_uses")?.is_some_and(|uses| uses != 0)),
        ("period", !length(call, "period")?.is_zero()),
    ];
    let refused = refusals.into_iter().find(|(_, is_set)| *is_set);
    refused.map_or(Ok(()), |(name, _)| Err(not_for_batch(name)))
}

/// Whom the token stands for, if a name is asked for that the role allows.
fn entity_alias(call: &Call<'_>, role: Option<&Role>) -> Result<Option<LoggedIn>, Fault> {
    let alias = call.input.text_or_empty("entity_alias")?.to_lowercase();
    if alias.is_empty() {
        return Ok(None);
    }
    let Some(role) = role else {
        let text = "'entity_alias' is only allowed in combination with token role";
        return Err(Fault::refused(text));
    };
    if !role.admits_alias(&alias) {
        return Err(Fault::refused("invalid 'entity_alias' value"));
    }
    Ok(Some(LoggedIn { alias, alias_metadata: Map::new(), kept: Map::new() }))
}

/// Everything but the policies.
fn read(call: &Call<'_>, parent: &Token, orphan: bool, sudo: bool) -> Result<NewToken, Fault> {
    let input = &call.input;
    let no_parent = input.boolean("no_parent")?.unwrap_or(false);
    if no_parent && !sudo && !orphan {
        return Err(Fault::refused("root or sudo privileges required to create orphan token"));
    }
    let period = length(call, "period")?;
    if !period.is_zero() && !sudo {
        return Err(Fault::refused("root or sudo privileges required to create periodic token"));
    }
    let ttl = if input.has("ttl") { length(call, "ttl")? } else { length(call, "lease")? };
    let uses = input.integer("num_uses")?.unwrap_or(0);
    let num_uses =
        u64::try_from(uses).map_err(|_| Fault::refused("number of uses cannot be negative"))?;
    let name = input.text_or_empty("display_name")?;
    let display_name =
        if name.is_empty() { "token".to_owned() } else { format!("token-{}", tidy(&name)) };
    Ok(NewToken {
        value: value(call, sudo)?,
        no_default_policy: input.boolean("no_default_policy")?.unwrap_or(false),
        meta: meta(call)?,
        path: call.request.path.clone(),
        display_name,
        parent: (!orphan && !no_parent).then_some(parent.hash),
        num_uses,
        ttl,
        explicit_max_ttl: length(call, "explicit_max_ttl")?,
        period,
        renewable: input.boolean("renewable")?.unwrap_or(true),
        networks: parent.networks.clone(),
        entity_id: parent.entity_id.clone(),
        handed_on: origin::handed_on(parent),
        ..NewToken::default()
    })
}

/// A length of time; nothing is zero.
fn length(call: &Call<'_>, name: &str) -> Result<Duration, Fault> {
    let length = duration::parse_text(&call.input.text_or_empty(name)?).map_err(|error| {
        Fault::refused(match error {
            DurationError::Negative(_) => format!("{name} must be positive"),
            error => error.to_string(),
        })
    })?;
    // Less than a second is not the nothing that stands for as long as possible.
    let is_short = !length.is_zero() && length < Duration::from_secs(1);
    Ok(if is_short { Duration::from_secs(1) } else { length })
}

/// Takes over what a role says.
fn apply(role: &Role, new: &mut NewToken) {
    new.role.clone_from(&role.name);
    if role.orphan {
        new.parent = None;
    }
    new.renewable = new.renewable && role.renewable;
    new.period = if role.token.period.is_zero() { new.period } else { role.token.period };
    if !role.token.explicit_max_ttl.is_zero() {
        new.explicit_max_ttl = if new.explicit_max_ttl.is_zero() {
            role.token.explicit_max_ttl
        } else {
            new.explicit_max_ttl.min(role.token.explicit_max_ttl)
        };
    }
    if role.token.num_uses != 0 {
        new.num_uses = role.token.num_uses;
    }
    if !role.path_suffix.is_empty() {
        new.path = format!("{}/{}", new.path, role.path_suffix);
    }
    if let Some(networks) = role.networks() {
        new.networks = networks;
    }
}

/// Keeps what binds the API token behind the parent, whatever a role says, and also where the token
/// lives without its parent: however many make one another, none outlives that API token.
fn bind(new: &mut NewToken, parent: &Token, now: Timestamp) -> Result<(), Fault> {
    let shared = Limits::of_token(Some(parent)).networks().shared_with(&new.networks);
    new.networks = shared.ok_or_else(|| {
        Fault::refused(
            "the API token that you logged in with is good in other networks than the tokens of \
             this role",
        )
    })?;
    if let Some(left) = origin::left(parent, now).map(whole_seconds) {
        if left.is_zero() {
            // It would be taken for no limit at all.
            return Err(Fault::BadToken);
        }
        let said = Some(new.explicit_max_ttl).filter(|length| !length.is_zero());
        new.explicit_max_ttl = said.map_or(left, |length| length.min(left));
    }
    Ok(())
}

/// Without a role: those of the parent, or some of them; with sudo, any.
fn policies(asked: Vec<String>, parent: &Token, sudo: bool) -> Result<Vec<String>, Fault> {
    if asked.is_empty() {
        return Ok(parent.policies.clone());
    }
    let inside = clean(&asked, true)
        .iter()
        .all(|policy| parent.policies.contains(policy) || policy == DEFAULT);
    if !sudo && !inside {
        return Err(Fault::refused("child policies must be subset of parent"));
    }
    Ok(asked)
}

fn value(call: &Call<'_>, sudo: bool) -> Result<Option<Secret<String>>, Fault> {
    let value = call.input.text_or_empty("id")?;
    if value.is_empty() {
        return Ok(None);
    }
    if !sudo {
        return Err(Fault::refused("root or sudo privileges required to specify token id"));
    }
    // What is made here has a dot.
    if value.starts_with("s.") {
        return Err(Fault::refused("custom token ID cannot have the 's.' prefix"));
    }
    if value.contains('.') {
        return Err(Fault::refused("custom token ID cannot have a '.' in the value"));
    }
    Ok(Some(Secret::new(value)))
}

fn meta(call: &Call<'_>) -> Result<Map<String, Value>, Fault> {
    let meta = match call.input.pairs("meta")? {
        Some(meta) => meta,
        None => call.input.pairs("metadata")?.unwrap_or_default(),
    };
    Ok(meta.into_iter().map(|(key, value)| (key, Value::String(value))).collect())
}

/// Whether the token may do more at this path than others.
fn is_sudo(call: &Call<'_>, token: &Token) -> bool {
    token.is_root() || call.core.acl(token).is_sudo(&call.request.path)
}

/// A name without what would break lines of a log.
fn tidy(name: &str) -> String {
    name.chars()
        .map(|character| if character.is_ascii_alphanumeric() { character } else { '-' })
        .collect::<String>()
        .trim_matches('-')
        .to_owned()
}
