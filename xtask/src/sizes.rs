//! A file is about one thing: over 700 lines is refused.

use std::path::{Path, PathBuf};

const LIMIT: usize = 700;

/// Files over the limit, with their size when they were let in. The list only shrinks.
const LET_IN: &[(&str, usize)] = &[];

/// Names every file that is too long, and every entry of the list that is no longer needed.
pub(crate) fn check(root: &Path, sources: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for path in sources {
        let lines = std::fs::read_to_string(path)?.lines().count();
        let name = path.strip_prefix(root)?.to_string_lossy();
        let limit =
            LET_IN.iter().find(|(listed, _)| *listed == name).map_or(LIMIT, |(_, size)| *size);
        if lines > limit {
            problems
                .push(format!("{name} has {lines} lines, more than {limit}: what is it about?"));
        } else if limit > LIMIT && lines <= LIMIT {
            problems.push(format!(
                "{name} is short enough now: take it off the list in xtask/src/sizes.rs"
            ));
        }
    }
    Ok(problems)
}

/// Every Rust file of ours.
pub(crate) fn sources(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.join("crates"), root.join("xtask")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
