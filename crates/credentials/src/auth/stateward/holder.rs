//! Who policies are given to: people and teams, found by the names that they have now, and kept by
//! their ids, which nobody takes after them.

use db::Tx;
use identity::{Presented, TeamPath, Who, name_of_person, path_of_team, person_named, team_named};
use kernel::{Result, TeamId, UserId};

use crate::{backend::Call, fault::Fault, view::View};

const USER: &str = "user/";
const TEAM: &str = "team/";

/// Somebody who can be given policies.
pub(super) struct Holder {
    /// Their id.
    pub(super) id: String,
    /// What they, or the team, are called now.
    pub(super) name: String,
    /// What is kept for them.
    pub(super) key: String,
}

impl Holder {
    fn person(id: UserId, name: String) -> Self {
        Self { id: id.to_string(), name, key: user_key(id) }
    }

    fn team(team: TeamPath) -> Self {
        Self { id: team.id.to_string(), key: team_key(team.id), name: team.name }
    }
}

fn user_key(id: UserId) -> String {
    format!("{USER}{id}")
}

fn team_key(id: TeamId) -> String {
    format!("{TEAM}{id}")
}

/// The name in a call's path.
pub(super) enum Named {
    Person(String),
    Team { organization: String, team: String },
}

impl Named {
    /// The name in a call's path.
    pub(super) fn of(call: &Call<'_>) -> std::result::Result<Self, Fault> {
        let text = |name: &str| call.input.text_or_empty(name);
        Ok(match call.path.name {
            "user" => Self::Person(text("name")?),
            _ => Self::Team { organization: text("organization")?, team: text("team")? },
        })
    }

    /// Who is called so now.
    pub(super) fn find(&self, tx: &mut Tx<'_>) -> Result<Option<Holder>> {
        Ok(match self {
            Self::Person(name) => {
                person_named(tx, name)?.map(|(id, name)| Holder::person(id, name))
            }
            Self::Team { organization, team } => {
                team_named(tx, organization, team)?.map(Holder::team)
            }
        })
    }

    /// The refusal where nobody is called so.
    pub(super) fn unknown(&self) -> Fault {
        Fault::refused(match self {
            Self::Person(name) => format!("there is nobody called {name:?} on this server"),
            Self::Team { organization, team } => {
                format!("there is no team {team:?} in an organization {organization:?}")
            }
        })
    }
}

/// What is kept for somebody, and for the teams that they are in.
pub(super) fn keys(presented: &Presented) -> Vec<String> {
    let own = match presented.who {
        Who::User(user) => Some(user_key(user)),
        // A team is in itself.
        Who::Team(_) => None,
    };
    own.into_iter().chain(presented.teams.iter().map(|team| team_key(team.id))).collect()
}

/// The names of the people who something is kept for.
pub(super) fn people(tx: &mut Tx<'_>, view: &View) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for id in view.list(tx, USER)? {
        names.extend(person_with(tx, &id)?);
    }
    Ok(names)
}

/// The teams that something is kept for.
pub(super) fn teams(tx: &mut Tx<'_>, view: &View) -> Result<Vec<TeamPath>> {
    let mut teams = Vec::new();
    for id in view.list(tx, TEAM)? {
        teams.extend(team_with(tx, &id)?);
    }
    Ok(teams)
}

/// What is kept for those who are gone.
pub(super) fn abandoned(tx: &mut Tx<'_>, view: &View) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    for id in view.list(tx, USER)? {
        if person_with(tx, &id)?.is_none() {
            keys.push(format!("{USER}{id}"));
        }
    }
    for id in view.list(tx, TEAM)? {
        if team_with(tx, &id)?.is_none() {
            keys.push(format!("{TEAM}{id}"));
        }
    }
    Ok(keys)
}

/// What is no id is nobody's.
fn person_with(tx: &mut Tx<'_>, id: &str) -> Result<Option<String>> {
    id.parse().map_or(Ok(None), |id| name_of_person(tx, id))
}

fn team_with(tx: &mut Tx<'_>, id: &str) -> Result<Option<TeamPath>> {
    id.parse().map_or(Ok(None), |id| path_of_team(tx, id))
}
