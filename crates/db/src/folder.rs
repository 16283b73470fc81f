//! Keeps a second server out of a data folder.

use std::{
    fs::{self, File, TryLockError},
    io::Write,
    path::Path,
};

use kernel::{Error, Kind, Result};

const FILE: &str = "lock";

/// The operating system's lock on a data folder. It ends with this value, or with the process,
/// however that ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock on the folder at `path`, which must exist. If another process has it, the
    /// error says which one and what to do.
    pub fn acquire(path: &Path) -> Result<Self> {
        let lock = path.join(FILE);
        let trouble = |error: &dyn std::fmt::Display| {
            Error::new(Kind::Unavailable, format!("can't lock {}: {error}", lock.display()))
        };
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&lock)
            .map_err(|error| trouble(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(path, &lock)),
            Err(TryLockError::Error(error)) => return Err(trouble(&error)),
        }
        // For the text above only: it is the lock that counts.
        file.set_len(0)
            .and_then(|()| write!(file, "{}", std::process::id()))
            .map_err(|error| trouble(&error))?;
        Ok(Self { _file: file })
    }
}

fn in_use(path: &Path, lock: &Path) -> Error {
    let process = fs::read_to_string(lock).unwrap_or_default();
    let who = match process.trim().parse::<u32>() {
        Ok(id) => format!(" (process {id})"),
        Err(_) => String::new(),
    };
    Error::new(
        Kind::Conflict,
        format!(
            "the data folder {} is in use by another Stateward{who}: stop that one first, or \
             choose another folder",
            path.display()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_holder_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = FolderLock::acquire(folder.path()).unwrap();
        let error = FolderLock::acquire(folder.path()).unwrap_err();
        assert_eq!(error.kind(), Kind::Conflict);
        let text = error.to_string();
        assert!(text.contains(&folder.path().display().to_string()), "{text}");
        assert!(text.contains(&std::process::id().to_string()), "{text}");
        drop(held);
        FolderLock::acquire(folder.path()).unwrap();
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_it() {
        let error = FolderLock::acquire(Path::new("/nowhere/at/all")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    }
}
