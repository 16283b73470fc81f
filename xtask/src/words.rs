//! Every file says what it is about, and leaves nothing for later.

use std::path::{Path, PathBuf};

/// Names every file without a `//!` at its head, and every note to do something later.
pub(crate) fn check(root: &Path, sources: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    // Put together, so that this file does not name itself.
    let later = [["TO", "DO"].concat(), ["FIX", "ME"].concat()];
    let mut problems = Vec::new();
    for path in sources {
        let text = std::fs::read_to_string(path)?;
        let name = path.strip_prefix(root)?.to_string_lossy();
        if !text.starts_with("//!") {
            problems.push(format!("{name} does not say what it is about: start it with //!"));
        }
        for (number, line) in text.lines().enumerate() {
            if later.iter().any(|word| line.contains(word.as_str())) {
                problems
                    .push(format!("{name}:{}: do it now, or write it into the docs", number + 1));
            }
        }
    }
    Ok(problems)
}
