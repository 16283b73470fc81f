//! Checking a workspace's history: every record against its own hash, and against the one before.

use db::Tx;
use kernel::{Result, StateVersionId, WorkspaceId};

use crate::{Version, store};

/// How many records are looked at in one query.
const STEP: i64 = 500;

/// What is wrong with the first record that is not what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its own fields don't have its hash.
    Changed,
    /// It does not follow the record before it.
    Unlinked,
    /// There are records missing before it.
    Gap,
}

/// The first broken record of a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// The version whose record it is.
    pub version: StateVersionId,
    /// Its place in the chain.
    pub position: i64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// Checks the whole chain of a workspace; none if it is sound.
pub fn verify_chain(tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<Option<Break>> {
    let mut verifier = Verifier::default();
    loop {
        let step = store::chain(tx, workspace, verifier.position, STEP)?;
        if step.is_empty() {
            return Ok(None);
        }
        for version in &step {
            if let Err(fault) = verifier.next(version) {
                let position = version.position.unwrap_or_default();
                return Ok(Some(Break { version: version.id, position, fault }));
            }
        }
    }
}

#[derive(Debug, Default)]
struct Verifier {
    position: i64,
    hash: Option<Vec<u8>>,
}

impl Verifier {
    fn next(&mut self, version: &Version) -> std::result::Result<(), Fault> {
        if version.position != Some(self.position + 1) {
            return Err(Fault::Gap);
        }
        if version.previous_hash != self.hash {
            return Err(Fault::Unlinked);
        }
        let hash = version.record().ok_or(Fault::Changed)?.hash();
        if version.record_hash.as_deref() != Some(hash.as_slice()) {
            return Err(Fault::Changed);
        }
        self.position += 1;
        self.hash = Some(hash.to_vec());
        Ok(())
    }
}
