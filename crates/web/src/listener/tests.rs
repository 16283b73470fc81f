//! Connections over a real socket, with and without TLS.

use std::{path::Path, time::Instant};

use axum::{extract::Request, routing::get};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::oneshot,
    task::JoinHandle,
};

use super::*;
use crate::Peer;

struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    fn start(tls: Tls, limits: Limits) -> Self {
        let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        let task = tokio::spawn(serve(listener, router(), tls, limits, shutdown));
        Self { address, stop: Some(stop), task }
    }

    async fn stop(mut self) {
        drop(self.stop.take());
        self.task.await.unwrap().unwrap();
    }

    fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://localhost:{}{path}", self.address.port())
    }
}

async fn whoami(request: Request) -> String {
    let peer = request.extensions().get::<Peer>().unwrap();
    format!("{:?} {} {}", request.version(), peer.address.ip(), peer.secure)
}

fn router() -> Router {
    Router::new()
        .route("/", get(whoami))
        .route("/slow", get(|| tokio::time::sleep(Duration::from_millis(300))))
        .route("/endless", get(std::future::pending::<()>))
}

fn limits() -> Limits {
    Limits {
        handshake_timeout: Duration::from_millis(300),
        ..(&Settings::new("https://tf.example")).into()
    }
}

fn new_certificate() -> CertifiedKey<rcgen::KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn write(folder: &Path, certificate: &CertifiedKey<rcgen::KeyPair>) -> Tls {
    let files = (folder.join("tls.crt"), folder.join("tls.key"));
    std::fs::write(&files.0, certificate.cert.pem()).unwrap();
    std::fs::write(&files.1, certificate.signing_key.serialize_pem()).unwrap();
    Tls::Files { certificate: files.0, key: files.1 }
}

fn client(certificate: &CertifiedKey<rcgen::KeyPair>) -> reqwest::ClientBuilder {
    let root = reqwest::Certificate::from_der(certificate.cert.der()).unwrap();
    reqwest::Client::builder()
        .tls_certs_only([root])
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
}

#[tokio::test]
async fn both_versions_of_http_are_spoken_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = new_certificate();
    let server = Running::start(write(folder.path(), &certificate), limits());
    for (client, version) in
        [(client(&certificate), "HTTP/2.0"), (client(&certificate).http1_only(), "HTTP/1.1")]
    {
        let answer = client.build().unwrap().get(server.url("https", "/")).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), format!("{version} 127.0.0.1 true"));
    }
    server.stop().await;
}

#[tokio::test]
async fn plain_http_on_the_tls_port_is_led_to_the_address() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = new_certificate();
    let server = Running::start(write(folder.path(), &certificate), limits());
    let client = client(&certificate).build().unwrap();
    let answer = client.get(server.url("http", "/app?a=b")).send().await.unwrap();
    assert_eq!(answer.status(), 308);
    assert_eq!(answer.headers()["location"], "https://tf.example/app?a=b");
    let answer = client.post(server.url("http", "/")).body("secret").send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("https://tf.example"));
    server.stop().await;
}

#[tokio::test]
async fn plain_connections_speak_both_versions_too() {
    let server = Running::start(Tls::None, limits());
    let client = || reqwest::Client::builder().no_proxy();
    for (client, version) in
        [(client(), "HTTP/1.1"), (client().http2_prior_knowledge(), "HTTP/2.0")]
    {
        let answer = client.build().unwrap().get(server.url("http", "/")).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), format!("{version} 127.0.0.1 false"));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_renewed_certificate_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (new_certificate(), new_certificate());
    let limits = Limits { certificate_interval: Duration::from_millis(20), ..limits() };
    let server = Running::start(write(folder.path(), &old), limits);
    let url = server.url("https", "/");
    let get = async |certificate| client(certificate).build().unwrap().get(&url).send().await;
    assert!(get(&old).await.is_ok());
    assert!(get(&new).await.is_err());

    std::fs::write(folder.path().join("tls.crt"), "half-written").unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(get(&old).await.is_ok());

    write(folder.path(), &new);
    let deadline = Instant::now() + Duration::from_secs(10);
    while get(&new).await.is_err() {
        assert!(Instant::now() < deadline, "the new certificate was never taken");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.stop().await;
}

#[test]
fn unusable_certificates_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let Tls::Files { certificate, key } = write(folder.path(), &new_certificate()) else {
        unreachable!()
    };
    load(&certificate, &key).unwrap();
    let missing = load(Path::new("/nowhere/tls.crt"), &key).unwrap_err().to_string();
    assert!(missing.starts_with("/nowhere/tls.crt: No such file"), "{missing}");
    let swapped = load(&key, &certificate).unwrap_err().to_string();
    assert!(swapped.contains("tls.key: holds no certificate"), "{swapped}");
    std::fs::write(&key, new_certificate().signing_key.serialize_pem()).unwrap();
    assert!(matches!(load(&certificate, &key), Err(TlsError::Unusable(_))));
}

#[tokio::test]
async fn silent_connections_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { header_read_timeout: Duration::from_millis(200), ..limits() };
    let tls = write(folder.path(), &new_certificate());
    for (server, start) in [
        (Running::start(Tls::None, limits.clone()), ""),
        (Running::start(Tls::None, limits.clone()), "GET / HTTP/1.1\r\nHost:"),
        (Running::start(tls.clone(), limits.clone()), ""),
        (Running::start(tls, limits), "\x16\x03\x01\x02"),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer));
        assert!(closed.await.is_ok(), "{start:?} was never closed");
        server.stop().await;
    }
}

#[tokio::test]
async fn no_more_connections_than_allowed() {
    let server = Running::start(Tls::None, Limits { max_connections: 1, ..limits() });
    let idle = TcpStream::connect(server.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.get(server.url("http", "/")).timeout(Duration::from_millis(200)).send();
    assert!(request.await.is_err());
    drop(idle);
    assert!(client.get(server.url("http", "/")).send().await.is_ok());
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn running_requests_may_end_before_the_server_does() {
    let limits = Limits { shutdown_timeout: Duration::from_secs(5), ..limits() };
    let server = Running::start(Tls::None, limits);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = tokio::spawn(client.get(server.url("http", "/slow")).send());
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop().await;
    assert_eq!(request.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn requests_without_end_do_not_hold_up_the_shutdown() {
    let limits = Limits { shutdown_timeout: Duration::from_millis(100), ..limits() };
    let server = Running::start(Tls::None, limits);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = tokio::spawn(client.get(server.url("http", "/endless")).send());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let started = Instant::now();
    server.stop().await;
    assert!(started.elapsed() < Duration::from_secs(3));
    assert!(request.await.unwrap().is_err());
}
