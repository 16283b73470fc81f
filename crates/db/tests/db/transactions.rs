//! What a closure may rely on.

use db::{Db, Value};
use kernel::{Error, Kind};

use crate::engines::{
    INSERT_COUNT, SELECT_COUNT, UPDATE_COUNT_FROM, count, insert, on_each_engine,
};

#[test]
fn what_was_answered_is_there_after_opening_again() {
    on_each_engine(|fresh| {
        insert(fresh.db(), "a", 7).unwrap();
        fresh.reopen();
        assert_eq!(count(fresh.db(), "a"), Some(7));
    });
}

#[test]
fn a_failing_closure_leaves_nothing_and_harms_nobody() {
    on_each_engine(|fresh| {
        let error = fresh
            .db()
            .write_blocking(|tx| {
                tx.execute(&INSERT_COUNT, &["a".into(), 1.into()])?;
                Err::<(), _>(Error::conflict("no"))
            })
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Conflict);
        assert_eq!(count(fresh.db(), "a"), None);
        insert(fresh.db(), "a", 2).unwrap();
    });
}

#[test]
fn failures_in_a_batch_take_only_their_own_with_them() {
    on_each_engine(|fresh| {
        let db = fresh.db();
        std::thread::scope(|scope| {
            for number in 0..300_i64 {
                let db = db.clone();
                scope.spawn(move || {
                    let outcome = db.write_blocking(move |tx| {
                        let subject = format!("subject {number}");
                        tx.execute(&INSERT_COUNT, &[subject.into(), number.into()])?;
                        match number % 3 {
                            0 => Ok(()),
                            1 => Err(Error::conflict("no")),
                            _ => panic!("number {number}"),
                        }
                    });
                    let kind = outcome.map_err(|error| error.kind()).err();
                    let expected = [None, Some(Kind::Conflict), Some(Kind::Internal)];
                    assert_eq!(kind, expected[usize::try_from(number % 3).unwrap()]);
                });
            }
        });
        let numbers = db
            .read_blocking(|tx| {
                Ok(tx.query(
                    &db::Statement::new("all", "SELECT failures FROM sign_in_attempts ORDER BY 1"),
                    &[],
                    |row| row.int(0),
                )?)
            })
            .unwrap();
        assert_eq!(numbers, (0..300).step_by(3).collect::<Vec<_>>());
    });
}

#[test]
fn a_panic_is_an_internal_error_and_the_threads_live_on() {
    on_each_engine(|fresh| {
        for _ in 0..20 {
            let written =
                fresh.db().write_blocking(|_| -> kernel::Result<()> { panic!("oh {}", 1) });
            let read = fresh.db().read_blocking(|_| -> kernel::Result<()> { panic!("oh dear") });
            for error in [written.unwrap_err(), read.unwrap_err()] {
                assert_eq!(error.kind(), Kind::Internal);
                assert!(error.internal_cause().unwrap().contains("panicked: oh"), "{error:?}");
                assert!(!error.to_string().contains("oh"), "{error}");
            }
        }
        insert(fresh.db(), "a", 1).unwrap();
        assert_eq!(count(fresh.db(), "a"), Some(1));
    });
}

#[test]
fn a_failed_statement_spoils_its_transaction_on_both_engines() {
    on_each_engine(|fresh| {
        insert(fresh.db(), "a", 1).unwrap();
        let twice = |tx: &mut db::Tx<'_>| tx.execute(&INSERT_COUNT, &["a".into(), 2.into()]);
        let ignored = fresh.db().write_blocking(move |tx| Ok(twice(tx).is_err()));
        assert_eq!(ignored.unwrap_err().kind(), Kind::Internal);
        let next = fresh.db().write_blocking(move |tx| {
            let _ = twice(tx);
            Ok(tx.query(&SELECT_COUNT, &["a".into()], |row| row.int(0))?)
        });
        assert!(next.unwrap_err().internal_cause().unwrap().contains("earlier statement"));
        assert_eq!(count(fresh.db(), "a"), Some(1));
    });
}

#[test]
fn reads_can_not_write() {
    let sneaky = db::Statement::new(
        "sneaky",
        "INSERT INTO sign_in_attempts (subject, window_started_at, failures)
         VALUES ($1, 0, 0) RETURNING failures",
    );
    on_each_engine(|fresh| {
        let db = fresh.db();
        let execute = |tx: &mut db::Tx<'_>| {
            Ok(tx.execute(&INSERT_COUNT, &["a".into(), 1.into()]).map(drop)?)
        };
        let query = move |tx: &mut db::Tx<'_>| {
            Ok(tx.query(&sneaky, &["a".into()], |row| row.int(0)).map(drop)?)
        };
        db.read_blocking(execute).unwrap_err();
        db.read_blocking(query).unwrap_err();
        db.snapshot_blocking(query).unwrap_err();
        assert_eq!(count(db, "a"), None);
        db.write_blocking(query).unwrap();
        assert_eq!(count(db, "a"), Some(0));
    });
}

#[test]
fn a_snapshot_sees_one_instant() {
    on_each_engine(|fresh| {
        insert(fresh.db(), "a", 1).unwrap();
        let other = fresh.db().clone();
        let seen = fresh
            .db()
            .snapshot_blocking(move |tx| {
                let subject = [Value::from("a")];
                let before = tx.query_one(&SELECT_COUNT, &subject, |row| row.int(0))?;
                // Never in earnest: a closure does not wait. Here another thread must come between.
                other.write_blocking(move |tx| {
                    let params = ["a".into(), before.into(), (before + 1).into()];
                    Ok(tx.execute(&UPDATE_COUNT_FROM, &params)?)
                })?;
                Ok((before, tx.query_one(&SELECT_COUNT, &subject, |row| row.int(0))?))
            })
            .unwrap();
        assert_eq!(seen, (1, 1));
        assert_eq!(count(fresh.db(), "a"), Some(2));
    });
}

#[tokio::test]
async fn tasks_read_what_they_have_written() {
    let fresh = crate::engines::Fresh::sqlite();
    let db: Db = fresh.db().clone();
    let subject = "a".to_owned();
    let name = subject.clone();
    let changed = db
        .write(move |tx| Ok(tx.execute(&INSERT_COUNT, &[(&name).into(), 5.into()])?))
        .await
        .unwrap();
    assert_eq!(changed, 1);
    let found = db
        .read(move |tx| Ok(tx.query_one(&SELECT_COUNT, &[(&subject).into()], |row| row.int(0))?))
        .await
        .unwrap();
    assert_eq!(found, 5);
    assert_eq!(db.snapshot(|_| Ok(1)).await.unwrap(), 1);
}
