//! Signing in to the console and out of it.

use db::Tx;
use kernel::{Context, Error, Id, Kind, Result, Secret, SessionId, Timestamp};

use crate::{
    Identity, User, cookie,
    store::{self, Credentials},
    throttle::{Subject, WINDOW},
};

/// A person who has just signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// The `Set-Cookie` value that begins their session.
    pub cookie: String,
}

impl Identity {
    /// Signs somebody in by username or e-mail address, and password.
    ///
    /// An attempt is counted before the password is looked at, so that many at once don't slip
    /// past the throttle, and takes as long whether the person exists or not.
    pub async fn sign_in(
        &self,
        context: &Context,
        login: &str,
        password: &Secret<String>,
    ) -> Result<SignedIn> {
        let now = context.now;
        let address = context.address.map(Subject::address);
        let (account, found) = self.look_up(login.trim(), address.clone(), now).await?;
        let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), hash));
        let known = self.passwords().verify(password.clone(), hash).await?;
        let Some(user) = user.filter(|_| known) else {
            return Err(Error::new(
                Kind::Unauthorized,
                "this username or password is wrong; an administrator can set a new password",
            ));
        };
        let secret = self.begin_session(&user, account, address, now).await?;
        let lifetime = self.settings().session_lifetime;
        let cookie = cookie::set(self.external_url(), secret.expose(), lifetime);
        Ok(SignedIn { user, cookie })
    }

    /// Counts an attempt, and finds whom it is about.
    async fn look_up(
        &self,
        login: &str,
        address: Option<Subject>,
        now: Timestamp,
    ) -> Result<(Subject, Option<Credentials>)> {
        let login = login.to_owned();
        self.db()
            .write(move |tx| {
                let found = store::credentials_by_login(tx, &login)?;
                // One account, whether it is addressed by name or by e-mail.
                let account = found.as_ref().map_or_else(
                    || Subject::account(&login),
                    |(user, _)| Subject::account(&user.id.to_string()),
                );
                count_attempt(tx, &account, now)?;
                if let Some(address) = &address {
                    count_attempt(tx, address, now)?;
                }
                Ok((account, found))
            })
            .await
    }

    async fn begin_session(
        &self,
        user: &User,
        account: Subject,
        address: Option<Subject>,
        now: Timestamp,
    ) -> Result<Secret<String>> {
        let secret = barrier::random_token("");
        let hash = self.barrier().token_hash(secret.expose());
        let id: SessionId = Id::random();
        let user = user.id;
        let expires_at = now.plus(self.settings().session_lifetime);
        self.db()
            .write(move |tx| {
                store::insert_session(tx, id, &hash, user, now, expires_at)?;
                store::forget_attempts(tx, &account.key)?;
                match &address {
                    Some(address) => store::forgive_attempt(tx, &address.key),
                    None => Ok(()),
                }
            })
            .await?;
        Ok(secret)
    }

    /// Ends the session that the caller is in; gives the `Set-Cookie` value that clears the cookie.
    pub async fn sign_out(&self, context: &Context) -> Result<String> {
        if let Some(id) = context.user().and_then(|user| user.session) {
            self.db().write(move |tx| store::delete_session(tx, id)).await?;
        }
        Ok(cookie::clear(self.external_url()))
    }

    /// Forgets sessions, authorization codes and attempts that have come to their end. For a
    /// background role.
    pub async fn forget_expired(&self) -> Result<()> {
        let now = self.now();
        let idle_since = now.minus(self.settings().session_idle);
        // What is still in memory counts as used.
        self.flush_last_used().await?;
        self.db()
            .write(move |tx| store::delete_expired(tx, now, idle_since, now.minus(WINDOW)))
            .await
    }
}

/// Counts an attempt, unless there were too many.
pub(super) fn count_attempt(tx: &mut Tx<'_>, subject: &Subject, now: Timestamp) -> Result<()> {
    let (started, counted) = store::count_attempt(tx, &subject.key, now, now.minus(WINDOW))?;
    subject.check(started, counted, now)
}
