//! What callers are in an organization, read from teams, grants, keys and trusts.

use db::{DbError, Row, Tx, Value};
use kernel::{
    MembershipId, OrganizationId, ProjectId, Result, TeamId, TokenId, TrustId, WorkspaceId,
};

use super::known;
use crate::{
    access::{
        AUDITOR, Custom, Direct, GrantAt, InTeam, MEMBER, ORGANIZATION_TOKEN, ProjectLevel,
        ProjectRights, Right, Rights, Standing, Through, WorkspaceLevel, level_everywhere,
        rights_of_words,
    },
    sql,
};

/// What everybody with a token of an organization's own may do: see that it is there.
pub(super) const VISITOR: Rights = Rights::of(&[Right::ReadOrganization]);

pub(crate) fn organization_token_standing() -> Standing {
    by_themselves(Through::Organization, ORGANIZATION_TOKEN)
}

pub(crate) fn auditor_standing() -> Standing {
    by_themselves(Through::Organization, AUDITOR)
}

/// What administrators of the site are everywhere, and the server itself.
pub(crate) fn site_standing() -> Standing {
    by_themselves(Through::Site, Rights::ALL)
}

pub(super) fn by_themselves(through: Through, rights: Rights) -> Standing {
    Standing { rights, through, ..Standing::default() }
}

/// A team's row: its id, and what it may do in the whole organization.
pub(super) fn team(row: &Row<'_>, first: usize) -> Result<InTeam, DbError> {
    let rights =
        if row.bool(first + 1)? { Rights::ALL } else { rights_of_words(&row.text(first + 2)?) };
    Ok(InTeam { id: row.id(first)?, rights })
}

pub(crate) fn member_standing(tx: &mut Tx<'_>, membership: MembershipId) -> Result<Standing> {
    let teams = tx.query(&sql::LIST_TEAMS_OF_MEMBER, &[membership.into()], |row| team(row, 0))?;
    Ok(Standing { teams, ..by_themselves(Through::Membership, MEMBER) })
}

pub(crate) fn team_standing(
    tx: &mut Tx<'_>,
    id: TeamId,
    organization: OrganizationId,
) -> Result<Option<Standing>> {
    let params = [id.into(), organization.into()];
    let found = tx.query_optional(&sql::FIND_TEAM_STANDING, &params, |row| team(row, 0))?;
    Ok(found
        .map(|team| Standing { teams: vec![team], ..by_themselves(Through::Membership, MEMBER) }))
}

/// Reads place and level: a project, a workspace and its project, the level, the custom rights.
pub(super) fn direct(row: &Row<'_>) -> Result<Option<Direct>, DbError> {
    let Some(level) = row.opt_text(3)? else { return Ok(None) };
    let custom = custom(row, 4)?;
    if let Some(workspace) = row.opt_id(1)? {
        let level = known(&level, WorkspaceLevel::parse(&level))?;
        let home: Option<ProjectId> = row.opt_id(2)?;
        let rights = level.rights(custom.as_ref());
        return Ok(home.map(|home| Direct::Workspace(home, workspace, rights)));
    }
    let level = known(&level, ProjectLevel::parse(&level))?;
    Ok(Some(match row.opt_id(0)? {
        Some(project) => Direct::Project(project, level.rights(custom.as_ref())),
        None => Direct::Organization(level_everywhere(level)),
    }))
}

pub(super) fn custom(row: &Row<'_>, column: usize) -> Result<Option<Custom>, DbError> {
    let Some(text) = row.opt_text(column)? else { return Ok(None) };
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|error| DbError::Failed { cause: format!("custom rights: {error}") })
}

pub(crate) fn key_standing(
    tx: &mut Tx<'_>,
    key: TokenId,
    organization: OrganizationId,
) -> Result<Option<Standing>> {
    let params = [key.into(), organization.into()];
    let found = tx.query_optional(&sql::FIND_KEY_STANDING, &params, direct)?;
    let through = Through::Key(key);
    Ok(found.map(|given| Standing {
        direct: given.into_iter().map(|given| (through, given)).collect(),
        ..by_themselves(through, VISITOR)
    }))
}

