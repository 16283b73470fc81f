//! Whose certificates are believed.

use std::{net::Ipv4Addr, sync::Arc};

use kernel::Kind;
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio_rustls::TlsAcceptor;

use super::server::{Server, ok};
use crate::{Outgoing, Request, Settings};

/// A server for `localhost`, and its own authority.
async fn start() -> (Server, String) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let tls = TlsAcceptor::from(Arc::new(config));
    let server = Server::start_at(Ipv4Addr::LOCALHOST, Some(tls), |_| ok("hi")).await;
    (server, own.cert.pem())
}

#[tokio::test]
async fn only_known_authorities_are_believed() {
    let (server, authority) = start().await;
    let url = server.url("localhost", "/").replace("http:", "https:");
    let settings = Settings { allow_private: true, ..Settings::default() };
    let stranger = Outgoing::new(settings.clone());
    let error = stranger.send(Request::get(&url)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.to_string().starts_with("\"localhost\" shows a certificate"), "{error:?}");
    let trusting = stranger.trusting(&authority);
    let known = Outgoing::new(Settings { authorities: Some(authority), ..settings });
    for outgoing in [trusting, known] {
        assert_eq!(outgoing.send(Request::get(&url)).await.unwrap().body, b"hi");
        // It is not for this name.
        let other = url.replace("localhost", "127.0.0.1");
        let error = outgoing.send(Request::get(other)).await.unwrap_err();
        assert!(error.to_string().contains("shows a certificate"), "{error:?}");
    }
    let nonsense = stranger.trusting("nonsense").send(Request::get(&url)).await.unwrap_err();
    assert_eq!(nonsense.kind(), Kind::Invalid);
}
