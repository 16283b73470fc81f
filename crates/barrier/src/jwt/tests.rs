//! Tokens of every kind, honest and not.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::hmac_sha256;

mod signer;

use signer::Signer;

const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_micros(NOW * 1_000_000)
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn keys(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({"keys": keys}).to_string().as_bytes()).unwrap()
}

fn claims() -> Value {
    json!({"iss": "https://issuer", "sub": "me", "exp": NOW + 300, "iat": NOW, "nbf": NOW})
}

fn judge(token: &str, keys: &KeySet) -> Result<Claims, JwtError> {
    verify(token, keys, now(), LEEWAY)
}

#[test]
fn every_algorithm_is_believed_with_its_own_kind_of_key_only() {
    let signers = Signer::all();
    for signer in &signers {
        let token = signer.token(&json!({"kid": "a"}), &claims());
        for other in &signers {
            // Keys of the same kind without a word on the algorithm.
            let set = keys(&[other.jwk(json!({"kid": "a"}))]);
            let expected = if signer.is(other) {
                Ok("me")
            } else if signer.kind() == other.kind() {
                Err(JwtError::Signature)
            } else {
                Err(JwtError::OtherKind)
            };
            let found = judge(&token, &set);
            let found = found.as_ref().map(|claims| claims.subject().unwrap());
            assert_eq!(found, expected.as_ref().copied(), "{} with {}", signer.name, other.name);
        }
        // A key that says what it is for is for nothing else.
        for algorithm in ["RS256", "PS512", "ES256", "ES384", "EdDSA", "HS256"] {
            let set = keys(&[signer.jwk(json!({"kid": "a", "alg": algorithm}))]);
            assert_eq!(judge(&token, &set).is_ok(), algorithm == signer.name, "{algorithm}");
        }
    }
}

#[test]
fn ed25519_has_two_names() {
    let signer = Signer::all().pop().unwrap();
    for header in ["EdDSA", "Ed25519"] {
        let token = signer.token(&json!({"alg": header}), &claims());
        for algorithm in ["EdDSA", "Ed25519"] {
            assert!(judge(&token, &keys(&[signer.jwk(json!({"alg": algorithm}))])).is_ok());
        }
        assert!(judge(&token, &keys(&[signer.jwk(json!({"alg": "ES256"}))])).is_err());
    }
}

#[test]
fn a_changed_token_is_not_believed() {
    for signer in Signer::all() {
        let set = keys(&[signer.jwk(json!({}))]);
        let token = signer.token(&json!({}), &claims());
        let parts: Vec<_> = token.split('.').collect();
        let other = encode(&json!({"iss": "https://issuer", "sub": "you", "exp": NOW + 300}));
        let changed = [
            format!("{}.{other}.{}", parts[0], parts[2]),
            format!("{}.{}.{}", encode(&json!({"alg": signer.name})), parts[1], &parts[2][4..]),
            format!("{}.{}.", parts[0], parts[1]),
        ];
        for token in changed {
            assert_eq!(judge(&token, &set), Err(JwtError::Signature), "{}", signer.name);
        }
    }
}

#[test]
fn signatures_without_a_private_key_are_refused() {
    let rsa = &Signer::all()[0];
    let jwk = rsa.jwk(json!({"kid": "a"}));
    let set = keys(std::slice::from_ref(&jwk));
    let document = super::jwks_of_pem(&[rsa.spki_pem()]).unwrap();
    assert_eq!(KeySet::parse(document.as_bytes()).unwrap().len(), 1);
    let public = [jwk.to_string(), jwk["n"].as_str().unwrap().to_owned(), rsa.spki_pem()];
    for algorithm in ["HS256", "HS384", "HS512"] {
        for secret in &public {
            let head = encode(&json!({"alg": algorithm, "kid": "a"}));
            let message = format!("{head}.{}", encode(&claims()));
            let signature = URL_SAFE_NO_PAD.encode(hmac_sha256(secret, &message));
            let token = format!("{message}.{signature}");
            assert_eq!(judge(&token, &set), Err(JwtError::Algorithm(algorithm.to_owned())));
        }
    }
    for algorithm in [
        json!("none"),
        json!("None"),
        json!("nOnE"),
        json!(""),
        json!("rs256"),
        json!("RS256 "),
        json!("ES256K"),
        json!("ES512"),
        json!(null),
        json!(["RS256"]),
    ] {
        for signature in ["", "AAAA"] {
            let head = encode(&json!({"alg": algorithm, "kid": "a"}));
            let token = format!("{head}.{}.{signature}", encode(&claims()));
            assert!(matches!(judge(&token, &set), Err(JwtError::Algorithm(_))), "{algorithm}");
        }
    }
    let odd = format!("{}.{}.", encode(&json!({"alg": "x".repeat(1000)})), encode(&claims()));
    assert_eq!(judge(&odd, &set), Err(JwtError::Algorithm("x".repeat(32))));
}