pub(crate) fn workload_standing(
    tx: &mut Tx<'_>,
    token: TokenId,
    organization: OrganizationId,
) -> Result<Option<Standing>> {
    let params = [token.into(), organization.into()];
    Ok(of_trusts(tx.query(&sql::LIST_WORKLOAD_STANDING, &params, trusted)?))
}

/// What a trust gives: something at a place, or what a team may do.
pub(super) struct Trusted {
    trust: TrustId,
    given: Option<Direct>,
    acts_as: Option<InTeam>,
}

pub(super) fn trusted(row: &Row<'_>) -> Result<Trusted, DbError> {
    let acts_as = if row.opt_text(5)?.is_some() { Some(team(row, 5)?) } else { None };
    Ok(Trusted { trust: row.id(8)?, given: direct(row)?, acts_as })
}

pub(super) fn of_trusts(trusts: Vec<Trusted>) -> Option<Standing> {
    let first = trusts.first()?.trust;
    let mut standing = by_themselves(Through::Trust(first), VISITOR);
    for Trusted { trust, given, acts_as } in trusts {
        standing.direct.extend(given.map(|given| (Through::Trust(trust), given)));
        if let Some(team) = acts_as {
            standing.rights = standing.rights | MEMBER;
            standing.teams.push(team);
        }
    }
    Some(standing)
}

fn project_grant(row: &Row<'_>) -> Result<GrantAt<ProjectRights>, DbError> {
    let level = row.text(1)?;
    let level = known(&level, ProjectLevel::parse(&level))?;
    Ok(GrantAt { team: row.id(0)?, rights: level.rights(custom(row, 2)?.as_ref()) })
}

fn workspace_grant(row: &Row<'_>) -> Result<GrantAt<Rights>, DbError> {
    let level = row.text(1)?;
    let level = known(&level, WorkspaceLevel::parse(&level))?;
    Ok(GrantAt { team: row.id(0)?, rights: level.rights(custom(row, 2)?.as_ref()) })
}

pub(crate) fn project_grants(
    tx: &mut Tx<'_>,
    project: ProjectId,
) -> Result<Vec<GrantAt<ProjectRights>>> {
    Ok(tx.query(&sql::LIST_PROJECT_GRANTS, &[project.into()], project_grant)?)
}

pub(crate) fn workspace_grants(
    tx: &mut Tx<'_>,
    workspace: WorkspaceId,
) -> Result<Vec<GrantAt<Rights>>> {
    Ok(tx.query(&sql::LIST_WORKSPACE_GRANTS, &[workspace.into()], workspace_grant)?)
}

/// Whether some teams may do anything with a workspace of a project.
pub(crate) fn any_grant_inside(
    tx: &mut Tx<'_>,
    project: ProjectId,
    teams: &[TeamId],
) -> Result<bool> {
    let list = values(teams);
    let found = tx.query_in(&sql::FIND_GRANT_INSIDE, &[project.into()], &list, |_| Ok(()))?;
    Ok(!found.is_empty())
}

/// A project and what was granted at it.
type AtProject = (ProjectId, GrantAt<ProjectRights>);

pub(crate) fn project_grants_of(tx: &mut Tx<'_>, teams: &[TeamId]) -> Result<Vec<AtProject>> {
    Ok(tx.query_in(&sql::LIST_PROJECT_GRANTS_OF_TEAMS, &[], &values(teams), |row| {
        Ok((row.id(3)?, project_grant(row)?))
    })?)
}

/// A workspace, its project, and what was granted at it.
type AtWorkspace = (WorkspaceId, ProjectId, GrantAt<Rights>);

pub(crate) fn workspace_grants_of(tx: &mut Tx<'_>, teams: &[TeamId]) -> Result<Vec<AtWorkspace>> {
    Ok(tx.query_in(&sql::LIST_WORKSPACE_GRANTS_OF_TEAMS, &[], &values(teams), |row| {
        Ok((row.id(3)?, row.id(4)?, workspace_grant(row)?))
    })?)
}

pub(crate) fn organizations_of_token(
    tx: &mut Tx<'_>,
    token: TokenId,
) -> Result<Vec<OrganizationId>> {
    Ok(tx.query(&sql::LIST_ORGANIZATIONS_OF_TOKEN, &[token.into()], |row| row.id(0))?)
}

fn values(teams: &[TeamId]) -> Vec<Value<'_>> {
    teams.iter().map(Value::from).collect()
}
