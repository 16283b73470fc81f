//! Looks names up and lets only those addresses through that may be reached. The client connects to
//! what comes out of here and to nothing else.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;

use crate::guard::Guard;

/// A name leads only to addresses that may not be reached. Travels inside the client's error.
#[derive(Debug, thiserror::Error)]
#[error("every address is out of bounds: {0:?}")]
pub(crate) struct OutOfBounds(pub(crate) Vec<SocketAddr>);

/// A name has no address. Travels inside the client's error.
#[derive(Debug, thiserror::Error)]
#[error("no address: {0}")]
pub(crate) struct Unknown(String);

/// The machine's resolver, behind the guard.
pub(crate) struct Resolver(pub(crate) Guard);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.0.clone();
        Box::pin(async move {
            // The port is set by the client.
            let found = lookup_host((name.as_str(), 0))
                .await
                .map_err(|error| Unknown(error.to_string()))?
                .collect();
            let kept: Addrs = Box::new(keep(&guard, found)?.into_iter());
            Ok(kept)
        })
    }
}

/// The addresses that may be reached, if there are any.
fn keep(guard: &Guard, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, OutOfBounds> {
    let (kept, refused): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|address| guard.admits(address.ip()));
    if kept.is_empty() { Err(OutOfBounds(refused)) } else { Ok(kept) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn only_what_may_be_reached_comes_out() {
        let guard = Guard::new(&Settings::default());
        let found = addresses(&["10.0.0.1:0", "1.1.1.1:0", "[::1]:0", "[2606:4700::1111]:0"]);
        let kept = keep(&guard, found).unwrap();
        assert_eq!(kept, addresses(&["1.1.1.1:0", "[2606:4700::1111]:0"]));
    }

    #[test]
    fn nothing_left_is_an_error() {
        let guard = Guard::new(&Settings::default());
        let found = addresses(&["10.0.0.1:0", "[::1]:0"]);
        assert_eq!(keep(&guard, found.clone()).unwrap_err().0, found);
        assert!(keep(&guard, Vec::new()).is_err());
    }
}
