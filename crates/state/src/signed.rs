//! The secrets in `/blobs/…` paths: short-lived, and good for one thing with one object only.
//!
//! A secret is readable (`<deed>.<version>.<organization>.<credential>.<expiry>.<signature>`) and
//! can't be made or changed without the barrier's key. It saves the upload a look-up, too: all that
//! is needed to take the bytes in stands in it. It names the token or session that it was given to,
//! and is good for nothing once that has ended.

use barrier::Barrier;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::Method;
use identity::Credential;
use kernel::{OrganizationId, StateVersionId, Timestamp};

const PURPOSE: &str = "state blob";

/// What a secret is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Sending a state's bytes.
    UploadState,
    /// Sending its JSON representation.
    UploadJson,
    /// Fetching a state's bytes.
    DownloadState,
    /// Fetching its JSON representation.
    DownloadJson,
}

impl Deed {
    const ALL: [Self; 4] =
        [Self::UploadState, Self::UploadJson, Self::DownloadState, Self::DownloadJson];

    const fn word(self) -> &'static str {
        match self {
            Self::UploadState => "put-state",
            Self::UploadJson => "put-json",
            Self::DownloadState => "get-state",
            Self::DownloadJson => "get-json",
        }
    }

    /// The one method it is done with.
    pub(crate) const fn method(self) -> Method {
        match self {
            Self::UploadState | Self::UploadJson => Method::PUT,
            Self::DownloadState | Self::DownloadJson => Method::GET,
        }
    }
}

/// What stands in a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// What may be done.
    pub(crate) deed: Deed,
    /// With which state version.
    pub(crate) version: StateVersionId,
    /// The organization that it belongs to.
    pub(crate) organization: OrganizationId,
    /// What it was given to.
    pub(crate) credential: Credential,
    /// Until when.
    pub(crate) expires_at: Timestamp,
}

impl Grant {
    /// The path that grants it.
    pub(crate) fn path(&self, barrier: &Barrier) -> String {
        let payload = self.payload();
        let tag = URL_SAFE_NO_PAD.encode(barrier.sign(PURPOSE, payload.as_bytes()));
        format!("/blobs/{payload}.{tag}")
    }

    /// What a secret grants with this method right now: nothing unless it is ours, whole, and not
    /// expired.
    pub(crate) fn read(
        barrier: &Barrier,
        secret: &str,
        method: &Method,
        now: Timestamp,
    ) -> Option<Self> {
        let (payload, tag) = secret.rsplit_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        if !barrier.verify(PURPOSE, payload.as_bytes(), &tag) {
            return None;
        }
        let grant = Self::parse(payload)?;
        (grant.deed.method() == *method && now < grant.expires_at).then_some(grant)
    }

    fn payload(&self) -> String {
        let Self { deed, version, organization, credential, expires_at } = self;
        let (word, expiry) = (deed.word(), expires_at.as_micros());
        format!("{word}.{version}.{organization}.{credential}.{expiry}")
    }

    fn parse(payload: &str) -> Option<Self> {
        let mut parts = payload.split('.');
        let (word, version, organization) = (parts.next()?, parts.next()?, parts.next()?);
        let (credential, expires_at) = (parts.next()?, parts.next()?);
        Some(Self {
            deed: Deed::ALL.into_iter().find(|deed| deed.word() == word)?,
            version: version.parse().ok()?,
            organization: organization.parse().ok()?,
            credential: credential.parse().ok()?,
            expires_at: Timestamp::from_micros(expires_at.parse().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use kernel::TokenId;

    use super::*;

    #[test]
    fn a_secret_says_all_there_is_to_know() {
        for deed in Deed::ALL {
            let grant = Grant {
                deed,
                version: StateVersionId::generate(),
                organization: OrganizationId::generate(),
                credential: Credential::Token(TokenId::generate()),
                expires_at: Timestamp::from_micros(1_234_567),
            };
            assert_eq!(Grant::parse(&grant.payload()), Some(grant));
        }
        assert_eq!(Grant::parse(""), None);
        assert_eq!(Grant::parse("put-state.sv-1.org-1.at-1.x"), None);
    }
}
