//! Every setting, as it may be written: in the TOML file, the environment or a flag.
//!
//! A flag wins over the environment, that over the file, that over the default. What the values
//! mean together is `config.rs`.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::config::Problem;

/// The settings of a server, none of them required.
#[derive(Clone, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Address and port to listen on, such as 0.0.0.0:8443
    #[arg(long, global = true, env = "STATEWARD_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// The URL by which clients reach this server, such as <https://stateward.example.com>
    #[arg(long, global = true, env = "STATEWARD_EXTERNAL_URL", value_name = "URL")]
    pub external_url: Option<String>,
    /// Folder for the embedded database and keys
    #[arg(long, global = true, env = "STATEWARD_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// PostgreSQL to use in place of the embedded database: <postgres://user:password@host/name>
    #[arg(
        long,
        global = true,
        env = "STATEWARD_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// A file that holds the database URL
    #[arg(long, global = true, env = "STATEWARD_DATABASE_URL_FILE", value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,
    /// How many connections to PostgreSQL to keep
    #[arg(long, global = true, env = "STATEWARD_DATABASE_CONNECTIONS", value_name = "COUNT")]
    pub database_connections: Option<usize>,
    /// The master key: 32 bytes in base64
    #[arg(
        long,
        global = true,
        env = "STATEWARD_MASTER_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    pub master_key: Option<String>,
    /// A file that holds the master key; made on first start when it is in the data folder
    #[arg(long, global = true, env = "STATEWARD_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,
    /// The certificate chain in PEM; without it the server speaks plain HTTP, for use behind a proxy
    #[arg(long, global = true, env = "STATEWARD_TLS_CERTIFICATE", value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
    /// The certificate's private key in PEM
    #[arg(long, global = true, env = "STATEWARD_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Proxies whose X-Forwarded-For is believed: addresses or networks, comma-separated
    #[arg(
        long,
        global = true,
        env = "STATEWARD_TRUSTED_PROXIES",
        value_name = "NETWORKS",
        value_delimiter = ','
    )]
    pub trusted_proxies: Option<Vec<String>>,
    /// Seconds between the snapshots that clients send during a long apply; 0 turns them off
    #[arg(
        long,
        global = true,
        env = "STATEWARD_SNAPSHOT_INTERVAL_SECONDS",
        value_name = "SECONDS"
    )]
    pub snapshot_interval_seconds: Option<u32>,
    /// The largest request body, in bytes, other than a state
    #[arg(long, global = true, env = "STATEWARD_MAX_BODY_BYTES", value_name = "BYTES")]
    pub max_body_bytes: Option<usize>,
    /// The largest state, in bytes
    #[arg(long, global = true, env = "STATEWARD_MAX_STATE_BYTES", value_name = "BYTES")]
    pub max_state_bytes: Option<usize>,
    /// How long one request may take, in seconds
    #[arg(long, global = true, env = "STATEWARD_REQUEST_TIMEOUT_SECONDS", value_name = "SECONDS")]
    pub request_timeout_seconds: Option<u32>,
    /// Requests per second for one token or address; 0 means no limit
    #[arg(long, global = true, env = "STATEWARD_RATE_LIMIT_PER_SECOND", value_name = "COUNT")]
    pub rate_limit_per_second: Option<u32>,
    /// How many connections may be open at once
    #[arg(long, global = true, env = "STATEWARD_MAX_CONNECTIONS", value_name = "COUNT")]
    pub max_connections: Option<usize>,
    /// What requests to issuers and webhooks may reach besides the internet: addresses or networks,
    /// comma-separated, or "private" for all private networks
    #[arg(
        long,
        global = true,
        env = "STATEWARD_OUTGOING_NETWORKS",
        value_name = "NETWORKS",
        value_delimiter = ','
    )]
    pub outgoing_networks: Option<Vec<String>>,
    /// Whether such requests may go over plain http
    #[arg(long, global = true, env = "STATEWARD_OUTGOING_HTTP", value_name = "BOOL")]
    pub outgoing_http: Option<bool>,
    /// Certificate authorities in PEM to believe in such requests, beside the machine's
    #[arg(long, global = true, env = "STATEWARD_OUTGOING_CA_FILE", value_name = "FILE")]
    pub outgoing_ca_file: Option<PathBuf>,
    /// Days that audit records are kept; for ever when left out
    #[arg(long, global = true, env = "STATEWARD_AUDIT_RETENTION_DAYS", value_name = "DAYS")]
    pub audit_retention_days: Option<u32>,
    /// A file to append audit records to, as JSON, one a line
    #[arg(long, global = true, env = "STATEWARD_AUDIT_FILE", value_name = "FILE")]
    pub audit_file: Option<PathBuf>,
    /// A URL to post audit records to
    #[arg(long, global = true, env = "STATEWARD_AUDIT_WEBHOOK_URL", value_name = "URL")]
    pub audit_webhook_url: Option<String>,
    /// The secret that signs them
    #[arg(
        long,
        global = true,
        env = "STATEWARD_AUDIT_WEBHOOK_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub audit_webhook_secret: Option<String>,
    /// A file that holds that secret
    #[arg(long, global = true, env = "STATEWARD_AUDIT_WEBHOOK_SECRET_FILE", value_name = "FILE")]
    pub audit_webhook_secret_file: Option<PathBuf>,
    /// How the credential engine's key is kept: static (under the master key) or shamir (in shares
    /// that people hold)
    #[arg(long, global = true, env = "STATEWARD_SEAL", value_name = "SEAL")]
    pub seal: Option<String>,
    /// The folder in which the credential engine's audit devices may write files; none when left out
    #[arg(long, global = true, env = "STATEWARD_CREDENTIALS_AUDIT_DIR", value_name = "DIR")]
    pub credentials_audit_dir: Option<PathBuf>,
    /// How long a browser session lives, in hours
    #[arg(long, global = true, env = "STATEWARD_SESSION_HOURS", value_name = "HOURS")]
    pub session_hours: Option<u32>,
    /// Whether people may sign in with a password that is kept here
    #[arg(long, global = true, env = "STATEWARD_LOCAL_ACCOUNTS", value_name = "BOOL")]
    pub local_accounts: Option<bool>,
    /// Whether a second factor is asked for beside those passwords
    #[arg(long, global = true, env = "STATEWARD_REQUIRE_SECOND_FACTOR", value_name = "BOOL")]
    pub require_second_factor: Option<bool>,
    /// The server at which people sign in by OpenID Connect, such as <https://login.example.com>
    #[arg(long, global = true, env = "STATEWARD_OIDC_ISSUER", value_name = "URL")]
    pub oidc_issuer: Option<String>,
    /// What that server calls this one
    #[arg(long, global = true, env = "STATEWARD_OIDC_CLIENT_ID", value_name = "ID")]
    pub oidc_client_id: Option<String>,
    /// The secret that goes with it
    #[arg(
        long,
        global = true,
        env = "STATEWARD_OIDC_CLIENT_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub oidc_client_secret: Option<String>,
    /// A file that holds that secret
    #[arg(long, global = true, env = "STATEWARD_OIDC_CLIENT_SECRET_FILE", value_name = "FILE")]
    pub oidc_client_secret_file: Option<PathBuf>,
    /// What people call that server, on the sign-in page
    #[arg(long, global = true, env = "STATEWARD_OIDC_NAME", value_name = "NAME")]
    pub oidc_name: Option<String>,
    /// What that server is asked for, comma-separated; openid, profile and email when left out
    #[arg(
        long,
        global = true,
        env = "STATEWARD_OIDC_SCOPES",
        value_name = "SCOPES",
        value_delimiter = ','
    )]
    pub oidc_scopes: Option<Vec<String>>,
    /// The claim that lists a person's groups; "groups" when left out
    #[arg(long, global = true, env = "STATEWARD_OIDC_GROUPS_CLAIM", value_name = "CLAIM")]
    pub oidc_groups_claim: Option<String>,
    /// The claim that a new account's name is made of; "preferred_username" when left out
    #[arg(long, global = true, env = "STATEWARD_OIDC_USERNAME_CLAIM", value_name = "CLAIM")]
    pub oidc_username_claim: Option<String>,
    /// The domains that people's verified e-mail addresses must be of, comma-separated
    #[arg(
        long,
        global = true,
        env = "STATEWARD_OIDC_ALLOWED_DOMAINS",
        value_name = "DOMAINS",
        value_delimiter = ','
    )]
    pub oidc_allowed_domains: Option<Vec<String>>,
    /// The group whose members, and nobody else of those who sign in there, administer the site
    #[arg(long, global = true, env = "STATEWARD_OIDC_SITE_ADMIN_GROUP", value_name = "GROUP")]
    pub oidc_site_admin_group: Option<String>,
    /// Whether people who have no account get one when they sign in there; true when left out
    #[arg(long, global = true, env = "STATEWARD_OIDC_CREATE_USERS", value_name = "BOOL")]
    pub oidc_create_users: Option<bool>,
    /// Whether people with a verified e-mail address get into the account that has it
    #[arg(long, global = true, env = "STATEWARD_OIDC_LINK_BY_EMAIL", value_name = "BOOL")]
    pub oidc_link_by_email: Option<bool>,
    /// What is logged: error, warn, info, debug, or a filter such as info,stateward_db=debug
    #[arg(long, global = true, env = "STATEWARD_LOG_LEVEL", value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// How it is logged: text or json
    #[arg(long, global = true, env = "STATEWARD_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<String>,
}

