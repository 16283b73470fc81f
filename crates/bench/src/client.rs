//! One HTTP/1.1 connection at a time, as light as can be, since the load shares the machine.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const JSON_API: &str = "application/vnd.api+json";

/// The server under test.
pub(crate) struct Target {
    host: String,
    port: u16,
    tls: Option<TlsConnector>,
    token: String,
    pub(crate) organization: String,
}

/// A connection to it, kept open.
pub(crate) struct Client {
    target: Arc<Target>,
    sender: SendRequest<Full<Bytes>>,
}

/// An answer, whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

impl Target {
    pub(crate) fn new(
        url: &str,
        token: &str,
        organization: &str,
        ca_file: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let uri: Uri = url.parse().context("--url")?;
        let secure = uri.scheme_str() == Some("https");
        Ok(Self {
            host: uri.host().context("--url has no host")?.to_owned(),
            port: uri.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            tls: if secure { Some(connector(ca_file)?) } else { None },
            token: token.to_owned(),
            organization: organization.to_owned(),
        })
    }

    /// The same server, asked by somebody else.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            host: self.host.clone(),
            port: self.port,
            tls: self.tls.clone(),
            token: token.to_owned(),
            organization: self.organization.clone(),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn authorization(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

fn connector(ca_file: Option<&Path>) -> anyhow::Result<TlsConnector> {
    let path = ca_file.context("an https URL needs --ca-file (or SSL_CERT_FILE)")?;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).context("--ca-file")? {
        roots.add(certificate?)?;
    }
    let config =
        rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

impl Client {
    pub(crate) async fn connect(target: &Arc<Target>) -> anyhow::Result<Self> {
        let stream = TcpStream::connect((target.host.as_str(), target.port)).await?;
        stream.set_nodelay(true)?;
        let sender = if let Some(tls) = &target.tls {
            let name = ServerName::try_from(target.host.clone())?;
            let (sender, connection) =
                handshake(TokioIo::new(tls.connect(name, stream).await?)).await?;
            tokio::spawn(connection);
            sender
        } else {
            let (sender, connection) = handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            sender
        };
        Ok(Self { target: Arc::clone(target), sender })
    }

    /// A call of the API, with the token.
    pub(crate) async fn api(
        &mut self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> anyhow::Result<Answer> {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v2/{path}"))
            .header(header::HOST, self.target.authority())
            .header(header::AUTHORIZATION, self.target.authorization())
            .header(header::ACCEPT, JSON_API)
            .header(header::CONTENT_TYPE, JSON_API)
            .body(Full::new(body.into()))?;
        self.send(request).await
    }

    /// A call of the Vault API, with the token.
    pub(crate) async fn vault(
        &mut self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> anyhow::Result<Answer> {
        let request = Request::builder()
            .method(method)
            .uri(format!("/v1/{path}"))
            .header(header::HOST, self.target.authority())
            .header("X-Vault-Token", &self.target.token)
            .body(Full::new(body.into()))?;
        self.send(request).await
    }

    /// A call to a URL that the server gave, as clients make it.
    pub(crate) async fn hosted(
        &mut self,
        method: Method,
        url: &str,
        body: Bytes,
    ) -> anyhow::Result<Answer> {
        let uri: Uri = url.parse()?;
        let path = uri.path_and_query().context("the hosted URL has no path")?.as_str().to_owned();
        let mut builder = Request::builder()
            .method(&method)
            .uri(path)
            .header(header::HOST, self.target.authority());
        builder = if method == Method::GET {
            builder
                .header(header::AUTHORIZATION, self.target.authorization())
                .header(header::ACCEPT_ENCODING, "gzip")
        } else {
            builder.header(header::CONTENT_TYPE, "application/octet-stream")
        };
        self.send(builder.body(Full::new(body))?).await
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        let deadline = Duration::from_mins(1);
        let answer = tokio::time::timeout(deadline, async {
            self.sender.ready().await?;
            let response = self.sender.send_request(request).await?;
            let status = response.status();
            let body = response.into_body().collect().await?.to_bytes();
            anyhow::Ok(Answer { status, body })
        });
        answer.await.context("no answer within a minute")?
    }
}

impl Answer {
    /// This answer, if it is a success.
    pub(crate) fn ok(self, doing: &str) -> anyhow::Result<Self> {
        if !self.status.is_success() {
            bail!("{doing}: {} {}", self.status, String::from_utf8_lossy(&self.body));
        }
        Ok(self)
    }

    /// A text of the first resource's, such as `/data/id`.
    pub(crate) fn text(&self, pointer: &str) -> anyhow::Result<String> {
        let document: serde_json::Value = serde_json::from_slice(&self.body)?;
        let text = document.pointer(pointer).and_then(serde_json::Value::as_str);
        text.map(str::to_owned).with_context(|| format!("the answer has no {pointer}"))
    }
}
