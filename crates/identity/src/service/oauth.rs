//! Granting `terraform login` a token.

use std::time::Duration;

use barrier::random_token;
use kernel::{Context, Error, Id, Result, Secret};

use super::minting::{made, stored};
use crate::{
    AuthorizationRequest, Identity, NewToken, TokenHolder,
    audit::{self, Event},
    oauth,
    store::{self, StoredCode},
    token::TOKEN_PREFIX,
};

/// The command line exchanges a code as soon as it has it.
const CODE_LIFETIME: Duration = Duration::from_mins(2);

/// What the command line brings for a token.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) code: String,
    pub(crate) verifier: String,
    pub(crate) redirect_uri: String,
}

impl Identity {
    /// Grants a request: gives the address to send the browser to, with the code.
    pub async fn issue_code(
        &self,
        context: &Context,
        request: &AuthorizationRequest,
    ) -> Result<String> {
        let asker = context.user().ok_or_else(Error::unauthorized)?;
        let event = Event::new("authorize", "users", asker.id)
            .named(asker.username.as_str())
            .with("client", "the command line");
        let user = asker.id;
        let code = random_token("");
        let hash = self.barrier().token_hash(code.expose());
        let stored = StoredCode {
            user,
            challenge: request.challenge.clone(),
            redirect_uri: request.redirect_uri.clone(),
            expires_at: context.now.plus(CODE_LIFETIME),
        };
        let context = context.clone();
        self.db()
            .write(move |tx| {
                store::insert_code(tx, &hash, &stored)?;
                audit::record(tx, &context, &event)
            })
            .await?;
        Ok(request.answer(code.expose()))
    }

    /// The token for a code; none if the code is not good for one. A code that was shown once is
    /// gone, whatever came of it.
    pub(crate) async fn exchange_code(
        &self,
        context: &Context,
        exchange: &Exchange,
    ) -> Result<Option<Secret<String>>> {
        let hash = self.barrier().token_hash(&exchange.code);
        let value = random_token(TOKEN_PREFIX);
        let token_hash = self.barrier().token_hash(value.expose());
        let (context, exchange) = (context.clone(), exchange.clone());
        let granted = self
            .db()
            .write(move |tx| {
                // Nothing here may fail for what the client did, or the code would come back.
                let Some(code) = store::take_code(tx, &hash)? else { return Ok(false) };
                let good = code.expires_at > context.now
                    && code.redirect_uri == exchange.redirect_uri
                    && oauth::verifies(&exchange.verifier, &code.challenge);
                if !good {
                    return Ok(false);
                }
                let Some(user) = store::find_user(tx, code.user)? else { return Ok(false) };
                let date = context.now.to_string();
                let date = date.split('T').next().unwrap_or_default();
                let description = format!("terraform login on {date}");
                // It is to be good in all organizations of the person, so the strictest one says
                // when it ends.
                let longest = store::longest_life_everywhere(tx, user.id)?;
                let end = longest.map(|longest| context.now.plus(longest));
                let new = NewToken::described(description).until(end);
                let context = audit::in_name_of(&context, &user);
                let token = stored(&context, Id::generate(), TokenHolder::User(user.id), new);
                store::insert_token(tx, &token, &token_hash)?;
                audit::record(tx, &context, &made(&token))?;
                Ok(true)
            })
            .await?;
        Ok(granted.then_some(value))
    }
}
