//! Compression of one piece.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use kernel::{Error, Result};
use zstd::bulk::{Compressor, Decompressor};

use crate::PIECE;

/// The fastest ordinary level. Measured on JSON states it is also as small as the default: 4 KB
/// become 791 bytes in 8 µs (level 3: 787 in 10), 1 MiB becomes 75 KB in 0.7 ms (80 KB in 0.9).
const LEVEL: i32 = 1;
/// How many contexts of each sort stay for the next caller. A context takes about 1 MiB.
const KEPT: usize = 4;

static COMPRESSORS: Pool<Compressor<'static>> = Pool::new();
static DECOMPRESSORS: Pool<Decompressor<'static>> = Pool::new();

/// Compresses a piece.
pub(crate) fn compress(piece: &[u8]) -> Result<Vec<u8>> {
    COMPRESSORS
        .with(|| Compressor::new(LEVEL), |context| context.compress(piece))
        .map_err(Error::internal)
}

/// Decompresses what was a piece. What would be larger than a piece is refused.
pub(crate) fn decompress(compressed: &[u8]) -> Result<Vec<u8>> {
    DECOMPRESSORS
        .with(Decompressor::new, |context| context.decompress(compressed, PIECE))
        .map_err(Error::internal)
}

/// Contexts that cost more to make (10 µs) than a small piece costs to compress. They are shared
/// rather than one for each thread, because there can be hundreds of threads.
struct Pool<T>(Mutex<Vec<T>>);

impl<T> Pool<T> {
    const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    fn with<R>(
        &self,
        make: impl FnOnce() -> io::Result<T>,
        work: impl FnOnce(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut context = kept.map_or_else(make, Ok)?;
        // One that failed is not kept.
        let result = work(&mut context)?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.push(context);
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_larger_than_a_piece_is_not_decompressed() {
        let bomb = zstd::bulk::compress(&vec![0; PIECE + 1], LEVEL).unwrap();
        assert!(decompress(&bomb).is_err());
        let mut unsized_bomb = zstd::stream::Encoder::new(Vec::new(), LEVEL).unwrap();
        io::Write::write_all(&mut unsized_bomb, &vec![0; 4 * PIECE]).unwrap();
        assert!(decompress(&unsized_bomb.finish().unwrap()).is_err());
        assert_eq!(decompress(&compress(&vec![0; PIECE]).unwrap()).unwrap().len(), PIECE);
    }

    #[test]
    fn damage_is_an_error_and_the_next_caller_is_not_harmed() {
        let compressed = compress(b"a piece of state, a piece of state").unwrap();
        assert!(decompress(&compressed[..compressed.len() - 1]).is_err());
        assert!(decompress(b"not zstd").is_err());
        assert_eq!(decompress(&compressed).unwrap(), b"a piece of state, a piece of state");
    }
}
