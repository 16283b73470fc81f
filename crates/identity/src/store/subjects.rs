//! Everybody who can hold rights in an organization.

use db::{DbError, Row, Tx};
use kernel::{OrganizationId, ProjectId, Result, TeamId, Timestamp, TokenId, TrustId, WorkspaceId};

use super::{
    known,
    standing::{VISITOR, by_themselves, direct, of_trusts, site_standing, team},
};
use crate::{
    Subject, SubjectId, TokenKind, Visibility,
    access::{InTeam, MEMBER, Standing, Through},
    sql,
};

/// A team, as far as explanations need it.
pub(crate) struct TeamRow {
    pub(crate) id: TeamId,
    pub(crate) owners: bool,
    pub(crate) words: String,
    pub(crate) name: String,
    pub(crate) visibility: Visibility,
    rights: InTeam,
}

pub(crate) fn team_rows(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<Vec<TeamRow>> {
    Ok(tx.query(&sql::LIST_TEAM_STANDINGS, &[organization.into()], |row| {
        let visibility = row.text(4)?;
        Ok(TeamRow {
            id: row.id(0)?,
            owners: row.bool(1)?,
            words: row.text(2)?,
            name: row.text(3)?,
            visibility: known(&visibility, Visibility::parse(&visibility))?,
            rights: team(row, 0)?,
        })
    })?)
}

/// The people in the teams of an organization, by name.
pub(crate) fn people_in_teams(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
) -> Result<Vec<Subject>> {
    let teams = rights_of_teams(tx, organization)?;
    let mut people: Vec<Subject> = Vec::new();
    let rows = tx.query(&sql::LIST_PEOPLE_IN_TEAMS, &[organization.into()], |row| {
        Ok((row.id(0)?, row.text(1)?, row.id::<kernel::kinds::Team>(2)?))
    })?;
    for (user, name, team) in rows {
        let id = SubjectId::User(user);
        if people.last().is_none_or(|last| last.id != id) {
            let standing = by_themselves(Through::Membership, MEMBER);
            people.push(Subject { id, name, level: None, standing });
        }
        if let (Some(person), Some(team)) = (people.last_mut(), teams.get(&team)) {
            person.standing.teams.push(*team);
        }
    }
    Ok(people)
}

fn rights_of_teams(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
) -> Result<std::collections::HashMap<TeamId, InTeam>> {
    Ok(team_rows(tx, organization)?.into_iter().map(|team| (team.id, team.rights)).collect())
}

pub(crate) fn site_admins(tx: &mut Tx<'_>) -> Result<Vec<Subject>> {
    Ok(tx.query(&sql::LIST_SITE_ADMINS, &[], |row| {
        let (id, standing) = (SubjectId::User(row.id(0)?), site_standing());
        Ok(Subject { id, name: row.text(1)?, level: None, standing })
    })?)
}

/// The tokens of teams and the keys that are good now.
pub(crate) fn token_subjects(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<Vec<Subject>> {
    let teams = rights_of_teams(tx, organization)?;
    let params = [organization.into(), now.into()];
    Ok(tx.query(&sql::LIST_TOKEN_STANDINGS, &params, |row| {
        let (id, word): (TokenId, _) = (row.id(5)?, row.text(6)?);
        let mut standing = if known(&word, TokenKind::parse(&word))? == TokenKind::Key {
            let through = Through::Key(id);
            let direct = direct(row)?.into_iter().map(|given| (through, given)).collect();
            Standing { direct, ..by_themselves(through, VISITOR) }
        } else {
            let team = row.opt_id(9)?.and_then(|team: TeamId| teams.get(&team).copied());
            let teams = team.into_iter().collect();
            Standing { teams, ..by_themselves(Through::Membership, MEMBER) }
        };
        standing.read_only = row.bool(8)?;
        let (id, name) = (SubjectId::Token(id), row.text(7)?);
        Ok(Subject { id, name, level: row.opt_text(3)?, standing })
    })?)
}

/// The trusts of an organization, by name; or the one with an id.
pub(crate) fn trust_subjects(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    only: Option<TrustId>,
) -> Result<Vec<Subject>> {
    let params = [organization.into(), only.into()];
    let rows = tx.query(&sql::LIST_TRUST_STANDINGS, &params, |row| {
        let (id, name, level) = (row.id(8)?, row.text(9)?, row.opt_text(3)?);
        Ok((id, name, level, super::standing::trusted(row)?))
    })?;
    let subject = |(id, name, level, trusted)| {
        let standing = of_trusts(vec![trusted])?;
        Some(Subject { id: SubjectId::Trust(id), name, level, standing })
    };
    Ok(rows.into_iter().filter_map(subject).collect())
}

/// A team and the word of the level that it was granted somewhere.
type TeamLevel = (TeamId, String);

fn level(row: &Row<'_>) -> Result<TeamLevel, DbError> {
    Ok((row.id(0)?, row.text(1)?))
}

pub(crate) fn project_levels(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<TeamLevel>> {
    Ok(tx.query(&sql::LIST_PROJECT_GRANTS, &[project.into()], level)?)
}

pub(crate) fn workspace_levels(tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<Vec<TeamLevel>> {
    Ok(tx.query(&sql::LIST_WORKSPACE_GRANTS, &[workspace.into()], level)?)
}
