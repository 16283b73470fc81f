//! What an operator can set about outgoing requests.

use std::time::Duration;

use ipnet::IpNet;
use kernel::Result;

use crate::tls;

/// The limits of outgoing requests. The defaults are strict: public addresses over `https`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether loopback, private networks (RFC 1918), shared ones (RFC 6598) and unique local IPv6
    /// may be reached. Link-local addresses and metadata services stay out of reach all the same.
    pub allow_private: bool,
    /// Networks that may be reached whatever they are.
    pub allowed_networks: Vec<IpNet>,
    /// Whether plain `http` will do.
    pub allow_http: bool,
    /// How long a connection may take, TLS included.
    pub connect_timeout: Duration,
    /// How long everything may take: look-up, connection, redirects, answer and body.
    pub timeout: Duration,
    /// How long a body may be.
    pub max_body_bytes: usize,
    /// How many redirects are followed.
    pub max_redirects: usize,
    /// How many connections to one host are kept while nobody uses them.
    pub idle_connections: usize,
    /// Certificate authorities in PEM, trusted beside those that the machine trusts.
    pub authorities: Option<String>,
}

impl Settings {
    /// Whether the certificate authorities can be read.
    pub fn check(&self) -> Result<()> {
        tls::config(self.authorities.as_deref()).map(drop)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_private: false,
            allowed_networks: Vec::new(),
            allow_http: false,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            max_body_bytes: 1 << 20,
            max_redirects: 3,
            idle_connections: 2,
            authorities: None,
        }
    }
}
