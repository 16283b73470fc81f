//! A secret in shares: so many of them give it back, fewer say nothing about it.
//!
//! Shamir's scheme over the field of 256 elements that AES uses, each byte for itself. A share is
//! one byte longer than the secret: the values, and then the point that they were taken at, which
//! is how Vault's shares are laid out, so that either side can put the other's together.
//!
//! The arithmetic has no branches and no tables that depend on secrets. (Libraries for this look
//! logarithms up in tables, which caches give away.)

mod field;
#[cfg(test)]
mod tests;

use kernel::Secret;
use zeroize::Zeroizing;

use crate::random;

/// A share, or a secret that was put together; overwritten when it is dropped.
pub type SecretBytes = Secret<Zeroizing<Vec<u8>>>;

/// Why something can't be split or put together. The texts are those that clients of Vault know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShamirError {
    /// Nothing to split.
    #[error("cannot split an empty secret")]
    Empty,
    /// More are needed than there are.
    #[error("parts cannot be less than threshold")]
    FewerThanThreshold,
    /// With one share, that share would be the secret.
    #[error("threshold must be at least 2")]
    SmallThreshold,
    /// One share gives nothing back.
    #[error("less than two parts cannot be used to reconstruct the secret")]
    FewerThanTwo,
    /// No share at all: a point and a value are the least.
    #[error("parts must be at least two bytes")]
    Short,
    /// Shares of different secrets.
    #[error("all parts must be the same length")]
    Lengths,
    /// The same share twice, or shares of the same point.
    #[error("duplicate part detected")]
    Duplicate,
    /// The point zero is where the secret itself stands: no share is there.
    #[error("a part is not one of a secret's")]
    Point,
}

/// Splits a secret into `shares`, of which any `threshold` give it back.
pub fn split(secret: &[u8], shares: u8, threshold: u8) -> Result<Vec<SecretBytes>, ShamirError> {
    if shares < threshold {
        return Err(ShamirError::FewerThanThreshold);
    }
    if threshold < 2 {
        return Err(ShamirError::SmallThreshold);
    }
    if secret.is_empty() {
        return Err(ShamirError::Empty);
    }
    let coefficients = coefficients(secret.len(), threshold);
    let share = |point: u8| {
        let values = secret.iter().zip(&coefficients).map(|(byte, coefficients)| {
            // The highest coefficient stands first, the secret is the lowest.
            let highest =
                coefficients.iter().fold(0, |sum, each| field::multiply(sum, point) ^ each);
            field::multiply(highest, point) ^ byte
        });
        let mut share = Zeroizing::new(Vec::with_capacity(secret.len() + 1));
        share.extend(values.chain([point]));
        Secret::new(share)
    };
    Ok((1..=shares).map(share).collect())
}

/// Puts a secret together. Too few shares, or shares of different secrets, give a wrong one: only
/// whoever can check it knows.
pub fn combine(shares: &[impl AsRef<[u8]>]) -> Result<SecretBytes, ShamirError> {
    if shares.len() < 2 {
        return Err(ShamirError::FewerThanTwo);
    }
    let mut parts = Vec::with_capacity(shares.len());
    for share in shares {
        match share.as_ref().split_last() {
            Some((point, values)) if !values.is_empty() => parts.push((*point, values)),
            _ => return Err(ShamirError::Short),
        }
    }
    let length = parts.first().map_or(0, |(_, values)| values.len());
    if parts.iter().any(|(_, values)| values.len() != length) {
        return Err(ShamirError::Lengths);
    }
    if parts.iter().any(|(point, _)| *point == 0) {
        return Err(ShamirError::Point);
    }
    let mut points: Vec<_> = parts.iter().map(|(point, _)| *point).collect();
    points.sort_unstable();
    points.dedup();
    if points.len() < parts.len() {
        return Err(ShamirError::Duplicate);
    }
    let mut secret = Zeroizing::new(vec![0; length]);
    for (point, values) in &parts {
        let weight = weight(*point, &points);
        for (byte, value) in secret.iter_mut().zip(*values) {
            *byte ^= field::multiply(*value, weight);
        }
    }
    Ok(Secret::new(secret))
}

/// How much the share of a point counts at zero: what Lagrange's polynomial of it is there. Points
/// are no secret.
fn weight(point: u8, points: &[u8]) -> u8 {
    let others = points.iter().filter(|other| **other != point);
    others.fold(1, |weight, other| {
        field::multiply(weight, field::multiply(*other, field::invert(*other ^ point)))
    })
}

/// For each byte one coefficient less than the threshold, each any byte as likely, the highest
/// one too: if it could not be zero, fewer shares would rule secrets out.
fn coefficients(bytes: usize, threshold: u8) -> Vec<Zeroizing<Vec<u8>>> {
    let draw = |_| {
        let mut drawn = Zeroizing::new(vec![0; usize::from(threshold) - 1]);
        random::fill_random(&mut drawn);
        drawn
    };
    (0..bytes).map(draw).collect()
}
