//! The work that nobody waits for: one worker role a server, and what it does when.

use std::time::Duration;

use tokio::{sync::watch, task::JoinSet};

use crate::app::App;

const EXPIRE: Duration = Duration::from_secs(1);
const RETRY_GIVEN_UP: Duration = Duration::from_hours(1);
const TEND_AUDIT: Duration = Duration::from_secs(1);
const DELIVER_AUDIT: Duration = Duration::from_secs(1);
const FLUSH_LAST_USED: Duration = Duration::from_secs(20);
const RUN_JOBS: Duration = Duration::from_secs(2);
const COLLECT: Duration = Duration::from_mins(15);

/// The roles that run until they are stopped.
pub(crate) struct Roles {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    app: App,
}

/// Starts the roles.
pub(crate) fn start(app: &App) -> Roles {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let identity = app.identity().clone();
    tasks.spawn(every(FLUSH_LAST_USED, stopped.clone(), move || {
        let identity = identity.clone();
        async move { identity.flush_last_used().await }
    }));
    let identity = app.identity().clone();
    tasks.spawn(every(TEND_AUDIT, stopped.clone(), move || {
        let identity = identity.clone();
        async move { identity.tend_audit().await }
    }));
    let identity = app.identity().clone();
    tasks.spawn(every(DELIVER_AUDIT, stopped.clone(), move || {
        let identity = identity.clone();
        async move { identity.deliver_audit_to_file().await }
    }));
    let identity = app.identity().clone();
    tasks.spawn(every(DELIVER_AUDIT, stopped.clone(), move || {
        let identity = identity.clone();
        async move { identity.deliver_audit_to_webhook().await }
    }));
    let identity = app.identity().clone();
    tasks.spawn(every(COLLECT, stopped.clone(), move || {
        let identity = identity.clone();
        async move { identity.retain_audit().await }
    }));
    let identity = app.identity().clone();
    tasks.spawn(every(COLLECT, stopped.clone(), move || {
        let identity = identity.clone();
        async move { identity.forget_expired().await }
    }));
    let (credentials, stopping) = (app.credentials().clone(), stopped.clone());
    tasks.spawn(every(EXPIRE, stopped.clone(), move || {
        let (credentials, stopping) = (credentials.clone(), stopping.clone());
        async move {
            // However much is over at once, a stop waits for one round at most.
            while !*stopping.borrow() && credentials.expire().await? {}
            Ok(())
        }
    }));
    let credentials = app.credentials().clone();
    tasks.spawn(every(RETRY_GIVEN_UP, stopped.clone(), move || {
        let credentials = credentials.clone();
        async move { credentials.retry_given_up().await }
    }));
    let credentials = app.credentials().clone();
    tasks.spawn(every(COLLECT, stopped.clone(), move || {
        let credentials = credentials.clone();
        async move { credentials.tidy_logins().await }
    }));
    let state = app.state().clone();
    tasks.spawn(every(RUN_JOBS, stopped.clone(), move || {
        let state = state.clone();
        async move { state.run_jobs().await }
    }));
    let state = app.state().clone();
    tasks.spawn(every(COLLECT, stopped, move || {
        let state = state.clone();
        async move { state.collect_garbage().await }
    }));
    Roles { stop, tasks, app: app.clone() }
}

impl Roles {
    /// Ends the roles between two rounds, and does what must not wait for the next start.
    pub(crate) async fn stop(mut self) {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
        if let Err(error) = self.app.credentials().leave_duty().await {
            tracing::warn!(?error, "another server ends what is over only after a while");
        }
        if let Err(error) = self.app.identity().flush_last_used().await {
            tracing::warn!(?error, "the last use of tokens could not be written");
        }
        if let Err(error) = self.app.identity().finish_audit().await {
            tracing::error!(?error, "denied attempts could not be recorded");
        }
        if let Err(error) = self.app.identity().deliver_audit_to_file().await {
            tracing::warn!(?error, "audit records wait for the next start to be sent");
        }
    }
}

/// Does `work` once every `interval`; a failure is logged and the next round tries again.
async fn every<F, W>(interval: Duration, mut stopped: watch::Receiver<bool>, work: F)
where
    F: Fn() -> W,
    W: Future<Output = kernel::Result<()>>,
{
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(interval) => {}
        }
        if let Err(error) = work().await {
            tracing::error!(?error, "background work failed and is tried again");
        }
    }
}
