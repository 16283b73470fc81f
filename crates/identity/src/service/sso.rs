//! Signing in at another server: sending the browser there, and what comes of its return.

use std::time::Duration;

use barrier::jwt::{Claims, JwtError, KeySet, LEEWAY, Unverified};
use kernel::{Context, Error, Kind, Result, Secret};
use outgoing::Request;

use super::{
    sign_in::{SignIn, begin_session, count_attempt},
    sso_account::find_or_make,
    sso_groups::follow,
};
use crate::{
    Identity, Provider, User,
    audit::in_name_of,
    cookie::{self, Cookie},
    issuers::{KeySource, Metadata},
    sso::{
        attempt::{Attempt, BINDING_LIFETIME, binding},
        exchange::{authorization_url, read_tokens, refused_by, sign_out_url, token_request},
        introduction::{self, Introduction, refusal},
    },
    throttle::Subject,
};

/// Where the other server sends the browser back to.
pub(crate) const CALLBACK: &str = "/app/sign-in/oidc/callback";

/// How long the other server may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may be.
const MAX_BYTES: usize = 512 << 10;

/// What the other server sends along with the browser.
#[derive(Clone, Debug)]
pub(crate) struct Return {
    pub(crate) code: Secret<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) error: String,
    pub(crate) error_description: String,
}

/// What is needed to leave for the other server.
#[derive(Clone, Debug)]
pub(crate) struct Departure {
    /// Where to.
    pub(crate) url: String,
    /// The `Set-Cookie` value that binds the return to this browser.
    pub(crate) cookie: String,
}

impl Identity {
    /// The server at which people sign in, if there is one.
    pub(crate) fn provider(&self) -> Result<&Provider> {
        self.settings().provider.as_ref().ok_or_else(Error::not_found)
    }

    /// Sends a browser, which may have a binding already, to sign in.
    pub(crate) async fn leave_for_provider(
        &self,
        context: &Context,
        cookie: Option<&str>,
        return_to: &str,
    ) -> Result<Departure> {
        let provider = self.provider()?;
        let metadata = self.provider_metadata(provider).await?;
        let binding = binding(cookie);
        let attempt = Attempt::begin(self.barrier(), &binding, return_to, context.now)?;
        let url = authorization_url(provider, &metadata, &attempt, &self.redirect_uri())?;
        let cookie = cookie::set(self.external_url(), Cookie::Binding, &binding, BINDING_LIFETIME);
        Ok(Departure { url, cookie })
    }

    /// The sign-in that a browser comes back with. None if it was not begun in it, or long ago.
    pub(crate) fn returning(
        &self,
        context: &Context,
        cookie: Option<&str>,
        state: &str,
    ) -> Option<Attempt> {
        Attempt::reopen(self.barrier(), cookie?, state, context.now)
    }

    /// Signs somebody in who comes back from the other server.
    pub(crate) async fn sign_in_by_provider(
        &self,
        context: &Context,
        attempt: &Attempt,
        back: &Return,
    ) -> Result<SignIn> {
        let provider = self.provider()?;
        if back.issuer.as_ref().is_some_and(|issuer| *issuer != provider.issuer) {
            return Err(refusal(provider, "another server answered"));
        }
        if !back.error.is_empty() || back.code.expose().is_empty() {
            return Err(refused_by(provider, &back.error, &back.error_description));
        }
        self.count_return(context).await?;
        let introduction = self.introduction(context, provider, attempt, &back.code).await?;
        self.welcome(context, provider, introduction).await
    }

    /// Where people are sent to sign out there too, if that is offered and known already: nobody
    /// waits for it.
    pub(crate) async fn provider_sign_out(&self) -> Option<String> {
        let provider = self.settings().provider.as_ref()?;
        let metadata = tokio::time::timeout(
            Duration::from_millis(500),
            self.issuers().metadata(&provider.issuer),
        );
        let metadata = metadata.await.ok()?.ok()?;
        sign_out_url(
            provider,
            &metadata,
            &format!("{}/app/sign-in?done=signed-out", self.external_url()),
        )
    }

    /// Counts a return, so that nobody makes this server ask the other one on and on.
    async fn count_return(&self, context: &Context) -> Result<()> {
        let Some(address) = context.address.map(Subject::address) else { return Ok(()) };
        let now = context.now;
        self.db().write(move |tx| count_attempt(tx, &address, now)).await
    }

    fn redirect_uri(&self) -> String {
        format!("{}{CALLBACK}", self.external_url())
    }

