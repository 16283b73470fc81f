//! Creating a version: announced, with the bytes to follow; or with the bytes, at once.

use blobs::Prepared;
use db::Tx;
use identity::{
    Credential, Right,
    audit::{self, Event},
};
use kernel::{
    Actor, Context, Error, LockId, OrganizationId, Result, RunId, StateVersionId, Timestamp,
    WorkspaceId,
};
use workspaces::{Holder, Workspace, lock};

use super::complete::{Completion, seal_announced};
use crate::{
    State, Status, Version,
    intake::{Arrived, Owner},
    records,
    rules::{self, Proposal, Target, Verdict},
    sql,
    store::{self, Newest},
};

/// What a caller says about a version that is to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) serial: Option<i64>,
    pub(crate) md5: Option<String>,
    pub(crate) lineage: Option<String>,
    pub(crate) force: bool,
    /// Names of the outputs, and whether they are sensitive.
    pub(crate) announced: Vec<(String, bool)>,
    pub(crate) run: Option<RunId>,
    pub(crate) rollback_of: Option<StateVersionId>,
}

impl Draft {
    /// The attributes that the rules are about. Both that are missing are named at once.
    pub(crate) fn proposal(&self) -> Result<Proposal<'_>> {
        let serial = self.serial.filter(|serial| *serial >= 0).ok_or_else(|| {
            Error::invalid("serial", "the serial must be given, as a whole number from 0")
        });
        let md5 = self.md5.as_deref().filter(|md5| is_md5(md5)).ok_or_else(|| {
            Error::invalid("md5", "the MD5 of the state must be given, as 32 hexadecimal digits")
        });
        let (serial, md5) = match (serial, md5) {
            (Ok(serial), Ok(md5)) => (serial, md5),
            (Err(error), Err(other)) => return Err(error.and(other)),
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => return Err(error),
        };
        let lineage = self.lineage.as_deref().unwrap_or_default();
        rules::check_lineage(lineage)?;
        Ok(Proposal { serial, lineage, md5, force: self.force })
    }
}