#[test]
fn symmetric_keys_and_those_of_others_are_passed_over() {
    let signer = &Signer::all()[0];
    let set = keys(&[
        json!({"kty": "oct", "k": "c2VjcmV0", "kid": "a", "alg": "HS256"}),
        json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
        json!({"kty": "OKP", "crv": "X25519", "x": "AA"}),
        json!({"kty": "quantum"}),
        json!({}),
        json!(7),
        signer.jwk(json!({"use": "enc"})),
        signer.jwk(json!({"key_ops": ["encrypt"]})),
        signer.jwk(json!({"key_ops": "verify"})),
        signer.jwk(json!({"alg": 7})),
        signer.jwk(json!({"alg": "RSA-OAEP"})),
    ]);
    assert!(set.is_empty());
    let token = signer.token(&json!({}), &claims());
    assert_eq!(judge(&token, &set), Err(JwtError::UnknownKey));
    assert_eq!(keys(&[signer.jwk(json!({"use": "sig", "key_ops": ["verify"]}))]).len(), 1);
    let many: Vec<_> = (0..200).map(|number| signer.jwk(json!({"kid": number}))).collect();
    assert_eq!(keys(&many).len(), 100);
    for wrong in ["", "[]", "{}", "{\"keys\": {}}", "<html>"] {
        assert!(matches!(KeySet::parse(wrong.as_bytes()), Err(JwtError::Keys(_))), "{wrong}");
    }
}

#[test]
fn the_key_that_a_token_names_must_be_there() {
    let all = Signer::all();
    let (one, foreign) = (&all[6], Signer::es256());
    let named = keys(&[one.jwk(json!({"kid": "a"})), foreign.jwk(json!({"kid": "b"}))]);
    let nameless = keys(&[foreign.jwk(json!({})), one.jwk(json!({}))]);
    for (head, set, expected) in [
        (json!({"kid": "a"}), &named, Ok(())),
        (json!({}), &named, Ok(())),
        (json!({"kid": 7}), &named, Ok(())),
        (json!({"kid": "a"}), &nameless, Ok(())),
        (json!({}), &nameless, Ok(())),
        (json!({"kid": "b"}), &named, Err(JwtError::Signature)),
        (json!({"kid": "c"}), &named, Err(JwtError::UnknownKey)),
        (json!({"kid": "a"}), &keys(&[]), Err(JwtError::UnknownKey)),
        (json!({"kid": "a"}), &keys(&[foreign.jwk(json!({}))]), Err(JwtError::Signature)),
        (
            json!({}),
            &keys(&[foreign.jwk(json!({})), all[0].jwk(json!({}))]),
            Err(JwtError::Signature),
        ),
    ] {
        assert_eq!(judge(&one.token(&head, &claims()), set).map(drop), expected, "{head}");
    }
    // Keys that come along in the token are nobody's.
    let own = json!({"jwk": foreign.jwk(json!({})), "kid": "x", "jku": "https://evil"});
    assert_eq!(judge(&foreign.token(&own, &claims()), &named), Err(JwtError::UnknownKey));
}

