//! The migrations: numbered SQL files, forward only.
//!
//! One text serves both engines. Written in capitals, BIGINT, BYTES, TEXT and STRICT become what an
//! engine calls them; texts are compared by bytes on both. A migration that was applied must not
//! change any more: its checksum is kept.

use kernel::{Error, Kind, Result};

use crate::options::Engine;

/// A migration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    pub(crate) number: i64,
    pub(crate) name: &'static str,
    sql: &'static str,
}

/// All migrations, in their order. The numbers have no gaps.
pub(crate) const ALL: &[Migration] = &[
    Migration {
        number: 1,
        name: "first_tables",
        sql: include_str!("../migrations/0001_first_tables.sql"),
    },
    Migration { number: 2, name: "access", sql: include_str!("../migrations/0002_access.sql") },
    Migration {
        number: 3,
        name: "credentials",
        sql: include_str!("../migrations/0003_credentials.sql"),
    },
];

/// A row of `schema_migrations`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) checksum: String,
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at BIGINT NOT NULL
) STRICT;";

/// Reads what was applied.
pub(crate) const SELECT_APPLIED: &str =
    "SELECT number, name, checksum FROM schema_migrations ORDER BY number";

/// The text that makes the table of migrations.
pub(crate) fn table(engine: Engine) -> String {
    translate(TABLE, engine)
}

impl Migration {
    /// The text for an engine.
    pub(crate) fn sql(&self, engine: Engine) -> String {
        translate(self.sql, engine)
    }

    /// Tells whether the text has changed: FNV-1a with 64 bits. It guards against mistakes, not
    /// against malice.
    pub(crate) fn checksum(&self) -> String {
        format!("{:016x}", fnv(self.sql.as_bytes()))
    }
}

/// FNV-1a with 64 bits.
pub(crate) fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The migrations that are still to be applied.
pub(crate) fn pending<'a>(known: &'a [Migration], applied: &[Applied]) -> Result<&'a [Migration]> {
    for (position, applied) in applied.iter().enumerate() {
        let Applied { number, name, checksum } = applied;
        let Some(migration) = known.get(position).filter(|known| known.number == *number) else {
            return Err(Error::new(
                Kind::Conflict,
                format!(
                    "the database has migration {number} ({name}), which this version of Stateward \
                     does not know: it was used by a newer version. Start that version, or restore \
                     a backup from before the upgrade"
                ),
            ));
        };
        if migration.checksum() != *checksum {
            return Err(Error::new(
                Kind::Conflict,
                format!(
                    "migration {number} ({name}) was applied to the database with another text than \
                     this version of Stateward has. Start the version that made the database, or \
                     restore a backup"
                ),
            ));
        }
    }
    Ok(known.get(applied.len()..).unwrap_or_default())
}

/// Replaces the words that the engines spell differently.
fn translate(sql: &str, engine: Engine) -> String {
    let mut text = String::with_capacity(sql.len() + 1_024);
    for line in sql.lines() {
        let code = line.split("--").next().unwrap_or_default();
        for word in code.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
            let end = word.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            text.push_str(spelling(end, engine));
            text.push_str(word.get(end.len()..).unwrap_or_default());
        }
        text.push('\n');
    }
    text
}

fn spelling(word: &str, engine: Engine) -> &str {
    match (word, engine) {
        ("BIGINT", Engine::Sqlite) => "INTEGER",
        ("BYTES", Engine::Sqlite) => "BLOB",
        ("BYTES", Engine::Postgres) => "BYTEA",
        // Byte order, as SQLite compares: else lists and keysets would differ between engines.
        ("TEXT", Engine::Postgres) => "TEXT COLLATE \"C\"",
        ("STRICT", Engine::Postgres) => "",
        (word, _) => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Migration = Migration { number: 1, name: "first", sql: "CREATE" };
    const SECOND: Migration = Migration { number: 2, name: "second", sql: "ALTER" };

    fn applied(migration: &Migration) -> Applied {
        Applied {
            number: migration.number,
            name: migration.name.to_owned(),
            checksum: migration.checksum(),
        }
    }

    #[test]
    fn words_are_spelled_for_the_engine() {
        let sql =
            "CREATE TABLE t ( -- a TEXT\n  bytes BYTES NOT NULL,\n  n BIGINT, x TEXT\n) STRICT;";
        assert_eq!(
            translate(sql, Engine::Sqlite),
            "CREATE TABLE t ( \n  bytes BLOB NOT NULL,\n  n INTEGER, x TEXT\n) STRICT;\n"
        );
        assert_eq!(
            translate(sql, Engine::Postgres),
            "CREATE TABLE t ( \n  bytes BYTEA NOT NULL,\n  n BIGINT, x TEXT COLLATE \"C\"\n) ;\n"
        );
    }

    #[test]
    fn what_was_not_applied_is_pending() {
        let known = [FIRST, SECOND];
        assert_eq!(pending(&known, &[]).unwrap().len(), 2);
        let rest = pending(&known, &[applied(&FIRST)]).unwrap();
        assert_eq!(rest.first().map(|next| next.name), Some("second"));
        assert!(pending(&known, &[applied(&FIRST), applied(&SECOND)]).unwrap().is_empty());
    }

    #[test]
    fn a_migration_of_a_newer_version_is_refused() {
        let error = pending(&[FIRST], &[applied(&FIRST), applied(&SECOND)]).unwrap_err();
        assert!(error.to_string().contains("migration 2 (second)"), "{error}");
        assert!(error.to_string().contains("newer version"), "{error}");
    }

    #[test]
    fn a_changed_migration_is_refused() {
        let changed = Migration { sql: "CREATE more", ..FIRST };
        let error = pending(&[changed, SECOND], &[applied(&FIRST)]).unwrap_err();
        assert!(error.to_string().contains("another text"), "{error}");
    }

    #[test]
    fn numbers_have_no_gaps() {
        for (position, migration) in ALL.iter().enumerate() {
            assert_eq!(migration.number, i64::try_from(position).unwrap() + 1);
        }
    }
}
