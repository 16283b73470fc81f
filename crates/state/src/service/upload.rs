//! Bytes for a version that was announced. The signed path stands for the caller; that their
//! token is still good and their right still theirs, the lock still held, and the rules still hold, is asked again in the
//! transaction that stores them.

use axum::body::Body;
use blobs::Prepared;
use db::Tx;
use identity::{
    Credential, Right,
    audit::{self, Event},
};
use kernel::{Actor, Context, Error, Kind, OrganizationId, Result, StateVersionId, Timestamp};
use workspaces::Workspace;

use super::{Part, complete::Completion};
use crate::{
    State, Status, Version,
    intake::Owner,
    records,
    rules::{self, Verdict},
    signed::Grant,
    sql,
    store::{self, Newest},
};

/// Why bytes were not taken, and to whom that happened, if they are known.
struct Refused {
    error: Error,
    asker: Option<Context>,
}

impl State {
    /// Takes in a version's bytes. When this returns they are durable, and current. The context
    /// is that of the request; who it is by, the grant says.
    pub(crate) async fn upload_state(
        &self,
        context: Context,
        grant: Grant,
        body: Body,
    ) -> Result<()> {
        let owner = self.owner(grant.organization).await?;
        let arrived = match self.take_state(owner.clone(), body).await {
            // These bytes will never fit: the workspace need not wait for them.
            Err(error) if error.kind() == Kind::TooLarge => {
                self.db().write(move |tx| give_up(tx, &context, grant)).await?;
                return Err(error);
            }
            arrived => arrived?,
        };
        let completion = Completion::new(owner, grant.version, arrived)?;
        let context = self.at_present(context);
        // A refusal is an outcome too: it discards the version, and that must be committed.
        let outcome =
            self.db().write(move |tx| store_state(tx, &context, grant, &completion)).await?;
        self.answer(outcome)
    }

    /// Takes in a version's JSON representation: optional, before or after the bytes.
    pub(crate) async fn upload_json(
        &self,
        context: Context,
        grant: Grant,
        body: Body,
    ) -> Result<()> {
        let owner = self.owner(grant.organization).await?;
        let began = owner.now;
        let prepared = self.take_json(owner, body).await?;
        let context = self.at_present(context);
        let outcome =
            self.db().write(move |tx| store_json(tx, &context, began, grant, &prepared)).await?;
        self.answer(outcome)
    }

    /// The same request, after its bytes have come in: what is recorded happens now.
    fn at_present(&self, context: Context) -> Context {
        Context { now: self.identity().now(), ..context }
    }

    fn answer(&self, outcome: std::result::Result<(), Refused>) -> Result<()> {
        outcome.map_err(|Refused { error, asker }| {
            if let Some(asker) = asker {
                self.identity().note_denial(&asker, &error);
            }
            error
        })
    }

    /// For whom bytes are taken in now.
    pub(crate) async fn owner(&self, organization: OrganizationId) -> Result<Owner> {
        let key = self.key(organization).await?;
        Ok(Owner { key, organization, now: self.identity().now() })
    }
}

/// In whose name a path is followed, and the workspace. Refused, if what it was given to, or the
/// token that made the version, has ended before the bytes began to come, or its holder may not write
/// this state any more: asked in the transaction that stores, so that whoever lost the right
/// meanwhile completes nothing.
fn admit(
    tx: &mut Tx<'_>,
    context: &Context,
    began: Timestamp,
    grant: &Grant,
    version: &Version,
) -> Result<std::result::Result<(Context, Workspace), Refused>> {
    // Who follows the path must be where the token works; who made the version was.
    let holder = grant.credential.holder_from(tx, began, context.address)?;
    let (asker, workspace) = match admit_one(tx, context, holder, version)? {
        Ok(admitted) => admitted,
        Err(refused) => return Ok(Err(refused)),
    };
    let maker = version.token_id.map(Credential::Token).filter(|maker| *maker != grant.credential);
    if let Some(maker) = maker
        && let holder = maker.holder(tx, began)?
        && let Err(refused) = admit_one(tx, context, holder, version)?
    {
        return Ok(Err(refused));
    }
    Ok(Ok((asker, workspace)))
}

