//! Shares that people give one after the other, until there are enough.

use barrier::shamir::SecretBytes;

use crate::ids;

/// The shares so far, for one purpose.
pub(crate) struct Gathering<T> {
    /// What people name it by, so that nobody gives a share for something else.
    pub(crate) nonce: String,
    /// What it is for.
    pub(crate) purpose: T,
    shares: Vec<SecretBytes>,
}

impl<T> Gathering<T> {
    /// Nothing yet.
    pub(crate) fn new(purpose: T) -> Self {
        Self { nonce: ids::uuid(), purpose, shares: Vec::new() }
    }

    /// How many there are.
    pub(crate) fn progress(&self) -> usize {
        self.shares.len()
    }

    /// Takes a share. The same one again does not count.
    pub(super) fn take(&mut self, share: SecretBytes) {
        if !self.shares.contains(&share) {
            self.shares.push(share);
        }
    }

    /// All of them, if there are so many.
    pub(super) fn enough(&self, threshold: i64) -> Option<Vec<SecretBytes>> {
        let needed = usize::try_from(threshold).unwrap_or(usize::MAX);
        (self.shares.len() >= needed).then(|| self.shares.clone())
    }
}
