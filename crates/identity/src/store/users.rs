//! The table `users`.

use db::{DbError, Row, Tx};
use kernel::{Error, Result, Timestamp, UserId};

use crate::{User, names::fold, sql};

/// A person, from `user_columns!` that begin at `first`.
pub(super) fn user(row: &Row<'_>, first: usize) -> Result<User, DbError> {
    Ok(User {
        id: row.id(first)?,
        username: row.text(first + 1)?,
        email: row.text(first + 2)?,
        site_admin: row.bool(first + 3)?,
        created_at: row.timestamp(first + 4)?,
        updated_at: row.timestamp(first + 5)?,
    })
}

pub(crate) fn find_user(tx: &mut Tx<'_>, id: UserId) -> Result<Option<User>> {
    Ok(tx.query_optional(&sql::FIND_USER, &[id.into()], |row| user(row, 0))?)
}

pub(crate) fn user_by_login(tx: &mut Tx<'_>, login: &str) -> Result<Option<User>> {
    let login = fold(login);
    Ok(tx.query_optional(&sql::FIND_USER_BY_LOGIN, &[login.into()], |row| user(row, 0))?)
}

/// A person and the hash of their password, if they have one.
pub(crate) type Credentials = (User, Option<String>);

fn credentials(row: &Row<'_>) -> Result<Credentials, DbError> {
    Ok((user(row, 0)?, row.opt_text(6)?))
}

pub(crate) fn credentials_by_login(tx: &mut Tx<'_>, login: &str) -> Result<Option<Credentials>> {
    let login = fold(login);
    Ok(tx.query_optional(&sql::FIND_CREDENTIALS_BY_LOGIN, &[login.into()], credentials)?)
}

pub(crate) fn credentials_by_id(tx: &mut Tx<'_>, id: UserId) -> Result<Option<Credentials>> {
    Ok(tx.query_optional(&sql::FIND_CREDENTIALS_BY_ID, &[id.into()], credentials)?)
}

pub(crate) fn insert_user(tx: &mut Tx<'_>, user: &User, hash: Option<&str>) -> Result<()> {
    tx.execute(
        &sql::INSERT_USER,
        &[
            user.id.into(),
            (&user.username).into(),
            fold(&user.username).into(),
            (&user.email).into(),
            fold(&user.email).into(),
            hash.into(),
            user.site_admin.into(),
            user.created_at.into(),
        ],
    )
    .map_err(taken)?;
    Ok(())
}

pub(crate) fn update_user(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    tx.execute(
        &sql::UPDATE_USER,
        &[
            user.id.into(),
            (&user.username).into(),
            fold(&user.username).into(),
            (&user.email).into(),
            fold(&user.email).into(),
            user.updated_at.into(),
        ],
    )
    .map_err(taken)?;
    Ok(())
}

pub(crate) fn set_password(
    tx: &mut Tx<'_>,
    id: UserId,
    hash: &str,
    now: Timestamp,
) -> Result<bool> {
    Ok(tx.execute(&sql::SET_PASSWORD, &[id.into(), hash.into(), now.into()])? > 0)
}

pub(crate) fn lock_user(tx: &mut Tx<'_>, id: UserId) -> Result<()> {
    Ok(tx.lock(&sql::LOCK_USER, &[id.into()])?)
}

/// Whether two people know each other from an organization.
pub(crate) fn share_organization(tx: &mut Tx<'_>, one: UserId, other: UserId) -> Result<bool> {
    let found =
        tx.query_optional(&sql::SHARE_ORGANIZATION, &[one.into(), other.into()], |row| row.int(0))?;
    Ok(found.is_some())
}

fn taken(error: DbError) -> Error {
    if error.is_constraint("users_username") {
        return Error::invalid("username", "this username is taken; choose another one");
    }
    error.or_constraint("users_email", || {
        Error::invalid("email", "this e-mail address belongs to another account")
    })
}