fn admit_one(
    tx: &mut Tx<'_>,
    context: &Context,
    holder: Option<Actor>,
    version: &Version,
) -> Result<std::result::Result<(Context, Workspace), Refused>> {
    let Some(actor) = holder else {
        return Ok(Err(Refused { error: Error::unauthorized(), asker: None }));
    };
    let asker = Context { actor, ..context.clone() };
    let allowed = workspaces::find(tx, &asker, version.workspace_id)
        .and_then(|(workspace, scope)| scope.require(Right::WriteState).map(|()| workspace));
    match allowed {
        Ok(workspace) => Ok(Ok((asker, workspace))),
        Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Forbidden) => {
            Ok(Err(Refused { error, asker: Some(asker) }))
        }
        Err(error) => Err(error),
    }
}

/// Gives up a version whose bytes can't be taken.
fn give_up(tx: &mut Tx<'_>, context: &Context, grant: Grant) -> Result<()> {
    match store::target(tx, grant.version)? {
        Some(target) if target.version.status == Status::Pending => {
            let asker = grant.credential.holder(tx, context.now)?;
            let asker = asker.map(|actor| Context { actor, ..context.clone() });
            let asker = asker.as_ref().unwrap_or(context);
            discard(tx, asker, &target.version, target.awaited, "it is too large")
        }
        _ => Ok(()),
    }
}

/// Gives a version up. The workspace does not wait for it any longer.
fn discard(
    tx: &mut Tx<'_>,
    context: &Context,
    version: &Version,
    awaited: Option<StateVersionId>,
    reason: &str,
) -> Result<()> {
    tx.execute(&sql::DISCARD_VERSION, &[version.id.into()])?;
    if awaited == Some(version.id) {
        workspaces::set_pending_state(tx, version.workspace_id, None)?;
    }
    let event = Event::new("discard", "state-versions", version.id)
        .of(version.organization_id)
        .with("workspace", version.workspace_id.to_string())
        .with("serial", version.serial)
        .with("reason", reason);
    audit::record(tx, context, &event)
}

fn store_state(
    tx: &mut Tx<'_>,
    context: &Context,
    grant: Grant,
    completion: &Completion,
) -> Result<std::result::Result<(), Refused>> {
    let target = store::target(tx, grant.version)?.ok_or_else(Error::not_found)?;
    let (asker, workspace) = match admit(tx, context, completion.now(), &grant, &target.version)? {
        Ok(admitted) => admitted,
        Err(refused) => {
            if target.version.status == Status::Pending {
                let asker = refused.asker.as_ref().unwrap_or(context);
                discard(
                    tx,
                    asker,
                    &target.version,
                    target.awaited,
                    "nobody may write it any more",
                )?;
            }
            return Ok(Err(refused));
        }
    };
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
            let version = completion.complete(tx, target.version, target.newest.as_ref())?;
            audit::record(tx, &asker, &records::written("write", &version, &workspace))?;
            Ok(Ok(()))
        }
        Verdict::Refused { error, discard: hopeless } => {
            if hopeless {
                discard(tx, &asker, &target.version, target.awaited, &error.to_string())?;
            }
            Ok(Err(Refused { error, asker: Some(asker) }))
        }
    }
}

fn store_json(
    tx: &mut Tx<'_>,
    context: &Context,
    began: Timestamp,
    grant: Grant,
    prepared: &Prepared,
) -> Result<std::result::Result<(), Refused>> {
    let id = grant.version;
    let target = store::target(tx, id)?.ok_or_else(Error::not_found)?;
    let (version, sha256) = (target.version, prepared.digest().sha256);
    let (asker, workspace) = match admit(tx, context, began, &grant, &version)? {
        Ok(admitted) => admitted,
        Err(refused) => return Ok(Err(refused)),
    };
    if version.status == Status::Discarded {
        return Err(Error::conflict("this state version was discarded"));
    }
    if version.opaque {
        // It would say in the open what the client has encrypted.
        return Ok(Ok(()));
    }
    match target.json_sha256 {
        Some(known) if known == sha256 => Ok(Ok(())),
        Some(_) => Err(Error::conflict(
            "this state version already has its JSON representation, and it differs",
        )),
        None => {
            blobs::insert(tx, version.organization_id, prepared, began)?;
            store::set_json(tx, id, Some((prepared.id(), &sha256)))?;
            let event = records::event("write", &version, &workspace);
            audit::record(tx, &asker, &event.with("part", Part::Json.word()))?;
            Ok(Ok(()))
        }
    }
}
