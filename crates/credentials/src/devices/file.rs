//! A device that appends to a file: one record a line, in the folder that the operator has named.
//!
//! The file is opened anew for each record, so that it can be moved away at any time.

use std::{
    fs::{DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Component, Path, PathBuf},
};

use super::Device;
use crate::framework::parse_bool;

const OWNER_ONLY: u32 = 0o600;

/// Where a device writes, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    folder: PathBuf,
    file: PathBuf,
    mode: u32,
    prefix: String,
}

impl Target {
    /// As the options of a device say, within the folder that the operator allows; or what is
    /// wrong with them.
    pub(crate) fn of(device: &Device, allowed: Option<&Path>) -> Result<Self, String> {
        let path = match device.option("file_path") {
            "" => device.option("path"),
            path => path,
        };
        if path.is_empty() {
            return Err("file_path is required".to_owned());
        }
        if matches!(path, "stdout" | "discard") {
            return Err(format!("file_path {path:?} is not supported: name a file"));
        }
        check_options(device)?;
        let folder = allowed.ok_or(
            "this server's settings allow no audit files: credentials_audit_dir names their folder",
        )?;
        Ok(Self {
            folder: folder.to_owned(),
            file: within(folder, Path::new(path))?,
            mode: mode(device.option("mode"))?,
            prefix: device.option("prefix").to_owned(),
        })
    }

    /// Appends a record. Blocks.
    pub(super) fn append(&self, record: &str) -> io::Result<()> {
        self.refuse_links()?;
        if let Some(parent) = self.file.parent().filter(|parent| *parent != self.folder) {
            DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        }
        let mut file =
            OpenOptions::new().append(true).create(true).mode(self.mode).open(&self.file)?;
        // In one piece, so that records of several requests don't mix.
        file.write_all(format!("{}{record}\n", self.prefix).as_bytes())
    }

    /// Links could lead out of the folder.
    fn refuse_links(&self) -> io::Result<()> {
        let below = self.file.strip_prefix(&self.folder).map_err(io::Error::other)?;
        let mut path = self.folder.clone();
        for part in below {
            path.push(part);
            match path.symlink_metadata() {
                Ok(metadata) if metadata.is_symlink() => {
                    return Err(io::Error::other(format!("{} is a link", path.display())));
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether a record can be written there.
pub(crate) async fn test(target: Target, record: String) -> Result<(), String> {
    let written = tokio::task::spawn_blocking(move || target.append(&record)).await;
    let written = written.map_err(|error| error.to_string())?;
    written.map_err(|error| format!("audit backend failed test message: {error}"))
}

/// The options that change what stands in the records.
fn check_options(device: &Device) -> Result<(), String> {
    match device.option("format") {
        "" | "json" => {}
        other => return Err(format!("unknown format type {other:?}")),
    }
    let truth = |name: &str| match device.option(name) {
        "" => Ok(None),
        text => parse_bool(text)
            .map(Some)
            .ok_or_else(|| format!("strconv.ParseBool: parsing {text:?}: invalid syntax")),
    };
    truth("hmac_accessor")?;
    if truth("log_raw")? == Some(true) {
        return Err("log_raw is not supported: secrets would stand in the file".to_owned());
    }
    Ok(())
}

fn mode(text: &str) -> Result<u32, String> {
    match text {
        "" | "0000" => Ok(OWNER_ONLY),
        text => u32::from_str_radix(text, 8)
            .ok()
            .filter(|mode| *mode <= 0o777)
            .ok_or_else(|| format!("invalid mode {text:?}")),
    }
}

/// The file below the folder that a path names: relative to it, or with it at its beginning.
fn within(folder: &Path, path: &Path) -> Result<PathBuf, String> {
    let below = if path.is_absolute() { path.strip_prefix(folder).ok() } else { Some(path) };
    let outside = || format!("file_path must be in {}", folder.display());
    let below = below.ok_or_else(outside)?;
    let plain = below.components().all(|part| matches!(part, Component::Normal(_)));
    if plain && below.components().next().is_some() && !path.to_string_lossy().contains('\0') {
        Ok(folder.join(below))
    } else {
        Err(outside())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn device(options: &serde_json::Value) -> Device {
        Device {
            path: "file/".to_owned(),
            kind: "file".to_owned(),
            description: String::new(),
            options: options.as_object().cloned().unwrap_or_else(Map::new),
            salt: Vec::new(),
        }
    }

    fn target(folder: &Path, path: &str) -> Result<Target, String> {
        Target::of(&device(&json!({ "file_path": path })), Some(folder))
    }

    #[test]
    fn files_stay_in_the_folder() {
        let folder = Path::new("/var/log/stateward");
        for path in ["a.log", "/var/log/stateward/a.log", "deep/er/a.log"] {
            let file = target(folder, path).unwrap().file;
            assert!(file.starts_with(folder) && file != folder, "{path}");
        }
        for path in [
            "/etc/passwd",
            "/var/log/a",
            "../a",
            "a/../../b",
            "/var/log/stateward/../a",
            "/var/log/stateward",
            ".",
            "/var/log/stateward-other/a",
            "a\0b",
        ] {
            assert!(target(folder, path).is_err(), "{path}");
        }
        assert!(Target::of(&device(&json!({ "file_path": "a" })), None).is_err());
    }

    #[test]
    fn what_would_write_secrets_is_refused() {
        let folder = Path::new("/var/log/stateward");
        for (name, value) in
            [("log_raw", "true"), ("log_raw", "xx"), ("format", "jsonx"), ("mode", "rw")]
        {
            let device = device(&json!({ "file_path": "a", name: value }));
            assert!(Target::of(&device, Some(folder)).is_err(), "{name}");
        }
        let device = device(&json!({ "path": "a", "log_raw": "false", "mode": "0640" }));
        assert_eq!(Target::of(&device, Some(folder)).unwrap().mode, 0o640);
    }

    #[test]
    fn records_are_lines_and_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let file = target(folder.path(), "deep/a.log").unwrap();
        file.append("{}").unwrap();
        file.append("{}").unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("deep/a.log")).unwrap(), "{}\n{}\n");
        std::os::unix::fs::symlink("/dev/null", folder.path().join("link")).unwrap();
        assert!(target(folder.path(), "link").unwrap().append("{}").is_err());
        assert!(target(folder.path(), "link/a").unwrap().append("{}").is_err());
    }
}
