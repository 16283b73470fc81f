//! What can be done with state versions. Bytes are taken in and sealed first; then one transaction
//! decides, stores and makes current.

mod complete;
mod create;
mod download;
pub(crate) mod read;
mod rollback;
mod upload;

pub(crate) use create::{Created, Draft, Json};
pub(crate) use download::{Opened, Part};
pub(crate) use read::{Detail, Wanted};
