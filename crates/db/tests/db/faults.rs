//! What fails outside the closures.

use std::thread;

use db::{Db, Options, Statement};
use kernel::{Kind, Secret};

use crate::engines::{Fresh, INSERT_COUNT, count, insert};

#[test]
fn on_a_full_disk_exactly_what_was_answered_is_there() {
    let limit = Statement::new("limit", "PRAGMA max_page_count = 300");
    let unlimited = Statement::new("unlimited", "PRAGMA max_page_count = 1000000");
    let subjects = Statement::new("subjects", "SELECT failures FROM sign_in_attempts ORDER BY 1");
    let fresh = Fresh::sqlite();
    let db = fresh.db();
    let set = |statement: Statement| {
        db.write_blocking(move |tx| Ok(tx.query(&statement, &[], |row| row.int(0)).map(drop)?))
            .unwrap();
    };
    set(limit);
    let kept = std::sync::Mutex::new(Vec::new());
    thread::scope(|scope| {
        for number in 0..200_i64 {
            let kept = &kept;
            scope.spawn(move || {
                let outcome = db.write_blocking(move |tx| {
                    let subject = format!("{number} {}", "x".repeat(9_000));
                    Ok(tx.execute(&INSERT_COUNT, &[subject.into(), number.into()])?)
                });
                match outcome {
                    Ok(_) => kept.lock().unwrap().push(number),
                    Err(error) => assert_eq!(error.kind(), Kind::Unavailable),
                }
            });
        }
    });
    let mut kept = kept.into_inner().unwrap();
    kept.sort_unstable();
    assert!(kept.len() < 200, "the limit was never reached");
    let found = db.read_blocking(move |tx| Ok(tx.query(&subjects, &[], |row| row.int(0))?));
    assert_eq!(found.unwrap(), kept);
    set(unlimited);
    insert(db, "after", 1).unwrap();
    assert_eq!(count(db, "after"), Some(1));
}

#[test]
fn a_server_that_ends_connections_is_not_noticed() {
    let Some(fresh) = Fresh::postgres() else { return };
    let Options::Postgres { schema: Some(schema), .. } = &fresh.options else { return };
    insert(fresh.db(), "a", 1).unwrap();
    // The connections of this test are those that have used this schema's table.
    let terminate = format!(
        "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE pid <> pg_backend_pid() AND (query LIKE '%{schema}%' OR application_name = '{schema}')"
    );
    let terminate = Statement::new("terminate", Box::leak(terminate.into_boxed_str()));
    let named = Statement::new(
        "named",
        Box::leak(
            format!("SELECT set_config('application_name', '{schema}', false)").into_boxed_str(),
        ),
    );
    for round in 0..20 {
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    fresh
                        .db()
                        .read_blocking(move |tx| Ok(tx.query(&named, &[], |row| row.text(0))?))
                });
            }
        });
        let ended = fresh
            .db()
            .read_blocking(move |tx| Ok(tx.query_one(&terminate, &[], |row| row.int(0))?))
            .unwrap();
        assert!(ended > 0 || round > 0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert_eq!(count(fresh.db(), "a"), Some(1)));
                scope.spawn(|| fresh.db().write_blocking(|_| Ok(())).unwrap());
            }
        });
    }
}

#[test]
fn databases_that_can_not_be_used_say_why() {
    let path = "/nowhere/at/all/stateward.db".into();
    let error = Db::open(&Options::Sqlite { path }).err().unwrap();
    assert!(error.to_string().contains("/nowhere/at/all/stateward.db"), "{error}");
    let url = Secret::new("postgres://someone:hunter2@127.0.0.1:1/stateward".to_owned());
    let options = Options::Postgres { url, connections: 1, schema: None };
    let error = Db::open(&options).err().unwrap();
    assert!(error.to_string().contains("stateward at 127.0.0.1:1"), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stateward.db");
    std::fs::write(&path, "not a database ".repeat(500)).unwrap();
    let error = Db::open(&Options::Sqlite { path }).err().unwrap();
    assert!(error.to_string().contains("not a database"), "{error}");
}

#[test]
fn the_last_handle_may_go_with_a_closure() {
    let mut fresh = Fresh::sqlite();
    let db = fresh.db().clone();
    let (sender, receiver) = std::sync::mpsc::channel();
    let held = std::sync::Mutex::new(Some((fresh.db.take(), sender)));
    let answer = thread::spawn(move || {
        let other = db.clone();
        db.write_blocking(move |_| {
            let _also = &other;
            let gone = held.lock().unwrap().take();
            if let Some((_, sender)) = gone {
                sender.send(()).unwrap();
            }
            Ok(())
        })
    });
    receiver.recv().unwrap();
    answer.join().unwrap().unwrap();
    fresh.reopen();
}
