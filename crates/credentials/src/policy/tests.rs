//! Policies: what is read, and what is decided.

mod acl;
mod fuzz;
mod oracle;
mod parse;
mod properties;

use std::sync::Arc;

use kernel::Timestamp;

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn policy(text: &str) -> Arc<Policy> {
    Arc::new(Policy::parse("test", text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

/// What these policies let somebody do of whom nothing is known.
fn acl(texts: &[&str]) -> Acl {
    Acl::new(texts.iter().map(|text| policy(text)).collect(), NOW, &|_| None)
}
