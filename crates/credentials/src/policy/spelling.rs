//! Names that stand for the same in any case: of all spellings of a path with such a name one
//! counts, for what policies allow and for what leases are called.

use std::borrow::Cow;

/// What the ids of leases, and what they begin with, follow in paths.
const BEFORE_LEASES: [&str; 9] = [
    "sys/leases/lookup/",
    "sys/leases/renew/",
    "sys/leases/revoke/",
    "sys/leases/revoke-force/",
    "sys/leases/revoke-prefix/",
    "sys/renew/",
    "sys/revoke/",
    "sys/revoke-force/",
    "sys/revoke-prefix/",
];

/// Where names are taken in any case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spelling {
    folders: Vec<String>,
}

impl Spelling {
    /// Names directly below these folders, which end in a slash, are the same in any case.
    pub(crate) fn below(folders: impl Iterator<Item = String>) -> Self {
        let with_leases = |folder: String| {
            let leases = BEFORE_LEASES.map(|before| format!("{before}{folder}"));
            std::iter::once(folder).chain(leases)
        };
        Self { folders: folders.flat_map(with_leases).collect() }
    }

    /// The folders, each with a slash at its end.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }

    /// The spelling of a path that counts: the name in small letters. Nothing else is touched.
    pub(crate) fn of_path<'a>(&self, path: &'a str) -> Cow<'a, str> {
        let is_large = |text: &str| text.bytes().any(|byte| byte.is_ascii_uppercase());
        if !is_large(path) {
            return Cow::Borrowed(path);
        }
        let spelled = self.folders().find_map(|folder| {
            let below = path.strip_prefix(folder)?;
            let (name, rest) = below.split_at(below.find('/').unwrap_or(below.len()));
            is_large(name).then(|| format!("{folder}{}{rest}", name.to_ascii_lowercase()))
        });
        spelled.map_or(Cow::Borrowed(path), Cow::Owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_in_one_way_and_nothing_else_is() {
        let spelling = Spelling::below(["Hcp/creds/".to_owned()].into_iter());
        for (path, expected) in [
            ("Hcp/creds/MY-ROLE", "Hcp/creds/my-role"),
            ("Hcp/creds/My-Role/Ab1", "Hcp/creds/my-role/Ab1"),
            ("sys/leases/revoke-prefix/Hcp/creds/X", "sys/leases/revoke-prefix/Hcp/creds/x"),
            ("sys/revoke/Hcp/creds/X/Ab1", "sys/revoke/Hcp/creds/x/Ab1"),
            ("hcp/creds/X", "hcp/creds/X"),
            ("Hcp/Creds/X", "Hcp/Creds/X"),
            ("Hcp/creds/", "Hcp/creds/"),
            ("Hcp/creds", "Hcp/creds"),
            ("Hcp/creds/my-role/Ab1", "Hcp/creds/my-role/Ab1"),
            ("", ""),
        ] {
            assert_eq!(spelling.of_path(path), expected, "{path}");
        }
    }
}
