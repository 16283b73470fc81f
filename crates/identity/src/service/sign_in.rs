//! Signing in to the console and out of it.

use db::Tx;
use kernel::{Context, Error, Id, Kind, Result, Secret, SessionId, Timestamp, UserId};

use crate::{
    Identity, Stage, User,
    audit::{Event, in_name_of, record},
    cookie::{self, Cookie},
    second_factor::ticket::Ticket,
    store::{self, Credentials},
    throttle::{LONGEST_WINDOW, Subject},
};

/// How far somebody has come in signing in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Who.
    pub user: User,
    /// The `Set-Cookie` value that begins their session, or says that their password was right.
    pub cookie: String,
    /// What is still to be done; nothing: the session has begun.
    pub next: Option<Stage>,
}

/// A session that is about to begin.
#[derive(Clone)]
pub(super) struct NewSession {
    id: SessionId,
    hash: [u8; 32],
    expires_at: Timestamp,
    pub(super) cookie: String,
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
    ) -> Result<SignIn> {
        self.require_local_accounts()?;
        let address = context.address.map(Subject::address);
        let found = self.look_up(login.trim(), address, context.now).await?;
        let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), hash));
        let known = self.passwords().verify(password.clone(), hash.clone()).await?;
        match (user, hash) {
            (Some(user), Some(hash)) if known => self.after_password(context, user, hash).await,
            (user, _) => {
                if let Some(user) = user {
                    let event = sign_in_event(&user).denied().with("reason", "password");
                    // Later, so that it takes no longer than for somebody whom nobody knows.
                    self.note_denied(context, event);
                }
                Err(wrong_password())
            }
        }
    }

    /// Who a username or e-mail address and a password are of, where no session shall begin.
    ///
    /// Refused for whoever has, or must have, a second factor: a password alone shows nothing then.
    pub(super) async fn check_password(
        &self,
        context: &Context,
        login: &str,
        password: &Secret<String>,
    ) -> Result<User> {
        self.require_local_accounts()?;
        let address = context.address.map(Subject::address);
        let found = self.look_up(login.trim(), address, context.now).await?;
        let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), hash));
        let known = self.passwords().verify(password.clone(), hash.clone()).await?;
        let (Some(user), Some(hash)) = (user.clone(), hash.filter(|_| known)) else {
            if let Some(user) = user {
                self.note_denied(context, sign_in_event(&user).denied().with("reason", "password"));
            }
            return Err(wrong_password());
        };
        let required = self.settings().require_second_factor;
        let (stored, asked) = (user.clone(), context.clone());
        self.db()
            .write(move |tx| {
                store::lock_user(tx, stored.id)?;
                let current = store::credentials_by_id(tx, stored.id)?.and_then(|(_, hash)| hash);
                if current.as_ref() != Some(&hash) {
                    return Err(wrong_password());
                }
                let account = Subject::account(&stored.id.to_string());
                forgive_address(tx, &asked)?;
                if required || store::find_second_factor(tx, stored.id)?.is_some() {
                    // This one was right; those before it still count.
                    store::forgive_attempt(tx, &account.key)?;
                    return Ok(Err(second_factor_missing()));
                }
                store::forget_attempts(tx, &account.key)?;
                let event = sign_in_event(&stored).with("by", "password");
                record(tx, &in_name_of(&asked, &stored), &event)?;
                Ok(Ok(()))
            })
            .await??;
        Ok(user)
    }

    /// Refuses passwords where everybody signs in through another server.
    pub(crate) fn require_local_accounts(&self) -> Result<()> {
        if self.settings().local_accounts {
            return Ok(());
        }
        let name = self.settings().provider.as_ref().map_or("", |provider| provider.name.as_str());
        Err(Error::forbidden(format!(
            "there are no passwords on this server: people sign in through {name}"
        )))
    }

    /// Counts an attempt, and finds whom it is about.
    async fn look_up(
        &self,
        login: &str,
        address: Option<Subject>,
        now: Timestamp,
    ) -> Result<Option<Credentials>> {
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
                Ok(found)
            })
            .await
    }

    /// Begins the session, or hands out the ticket to the second factor.
    async fn after_password(&self, context: &Context, user: User, hash: String) -> Result<SignIn> {
        let session = self.draw_session(context.now);
        let required = self.settings().require_second_factor;
        let (stored, known, fresh) = (user.clone(), hash.clone(), session.clone());
        let asked = context.clone();
        let next = self
            .db()
            .write(move |tx| {
                store::lock_user(tx, stored.id)?;
                // It may have been changed while it was checked.
                let current = store::credentials_by_id(tx, stored.id)?.and_then(|(_, hash)| hash);
                if current.as_ref() != Some(&known) {
                    return Err(wrong_password());
                }
                let next = match store::find_second_factor(tx, stored.id)? {
                    Some(_) => Some(Stage::Code),
                    None => required.then_some(Stage::Enrol),
                };
                if next.is_none() {
                    begin_session(tx, &asked, &stored, &fresh, &[("by", "password")])?;
                } else {
                    // This one was right; those before it still count.
                    let account = Subject::account(&stored.id.to_string());
                    store::forgive_attempt(tx, &account.key)?;
                    forgive_address(tx, &asked)?;
                }
                Ok(next)
            })
            .await?;
        let cookie = match next {
            None => session.cookie,
            Some(stage) => {
                let ticket = Ticket::new(self.barrier(), stage, user.id, &hash, context.now);
                let text = ticket.text(self.barrier());
                cookie::set(self.external_url(), Cookie::Ticket, &text, stage.patience())
            }
        };
        Ok(SignIn { user, cookie, next })
    }

    /// Draws a session's id and secret.
    pub(super) fn draw_session(&self, now: Timestamp) -> NewSession {
        let secret = barrier::random_token("");
        let lifetime = self.settings().session_lifetime;
        NewSession {
            id: Id::generate(),
            hash: self.barrier().token_hash(secret.expose()),
            expires_at: now.plus(lifetime),
            cookie: cookie::set(self.external_url(), Cookie::Session, secret.expose(), lifetime),
        }
    }

    /// Writes a record of something that changed nothing.
    pub(super) async fn note(&self, context: &Context, event: Event) -> Result<()> {
        let context = context.clone();
        self.db().write(move |tx| record(tx, &context, &event)).await
    }

    /// Ends the session that the caller is in; gives the `Set-Cookie` value that clears the cookie.
    pub async fn sign_out(&self, context: &Context) -> Result<String> {
        if let Some(user) = context.user().cloned()
            && let Some(id) = user.session
        {
            let context = context.clone();
            self.db()
                .write(move |tx| {
                    store::delete_session(tx, id)?;
                    let event = Event::new("sign-out", "users", user.id).named(&user.username);
                    record(tx, &context, &event)
                })
                .await?;
        }
        Ok(cookie::clear(self.external_url(), Cookie::Session))
    }

    /// Forgets sessions, authorization codes and attempts that have come to their end. For a
    /// background role.
    pub async fn forget_expired(&self) -> Result<()> {
        let now = self.now();
        let idle_since = now.minus(self.settings().session_idle);
        // What is still in memory counts as used.
        self.flush_last_used().await?;
        self.db()
            .write(move |tx| store::delete_expired(tx, now, idle_since, now.minus(LONGEST_WINDOW)))
            .await
    }
}

