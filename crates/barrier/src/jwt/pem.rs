//! Public keys as PEM files hold them (RFC 7468, 5280), turned into the JSON that issuers publish.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use super::{JwtError, key::Key};

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const NAME: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// The version of a certificate, which old ones don't have.
const VERSION: u8 = 0xa0;

/// The JWKS document of the public key in each text: a `PUBLIC KEY`, an `RSA PUBLIC KEY`, or the
/// key of a `CERTIFICATE`.
pub fn jwks_of_pem(texts: &[impl AsRef<str>]) -> Result<String, JwtError> {
    let keys: Option<Vec<Value>> = texts.iter().map(|text| jwk(text.as_ref())).collect();
    let keys = keys.ok_or(JwtError::Keys("one of the keys is no public key in PEM"))?;
    Ok(json!({ "keys": keys }).to_string())
}

fn jwk(text: &str) -> Option<Value> {
    let (_, text) = text.split_once("-----BEGIN ")?;
    let (label, text) = text.split_once("-----")?;
    let (body, _) = text.split_once("-----END ")?;
    let body: String = body.chars().filter(|character| !character.is_whitespace()).collect();
    let der = STANDARD.decode(body).ok()?;
    let (document, _) = element(&der, SEQUENCE)?;
    let jwk = match label {
        "PUBLIC KEY" => public_key(document),
        "RSA PUBLIC KEY" => rsa(document),
        "CERTIFICATE" => public_key(key_of_certificate(document)?),
        _ => None,
    }?;
    // Only what can be used later is taken now.
    Key::read(&jwk).map(|_| jwk)
}

/// The key in a certificate: behind its version, number, algorithm, issuer, validity and subject.
fn key_of_certificate(certificate: &[u8]) -> Option<&[u8]> {
    let (mut rest, _) = element(certificate, SEQUENCE)?;
    if let Some((_, others)) = element(rest, VERSION) {
        rest = others;
    }
    (_, rest) = element(rest, INTEGER)?;
    for _ in 0..4 {
        (_, rest) = element(rest, SEQUENCE)?;
    }
    element(rest, SEQUENCE).map(|(key, _)| key)
}

fn public_key(document: &[u8]) -> Option<Value> {
    let (algorithm, rest) = element(document, SEQUENCE)?;
    let (bits, _) = element(rest, BITS)?;
    let key = bits.strip_prefix(&[0])?;
    let (name, parameters) = element(algorithm, NAME)?;
    match name {
        RSA => rsa(element(key, SEQUENCE)?.0),
        EC => match element(parameters, NAME)?.0 {
            P256 => ec("P-256", 32, key),
            P384 => ec("P-384", 48, key),
            _ => None,
        },
        ED25519 => Some(json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(key) })),
        _ => None,
    }
}

fn rsa(document: &[u8]) -> Option<Value> {
    let (modulus, rest) = element(document, INTEGER)?;
    let (exponent, _) = element(rest, INTEGER)?;
    Some(json!({ "kty": "RSA", "n": encode(modulus), "e": encode(exponent) }))
}

fn ec(curve: &str, length: usize, point: &[u8]) -> Option<Value> {
    let (x, y) = point.strip_prefix(&[4])?.split_at_checked(length)?;
    Some(json!({ "kty": "EC", "crv": curve, "x": encode(x), "y": encode(y) }))
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The contents of the first element, if it is of this kind, and what follows it.
fn element(der: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    if *first != kind {
        return None;
    }
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(*length) {
        short @ 0..=0x7f => (short, rest),
        long => {
            let (bytes, rest) = rest.split_at_checked(long - 0x80)?;
            if bytes.is_empty() || bytes.len() > 3 {
                return None;
            }
            let length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            (length, rest)
        }
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EC_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
";
    const ED_KEY: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----";

    #[test]
    fn keys_of_each_kind_are_read() {
        let (ec, ed) = (jwk(EC_KEY).unwrap(), jwk(ED_KEY).unwrap());
        assert_eq!((ec["kty"].as_str(), ec["crv"].as_str()), (Some("EC"), Some("P-256")));
        assert_eq!(ed["x"], "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE");
        let set = super::super::KeySet::parse(jwks_of_pem(&[EC_KEY, ED_KEY]).unwrap().as_bytes());
        assert_eq!(set.unwrap().len(), 2);
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [
            "",
            "nope",
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
            "-----BEGIN PRIVATE KEY-----\nMCowBQYDK2VwAyEA\n-----END PRIVATE KEY-----",
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nMIL/////\n-----END PUBLIC KEY-----",
            "-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----",
        ] {
            assert!(jwks_of_pem(&[wrong]).is_err(), "{wrong}");
        }
        assert!(jwks_of_pem(&[ED_KEY, "nope"]).is_err());
    }
}
