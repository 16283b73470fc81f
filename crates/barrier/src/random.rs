//! Randomness for keys, nonces and tokens.

/// Draws `N` bytes from a secure source.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        // Without randomness nothing here is safe; there is no caller who could go on.
        std::process::abort();
    }
    bytes
}
