//! Why a token is not believed.

use super::MAX_LENGTH;

/// Why a token is not believed, as a sentence for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// More bytes than any honest token has.
    #[error("the token is longer than {MAX_LENGTH} bytes")]
    TooLong,
    /// Not three parts in base64url of which the first two are JSON objects.
    #[error("this is not a signed token: {0}")]
    Form(&'static str),
    /// `none`, an HMAC, or unknown.
    #[error("signatures of the kind {0:?} are not accepted")]
    Algorithm(String),
    /// The header demands to be understood in a way that it is not.
    #[error("the token demands extensions that are not known here")]
    Extension,
    /// The token names a key that is not among the issuer's.
    #[error("the issuer has no such key")]
    UnknownKey,
    /// The issuer's key is for another kind of signature.
    #[error("the issuer's key is for another kind of signature")]
    OtherKind,
    /// The signature is not the issuer's.
    #[error("the signature is wrong")]
    Signature,
    /// Tokens without an end are refused.
    #[error("the token has no end (exp)")]
    Endless,
    /// A time is no number.
    #[error("the token's time {0} is not a number")]
    Time(&'static str),
    /// Past its end.
    #[error("the token has expired")]
    Expired,
    /// Before its beginning.
    #[error("the token is not valid yet (nbf)")]
    NotYetValid,
    /// Made in the future.
    #[error("the token was issued in the future (iat)")]
    FromTheFuture,
    /// A key set that can't be read.
    #[error("this is not a set of keys (JWKS): {0}")]
    Keys(&'static str),
}
