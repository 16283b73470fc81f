//! Leases of those behind whom nobody stands any more. With an API token that was revoked, or a
//! person who is gone, everything ends that a login through them has got: such tokens are refused
//! from the next request on, and what they have got is looked for here.

use std::sync::PoisonError;

use kernel::{Result, Timestamp};

use crate::{Credentials, origin, store};

/// How many API tokens and persons one round asks after. There are seldom more; where there are,
/// the next round goes on.
const PAGE: u32 = 128;

impl Credentials {
    /// Ends leases of logins that are over.
    pub(super) async fn end_leases_of_gone(&self, now: Timestamp) -> Result<()> {
        let place = &self.watch().asked_after;
        let from = place.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let look = move |tx: &mut db::Tx<'_>| {
            let origins = store::origins_of_leases(tx, &from, PAGE)?;
            let is_whole = origins.len() < PAGE as usize;
            let last = origins.last().filter(|_| !is_whole).cloned().unwrap_or_default();
            let mut gone = Vec::new();
            for id in origins {
                if !origin::is_good(tx, &id, now)? {
                    gone.push(id);
                }
            }
            Ok((gone, last))
        };
        let (gone, last) = self.db().read(look).await?;
        *place.lock().unwrap_or_else(PoisonError::into_inner) = last;
        if gone.is_empty() {
            return Ok(());
        }
        self.db()
            .write(move |tx| {
                gone.iter().try_for_each(|id| store::expire_leases_of_origin(tx, id, now))
            })
            .await
    }
}
