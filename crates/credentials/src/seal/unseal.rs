//! Unsealing with shares, and sealing.

use barrier::DataKey;
use identity::audit;
use kernel::Context;

use super::{Gathering, SealKind, shares};
use crate::{Credentials, fault::Fault, start::ROOT_SCOPE, store};

impl Credentials {
    /// Takes a share; with the last that is needed this server is unsealed. Others have to be
    /// unsealed each for itself: the key is in no database.
    pub(crate) async fn unseal_with(&self, share: &str, context: &Context) -> Result<(), Fault> {
        let share = shares::read(share)?;
        let (written, seals) =
            self.db().read(|tx| Ok((store::find_seal(tx)?, store::generation(tx)?.seals))).await?;
        if !self.seal().is_sealed() {
            return Ok(());
        }
        let written = written.ok_or_else(|| Fault::refused("Vault is not initialized"))?;
        if written.kind == SealKind::Static {
            return Err(Fault::refused(
                "this server opens its seal with the master key when it starts: restart it",
            ));
        }
        let enough = {
            let mut gathered = self.seal().gathered();
            let gathering = gathered.unsealing.get_or_insert_with(|| Gathering::new(()));
            gathering.take(share);
            let enough = gathering.enough(written.threshold);
            if enough.is_some() {
                gathered.unsealing = None;
            }
            enough
        };
        let Some(enough) = enough else { return Ok(()) };
        let root = shares::open_root(&enough, &written).inspect_err(|_| {
            tracing::warn!("shares were given that don't unseal the credential engine");
        })?;
        let key = DataKey::of_root(ROOT_SCOPE, root)?;
        let (core, context, opened) = (self.clone(), context.clone(), key.clone());
        self.db()
            .write(move |tx| {
                let event = audit::Event::new("unseal", "credential-seals", &written.cluster_id);
                audit::record(tx, &context, &event)?;
                core.mount_own_engine(tx, &opened)
            })
            .await?;
        self.seal().unseal(key, seals);
        tracing::info!("the credential engine is unsealed");
        Ok(())
    }

    /// Forgets the shares that were given to unseal.
    pub(crate) fn stop_unsealing(&self) {
        self.seal().gathered().unsealing = None;
    }

    /// Forgets the key: here at once, and at every other server with its next request.
    pub(crate) async fn seal_everywhere(&self, context: &Context) -> Result<(), Fault> {
        let context = context.clone();
        // Whatever becomes of the rest, there is no key in this server's memory any more.
        self.seal().seal();
        tracing::warn!("the credential engine is sealed");
        let sealed = self.db().write(move |tx| {
            store::raise_seals(tx)?;
            let cluster = store::find_seal(tx)?.map(|seal| seal.cluster_id).unwrap_or_default();
            audit::record(tx, &context, &audit::Event::new("seal", "credential-seals", cluster))
        });
        Ok(sealed.await?)
    }
}
