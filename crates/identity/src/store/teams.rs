//! The tables `teams` and `team_members`.

use db::Tx;
use kernel::{Error, MembershipId, OrganizationId, Result, TeamId, Timestamp};

use crate::{Team, names::fold, sql};

/// Where a place in a team comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Somebody put them there.
    Given,
}

impl Source {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
        }
    }
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
    .map_err(|error| {
        error.or_constraint("teams_name", || {
            Error::invalid("name", "this organization has a team of that name already")
        })
    })?;
    Ok(())
}

/// The team that owns an organization. Every organization has one.
pub(crate) fn owners_team(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<TeamId> {
    Ok(tx.query_one(&sql::FIND_OWNERS_TEAM, &[organization.into()], |row| row.id(0))?)
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
