//! Rows to versions and outputs, and back.

use barrier::DataKey;
use db::{DbError, Row, Tx, Value};
use kernel::{
    ContentId, Error, LockId, OutputId, Page, PageRequest, Result, StateVersionId, WorkspaceId,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    Output, Status, Version,
    rules::{Proposal, Standing},
    sql,
};

/// The newest finalized version of a workspace, as far as a new one is measured against it.
#[derive(Clone, Debug)]
pub(crate) struct Newest {
    pub(crate) id: StateVersionId,
    pub(crate) serial: i64,
    pub(crate) lineage: String,
    pub(crate) md5: String,
    pub(crate) position: i64,
    pub(crate) record_hash: Vec<u8>,
    pub(crate) lock_id: LockId,
}

impl Newest {
    /// For the rules.
    pub(crate) fn standing(&self) -> Standing<'_> {
        Standing { serial: self.serial, lineage: &self.lineage, md5: &self.md5 }
    }

    fn from_row(row: &Row<'_>, first: usize) -> Result<Option<Self>, DbError> {
        let Some(id) = row.opt_id(first)? else { return Ok(None) };
        Ok(Some(Self {
            id,
            serial: row.int(first + 1)?,
            lineage: row.text(first + 2)?,
            md5: row.text(first + 3)?,
            position: row.int(first + 4)?,
            record_hash: row.bytes(first + 5)?,
            lock_id: row.id(first + 6)?,
        }))
    }
}

/// A version that bytes arrive for, and what it is judged by.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) version: Version,
    pub(crate) json_sha256: Option<Vec<u8>>,
    /// The holding of the workspace's lock right now.
    pub(crate) held: Option<LockId>,
    /// The version that the workspace awaits.
    pub(crate) awaited: Option<StateVersionId>,
    pub(crate) newest: Option<Newest>,
}

/// How many columns a whole version has.
const VERSION_COLUMNS: usize = 27;

/// The standing version, by its id.
pub(crate) fn newest(tx: &mut Tx<'_>, id: Option<StateVersionId>) -> Result<Option<Newest>> {
    let Some(id) = id else { return Ok(None) };
    let found =
        tx.query_optional(&sql::READ_STANDING, &[id.into()], |row| Newest::from_row(row, 0))?;
    // A pointer to nothing must never look like an empty workspace.
    found.flatten().map(Some).ok_or_else(|| Error::unavailable(format!("{id} is gone")))
}

/// What an upload is for. The workspace's row is locked from here on.
pub(crate) fn target(tx: &mut Tx<'_>, id: StateVersionId) -> Result<Option<Target>> {
    tx.lock(&sql::LOCK_WORKSPACE_OF_VERSION, &[id.into()])?;
    Ok(tx.query_optional(&sql::READ_TARGET, &[id.into()], |row| {
        Ok(Target {
            version: version(row)?,
            json_sha256: row.opt_bytes(VERSION_COLUMNS)?,
            held: row.opt_id(VERSION_COLUMNS + 1)?,
            awaited: row.opt_id(VERSION_COLUMNS + 2)?,
            newest: Newest::from_row(row, VERSION_COLUMNS + 3)?,
        })
    })?)
}

/// Adds a pending version.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    version: &Version,
    announced: Option<&[u8]>,
    json_sha256: Option<&[u8]>,
) -> Result<()> {
    tx.execute(
        &sql::INSERT_VERSION,
        &[
            version.id.into(),
            version.workspace_id.into(),
            version.organization_id.into(),
            version.serial.into(),
            version.lineage.as_str().into(),
            version.md5.as_str().into(),
            version.forced.into(),
            version.lock_id.into(),
            announced.into(),
            version.rollback_of.into(),
            version.created_by_user_id.into(),
            version.created_by_name.as_str().into(),
            version.token_id.into(),
            version.run_id.into(),
            version.created_at.into(),
            version.json_content_id.into(),
            json_sha256.into(),
        ],
    )?;
    Ok(())
}

