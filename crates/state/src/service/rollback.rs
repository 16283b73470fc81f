//! Bringing an earlier version back: a new version with its bytes, in which nothing is changed but
//! the serial. An opaque state keeps its serial too, since what is encrypted can't be rewritten.

use blobs::{Reader, Stored};
use bytes::Bytes;
use db::Tx;
use identity::Right;
use kernel::{Context, Error, Result, StateVersionId, WorkspaceId};
use workspaces::lock;

use super::create::{Created, Draft, Json};
use crate::{
    State, Status, Version,
    intake::{Arrived, IN_MEMORY, Owner, Source, blocking, take_all},
    json_cut::{Cutter, Place, Shape, Sink},
    store,
};

const SERIAL: &[Place] = &[Place { path: &["serial"], shape: Shape::Scalar }];

/// An earlier version, and the serial that its copy gets.
struct Earlier {
    version: Version,
    stored: Stored,
    serial: Option<i64>,
    outputs: Vec<(String, bool)>,
}

impl State {
    /// Makes a copy of an earlier version the current one.
    pub(crate) async fn rollback(
        &self,
        context: Context,
        workspace: WorkspaceId,
        to: StateVersionId,
    ) -> Result<Created> {
        let asked = context.clone();
        let earlier = self.db().read(move |tx| find(tx, &asked, workspace, to)).await?;
        let Earlier { version, stored, serial, outputs } = earlier;
        let owner = self.owner(version.organization_id).await?;
        let arrived = self.copy(owner.clone(), stored, serial).await?;
        // A file that names no serial is copied as it is.
        if arrived.facts.serial.is_some_and(|found| serial.is_some_and(|wanted| found != wanted)) {
            return Err(not_a_version("names its serial in a way that can't be rewritten"));
        }
        let draft = Draft {
            serial: Some(serial.unwrap_or(version.serial)),
            md5: Some(arrived.md5()),
            lineage: Some(version.lineage),
            force: version.opaque,
            announced: if version.opaque { outputs } else { Vec::new() },
            run: None,
            rollback_of: Some(to),
        };
        let json = version.json_content_id.map(Json::Shared);
        self.create_complete(context, workspace, draft, (owner, arrived, json)).await
    }

    /// Takes in a stored state as if it were uploaded, with another serial.
    async fn copy(&self, owner: Owner, stored: Stored, serial: Option<i64>) -> Result<Arrived> {
        let reader = Reader::new(self.db(), &owner.key, stored);
        if reader.size() > IN_MEMORY as u64 {
            let writer = owner.writer(self);
            return blocking(move || take_all(Rewritten::new(reader, serial), writer, u64::MAX))
                .await;
        }
        let whole = reader.read_to_end().await?;
        let mut rewritten = Rewritten::new(std::iter::once(Ok(whole)), serial);
        let bytes = rewritten.next()?.unwrap_or_default();
        self.take_whole(owner, bytes).await
    }
}

fn find(
    tx: &mut Tx<'_>,
    context: &Context,
    workspace: WorkspaceId,
    to: StateVersionId,
) -> Result<Earlier> {
    let (workspace, scope) = workspaces::find(tx, context, workspace)?;
    scope.require(Right::WriteState)?;
    lock::require_held(&workspace, context)?;
    let version = store::find(tx, to)?
        .filter(|version| version.workspace_id == workspace.id)
        .ok_or_else(|| not_a_version("is no state version of this workspace"))?;
    let content = version.content_id.filter(|_| version.status == Status::Finalized);
    let content = content.ok_or_else(|| not_a_version("was never completed"))?;
    let serial = match store::newest(tx, workspace.current_state_version_id)? {
        Some(newest) if !version.opaque => Some(newest.serial.saturating_add(1)),
        _ => None,
    };
    let outputs = store::outputs(tx, to)?;
    let outputs = outputs.into_iter().map(|output| (output.name, output.sensitive)).collect();
    Ok(Earlier { stored: blobs::fetch(tx, content)?, version, serial, outputs })
}

fn not_a_version(text: &str) -> Error {
    Error::invalid_at("/data/relationships/rollback-state-version/data/id", text)
}

/// Pieces of a state in which the serial is another one.
struct Rewritten<I> {
    pieces: I,
    cutter: Cutter,
    writer: SerialWriter,
}

struct SerialWriter {
    serial: Option<i64>,
    out: Vec<u8>,
}

impl<I> Rewritten<I> {
    fn new(pieces: I, serial: Option<i64>) -> Self {
        let places = if serial.is_some() { SERIAL } else { &[] };
        let writer = SerialWriter { serial, out: Vec::new() };
        Self { pieces, cutter: Cutter::new(places), writer }
    }
}

impl<I: Iterator<Item = Result<Vec<u8>>>> Source for Rewritten<I> {
    fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(piece) = self.pieces.next().transpose()? else { return Ok(None) };
        if self.writer.serial.is_none() {
            return Ok(Some(piece.into()));
        }
        self.writer.out.reserve(piece.len() + 20);
        self.cutter.push(&piece, &mut self.writer)?;
        Ok(Some(std::mem::take(&mut self.writer.out).into()))
    }
}

impl Sink for SerialWriter {
    fn rest(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn begin(&mut self, _: usize) -> Result<()> {
        Ok(())
    }

    fn value(&mut self, _: usize, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn end(&mut self, _: usize) -> Result<()> {
        self.out.extend_from_slice(self.serial.unwrap_or_default().to_string().as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str, piece: usize, serial: Option<i64>) -> String {
        let pieces = text.as_bytes().chunks(piece).map(|piece| Ok(piece.to_vec()));
        let mut source = Rewritten::new(pieces, serial);
        let mut whole = Vec::new();
        while let Some(piece) = source.next().unwrap() {
            whole.extend_from_slice(&piece);
        }
        String::from_utf8(whole).unwrap()
    }

    #[test]
    fn nothing_but_the_serial_changes() {
        let text = "{\n  \"version\": 4,\n  \"serial\": 99,\n  \"outputs\": {\"serial\": {\"value\": 99}},\n  \"é\": [\"serial\", 99]\n}\n";
        for piece in 1..text.len() {
            assert_eq!(
                rewritten(text, piece, Some(1_234)),
                text.replacen("99", "1234", 1),
                "pieces of {piece}"
            );
            assert_eq!(rewritten(text, piece, None), text);
        }
    }
}
