//! Passwords: argon2id on the blocking pool, two at a time, since each takes a core and 19 MiB for
//! a while, and signing in must not take the server away from those who have.

use std::{sync::Arc, time::Duration};

use argon2::{
    Argon2, Params,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use kernel::{Error, Result, Secret};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use crate::Identity;

const AT_ONCE: usize = 2;
const PATIENCE: Duration = Duration::from_secs(10);

/// Checked for people who are not there, so that they take as long as those who are.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c3RhdGV3YXJkLW5vYm9keQ\
                      $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The hash of a new password, in the form that is stored.
    pub(crate) async fn hash(&self, password: Secret<String>) -> Result<String> {
        let turn = self.turn().await?;
        spawn_blocking(move || {
            let _turn = turn;
            let hash: PasswordHash = Argon2::default()
                .hash_password(password.expose().as_bytes())
                .map_err(Error::internal)?;
            Ok(hash.to_string())
        })
        .await
        .map_err(Error::internal)?
    }

    /// Whether a password is the one that was hashed. Without a hash it never is, and takes as
    /// long to find out.
    pub(crate) async fn verify(
        &self,
        password: Secret<String>,
        hash: Option<String>,
    ) -> Result<bool> {
        let turn = self.turn().await?;
        spawn_blocking(move || {
            let _turn = turn;
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
            let hash = PasswordHash::new(&hash).map_err(Error::internal)?;
            let same = Argon2::default().verify_password(password.expose().as_bytes(), &hash);
            Ok(known && same.is_ok())
        })
        .await
        .map_err(Error::internal)?
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        match timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await {
            Ok(turn) => turn.map_err(Error::unavailable),
            Err(_) => Err(Error::unavailable("too many passwords are being checked")),
        }
    }
}

impl Identity {
    /// The hash of a password that others keep, in the form that is stored.
    pub async fn hash_password(&self, password: Secret<String>) -> Result<String> {
        self.passwords().hash(password).await
    }

    /// Whether a password is the one that was hashed. Without a hash it never is, and takes as
    /// long to find out.
    pub async fn verify_password(
        &self,
        password: Secret<String>,
        hash: Option<String>,
    ) -> Result<bool> {
        self.passwords().verify(password, hash).await
    }
}

/// Whether a text is a hash that a password can be compared with, and that no more is asked of the
/// server for it than for those that are made here.
pub fn is_password_hash(text: &str) -> bool {
    let Ok(hash) = PasswordHash::new(text) else { return false };
    let (Ok(params), usual) = (Params::try_from(&hash), Params::default()) else { return false };
    hash.algorithm.as_str() == "argon2id"
        && hash.hash.is_some()
        && hash.salt.is_some()
        && params.m_cost() <= usual.m_cost().saturating_mul(8)
        && params.t_cost() <= usual.t_cost().saturating_mul(8)
        && params.p_cost() <= 16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_is_known_again() {
        let passwords = Passwords::new();
        let hash = passwords.hash(secret("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(passwords.verify(secret("correct horse"), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify(secret("wrong horse"), Some(hash)).await.unwrap());
        assert!(!passwords.verify(secret("correct horse"), None).await.unwrap());
    }

    #[test]
    fn only_affordable_hashes_are_taken() {
        let tail = "$c3RhdGV3YXJkLW5vYm9keQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert!(is_password_hash(NOBODY));
        assert!(is_password_hash(&format!("$argon2id$v=19$m=65536,t=3,p=4{tail}")));
        for wrong in [
            "",
            "x",
            "$2b$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
            &format!("$argon2i$v=19$m=19456,t=2,p=1{tail}"),
            &format!("$argon2id$v=19$m=4194304,t=2,p=1{tail}"),
            &format!("$argon2id$v=19$m=19456,t=1000,p=1{tail}"),
            "$argon2id$v=19$m=19456,t=2,p=1$c3RhdGV3YXJkLW5vYm9keQ",
        ] {
            assert!(!is_password_hash(wrong), "{wrong}");
        }
    }

    #[test]
    fn nobody_takes_as_long_as_somebody() {
        let hash = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&hash).unwrap();
        let usual = Params::default();
        assert_eq!(
            (params.m_cost(), params.t_cost(), params.p_cost()),
            (usual.m_cost(), usual.t_cost(), usual.p_cost())
        );
    }
}
