//! The only door for secrets and contents: what passes it inward is sealed, and only what was
//! sealed here, for that very place, passes it outward.
//!
//! The master key lives outside the database and wraps the data keys in the table `data_keys`:
//! one for the system and one for each organization, each in versions. A data key seals with its
//! newest version and opens with any. What is sealed carries the name of its place (associated
//! data), so that bytes that were moved from one row to another don't open.
//!
//! Tokens are random enough that a fast keyed hash is all they need: they are looked up by their
//! HMAC-SHA-256. Tokens that others signed are judged in [`jwt`]; keys that people hold in shares
//! are split and put together in [`shamir`]. This is the only crate that names `aws-lc-rs`.

mod aead;
mod barrier;
mod digest;
mod envelope;
mod fields;
mod hmac;
pub mod jwt;
mod master_key;
mod random;
pub mod shamir;
pub mod sql;
mod store;
mod token;

pub use barrier::Barrier;
pub use digest::{Digest, Sha256, constant_time_equal, hex, sha256};
pub use envelope::DataKey;
pub use fields::FieldHash;
pub use hmac::{hmac_sha1, hmac_sha256};
pub use master_key::MasterKey;
pub use random::{fill_random, random_bytes};
pub use token::{random_token, token_is_well_formed, with_checksum, without_checksum};
