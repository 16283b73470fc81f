//! A family of dependencies has one door: the crate that wraps it.

use std::path::{Path, PathBuf};

/// A dependency and the crates that may name it.
const DOORS: &[(&str, &[&str])] = &[
    ("rusqlite", &["db"]),
    ("postgres", &["db"]),
    ("zstd", &["blobs"]),
    // Tests sign what others would sign.
    ("aws-lc-rs", &["barrier", "testkit"]),
    ("reqwest", &["outgoing", "testkit"]),
];

/// Names every manifest that goes round a door.
pub(crate) fn check(root: &Path, _sources: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for entry in std::fs::read_dir(root.join("crates"))? {
        let folder = entry?.path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml"))?;
        let shipped = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for (dependency, doors) in DOORS {
            let names_it = shipped.lines().any(|line| {
                let key = line.split(['.', '=', ' ']).next().unwrap_or_default();
                key == *dependency
            });
            if names_it && !doors.contains(&name.as_str()) {
                problems.push(format!(
                    "crates/{name} names {dependency}, which belongs behind {}",
                    doors.join(", ")
                ));
            }
        }
    }
    Ok(problems)
}
