//! The chain: one worker at a time gives new records their place, in the order of when they
//! happened, and links each to the one before by its hash.
//!
//! A record that commits late, with an earlier instant than one that has its place already, gets
//! the next place. The ends of the chain stand in a row of their own with a tag that only this
//! installation's key can make.

use barrier::Barrier;
use db::Tx;
use kernel::Result;

use super::{AuditRecord, Link, entry::BEGINNING};
use crate::{
    Identity,
    store::{self, StoredHead},
};

/// How many records get their place in one transaction: other writers wait for a few milliseconds
/// at most.
const BATCH: usize = 256;

/// Tells the tag from every other that the key makes.
const PURPOSE: &str = "audit chain";

/// The ends of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The place of the first record that is kept.
    pub(super) first_position: i64,
    /// The hash of the last record that was let go.
    pub(super) hash_before_first: Vec<u8>,
    /// The place of the newest record; one less than the first if there is none.
    pub(super) last_position: i64,
    /// Its hash.
    pub(super) last_hash: Vec<u8>,
    /// Whether it is what this installation wrote. Once it is not it stays so, and the chain goes
    /// on: the damage is to be seen, not to be covered.
    pub(super) sound: bool,
}

impl Head {
    /// The ends as they are now; none if there is no chain yet.
    pub(super) fn read(tx: &mut Tx<'_>, barrier: &Barrier) -> Result<Option<Self>> {
        Ok(store::audit_head(tx)?.map(|stored| Self::of(stored, barrier)))
    }

    fn of(stored: StoredHead, barrier: &Barrier) -> Self {
        let mut head = Self {
            first_position: stored.first_position,
            hash_before_first: stored.hash_before_first,
            last_position: stored.last_position,
            last_hash: stored.last_hash,
            sound: false,
        };
        head.sound = barrier.verify(PURPOSE, &head.payload(), &stored.tag);
        head
    }

    /// The ends, kept from other workers until the transaction ends.
    pub(super) fn hold(tx: &mut Tx<'_>, barrier: &Barrier) -> Result<Self> {
        if store::audit_head(tx)?.is_none() {
            Self::begin(tx, barrier)?;
        }
        store::lock_audit_head(tx)?;
        let head = Self::read(tx, barrier)?.unwrap_or_else(Self::new);
        if head.sound {
            return Ok(head);
        }
        // What the row says is worth nothing; what the records say is all there is.
        Ok(match store::last_audit_record(tx)?.and_then(|record| record.link) {
            Some(last) => Self { last_position: last.position, last_hash: last.hash, ..head },
            None => head,
        })
    }

    fn new() -> Self {
        Self {
            first_position: 1,
            hash_before_first: BEGINNING.to_vec(),
            last_position: 0,
            last_hash: BEGINNING.to_vec(),
            sound: true,
        }
    }

    /// Makes the row. Where there are records with a place, there was one.
    fn begin(tx: &mut Tx<'_>, barrier: &Barrier) -> Result<()> {
        let sound = store::last_audit_record(tx)?.is_none();
        let head = Self { sound, ..Self::new() };
        store::put_audit_head(tx, &head.stored(barrier), true)
    }

    pub(super) fn save(&self, tx: &mut Tx<'_>, barrier: &Barrier) -> Result<()> {
        store::put_audit_head(tx, &self.stored(barrier), false)
    }

    fn stored(&self, barrier: &Barrier) -> StoredHead {
        let tag =
            if self.sound { barrier.sign(PURPOSE, &self.payload()).to_vec() } else { Vec::new() };
        StoredHead {
            first_position: self.first_position,
            hash_before_first: self.hash_before_first.clone(),
            last_position: self.last_position,
            last_hash: self.last_hash.clone(),
            tag,
        }
    }

    fn payload(&self) -> Vec<u8> {
        let mut hash = barrier::FieldHash::new("stateward audit chain 1");
        hash.number("first_position", Some(self.first_position));
        hash.bytes("hash_before_first", Some(&self.hash_before_first));
        hash.number("last_position", Some(self.last_position));
        hash.bytes("last_hash", Some(&self.last_hash));
        hash.finish().to_vec()
    }

    /// The next record's place.
    fn append(&mut self, record: &AuditRecord) -> Link {
        let hash = record.hash_after(&self.last_hash).to_vec();
        self.last_position += 1;
        let previous_hash = std::mem::replace(&mut self.last_hash, hash.clone());
        Link { position: self.last_position, previous_hash, hash }
    }
}

impl Identity {
    /// Gives all new records their place.
    pub(super) async fn chain_audit(&self) -> Result<()> {
        if !self.db().glance(store::has_loose_audit_records).await? {
            return Ok(());
        }
        loop {
            let barrier = self.barrier().clone();
            let chained = self.db().write(move |tx| chain_some(tx, &barrier)).await?;
            if chained < BATCH {
                return Ok(());
            }
        }
    }
}

fn chain_some(tx: &mut Tx<'_>, barrier: &Barrier) -> Result<usize> {
    let mut head = Head::hold(tx, barrier)?;
    let loose = store::loose_audit_records(tx, BATCH)?;
    for record in &loose {
        let link = head.append(record);
        store::chain_audit_record(tx, record, &link)?;
    }
    head.save(tx, barrier)?;
    Ok(loose.len())
}
