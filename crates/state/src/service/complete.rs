//! Completing a version: the bytes that were taken in become the workspace's current state.

use barrier::DataKey;
use db::Tx;
use kernel::{Error, Result, StateVersionId, Timestamp};

use crate::{
    Status, Version,
    intake::{Arrived, Owner},
    rules::{self, Arrival},
    sql,
    store::{self, Newest, OutputSecret, SealedOutput},
};

/// Everything that is stored when a version is completed, ready before the transaction.
pub(crate) struct Completion {
    pub(crate) arrived: Arrived,
    md5: String,
    outputs: Vec<SealedOutput>,
    summary: Option<Vec<u8>>,
    key: DataKey,
    now: Timestamp,
}

/// Where the outputs that were announced stand, for the barrier.
fn announced_place(id: StateVersionId) -> String {
    format!("state_versions.announced_outputs:{id}")
}

/// Where a summary stands, for the barrier.
fn summary_place(id: StateVersionId) -> String {
    format!("state_versions.summary:{id}")
}

/// Seals the names of the outputs that were announced, and whether they are sensitive. Values are
/// left out: a readable state has them itself, and out of an encrypted one they must not leak.
pub(crate) fn seal_announced(
    key: &DataKey,
    id: StateVersionId,
    announced: &[(String, bool)],
) -> Result<Option<Vec<u8>>> {
    if announced.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_vec(announced).map_err(Error::internal)?;
    key.seal(announced_place(id).as_bytes(), &text).map(Some)
}

/// Opens a summary.
pub(crate) fn open_summary(key: &DataKey, id: StateVersionId, sealed: &[u8]) -> Result<Vec<u8>> {
    key.open(summary_place(id).as_bytes(), sealed)
}

impl Completion {
    /// Seals what was read out of the bytes.
    pub(crate) fn new(owner: Owner, id: StateVersionId, mut arrived: Arrived) -> Result<Self> {
        let Owner { key, now, .. } = owner;
        let scanned = std::mem::take(&mut arrived.facts.outputs);
        let outputs = scanned.into_iter().map(|output| {
            let known = output.contents.is_some();
            let (value, kind) =
                output.contents.map(|contents| (contents.value, contents.kind)).unzip();
            let secret = OutputSecret { value, kind: kind.flatten(), known };
            SealedOutput::new(&key, output.name, output.sensitive, &secret)
        });
        let outputs = outputs.collect::<Result<_>>()?;
        let bytes = std::mem::take(&mut arrived.facts.summary.bytes);
        let summary = (!bytes.is_empty())
            .then(|| key.seal(summary_place(id).as_bytes(), &bytes))
            .transpose()?;
        Ok(Self { md5: arrived.md5(), arrived, outputs, summary, key, now })
    }

    /// When the bytes began to arrive.
    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    /// For the rules.
    pub(crate) fn arrival(&self) -> Arrival<'_> {
        Arrival {
            size: self.arrived.content.digest().size,
            md5: &self.md5,
            sha256: &self.arrived.content.digest().sha256,
            facts: &self.arrived.facts,
        }
    }

    /// Completes a pending version after the rules said yes, and makes it current.
    pub(crate) fn complete(
        &self,
        tx: &mut Tx<'_>,
        pending: Version,
        newest: Option<&Newest>,
    ) -> Result<Version> {
        blobs::insert(tx, pending.organization_id, &self.arrived.content, self.now)?;
        let mut version = self.finished(pending, newest)?;
        if version.opaque {
            self.store_announced(tx, &mut version)?;
        } else {
            store::insert_outputs(tx, version.id, &self.outputs)?;
        }
        store::finalize(tx, &version, self.summary.as_deref())?;
        if let Some(newest) = newest.filter(|newest| newest.lock_id == version.lock_id) {
            tx.execute(&sql::MARK_INTERMEDIATE, &[newest.id.into()])?;
        }
        let managed = i64::try_from(self.arrived.facts.summary.managed).unwrap_or(i64::MAX);
        workspaces::set_current_state(
            tx,
            version.workspace_id,
            version.id,
            (!version.opaque).then_some(managed),
            self.now,
        )?;
        Ok(version)
    }

    /// The version as its record will have it.
    fn finished(&self, pending: Version, newest: Option<&Newest>) -> Result<Version> {
        let (digest, facts) = (self.arrived.content.digest(), &self.arrived.facts);
        let lineage = rules::lineage(pending.proposal(), facts).to_owned();
        let mut version = Version {
            status: Status::Finalized,
            position: Some(newest.map_or(1, |newest| newest.position + 1)),
            lineage,
            size: Some(i64::try_from(digest.size).map_err(Error::internal)?),
            sha256: Some(digest.sha256.to_vec()),
            format: facts.format,
            terraform_version: facts.terraform_version.clone(),
            opaque: facts.opaque,
            content_id: Some(self.arrived.content.id()),
            previous_hash: newest.map(|newest| newest.record_hash.clone()),
            finalized_at: Some(self.now),
            ..pending
        };
        let hash = version.record().map(|record| record.hash().to_vec());
        version.record_hash = hash;
        Ok(version)
    }

    /// Of an opaque state only the names of outputs are known, if somebody told. Its JSON
    /// representation would say in the open what the client has encrypted, and is thrown away.
    fn store_announced(&self, tx: &mut Tx<'_>, version: &mut Version) -> Result<()> {
        if let Some(content) = version.json_content_id.take() {
            store::set_json(tx, version.id, None)?;
            blobs::delete(tx, content)?;
        }
        let Some(sealed) = store::announced(tx, version.id)? else { return Ok(()) };
        let text = self.key.open(announced_place(version.id).as_bytes(), &sealed)?;
        let announced: Vec<(String, bool)> =
            serde_json::from_slice(&text).map_err(Error::internal)?;
        let nothing = OutputSecret::default();
        let outputs = announced
            .into_iter()
            .map(|(name, sensitive)| SealedOutput::new(&self.key, name, sensitive, &nothing));
        store::insert_outputs(tx, version.id, &outputs.collect::<Result<Vec<_>>>()?)
    }
}
