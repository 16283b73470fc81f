//! Small files, written whole or not at all.

use std::{
    fs,
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use crate::terminal::Failure;

/// Writes a file that others may read.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_with_mode(path, text, 0o644)
}

/// Writes a file that only its owner may read.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    write_with_mode(path, text, 0o600)
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("can't read {}: {error}", path.display())))
}

fn write_with_mode(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let draft = path.with_file_name(name);
    let written = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&draft)
        .and_then(|mut file| {
            // A draft left by a crash keeps its old mode unless it is set again.
            file.set_permissions(fs::Permissions::from_mode(mode))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&draft, path));
    written.map_err(|error| Failure::new(format!("can't write {}: {error}", path.display())))
}
