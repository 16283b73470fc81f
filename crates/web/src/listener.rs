//! The listener: connections in, with or without TLS, until told to stop.
//!
//! Our own acceptor, because it holds the limits that a server on the open network needs: a cap on
//! connections, a time for the handshake, for a request's head, for an idle connection and for a
//! client that doesn't read. Certificates are renewed without a restart, and plain HTTP on the TLS
//! port is answered with the right address.

mod connection;
mod patient;
mod plain;
mod tls;

use std::{io, net::SocketAddr, path::PathBuf, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Settings;
use connection::Shared;
pub use tls::{TlsError, load, server_config};

/// How many connections the operating system keeps for us until we take them.
const BACKLOG: u32 = 1_024;

/// How a listener's connections are encrypted.
#[derive(Clone, Debug)]
pub enum Tls {
    /// Not at all: a proxy in front does it.
    None,
    /// With a certificate chain and its key from PEM files, read again when they change.
    Files {
        /// The chain, the server's own certificate first.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// With a configuration made elsewhere, see [`server_config`].
    Config(Arc<ServerConfig>),
}

/// What a listener grants to its connections.
#[derive(Clone, Debug)]
pub struct Limits {
    /// See [`Settings::max_connections`].
    pub max_connections: usize,
    /// See [`Settings::handshake_timeout`].
    pub handshake_timeout: Duration,
    /// See [`Settings::header_read_timeout`].
    pub header_read_timeout: Duration,
    /// See [`Settings::write_timeout`].
    pub write_timeout: Duration,
    /// See [`Settings::shutdown_timeout`].
    pub shutdown_timeout: Duration,
    /// See [`Settings::external_url`].
    pub external_url: String,
    /// How often certificate files are looked at.
    pub certificate_interval: Duration,
}

impl From<&Settings> for Limits {
    fn from(settings: &Settings) -> Self {
        Self {
            max_connections: settings.max_connections,
            handshake_timeout: settings.handshake_timeout,
            header_read_timeout: settings.header_read_timeout,
            write_timeout: settings.write_timeout,
            shutdown_timeout: settings.shutdown_timeout,
            external_url: settings.external_url.clone(),
            certificate_interval: Duration::from_secs(15),
        }
    }
}

/// Binds an address.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // So that a restart need not wait for the last connections of the one before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves a router until `shutdown` is done; then running requests have the limits' time to end.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Tls,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let certificates = tls::Certificates::open(tls).map_err(io::Error::other)?.map(Arc::new);
    let stop = CancellationToken::new();
    let kill = CancellationToken::new();
    if let Some(certificates) = &certificates {
        let watch = Arc::clone(certificates).watch(limits.certificate_interval);
        tokio::spawn(stop.clone().run_until_cancelled_owned(watch));
    }
    let slots = Arc::new(Semaphore::new(limits.max_connections.clamp(1, u32::MAX as usize >> 3)));
    let capacity = u32::try_from(slots.available_permits()).unwrap_or(u32::MAX);
    let shutdown_timeout = limits.shutdown_timeout;
    let shared = Arc::new(Shared::new(router, certificates, limits, stop.clone()));

    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = next(&listener, &slots) => accepted,
        };
        let Some((stream, address, slot)) = accepted else { break };
        let shared = Arc::clone(&shared);
        let connection = async move {
            shared.run(stream, address).await;
            drop(slot);
        };
        tokio::spawn(kill.child_token().run_until_cancelled_owned(connection));
    }
    drop(listener);
    stop.cancel();
    all_free(&slots, capacity, shutdown_timeout).await;
    kill.cancel();
    Ok(())
}

/// Waits until every connection has ended, but not for ever.
async fn all_free(slots: &Semaphore, capacity: u32, patience: Duration) {
    let all_ended = tokio::time::timeout(patience, slots.acquire_many(capacity)).await;
    if all_ended.is_err() {
        warn!("some requests did not end in time and were cut off");
    }
}

type Slot = tokio::sync::OwnedSemaphorePermit;

/// The next connection, once there is room for it.
async fn next(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, Slot)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return Some((stream, address, slot)),
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                // Such as too many open files: it passes when others end.
                warn!(%error, "can't take a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests;
