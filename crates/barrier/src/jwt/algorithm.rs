//! The ways to sign a token that are believed here.

use std::str::FromStr;

/// A signature algorithm with a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with PKCS #1 padding and SHA-256.
    Rs256,
    /// RSA with PKCS #1 padding and SHA-384.
    Rs384,
    /// RSA with PKCS #1 padding and SHA-512.
    Rs512,
    /// RSA-PSS with SHA-256.
    Ps256,
    /// RSA-PSS with SHA-384.
    Ps384,
    /// RSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

/// An algorithm that is not believed here, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotBelieved;

impl FromStr for Algorithm {
    type Err = NotBelieved;

    fn from_str(name: &str) -> Result<Self, NotBelieved> {
        Ok(match name {
            "RS256" => Self::Rs256,
            "RS384" => Self::Rs384,
            "RS512" => Self::Rs512,
            "PS256" => Self::Ps256,
            "PS384" => Self::Ps384,
            "PS512" => Self::Ps512,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            // The second is its newer name (RFC 9864).
            "EdDSA" | "Ed25519" => Self::EdDsa,
            _ => return Err(NotBelieved),
        })
    }
}
