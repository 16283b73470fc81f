//! Checking the chain: every record against its own hash, its place against its neighbours, and
//! both ends against what this installation wrote.

use std::collections::HashMap;

use kernel::Result;
use serde::Serialize;

use super::{AuditRecord, Link, chain::Head};
use crate::{Identity, store};

/// How many records are looked at in one query.
const STEP: usize = 1_000;
/// How many breaks are followed up; beyond that the chain is a heap.
const MAX_RUNS: usize = 10_000;
/// How many faults are told; the rest is counted.
const MAX_FAULTS: usize = 1_000;

/// Something that is wrong with the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the fields are the places and ids of the records")]
pub enum Fault {
    /// A record is not what it was when it got its place.
    Changed { position: i64, id: String },
    /// Records are missing.
    Lost { from: i64, to: i64 },
    /// Records stand elsewhere than where they were put.
    Moved { from: i64, to: i64, belongs_at: i64, id: String },
    /// Records stand where none were put.
    Inserted { from: i64, to: i64 },
    /// A record does not follow the one before it, which was replaced, or some between are lost.
    Unlinked { position: i64, id: String },
    /// The ends of the chain are not what this installation wrote.
    Ends,
    /// A record that somebody took note of is not there, or not the same.
    NotAsNoted { position: i64 },
    /// The chain breaks so often that the breaks are not told apart from here on.
    Heap { position: i64 },
}

/// What the check found.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Verification {
    /// The place of the first record that is kept.
    pub first_position: i64,
    /// The place of the newest record.
    pub last_position: i64,
    /// Its hash: who takes note of both elsewhere notices later if the end was cut off.
    pub last_hash: String,
    /// How many records were checked.
    pub records: u64,
    /// What is wrong, in the order of the places.
    pub faults: Vec<Fault>,
    /// How many more faults there are than are told.
    pub more_faults: u64,
}

impl Verification {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Records that follow each other as they should.
#[derive(Clone, Debug)]
struct Run {
    start: i64,
    end: i64,
    first_id: String,
    follows: Vec<u8>,
    last_hash: Vec<u8>,
    after_gap: bool,
}

impl Run {
    /// Why nothing is known that it follows, where it stands; `before` is the place of what it was
    /// written after, if that is still somewhere.
    fn broken_off(&self, before: Option<i64>) -> Option<Fault> {
        match before {
            // What is missing before it is told already.
            _ if self.after_gap => None,
            Some(before) if before + 1 < self.start => {
                Some(Fault::Inserted { from: before + 1, to: self.start - 1 })
            }
            _ => Some(Fault::Unlinked { position: self.start, id: self.first_id.clone() }),
        }
    }
}

/// Takes the records in the order of their places.
#[derive(Debug, Default)]
struct Checker {
    expected: i64,
    runs: Vec<Run>,
    faults: Vec<Fault>,
    records: u64,
    last_id: String,
    heap: bool,
}

impl Checker {
    fn new(first_position: i64) -> Self {
        Self { expected: first_position, ..Self::default() }
    }

    fn next(&mut self, record: &AuditRecord, link: &Link) {
        let position = link.position;
        let gap = position > self.expected;
        if gap {
            self.faults.push(Fault::Lost { from: self.expected, to: position - 1 });
        }
        if record.hash_after(&link.previous_hash).as_slice() != link.hash {
            self.faults.push(Fault::Changed { position, id: record.id.clone() });
        }
        self.link(record, link, gap);
        self.expected = position + 1;
        self.records += 1;
        self.last_id.clone_from(&record.id);
    }

    fn link(&mut self, record: &AuditRecord, link: &Link, gap: bool) {
        if let Some(run) = self.runs.last_mut()
            && !gap
            && run.last_hash == link.previous_hash
        {
            run.end = link.position;
            run.last_hash.clone_from(&link.hash);
        } else if self.runs.len() < MAX_RUNS {
            self.runs.push(Run {
                start: link.position,
                end: link.position,
                first_id: record.id.clone(),
                follows: link.previous_hash.clone(),
                last_hash: link.hash.clone(),
                after_gap: gap,
            });
        } else if !self.heap {
            self.heap = true;
            self.faults.push(Fault::Heap { position: link.position });
        }
    }

    /// The order that the records themselves tell, against the order in which they stand: the hash
    /// that the former ends with, and what is wrong. `find` knows where the record with a hash stands.
    fn order(
        &self,
        head: &Head,
        mut find: impl FnMut(&[u8]) -> Option<i64>,
    ) -> (Vec<u8>, Vec<Fault>) {
        let mut following: HashMap<&[u8], usize> = HashMap::new();
        for (number, run) in self.runs.iter().enumerate() {
            following.entry(&run.follows).or_insert(number);
        }
        let mut seen = vec![false; self.runs.len()];
        let (mut hash, mut place) = (head.hash_before_first.as_slice(), head.first_position);
        let mut faults = Vec::new();
        for _ in 0..self.runs.len() {
            let next = following.get(hash).copied().filter(|next| seen.get(*next) == Some(&false));
            // Where nobody knows what comes next: the first that has not been looked at.
            let Some(number) = next.or_else(|| seen.iter().position(|seen| !seen)) else { break };
            let Some(run) = self.runs.get(number) else { break };
            if next.is_none() {
                place = run.start;
                faults.extend(run.broken_off(find(&run.follows)));
            }
            if run.start != place {
                faults.push(Fault::Moved {
                    from: run.start,
                    to: run.end,
                    belongs_at: place,
                    id: run.first_id.clone(),
                });
            }
            if let Some(seen) = seen.get_mut(number) {
                *seen = true;
            }
            place += run.end - run.start + 1;
            hash = &run.last_hash;
        }
        (hash.to_vec(), faults)
    }

