//! The very first step where people hold the key: it is made, and they get their shares.

use std::time::Duration;

use barrier::{random_bytes, shamir::SecretBytes};
use identity::audit;
use kernel::{Context, Secret};

use super::{Division, SealKind, shares};
use crate::{
    Credentials,
    fault::Fault,
    ids,
    start::ROOT_PLACE,
    store::{self, WrittenSeal},
};

/// What is given out once, and never again.
pub(crate) struct Initialized {
    /// A share for each of those who hold one.
    pub(crate) shares: Vec<SecretBytes>,
    /// May do everything.
    pub(crate) root_token: Secret<String>,
}

impl Credentials {
    /// How the key is kept; none before it is made.
    pub(crate) async fn written_seal(&self) -> Result<Option<WrittenSeal>, Fault> {
        Ok(self.db().read(store::find_seal).await?)
    }

    /// Makes the key, which only the shares open from then on. This side stays sealed.
    pub(crate) async fn initialize(
        &self,
        division: Division,
        context: &Context,
    ) -> Result<Initialized, Fault> {
        if self.settings().seal != SealKind::Shamir || self.written_seal().await?.is_some() {
            return Err(already());
        }
        let (key, shares) = shares::new_key(division)?;
        let written = WrittenSeal {
            kind: SealKind::Shamir,
            sealed_root: key.seal(ROOT_PLACE, &random_bytes::<32>())?,
            shares: division.shares.into(),
            threshold: division.threshold.into(),
            cluster_id: ids::uuid(),
            created_at: context.now,
        };
        // The token first: once the key is there, it must have been given out.
        let root_token = self.create_root_token("root", Duration::ZERO).await?;
        let (hash, context) = (self.token_hash(root_token.expose()), context.clone());
        let initialized = self.db().write(move |tx| {
            if !store::insert_seal(tx, &written)? {
                store::revoke_token(tx, &hash, context.now)?;
                return Ok(false);
            }
            let event = audit::Event::new("create", "credential-seals", &written.cluster_id)
                .with("shares", written.shares)
                .with("threshold", written.threshold);
            audit::record(tx, &context, &event)?;
            Ok(true)
        });
        if initialized.await? { Ok(Initialized { shares, root_token }) } else { Err(already()) }
    }
}

fn already() -> Fault {
    Fault::refused("Vault is already initialized")
}
