//! Migrations, from the outside.

use std::thread;

use db::{Db, Statement};
use kernel::Kind;

use crate::engines::{Fresh, on_each_engine};

fn change(fresh: &mut Fresh, statement: Statement) -> kernel::Error {
    let changed = fresh.db().write_blocking(move |tx| Ok(tx.execute(&statement, &[])?));
    assert_eq!(changed.unwrap(), 1);
    fresh.db = None;
    Db::open(&fresh.options).err().unwrap()
}

#[test]
fn several_servers_may_start_at_once() {
    on_each_engine(|fresh| {
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| Db::open(&fresh.options).unwrap());
            }
        });
    });
}

#[test]
fn several_servers_may_make_a_file_at_once() {
    for _ in 0..40 {
        let folder = tempfile::tempdir().unwrap();
        let options = db::Options::Sqlite { path: folder.path().join("stateward.db") };
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| Db::open(&options).unwrap());
            }
        });
    }
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    on_each_engine(|fresh| {
        let error = change(
            fresh,
            Statement::new(
                "from_the_future",
                "INSERT INTO schema_migrations (number, name, checksum, applied_at)
                 VALUES (999, 'teleport', '', 0)",
            ),
        );
        assert_eq!(error.kind(), Kind::Conflict);
        assert!(error.to_string().contains("migration 999 (teleport)"), "{error}");
    });
}

#[test]
fn a_migration_with_another_text_is_refused() {
    on_each_engine(|fresh| {
        let error = change(
            fresh,
            Statement::new(
                "change_history",
                "UPDATE schema_migrations SET checksum = 'x' WHERE number = 1",
            ),
        );
        assert_eq!(error.kind(), Kind::Conflict);
        assert!(error.to_string().contains("another text"), "{error}");
    });
}
