//! A token, before and after its signature is checked.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Timestamp;
use serde_json::{Map, Value};

use super::{Algorithm, Claims, JwtError, KeySet};

/// The longest token that is read. Those of the large issuers have one or two thousand bytes.
pub const MAX_LENGTH: usize = 16 << 10;

/// How far two clocks may be apart.
pub const LEEWAY: Duration = Duration::from_mins(1);

/// How much of a name that is not known is repeated.
const SHOWN: usize = 32;

/// A token that can be read, and that nobody should believe yet.
#[derive(Clone, Debug)]
pub struct Unverified {
    /// How it claims to be signed.
    pub algorithm: Algorithm,
    /// The key that it claims to be signed with.
    pub key_id: Option<String>,
    /// Whom it claims to come from.
    pub issuer: Option<String>,
    claims: Claims,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Unverified {
    /// Reads a token.
    pub fn parse(token: &str) -> Result<Self, JwtError> {
        if token.len() > MAX_LENGTH {
            return Err(JwtError::TooLong);
        }
        let parts = token.rsplit_once('.').and_then(|(message, signature)| {
            let (header, payload) = message.split_once('.')?;
            (!payload.contains('.')).then_some((message, header, payload, signature))
        });
        let (message, header, payload, signature) =
            parts.ok_or(JwtError::Form("it has not three parts"))?;
        let header = object(header).ok_or(JwtError::Form("its header can't be read"))?;
        let claims = object(payload).ok_or(JwtError::Form("its claims can't be read"))?;
        let signature = decode(signature).ok_or(JwtError::Form("its signature can't be read"))?;
        if header.contains_key("crit") {
            return Err(JwtError::Extension);
        }
        let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or_default();
        let claims = Claims::new(claims);
        Ok(Self {
            algorithm: algorithm
                .parse()
                .map_err(|_| JwtError::Algorithm(algorithm.chars().take(SHOWN).collect()))?,
            key_id: header.get("kid").and_then(Value::as_str).map(str::to_owned),
            issuer: claims.issuer().map(str::to_owned),
            claims,
            message: message.as_bytes().to_vec(),
            signature,
        })
    }

    /// What it says of itself. Good for nothing but to find out who would have to be asked.
    pub const fn claims_unverified(&self) -> &Claims {
        &self.claims
    }

    /// The claims, if the signature is of one of these keys and the token is valid at `now`.
    pub fn verify(
        &self,
        keys: &KeySet,
        now: Timestamp,
        leeway: Duration,
    ) -> Result<Claims, JwtError> {
        keys.verify(self.key_id.as_deref(), self.algorithm, &self.message, &self.signature)?;
        let claims = &self.claims;
        if claims.expires_at()?.plus(leeway) <= now {
            return Err(JwtError::Expired);
        }
        let latest = now.plus(leeway);
        if claims.time("nbf")?.is_some_and(|start| start > latest) {
            return Err(JwtError::NotYetValid);
        }
        if claims.time("iat")?.is_some_and(|issued| issued > latest) {
            return Err(JwtError::FromTheFuture);
        }
        Ok(claims.clone())
    }
}

/// Reads a token and gives its claims, if the signature is of one of these keys and the token is
/// valid at `now`.
pub fn verify(
    token: &str,
    keys: &KeySet,
    now: Timestamp,
    leeway: Duration,
) -> Result<Claims, JwtError> {
    Unverified::parse(token)?.verify(keys, now, leeway)
}

/// Base64url without padding, as tokens and keys are written.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&decode(part)?).ok()
}
