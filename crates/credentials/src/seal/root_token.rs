//! A root token for those who hold enough shares and have no other left.
//!
//! It is given out under a mask that whoever began holds, so that the one who gives the last share
//! does not get to know it.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use kernel::Secret;

use super::{Gathering, SealKind, shares};
use crate::{Credentials, fault::Fault, ids, store::WrittenSeal};

/// As long as a token, and nobody can guess it.
pub(crate) type Mask = Secret<String>;

/// How an attempt stands.
#[derive(Default)]
pub(crate) struct Attempt {
    /// None: there is no attempt.
    pub(crate) nonce: Option<String>,
    pub(crate) progress: usize,
    pub(crate) required: i64,
    /// The token under its mask, once there are enough shares.
    pub(crate) encoded_token: Option<String>,
}

/// How long masks are.
pub(crate) fn mask_length() -> usize {
    ids::token().expose().len()
}

impl Credentials {
    /// How the attempt stands, if there is one.
    pub(crate) async fn root_attempt(&self) -> Result<Attempt, Fault> {
        let written = self.in_shares().await?;
        let gathered = self.seal().gathered();
        Ok(Attempt {
            nonce: gathered.root_token.as_ref().map(|attempt| attempt.nonce.clone()),
            progress: gathered.root_token.as_ref().map_or(0, Gathering::progress),
            required: written.threshold,
            encoded_token: None,
        })
    }

    /// Begins one. The mask is made up unless one is given.
    pub(crate) async fn begin_root_attempt(&self, mask: String) -> Result<Mask, Fault> {
        self.in_shares().await?;
        let mask = if mask.is_empty() {
            ids::random_text(mask_length())
        } else if mask.len() == mask_length() {
            mask
        } else {
            return Err(Fault::refused("OTP string is wrong length"));
        };
        let mut gathered = self.seal().gathered();
        if gathered.root_token.is_some() {
            return Err(Fault::refused("root generation already in progress"));
        }
        let mask = Secret::new(mask);
        gathered.root_token = Some(Gathering::new(mask.clone()));
        Ok(mask)
    }

    /// Ends it without a token.
    pub(crate) fn cancel_root_attempt(&self) {
        self.seal().gathered().root_token = None;
    }

    /// Takes a share for it; the last that is needed gives the token.
    pub(crate) async fn continue_root_attempt(
        &self,
        share: &str,
        nonce: &str,
    ) -> Result<Attempt, Fault> {
        let share = shares::read(share)?;
        let written = self.in_shares().await?;
        let (attempt, enough) = {
            let mut gathered = self.seal().gathered();
            let gathering = gathered
                .root_token
                .as_mut()
                .ok_or_else(|| Fault::refused("no root generation in progress"))?;
            if gathering.nonce != nonce {
                return Err(Fault::refused(format!(
                    "incorrect nonce supplied; nonce for this root generation operation is {:?}",
                    gathering.nonce
                )));
            }
            gathering.take(share);
            let attempt = Attempt {
                nonce: Some(gathering.nonce.clone()),
                progress: gathering.progress(),
                required: written.threshold,
                encoded_token: None,
            };
            let enough = gathering.enough(written.threshold);
            let mask = gathering.purpose.clone();
            if enough.is_some() {
                gathered.root_token = None;
            }
            (attempt, enough.map(|shares| (shares, mask)))
        };
        let Some((enough, mask)) = enough else { return Ok(attempt) };
        shares::open_root(&enough, &written)?;
        let token = self.create_root_token("root", Duration::ZERO).await?;
        Ok(Attempt { encoded_token: Some(masked(&token, &mask)), ..attempt })
    }

    /// How the key is kept; refused where nobody holds shares.
    pub(super) async fn in_shares(&self) -> Result<WrittenSeal, Fault> {
        let written = self.written_seal().await?.filter(|seal| seal.kind == SealKind::Shamir);
        written.ok_or_else(|| {
            Fault::refused(
                "nobody holds shares of this server's key: on its own machine, `stateward admin \
                 create-root-token` makes a root token",
            )
        })
    }
}

fn masked(token: &Secret<String>, mask: &Mask) -> String {
    let pairs = token.expose().bytes().zip(mask.expose().bytes());
    STANDARD_NO_PAD.encode(pairs.map(|(token, mask)| token ^ mask).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_the_mask_takes_it_off() {
        let (token, mask) = (ids::token(), Secret::new(ids::random_text(mask_length())));
        let masked = STANDARD_NO_PAD.decode(masked(&token, &mask)).unwrap();
        let bytes: Vec<u8> =
            masked.iter().zip(mask.expose().bytes()).map(|(one, other)| one ^ other).collect();
        assert_eq!(bytes, token.expose().as_bytes());
    }
}
