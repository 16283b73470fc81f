//! Keys of every kind that sign tokens, for tests.

use aws_lc_rs::{
    encoding::AsDer as _,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
        RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
    },
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

pub(super) struct Signer {
    pub(super) name: &'static str,
    key: Key,
}

enum Key {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair, &'static str),
    Ed(Ed25519KeyPair),
}

impl Signer {
    /// One of each.
    pub(super) fn all() -> Vec<Self> {
        let encodings: [(&str, &'static dyn RsaEncoding); 6] = [
            ("RS256", &RSA_PKCS1_SHA256),
            ("RS384", &RSA_PKCS1_SHA384),
            ("RS512", &RSA_PKCS1_SHA512),
            ("PS256", &RSA_PSS_SHA256),
            ("PS384", &RSA_PSS_SHA384),
            ("PS512", &RSA_PSS_SHA512),
        ];
        let rsa = |(name, encoding)| Self {
            name,
            key: Key::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap(), encoding),
        };
        let p384 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
        let mut all: Vec<_> = encodings.into_iter().map(rsa).collect();
        all.push(Self::es256());
        all.push(Self { name: "ES384", key: Key::Ec(p384, "P-384") });
        all.push(Self { name: "EdDSA", key: Key::Ed(Ed25519KeyPair::generate().unwrap()) });
        all
    }

    pub(super) fn es256() -> Self {
        let p256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { name: "ES256", key: Key::Ec(p256, "P-256") }
    }

    /// Which keys it can be confused with.
    pub(super) const fn kind(&self) -> &'static str {
        match &self.key {
            Key::Rsa(..) => "RSA",
            Key::Ec(_, curve) => curve,
            Key::Ed(_) => "Ed25519",
        }
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }

    /// A token, with more in its header.
    pub(super) fn token(&self, header: &Value, claims: &Value) -> String {
        let mut head = json!({"alg": self.name});
        head.as_object_mut().unwrap().extend(header.as_object().unwrap().clone());
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(&head), encode(claims));
        let signature = self.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.key {
            Key::Rsa(key, encoding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*encoding, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            }
            Key::Ec(key, _) => key.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Key::Ed(key) => key.sign(message).as_ref().to_vec(),
        }
    }

    /// The public key, with more attributes.
    pub(super) fn jwk(&self, more: Value) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &self.key {
            Key::Rsa(key, _) => {
                let (modulus, exponent) = components(key.public_key().as_ref());
                // As some write it, with the zero in front that makes it positive.
                json!({"kty": "RSA", "n": text(&[&[0], modulus].concat()), "e": text(exponent)})
            }
            Key::Ec(key, curve) => {
                let point = &key.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                json!({"kty": "EC", "crv": curve, "x": text(x), "y": text(y)})
            }
            Key::Ed(key) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": text(key.public_key().as_ref())})
            }
        };
        jwk.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        jwk
    }

    /// The public key as servers publish it for other purposes.
    pub(super) fn spki_pem(&self) -> String {
        let Key::Rsa(key, _) = &self.key else { panic!("RSA only") };
        let der = key.public_key().as_der().unwrap();
        format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            STANDARD.encode(der.as_ref())
        )
    }
}

/// Modulus and exponent out of a DER sequence of two numbers.
fn components(der: &[u8]) -> (&[u8], &[u8]) {
    let (sequence, _) = element(der);
    let (modulus, rest) = element(sequence);
    let (exponent, _) = element(rest);
    (&modulus[1..], exponent)
}

/// The contents of the first element, and what follows it. Lengths here have three bytes or one.
fn element(der: &[u8]) -> (&[u8], &[u8]) {
    let (start, length) = match der[1] {
        0x82 => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
        short => (2, short.into()),
    };
    der[start..].split_at(length)
}
