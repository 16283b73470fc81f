//! Who shows a token or a password, for other sides of the server that let people in by what they
//! are here: as who, in which teams, until when and from where.

use std::time::Duration;

use db::Tx;
use kernel::{
    Actor, Context, Error, Kind, Principal, Result, Secret, TeamId, Timestamp, TokenId, UserId,
};

use crate::{Identity, Networks, store};

/// Somebody who has shown who they are.
#[derive(Clone, Debug)]
pub struct Presented {
    /// Who it is.
    pub who: Who,
    /// What people call them.
    pub name: String,
    /// The teams that they are in; a team is in itself.
    pub teams: Vec<TeamPath>,
    /// The token that they have shown, if it was one.
    pub token: Option<TokenId>,
    /// Whether it may only read.
    pub read_only: bool,
    /// When it ends; none: never.
    pub expires_at: Option<Timestamp>,
    /// Where it may be used from.
    pub networks: Networks,
    /// For how long it was made; none: for ever.
    pub lifetime: Option<Duration>,
    /// Whether it makes nothing that lets anybody in.
    pub childless: bool,
}

/// Who can show who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A person.
    User(UserId),
    /// A team, through one of its tokens.
    Team(TeamId),
}

/// A team, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamPath {
    /// The team.
    pub id: TeamId,
    /// Its organization's name.
    pub organization: String,
    /// Its name.
    pub name: String,
}

impl Identity {
    /// Whoever shows a token. Unauthorized if it lets nobody in; forbidden if it stands neither for
    /// a person nor for a team.
    pub async fn present_token(
        &self,
        context: &Context,
        token: &Secret<String>,
    ) -> Result<Presented> {
        let actor = self.authenticate(token.expose(), context).await?;
        let shown = Context { actor, ..context.clone() };
        let id = shown.token().ok_or_else(nobody)?;
        let presented = self.presented_again(context, id).await?;
        presented.ok_or_else(Error::unauthorized)
    }

    /// Whoever has shown the token with an id, if it still lets them in.
    pub async fn presented_again(
        &self,
        context: &Context,
        id: TokenId,
    ) -> Result<Option<Presented>> {
        let (now, address) = (context.now, context.address);
        self.db()
            .read(move |tx| {
                let bearer = store::bearer_by_id(tx, id)?;
                let Some(bearer) = bearer.filter(|bearer| bearer.is_admitted(now, address)) else {
                    return Ok(None);
                };
                let limits = match &bearer.actor {
                    Actor::User(user) => user.limits,
                    Actor::Service(service) => service.limits,
                    Actor::Anonymous | Actor::System => return Ok(None),
                };
                let (who, name, teams) = match &bearer.actor {
                    Actor::User(user) => {
                        let teams = store::team_paths_of_user(tx, user.id)?;
                        (Who::User(user.id), user.username.clone(), teams)
                    }
                    Actor::Service(service) => {
                        let Principal::Team(team) = service.principal else {
                            return Err(nobody());
                        };
                        let path = store::team_path(tx, team)?;
                        (Who::Team(team), service.name.clone(), path.into_iter().collect())
                    }
                    Actor::Anonymous | Actor::System => return Ok(None),
                };
                Ok(Some(Presented {
                    who,
                    name,
                    teams,
                    token: Some(id),
                    read_only: limits.read_only,
                    expires_at: bearer.expires_at(),
                    networks: bearer.networks().clone(),
                    lifetime: limits.lifetime,
                    childless: store::find_token(tx, id)?.is_some_and(|token| token.childless),
                }))
            })
            .await
    }

    /// Whoever shows a username or an e-mail address, and a password. Somebody who needs a second
    /// factor to sign in can't do so here, and shows a token.
    pub async fn present_password(
        &self,
        context: &Context,
        login: &str,
        password: &Secret<String>,
    ) -> Result<Presented> {
        let user = self.check_password(context, login, password).await?;
        let presented = self.presented_person(user.id).await?;
        presented.ok_or_else(Error::unauthorized)
    }

    /// A person who has shown a password, if they are still there.
    pub async fn presented_person(&self, id: UserId) -> Result<Option<Presented>> {
        self.db()
            .read(move |tx| {
                let Some(user) = store::find_user(tx, id)? else { return Ok(None) };
                Ok(Some(Presented {
                    who: Who::User(id),
                    name: user.username,
                    teams: store::team_paths_of_user(tx, id)?,
                    token: None,
                    read_only: false,
                    expires_at: None,
                    networks: Networks::default(),
                    lifetime: None,
                    childless: false,
                }))
            })
            .await
    }
}

/// The person with a name, and how they write it.
pub fn person_named(tx: &mut Tx<'_>, name: &str) -> Result<Option<(UserId, String)>> {
    // An address is nobody's name.
    if name.contains('@') {
        return Ok(None);
    }
    Ok(store::user_by_login(tx, name)?.map(|user| (user.id, user.username)))
}

/// The team with a name in the organization with a name.
pub fn team_named(tx: &mut Tx<'_>, organization: &str, team: &str) -> Result<Option<TeamPath>> {
    store::team_path_by_names(tx, organization, team)
}

/// What a person is called now; none: they are gone.
pub fn name_of_person(tx: &mut Tx<'_>, id: UserId) -> Result<Option<String>> {
    Ok(store::find_user(tx, id)?.map(|user| user.username))
}

/// Where a team is and what it is called now; none: it is gone.
pub fn path_of_team(tx: &mut Tx<'_>, id: TeamId) -> Result<Option<TeamPath>> {
    store::team_path(tx, id)
}

fn nobody() -> Error {
    Error::new(Kind::Forbidden, "only tokens of people and of teams let somebody in here")
}