/// Writes a completed version. It must have been pending.
pub(crate) fn finalize(tx: &mut Tx<'_>, version: &Version, summary: Option<&[u8]>) -> Result<()> {
    let changed = tx.execute(
        &sql::FINALIZE_VERSION,
        &[
            version.id.into(),
            version.position.into(),
            version.lineage.as_str().into(),
            version.size.into(),
            version.sha256.as_deref().into(),
            version.format.into(),
            version.terraform_version.as_deref().into(),
            version.opaque.into(),
            version.content_id.into(),
            summary.into(),
            version.previous_hash.as_deref().into(),
            version.record_hash.as_deref().into(),
            version.finalized_at.into(),
        ],
    )?;
    if changed == 1 {
        return Ok(());
    }
    Err(Error::unavailable(format!("{} changed in the same moment", version.id)))
}

/// Gives a version its JSON representation, or takes it away.
pub(crate) fn set_json(
    tx: &mut Tx<'_>,
    id: StateVersionId,
    content: Option<(ContentId, &[u8])>,
) -> Result<()> {
    let (content, sha256) = content.unzip();
    tx.execute(&sql::SET_JSON_CONTENT, &[id.into(), content.into(), sha256.into()])?;
    Ok(())
}

/// One version.
pub(crate) fn find(tx: &mut Tx<'_>, id: StateVersionId) -> Result<Option<Version>> {
    Ok(tx.query_optional(&sql::READ_VERSION, &[id.into()], version)?)
}

/// Several versions, in no order.
pub(crate) fn find_all(tx: &mut Tx<'_>, ids: &[StateVersionId]) -> Result<Vec<Version>> {
    let ids: Vec<Value<'_>> = ids.iter().map(Into::into).collect();
    Ok(tx.query_in(&sql::LIST_VERSIONS_BY_ID, &[], &ids, version)?)
}

/// A page of a workspace's versions, newest first.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    workspace: WorkspaceId,
    status: Option<Status>,
    request: PageRequest,
) -> Result<Page<Version>> {
    let status = status.map(Status::as_str);
    let params = [workspace.into(), status.into(), request.limit().into(), request.offset().into()];
    let items = tx.query(&sql::LIST_VERSIONS, &params, version)?;
    let count = [workspace.into(), status.into()];
    let total = tx.query_one(&sql::COUNT_VERSIONS, &count, |row| row.int(0))?;
    Ok(Page { items, total: u64::try_from(total).unwrap_or(0), request })
}

/// The finalized versions after a position, in their order.
pub(crate) fn chain(
    tx: &mut Tx<'_>,
    workspace: WorkspaceId,
    after: i64,
    limit: i64,
) -> Result<Vec<Version>> {
    Ok(tx.query(&sql::LIST_CHAIN, &[workspace.into(), after.into(), limit.into()], version)?)
}

/// The sealed names of the outputs that were announced with a version.
pub(crate) fn announced(tx: &mut Tx<'_>, id: StateVersionId) -> Result<Option<Vec<u8>>> {
    let statement = &sql::READ_ANNOUNCED_OUTPUTS;
    Ok(tx.query_optional(statement, &[id.into()], |row| row.opt_bytes(0))?.flatten())
}

/// The sealed summary of a version.
pub(crate) fn summary(tx: &mut Tx<'_>, id: StateVersionId) -> Result<Option<Vec<u8>>> {
    Ok(tx.query_optional(&sql::READ_SUMMARY, &[id.into()], |row| row.opt_bytes(0))?.flatten())
}

fn version(row: &Row<'_>) -> Result<Version, DbError> {
    let status = row.text(3)?;
    Ok(Version {
        id: row.id(0)?,
        workspace_id: row.id(1)?,
        organization_id: row.id(2)?,
        status: Status::parse(&status)
            .ok_or_else(|| DbError::Failed { cause: format!("{status} is no status") })?,
        position: row.opt_int(4)?,
        serial: row.int(5)?,
        lineage: row.text(6)?,
        md5: row.text(7)?,
        forced: row.bool(8)?,
        intermediate: row.bool(9)?,
        lock_id: row.id(10)?,
        size: row.opt_int(11)?,
        sha256: row.opt_bytes(12)?,
        format: row.opt_int(13)?,
        terraform_version: row.opt_text(14)?,
        opaque: row.bool(15)?,
        content_id: row.opt_id(16)?,
        json_content_id: row.opt_id(17)?,
        previous_hash: row.opt_bytes(18)?,
        record_hash: row.opt_bytes(19)?,
        rollback_of: row.opt_id(20)?,
        created_by_user_id: row.opt_id(21)?,
        created_by_name: row.text(22)?,
        token_id: row.opt_id(23)?,
        run_id: row.opt_id(24)?,
        created_at: row.timestamp(25)?,
        finalized_at: row.opt_timestamp(26)?,
    })
}

