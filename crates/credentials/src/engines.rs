//! What gives out secrets.

pub(crate) mod terraform;
