//! The table `memberships`.

use db::{DbError, Row, Tx, Value};
use kernel::{Error, MembershipId, OrganizationId, Page, PageRequest, Result, UserId};

use super::{count, known, users::user};
use crate::{
    Membership, MembershipFilter, MembershipStatus, User,
    names::{contains_pattern, fold},
    sql,
};

pub(super) fn membership(row: &Row<'_>) -> Result<Membership, DbError> {
    let status = row.text(3)?;
    let has_user = row.opt_text(5)?.is_some();
    Ok(Membership {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        email: row.text(2)?,
        status: known(&status, MembershipStatus::parse(&status))?,
        created_at: row.timestamp(4)?,
        user: if has_user { Some(user(row, 5)?) } else { None },
    })
}

pub(crate) fn find_membership(tx: &mut Tx<'_>, id: MembershipId) -> Result<Option<Membership>> {
    Ok(tx.query_optional(&sql::FIND_MEMBERSHIP, &[id.into()], membership)?)
}

pub(crate) fn list_memberships(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    filter: &MembershipFilter,
    page: PageRequest,
) -> Result<Page<Membership>> {
    let emails = filter.emails.as_deref().unwrap_or_default();
    let mut list: Vec<Value<'_>> = emails.iter().map(|email| fold(email).into()).collect();
    if list.is_empty() {
        // No address is empty, so this finds nobody when the list counts.
        list.push("".into());
    }
    let params = [
        organization.into(),
        filter.status.map(MembershipStatus::as_str).into(),
        filter.search.as_deref().map(contains_pattern).into(),
        filter.emails.is_some().into(),
        filter.team.into(),
        page.limit().into(),
        page.offset().into(),
    ];
    let items = tx.query_in(&sql::LIST_MEMBERSHIPS, &params, &list, membership)?;
    let [organization, status, search, listed, team, ..] = params;
    let params = [organization, status, search, listed, team];
    let total = tx.query_in(&sql::COUNT_MEMBERSHIPS, &params, &list, |row| row.int(0))?;
    Ok(Page { items, total: total.first().map_or(0, |total| count(*total)), request: page })
}

pub(crate) fn insert_membership(tx: &mut Tx<'_>, membership: &Membership) -> Result<()> {
    let taken = || Error::invalid("email", "this e-mail address is a member or invited already");
    tx.execute(
        &sql::INSERT_MEMBERSHIP,
        &[
            membership.id.into(),
            membership.organization_id.into(),
            membership.user.as_ref().map(|user| user.id).into(),
            (&membership.email).into(),
            fold(&membership.email).into(),
            membership.status.as_str().into(),
            membership.created_at.into(),
        ],
    )
    .map_err(|error| match error {
        error if error.is_constraint("memberships_user") => taken(),
        error => error.or_constraint("memberships_email", taken),
    })?;
    Ok(())
}

pub(crate) fn count_owners(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<u64> {
    Ok(count(tx.query_one(&sql::COUNT_OWNERS, &[organization.into()], |row| row.int(0))?))
}

/// Whether a membership is in the team that owns its organization.
pub(crate) fn is_owner(tx: &mut Tx<'_>, id: MembershipId) -> Result<bool> {
    Ok(tx.query_optional(&sql::FIND_OWNERSHIP, &[id.into()], |_| Ok(()))?.is_some())
}

pub(crate) fn delete_membership(tx: &mut Tx<'_>, id: MembershipId) -> Result<()> {
    tx.execute(&sql::DELETE_MEMBERSHIP, &[id.into()])?;
    Ok(())
}

/// Makes the invitations of a person's address their memberships.
pub(crate) fn claim_invitations(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    let params = [fold(&user.email).into(), user.id.into(), (&user.email).into()];
    tx.execute(&sql::CLAIM_INVITATIONS, &params)?;
    Ok(())
}

/// Takes a person's new address over to their memberships. Nobody gets in by taking the address
/// that an invitation waits for.
pub(crate) fn set_membership_email(tx: &mut Tx<'_>, user: UserId, email: &str) -> Result<()> {
    tx.execute(&sql::SET_MEMBERSHIP_EMAIL, &[user.into(), email.into(), fold(email).into()])
        .map_err(|error| {
            error.or_constraint("memberships_email", || {
                Error::invalid("email", "an invitation to this e-mail address is still open")
            })
        })?;
    Ok(())
}
