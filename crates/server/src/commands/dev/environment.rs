//! `dev.env`: what a shell sources to reach the development server, and the CLI configuration
//! that it names.

use std::path::{Path, PathBuf};

use kernel::Secret;

use super::{ORGANIZATION, Secrets, USER};
use crate::{files, terminal::Failure};

/// What stands in `dev.env`.
pub(super) struct Environment {
    pub(super) address: String,
    pub(super) token: Secret<String>,
    pub(super) password: Secret<String>,
    /// Opens the credential engine; none in files of earlier versions.
    pub(super) vault_token: Option<Secret<String>>,
}

impl Environment {
    /// The file of an earlier start, if it is there and whole.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path(folder)).ok()?;
        Some(Self {
            address: value(&text, "STATEWARD_ADDRESS")?,
            token: Secret::new(value(&text, "STATEWARD_TOKEN")?),
            password: Secret::new(value(&text, "STATEWARD_PASSWORD")?),
            vault_token: value(&text, "VAULT_TOKEN").map(Secret::new),
        })
    }

    /// Writes the file, and the CLI configuration beside it.
    pub(super) fn write(
        folder: &Path,
        address: &str,
        bundle: &Path,
        credentials: Secrets,
    ) -> Result<Self, Failure> {
        let Secrets { password, token, vault_token } = credentials;
        let cli_configuration = folder.join("terraform.tfrc");
        let host = address.trim_start_matches("https://").trim_start_matches("http://");
        let block = format!(
            "disable_checkpoint = true\n\ncredentials \"{host}\" {{\n  token = \"{}\"\n}}\n",
            token.expose()
        );
        files::write_private(&cli_configuration, &block)?;
        let lines = [
            ("STATEWARD_ADDRESS", address),
            ("STATEWARD_TOKEN", token.expose()),
            ("STATEWARD_USER", USER),
            ("STATEWARD_PASSWORD", password.expose()),
            ("STATEWARD_ORGANIZATION", ORGANIZATION),
            ("SSL_CERT_FILE", &bundle.to_string_lossy()),
            ("TF_CLI_CONFIG_FILE", &cli_configuration.to_string_lossy()),
            ("VAULT_ADDR", address),
            ("VAULT_TOKEN", vault_token.expose()),
            ("VAULT_CACERT", &bundle.to_string_lossy()),
            ("BAO_ADDR", address),
            ("BAO_TOKEN", vault_token.expose()),
            ("BAO_CACERT", &bundle.to_string_lossy()),
        ]
        .iter()
        .map(|(key, value)| format!("export {key}={}\n", quoted(value)))
        .collect::<Vec<_>>()
        .concat();
        files::write_private(&path(folder), &lines)?;
        Ok(Self { address: address.to_owned(), token, password, vault_token: Some(vault_token) })
    }
}

/// Where the file is.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join("dev.env")
}

/// In single quotes, as every shell reads them.
pub(super) fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

fn value(text: &str, key: &str) -> Option<String> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("export ")?.strip_prefix(key)?.strip_prefix('='))?;
    let inner = line.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace(r"'\''", "'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again_and_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let credentials = Secrets {
            password: Secret::new("it's".to_owned()),
            token: Secret::new("stw_1".to_owned()),
            vault_token: Secret::new("hvs.1".to_owned()),
        };
        Environment::write(
            folder.path(),
            "https://localhost:8443",
            Path::new("/ca.pem"),
            credentials,
        )
        .unwrap();
        let read = Environment::read(folder.path()).unwrap();
        assert_eq!(
            (read.address.as_str(), read.token.expose().as_str(), read.password.expose().as_str()),
            ("https://localhost:8443", "stw_1", "it's")
        );
        for name in ["dev.env", "terraform.tfrc"] {
            let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
