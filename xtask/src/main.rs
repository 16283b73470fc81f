//! Checks that the compiler does not make: `cargo xtask check`.

mod imports;
mod quarantine;
mod sizes;
mod words;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;

fn main() -> ExitCode {
    if std::env::args().skip(1).collect::<Vec<_>>() != ["check"] {
        eprintln!("usage: cargo xtask check");
        return ExitCode::from(2);
    }
    let problems = check().unwrap_or_else(|error| vec![format!("error: {error:#}")]);
    for problem in &problems {
        eprintln!("{problem}");
    }
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn check() -> anyhow::Result<Vec<String>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask has no parent folder")?
        .to_owned();
    let sources = sizes::sources(&root)?;
    let mut problems = imports::check(&root)?;
    problems.extend(quarantine::check(&root, &sources)?);
    problems.extend(sizes::check(&root, &sources)?);
    problems.extend(words::check(&root, &sources)?);
    Ok(problems)
}
