//! How every token is made: decided, bound and limited, stored, and written down, in one
//! transaction.

use barrier::random_token;
use db::Tx;
use kernel::{Context, Denial, Error, Id, OrganizationId, Result, Secret, TokenId};

use crate::{
    Identity, NewToken, Right, Scope, Token, TokenHolder,
    audit::{self, Event},
    scope_by_id, store,
    token::TOKEN_PREFIX,
};

/// What the wire calls tokens and keys.
pub(super) const TOKENS: &str = "authentication-tokens";
pub(super) const KEYS: &str = "access-keys";

impl Identity {
    /// Makes a token and gives its value, which nobody sees again. `decide` says whose it is, or
    /// refuses; it runs first, and locks what it decides about.
    pub(super) async fn mint<F>(
        &self,
        context: &Context,
        new: NewToken,
        decide: F,
    ) -> Result<(Token, Secret<String>)>
    where
        F: Fn(&mut Tx<'_>, &Context) -> Result<TokenHolder> + Send + 'static,
    {
        let new = new.checked(context.now)?;
        let value = random_token(TOKEN_PREFIX);
        let hash = self.barrier().token_hash(value.expose());
        let (context, id) = (context.clone(), Id::generate());
        let token = self
            .db()
            .write(move |tx| {
                let holder = decide(tx, &context)?;
                let new = handed_on(tx, &context, new.clone())?;
                let new = limited(tx, &context, &holder, new)?;
                if holder.is_single()
                    && let Some(old) = store::delete_single_token(tx, &holder)?
                {
                    let event = event("revoke", &holder, old).with("replaced-by", id.to_string());
                    audit::record(tx, &context, &event)?;
                }
                let token = stored(&context, id, holder, new);
                store::insert_token(tx, &token, &hash)?;
                audit::record(tx, &context, &made(&token))?;
                Ok(token)
            })
            .await?;
        Ok((token, value))
    }
}

/// What the token in use can hand on. Its row is held, so that a token that is being revoked makes
/// no other that outlives it.
fn handed_on(tx: &mut Tx<'_>, context: &Context, new: NewToken) -> Result<NewToken> {
    let Some(id) = context.token() else {
        return match context.limits().lifetime {
            Some(lifetime) => new.lasting_at_most(lifetime, context.now),
            None => Ok(new),
        };
    };
    store::lock_token(tx, id)?;
    let maker = store::find_token(tx, id)?.filter(|maker| !maker.is_expired(context.now));
    new.made_with(&maker.ok_or_else(Error::unauthorized)?, context.now)
}

/// What the organization allows. People's tokens belong to none: they are held to its limit when
/// they are used there.
fn limited(
    tx: &mut Tx<'_>,
    context: &Context,
    holder: &TokenHolder,
    new: NewToken,
) -> Result<NewToken> {
    let Some(organization) = holder.organization() else { return Ok(new) };
    let Some(longest) = store::longest_life(tx, organization, holder.kind())? else {
        return Ok(new);
    };
    let scope = scope_by_id(tx, context, organization)?;
    new.limited_to(longest, &scope.organization.name, context.now)
}

pub(super) fn stored(context: &Context, id: TokenId, holder: TokenHolder, new: NewToken) -> Token {
    Token {
        id,
        holder,
        description: new.description,
        read_only: new.read_only,
        networks: new.networks,
        created_by: context.user().map(|user| user.id),
        created_at: context.now,
        last_used_at: None,
        last_used_address: None,
        expires_at: new.expires_at,
        childless: new.childless,
    }
}

/// The record of a token that was made.
pub(super) fn made(token: &Token) -> Event {
    let mut event = event("create", &token.holder, token.id).named(token.description.as_str());
    if let Some(end) = token.expires_at {
        event = event.with("expired-at", end.to_string());
    }
    if token.childless {
        event = event.with("childless", true);
    }
    if token.read_only {
        event = event.with("read-only", true);
    }
    if !token.networks.is_empty() {
        event = event.with("source-networks", token.networks.text());
    }
    event
}

/// A record of something that happened to a token.
pub(super) fn event(action: &'static str, holder: &TokenHolder, id: TokenId) -> Event {
    let kind = if matches!(holder, TokenHolder::Key(..)) { KEYS } else { TOKENS };
    let mut event = Event::new(action, kind, id).with("token-type", holder.kind().as_str());
    if let Some(organization) = holder.organization() {
        event = event.of(organization);
    }
    match holder {
        TokenHolder::User(id) => event = event.with("user", id.to_string()),
        TokenHolder::Team { team, .. } => event = event.with("team", team.to_string()),
        TokenHolder::Key(_, placed) => {
            event = event.with("level", placed.level());
            if let Some(custom) = placed.custom() {
                event = event.with("rights", crate::placing::written_custom(custom));
            }
            if let Some(id) = placed.project_id() {
                event = event.with("project", id.to_string());
            }
            if let Some(id) = placed.workspace_id() {
                event = event.with("workspace", id.to_string());
            }
        }
        TokenHolder::Organization(_) | TokenHolder::Auditor(_) | TokenHolder::Workload => {}
    }
    event
}

/// The scope of an organization whose row is held until the end: what it says was true before
/// and still is.
pub(super) fn held(
    tx: &mut Tx<'_>,
    context: &Context,
    organization: OrganizationId,
) -> Result<Scope> {
    store::lock_organization(tx, organization)?;
    scope_by_id(tx, context, organization)
}

/// What is not there for this caller, who lacks a right over it.
pub(super) fn hidden(
    right: Right,
    organization: Option<OrganizationId>,
    (kind, id): (&'static str, String),
) -> Error {
    let right = right.as_str();
    Error::not_found().denying(Denial { right, organization, resource_kind: kind, resource_id: id })
}

/// Whether the caller is the token itself, which may always be looked at and given up.
pub(super) fn is_itself(context: &Context, token: &Token) -> bool {
    context.token() == Some(token.id)
}