impl Version {
    /// What was announced when it was created, for the rules.
    pub(crate) fn proposal(&self) -> Proposal<'_> {
        Proposal { serial: self.serial, lineage: &self.lineage, md5: &self.md5, force: self.forced }
    }
}

/// An output as it stands in the database.
#[derive(Clone, Debug)]
pub(crate) struct SealedOutput {
    pub(crate) id: OutputId,
    pub(crate) name: String,
    pub(crate) sensitive: bool,
    pub(crate) sealed: Vec<u8>,
}

/// What is sealed of an output.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct OutputSecret {
    pub(crate) value: Option<Box<RawValue>>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<Box<RawValue>>,
    /// Whether there is a value: JSON null is one.
    pub(crate) known: bool,
}

fn output_place(id: OutputId) -> String {
    format!("state_outputs:{id}")
}

impl SealedOutput {
    /// Seals a new output.
    pub(crate) fn new(
        key: &DataKey,
        name: String,
        sensitive: bool,
        secret: &OutputSecret,
    ) -> Result<Self> {
        let id = OutputId::generate();
        let secret = serde_json::to_vec(secret).map_err(Error::internal)?;
        let sealed = key.seal(output_place(id).as_bytes(), &secret)?;
        Ok(Self { id, name, sensitive, sealed })
    }

    /// Opens it.
    pub(crate) fn open(self, key: &DataKey) -> Result<Output> {
        let Self { id, name, sensitive, sealed } = self;
        let secret = key.open(output_place(id).as_bytes(), &sealed)?;
        let OutputSecret { value, kind, known } =
            serde_json::from_slice(&secret).map_err(Error::internal)?;
        let value = value.or_else(|| known.then(|| RawValue::NULL.to_owned()));
        Ok(Output { id, name, sensitive, value, kind })
    }

    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.id(0)?,
            name: row.text(1)?,
            sensitive: row.bool(2)?,
            sealed: row.bytes(3)?,
        })
    }
}

/// Adds the outputs of a version.
pub(crate) fn insert_outputs(
    tx: &mut Tx<'_>,
    version: StateVersionId,
    outputs: &[SealedOutput],
) -> Result<()> {
    for SealedOutput { id, name, sensitive, sealed } in outputs {
        tx.execute(
            &sql::INSERT_OUTPUT,
            &[id.into(), version.into(), name.into(), (*sensitive).into(), sealed.into()],
        )?;
    }
    Ok(())
}

/// The outputs of a version, by name.
pub(crate) fn outputs(tx: &mut Tx<'_>, version: StateVersionId) -> Result<Vec<SealedOutput>> {
    Ok(tx.query(&sql::LIST_OUTPUTS, &[version.into()], SealedOutput::from_row)?)
}

/// The outputs of several versions, by name.
pub(crate) fn outputs_of_all(
    tx: &mut Tx<'_>,
    versions: &[StateVersionId],
) -> Result<Vec<(StateVersionId, SealedOutput)>> {
    let ids: Vec<Value<'_>> = versions.iter().map(Into::into).collect();
    Ok(tx.query_in(&sql::LIST_OUTPUTS_OF_VERSIONS, &[], &ids, |row| {
        Ok((row.id(4)?, SealedOutput::from_row(row)?))
    })?)
}

/// One output, and the version it belongs to.
pub(crate) fn output(
    tx: &mut Tx<'_>,
    id: OutputId,
) -> Result<Option<(SealedOutput, StateVersionId)>> {
    Ok(tx.query_optional(&sql::READ_OUTPUT, &[id.into()], |row| {
        Ok((SealedOutput::from_row(row)?, row.id(4)?))
    })?)
}

/// The ids of the outputs of several versions.
pub(crate) fn output_ids(
    tx: &mut Tx<'_>,
    versions: &[Version],
) -> Result<Vec<(StateVersionId, OutputId)>> {
    let ids: Vec<Value<'_>> = versions.iter().map(|version| version.id.into()).collect();
    Ok(tx.query_in(&sql::LIST_OUTPUT_IDS, &[], &ids, |row| Ok((row.id(0)?, row.id(1)?)))?)
}
