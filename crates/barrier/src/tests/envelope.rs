//! Sealing and opening.

use proptest::prelude::*;

use super::*;

fn key(id: u8) -> Key {
    Key::new([id; ID_LENGTH], [id; 32]).unwrap()
}

fn data_key() -> DataKey {
    DataKey::new("org-test".to_owned(), key(b'a'), vec![])
}

proptest! {
    #[test]
    fn what_is_sealed_opens_at_its_place_only(
        plaintext: Vec<u8>, place: Vec<u8>, other: Vec<u8>,
    ) {
        let sealed = data_key().seal(&place, &plaintext).unwrap();
        prop_assert_eq!(data_key().open(&place, &sealed).unwrap(), plaintext);
        prop_assert_eq!(data_key().open(&other, &sealed).is_ok(), place == other);
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused(
        plaintext in proptest::collection::vec(any::<u8>(), 0..40), place: Vec<u8>,
    ) {
        let sealed = data_key().seal(&place, &plaintext).unwrap();
        for position in 0..sealed.len() {
            for bit in 0..8 {
                let mut wrong = sealed.clone();
                wrong[position] ^= 1 << bit;
                prop_assert!(data_key().open(&place, &wrong).is_err());
            }
            prop_assert!(data_key().open(&place, &sealed[..position]).is_err());
        }
        let longer = [sealed.as_slice(), &[0]].concat();
        prop_assert!(data_key().open(&place, &longer).is_err());
    }

    #[test]
    fn whatever_is_not_an_envelope_is_refused(bytes: Vec<u8>) {
        prop_assert!(data_key().open(b"", &bytes).is_err());
    }
}

#[test]
fn nonces_differ_and_so_do_envelopes() {
    let mut nonces = std::collections::BTreeSet::new();
    for _ in 0..1000 {
        let sealed = data_key().seal(b"place", b"the same").unwrap();
        nonces.insert(sealed[HEADER_LENGTH..HEADER_LENGTH + NONCE_LENGTH].to_vec());
    }
    assert_eq!(nonces.len(), 1000);
}

#[test]
fn the_newest_version_seals_and_each_opens() {
    let old = data_key();
    let ring = DataKey::new("org-test".to_owned(), key(b'a'), vec![key(b'b'), key(b'c')]);
    let middle = DataKey::new("org-test".to_owned(), key(b'b'), vec![]);
    for sealed_by in [&old, &middle, &ring] {
        let sealed = sealed_by.seal(b"place", b"text").unwrap();
        assert_eq!(ring.open(b"place", &sealed).unwrap(), b"text");
    }
    let newest = ring.seal(b"place", b"text").unwrap();
    assert!(old.open(b"place", &newest).is_err());
    assert_eq!(key(b'c').open(b"place", &newest).unwrap(), b"text");
}

#[test]
fn the_same_id_over_another_key_is_damage_and_another_id_is_another_key() {
    let sealed = key(b'a').seal(b"place", b"text").unwrap();
    let same_id = Key::new([b'a'; ID_LENGTH], [9; 32]).unwrap();
    assert_eq!(same_id.open(b"place", &sealed), Err(OpenError::Damaged));
    assert_eq!(key(b'b').open(b"place", &sealed), Err(OpenError::OtherKey));
}

#[test]
fn errors_and_debug_show_no_contents() {
    let sealed = data_key().seal(b"outputs:1", b"hush").unwrap();
    let error = data_key().open(b"outputs:2", &sealed).unwrap_err();
    let (public, log) = (error.to_string(), format!("{error:?} {:?}", data_key()));
    assert!(!public.contains("outputs") && log.contains("outputs:2") && !log.contains("hush"));
}
