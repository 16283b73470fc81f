//! When and how a connection is encrypted.
//!
//! Stricter than the C library, whose `require` checks no certificate:
//!
//! - `sslmode=disable`: never.
//! - no `sslmode`: always, except to a Unix socket or a loopback address.
//! - `sslmode=prefer`: if the server offers it.
//! - `sslmode=require`, `verify-ca`, `verify-full`: always.
//!
//! Where it is encrypted, the server's certificate must be for the host's name and come from a known
//! authority: those of `sslrootcert=FILE`, or else those that the machine trusts.

use std::{net::IpAddr, sync::Arc};

use ::postgres::{
    Config,
    config::{Host, SslMode},
};
use kernel::{Error, Kind, Result};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What a URL says about encryption.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Demand {
    mode: Option<String>,
    authorities: Option<String>,
}

/// Takes what the client library does not know out of a URL.
pub(crate) fn split(url: &str) -> Result<(String, Demand)> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(invalid("it must start with postgres://".to_owned()));
    }
    let mut demand = Demand::default();
    let Some((base, query)) = url.split_once('?') else {
        return Ok((url.to_owned(), demand));
    };
    let mut rest = Vec::new();
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslmode", mode)) => demand.mode = Some(mode.to_owned()),
            Some(("sslrootcert", file)) => demand.authorities = Some(file.replace("%2F", "/")),
            _ => rest.push(pair),
        }
    }
    if let Some(mode) = demand.mode.as_deref()
        && !["disable", "prefer", "require", "verify-ca", "verify-full"].contains(&mode)
    {
        return Err(invalid(format!(
            "sslmode={mode} is not known; take disable, prefer, require or verify-full"
        )));
    }
    Ok((format!("{base}?{}", rest.join("&")), demand))
}

impl Demand {
    /// Whether to encrypt.
    pub(crate) fn mode(&self, config: &Config) -> SslMode {
        match self.mode.as_deref() {
            Some("disable") => SslMode::Disable,
            Some("prefer") => SslMode::Prefer,
            None if config.get_hosts().iter().all(is_local) => SslMode::Disable,
            _ => SslMode::Require,
        }
    }

    /// What encrypts.
    pub(crate) fn connector(&self) -> Result<MakeRustlsConnect> {
        let mut roots = RootCertStore::empty();
        if let Some(file) = &self.authorities {
            let trouble = |error: &dyn std::fmt::Display| {
                invalid(format!("sslrootcert={file} can't be used: {error}"))
            };
            for certificate in
                CertificateDer::pem_file_iter(file).map_err(|error| trouble(&error))?
            {
                let certificate = certificate.map_err(|error| trouble(&error))?;
                roots.add(certificate).map_err(|error| trouble(&error))?;
            }
        } else {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Error::internal)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }
}

/// A host as text.
pub(crate) fn host(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) if name == "localhost" => true,
        Host::Tcp(name) => name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
    }
}

fn invalid(text: String) -> Error {
    Error::new(Kind::Invalid, format!("the PostgreSQL URL can't be read: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> SslMode {
        let (url, demand) = split(url).unwrap();
        demand.mode(&url.parse().unwrap())
    }

    #[test]
    fn only_what_leaves_the_machine_is_encrypted_unasked() {
        for url in [
            "postgres://u@localhost/d",
            "postgres://u@127.0.0.1:5432/d",
            "postgres://u@[::1]/d",
            "postgres://u@%2Frun%2Fpostgresql/d",
            "postgres://u@db.example/d?sslmode=disable",
        ] {
            assert_eq!(mode(url), SslMode::Disable, "{url}");
        }
        for url in [
            "postgres://u@db.example/d",
            "postgres://u@127.0.0.1/d?sslmode=require",
            "postgres://u@db.example/d?connect_timeout=3&sslmode=verify-full",
        ] {
            assert_eq!(mode(url), SslMode::Require, "{url}");
        }
    }

    #[test]
    fn other_parameters_are_passed_on() {
        let (url, demand) =
            split("postgres://u@h/d?sslrootcert=/ca.pem&connect_timeout=3&sslmode=require")
                .unwrap();
        assert_eq!(url, "postgres://u@h/d?connect_timeout=3");
        assert_eq!(demand.authorities.as_deref(), Some("/ca.pem"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(split("mysql://u@h/d").is_err());
        assert!(split("postgres://u@h/d?sslmode=maybe").is_err());
        let (_, demand) = split("postgres://u@h/d?sslrootcert=/nowhere.pem").unwrap();
        assert!(demand.connector().err().unwrap().to_string().contains("/nowhere.pem"));
    }
}
