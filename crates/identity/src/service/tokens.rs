//! API tokens: those of people, and what can be done with a token of any kind.

use barrier::token_is_well_formed;
use db::Tx;
use kernel::{
    Actor, Context, Denial, Error, Kind, Page, PageRequest, Result, Secret, Timestamp, TokenId,
    UserId,
};

use super::{
    is_site_admin,
    keys::manages_key,
    minting::{self, TOKENS, hidden, is_itself},
    team_tokens::manages_tokens_of,
    trusts::keeps_workload,
};
use crate::{
    Identity, ListedToken, NewToken, Right, Token, TokenHolder, User, audit, scope_by_id, store,
};

impl Identity {
    /// Makes a person's token about which little is said.
    pub async fn create_token(
        &self,
        context: &Context,
        user: UserId,
        description: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<(Token, Secret<String>)> {
        let new = NewToken::described(description).until(expires_at);
        self.create_user_token(context, user, new).await
    }

    /// Makes a person's token and gives its value, which nobody sees again. People make their own.
    pub async fn create_user_token(
        &self,
        context: &Context,
        user: UserId,
        new: NewToken,
    ) -> Result<(Token, Secret<String>)> {
        let allowed = match &context.actor {
            Actor::System => true,
            Actor::User(actor) => actor.id == user,
            Actor::Anonymous | Actor::Service(_) => false,
        };
        if !allowed {
            return Err(not_theirs(user));
        }
        self.mint(context, new, move |tx, _| {
            store::find_user(tx, user)?.ok_or_else(Error::not_found)?;
            Ok(TokenHolder::User(user))
        })
        .await
    }

    /// A page of a person's tokens, the newest first.
    pub async fn list_tokens(
        &self,
        context: &Context,
        user: UserId,
        page: PageRequest,
    ) -> Result<Page<Token>> {
        require_own(context, user)?;
        let tokens = self.db().snapshot(move |tx| store::list_tokens(tx, user, page)).await?;
        Ok(tokens.map(|token| self.with_last_use(token)))
    }

    /// A token of any kind, for those who may revoke it.
    pub async fn read_token(&self, context: &Context, id: TokenId) -> Result<Token> {
        let context = context.clone();
        let token = self.db().read(move |tx| managed(tx, &context, id)).await?;
        Ok(self.with_last_use(token))
    }

    /// Revokes a token: the next request with it is refused.
    pub async fn revoke_token(&self, context: &Context, id: TokenId) -> Result<()> {
        let context = context.clone();
        self.db()
            .write_settled(move |tx| {
                let token = managed(tx, &context, id)?;
                revoke(tx, &context, &token)
            })
            .await
    }

    /// A token by its value.
    pub async fn find_token(&self, value: &str) -> Result<Option<Token>> {
        Ok(self.token_by_value(value).await?.map(|(token, _)| token))
    }

    /// A token by its value, which is its own authority, and its person.
    pub async fn token_by_value(&self, value: &str) -> Result<Option<(Token, Option<User>)>> {
        if !token_is_well_formed(value) {
            return Ok(None);
        }
        let hash = self.barrier().token_hash(value);
        let found = self
            .db()
            .read(move |tx| {
                let Some(token) = store::token_by_hash(tx, &hash)? else { return Ok(None) };
                let user = match token.holder.user() {
                    Some(user) => store::find_user(tx, user)?,
                    None => None,
                };
                Ok(Some((token, user)))
            })
            .await?;
        Ok(found.map(|(token, user)| (self.with_last_use(token), user)))
    }

    /// Revokes a token by its value; gives what was revoked.
    pub async fn revoke_token_by_value(
        &self,
        context: &Context,
        value: &str,
    ) -> Result<Option<Token>> {
        if !token_is_well_formed(value) {
            return Ok(None);
        }
        let (context, hash) = (context.clone(), self.barrier().token_hash(value));
        self.db()
            .write_settled(move |tx| {
                let Some(bearer) = store::bearer_by_hash(tx, &hash)? else { return Ok(None) };
                let Some(token) = store::find_token(tx, bearer.token)? else { return Ok(None) };
                // Whoever has the value is the token, as far as anybody can tell.
                let context = Context { actor: bearer.actor, ..context.clone() };
                revoke(tx, &context, &token)?;
                Ok(Some(token))
            })
            .await
    }

    pub(super) fn with_last_use(&self, mut token: Token) -> Token {
        if let Some((at, address)) = self.last_used().token(token.id)
            && token.last_used_at.is_none_or(|before| before < at)
        {
            token.last_used_at = Some(at);
            token.last_used_address = address;
        }
        token
    }

    pub(super) fn listed_with_last_use(&self, listed: ListedToken) -> ListedToken {
        ListedToken { token: self.with_last_use(listed.token), ..listed }
    }
}

/// Takes a token away, if it is still there.
pub(super) fn revoke(tx: &mut Tx<'_>, context: &Context, token: &Token) -> Result<()> {
    store::bar_workload(tx, token.id)?;
    if !store::delete_token(tx, token.id)? {
        return Err(Error::not_found());
    }
    let event = minting::event("revoke", &token.holder, token.id);
    audit::record(tx, context, &event.named(token.description.as_str()))
}

/// A token that the caller may look at and take away; to everybody else it is not there.
fn managed(tx: &mut Tx<'_>, context: &Context, id: TokenId) -> Result<Token> {
    let token = store::find_token(tx, id)?.ok_or_else(Error::not_found)?;
    match manages(tx, context, &token) {
        Ok(true) => return Ok(token),
        Ok(false) => {}
        // Who has nothing to do with the organization.
        Err(outside) if outside.kind() == Kind::NotFound => {}
        Err(other) => return Err(other),
    }
    let right = right_over(&token.holder);
    Err(hidden(right, token.holder.organization(), (TOKENS, id.to_string())))
}

fn manages(tx: &mut Tx<'_>, context: &Context, token: &Token) -> Result<bool> {
    if is_itself(context, token) || matches!(context.actor, Actor::System) {
        return Ok(true);
    }
    match &token.holder {
        TokenHolder::User(user) => Ok(require_own(context, *user).is_ok()),
        TokenHolder::Team { organization, team, .. } => {
            let scope = scope_by_id(tx, context, *organization)?;
            let team = store::find_team(tx, *team)?.ok_or_else(Error::not_found)?;
            Ok(manages_tokens_of(&scope, &team))
        }
        TokenHolder::Organization(organization) | TokenHolder::Auditor(organization) => {
            let scope = scope_by_id(tx, context, *organization)?;
            Ok(scope.allows(Right::ManageOrganizationTokens))
        }
        TokenHolder::Key(organization, placed) => {
            let scope = scope_by_id(tx, context, *organization)?;
            manages_key(tx, &scope, placed)
        }
        TokenHolder::Workload => {
            Ok(is_site_admin(context) || keeps_workload(tx, context, token.id)?)
        }
    }
}

/// The right that whoever may not touch a token lacks.
const fn right_over(holder: &TokenHolder) -> Right {
    match holder {
        TokenHolder::Team { .. } => Right::ManageTeams,
        TokenHolder::Key(..) => Right::ManageAccess,
        _ => Right::ManageOrganizationTokens,
    }
}

/// People see their own tokens, site administrators those of all.
fn require_own(context: &Context, user: UserId) -> Result<()> {
    let own = context.user().is_some_and(|actor| actor.id == user);
    if own || is_site_admin(context) { Ok(()) } else { Err(not_theirs(user)) }
}

/// Tokens of somebody else. Who that is, is told only to the audit trail.
fn not_theirs(user: UserId) -> Error {
    Error::not_found().denying(Denial {
        right: "manage-own-tokens",
        organization: None,
        resource_kind: "users",
        resource_id: user.to_string(),
    })
}
