//! A mount: something that answers below a path.

use std::time::Duration;

use kernel::Timestamp;
use serde_json::{Map, Value};

use crate::ids;

/// Where a mount's settings keep the options that it was made with.
pub(crate) const OPTIONS: &str = "options";
/// Where they keep whether anything of it may be cached, which nothing is.
pub(crate) const FORCE_NO_CACHE: &str = "force_no_cache";
/// Where they keep from where it was moved last.
pub(crate) const MOVED: &str = "moved";
/// What of the settings is not shown among what is tuned.
pub(crate) const KEPT_ASIDE: [&str; 3] = [OPTIONS, FORCE_NO_CACHE, MOVED];

/// Whether a mount gives out secrets or lets people in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MountKind {
    /// Secrets, directly below `/v1/`.
    Secret,
    /// Logins, below `/v1/auth/`.
    Auth,
}

/// A mount.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    /// Where, with a slash at its end: `terraform/`, `auth/userpass/`.
    pub(crate) path: String,
    /// What for.
    pub(crate) kind: MountKind,
    /// Its type: `terraform`, `userpass`, ….
    pub(crate) r#type: String,
    /// Its id, which stays when it moves.
    pub(crate) uuid: String,
    /// What names it in logs: its type and eight hexadecimal digits.
    pub(crate) accessor: String,
    /// What people say about it.
    pub(crate) description: String,
    /// How long its leases last unless they say so; zero: as the system says.
    pub(crate) default_lease_ttl: Duration,
    /// How long its leases last at most; zero: as the system says.
    pub(crate) max_lease_ttl: Duration,
    /// What else can be tuned, and is only given back.
    pub(crate) settings: Map<String, Value>,
    /// Whether it is being taken away.
    pub(crate) tainted: bool,
    /// When it was made.
    pub(crate) created_at: Timestamp,
}

impl MountKind {
    /// The accessor of a new mount of a type.
    pub(crate) fn new_accessor(self, r#type: &str) -> String {
        match self {
            Self::Secret => ids::mount_accessor(r#type),
            Self::Auth => ids::mount_accessor(&format!("auth_{type}")),
        }
    }

    /// The word in the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Auth => "auth",
        }
    }

    /// Reads that word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Secret, Self::Auth].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The mount that a path belongs to: the one with the longest path that the other begins with.
/// `terraform` alone is its mount too.
pub(crate) fn mount_of<'a>(mounts: &'a [Mount], path: &str) -> Option<&'a Mount> {
    let belongs = |mount: &&Mount| {
        path.starts_with(&mount.path) || mount.path.strip_suffix('/') == Some(path)
    };
    mounts.iter().filter(belongs).max_by_key(|mount| mount.path.len())
}
