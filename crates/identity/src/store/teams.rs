//! The tables `teams` and `team_members`.

use std::collections::HashMap;

use db::{DbError, Row, Tx, Value};
use kernel::{
    Error, MembershipId, OrganizationId, Page, PageRequest, Result, TeamId, Timestamp, UserId,
};

use super::{count, known, memberships::membership};
use crate::{
    Membership, Team, TeamFilter, TeamPath, Visibility,
    names::{contains_pattern, fold},
    sql,
};

/// Where a place in a team comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Somebody put them there.
    Given,
    /// The groups that the server tells of at which they sign in.
    SignIn,
}

impl Source {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::SignIn => "sign-in",
        }
    }
}

pub(super) fn team(row: &Row<'_>) -> Result<Team, DbError> {
    let visibility = row.text(4)?;
    let access = row.text(7)?;
    Ok(Team {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        name: row.text(2)?,
        owners: row.bool(3)?,
        visibility: known(&visibility, Visibility::parse(&visibility))?,
        sso_team_id: row.text(5)?,
        allow_member_token_management: row.bool(6)?,
        organization_access: access.split_ascii_whitespace().map(str::to_owned).collect(),
        created_at: row.timestamp(8)?,
        updated_at: row.timestamp(9)?,
    })
}

fn name_taken() -> Error {
    Error::invalid("name", "this organization has a team of that name already")
}

pub(crate) fn insert_team(tx: &mut Tx<'_>, team: &Team) -> Result<()> {
    tx.execute(
        &sql::INSERT_TEAM,
        &[
            team.id.into(),
            team.organization_id.into(),
            (&team.name).into(),
            fold(&team.name).into(),
            team.owners.into(),
            team.visibility.as_str().into(),
            (&team.sso_team_id).into(),
            team.allow_member_token_management.into(),
            team.organization_access.join(" ").into(),
            team.created_at.into(),
        ],
    )
    .map_err(|error| error.or_constraint("teams_name", name_taken))?;
    Ok(())
}

pub(crate) fn update_team(tx: &mut Tx<'_>, team: &Team) -> Result<()> {
    tx.execute(
        &sql::UPDATE_TEAM,
        &[
            team.id.into(),
            (&team.name).into(),
            fold(&team.name).into(),
            team.visibility.as_str().into(),
            (&team.sso_team_id).into(),
            team.allow_member_token_management.into(),
            team.organization_access.join(" ").into(),
            team.updated_at.into(),
        ],
    )
    .map_err(|error| error.or_constraint("teams_name", name_taken))?;
    Ok(())
}

pub(crate) fn delete_team(tx: &mut Tx<'_>, id: TeamId) -> Result<()> {
    tx.execute(&sql::DELETE_TEAM, &[id.into()])?;
    Ok(())
}

pub(crate) fn find_team(tx: &mut Tx<'_>, id: TeamId) -> Result<Option<Team>> {
    Ok(tx.query_optional(&sql::FIND_TEAM, &[id.into()], team)?)
}

