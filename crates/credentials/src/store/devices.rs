//! The table of audit devices.

use db::{DbError, Row, Tx};
use kernel::{Result, Timestamp};

use super::{object, object_text, raise_generation};
use crate::{devices::Device, sql};

fn device(row: &Row<'_>) -> Result<Device, DbError> {
    Ok(Device {
        path: row.text(0)?,
        kind: row.text(1)?,
        description: row.text(2)?,
        options: object(&row.text(3)?)?,
        salt: row.bytes(4)?,
    })
}

pub(crate) fn list_devices(tx: &mut Tx<'_>) -> Result<Vec<Device>> {
    Ok(tx.query(&sql::LIST_AUDIT_DEVICES, &[], device)?)
}

pub(crate) fn insert_device(tx: &mut Tx<'_>, device: &Device, now: Timestamp) -> Result<()> {
    tx.execute(
        &sql::INSERT_AUDIT_DEVICE,
        &[
            (&device.path).into(),
            (&device.kind).into(),
            (&device.description).into(),
            object_text(&device.options).into(),
            (&device.salt).into(),
            now.into(),
        ],
    )?;
    raise_generation(tx)
}

/// Whether it was there.
pub(crate) fn delete_device(tx: &mut Tx<'_>, path: &str) -> Result<bool> {
    let was_there = tx.execute(&sql::DELETE_AUDIT_DEVICE, &[path.into()])? == 1;
    raise_generation(tx)?;
    Ok(was_there)
}