    async fn provider_metadata(&self, provider: &Provider) -> Result<std::sync::Arc<Metadata>> {
        self.issuers().metadata(&provider.issuer).await.map_err(|error| named(provider, error))
    }

    /// Exchanges the code, checks the identity that comes for it, and reads what it says.
    async fn introduction(
        &self,
        context: &Context,
        provider: &Provider,
        attempt: &Attempt,
        code: &Secret<String>,
    ) -> Result<Introduction> {
        let metadata = self.provider_metadata(provider).await?;
        let request =
            token_request(provider, &metadata, attempt, code.expose(), &self.redirect_uri())?;
        let response = self.ask(provider, request).await?;
        let tokens = read_tokens(provider, response).map_err(|error| named(provider, error))?;
        let claims = self.verified(context, provider, &tokens.identity).await?;
        introduction::check(&claims, provider, &attempt.nonce)?;
        let more = match (&metadata.userinfo_endpoint, &tokens.access) {
            (Some(endpoint), Some(access)) if introduction::is_silent(&claims, provider) => {
                Some(self.more(provider, endpoint, access).await?)
            }
            _ => None,
        };
        introduction::read(&claims, more.as_ref(), provider)
    }

    /// The claims of an identity, if one of the server's keys has signed it and it is valid now.
    async fn verified(
        &self,
        context: &Context,
        provider: &Provider,
        token: &Secret<String>,
    ) -> Result<Claims> {
        let unbelieved = |error: JwtError| refusal(provider, &error.to_string());
        let token = Unverified::parse(token.expose()).map_err(unbelieved)?;
        let source = KeySource::Issuer(provider.issuer.clone());
        let keys = self.issuers().keys(&source).await.map_err(|error| named(provider, error))?;
        let verify = |keys: &KeySet| token.verify(keys, context.now, LEEWAY);
        let outcome = match verify(&keys) {
            Err(JwtError::UnknownKey) => match self.issuers().newer_keys(&source, &keys).await {
                Some(newer) => verify(&newer),
                None => Err(JwtError::UnknownKey),
            },
            outcome => outcome,
        };
        outcome.map_err(unbelieved)
    }

    /// Asks for what the identity leaves out.
    async fn more(
        &self,
        provider: &Provider,
        endpoint: &str,
        access: &Secret<String>,
    ) -> Result<Claims> {
        let response = self.ask(provider, Request::get(endpoint).bearer(access)?).await?;
        let answer = response.successful().and_then(|response| response.json());
        answer.map(Claims::new).map_err(|error| named(provider, error))
    }

    async fn ask(&self, provider: &Provider, request: Request) -> Result<outgoing::Response> {
        let request = request.timeout(TIMEOUT).max_body_bytes(MAX_BYTES);
        self.outgoing().send(request).await.map_err(|error| named(provider, error))
    }

    /// Finds or makes the account of somebody who was introduced, follows their groups, and begins
    /// their session: all of it or nothing.
    async fn welcome(
        &self,
        context: &Context,
        provider: &Provider,
        introduction: Introduction,
    ) -> Result<SignIn> {
        match self.admit(context, provider, &introduction).await {
            // In another window they were quicker, and are known by now.
            Err(error) if matches!(error.kind(), Kind::Invalid | Kind::Conflict) => {
                self.admit(context, provider, &introduction).await
            }
            outcome => outcome,
        }
    }

    async fn admit(
        &self,
        context: &Context,
        provider: &Provider,
        introduction: &Introduction,
    ) -> Result<SignIn> {
        let session = self.draw_session(context.now);
        let (context, provider, fresh) = (context.clone(), provider.clone(), session.clone());
        let introduction = introduction.clone();
        let user: User = self
            .db()
            .write(move |tx| {
                let user = find_or_make(tx, &context, &provider, &introduction)?;
                follow(tx, &in_name_of(&context, &user), &user, &introduction.groups)?;
                begin_session(tx, &context, &user, &fresh, &[("by", &provider.name)])?;
                Ok(user)
            })
            .await?;
        Ok(SignIn { user, cookie: session.cookie, next: None })
    }
}

/// A failure of a request, with whom it was to. What the operator would have to change is said to
/// whoever signs in, too: it holds no secret.
fn named(provider: &Provider, error: Error) -> Error {
    let kind = match error.kind() {
        Kind::Forbidden => return error,
        Kind::Internal => Kind::Internal,
        _ => Kind::Unavailable,
    };
    let text = format!("{} can't be asked who you are: {error}", provider.name);
    let named = Error::new(kind, text);
    match error.internal_cause() {
        Some(cause) => named.caused_by(cause),
        None => named,
    }
}
