//! Forgetting what logins leave behind.

use kernel::{Error, Result};

use super::lockout::LONGEST_WINDOW;
use crate::{Credentials, sql};

impl Credentials {
    /// Forgets failures that no longer count, and what the ways to log in no longer need. Now
    /// and then.
    pub async fn tidy_logins(&self) -> Result<()> {
        let before = self.identity().now().minus(LONGEST_WINDOW);
        self.db()
            .write(move |tx| {
                tx.execute(&sql::DELETE_OLD_LOGIN_FAILURES, &[before.into()])?;
                Ok(())
            })
            .await?;
        if self.seal().is_sealed() {
            return Ok(());
        }
        for mount in &self.known().mounts {
            if let Some(backend) = self.backend(&mount.r#type) {
                let tidied = backend.tidy(self, mount).await;
                tidied.map_err(|fault| Error::internal(fault.errors().join("; ")))?;
            }
        }
        Ok(())
    }
}