    /// The end of the records' own order, against the end of the chain.
    fn end(&mut self, head: &Head, last_hash: &[u8]) {
        let last = self.expected - 1;
        if !head.sound {
            self.faults.push(Fault::Ends);
        } else if last_hash == head.last_hash {
            // It ends where it should, whatever is wrong before.
        } else if last < head.last_position {
            self.faults.push(Fault::Lost { from: last + 1, to: head.last_position });
        } else if !self.faults.iter().any(|fault| fault.place() == last) {
            let id = self.last_id.clone();
            self.faults.push(Fault::Changed { position: last, id });
        }
    }

    /// What has been let go meanwhile is not lost.
    fn forget_before(&mut self, first_position: i64) {
        self.faults.retain_mut(|fault| match fault {
            Fault::Lost { from, to } => {
                *from = first_position.max(*from);
                from <= to
            }
            _ => true,
        });
    }

    fn into_verification(mut self, head: &Head) -> Verification {
        self.faults.sort_by_key(Fault::place);
        let more_faults = self.faults.len().saturating_sub(MAX_FAULTS) as u64;
        self.faults.truncate(MAX_FAULTS);
        Verification {
            first_position: head.first_position,
            last_position: head.last_position,
            last_hash: barrier::hex(&head.last_hash),
            records: self.records,
            faults: self.faults,
            more_faults,
        }
    }
}

impl Fault {
    fn place(&self) -> i64 {
        match self {
            Self::Changed { position, .. }
            | Self::Unlinked { position, .. }
            | Self::NotAsNoted { position }
            | Self::Heap { position } => *position,
            Self::Lost { from, .. } | Self::Moved { from, .. } | Self::Inserted { from, .. } => {
                *from
            }
            Self::Ends => i64::MAX,
        }
    }
}

impl Identity {
    /// Checks the whole chain, after every new record has got its place. `noted` are places and
    /// hashes that somebody took note of. Others may go on writing meanwhile.
    pub async fn verify_audit(&self, noted: &[(i64, Vec<u8>)]) -> Result<Verification> {
        self.finish_audit().await?;
        let barrier = self.barrier().clone();
        let head = self.db().write(move |tx| Head::hold(tx, &barrier)).await?;
        let mut noted: HashMap<i64, &[u8]> =
            noted.iter().map(|(position, hash)| (*position, hash.as_slice())).collect();
        let mut checker = Checker::new(head.first_position);
        loop {
            let after = checker.expected - 1;
            let step =
                self.db().read(move |tx| store::chained_audit_records(tx, after, STEP)).await?;
            let before = checker.records;
            for record in &step {
                let Some(link) = record.link.as_ref() else { continue };
                if link.position > head.last_position {
                    break;
                }
                if noted.get(&link.position) == Some(&link.hash.as_slice()) {
                    noted.remove(&link.position);
                }
                checker.next(record, link);
            }
            if checker.records == before {
                break;
            }
        }
        let (first_position, beyond) = self.newest_ends().await?;
        let last_hash = self.order(&mut checker, &head).await?;
        checker.end(&head, &last_hash);
        checker.forget_before(first_position);
        checker.faults.extend(beyond);
        let missing = noted.into_keys().filter(|position| *position >= first_position);
        checker.faults.extend(missing.map(|position| Fault::NotAsNoted { position }));
        Ok(checker.into_verification(&head))
    }

    async fn order(&self, checker: &mut Checker, head: &Head) -> Result<Vec<u8>> {
        // Nearly always there is one run, and nothing to be found.
        let mut wanted = Vec::new();
        checker.order(head, |hash| {
            wanted.push(hash.to_vec());
            None
        });
        let mut known = HashMap::new();
        for hash in wanted {
            let asked = hash.clone();
            let position = self.db().read(move |tx| store::audit_position_of(tx, &asked)).await?;
            known.insert(hash, position);
        }
        let (last_hash, mut faults) =
            checker.order(head, |hash| known.get(hash).copied().flatten());
        checker.faults.append(&mut faults);
        Ok(last_hash)
    }

    /// Where the chain begins by now, and what stands after its end: records get their place and
    /// the end moves in one transaction, so there is nothing.
    async fn newest_ends(&self) -> Result<(i64, Option<Fault>)> {
        let barrier = self.barrier().clone();
        self.db()
            .snapshot(move |tx| {
                let head = Head::read(tx, &barrier)?;
                let last = store::last_audit_record(tx)?.and_then(|record| record.link);
                Ok(match (head, last) {
                    (Some(head), Some(last))
                        if head.sound && last.position > head.last_position =>
                    {
                        let inserted =
                            Fault::Inserted { from: head.last_position + 1, to: last.position };
                        (head.first_position, Some(inserted))
                    }
                    (Some(head), _) if !head.sound => (head.first_position, None),
                    (Some(head), _) => {
                        // What was sent elsewhere had its place here.
                        let sent = store::furthest_audit_delivery(tx)?.unwrap_or_default();
                        let lost = (sent > head.last_position)
                            .then(|| Fault::Lost { from: head.last_position + 1, to: sent });
                        // Nor are there people without a record of how they came.
                        let empty = head.last_position == 0 && store::has_people(tx)?;
                        (head.first_position, lost.or_else(|| empty.then_some(Fault::Ends)))
                    }
                    (None, _) => (1, None),
                })
            })
            .await
    }
}

#[cfg(test)]
mod tests;
