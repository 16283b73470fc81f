//! One connection, from its first byte to its last.

use std::{
    convert::Infallible,
    fmt,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Router, response::Response, routing::future::RouteFuture};
use http::Request;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::GracefulConnection,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower_service::Service;
use tracing::debug;

use super::{Limits, patient::Patient, plain, tls::Certificates};
use crate::Peer;

/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;
/// How HTTP/2 begins when it was not agreed on before.
const HTTP2_PREFACE: [u8; 3] = *b"PRI";
/// Heads of requests larger than this are refused.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// What all connections of a listener share.
pub(super) struct Shared {
    router: Router,
    certificates: Option<Arc<Certificates>>,
    limits: Limits,
    stop: CancellationToken,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Shared {
    pub(super) fn new(
        router: Router,
        certificates: Option<Arc<Certificates>>,
        limits: Limits,
        stop: CancellationToken,
    ) -> Self {
        let http1 = http1_builder(&limits);
        let http2 = http2_builder(&limits);
        Self { router, certificates, limits, stop, http1, http2 }
    }

    pub(super) async fn run(&self, stream: TcpStream, address: SocketAddr) {
        // Answers are written whole; waiting for more of them only costs time.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "can't set TCP_NODELAY");
        }
        let Ok(Some(start)) = timeout(self.limits.header_read_timeout, first_bytes(&stream)).await
        else {
            return;
        };
        let peer = Peer { address, secure: self.certificates.is_some() };
        match &self.certificates {
            None => {
                let stream = Patient::new(stream, self.limits.write_timeout);
                self.speak(stream, peer, start == HTTP2_PREFACE).await;
            }
            Some(_) if start[0] != TLS_HANDSHAKE => {
                plain::answer(stream, &self.http1, &self.limits.external_url).await;
            }
            Some(certificates) => self.encrypted(stream, peer, certificates).await,
        }
    }

    async fn encrypted(&self, stream: TcpStream, peer: Peer, certificates: &Certificates) {
        let stream = Patient::new(stream, self.limits.write_timeout);
        let handshake = TlsAcceptor::from(certificates.current()).accept(stream);
        match timeout(self.limits.handshake_timeout, handshake).await {
            Ok(Ok(stream)) => {
                let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                self.speak(stream, peer, http2).await;
            }
            Ok(Err(error)) => debug!(%error, address = %peer.address, "TLS handshake failed"),
            Err(_) => debug!(address = %peer.address, "TLS handshake took too long"),
        }
    }

    async fn speak<I>(&self, stream: I, peer: Peer, http2: bool)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let requests = Arc::new(AtomicU64::new(0));
        let service = Requests { router: self.router.clone(), peer, count: Arc::clone(&requests) };
        let io = TokioIo::new(stream);
        // One token per connection: with one for all, each poll would take the same lock.
        let stop = self.stop.child_token();
        if http2 {
            let idle = Idle { requests, after: self.limits.header_read_timeout };
            drive(self.http2.serve_connection(io, service), stop, Some(idle)).await;
        } else {
            drive(self.http1.serve_connection(io, service), stop, None).await;
        }
    }
}

/// When an HTTP/2 connection is idle; of HTTP/1, the limit for the next head takes care.
struct Idle {
    requests: Arc<AtomicU64>,
    after: Duration,
}

impl Idle {
    /// Done when no request began for the time allowed. Running ones may still end.
    async fn wait(self) {
        let mut before = self.requests.load(Ordering::Relaxed);
        loop {
            tokio::time::sleep(self.after).await;
            let now = self.requests.load(Ordering::Relaxed);
            if now == before {
                return;
            }
            before = now;
        }
    }
}

/// Runs a connection to its end, which comes soon after `stop`.
async fn drive<C>(connection: C, stop: CancellationToken, idle: Option<Idle>)
where
    C: GracefulConnection,
    C::Error: fmt::Display,
{
    let mut connection = pin!(connection);
    let mut leave = pin!(async {
        match idle {
            Some(idle) => tokio::select! { () = stop.cancelled() => {}, () = idle.wait() => {} },
            None => stop.cancelled().await,
        }
    });
    let mut leaving = false;
    loop {
        tokio::select! {
            biased;
            result = connection.as_mut() => {
                if let Err(error) = result {
                    debug!(%error, "a connection ended early");
                }
                return;
            }
            () = leave.as_mut(), if !leaving => {
                leaving = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Hands the requests of one connection to the router.
struct Requests {
    router: Router,
    peer: Peer,
    count: Arc<AtomicU64>,
}

impl hyper::service::Service<Request<Incoming>> for Requests {
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        self.count.fetch_add(1, Ordering::Relaxed);
        request.extensions_mut().insert(self.peer);
        self.router.clone().call(request)
    }
}

/// The first three bytes, left where they are. None when the client went away.
async fn first_bytes(stream: &TcpStream) -> Option<[u8; 3]> {
    let mut start = [0; 3];
    loop {
        match stream.peek(&mut start).await {
            Ok(3) => return Some(start),
            Ok(1 | 2) => tokio::time::sleep(Duration::from_millis(10)).await,
            Ok(_) | Err(_) => return None,
        }
    }
}

fn http1_builder(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_header_size(MAX_HEAD_BYTES);
    builder
}

fn http2_builder(limits: &Limits) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(256)
        .max_header_list_size(64 * 1024)
        // Room for states on their way in; the defaults make an upload wait for us.
        .initial_stream_window_size(1024 * 1024)
        .initial_connection_window_size(4 * 1024 * 1024)
        .max_send_buf_size(256 * 1024)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(limits.write_timeout);
    builder
}
