//! Denied attempts, from when they happen until they are written.
//!
//! They are written off the caller's path, so that nobody can tell by the time taken what was
//! recorded. Each is a record of its own; but nobody fills the trail by asking on and on: beyond
//! three hundred in a minute, somebody's attempts that are the same are one record a minute with a
//! count, and beyond a hundred different ones of these, one together.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kernel::{Context, Error, OrganizationId, Result, Timestamp};

use super::{Event, record, record::Who};
use crate::{Identity, store};

/// What the bounds are about.
const WINDOW: Duration = Duration::from_mins(1);
/// How many attempts of one actor are records of their own within that time.
const ALONE: u32 = 300;
/// How many different ones beyond these are told apart.
const TOLD_APART: usize = 100;

#[derive(Default)]
pub(crate) struct Denials(Mutex<Known>);

#[derive(Default)]
struct Known {
    attempts: HashMap<Key, Attempts>,
    /// How many of each actor became records of their own lately.
    alone: HashMap<String, Spent>,
    /// How many different attempts of each actor beyond these are among them.
    told_apart: HashMap<String, usize>,
    /// How many attempts there have been.
    noted: u64,
}

/// How many attempts became records of their own since then.
struct Spent {
    since: Timestamp,
    count: u32,
}

/// What makes attempts the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    who: String,
    organization: Option<OrganizationId>,
    action: &'static str,
    kind: &'static str,
    id: String,
    /// What makes it different from all others, if it is to be a record of its own.
    number: Option<u64>,
}

/// The same attempt, again and again.
#[derive(Clone, Debug)]
struct Attempts {
    /// The first one that is not written yet.
    first: Context,
    last_at: Timestamp,
    event: Event,
    /// How many are not written yet.
    count: u64,
    /// When they were last written, if they were.
    written_at: Option<Timestamp>,
}

impl Denials {
    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing in here panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, context: &Context, event: Event) {
        let who = actor(context);
        let mut known = self.known();
        let mut key = Key::of(&who, &event);
        let mut event = event;
        known.noted += 1;
        if known.may_stand_alone(&who, context.now) {
            key.number = Some(known.noted);
        } else if !known.attempts.contains_key(&key) {
            let told_apart = known.told_apart.entry(who).or_default();
            if *told_apart < TOLD_APART {
                *told_apart += 1;
            } else {
                event = event.without_resource();
                key = Key::of(&key.who, &event);
            }
        }
        let now = context.now;
        let attempts = known.attempts.entry(key).or_insert_with(|| Attempts {
            first: context.clone(),
            last_at: now,
            event,
            count: 0,
            written_at: None,
        });
        if attempts.count == 0 {
            attempts.first = context.clone();
        }
        attempts.count += 1;
        attempts.last_at = now;
    }

    /// What is to be written now; at the end, everything.
    fn due(&self, now: Timestamp, end: bool) -> Vec<(Key, Attempts)> {
        let known = self.known();
        let due = known.attempts.iter().filter(|(_, attempts)| {
            let rests = attempts.written_at.is_some_and(|at| now.since(at) < WINDOW);
            attempts.count > 0 && (end || !rests)
        });
        let mut due: Vec<_> = due.map(|(key, found)| (key.clone(), found.clone())).collect();
        // In the order in which they came.
        due.sort_by_key(|(key, _)| key.number);
        due
    }

    /// Takes note that these were written, and forgets what has come to rest.
    fn settle(&self, written: &[(Key, Attempts)], now: Timestamp) {
        let mut known = self.known();
        for (key, attempts) in written {
            if key.number.is_some() {
                known.attempts.remove(key);
            } else if let Some(held) = known.attempts.get_mut(key) {
                held.count -= attempts.count.min(held.count);
                held.written_at = Some(now);
            }
        }
        known.alone.retain(|_, spent| now.since(spent.since) < WINDOW);
        let rests = |attempts: &Attempts| {
            attempts.count == 0 && attempts.written_at.is_some_and(|at| now.since(at) >= WINDOW)
        };
        known.attempts.retain(|_, attempts| !rests(attempts));
        let mut told_apart: HashMap<String, usize> = HashMap::new();
        for key in known.attempts.keys().filter(|key| key.number.is_none()) {
            *told_apart.entry(key.who.clone()).or_default() += 1;
        }
        known.told_apart = told_apart;
    }

    fn is_empty(&self) -> bool {
        self.known().attempts.is_empty()
    }
}

impl Known {
    /// Whether an attempt becomes a record of its own; counts it, if so.
    fn may_stand_alone(&mut self, who: &str, now: Timestamp) -> bool {
        let spent = self.alone.entry(who.to_owned()).or_insert(Spent { since: now, count: 0 });
        if now.since(spent.since) >= WINDOW {
            *spent = Spent { since: now, count: 0 };
        }
        let may = spent.count < ALONE;
        spent.count += u32::from(may);
        may
    }
}

impl Key {
    fn of(who: &str, event: &Event) -> Self {
        Self {
            who: who.to_owned(),
            organization: event.organization,
            action: event.action,
            kind: event.resource_kind,
            id: event.resource_id.clone(),
            number: None,
        }
    }
}

