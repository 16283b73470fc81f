//! Certificates, and the TLS that is spoken with them.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs::{self, Ticketer},
};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject},
};
use tracing::{info, warn};

use super::Tls;

/// Why certificates can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read, or has no such thing in it.
    #[error("{path}: {cause}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The certificate and the key don't work, or not together.
    #[error("the certificate and its key can't be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// Reads a certificate chain and its key, and checks that they belong together.
pub fn load(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    build_from_files(certificate, key).map(Arc::new)
}

/// A configuration from a chain (the server's own certificate first) and its key.
pub fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, TlsError> {
    build(chain, key).map(Arc::new)
}

fn build_from_files(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let wrong =
        |path: &Path, cause: String| TlsError::File { path: path.display().to_string(), cause };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(certificate, in_words(&error)))?;
    if chain.is_empty() {
        return Err(wrong(certificate, "holds no certificate in PEM form".to_owned()));
    }
    let key_der =
        PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, in_words(&error)))?;
    build(chain, key_der)
}

fn in_words(error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => "holds nothing of the kind in PEM form".to_owned(),
        other => other.to_string(),
    }
}

fn build(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // Returning clients skip most of the handshake, and we keep nothing for them.
    config.ticketer = Ticketer::new()?;
    config.send_tls13_tickets = 1;
    Ok(config)
}

/// The certificates in use.
pub(super) struct Certificates {
    current: ArcSwap<ServerConfig>,
    files: Option<Files>,
}

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// What of the files tells that they have changed.
type Fingerprint = [Option<(SystemTime, u64)>; 2];

impl Certificates {
    /// The certificates that a listener was given, if it was.
    pub(super) fn open(tls: Tls) -> Result<Option<Self>, TlsError> {
        let (current, files) = match tls {
            Tls::None => return Ok(None),
            Tls::Config(config) => (config, None),
            Tls::Files { certificate, key } => {
                (load(&certificate, &key)?, Some(Files { certificate, key }))
            }
        };
        Ok(Some(Self { current: ArcSwap::new(current), files }))
    }

    /// What new connections use.
    pub(super) fn current(&self) -> Arc<ServerConfig> {
        self.current.load_full()
    }

    /// Looks at the files every now and then, and takes what is new in them.
    pub(super) async fn watch(self: Arc<Self>, interval: Duration) {
        let Some(files) = &self.files else { return };
        let mut seen = files.fingerprint();
        loop {
            tokio::time::sleep(interval).await;
            let now = files.fingerprint();
            if now == seen {
                continue;
            }
            seen = now;
            self.reload(files);
        }
    }

    /// Takes what the files hold. If it is of no use (say, only one of them is new yet), what was
    /// in use stays so.
    fn reload(&self, files: &Files) {
        match build_from_files(&files.certificate, &files.key) {
            Ok(mut config) => {
                // The keys of tickets outlive the certificate, or every client would start over.
                config.ticketer = Arc::clone(&self.current.load().ticketer);
                self.current.store(Arc::new(config));
                info!(certificate = %files.certificate.display(), "took a new certificate");
            }
            Err(error) => warn!(%error, "kept the old certificate, the new one is of no use"),
        }
    }
}

impl Files {
    fn fingerprint(&self) -> Fingerprint {
        [&self.certificate, &self.key].map(|path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
    }
}