#[test]
fn times_are_judged_with_a_minutes_grace() {
    let signer = Signer::es256();
    let set = keys(&[signer.jwk(json!({}))]);
    for (claims, expected) in [
        (json!({"exp": NOW + 1}), Ok(())),
        (json!({"exp": NOW - 59}), Ok(())),
        (json!({"exp": NOW - 60}), Err(JwtError::Expired)),
        (json!({"exp": 0}), Err(JwtError::Expired)),
        (json!({"exp": -1e300}), Err(JwtError::Expired)),
        (json!({"exp": 1e300}), Ok(())),
        (json!({}), Err(JwtError::Endless)),
        (json!({"exp": "never"}), Err(JwtError::Time("exp"))),
        (json!({"exp": NOW + 1, "nbf": NOW + 60}), Ok(())),
        (json!({"exp": NOW + 1, "nbf": NOW + 61}), Err(JwtError::NotYetValid)),
        (json!({"exp": NOW + 1, "nbf": "x"}), Err(JwtError::Time("nbf"))),
        (json!({"exp": NOW + 1, "iat": NOW + 60}), Ok(())),
        (json!({"exp": NOW + 1, "iat": NOW + 61}), Err(JwtError::FromTheFuture)),
        (json!({"exp": NOW + 1, "iat": []}), Err(JwtError::Time("iat"))),
    ] {
        assert_eq!(judge(&signer.token(&json!({}), &claims), &set).map(drop), expected, "{claims}");
    }
    let token = signer.token(&json!({}), &json!({"exp": NOW}));
    assert_eq!(verify(&token, &set, now(), Duration::ZERO), Err(JwtError::Expired));
}

#[test]
fn what_is_not_a_token_is_refused_with_a_reason() {
    let signer = Signer::es256();
    let set = keys(&[signer.jwk(json!({}))]);
    let token = signer.token(&json!({}), &claims());
    let head = encode(&json!({"alg": "ES256"}));
    for (token, expected) in [
        (String::new(), "not three parts"),
        ("a.b".to_owned(), "not three parts"),
        ("a.b.c.d.e".to_owned(), "not three parts"),
        (format!("{token}.x"), "not three parts"),
        (format!("..{token}"), "not three parts"),
        ("..".to_owned(), "header can't be read"),
        (format!("!{token}"), "header can't be read"),
        (format!("{}.e30.", URL_SAFE_NO_PAD.encode("[]")), "header can't be read"),
        (format!("{head}.!."), "claims can't be read"),
        (format!("{head}.{}.", URL_SAFE_NO_PAD.encode("\"x\"")), "claims can't be read"),
        (format!("{token}="), "signature can't be read"),
        (format!("{token} "), "signature can't be read"),
    ] {
        let error = judge(&token, &set).unwrap_err().to_string();
        assert!(error.contains(expected), "{token}: {error}");
    }
    let critical = signer.token(&json!({"crit": ["b64"], "b64": false}), &claims());
    assert_eq!(judge(&critical, &set), Err(JwtError::Extension));
}

#[test]
fn a_megabyte_is_refused_unread() {
    let signer = Signer::es256();
    let set = keys(&[signer.jwk(json!({}))]);
    let large = |size: usize| {
        signer.token(&json!({}), &json!({"exp": NOW + 1, "padding": "x".repeat(size)}))
    };
    assert!(judge(&large(10_000), &set).is_ok());
    assert_eq!(judge(&large(1 << 20), &set), Err(JwtError::TooLong));
    assert_eq!(judge(&"x".repeat(1 << 20), &set), Err(JwtError::TooLong));
    // Deeply nested claims do not exhaust the stack.
    let deep = format!("{{\"a\":{}", "[".repeat(12_000));
    let token = format!("{}.{}.AA", encode(&json!({"alg": "ES256"})), URL_SAFE_NO_PAD.encode(deep));
    assert!(matches!(judge(&token, &set), Err(JwtError::Form(_))));
}

proptest::proptest! {
    #[test]
    fn nothing_makes_the_reader_fail(text in "[a-zA-Z0-9._=-]{0,200}") {
        let _ = Unverified::parse(&text);
    }
}
