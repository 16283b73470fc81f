//! What an operator can set about HTTP.

use std::time::Duration;

use crate::Network;

/// The limits and addresses of the HTTP side. [`Settings::new`] gives defaults that suit a team.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What clients put before a path, e.g. `https://tf.example.org:8443`; no slash at the end.
    pub external_url: String,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<Network>,
    /// The largest ordinary request body.
    pub max_body_bytes: usize,
    /// The largest state; requests that may carry one inline are allowed its base64 form.
    pub max_state_bytes: usize,
    /// How long a request may take; one that sends a large body earns more with every byte.
    pub request_timeout: Duration,
    /// Requests per second for one token, or for one address without a token. Not below 4, since
    /// clients that are told a smaller number send nothing at all.
    pub rate_limit_per_second: Option<u32>,
    /// How many requests are worked on at once; more wait their turn for a while.
    pub max_concurrent_requests: usize,
    /// How many connections are open at once; more wait in the operating system.
    pub max_connections: usize,
    /// How long a TLS handshake may take.
    pub handshake_timeout: Duration,
    /// How long a connection may take to send a request's head, also how long it may idle.
    pub header_read_timeout: Duration,
    /// How long a client may refuse to take what we send.
    pub write_timeout: Duration,
    /// How long running requests may go on after a shutdown began.
    pub shutdown_timeout: Duration,
    /// Whether browsers are told to use HTTPS only for this host name, on all of its ports.
    pub strict_transport_security: bool,
}

impl Settings {
    /// Defaults, for a server that clients reach at `external_url`.
    pub fn new(external_url: impl Into<String>) -> Self {
        let mut external_url = external_url.into();
        external_url.truncate(external_url.trim_end_matches('/').len());
        Self {
            external_url,
            trusted_proxies: Vec::new(),
            max_body_bytes: 2 << 20,
            max_state_bytes: 512 << 20,
            request_timeout: Duration::from_mins(1),
            rate_limit_per_second: None,
            max_concurrent_requests: 1_024,
            max_connections: 4_096,
            handshake_timeout: Duration::from_secs(10),
            header_read_timeout: Duration::from_mins(1),
            write_timeout: Duration::from_mins(1),
            shutdown_timeout: Duration::from_secs(15),
            strict_transport_security: false,
        }
    }

    /// The largest body of a request that may carry a state inline, as base64.
    pub const fn max_large_body_bytes(&self) -> usize {
        (self.max_state_bytes / 3).saturating_mul(4).saturating_add(self.max_body_bytes)
    }
}
