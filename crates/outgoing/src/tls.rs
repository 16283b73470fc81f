//! Whose certificates are believed: the machine's authorities, and those that are given.

use std::sync::{Arc, OnceLock};

use kernel::{Error, Kind, Result};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// A configuration that trusts the machine's authorities and those in `authorities` (PEM).
pub(crate) fn config<'a>(authorities: impl IntoIterator<Item = &'a str>) -> Result<ClientConfig> {
    let mut roots = machine_roots().clone();
    for pem in authorities {
        add(&mut roots, pem)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Read once: it is a file of a hundred certificates.
fn machine_roots() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots
    })
}

fn add(roots: &mut RootCertStore, pem: &str) -> Result<()> {
    let trouble = |error: &dyn std::fmt::Display| {
        Error::new(Kind::Invalid, format!("the certificate authority can't be read: {error}"))
    };
    let before = roots.len();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| trouble(&error))?;
        roots.add(certificate).map_err(|error| trouble(&error))?;
    }
    if roots.len() == before { Err(trouble(&"it holds no certificate in PEM")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_added_or_named_as_wrong() {
        let own = rcgen::generate_simple_self_signed(["a.test".to_owned()]).unwrap().cert.pem();
        assert!(config([own.as_str()]).is_ok());
        for wrong in
            ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
        {
            let error = config([wrong]).unwrap_err();
            assert!(error.to_string().contains("certificate authority can't be read"), "{error}");
        }
    }
}