/// Who it was: the token counts, and the address of those whom nobody knows.
fn actor(context: &Context) -> String {
    let who = Who::of(context);
    match (who.id, context.token()) {
        (Some(id), Some(token)) => format!("{id} {token}"),
        (Some(id), None) => id,
        (None, _) => context.address.map(|address| address.to_string()).unwrap_or_default(),
    }
}

impl Attempts {
    fn event(&self) -> Event {
        match self.count {
            1 => self.event.clone(),
            count => {
                self.event.clone().with("count", count).with("last-at", self.last_at.to_string())
            }
        }
    }
}

impl Identity {
    /// Takes note of something that was not allowed, to be recorded within a second.
    pub fn note_denied(&self, context: &Context, event: Event) {
        self.denials().note(context, event.denied());
    }

    /// The same for a refusal that says what was denied; others are none of the trail's business.
    pub fn note_denial(&self, context: &Context, error: &Error) {
        if let Some(denial) = error.denial() {
            self.note_denied(context, Event::of_denial(denial));
        }
    }

    /// Records the denied attempts that are due; at the end, all there are.
    pub(super) async fn write_denials(&self, end: bool) -> Result<()> {
        if self.denials().is_empty() {
            return Ok(());
        }
        let now = self.now();
        let due = self.denials().due(now, end);
        let written = due.clone();
        if !due.is_empty() {
            self.db()
                .write(move |tx| {
                    for (_, attempts) in &due {
                        let mut event = attempts.event();
                        if event.organization.is_none() {
                            event.organization = store::organization_of_event(tx, &event)?;
                        }
                        if event.resource_name.is_empty() {
                            let name = store::name_of_event(tx, &event)?;
                            event.resource_name = name.unwrap_or_default();
                        }
                        record(tx, &attempts.first, &event)?;
                    }
                    Ok(())
                })
                .await?;
        }
        self.denials().settle(&written, now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Actor, UserActor, UserId};

    use super::*;

    fn somebody(seconds: i64) -> Context {
        let id: UserId = "user-AAAAAAAAAAAAAAAA".parse().unwrap();
        Context {
            actor: Actor::User(UserActor {
                id,
                username: "eve".to_owned(),
                site_admin: false,
                token: None,
                session: None,
                limits: kernel::TokenLimits::default(),
            }),
            now: Timestamp::from_micros(seconds * 1_000_000),
            request_id: String::new(),
            address: None,
        }
    }

    fn attempt(id: &str) -> Event {
        Event::new("read-state", "workspaces", id).denied()
    }

    fn counts(denials: &Denials, seconds: i64, end: bool) -> Vec<u64> {
        let now = somebody(seconds).now;
        let due = denials.due(now, end);
        denials.settle(&due, now);
        due.iter().map(|(_, attempts)| attempts.count).collect()
    }

    /// All the attempts that are records of their own, used up.
    fn spent(seconds: i64) -> Denials {
        let denials = Denials::default();
        for _ in 0..ALONE {
            denials.note(&somebody(seconds), attempt("a"));
        }
        assert_eq!(counts(&denials, seconds, false).len(), ALONE as usize);
        denials
    }

    #[test]
    fn each_attempt_is_a_record() {
        let denials = Denials::default();
        for second in 0..3 {
            denials.note(&somebody(second), attempt("a"));
            denials.note(&somebody(second), attempt("a"));
            assert_eq!(counts(&denials, second, false), [1, 1]);
        }
        assert!(denials.is_empty(), "what was written is forgotten");
    }

    #[test]
    fn beyond_many_the_same_attempt_is_written_at_once_and_then_once_a_minute() {
        let denials = spent(0);
        denials.note(&somebody(0), attempt("a"));
        assert_eq!(counts(&denials, 1, false), [1]);
        for second in 2..50 {
            denials.note(&somebody(second), attempt("a"));
            assert!(counts(&denials, second, false).is_empty());
        }
        assert_eq!(counts(&denials, 61, false), [48]);
        denials.note(&somebody(62), attempt("a"));
        assert_eq!(counts(&denials, 63, true), [1], "a minute later they stand alone again");
        assert!(counts(&denials, 200, false).is_empty());
        assert!(denials.is_empty(), "what came to rest is forgotten");
    }

    #[test]
    fn beyond_many_different_attempts_become_one() {
        let denials = spent(0);
        for number in 0..500 {
            denials.note(&somebody(0), attempt(&number.to_string()));
        }
        let counts = counts(&denials, 1, false);
        assert_eq!(counts.len(), TOLD_APART + 1);
        assert_eq!(counts.iter().sum::<u64>(), 500);
    }

    #[test]
    fn what_fails_to_be_written_is_not_forgotten() {
        let denials = spent(0);
        denials.note(&somebody(0), attempt("a"));
        assert_eq!(denials.due(somebody(1).now, false).len(), 1);
        denials.note(&somebody(1), attempt("a"));
        assert_eq!(counts(&denials, 2, false), [2]);
        let alone = Denials::default();
        alone.note(&somebody(0), attempt("a"));
        assert_eq!(alone.due(somebody(1).now, false).len(), 1);
        assert_eq!(counts(&alone, 2, false), [1]);
    }
}
