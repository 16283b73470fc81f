//! Making tokens: what every way to log in, and every token that makes another, comes to.

use std::time::Duration;

use identity::{Networks, audit};
use kernel::{Context, Secret};
use serde_json::{Map, Value};

use crate::{
    Credentials,
    fault::Fault,
    identity_store::AliasInUse,
    ids,
    mount::Mount,
    response::{Auth, Response},
    store,
    token::{DEFAULT, ROOT, Token, TokenHash, TokenKind},
    ttl::{self, Asked, Grant},
};

/// The type of the mount whose tokens have the policies that were asked for.
const TOKENS: &str = "token";

/// A token that is to be made.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewToken {
    /// Whether it is to be kept here.
    pub(crate) kind: TokenKind,
    /// A value that was asked for; otherwise it is random.
    pub(crate) value: Option<Secret<String>>,
    /// Its policies, as asked for.
    pub(crate) policies: Vec<String>,
    /// Whether it goes without the policy that everybody gets.
    pub(crate) no_default_policy: bool,
    /// What is known of whoever gets it.
    pub(crate) meta: Map<String, Value>,
    /// The path that makes it.
    pub(crate) path: String,
    /// What it is called in logs.
    pub(crate) display_name: String,
    /// The token that makes it, unless it is to live without it.
    pub(crate) parent: Option<TokenHash>,
    /// How often it can be used; zero: as often as one likes.
    pub(crate) num_uses: u64,
    /// For how long.
    pub(crate) ttl: Duration,
    /// For how long at most, as a role says.
    pub(crate) max_ttl: Duration,
    /// For how long at most, whatever else.
    pub(crate) explicit_max_ttl: Duration,
    /// For how long with each renewal, without end.
    pub(crate) period: Duration,
    /// Whether it can be renewed.
    pub(crate) renewable: bool,
    /// The role that it is made with.
    pub(crate) role: String,
    /// Where it may be used from.
    pub(crate) networks: Networks,
    /// The id of who stands behind it, where its parent says so.
    pub(crate) entity_id: String,
    /// Who logs in, if somebody does.
    pub(crate) login: Option<LoggedIn>,
    /// What binds the API token behind its parent, as a login keeps it.
    pub(crate) handed_on: Map<String, Value>,
}

/// Somebody who logs in.
#[derive(Clone, Debug)]
pub(crate) struct LoggedIn {
    /// What the mount knows them by.
    pub(crate) alias: String,
    /// What the mount has found out about them.
    pub(crate) alias_metadata: Map<String, Value>,
    /// What the way to log in needs to know when their token is renewed.
    pub(crate) kept: Map<String, Value>,
}

impl Credentials {
    /// Makes a token, and answers with it.
    pub(crate) async fn issue(
        &self,
        mount: &Mount,
        new: NewToken,
        context: &Context,
    ) -> Result<Response, Fault> {
        let value = new.value.clone().unwrap_or_else(ids::token);
        require_possible(&new)?;
        let (token, grant) = self.draft(mount, &new, &value, context)?;
        // Whoever logs in has not asked for any.
        let warnings = match mount.r#type.as_str() {
            TOKENS => self.unknown_policies(&token.policies),
            _ => Vec::new(),
        };
        let alias = new.login.map(|login| self.alias(mount, login));
        let (alias, keeping) = (alias.transpose()?, (mount, value));
        let (token, value) = self.store_token(token, keeping, alias, context).await?;
        let answer = answer(&token, &value, grant.as_ref());
        let warnings = grant.into_iter().flat_map(|grant| grant.warnings).chain(warnings);
        Ok(warnings.fold(Response::auth(answer), Response::warn))
    }

    /// The row of a new token, and for how long it is good; none: for ever, which only root's are.
    fn draft(
        &self,
        mount: &Mount,
        new: &NewToken,
        value: &Secret<String>,
        context: &Context,
    ) -> Result<(Token, Option<Grant>), Fault> {
        let policies = clean(&new.policies, new.no_default_policy);
        let is_root = policies.iter().any(|policy| policy == ROOT);
        let asked = Asked {
            increment: new.ttl,
            max: new.max_ttl,
            explicit_max: new.explicit_max_ttl,
            period: new.period,
            ..Asked::nothing(context.now)
        };
        let for_ever = is_root && new.ttl.is_zero() && new.period.is_zero();
        let grant = if for_ever && new.explicit_max_ttl.is_zero() {
            None
        } else {
            let grant = ttl::grant(self.limits(mount), &asked);
            Some(grant.map_err(|error| Fault::refused(error.to_string()))?)
        };
        let is_kept = new.kind == TokenKind::Service;
        let token = Token {
            hash: self.token_hash(value.expose()),
            kind: new.kind,
            accessor: if is_kept { ids::accessor() } else { String::new() },
            parent: new.parent,
            path: new.path.clone(),
            display_name: new.display_name.clone(),
            policies,
            meta: new.meta.clone(),
            uses_left: i64::try_from(new.num_uses).unwrap_or(i64::MAX),
            created_at: context.now,
            creation_ttl: grant.as_ref().map_or(Duration::ZERO, |grant| grant.ttl),
            expires_at: grant.as_ref().map(|grant| grant.expires_at),
            last_renewal_at: None,
            // Of what is not renewed these have only said when it ends.
            explicit_max_ttl: if is_kept { new.explicit_max_ttl } else { Duration::ZERO },
            period: if is_kept { new.period } else { Duration::ZERO },
            renewable: is_kept && new.renewable && grant.is_some(),
            orphan: new.parent.is_none(),
            role: new.role.clone(),
            networks: new.networks.clone(),
            entity_id: new.entity_id.clone(),
            login: kept(new),
            entity: None,
        };
        Ok((token, grant))
    }

    /// Stores a token under a value, for whoever an alias is of; or seals one that is not kept here,
    /// as got at a mount, which gives it its value.
    async fn store_token(
        &self,
        token: Token,
        (mount, value): (&Mount, Secret<String>),
        alias: Option<AliasInUse>,
        context: &Context,
    ) -> Result<(Token, Secret<String>), Fault> {
        let (core, mount, context) = (self.clone(), mount.clone(), context.clone());
        let stored = self.db().write(move |tx| {
            let mut token = token.clone();
            if let Some(alias) = &alias {
                let entity = alias.entity(tx, context.now)?;
                if entity.disabled {
                    return Ok(Err(Fault::Denied));
                }
                token.entity_id.clone_from(&entity.id);
                token.entity = Some(entity);
            }
            // A token that is made by one that ends at this moment must not outlive it.
            if let Some(parent) = &token.parent
                && !store::is_token_known(tx, parent)?
            {
                return Ok(Err(Fault::BadToken));
            }
            let value = match token.kind {
                TokenKind::Service if !store::insert_token(tx, &token)? => {
                    return Ok(Err(Fault::refused("cannot create a token with a duplicate ID")));
                }
                TokenKind::Service => value.clone(),
                TokenKind::Batch => match core.seal_token(&token, &mount) {
                    Ok(value) => value,
                    Err(fault) => return Ok(Err(fault)),
                },
            };
            audit::record(tx, &context, &created(&token))?;
            Ok(Ok((token, value)))
        });
        stored.await?
    }

    /// A warning for each policy that nobody has written.
    fn unknown_policies(&self, policies: &[String]) -> Vec<String> {
        let known = self.known();
        let unknown = policies
            .iter()
            .filter(|name| *name != ROOT && !known.policies.contains_key(name.as_str()));
        unknown.map(|name| format!("Policy {name:?} does not exist")).collect()
    }
}

