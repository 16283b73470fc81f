//! Imports go one way: `server → capabilities → {web, outgoing, blobs, barrier, db} → kernel`.

use std::{path::Path, process::Command};

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// What each crate of ours may import of ours. What is not listed may import nothing.
const ALLOWED: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("db", &["kernel"]),
    ("barrier", &["db", "kernel"]),
    ("blobs", &["barrier", "db", "kernel"]),
    ("web", &["kernel"]),
    ("outgoing", &["kernel"]),
    ("identity", &["outgoing", "web", "barrier", "db", "kernel"]),
    ("workspaces", &["identity", "web", "barrier", "db", "kernel"]),
    ("state", &["workspaces", "identity", "web", "blobs", "barrier", "db", "kernel"]),
    ("credentials", &["identity", "outgoing", "web", "barrier", "db", "kernel"]),
    (
        "server",
        &[
            "credentials",
            "state",
            "workspaces",
            "identity",
            "outgoing",
            "web",
            "blobs",
            "barrier",
            "db",
            "kernel",
        ],
    ),
    (
        "testkit",
        &[
            "server",
            "credentials",
            "state",
            "workspaces",
            "identity",
            "outgoing",
            "web",
            "blobs",
            "barrier",
            "db",
            "kernel",
        ],
    ),
    // The public API only, and the bare engine for the floor.
    ("bench", &["identity", "barrier", "db", "kernel"]),
    ("xtask", &[]),
];

/// Names every import that goes the wrong way.
pub(crate) fn check(root: &Path) -> anyhow::Result<Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let mut problems = Vec::new();
    for package in metadata.get("packages").and_then(Value::as_array).context("no packages")? {
        let name =
            package.get("manifest_path").and_then(folder).context("a package without a folder")?;
        let Some((_, allowed)) = ALLOWED.iter().find(|(listed, _)| *listed == name) else {
            problems.push(format!("crates/{name}: say in xtask/src/imports.rs what it may import"));
            continue;
        };
        for dependency in
            package.get("dependencies").and_then(Value::as_array).into_iter().flatten()
        {
            let Some(path) = dependency.get("path").and_then(Value::as_str) else { continue };
            let imported = path.rsplit('/').next().unwrap_or(path);
            // Tests may turn around: they stand outside of what ships.
            if dependency.get("kind").and_then(Value::as_str) != Some("dev")
                && !allowed.contains(&imported)
            {
                problems.push(format!(
                    "{name} imports {imported}: imports go one way, see docs/architecture.md"
                ));
            }
        }
    }
    Ok(problems)
}

/// The last folder of a manifest's path.
fn folder(manifest: &Value) -> Option<&str> {
    manifest.as_str()?.strip_suffix("/Cargo.toml")?.rsplit('/').next()
}
