//! Many at once: exactly one wins, and nothing is lost.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    thread,
    time::{Duration, Instant},
};

use db::{Db, Engine};

use crate::engines::{
    Fresh, INSERT_COUNT, LOCK_COUNT, SELECT_COUNT, UPDATE_COUNT_FROM, count, insert, on_each_engine,
};

const RACERS: i64 = 32;

/// One step of a subject's count, if it stands where it is thought to stand.
fn step(db: &Db, subject: &'static str, from: i64) -> bool {
    let changed = db.write_blocking(move |tx| {
        let params = [subject.into(), from.into(), (from + 1).into()];
        Ok(tx.execute(&UPDATE_COUNT_FROM, &params)?)
    });
    changed.unwrap() == 1
}

#[test]
fn of_conditional_updates_exactly_one_wins_each_round() {
    const ROUNDS: i64 = 150;
    on_each_engine(|fresh| {
        insert(fresh.db(), "a", 0).unwrap();
        let wins = AtomicI64::new(0);
        let barrier = std::sync::Barrier::new(usize::try_from(RACERS).unwrap());
        thread::scope(|scope| {
            for _ in 0..RACERS {
                scope.spawn(|| {
                    for round in 0..ROUNDS {
                        barrier.wait();
                        if step(fresh.db(), "a", round) {
                            wins.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(wins.load(Ordering::Relaxed), ROUNDS);
        assert_eq!(count(fresh.db(), "a"), Some(ROUNDS));
    });
}

#[test]
fn what_is_read_under_a_lock_and_written_back_loses_no_update() {
    on_each_engine(|fresh| {
        insert(fresh.db(), "a", 0).unwrap();
        thread::scope(|scope| {
            for _ in 0..RACERS {
                scope.spawn(|| {
                    for _ in 0..40 {
                        let changed = fresh.db().write_blocking(|tx| {
                            tx.lock(&LOCK_COUNT, &["a".into()])?;
                            let now =
                                tx.query_one(&SELECT_COUNT, &["a".into()], |row| row.int(0))?;
                            let params = ["a".into(), now.into(), (now + 1).into()];
                            Ok(tx.execute(&UPDATE_COUNT_FROM, &params)?)
                        });
                        assert_eq!(changed.unwrap(), 1);
                    }
                });
            }
        });
        assert_eq!(count(fresh.db(), "a"), Some(RACERS * 40));
    });
}

#[test]
fn transactions_that_deadlock_are_run_again() {
    let Some(fresh) = Fresh::postgres() else { return };
    insert(fresh.db(), "a", 0).unwrap();
    insert(fresh.db(), "b", 0).unwrap();
    thread::scope(|scope| {
        for racer in 0..2 {
            let db = fresh.db();
            scope.spawn(move || {
                for _ in 0..2 {
                    db.write_blocking(move |tx| {
                        let order = if racer % 2 == 0 { ["a", "b"] } else { ["b", "a"] };
                        for subject in order {
                            tx.lock(&LOCK_COUNT, &[subject.into()])?;
                            // Never in earnest; here the two must meet.
                            thread::sleep(Duration::from_millis(30));
                            let now =
                                tx.query_one(&SELECT_COUNT, &[subject.into()], |row| row.int(0))?;
                            let params = [subject.into(), now.into(), (now + 1).into()];
                            tx.execute(&UPDATE_COUNT_FROM, &params)?;
                        }
                        Ok(())
                    })
                    .unwrap();
                }
            });
        }
    });
    assert_eq!((count(fresh.db(), "a"), count(fresh.db(), "b")), (Some(4), Some(4)));
}

#[test]
fn two_handles_on_one_database_both_write() {
    on_each_engine(|fresh| {
        // As a second process would, say the one of `stateward admin`.
        let second = Db::open(&fresh.options).unwrap();
        thread::scope(|scope| {
            for (number, db) in [fresh.db(), &second].into_iter().enumerate() {
                scope.spawn(move || {
                    for round in 0..100 {
                        db.write_blocking(move |tx| {
                            let subject = format!("{number} {round}");
                            Ok(tx.execute(&INSERT_COUNT, &[subject.into(), 1.into()])?)
                        })
                        .unwrap();
                    }
                });
            }
        });
        let total = db::Statement::new("total", "SELECT COUNT(*) FROM sign_in_attempts");
        let total = second
            .read_blocking(move |tx| Ok(tx.query_one(&total, &[], |row| row.int(0))?))
            .unwrap();
        assert_eq!(total, 200);
    });
}

/// Not a test of speed; it shows the figure (`--nocapture`) and that nothing is lost on the way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_share_commits() {
    let fresh = Fresh::sqlite();
    assert_eq!(fresh.db().engine(), Engine::Sqlite);
    let started = Instant::now();
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let db = fresh.db().clone();
            tokio::spawn(async move {
                for round in 0..100 {
                    db.write(move |tx| {
                        let subject = format!("{task} {round}");
                        Ok(tx.execute(&INSERT_COUNT, &[subject.into(), 1.into()])?)
                    })
                    .await
                    .unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    println!("{:.0} writes a second", 6_400.0 / started.elapsed().as_secs_f64());
    let total = db::Statement::new("total", "SELECT COUNT(*) FROM sign_in_attempts");
    let total =
        fresh.db().read(move |tx| Ok(tx.query_one(&total, &[], |row| row.int(0))?)).await.unwrap();
    assert_eq!(total, 6_400);
}
