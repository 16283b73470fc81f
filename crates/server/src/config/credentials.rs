//! How the credential engine's key is kept, and where its audit devices may write.

use std::path::PathBuf;

use credentials::SealKind;

use super::Problem;
use crate::options::Options;

pub(super) fn seal(options: &Options) -> Result<SealKind, Problem> {
    let Some(word) = options.seal.as_deref() else { return Ok(SealKind::default()) };
    SealKind::parse(word)
        .ok_or_else(|| Problem::new("seal", format!("\"{word}\" is neither static nor shamir")))
}

/// An absolute folder that is there: what is asked for within it is compared with its true path.
pub(super) fn audit_dir(options: &Options) -> Result<Option<PathBuf>, Problem> {
    let Some(folder) = &options.credentials_audit_dir else { return Ok(None) };
    let wrong =
        |why: String| Problem::new("credentials_audit_dir", format!("{} {why}", folder.display()));
    let found = folder
        .canonicalize()
        .map_err(|error| wrong(format!("can't be used: {error}; make it and own it")))?;
    if found.is_dir() { Ok(Some(found)) } else { Err(wrong("is not a folder".to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Options {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn the_seal_is_one_of_two() {
        assert_eq!(seal(&read("")).ok(), Some(SealKind::Static));
        assert_eq!(seal(&read("seal = \"shamir\"")).ok(), Some(SealKind::Shamir));
        assert_eq!(seal(&read("seal = \"Shamir\"")).unwrap_err().key, "seal");
    }

    #[test]
    fn the_folder_of_audit_devices_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let named = |path: &std::path::Path| {
            audit_dir(&read(&format!("credentials_audit_dir = \"{}\"", path.display())))
        };
        assert_eq!(named(folder.path()).ok().flatten(), folder.path().canonicalize().ok());
        let missing = named(&folder.path().join("no")).unwrap_err();
        assert_eq!(missing.key, "credentials_audit_dir");
        assert_eq!(audit_dir(&read("")).ok(), Some(None));
    }
}
