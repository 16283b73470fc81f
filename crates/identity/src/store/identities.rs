//! The table `user_identities`, and the places that groups give people.

use db::{Tx, Value};
use kernel::{MembershipId, OrganizationId, Result, TeamId, Timestamp, UserId};

use super::{count_owners, users::user};
use crate::{
    User,
    names::fold,
    sql,
    sso::groups::{Place, Present, Wanted},
};

/// The word for what came by groups.
const BY_GROUPS: &str = "sign-in";

pub(crate) fn user_by_identity(
    tx: &mut Tx<'_>,
    (issuer, subject): (&str, &str),
) -> Result<Option<User>> {
    let params = [issuer.into(), subject.into()];
    Ok(tx.query_optional(&sql::FIND_USER_BY_IDENTITY, &params, |row| user(row, 0))?)
}

pub(crate) fn insert_identity(
    tx: &mut Tx<'_>,
    (issuer, subject): (&str, &str),
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    let params = [issuer.into(), subject.into(), user.into(), now.into()];
    tx.execute(&sql::INSERT_IDENTITY, &params)?;
    Ok(())
}

pub(crate) fn touch_identity(
    tx: &mut Tx<'_>,
    (issuer, subject): (&str, &str),
    now: Timestamp,
) -> Result<()> {
    tx.execute(&sql::TOUCH_IDENTITY, &[issuer.into(), subject.into(), now.into()])?;
    Ok(())
}

/// Notes that a person's address was verified, or by nobody, if it is the one that is kept.
pub(crate) fn set_email_unverified(
    tx: &mut Tx<'_>,
    user: UserId,
    email: &str,
    unverified: bool,
) -> Result<()> {
    let params = [user.into(), fold(email).into(), unverified.into()];
    tx.execute(&sql::SET_EMAIL_UNVERIFIED, &params)?;
    Ok(())
}

/// Whether nobody but the person says that their address is theirs.
pub(crate) fn is_email_unverified(tx: &mut Tx<'_>, user: UserId) -> Result<bool> {
    Ok(tx.query_one(&sql::FIND_EMAIL_UNVERIFIED, &[user.into()], |row| row.bool(0))?)
}

pub(crate) fn set_site_admin(
    tx: &mut Tx<'_>,
    user: UserId,
    site_admin: bool,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&sql::SET_SITE_ADMIN, &[user.into(), site_admin.into(), now.into()])?;
    Ok(())
}

/// The teams that some groups belong in.
pub(crate) fn teams_of_groups(tx: &mut Tx<'_>, groups: &[String]) -> Result<Vec<Wanted>> {
    let list: Vec<Value<'_>> = groups.iter().map(Value::from).collect();
    Ok(tx.query_in(&sql::LIST_TEAMS_OF_GROUPS, &[], &list, |row| {
        Ok(Wanted { team: row.id(0)?, organization: row.id(1)? })
    })?)
}

/// A person's memberships and teams.
pub(crate) fn places(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Present>> {
    let mut found: Vec<Present> = Vec::new();
    let mut owned = Vec::new();
    let rows = tx.query(&sql::LIST_PLACES, &[user.into()], |row| {
        let team: Option<TeamId> = row.opt_id(3)?;
        let by_groups = row.opt_text(4)?.is_some_and(|word| word == BY_GROUPS);
        let owners = row.opt_bool(5)?.unwrap_or(false);
        let membership: MembershipId = row.id(0)?;
        let organization: OrganizationId = row.id(1)?;
        let word = row.text(2)?;
        Ok((membership, organization, word == BY_GROUPS, team, by_groups, owners))
    })?;
    for (membership, organization, is_by_groups, team, by_groups, owners) in rows {
        if found.last().is_none_or(|last| last.membership != membership) {
            let teams = Vec::new();
            found.push(Present { membership, organization, by_groups: is_by_groups, teams });
        }
        if let (Some(team), Some(last)) = (team, found.last_mut()) {
            last.teams.push(Place { team, by_groups, last_owner: false });
            if owners && by_groups {
                owned.push((organization, team));
            }
        }
    }
    for (organization, team) in owned {
        let last_owner = count_owners(tx, organization)? <= 1;
        let places = found.iter_mut().flat_map(|present| &mut present.teams);
        for place in places.filter(|place| place.team == team) {
            place.last_owner = last_owner;
        }
    }
    Ok(found)
}

/// Makes somebody a member by their groups. False if an invitation waits for their address.
pub(crate) fn insert_membership_by_groups(
    tx: &mut Tx<'_>,
    id: MembershipId,
    organization: OrganizationId,
    user: &User,
    now: Timestamp,
) -> Result<bool> {
    let params = [
        id.into(),
        organization.into(),
        user.id.into(),
        (&user.email).into(),
        fold(&user.email).into(),
        now.into(),
    ];
    Ok(tx.execute(&sql::INSERT_MEMBERSHIP_BY_GROUPS, &params)? > 0)
}
