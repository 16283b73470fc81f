//! Randomness for keys, nonces and tokens.

/// Draws `N` bytes from a secure source.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill_random(&mut bytes);
    bytes
}

/// Fills a slice from the same source.
pub fn fill_random(bytes: &mut [u8]) {
    if aws_lc_rs::rand::fill(bytes).is_err() {
        // Without randomness nothing here is safe; there is no caller who could go on.
        std::process::abort();
    }
}
