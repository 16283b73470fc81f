//! Waiting until the writes have ended that began before: once for all who wait for it.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use kernel::Result;
use tokio::sync::Mutex;

/// Who waits, by the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Settling {
    asked: AtomicU64,
    /// The last one who need not wait any more. Whoever holds it waits for all who have come.
    settled: Mutex<u64>,
}

impl Settling {
    /// Returns once `wait` has run that began after this was called.
    pub(crate) async fn settle<F>(&self, wait: impl FnOnce() -> F) -> Result<()>
    where
        F: Future<Output = Result<()>>,
    {
        let number = self.asked.fetch_add(1, SeqCst) + 1;
        let mut settled = self.settled.lock().await;
        if *settled >= number {
            return Ok(());
        }
        let covered = self.asked.load(SeqCst);
        wait().await?;
        *settled = covered;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use kernel::Error;
    use tokio::task::JoinSet;

    use super::*;

    #[tokio::test]
    async fn many_who_wait_at_once_wait_together() {
        let (settling, waits) = (Arc::new(Settling::default()), Arc::new(AtomicU64::new(0)));
        let mut tasks = JoinSet::new();
        for _ in 0..100 {
            let (settling, waits) = (Arc::clone(&settling), Arc::clone(&waits));
            tasks.spawn(async move {
                let wait = || async {
                    waits.fetch_add(1, SeqCst);
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    Ok(())
                };
                settling.settle(wait).await
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap().unwrap();
        }
        // Those who come while the first one waits are all covered by the next.
        assert_eq!(waits.load(SeqCst), 2);
    }

    #[tokio::test]
    async fn whoever_failed_has_waited_for_nobody() {
        let settling = Settling::default();
        settling.settle(|| async { Err(Error::unavailable("no")) }).await.unwrap_err();
        let mut waited = false;
        settling
            .settle(|| async {
                waited = true;
                Ok(())
            })
            .await
            .unwrap();
        assert!(waited);
    }
}
