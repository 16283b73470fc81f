//! The table `organizations`.

use db::{DbError, Row, Tx};
use kernel::{Error, OrganizationId, Page, PageRequest, Result, UserId};

use super::{count, known};
use crate::{
    MembershipRole, Organization,
    access::Role,
    names::{contains_pattern, fold},
    sql,
};

/// An organization and what the person asked for is there, if anything.
pub(crate) type WithRole = (Organization, Option<Role>);

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

fn with_role(row: &Row<'_>) -> Result<WithRole, DbError> {
    let role = match row.opt_text(8)? {
        None => None,
        Some(word) => Some(match known(&word, MembershipRole::parse(&word))? {
            MembershipRole::Owner => Role::Owner,
            MembershipRole::Member => Role::Member,
        }),
    };
    Ok((organization(row)?, role))
}

pub(crate) fn organization_with_role_by_id(
    tx: &mut Tx<'_>,
    id: OrganizationId,
    user: Option<UserId>,
) -> Result<Option<WithRole>> {
    Ok(tx.query_optional(&sql::FIND_ORGANIZATION_BY_ID, &[id.into(), user.into()], with_role)?)
}

pub(crate) fn organization_with_role_by_name(
    tx: &mut Tx<'_>,
    folded: &str,
    user: Option<UserId>,
) -> Result<Option<WithRole>> {
    Ok(tx.query_optional(
        &sql::FIND_ORGANIZATION_BY_NAME,
        &[folded.into(), user.into()],
        with_role,
    )?)
}

pub(crate) fn list_organizations(
    tx: &mut Tx<'_>,
    user: Option<UserId>,
    all: bool,
    search: Option<&str>,
    page: PageRequest,
) -> Result<Page<WithRole>> {
    let params = [
        user.into(),
        all.into(),
        search.map(contains_pattern).into(),
        page.limit().into(),
        page.offset().into(),
    ];
    let items = tx.query(&sql::LIST_ORGANIZATIONS, &params, with_role)?;
    let [user, all, search, ..] = params;
    let total = tx.query_one(&sql::COUNT_ORGANIZATIONS, &[user, all, search], |row| row.int(0))?;
    Ok(Page { items, total: count(total), request: page })
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
