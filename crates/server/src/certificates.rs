//! The local certificate authority of `stateward dev`, and the certificate it issues.
//!
//! The authority's key stays in the data folder, so that what trusts it once goes on doing so; the
//! certificate for `localhost` is issued anew at each start.

use std::{
    fs,
    path::{Path, PathBuf},
};

use kernel::{Clock as _, SystemClock};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};

use crate::{config::TlsFiles, files, terminal::Failure};

/// Where programs look for the certificates that a machine trusts.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The certificate files of `dev`.
pub(crate) struct LocalCertificates {
    /// What the server shows.
    pub(crate) tls: TlsFiles,
    /// The machine's trusted certificates and the local authority's: for `SSL_CERT_FILE`, which
    /// takes the place of the machine's own.
    pub(crate) bundle: PathBuf,
}

/// Makes or reads the authority in `folder`, and issues a certificate for this machine.
pub(crate) fn prepare(folder: &Path) -> Result<LocalCertificates, Failure> {
    fs::create_dir_all(folder)
        .map_err(|error| Failure::new(format!("can't make {}: {error}", folder.display())))?;
    let authority = folder.join("ca.pem");
    let authority_key = folder.join("ca.key");
    if !(authority.exists() && authority_key.exists()) {
        let (certificate, key) = new_authority().map_err(|error| failed(&error))?;
        files::write_private(&authority_key, &key)?;
        files::write(&authority, &certificate)?;
    }
    let certificate = files::read(&authority)?;
    let key = files::read(&authority_key)?;
    let tls =
        TlsFiles { certificate: folder.join("localhost.pem"), key: folder.join("localhost.key") };
    let (leaf, leaf_key) = issue(&certificate, &key).map_err(|error| failed(&error))?;
    files::write_private(&tls.key, &leaf_key)?;
    files::write(&tls.certificate, &format!("{leaf}{certificate}"))?;

    let bundle = folder.join("ca-bundle.pem");
    let trusted =
        SYSTEM_BUNDLES.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    files::write(&bundle, &format!("{certificate}{trusted}"))?;
    Ok(LocalCertificates { tls, bundle })
}

fn failed(error: &rcgen::Error) -> Failure {
    Failure::new(format!("can't make the local certificates: {error}"))
        .hint("remove the folder \"tls\" in the data folder to start with a new authority")
}

fn new_authority() -> Result<(String, String), rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Stateward local development authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = valid_for_years(20);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    Ok((authority.pem(), authority.key().serialize_pem()))
}

fn issue(authority: &str, authority_key: &str) -> Result<(String, String), rcgen::Error> {
    let issuer = Issuer::from_ca_cert_pem(authority, KeyPair::from_pem(authority_key)?)?;
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // More than 825 days are refused on some systems.
    (params.not_before, params.not_after) = valid_for_years(2);
    let key = KeyPair::generate()?;
    Ok((params.signed_by(&key, &issuer)?.pem(), key.serialize_pem()))
}

/// From yesterday on, so that a clock that is a little behind still agrees.
fn valid_for_years(years: i64) -> (OffsetDateTime, OffsetDateTime) {
    let now = OffsetDateTime::from(std::time::UNIX_EPOCH)
        + std::time::Duration::from_micros(SystemClock.now().as_micros().unsigned_abs());
    (now - Duration::DAY, now + Duration::days(365 * years))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_start_keeps_the_authority_and_the_key_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let first = prepare(folder.path()).unwrap();
        let authority = fs::read_to_string(folder.path().join("ca.pem")).unwrap();
        prepare(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("ca.pem")).unwrap(), authority);
        assert!(fs::read_to_string(first.bundle).unwrap().starts_with(&authority));
        for name in ["ca.key", "localhost.key"] {
            assert_eq!(
                fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }
}
