//! What is done after the fact: contents of workspaces that are gone, uploads that never came,
//! contents that nothing refers to.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use db::{Tx, jobs};
use kernel::{ContentId, Error, Result, StateVersionId, Timestamp, WorkspaceId};
use workspaces::{BeforeDelete, COLLECT_CONTENTS};

use crate::{State, sql, store};

/// How long a claimed job is this server's.
const LEASE: Duration = Duration::from_mins(5);
/// How long until a job that failed is tried again; each time longer.
const RETRY: Duration = Duration::from_secs(30);
/// How many contents one transaction deletes.
const DELETED_AT_ONCE: usize = 20;
/// How old something must be to count as left behind.
const GRACE: Duration = Duration::from_hours(24);
/// How often the contents are looked through.
const BETWEEN_SWEEPS: Duration = Duration::from_hours(6);
/// How many rows one step looks at.
const STEP: u32 = 200;

/// Names the contents that go with a workspace.
#[derive(Clone, Copy, Debug, Default)]
pub struct WorkspaceContents;

impl BeforeDelete for WorkspaceContents {
    fn contents_of(&self, tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<Vec<String>> {
        let statement = &sql::LIST_CONTENTS_OF_WORKSPACE;
        Ok(tx.query(statement, &[workspace.into()], |row| row.text(0))?)
    }
}

/// When the contents were last looked through by this server; zero for never.
#[derive(Debug, Default)]
pub(crate) struct Sweep(AtomicI64);

impl Sweep {
    fn is_due(&self, now: Timestamp) -> bool {
        let last = Timestamp::from_micros(self.0.load(Ordering::Relaxed));
        now.since(last) >= BETWEEN_SWEEPS
    }

    fn done(&self, now: Timestamp) {
        self.0.store(now.as_micros(), Ordering::Relaxed);
    }
}

impl State {
    /// Does the jobs that are due, until there are none.
    pub async fn run_jobs(&self) -> Result<()> {
        loop {
            let now = self.identity().now();
            let claim =
                move |tx: &mut Tx<'_>| Ok(jobs::claim(tx, now, LEASE, &[COLLECT_CONTENTS])?);
            let Some(job) = self.db().write(claim).await? else { return Ok(()) };
            match self.collect(&job.payload).await {
                Ok(()) => self.db().write(move |tx| Ok(jobs::finish(tx, &job)?)).await?,
                Err(error) => {
                    tracing::warn!(job.id = %job.id, ?error, "a job failed and will be tried again");
                    let pause = RETRY * u32::try_from(job.attempts.clamp(1, 100)).unwrap_or(1);
                    let (run_at, text) = (now.plus(pause), error.to_string());
                    self.db().write(move |tx| Ok(jobs::retry(tx, &job, run_at, &text)?)).await?
                }
            };
        }
    }

    /// Throws away what was left behind: uploads that never came, chunks of interrupted ones, and
    /// now and then contents that no version refers to. For a background role, once a minute.
    pub async fn collect_garbage(&self) -> Result<()> {
        let now = self.identity().now();
        self.expire_uploads(now).await?;
        blobs::collect_orphans(self.db(), now.minus(GRACE), STEP).await?;
        if self.sweep().is_due(now) {
            self.collect_unreferenced(now.minus(GRACE)).await?;
            self.sweep().done(now);
        }
        Ok(())
    }

    async fn collect(&self, payload: &str) -> Result<()> {
        let ids: Vec<ContentId> = serde_json::from_str(payload).map_err(Error::internal)?;
        for ids in ids.chunks(DELETED_AT_ONCE) {
            self.delete_contents(ids.to_vec()).await?;
        }
        Ok(())
    }

    async fn delete_contents(&self, ids: Vec<ContentId>) -> Result<()> {
        let delete = move |tx: &mut Tx<'_>| ids.iter().try_for_each(|id| blobs::delete(tx, *id));
        self.db().write(delete).await
    }

    /// Discards versions whose bytes can't come any more, since their paths have expired. An
    /// upload that began in time has as long again to end.
    async fn expire_uploads(&self, now: Timestamp) -> Result<()> {
        let before = now.minus(self.settings().upload_lifetime * 2);
        let expired: Vec<StateVersionId> = self
            .db()
            .read(move |tx| {
                let params = [before.into(), STEP.into()];
                Ok(tx.query(&sql::LIST_PENDING_BEFORE, &params, |row| row.id(0))?)
            })
            .await?;
        for id in expired {
            self.db().write(move |tx| expire(tx, id)).await?;
        }
        Ok(())
    }

    async fn collect_unreferenced(&self, before: Timestamp) -> Result<()> {
        let mut after = String::new();
        loop {
            let from = after.clone();
            let step: Vec<(ContentId, bool)> = self
                .db()
                .read(move |tx| {
                    let params = [from.as_str().into(), before.into(), STEP.into()];
                    Ok(tx.query(&sql::LIST_CONTENTS_WITH_USE, &params, |row| {
                        Ok((row.id(0)?, row.bool(1)?))
                    })?)
                })
                .await?;
            let Some((last, _)) = step.last() else { return Ok(()) };
            after = last.to_string();
            let unreferenced: Vec<ContentId> =
                step.iter().filter(|(_, referenced)| !referenced).map(|(id, _)| *id).collect();
            for ids in unreferenced.chunks(DELETED_AT_ONCE) {
                self.delete_contents(ids.to_vec()).await?;
            }
        }
    }
}

fn expire(tx: &mut Tx<'_>, id: StateVersionId) -> Result<()> {
    let Some(target) = store::target(tx, id)? else { return Ok(()) };
    tx.execute(&sql::DISCARD_VERSION, &[id.into()])?;
    if target.awaited == Some(id) {
        workspaces::set_pending_state(tx, target.version.workspace_id, None)?;
    }
    Ok(())
}
