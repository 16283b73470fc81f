//! Finding the bytes of a version.

use blobs::{Reader, Stored};
use db::Tx;
use identity::audit::Event;
use kernel::{Context, Error, OrganizationId, Result, StateVersionId};

use super::read;
use crate::{State, Version, records, signed::Grant};

/// Which bytes of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The state.
    State,
    /// Its JSON representation.
    Json,
}

/// The bytes of a version for somebody who may have them, and what is to be recorded before they
/// are handed out.
pub(crate) struct Opened {
    pub(crate) reader: Reader,
    pub(crate) context: Context,
    pub(crate) event: Event,
}

struct Found {
    organization: OrganizationId,
    stored: Stored,
    event: Event,
}

impl State {
    /// The bytes of a version, for whom the path was given to, if they may still read it.
    pub(crate) async fn open_granted(
        &self,
        context: Context,
        grant: Grant,
        part: Part,
    ) -> Result<Opened> {
        let find = move |tx: &mut Tx<'_>| {
            let holder = grant.credential.holder_from(tx, context.now, context.address)?;
            let actor = holder.ok_or_else(Error::unauthorized)?;
            let asker = Context { actor, ..context.clone() };
            match find(tx, &asker, grant.version, part) {
                // To be told who was refused, the refusal comes along as an outcome. After any
                // other error the transaction has none.
                Err(error) if error.denial().is_none() => Err(error),
                found => Ok((found, asker)),
            }
        };
        let (found, asker) = self.db().glance(find).await?;
        match found {
            Ok(found) => self.open(asker, found).await,
            Err(error) => {
                self.identity().note_denial(&asker, &error);
                Err(error)
            }
        }
    }

    /// The bytes of a version, for a caller who may read states.
    pub(crate) async fn open_as(
        &self,
        context: Context,
        id: StateVersionId,
        part: Part,
    ) -> Result<Opened> {
        let asked = context.clone();
        let found = self.db().glance(move |tx| find(tx, &asked, id, part)).await?;
        self.open(context, found).await
    }

    async fn open(&self, context: Context, found: Found) -> Result<Opened> {
        let Found { organization, stored, event } = found;
        let reader = Reader::new(self.db(), &self.key(organization).await?, stored);
        Ok(Opened { reader, context, event })
    }
}

fn find(tx: &mut Tx<'_>, context: &Context, id: StateVersionId, part: Part) -> Result<Found> {
    let (version, workspace, _) = read::find(tx, context, id)?;
    let event = records::read(&version, &workspace, part);
    Ok(Found { organization: version.organization_id, stored: stored(tx, &version, part)?, event })
}

fn stored(tx: &mut Tx<'_>, version: &Version, part: Part) -> Result<Stored> {
    let content = match part {
        Part::State => version.content_id,
        Part::Json => version.json_content_id,
    };
    blobs::fetch(tx, content.ok_or_else(Error::not_found)?)
}
