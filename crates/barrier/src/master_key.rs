//! The key that wraps all others. It lives outside the database.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use kernel::{Error, Kind, Result, Secret};

use crate::{
    digest::{derive, hex},
    envelope::Key,
    random_bytes,
};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The master key: 32 random bytes, written as base64.
#[derive(Clone, Debug)]
pub struct MasterKey(Secret<[u8; 32]>);

impl MasterKey {
    /// Draws a new one.
    pub fn generate() -> Self {
        Self(Secret::new(random_bytes()))
    }

    /// Reads base64, with or without padding and blanks around it.
    pub fn from_base64(text: &str) -> Result<Self> {
        let bytes = BASE64.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(|bytes| Self(Secret::new(bytes))).ok_or_else(|| {
            wrong(
                "the master key must be 32 bytes in base64 (44 characters); \
                 `openssl rand -base64 32` makes one",
            )
        })
    }

    /// Writes base64.
    pub fn to_base64(&self) -> Secret<String> {
        Secret::new(BASE64.encode(self.0.expose()))
    }

    /// Reads the key from a file.
    pub fn read_file(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| failed("read", path, &error))?;
        Self::from_base64(&text)
            .map_err(|error| wrong(format!("{} holds no master key: {error}", path.display())))
    }

    /// Reads the key from a file, and makes file and key if there is none. The file appears whole,
    /// readable by its owner only, and one that is there is never written to: of two servers that
    /// start at once, both get the same key.
    pub fn read_or_create_file(path: &Path) -> Result<Self> {
        if !path.try_exists().map_err(|error| failed("read", path, &error))? {
            Self::generate().create_file(path).map_err(|error| failed("create", path, &error))?;
        }
        Self::read_file(path)
    }

    /// Leaves a file that has come to be in the meantime as it is.
    fn create_file(&self, path: &Path) -> std::io::Result<()> {
        let unfinished = Unfinished::beside(path);
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished.0)?;
        writeln!(file, "{}", self.to_base64().expose())?;
        file.sync_all()?;
        // Unlike a rename, a link never replaces anything.
        match fs::hard_link(&unfinished.0, path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        drop(unfinished);
        match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
            _ => File::open(".")?.sync_all(),
        }
    }

    /// The key as it wraps data keys. Its id is a fingerprint, so that a wrapped key says whether
    /// this is the master key it needs.
    pub(crate) fn wrapping_key(&self) -> Result<Key> {
        let fingerprint = hex(derive(self.0.expose(), "stateward master key id"));
        let (id, _) = fingerprint.as_bytes().split_first_chunk().ok_or_else(|| {
            Error::internal("a fingerprint is shorter than the id that is cut from it")
        })?;
        Key::new(*id, *self.0.expose())
    }
}

/// A file that is removed again, whatever happens.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}.new", hex(random_bytes::<8>())));
        Self(name.into())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // One that could not even be made is not there; one that stays does no harm.
        let _ = fs::remove_file(&self.0);
    }
}

fn wrong(text: impl Into<String>) -> Error {
    Error::new(Kind::Invalid, text)
}

fn failed(verb: &str, path: &Path, error: &std::io::Error) -> Error {
    wrong(format!("can't {verb} the master key file {}: {error}", path.display()))
}

#[cfg(test)]
#[path = "tests/master_key.rs"]
mod tests;