fn is_md5(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A version that was created, and its workspace as it was just before.
pub(crate) struct Created {
    pub(crate) version: Version,
    pub(crate) workspace: Workspace,
}

/// A version that may be created.
struct Admitted {
    version: Version,
    workspace: Workspace,
    newest: Option<Newest>,
    /// How many announced versions were given up for it.
    discarded: u64,
}

/// The same with what was given up on the way.
fn with_discarded(event: Event, discarded: u64) -> Event {
    if discarded == 0 { event } else { event.with("discarded", discarded) }
}

impl State {
    /// Creates a version whose bytes are awaited.
    pub(crate) async fn create_pending(
        &self,
        context: Context,
        workspace: WorkspaceId,
        draft: Draft,
    ) -> Result<Created> {
        let (id, barrier) = (StateVersionId::generate(), self.barrier().clone());
        self.db()
            .write(move |tx| {
                let Admitted { version, workspace, discarded, .. } =
                    admit(tx, &context, workspace, &draft, id)?;
                let key = barrier.organization_key(tx, workspace.organization_id)?;
                let announced = seal_announced(&key, id, &draft.announced)?;
                store::insert(tx, &version, announced.as_deref(), None)?;
                workspaces::set_pending_state(tx, workspace.id, Some((id, context.now)))?;
                let event = records::event("create", &version, &workspace);
                audit::record(tx, &context, &with_discarded(event, discarded))?;
                Ok(Created { version, workspace })
            })
            .await
    }

    /// Whether a caller might create a version right now: asked before a large body is taken in.
    /// Answers for which organization it is.
    pub(crate) async fn check_writable(
        &self,
        context: Context,
        workspace: WorkspaceId,
    ) -> Result<OrganizationId> {
        self.db()
            .read(move |tx| {
                let (workspace, _) = writable(tx, &context, workspace)?;
                Ok(workspace.organization_id)
            })
            .await
    }

    /// Creates a version together with its bytes.
    pub(crate) async fn create_complete(
        &self,
        context: Context,
        workspace: WorkspaceId,
        draft: Draft,
        (owner, arrived, json): (Owner, Arrived, Option<Json>),
    ) -> Result<Created> {
        let id = StateVersionId::generate();
        let completion = Completion::new(owner.clone(), id, arrived)?;
        let announced = seal_announced(&owner.key, id, &draft.announced)?;
        self.db()
            .write(move |tx| {
                require_in_force(tx, &context, owner.now)?;
                let Admitted { mut version, workspace, newest, discarded } =
                    admit(tx, &context, workspace, &draft, id)?;
                judge(&version, &completion, newest.as_ref())?;
                let mut sha256 = None;
                match &json {
                    Some(Json::New(prepared)) => {
                        blobs::insert(tx, version.organization_id, prepared, owner.now)?;
                        version.json_content_id = Some(prepared.id());
                        sha256 = Some(prepared.digest().sha256.as_slice());
                    }
                    Some(Json::Shared(content)) => version.json_content_id = Some(*content),
                    None => {}
                }
                store::insert(tx, &version, announced.as_deref(), sha256)?;
                let version = completion.complete(tx, version, newest.as_ref())?;
                let event = match version.rollback_of {
                    Some(earlier) => records::written("rollback", &version, &workspace)
                        .with("to", earlier.to_string()),
                    None => records::written("write", &version, &workspace),
                };
                audit::record(tx, &context, &with_discarded(event, discarded))?;
                Ok(Created { version, workspace })
            })
            .await
    }
}

/// A JSON representation that comes with a version.
pub(crate) enum Json {
    /// It has just arrived.
    New(Prepared),
    /// It is another version's, and says the same.
    Shared(kernel::ContentId),
}

/// Refuses callers whose token was revoked while their bytes came in.
fn require_in_force(tx: &mut Tx<'_>, context: &Context, now: Timestamp) -> Result<()> {
    let Some(credential) = Credential::of(context) else { return Ok(()) };
    credential.holder(tx, now)?.map(drop).ok_or_else(Error::unauthorized)
}

/// A workspace whose state the caller may write right now.
fn writable(tx: &mut Tx<'_>, context: &Context, id: WorkspaceId) -> Result<(Workspace, LockId)> {
    let (workspace, scope) = workspaces::find(tx, context, id)?;
    scope.require(Right::WriteState)?;
    let lock_id = lock::require_held(&workspace, context)?;
    Ok((workspace, lock_id))
}

/// Decides whether a version may be created. What the workspace awaited so far is discarded.
fn admit(
    tx: &mut Tx<'_>,
    context: &Context,
    workspace: WorkspaceId,
    draft: &Draft,
    id: StateVersionId,
) -> Result<Admitted> {
    workspaces::lock_row(tx, workspace)?;
    let (workspace, lock_id) = writable(tx, context, workspace)?;
    let proposal = draft.proposal()?;
    let newest = store::newest(tx, workspace.current_state_version_id)?;
    let standing = newest.as_ref().map(Newest::standing);
    rules::admit(proposal, standing).map_err(|conflict| conflict.into_error(proposal, standing))?;
    let discarded = tx.execute(&sql::DISCARD_PENDING_VERSIONS, &[workspace.id.into()])?;
    let version = Version {
        forced: proposal.force,
        serial: proposal.serial,
        lineage: proposal.lineage.to_owned(),
        md5: proposal.md5.to_owned(),
        rollback_of: draft.rollback_of,
        run_id: run_of(&workspace, draft),
        ..blank(context, &workspace, lock_id, id)
    };
    Ok(Admitted { version, workspace, newest, discarded })
}

/// Only a run that holds the lock can vouch for what it writes.
fn run_of(workspace: &Workspace, draft: &Draft) -> Option<RunId> {
    match workspace.lock.as_ref()?.holder {
        Holder::Run(run) => draft.run.filter(|named| *named == run),
        Holder::User { .. } | Holder::Service { .. } => None,
    }
}

fn name_of(context: &Context) -> String {
    match &context.actor {
        Actor::User(user) => user.username.clone(),
        Actor::Service(service) => service.name.clone(),
        Actor::Anonymous | Actor::System => "system".to_owned(),
    }
}

/// A pending version of which nothing is known but where it is and whose.
fn blank(context: &Context, workspace: &Workspace, lock_id: LockId, id: StateVersionId) -> Version {
    let user = context.user();
    Version {
        id,
        workspace_id: workspace.id,
        organization_id: workspace.organization_id,
        status: Status::Pending,
        position: None,
        serial: 0,
        lineage: String::new(),
        md5: String::new(),
        forced: false,
        intermediate: false,
        lock_id,
        size: None,
        sha256: None,
        format: None,
        terraform_version: None,
        opaque: false,
        content_id: None,
        json_content_id: None,
        previous_hash: None,
        record_hash: None,
        rollback_of: None,
        created_by_user_id: user.map(|user| user.id),
        created_by_name: name_of(context),
        token_id: context.token(),
        run_id: None,
        created_at: context.now,
        finalized_at: None,
    }
}

/// The same verdict as for bytes that come later; refused ones leave nothing behind.
fn judge(version: &Version, completion: &Completion, newest: Option<&Newest>) -> Result<()> {
    let target = Target {
        status: version.status,
        proposal: version.proposal(),
        lock: version.lock_id,
        sha256: None,
    };
    let standing = newest.map(Newest::standing);
    match rules::judge(target, completion.arrival(), Some(version.lock_id), standing) {
        Verdict::Complete | Verdict::Repeated => Ok(()),
        Verdict::Refused { error, .. } => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_pointer() {
        let pointers = |draft: &Draft| -> Vec<String> {
            let error = draft.proposal().unwrap_err();
            error.details().iter().filter_map(|detail| detail.pointer.clone()).collect()
        };
        let md5 = || Some("0123456789abcdef0123456789abcdef".to_owned());
        let (serial, sum) = ("/data/attributes/serial", "/data/attributes/md5");
        assert_eq!(pointers(&Draft::default()), [serial, sum]);
        assert_eq!(pointers(&Draft { md5: md5(), ..Draft::default() }), [serial]);
        assert_eq!(pointers(&Draft { serial: Some(1), ..Draft::default() }), [sum]);
        let negative = Draft { serial: Some(-1), md5: md5(), ..Draft::default() };
        assert_eq!(pointers(&negative), [serial]);
        let good = Draft { serial: Some(0), md5: md5(), ..Draft::default() };
        assert!(good.proposal().is_ok());
        let odd = Draft { lineage: Some("a\nb".to_owned()), ..good };
        assert_eq!(pointers(&odd), ["/data/attributes/lineage"]);
    }
}
