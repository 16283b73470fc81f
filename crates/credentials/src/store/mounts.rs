//! The tables of mounts and policies.

use db::{DbError, Row, Tx};
use kernel::{Result, Timestamp};

use super::{known, object, object_text, seconds, stored};
use crate::{
    mount::{Mount, MountKind},
    sql,
};

fn mount(row: &Row<'_>) -> Result<Mount, DbError> {
    let kind = row.text(1)?;
    Ok(Mount {
        path: row.text(0)?,
        kind: known(&kind, MountKind::parse(&kind))?,
        r#type: row.text(2)?,
        uuid: row.text(3)?,
        accessor: row.text(4)?,
        description: row.text(5)?,
        default_lease_ttl: seconds(row.int(6)?),
        max_lease_ttl: seconds(row.int(7)?),
        settings: object(&row.text(8)?)?,
        tainted: row.bool(9)?,
        created_at: row.timestamp(10)?,
    })
}

/// Tells every server that mounts or policies have changed.
pub(crate) fn raise_generation(tx: &mut Tx<'_>) -> Result<()> {
    tx.execute(&sql::RAISE_GENERATION, &[])?;
    Ok(())
}

pub(crate) fn list_mounts(tx: &mut Tx<'_>) -> Result<Vec<Mount>> {
    Ok(tx.query(&sql::LIST_MOUNTS, &[], mount)?)
}

pub(crate) fn insert_mount(tx: &mut Tx<'_>, mount: &Mount) -> Result<()> {
    tx.execute(
        &sql::INSERT_MOUNT,
        &[
            (&mount.path).into(),
            mount.kind.as_str().into(),
            (&mount.r#type).into(),
            (&mount.uuid).into(),
            (&mount.accessor).into(),
            (&mount.description).into(),
            stored(mount.default_lease_ttl).into(),
            stored(mount.max_lease_ttl).into(),
            object_text(&mount.settings).into(),
            mount.created_at.into(),
        ],
    )?;
    raise_generation(tx)
}

pub(crate) fn update_mount(tx: &mut Tx<'_>, mount: &Mount) -> Result<()> {
    tx.execute(
        &sql::UPDATE_MOUNT,
        &[
            (&mount.uuid).into(),
            (&mount.path).into(),
            (&mount.description).into(),
            stored(mount.default_lease_ttl).into(),
            stored(mount.max_lease_ttl).into(),
            object_text(&mount.settings).into(),
            mount.tainted.into(),
        ],
    )?;
    raise_generation(tx)
}

/// Removes a mount with everything that it keeps.
pub(crate) fn delete_mount(tx: &mut Tx<'_>, uuid: &str) -> Result<()> {
    tx.execute(&sql::DELETE_MOUNT, &[uuid.into()])?;
    tx.execute(&sql::DELETE_ENTRIES, &[uuid.into()])?;
    raise_generation(tx)
}

/// Every policy: its name and its text.
pub(crate) fn list_policies(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>> {
    Ok(tx.query(&sql::LIST_POLICIES, &[], |row| Ok((row.text(0)?, row.text(1)?)))?)
}

pub(crate) fn put_policy(tx: &mut Tx<'_>, name: &str, text: &str, now: Timestamp) -> Result<()> {
    tx.execute(&sql::PUT_POLICY, &[name.into(), text.into(), now.into()])?;
    raise_generation(tx)
}

pub(crate) fn delete_policy(tx: &mut Tx<'_>, name: &str) -> Result<()> {
    tx.execute(&sql::DELETE_POLICY, &[name.into()])?;
    raise_generation(tx)
}
