//! People's accounts.

use db::Tx;
use kernel::{Context, Denial, Error, Id, ProjectId, Result, Secret, UserId};

use super::{
    all_of, is_site_admin, require_site_admin,
    sign_in::{count_attempt, forget_failures},
};
use crate::{
    Identity, Project, User, UserChange,
    audit::{self, Event, facts},
    names, store,
    throttle::Subject,
};

/// A person by id.
pub fn find_user(tx: &mut Tx<'_>, id: UserId) -> Result<Option<User>> {
    store::find_user(tx, id)
}

/// A project by id, whoever asks: for what is known to be theirs.
pub fn find_project(tx: &mut Tx<'_>, id: ProjectId) -> Result<Option<Project>> {
    store::project_by_id(tx, id)
}

impl Identity {
    /// Gives a person an account. Open invitations to the address become memberships, which is
    /// why only a site administrator may do it: nobody has proved that the address is theirs.
    pub async fn create_user(
        &self,
        context: &Context,
        username: &str,
        email: &str,
        password: Option<Secret<String>>,
        site_admin: bool,
    ) -> Result<User> {
        require_site_admin(context)?;
        all_of([
            names::username(username).map(drop),
            names::email(email).map(drop),
            password.as_ref().map_or(Ok(()), |new| names::password("password", new.expose())),
        ])?;
        let hash = match password {
            Some(password) => Some(self.passwords().hash(password).await?),
            None => None,
        };
        let user = User {
            id: Id::generate(),
            username: names::username(username)?,
            email: names::email(email)?,
            site_admin,
            created_at: context.now,
            updated_at: context.now,
        };
        let (context, stored) = (context.clone(), user.clone());
        self.db()
            .write(move |tx| {
                store::insert_user(tx, &stored, hash.as_deref())?;
                store::claim_invitations(tx, &stored)?;
                let event = about("create", &stored)
                    .with("email", stored.email.as_str())
                    .with("site-admin", stored.site_admin);
                audit::record(tx, &context, &event)
            })
            .await?;
        Ok(user)
    }

    /// A person by username or e-mail address.
    pub async fn find_user_by_name(&self, login: &str) -> Result<Option<User>> {
        let login = login.to_owned();
        self.db().read(move |tx| store::user_by_login(tx, &login)).await
    }

    /// A person, for somebody who shares an organization with them.
    pub async fn read_user(&self, context: &Context, id: UserId) -> Result<User> {
        let sees_all = is_site_admin(context);
        let own = context.user().map(|user| user.id);
        self.db()
            .read(move |tx| {
                let user = store::find_user(tx, id)?.ok_or_else(Error::not_found)?;
                let visible = sees_all
                    || match own {
                        Some(own) => own == id || store::share_organization(tx, own, id)?,
                        None => false,
                    };
                if visible {
                    return Ok(user);
                }
                Err(Error::not_found().denying(Denial {
                    right: "read-user",
                    organization: None,
                    resource_kind: "users",
                    resource_id: id.to_string(),
                }))
            })
            .await
    }

    /// Changes one's own name and address.
    pub async fn update_account(&self, context: &Context, change: UserChange) -> Result<User> {
        let id = context.user().ok_or_else(Error::unauthorized)?.id;
        let context = context.clone();
        all_of([
            change.username.as_deref().map_or(Ok(()), |name| names::username(name).map(drop)),
            change.email.as_deref().map_or(Ok(()), |email| names::email(email).map(drop)),
        ])?;
        self.db()
            .write(move |tx| {
                require_lasting_token(tx, &context, id)?;
                store::lock_user(tx, id)?;
                let mut user = store::find_user(tx, id)?.ok_or_else(Error::unauthorized)?;
                let before = facts::user(&user);
                if let Some(username) = &change.username {
                    user.username.clone_from(username);
                }
                if let Some(email) = &change.email {
                    user.email = names::email(email)?;
                    store::set_membership_email(tx, id, &user.email)?;
                }
                user.updated_at = context.now;
                store::update_user(tx, &user)?;
                let event = about("update", &user).changed(&before, &facts::user(&user));
                audit::record(tx, &context, &event)?;
                Ok(user)
            })
            .await
    }

    /// Gives a person a new password and ends their browser sessions.
    pub async fn set_password(
        &self,
        context: &Context,
        id: UserId,
        password: Secret<String>,
    ) -> Result<()> {
        require_site_admin(context)?;
        names::password("password", password.expose())?;
        let hash = self.passwords().hash(password).await?;
        let context = context.clone();
        self.db()
            .write(move |tx| {
                if !store::set_password(tx, id, &hash, context.now)? {
                    return Err(Error::not_found());
                }
                store::delete_sessions(tx, id, None)?;
                forget_failures(tx, id)?;
                record_new_password(tx, &context, id)
            })
            .await
    }

    /// Changes one's own password and ends one's other browser sessions.
    pub async fn change_password(
        &self,
        context: &Context,
        current: &Secret<String>,
        new: &Secret<String>,
    ) -> Result<()> {
        let actor = context.user().ok_or_else(Error::unauthorized)?;
        let (id, kept, now) = (actor.id, actor.session, context.now);
        self.require_local_accounts()?;
        names::password("password", new.expose())?;
        let event = Event::new("update", "users", id).named(actor.username.as_str());
        self.require_password(context, current, &event).await?;
        let hash = self.passwords().hash(new.clone()).await?;
        let context = context.clone();
        self.db()
            .write(move |tx| {
                store::set_password(tx, id, &hash, now)?;
                store::delete_sessions(tx, id, kept)?;
                forget_failures(tx, id)?;
                record_new_password(tx, &context, id)
            })
            .await
    }

    /// Refuses somebody who is signed in and does not know their own password. Wrong ones are
    /// counted, and recorded as attempts at `event`.
    pub(super) async fn require_password(
        &self,
        context: &Context,
        password: &Secret<String>,
        event: &Event,
    ) -> Result<()> {
        self.require_local_accounts()?;
        let id = context.user().ok_or_else(Error::unauthorized)?.id;
        let (subject, now) = (Subject::account(&id.to_string()), context.now);
        let found = self
            .db()
            .write(move |tx| {
                count_attempt(tx, &subject, now)?;
                store::credentials_by_id(tx, id)
            })
            .await?;
        let hash = found.and_then(|(_, hash)| hash);
        if self.passwords().verify(password.clone(), hash).await? {
            return Ok(());
        }
        self.note(context, event.clone().denied().with("reason", "password")).await?;
        Err(Error::invalid("current_password", "this is not your current password"))
    }
}

/// What happened to a person's account.
fn about(action: &'static str, user: &User) -> Event {
    Event::new(action, "users", user.id).named(user.username.as_str())
}

fn record_new_password(tx: &mut Tx<'_>, context: &Context, id: UserId) -> Result<()> {
    let user = store::find_user(tx, id)?.ok_or_else(Error::not_found)?;
    audit::record(tx, context, &about("update", &user).with("password", "a new one"))
}

/// Refuses a token that nothing may outlive: whoever has an account's address may sign in by it.
fn require_lasting_token(tx: &mut Tx<'_>, context: &Context, user: UserId) -> Result<()> {
    let Some(id) = context.token() else { return Ok(()) };
    if !store::find_token(tx, id)?.is_some_and(|token| token.childless) {
        return Ok(());
    }
    let refused = Error::forbidden(
        "this token was given out for a while, and changes no account: that would outlive it; use \
         another token",
    );
    Err(refused.denying(Denial {
        right: "update-user",
        organization: None,
        resource_kind: "users",
        resource_id: user.to_string(),
    }))
}
