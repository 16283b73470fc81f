//! Ways to log in.

pub(crate) mod token;