/// What is recorded of a new token. What names a batch token is where it was got, and by whom.
fn created(token: &Token) -> audit::Event {
    let id = if token.is_batch() { &token.path } else { &token.accessor };
    let event = audit::Event::new("create", "credential-tokens", id)
        .named(token.display_name.as_str())
        .with("policies", token.policies.clone());
    if !token.is_batch() {
        return event;
    }
    let entity = Some(token.entity_id.as_str()).filter(|id| !id.is_empty());
    event.with("type", token.kind.as_str()).with("entity", entity)
}

/// What is kept with a token: what its login needs to know, and what binds the API token behind it.
fn kept(new: &NewToken) -> Map<String, Value> {
    let mut kept = new.login.as_ref().map(|login| login.kept.clone()).unwrap_or_default();
    kept.extend(new.handed_on.clone());
    kept
}

/// Refuses what can't be said of a token that is not kept here, wherever it was said.
fn require_possible(new: &NewToken) -> Result<(), Fault> {
    if new.kind == TokenKind::Batch && new.num_uses != 0 {
        return Err(not_for_batch("num_uses"));
    }
    if new.kind == TokenKind::Batch && clean(&new.policies, true) == [ROOT] {
        return Err(Fault::refused("batch tokens cannot be root tokens"));
    }
    Ok(())
}

/// The refusal of something that only tokens have that are kept here.
pub(crate) fn not_for_batch(name: &str) -> Fault {
    Fault::refused(format!("batch tokens cannot have {name:?} set"))
}

/// Policies sorted, each once, in lower case, with the one that everybody gets.
pub(crate) fn clean(policies: &[String], no_default: bool) -> Vec<String> {
    let mut clean = each_once(policies);
    if clean.iter().any(|policy| policy == ROOT) {
        return vec![ROOT.to_owned()];
    }
    if !no_default {
        clean.push(DEFAULT.to_owned());
        clean.sort();
        clean.dedup();
    }
    clean
}

/// Names as they are kept and compared: sorted, each once, in lower case.
pub(crate) fn each_once(names: &[String]) -> Vec<String> {
    let mut names: Vec<String> = names
        .iter()
        .map(|name| name.trim().to_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// What whoever asked gets to know of a token.
pub(crate) fn answer(token: &Token, value: &Secret<String>, grant: Option<&Grant>) -> Auth {
    Auth {
        client_token: value.clone(),
        kind: token.kind,
        accessor: token.accessor.clone(),
        policies: token.policies.clone(),
        identity_policies: token.identity_policies().to_vec(),
        entity_id: token.entity_id.clone(),
        metadata: token.meta.clone(),
        ttl: grant.map_or(Duration::ZERO, |grant| grant.ttl),
        renewable: token.renewable,
        orphan: token.orphan,
        num_uses: u64::try_from(token.uses_left).unwrap_or(0),
    }
}

impl Credentials {
    /// Makes a token that may do everything, for whoever administers this machine.
    pub async fn create_root_token(
        &self,
        display_name: &str,
        ttl: Duration,
    ) -> kernel::Result<Secret<String>> {
        let context = self.identity().system();
        let mounts = self.known();
        let mount = mounts.mounts.iter().find(|mount| mount.path == "auth/token/");
        let mount = mount.ok_or_else(|| kernel::Error::internal("auth/token/ is not mounted"))?;
        let new = NewToken {
            policies: vec![ROOT.to_owned()],
            path: "auth/token/root".to_owned(),
            display_name: display_name.to_owned(),
            ttl,
            renewable: true,
            ..NewToken::default()
        };
        let made = self.issue(mount, new, &context).await;
        let made = made.map_err(|fault| kernel::Error::internal(fault.errors().join("; ")))?;
        made.auth
            .map(|auth| auth.client_token)
            .ok_or_else(|| kernel::Error::internal("no token was made"))
    }
}
