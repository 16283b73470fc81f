//! Bytes for a version that was announced. The signed path stands for the caller; that their
//! token is still good and their right still theirs, the lock still held, and the rules still hold, is asked again in the
//! transaction that stores them.

use axum::body::Body;
use blobs::Prepared;
use db::Tx;
use identity::{Credential, Right};
use kernel::{Context, Error, Kind, OrganizationId, Result, StateVersionId, Timestamp};

use super::complete::Completion;
use crate::{
    State, Status, Version,
    intake::Owner,
    rules::{self, Verdict},
    signed::Grant,
    sql,
    store::{self, Newest},
};

impl State {
    /// Takes in a version's bytes. When this returns they are durable, and current.
    pub(crate) async fn upload_state(&self, grant: Grant, body: Body) -> Result<()> {
        let owner = self.owner(grant.organization).await?;
        let arrived = match self.take_state(owner.clone(), body).await {
            // These bytes will never fit: the workspace need not wait for them.
            Err(error) if error.kind() == Kind::TooLarge => {
                self.db().write(move |tx| give_up(tx, grant)).await?;
                return Err(error);
            }
            arrived => arrived?,
        };
        let completion = Completion::new(owner, grant.version, arrived)?;
        // A refusal is an outcome too: it discards the version, and that must be committed.
        self.db().write(move |tx| store_state(tx, grant, &completion)).await?
    }

    /// Takes in a version's JSON representation: optional, before or after the bytes.
    pub(crate) async fn upload_json(&self, grant: Grant, body: Body) -> Result<()> {
        let owner = self.owner(grant.organization).await?;
        let now = owner.now;
        let prepared = self.take_json(owner, body).await?;
        self.db().write(move |tx| store_json(tx, grant, &prepared, now)).await
    }

    /// For whom bytes are taken in now.
    pub(crate) async fn owner(&self, organization: OrganizationId) -> Result<Owner> {
        let key = self.key(organization).await?;
        Ok(Owner { key, organization, now: self.identity().now() })
    }
}

/// Why a path stands for nobody any longer, if so: what it was given to, or the token that made the
/// version, has ended, or its holder may not write this state any more. Asked in the transaction
/// that stores, so that whoever lost the right meanwhile completes nothing.
fn refusal(
    tx: &mut Tx<'_>,
    grant: &Grant,
    version: &Version,
    now: Timestamp,
) -> Result<Option<Error>> {
    let maker = version.token_id.map(Credential::Token);
    for credential in [Some(grant.credential), maker.filter(|maker| *maker != grant.credential)] {
        let Some(credential) = credential else { continue };
        let Some(actor) = credential.holder(tx, now)? else {
            return Ok(Some(Error::unauthorized()));
        };
        let context = Context { actor, now, request_id: String::new(), address: None };
        let allowed = workspaces::find(tx, &context, version.workspace_id)
            .and_then(|(_, scope)| scope.require(Right::WriteState));
        match allowed {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Forbidden) => {
                return Ok(Some(error));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Gives up a version whose bytes can't be taken.
fn give_up(tx: &mut Tx<'_>, grant: Grant) -> Result<()> {
    match store::target(tx, grant.version)? {
        Some(target) if target.version.status == Status::Pending => {
            discard(tx, &target.version, target.awaited)
        }
        _ => Ok(()),
    }
}

/// Gives a version up. The workspace does not wait for it any longer.
fn discard(tx: &mut Tx<'_>, version: &Version, awaited: Option<StateVersionId>) -> Result<()> {
    tx.execute(&sql::DISCARD_VERSION, &[version.id.into()])?;
    if awaited == Some(version.id) {
        workspaces::set_pending_state(tx, version.workspace_id, None)?;
    }
    Ok(())
}

fn store_state(tx: &mut Tx<'_>, grant: Grant, completion: &Completion) -> Result<Result<()>> {
    let target = store::target(tx, grant.version)?.ok_or_else(Error::not_found)?;
    if let Some(error) = refusal(tx, &grant, &target.version, completion.now())? {
        if target.version.status == Status::Pending {
            discard(tx, &target.version, target.awaited)?;
        }
        return Ok(Err(error));
    }
    let verdict = rules::judge(
        rules::Target {
            status: target.version.status,
            proposal: target.version.proposal(),
            lock: target.version.lock_id,
            sha256: target.version.sha256.as_deref(),
        },
        completion.arrival(),
        target.held,
        target.newest.as_ref().map(Newest::standing),
    );
    match verdict {
        Verdict::Repeated => Ok(Ok(())),
        Verdict::Complete => {
            completion.complete(tx, target.version, target.newest.as_ref())?;
            Ok(Ok(()))
        }
        Verdict::Refused { error, discard: hopeless } => {
            if hopeless {
                discard(tx, &target.version, target.awaited)?;
            }
            Ok(Err(error))
        }
    }
}

fn store_json(tx: &mut Tx<'_>, grant: Grant, prepared: &Prepared, now: Timestamp) -> Result<()> {
    let id = grant.version;
    let target = store::target(tx, id)?.ok_or_else(Error::not_found)?;
    let (version, sha256) = (target.version, prepared.digest().sha256);
    if let Some(error) = refusal(tx, &grant, &version, now)? {
        return Err(error);
    }
    if version.status == Status::Discarded {
        return Err(Error::conflict("this state version was discarded"));
    }
    if version.opaque {
        // It would say in the open what the client has encrypted.
        return Ok(());
    }
    match target.json_sha256 {
        Some(known) if known == sha256 => Ok(()),
        Some(_) => Err(Error::conflict(
            "this state version already has its JSON representation, and it differs",
        )),
        None => {
            blobs::insert(tx, version.organization_id, prepared, now)?;
            store::set_json(tx, id, Some((prepared.id(), &sha256)))
        }
    }
}
