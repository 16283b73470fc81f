//! JSON Web Tokens that others have signed (RFC 7519, 7515, 7517).
//!
//! What holds:
//! - Only signatures with a public key count. `none`, HMAC and everything unknown is refused by
//!   name, before a key is looked for, so that a public key can't be taken for an HMAC's secret.
//! - The algorithm must fit the key's kind, and be the key's own where it names one.
//! - A token without an end is refused; times are judged against the instant that the caller gives.
//! - A token over [`MAX_LENGTH`] is refused unread.

mod algorithm;
mod claims;
mod error;
mod key;
mod keys;
mod pem;
mod token;

pub use algorithm::Algorithm;
pub use claims::Claims;
pub use error::JwtError;
pub use keys::KeySet;
pub use pem::jwks_of_pem;
pub use token::{LEEWAY, MAX_LENGTH, Unverified, verify};

#[cfg(test)]
mod tests;
