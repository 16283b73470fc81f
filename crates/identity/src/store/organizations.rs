//! The table `organizations`.

use std::time::Duration;

use db::{DbError, Row, Tx, Value};
use kernel::{Error, MembershipId, OrganizationId, Page, PageRequest, Result, UserId};

use super::{count, known};
use crate::{
    Organization,
    names::{contains_pattern, fold},
    sql,
};

/// An organization as a person comes to it.
pub(crate) struct SeenOrganization {
    pub(crate) organization: Organization,
    /// The person's membership, if they are an active member.
    pub(crate) membership: Option<MembershipId>,
    /// How long people's tokens may live that reach it.
    pub(crate) longest_user_token: Option<Duration>,
}

fn organization(row: &Row<'_>) -> Result<Organization, DbError> {
    let mode = row.text(3)?;
    let settings = serde_json::from_str(&row.text(5)?)
        .map_err(|error| DbError::Failed { cause: format!("organizations.settings: {error}") })?;
    Ok(Organization {
        id: row.id(0)?,
        name: row.text(1)?,
        email: row.text(2)?,
        default_execution_mode: known(&mode, mode.parse().ok())?,
        default_project_id: row.id(4)?,
        settings,
        created_at: row.timestamp(6)?,
        updated_at: row.timestamp(7)?,
    })
}

fn seen(row: &Row<'_>) -> Result<SeenOrganization, DbError> {
    let longest = row.opt_int(9)?.map(|longest| Duration::from_millis(longest.unsigned_abs()));
    Ok(SeenOrganization {
        organization: organization(row)?,
        membership: row.opt_id(8)?,
        longest_user_token: longest,
    })
}

pub(crate) fn organization_seen_by_id(
    tx: &mut Tx<'_>,
    id: OrganizationId,
    user: Option<UserId>,
) -> Result<Option<SeenOrganization>> {
    Ok(tx.query_optional(&sql::FIND_ORGANIZATION_BY_ID, &[id.into(), user.into()], seen)?)
}

pub(crate) fn organization_seen_by_name(
    tx: &mut Tx<'_>,
    folded: &str,
    user: Option<UserId>,
) -> Result<Option<SeenOrganization>> {
    Ok(tx.query_optional(&sql::FIND_ORGANIZATION_BY_NAME, &[folded.into(), user.into()], seen)?)
}

/// A page of organizations: all, or those of a person, or those in `only`.
pub(crate) fn list_organizations(
    tx: &mut Tx<'_>,
    user: Option<UserId>,
    all: bool,
    only: &[OrganizationId],
    search: Option<&str>,
    page: PageRequest,
) -> Result<Page<SeenOrganization>> {
    let mut list: Vec<Value<'_>> = only.iter().map(Value::from).collect();
    if list.is_empty() {
        // No id is empty, so this adds none.
        list.push("".into());
    }
    let params = [
        user.into(),
        all.into(),
        search.map(contains_pattern).into(),
        page.limit().into(),
        page.offset().into(),
    ];
    let items = tx.query_in(&sql::LIST_ORGANIZATIONS, &params, &list, seen)?;
    let [user, all, search, ..] = params;
    let params = [user, all, search];
    let total = tx.query_in(&sql::COUNT_ORGANIZATIONS, &params, &list, |row| row.int(0))?;
    Ok(Page { items, total: total.first().map_or(0, |total| count(*total)), request: page })
}

pub(crate) fn insert_organization(tx: &mut Tx<'_>, organization: &Organization) -> Result<()> {
    let settings = settings_text(organization)?;
    tx.execute(
        &sql::INSERT_ORGANIZATION,
        &[
            organization.id.into(),
            (&organization.name).into(),
            fold(&organization.name).into(),
            (&organization.email).into(),
            organization.default_execution_mode.as_str().into(),
            organization.default_project_id.into(),
            settings.into(),
            organization.created_at.into(),
        ],
    )
    .map_err(taken)?;
    Ok(())
}

pub(crate) fn update_organization(tx: &mut Tx<'_>, organization: &Organization) -> Result<()> {
    let settings = settings_text(organization)?;
    tx.execute(
        &sql::UPDATE_ORGANIZATION,
        &[
            organization.id.into(),
            (&organization.name).into(),
            fold(&organization.name).into(),
            (&organization.email).into(),
            organization.default_execution_mode.as_str().into(),
            organization.default_project_id.into(),
            settings.into(),
            organization.updated_at.into(),
        ],
    )
    .map_err(taken)?;
    Ok(())
}

pub(crate) fn lock_organization(tx: &mut Tx<'_>, id: OrganizationId) -> Result<()> {
    Ok(tx.lock(&sql::LOCK_ORGANIZATION, &[id.into()])?)
}

/// Whether it is gone: it stays while it has workspaces.
pub(crate) fn delete_organization(tx: &mut Tx<'_>, id: OrganizationId) -> Result<bool> {
    Ok(tx.execute(&sql::DELETE_ORGANIZATION, &[id.into()])? > 0)
}

fn settings_text(organization: &Organization) -> Result<String> {
    serde_json::to_string(&organization.settings).map_err(Error::internal)
}

fn taken(error: DbError) -> Error {
    error.or_constraint("organizations_name", || {
        Error::invalid("name", "this name is taken; choose another one")
    })
}
