//! Intents that are written down ahead, where many tokens of one role are asked for: one commit
//! then serves several of them, and nobody waits for it twice.
//!
//! What was prepared and not used is deleted again after a few seconds. Where this process ends
//! before that, it is looked for like everything that was perhaps made, and not found.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kernel::Timestamp;
use tokio::time::Instant;

use super::{
    create,
    intents::{self, Target},
};
use crate::{Credentials, backend::Call, fault::Fault, ids, store};

/// How long an intent may wait to be used: much less than what was intended is waited for.
const FRESH: Duration = Duration::from_secs(5);
/// How many are written at once at most.
const MOST: usize = 16;
/// Where the last ones lasted for less than this each, so often in a row, twice as many are written.
const BUSY: Duration = Duration::from_millis(4);
const STREAK: u32 = 8;

/// A secret that may be made now.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// The intent's id.
    pub(super) intent: String,
    /// What describes the secret, and nothing else.
    pub(super) description: String,
    written_at: Timestamp,
}

/// What intents are for: a mount, a list of tokens there, and what its tokens are called.
type Place = (String, String, String);

/// Everything that is prepared, for as long as this process runs.
#[derive(Default)]
pub(crate) struct Pools(Mutex<HashMap<Place, Arc<Pool>>>);

#[derive(Default)]
struct Pool {
    ready: Mutex<Vec<Prepared>>,
    /// How many were written last, and when: whoever holds it writes the next ones.
    last: tokio::sync::Mutex<Option<Last>>,
}

impl Pools {
    /// An intent for one more token in a list, written down.
    pub(super) async fn begin(
        &self,
        call: &Call<'_>,
        list: &str,
        description: &str,
    ) -> Result<Prepared, Fault> {
        let place = (call.mount.uuid.clone(), list.to_owned(), description.to_owned());
        let pool = self.of(place);
        let now = || call.core.identity().now();
        if let Some(prepared) = pool.take(now()) {
            return Ok(prepared);
        }
        let mut last = pool.last.lock().await;
        // Somebody else has written some meanwhile.
        if let Some(prepared) = pool.take(now()) {
            return Ok(prepared);
        }
        let (count, streak) = next(*last, |last| last.at.elapsed());
        let mut written = write(call, list, description, count).await?;
        *last = Some(Last { count, streak, at: Instant::now() });
        let mine = written.pop();
        pool.ready().extend(written);
        mine.ok_or_else(|| Fault::Failed("no intent was written".to_owned()))
    }

    /// Deletes what was prepared and not used.
    pub(super) async fn tidy(&self, core: &Credentials) -> kernel::Result<()> {
        let stale = self.take_stale(core.identity().now());
        if stale.is_empty() {
            return Ok(());
        }
        core.db()
            .write(move |tx| {
                stale.iter().try_for_each(|prepared| store::delete_intent(tx, &prepared.intent))
            })
            .await
    }

    fn of(&self, place: Place) -> Arc<Pool> {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(pools.entry(place).or_default())
    }

    /// Takes out what waited for too long.
    fn take_stale(&self, now: Timestamp) -> Vec<Prepared> {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stale = pools.values().flat_map(|pool| pool.take_stale(now)).collect();
        // Whoever fills one holds it as well.
        pools.retain(|_, pool| Arc::strong_count(pool) > 1 || !pool.ready().is_empty());
        stale
    }
}

impl Pool {
    fn ready(&self) -> MutexGuard<'_, Vec<Prepared>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, now: Timestamp) -> Option<Prepared> {
        let mut ready = self.ready();
        let at = ready.iter().rposition(|prepared| prepared.is_fresh(now))?;
        Some(ready.swap_remove(at))
    }

    fn take_stale(&self, now: Timestamp) -> Vec<Prepared> {
        let mut ready = self.ready();
        let (fresh, stale) =
            std::mem::take(&mut *ready).into_iter().partition(|prepared| prepared.is_fresh(now));
        *ready = fresh;
        stale
    }
}

impl Prepared {
    /// Whether it can be used: also where the clock was set back, nothing else may be sure of it.
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.written_at <= now && now < self.written_at.plus(FRESH)
    }
}

/// How many were written last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Last {
    count: usize,
    /// How often in a row they were used up quickly.
    streak: u32,
    at: Instant,
}

/// How many are written after those, which are used up after so long; and the new streak.
fn next(last: Option<Last>, lasted: impl Fn(&Last) -> Duration) -> (usize, u32) {
    let Some(last) = last else { return (1, 0) };
    let busy = BUSY.saturating_mul(u32::try_from(last.count).unwrap_or(u32::MAX));
    if lasted(&last) >= busy {
        return (1, 0);
    }
    let streak = last.streak.saturating_add(1);
    let count = if streak < STREAK { 1 } else { (last.count * 2).min(MOST) };
    (count, streak)
}

async fn write(
    call: &Call<'_>,
    list: &str,
    description: &str,
    count: usize,
) -> Result<Vec<Prepared>, Fault> {
    let (view, now) = (call.view()?, call.core.identity().now());
    let (mut written, mut rows) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let description = create::unique(description);
        let target = Target::Another { list: list.to_owned(), description: description.clone() };
        let intent = ids::uuid();
        rows.push(intents::sealed(&view, call.mount, &intent, &target)?);
        written.push(Prepared { intent, description, written_at: now });
    }
    let insert = call.core.db().write(move |tx| {
        for row in &rows {
            intents::insert(tx, row, now)?;
        }
        Ok(())
    });
    insert.await?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_written_as_are_asked_for() {
        assert_eq!(next(None, |_| Duration::ZERO), (1, 0));
        for (count, streak, milliseconds, then) in [
            (1, 0, 3, (1, 1)),
            (1, 6, 3, (1, 7)),
            (1, 7, 3, (2, 8)),
            (1, 7, 4, (1, 0)),
            (8, 20, 31, (16, 21)),
            (16, 20, 63, (16, 21)),
            (16, 20, 64, (1, 0)),
        ] {
            let last = Last { count, streak, at: Instant::now() };
            let lasted = Duration::from_millis(milliseconds);
            assert_eq!(next(Some(last), |_| lasted), then, "{last:?} {milliseconds}");
        }
    }

    #[test]
    fn what_waited_for_too_long_is_not_used() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let pools = Pools::default();
        let pool = pools.of(("m".to_owned(), "l".to_owned(), String::new()));
        for seconds in [100, 104] {
            pool.ready().push(Prepared {
                intent: seconds.to_string(),
                description: String::new(),
                written_at: at(seconds),
            });
        }
        assert!(pool.take(at(99)).is_none() && pool.take(at(109)).is_none());
        let stale = pools.take_stale(at(106));
        assert_eq!(
            stale.iter().map(|prepared| prepared.intent.as_str()).collect::<Vec<_>>(),
            ["100"]
        );
        assert_eq!(pool.take(at(106)).unwrap().intent, "104");
        assert!(pool.take(at(106)).is_none());
        drop(pool);
        assert!(pools.take_stale(at(106)).is_empty() && pools.0.lock().unwrap().is_empty());
    }
}