impl Options {
    /// Reads a TOML file: what is right in it, and each key that is unknown or of the wrong kind.
    pub fn from_file(path: &Path) -> (Self, Vec<Problem>) {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::from_toml(&text),
            Err(error) => {
                let text = format!("can't read {}: {error}", path.display());
                (Self::default(), vec![Problem::new("config", text)])
            }
        }
    }

    fn from_toml(text: &str) -> (Self, Vec<Problem>) {
        let table: toml::Table = match toml::from_str(text) {
            Ok(table) => table,
            Err(error) => {
                let text = format!("the file is not valid toml: {}", one_line(&error));
                return (Self::default(), vec![Problem::new("config", text)]);
            }
        };
        let (mut options, mut problems) = (Self::default(), Vec::new());
        for (key, value) in table {
            match toml::Table::from_iter([(key.clone(), value)]).try_into::<Self>() {
                Ok(one) => options = options.or(one),
                Err(error) => problems.push(Problem::new(key, error.message())),
            }
        }
        (options, problems)
    }

    /// These settings, completed by others where they say nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            listen: self.listen.or(other.listen),
            external_url: self.external_url.or(other.external_url),
            data_dir: self.data_dir.or(other.data_dir),
            database_url: self.database_url.or(other.database_url),
            database_url_file: self.database_url_file.or(other.database_url_file),
            database_connections: self.database_connections.or(other.database_connections),
            master_key: self.master_key.or(other.master_key),
            master_key_file: self.master_key_file.or(other.master_key_file),
            tls_certificate: self.tls_certificate.or(other.tls_certificate),
            tls_key: self.tls_key.or(other.tls_key),
            trusted_proxies: self.trusted_proxies.or(other.trusted_proxies),
            snapshot_interval_seconds: self
                .snapshot_interval_seconds
                .or(other.snapshot_interval_seconds),
            max_body_bytes: self.max_body_bytes.or(other.max_body_bytes),
            max_state_bytes: self.max_state_bytes.or(other.max_state_bytes),
            request_timeout_seconds: self.request_timeout_seconds.or(other.request_timeout_seconds),
            rate_limit_per_second: self.rate_limit_per_second.or(other.rate_limit_per_second),
            max_connections: self.max_connections.or(other.max_connections),
            audit_retention_days: self.audit_retention_days.or(other.audit_retention_days),
            audit_file: self.audit_file.or(other.audit_file),
            audit_webhook_url: self.audit_webhook_url.or(other.audit_webhook_url),
            audit_webhook_secret: self.audit_webhook_secret.or(other.audit_webhook_secret),
            audit_webhook_secret_file: self
                .audit_webhook_secret_file
                .or(other.audit_webhook_secret_file),
            outgoing_networks: self.outgoing_networks.or(other.outgoing_networks),
            outgoing_http: self.outgoing_http.or(other.outgoing_http),
            outgoing_ca_file: self.outgoing_ca_file.or(other.outgoing_ca_file),
            seal: self.seal.or(other.seal),
            credentials_audit_dir: self.credentials_audit_dir.or(other.credentials_audit_dir),
            session_hours: self.session_hours.or(other.session_hours),
            local_accounts: self.local_accounts.or(other.local_accounts),
            require_second_factor: self.require_second_factor.or(other.require_second_factor),
            oidc_issuer: self.oidc_issuer.or(other.oidc_issuer),
            oidc_client_id: self.oidc_client_id.or(other.oidc_client_id),
            oidc_client_secret: self.oidc_client_secret.or(other.oidc_client_secret),
            oidc_client_secret_file: self.oidc_client_secret_file.or(other.oidc_client_secret_file),
            oidc_name: self.oidc_name.or(other.oidc_name),
            oidc_scopes: self.oidc_scopes.or(other.oidc_scopes),
            oidc_groups_claim: self.oidc_groups_claim.or(other.oidc_groups_claim),
            oidc_username_claim: self.oidc_username_claim.or(other.oidc_username_claim),
            oidc_allowed_domains: self.oidc_allowed_domains.or(other.oidc_allowed_domains),
            oidc_site_admin_group: self.oidc_site_admin_group.or(other.oidc_site_admin_group),
            oidc_create_users: self.oidc_create_users.or(other.oidc_create_users),
            oidc_link_by_email: self.oidc_link_by_email.or(other.oidc_link_by_email),
            log_level: self.log_level.or(other.log_level),
            log_format: self.log_format.or(other.log_format),
        }
    }
}

