//! Jobs: done once, in the order they are due, and not lost with a worker.

use std::{collections::BTreeSet, sync::Mutex, thread, time::Duration};

use db::{
    Db,
    jobs::{self, Job},
};
use kernel::{Error, Timestamp};

use crate::engines::on_each_engine;

const LEASE: Duration = Duration::from_mins(1);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn enqueue(db: &Db, kind: &'static str, payload: &'static str, seconds: i64) {
    db.write_blocking(move |tx| Ok(jobs::enqueue(tx, kind, payload, at(seconds))?)).unwrap();
}

fn claim(db: &Db, seconds: i64, kinds: &'static [&'static str]) -> Option<Job> {
    db.write_blocking(move |tx| Ok(jobs::claim(tx, at(seconds), LEASE, kinds)?)).unwrap()
}

fn count(db: &Db) -> i64 {
    db.read_blocking(|tx| Ok(jobs::count(tx)?)).unwrap()
}

#[test]
fn a_job_is_there_if_its_transaction_is() {
    on_each_engine(|fresh| {
        fresh
            .db()
            .write_blocking(|tx| {
                jobs::enqueue(tx, "a", "{}", at(0))?;
                Err::<(), _>(Error::conflict("no"))
            })
            .unwrap_err();
        assert_eq!(count(fresh.db()), 0);
        enqueue(fresh.db(), "a", "{}", 0);
        assert_eq!(count(fresh.db()), 1);
    });
}

#[test]
fn what_is_due_longest_comes_first() {
    on_each_engine(|fresh| {
        let db = fresh.db();
        enqueue(db, "a", "later", 20);
        enqueue(db, "a", "first", 10);
        enqueue(db, "b", "other", 5);
        enqueue(db, "a", "not yet", 1_000);
        let payloads: Vec<_> =
            std::iter::from_fn(|| claim(db, 30, &["a"])).map(|job| job.payload).collect();
        assert_eq!(payloads, ["first", "later"]);
        assert_eq!(claim(db, 30, &["a", "b", "c"]).unwrap().payload, "other");
        assert_eq!(claim(db, 30, &[]), None);
    });
}

#[test]
fn a_lost_workers_job_is_claimed_again_and_it_can_not_finish_it() {
    on_each_engine(|fresh| {
        let db = fresh.db();
        enqueue(db, "a", "{}", 0);
        let lost = claim(db, 10, &["a"]).unwrap();
        assert_eq!(claim(db, 69, &["a"]), None);
        let again = claim(db, 70, &["a"]).unwrap();
        assert_eq!((lost.id, lost.attempts, again.attempts), (again.id, 1, 2));
        let finish = |job: &Job| {
            let job = job.clone();
            db.write_blocking(move |tx| Ok(jobs::finish(tx, &job)?)).unwrap()
        };
        assert!(!finish(&lost));
        assert_eq!(count(db), 1);
        assert!(finish(&again));
        assert_eq!(count(db), 0);
    });
}

#[test]
fn a_failed_job_waits_until_it_is_tried_again() {
    on_each_engine(|fresh| {
        let db = fresh.db();
        enqueue(db, "a", "{}", 0);
        let failed = claim(db, 1, &["a"]).unwrap();
        let put_back = db
            .write_blocking(move |tx| Ok(jobs::retry(tx, &failed, at(30), "the reason")?))
            .unwrap();
        assert!(put_back);
        assert_eq!(claim(db, 29, &["a"]), None);
        assert_eq!(claim(db, 30, &["a"]).unwrap().attempts, 2);
    });
}

#[test]
fn many_workers_claim_each_job_once() {
    on_each_engine(|fresh| {
        let db = fresh.db();
        db.write_blocking(|tx| {
            for _ in 0..200 {
                jobs::enqueue(tx, "a", "{}", at(0))?;
            }
            Ok(())
        })
        .unwrap();
        let claimed = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    while let Some(job) = claim(db, 1, &["a"]) {
                        claimed.lock().unwrap().push(job.id);
                    }
                });
            }
        });
        let claimed = claimed.into_inner().unwrap();
        assert_eq!(claimed.len(), 200);
        assert_eq!(claimed.iter().collect::<BTreeSet<_>>().len(), 200);
    });
}
