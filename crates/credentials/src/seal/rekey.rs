//! Other shares of the same key: those who hold enough of the old ones agree, and then the new
//! ones alone open it.

use barrier::shamir::SecretBytes;
use identity::audit;
use kernel::Context;

use super::{Division, Gathering, SealKind, shares};
use crate::{
    Credentials,
    fault::Fault,
    start::ROOT_PLACE,
    store::{self, WrittenSeal},
};

/// How far it is.
pub(crate) struct Rekeying {
    /// None: nobody has begun.
    pub(crate) begun: Option<(String, Division)>,
    pub(crate) progress: usize,
    /// How many of the old shares are needed.
    pub(crate) required: i64,
    /// The new shares, once there are enough of the old.
    pub(crate) new_shares: Option<Vec<SecretBytes>>,
}

impl Credentials {
    /// How far it is.
    pub(crate) async fn rekeying(&self) -> Result<Rekeying, Fault> {
        let written = self.in_shares().await?;
        let gathered = self.seal().gathered();
        Ok(described(gathered.rekeying.as_ref(), &written))
    }

    /// Begins.
    pub(crate) async fn begin_rekeying(&self, division: Division) -> Result<Rekeying, Fault> {
        let written = self.in_shares().await?;
        let mut gathered = self.seal().gathered();
        if gathered.rekeying.is_some() {
            return Err(Fault::refused("rekey already in progress"));
        }
        let gathering = gathered.rekeying.insert(Gathering::new(division));
        Ok(described(Some(gathering), &written))
    }

    /// Leaves it.
    pub(crate) fn cancel_rekeying(&self) {
        self.seal().gathered().rekeying = None;
    }

    /// Takes an old share; with the last that is needed the new ones take their place.
    pub(crate) async fn continue_rekeying(
        &self,
        share: &str,
        nonce: &str,
        context: &Context,
    ) -> Result<Rekeying, Fault> {
        let share = shares::read(share)?;
        let written = self.in_shares().await?;
        let (stage, enough) = {
            let mut gathered = self.seal().gathered();
            let gathering = gathered
                .rekeying
                .as_mut()
                .ok_or_else(|| Fault::refused("no barrier rekey in progress"))?;
            if gathering.nonce != nonce {
                return Err(Fault::refused(format!(
                    "incorrect nonce supplied; nonce for this rekey operation is {:?}",
                    gathering.nonce
                )));
            }
            gathering.take(share);
            let stage = described(Some(gathering), &written);
            let enough = gathering.enough(written.threshold);
            let division = gathering.purpose;
            if enough.is_some() {
                gathered.rekeying = None;
            }
            (stage, enough.map(|shares| (shares, division)))
        };
        let Some((enough, division)) = enough else { return Ok(stage) };
        let root = shares::open_root(&enough, &written)?;
        let new_shares = self.keep_in_shares(&root, division, &written, context).await?;
        Ok(Rekeying { new_shares: Some(new_shares), ..stage })
    }

    /// Puts the root key under new shares.
    pub(crate) async fn keep_in_shares(
        &self,
        root: &[u8; 32],
        division: Division,
        before: &WrittenSeal,
        context: &Context,
    ) -> Result<Vec<SecretBytes>, Fault> {
        let (key, new_shares) = shares::new_key(division)?;
        let after = WrittenSeal {
            kind: SealKind::Shamir,
            sealed_root: key.seal(ROOT_PLACE, root)?,
            shares: division.shares.into(),
            threshold: division.threshold.into(),
            ..before.clone()
        };
        let (before, context) = (before.clone(), context.clone());
        let kept = self.db().write(move |tx| {
            if !store::update_seal(tx, &after, &before)? {
                return Ok(Err(Fault::refused("somebody else has made new shares meanwhile")));
            }
            let event = audit::Event::new("update", "credential-seals", &after.cluster_id)
                .with("shares", after.shares)
                .with("threshold", after.threshold);
            audit::record(tx, &context, &event)?;
            Ok(Ok(()))
        });
        kept.await??;
        Ok(new_shares)
    }
}

fn described(gathering: Option<&Gathering<Division>>, written: &WrittenSeal) -> Rekeying {
    Rekeying {
        begun: gathering.map(|gathering| (gathering.nonce.clone(), gathering.purpose)),
        progress: gathering.map_or(0, Gathering::progress),
        required: written.threshold,
        new_shares: None,
    }
}
