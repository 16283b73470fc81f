//! A sign-in that was begun here and is to come back from the other server.
//!
//! All of it stands, sealed, in the request's `state`; so several windows can sign in at once, and
//! nobody else learns where one wanted to go. It opens only with the binding, a random text that
//! the browser keeps in a cookie: what was begun in one browser ends in no other.

use std::time::Duration;

use barrier::{Barrier, random_bytes, random_token, sha256};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Error, Result, Secret, Timestamp};
use serde::{Deserialize, Serialize};

/// How long somebody may take at the other server.
const PATIENCE: Duration = Duration::from_mins(15);
/// How long the browser keeps the binding.
pub(crate) const BINDING_LIFETIME: Duration = Duration::from_hours(1);
/// How long a binding is: 256 bits in base64.
const BINDING_LENGTH: usize = 43;
/// Longer places are forgotten: an address has only so much room.
const MAX_RETURN_TO: usize = 1_000;

/// A sign-in that was begun.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// What goes to the other server and comes back.
    pub(crate) state: String,
    /// What the identity must hold, so that it is the answer to this very request.
    pub(crate) nonce: String,
    /// Where to go in the end.
    pub(crate) return_to: String,
    verifier: Secret<String>,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Contents {
    nonce: String,
    verifier: String,
    return_to: String,
    end: i64,
}

impl Attempt {
    /// Begins one.
    pub(crate) fn begin(
        barrier: &Barrier,
        binding: &str,
        return_to: &str,
        now: Timestamp,
    ) -> Result<Self> {
        let return_to = if return_to.len() <= MAX_RETURN_TO { return_to } else { "/app" };
        let contents = Contents {
            nonce: URL_SAFE_NO_PAD.encode(random_bytes::<16>()),
            verifier: random_token("").into_exposed(),
            return_to: return_to.to_owned(),
            end: now.plus(PATIENCE).as_micros(),
        };
        let plain = serde_json::to_vec(&contents).map_err(Error::internal)?;
        let sealed = barrier.system_key().seal(place(binding).as_bytes(), &plain)?;
        Ok(Self::new(URL_SAFE_NO_PAD.encode(sealed), contents))
    }

    /// The one that came back. None if it was not begun in this browser, or too long ago.
    pub(crate) fn reopen(
        barrier: &Barrier,
        binding: &str,
        state: &str,
        now: Timestamp,
    ) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(state).ok()?;
        let plain = barrier.system_key().open(place(binding).as_bytes(), &sealed).ok()?;
        let contents: Contents = serde_json::from_slice(&plain).ok()?;
        let in_time = Timestamp::from_micros(contents.end) > now;
        in_time.then(|| Self::new(state.to_owned(), contents))
    }

    fn new(state: String, contents: Contents) -> Self {
        let Contents { nonce, verifier, return_to, .. } = contents;
        Self { state, nonce, return_to, verifier: Secret::new(verifier) }
    }

    /// What shows, together with the code, that it was begun here.
    pub(crate) const fn verifier(&self) -> &Secret<String> {
        &self.verifier
    }

    /// The hash of the verifier, which goes ahead.
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(sha256(self.verifier.expose()))
    }
}

/// A browser's binding: the one that it has, if it can be one of ours, or a new one.
pub(crate) fn binding(cookie: Option<&str>) -> String {
    let usable = |text: &&str| {
        text.len() == BINDING_LENGTH
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    match cookie.filter(usable) {
        Some(known) => known.to_owned(),
        None => URL_SAFE_NO_PAD.encode(random_bytes::<32>()),
    }
}

fn place(binding: &str) -> String {
    format!("sign-in:{binding}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Site;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    #[tokio::test]
    async fn what_was_begun_comes_back_to_the_same_browser_in_time() {
        let site = Site::new();
        let barrier = site.identity.barrier();
        let (own, other) = (binding(None), binding(None));
        let begun = Attempt::begin(barrier, &own, "/app/acme/workspaces", NOW).unwrap();
        let reopen =
            |binding: &str, state: &str, now| Attempt::reopen(barrier, binding, state, now);
        let back = reopen(&own, &begun.state, NOW.plus(PATIENCE / 2)).unwrap();
        assert_eq!((&back.nonce, &back.return_to), (&begun.nonce, &begun.return_to));
        assert_eq!(back.challenge(), begun.challenge());
        assert_eq!(back.challenge(), URL_SAFE_NO_PAD.encode(sha256(back.verifier().expose())));
        assert!(reopen(&own, &begun.state, NOW.plus(PATIENCE)).is_none());
        assert!(reopen(&other, &begun.state, NOW).is_none());
        assert!(reopen("", &begun.state, NOW).is_none());
        for state in ["", "x", "AAAA", begun.state.get(4..).unwrap()] {
            assert!(reopen(&own, state, NOW).is_none(), "{state}");
        }
        let again = Attempt::begin(barrier, &own, "/app", NOW).unwrap();
        assert!(again.nonce != begun.nonce && again.challenge() != begun.challenge());
    }

    #[tokio::test]
    async fn the_other_server_learns_nothing_from_the_state() {
        let site = Site::new();
        let long = format!("/app/{}", "x".repeat(2_000));
        let begun = Attempt::begin(site.identity.barrier(), "b", &long, NOW).unwrap();
        assert_eq!(begun.return_to, "/app");
        assert!(begun.state.len() < 500, "{}", begun.state.len());
        let shown =
            String::from_utf8_lossy(&URL_SAFE_NO_PAD.decode(&begun.state).unwrap()).into_owned();
        assert!(
            !shown.contains("return_to")
                && !format!("{begun:?}").contains(begun.verifier().expose())
        );
    }

    #[test]
    fn a_browser_keeps_its_binding_if_it_is_one() {
        let own = binding(None);
        assert_eq!(own.len(), BINDING_LENGTH);
        assert_eq!(binding(Some(&own)), own);
        for strange in ["", "short", &"=".repeat(BINDING_LENGTH), &"x".repeat(44)] {
            assert_ne!(binding(Some(strange)), strange);
        }
    }
}