/// The team that owns an organization. Every organization has one.
pub(crate) fn owners_team(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<TeamId> {
    Ok(tx.query_one(&sql::FIND_OWNERS_TEAM, &[organization.into()], |row| row.id(0))?)
}

/// A page of the teams that a caller sees: all, or those that everybody sees and `own`.
pub(crate) fn list_teams(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    (all, own): (bool, &[TeamId]),
    filter: &TeamFilter,
    page: PageRequest,
) -> Result<Page<Team>> {
    let mut list: Vec<Value<'_>> = own.iter().map(Value::from).collect();
    if list.is_empty() {
        // No id is empty, so this finds no more than everybody sees.
        list.push("".into());
    }
    let names = filter.names.as_deref().map(|names| format!(",{},", fold(&names.join(","))));
    let params = [
        organization.into(),
        all.into(),
        filter.search.as_deref().map(contains_pattern).into(),
        names.into(),
        page.limit().into(),
        page.offset().into(),
    ];
    let items = tx.query_in(&sql::LIST_TEAMS, &params, &list, team)?;
    let [organization, all, search, names, ..] = params;
    let params = [organization, all, search, names];
    let total = tx.query_in(&sql::COUNT_TEAMS, &params, &list, |row| row.int(0))?;
    Ok(Page { items, total: total.first().map_or(0, |total| count(*total)), request: page })
}

pub(crate) fn insert_team_member(
    tx: &mut Tx<'_>,
    membership: MembershipId,
    team: TeamId,
    source: Source,
    now: Timestamp,
) -> Result<()> {
    let params = [membership.into(), team.into(), source.as_str().into(), now.into()];
    tx.execute(&sql::INSERT_TEAM_MEMBER, &params)?;
    Ok(())
}

/// Takes a member out of a team; false if they were not in it.
pub(crate) fn delete_team_member(
    tx: &mut Tx<'_>,
    team: TeamId,
    membership: MembershipId,
) -> Result<bool> {
    Ok(tx.execute(&sql::DELETE_TEAM_MEMBER, &[team.into(), membership.into()])? > 0)
}

/// Who is in each of some teams, and the invitations that name it.
pub(crate) fn members_of_teams(
    tx: &mut Tx<'_>,
    teams: &[TeamId],
) -> Result<HashMap<TeamId, Vec<Membership>>> {
    let list: Vec<Value<'_>> = teams.iter().map(Value::from).collect();
    let mut members: HashMap<TeamId, Vec<Membership>> = HashMap::new();
    let found = tx.query_in(&sql::LIST_MEMBERS_OF_TEAMS, &[], &list, |row| {
        Ok((row.id(11)?, membership(row)?))
    })?;
    for (team, member) in found {
        members.entry(team).or_default().push(member);
    }
    Ok(members)
}

/// The teams of each of some memberships.
pub(crate) fn teams_of_memberships(
    tx: &mut Tx<'_>,
    memberships: &[MembershipId],
) -> Result<HashMap<MembershipId, Vec<Team>>> {
    let list: Vec<Value<'_>> = memberships.iter().map(Value::from).collect();
    let mut teams: HashMap<MembershipId, Vec<Team>> = HashMap::new();
    let found = tx.query_in(&sql::LIST_TEAMS_OF_MEMBERSHIPS, &[], &list, |row| {
        Ok((row.id(10)?, team(row)?))
    })?;
    for (membership, team) in found {
        teams.entry(membership).or_default().push(team);
    }
    Ok(teams)
}

/// A person's membership in an organization.
pub(crate) fn membership_of_user(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<MembershipId>> {
    let params = [organization.into(), user.into()];
    Ok(tx.query_optional(&sql::FIND_MEMBERSHIP_OF_USER, &params, |row| row.id(0))?)
}

fn team_path_of(row: &Row<'_>) -> Result<TeamPath, DbError> {
    Ok(TeamPath { id: row.id(0)?, organization: row.text(1)?, name: row.text(2)? })
}

pub(crate) fn team_path(tx: &mut Tx<'_>, id: TeamId) -> Result<Option<TeamPath>> {
    Ok(tx.query_optional(&sql::FIND_TEAM_PATH, &[id.into()], team_path_of)?)
}

pub(crate) fn team_path_by_names(
    tx: &mut Tx<'_>,
    organization: &str,
    team: &str,
) -> Result<Option<TeamPath>> {
    let params = [fold(organization).into(), fold(team).into()];
    Ok(tx.query_optional(&sql::FIND_TEAM_PATH_BY_NAMES, &params, team_path_of)?)
}

pub(crate) fn team_paths_of_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<TeamPath>> {
    Ok(tx.query(&sql::LIST_TEAM_PATHS_OF_USER, &[user.into()], team_path_of)?)
}
