//! One public key of an issuer, as a JSON Web Key gives it (RFC 7518, 8037).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};
use serde_json::Value;

use super::{Algorithm, JwtError, token::decode};

/// A key for signatures.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) id: Option<String>,
    /// The one algorithm it is for, if it says so.
    algorithm: Option<Algorithm>,
    material: Material,
}

#[derive(Clone)]
enum Material {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// Both coordinates, behind the byte that says so.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl Key {
    /// Reads a key, if it is one that can sign tokens for us: not one to encrypt, not a symmetric
    /// one, not of a kind or for an algorithm that is not known.
    pub(super) fn read(key: &Value) -> Option<Self> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let signs = text("use").is_none_or(|purpose| purpose == "sig");
        let verifies = key.get("key_ops").is_none_or(|operations| {
            let mut operations = operations.as_array().into_iter().flatten();
            operations.any(|operation| operation == "verify")
        });
        if !(signs && verifies) {
            return None;
        }
        let algorithm = match key.get("alg") {
            None => None,
            Some(name) => Some(name.as_str()?.parse().ok()?),
        };
        let material = Material::read(text)?;
        let id = text("kid").map(str::to_owned);
        algorithm.is_none_or(|algorithm| material.fits(algorithm)).then_some(Self {
            id,
            algorithm,
            material,
        })
    }

    /// Whether it can be a signature's key.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        self.algorithm.is_none_or(|own| own == algorithm) && self.material.fits(algorithm)
    }

    /// Checks a signature with an algorithm that fits.
    pub(super) fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), JwtError> {
        if !self.fits(algorithm) {
            return Err(JwtError::OtherKind);
        }
        let plain = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(message, signature)
        };
        match &self.material {
            Material::P256(point) => plain(&ECDSA_P256_SHA256_FIXED, point),
            Material::P384(point) => plain(&ECDSA_P384_SHA384_FIXED, point),
            Material::Ed25519(key) => plain(&ED25519, key),
            Material::Rsa { modulus, exponent } => {
                let parameters = match algorithm {
                    Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
                    Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
                    Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
                    Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    Algorithm::Ps384 => &RSA_PSS_2048_8192_SHA384,
                    Algorithm::Ps512 => &RSA_PSS_2048_8192_SHA512,
                    Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => {
                        return Err(JwtError::OtherKind);
                    }
                };
                RsaPublicKeyComponents { n: modulus, e: exponent }
                    .verify(parameters, message, signature)
            }
        }
        .map_err(|_| JwtError::Signature)
    }
}

impl Material {
    fn read<'a>(text: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let bytes = |name: &str| text(name).and_then(decode);
        match (text("kty")?, text("crv")) {
            ("RSA", _) => {
                Some(Self::Rsa { modulus: number(bytes("n")?), exponent: number(bytes("e")?) })
            }
            ("EC", Some("P-256")) => point(32, bytes("x")?, bytes("y")?).map(Self::P256),
            ("EC", Some("P-384")) => point(48, bytes("x")?, bytes("y")?).map(Self::P384),
            ("OKP", Some("Ed25519")) => bytes("x").filter(|key| key.len() == 32).map(Self::Ed25519),
            _ => None,
        }
    }

    const fn fits(&self, algorithm: Algorithm) -> bool {
        use Algorithm::{EdDsa, Es256, Es384, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
        match self {
            Self::Rsa { .. } => {
                matches!(algorithm, Rs256 | Rs384 | Rs512 | Ps256 | Ps384 | Ps512)
            }
            Self::P256(_) => matches!(algorithm, Es256),
            Self::P384(_) => matches!(algorithm, Es384),
            Self::Ed25519(_) => matches!(algorithm, EdDsa),
        }
    }
}

/// Without the zeros that some put in front.
fn number(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().skip_while(|byte| *byte == 0).collect()
}

/// A point on a curve, uncompressed.
fn point(length: usize, x: Vec<u8>, y: Vec<u8>) -> Option<Vec<u8>> {
    (x.len() == length && y.len() == length).then(|| [vec![4], x, y].concat())
}
