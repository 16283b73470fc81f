//! Signing in to the console and out of it.

use db::Tx;
use kernel::{Context, Error, Id, Kind, Result, Secret, SessionId, Timestamp};

use crate::{
    Identity, User, cookie, store,
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
        let login = login.trim().to_owned();
        let account = Subject::account(&login);
        let address = context.address.map(Subject::address);
        let subjects: Vec<Subject> = [account.clone()].into_iter().chain(address.clone()).collect();
        let found = self
            .admit(&subjects, context.now, move |tx| store::credentials_by_login(tx, &login))
            .await?;
        let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), hash));
        let known = self.passwords().verify(password.clone(), hash).await?;
        let Some(user) = user.filter(|_| known) else {
            return Err(Error::new(
                Kind::Unauthorized,
                "this username or password is wrong; an administrator can set a new password",
            ));
        };
        let secret = self.begin_session(&user, account, address, context.now).await?;
        let lifetime = self.settings().session_lifetime;
        let cookie = cookie::set(self.external_url(), secret.expose(), lifetime);
        Ok(SignedIn { user, cookie })
    }

    /// Counts an attempt and reads what it is about, unless there were too many.
    pub(crate) async fn admit<T: Send + 'static>(
        &self,
        subjects: &[Subject],
        now: Timestamp,
        read: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let subjects = subjects.to_vec();
        self.db()
            .write(move |tx| {
                for subject in &subjects {
                    let (started, counted) =
                        store::count_attempt(tx, &subject.key, now, now.minus(WINDOW))?;
                    subject.check(started, counted, now)?;
                }
                read(tx)
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
