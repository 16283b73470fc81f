//! Finding the bytes of a version.

use blobs::{Reader, Stored};
use db::Tx;
use kernel::{Context, Error, Result, StateVersionId};

use super::read;
use crate::{State, Version, signed::Grant};

/// Which bytes of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The state.
    State,
    /// Its JSON representation.
    Json,
}

impl State {
    /// The bytes of a version, for whom the path was given to, if they may still read it.
    pub(crate) async fn open_granted(
        &self,
        context: Context,
        grant: Grant,
        part: Part,
    ) -> Result<Reader> {
        let find = move |tx: &mut Tx<'_>| {
            let holder = grant.credential.holder(tx, context.now)?;
            let actor = holder.ok_or_else(Error::unauthorized)?;
            let (version, ..) =
                read::find(tx, &Context { actor, ..context.clone() }, grant.version)?;
            stored(tx, &version, part)
        };
        let stored = self.db().glance(find).await?;
        Ok(Reader::new(self.db(), &self.key(grant.organization).await?, stored))
    }

    /// The bytes of a version, for a caller who may read states.
    pub(crate) async fn open_as(
        &self,
        context: Context,
        id: StateVersionId,
        part: Part,
    ) -> Result<Reader> {
        let (organization, stored) = self
            .db()
            .glance(move |tx| {
                let (version, ..) = read::find(tx, &context, id)?;
                Ok((version.organization_id, stored(tx, &version, part)?))
            })
            .await?;
        Ok(Reader::new(self.db(), &self.key(organization).await?, stored))
    }
}

fn stored(tx: &mut Tx<'_>, version: &Version, part: Part) -> Result<Stored> {
    let content = match part {
        Part::State => version.content_id,
        Part::Json => version.json_content_id,
    };
    blobs::fetch(tx, content.ok_or_else(Error::not_found)?)
}
