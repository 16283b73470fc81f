//! API tokens.

use barrier::{random_token, token_is_well_formed};
use kernel::{
    Actor, Context, Error, Id, Page, PageRequest, Result, Secret, Timestamp, TokenId, UserId,
};

use super::is_site_admin;
use crate::{
    Identity, Token, User, names, store,
    token::{Networks, TOKEN_PREFIX, TokenHolder, is_past},
};

const MAX_DESCRIPTION: usize = 255;

impl Identity {
    /// Makes a token and gives its value, which nobody sees again. People make their own.
    pub async fn create_token(
        &self,
        context: &Context,
        user: UserId,
        description: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<(Token, Secret<String>)> {
        let allowed = match &context.actor {
            Actor::System => true,
            Actor::User(actor) => actor.id == user,
            Actor::Anonymous | Actor::Service(_) => false,
        };
        if !allowed {
            return Err(Error::not_found());
        }
        let token = draft(context, user, description, expires_at)?;
        let value = random_token(TOKEN_PREFIX);
        let (stored, hash) = (token.clone(), self.barrier().token_hash(value.expose()));
        self.db()
            .write(move |tx| {
                store::find_user(tx, user)?.ok_or_else(Error::not_found)?;
                store::insert_token(tx, &stored, &hash)
            })
            .await?;
        Ok((token, value))
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

    /// A token.
    pub async fn read_token(&self, context: &Context, id: TokenId) -> Result<Token> {
        let found = self.db().read(move |tx| store::find_token(tx, id)).await?;
        let token = found.ok_or_else(Error::not_found)?;
        require_own(context, token.holder.user().ok_or_else(Error::not_found)?)?;
        Ok(self.with_last_use(token))
    }

    /// Revokes a token: the next request with it is refused.
    pub async fn revoke_token(&self, context: &Context, id: TokenId) -> Result<()> {
        self.read_token(context, id).await?;
        self.db().write(move |tx| store::delete_token(tx, id)).await
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
    pub async fn revoke_token_by_value(&self, value: &str) -> Result<Option<Token>> {
        let Some(token) = self.find_token(value).await? else { return Ok(None) };
        let id = token.id;
        self.db().write(move |tx| store::delete_token(tx, id)).await?;
        Ok(Some(token))
    }

    fn with_last_use(&self, mut token: Token) -> Token {
        if let Some((at, address)) = self.last_used().token(token.id)
            && token.last_used_at.is_none_or(|before| before < at)
        {
            token.last_used_at = Some(at);
            token.last_used_address = address;
        }
        token
    }
}

/// People see their own tokens, site administrators those of all.
fn require_own(context: &Context, user: UserId) -> Result<()> {
    let own = context.user().is_some_and(|actor| actor.id == user);
    if own || is_site_admin(context) { Ok(()) } else { Err(Error::not_found()) }
}

/// A token that is not stored yet and has no value.
pub(super) fn draft(
    context: &Context,
    user: UserId,
    description: &str,
    expires_at: Option<Timestamp>,
) -> Result<Token> {
    if is_past(expires_at, context.now) {
        return Err(Error::invalid("expired-at", "the token's end must be in the future"));
    }
    Ok(Token {
        id: Id::random(),
        holder: TokenHolder::User(user),
        read_only: false,
        networks: Networks::default(),
        last_used_address: None,
        description: names::text("description", description.trim(), MAX_DESCRIPTION)?,
        created_by: context.user().map(|user| user.id),
        created_at: context.now,
        last_used_at: None,
        expires_at,
    })
}