/// What is wrong and where, without the picture.
fn one_line(error: &toml::de::Error) -> String {
    let text = error.to_string();
    let place = text.lines().next().unwrap_or_default().trim_start_matches("TOML parse error ");
    format!("{} ({place})", error.message().lines().collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_key_is_named_and_the_others_are_read() {
        let (options, problems) = Options::from_toml(
            "lisen = 3\nmax_state_bytes = \"lots\"\nlisten = \"127.0.0.1:1\"\nsession_hours = -5\n",
        );
        let keys: Vec<_> = problems.iter().map(|problem| problem.key.as_ref()).collect();
        assert_eq!(keys, ["lisen", "max_state_bytes", "session_hours"]);
        assert_eq!(options.listen.as_deref(), Some("127.0.0.1:1"));
    }

    #[test]
    fn what_is_no_toml_is_one_line_with_its_place() {
        let (_, problems) = Options::from_toml("listen = \"127.0.0.1:1\"\nmax = = 3\n");
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert!(problem.text.contains("line 2") && !problem.text.contains('\n'), "{problem:?}");
    }

    #[test]
    fn what_is_said_first_wins() {
        let flags = Options { listen: Some("a".to_owned()), ..Options::default() };
        let (file, problems) = Options::from_toml("listen = \"b\"\nmax_connections = 7");
        let both = flags.or(file);
        assert_eq!((both.listen.as_deref(), both.max_connections), (Some("a"), Some(7)));
        assert!(problems.is_empty());
    }
}