/// Counts an attempt, unless there were too many.
pub(super) fn count_attempt(tx: &mut Tx<'_>, subject: &Subject, now: Timestamp) -> Result<()> {
    let start = now.minus(subject.window);
    let (started, counted) = store::count_attempt(tx, &subject.key, now, start)?;
    subject.check(started, counted, now)
}

/// Begins a session of somebody who has shown who they are, and forgets their failures.
pub(super) fn begin_session(
    tx: &mut Tx<'_>,
    context: &Context,
    user: &User,
    session: &NewSession,
    how: &[(&str, &str)],
) -> Result<()> {
    let NewSession { id, hash, expires_at, .. } = session;
    store::insert_session(tx, *id, hash, user.id, context.now, *expires_at)?;
    forget_failures(tx, user.id)?;
    forgive_address(tx, context)?;
    let event = how
        .iter()
        .fold(sign_in_event(user), |event, (key, value)| event.with(key, (*value).to_owned()));
    record(tx, &in_name_of(context, user), &event)
}

/// Forgets what was counted for a person.
pub(super) fn forget_failures(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    store::forget_attempts(tx, &Subject::account(&user.to_string()).key)?;
    for codes in Subject::codes(user) {
        store::forget_attempts(tx, &codes.key)?;
    }
    Ok(())
}

/// An attempt from an address went well.
pub(super) fn forgive_address(tx: &mut Tx<'_>, context: &Context) -> Result<()> {
    match context.address.map(Subject::address) {
        Some(address) => store::forgive_attempt(tx, &address.key),
        None => Ok(()),
    }
}

/// What the audit trail calls an attempt to sign in as somebody.
pub(super) fn sign_in_event(user: &User) -> Event {
    Event::new("sign-in", "users", user.id).named(&user.username)
}

fn second_factor_missing() -> Error {
    Error::forbidden(
        "a password is not enough for whoever has a second factor: log in with an API token",
    )
}

/// The same whether the account or the password is wrong.
fn wrong_password() -> Error {
    Error::new(
        Kind::Unauthorized,
        "this username or password is wrong; an administrator can set a new password",
    )
}
