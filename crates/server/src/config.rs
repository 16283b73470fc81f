//! What the settings mean together: checked, typed, with defaults.

mod audit;
mod credentials;
mod outgoing;
mod sign_in;

use std::{
    borrow::Cow,
    net::{SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
    time::Duration,
};

use barrier::MasterKey;
use identity::audit::AuditSettings;
use kernel::Secret;
use web::{InvalidNetwork, Network};

use crate::options::Options;

pub use sign_in::SignIn;

/// A year.
const MOST_HOURS: u32 = 8_760;
const MEBIBYTE: usize = 1024 * 1024;

/// A server's settings, ready to use.
#[derive(Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The URL by which clients reach the server, without a trailing slash. None: made from the
    /// port that was bound, for `localhost`.
    pub external_url: Option<String>,
    /// The folder for the embedded database, its lock and keys.
    pub data_dir: PathBuf,
    /// The storage engine.
    pub database: Database,
    /// Where the master key is.
    pub master_key: MasterKeySource,
    /// Certificate chain and key; none for plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Networks of the proxies to believe.
    pub trusted_proxies: Vec<Network>,
    /// Seconds between snapshots; none turns them off.
    pub snapshot_interval: Option<Duration>,
    /// The largest request body other than a state, in bytes.
    pub max_body_bytes: usize,
    /// The largest state, in bytes.
    pub max_state_bytes: usize,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// Requests per second for one token or address.
    pub rate_limit_per_second: Option<u32>,
    /// Connections that may be open at once.
    pub max_connections: usize,
    /// How long a browser session lives.
    pub session_lifetime: Duration,
    /// How people sign in.
    pub sign_in: SignIn,
    /// How long the audit trail is kept, and where it is sent.
    pub audit: AuditSettings,
    /// How the credential engine's key is kept.
    pub seal: ::credentials::SealKind,
    /// The folder in which the credential engine's audit devices may write.
    pub credentials_audit_dir: Option<PathBuf>,
    /// The limits of requests to others.
    pub outgoing: ::outgoing::Settings,
    /// The log.
    pub log: Log,
}

/// The storage engine to use.
#[derive(Clone)]
pub enum Database {
    /// SQLite in the data folder.
    Embedded,
    /// PostgreSQL.
    Postgres {
        /// Connection URL, with the password.
        url: Secret<String>,
        /// How many connections.
        connections: usize,
        /// The schema to live in; none for what the URL's user finds first.
        schema: Option<String>,
    },
}

/// Where the master key comes from.
#[derive(Clone)]
pub enum MasterKeySource {
    /// Given.
    Given(MasterKey),
    /// In a file, which is made on first start if `create` is set.
    File {
        /// The file.
        path: PathBuf,
        /// Whether a missing file is made: only in the data folder.
        create: bool,
    },
}

/// A certificate and its key.
#[derive(Clone)]
pub struct TlsFiles {
    /// The chain in PEM.
    pub certificate: PathBuf,
    /// The private key in PEM.
    pub key: PathBuf,
}

/// What is logged and how.
#[derive(Clone)]
pub struct Log {
    /// A level or filter.
    pub level: String,
    /// One JSON object a line, in place of text.
    pub json: bool,
}

/// A setting that is wrong.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key as written in the file.
    pub key: Cow<'static, str>,
    /// What is wrong and what to do.
    pub text: String,
}

impl Problem {
    pub(crate) fn new(key: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self { key: key.into(), text: text.into() }
    }
}

impl Config {
    /// Checks the settings and names everything that is wrong, key by key.
    pub fn from_options(options: Options) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let data_dir = options.data_dir.clone().unwrap_or_else(|| PathBuf::from(".stateward"));
        let outgoing =
            problems.or_default(outgoing::settings(&options), ::outgoing::Settings::default());
        let config = Self {
            listen: problems.or_default(listen(&options), SocketAddr::from(([127, 0, 0, 1], 8443))),
            external_url: problems.or_default(external_url(&options), None),
            database: problems.or_default(database(&options), Database::Embedded),
            master_key: problems.or_default(master_key(&options, &data_dir), missing_key()),
            tls: problems.or_default(tls(&options), None),
            trusted_proxies: problems.or_default(trusted_proxies(&options), Vec::new()),
            sign_in: problems.or_default(sign_in::settings(&options), SignIn::default()),
            audit: problems
                .or_default(audit::settings(&options, &outgoing), AuditSettings::default()),
            seal: problems
                .or_default(credentials::seal(&options), ::credentials::SealKind::default()),
            credentials_audit_dir: problems.or_default(credentials::audit_dir(&options), None),
            outgoing,
            log: problems.or_default(log(&options), Log { level: String::new(), json: false }),
            snapshot_interval: match options.snapshot_interval_seconds.unwrap_or(20) {
                0 => None,
                seconds => Some(Duration::from_secs(u64::from(seconds))),
            },
            max_body_bytes: options.max_body_bytes.unwrap_or(4 * MEBIBYTE),
            max_state_bytes: options.max_state_bytes.unwrap_or(1024 * MEBIBYTE),
            request_timeout: Duration::from_secs(u64::from(
                options.request_timeout_seconds.unwrap_or(300),
            )),
            rate_limit_per_second: options.rate_limit_per_second.filter(|limit| *limit > 0),
            max_connections: options.max_connections.unwrap_or(10_000),
            session_lifetime: Duration::from_secs(
                3600 * u64::from(options.session_hours.unwrap_or(12)),
            ),
            data_dir,
        };
        problems.check(options.max_body_bytes != Some(0), "max_body_bytes", "must be more than 0");
        problems.check(
            options.max_state_bytes != Some(0),
            "max_state_bytes",
            "must be more than 0",
        );
        problems.check(
            options.max_connections != Some(0),
            "max_connections",
            "must be more than 0",
        );
        problems.check(
            options.request_timeout_seconds != Some(0),
            "request_timeout_seconds",
            "must be more than 0",
        );
        problems.check(
            options.session_hours.is_none_or(|hours| (1..=MOST_HOURS).contains(&hours)),
            "session_hours",
            "must be from 1 to 8760, a year",
        );
        // Clients give up on a limit of 1 to 3 requests a second: their limiter then allows none.
        problems.check(
            !matches!(options.rate_limit_per_second, Some(1..=3)),
            "rate_limit_per_second",
            "clients can't work with less than 4 requests a second; use 4 or more, or 0 for no limit",
        );
        problems.into_result(config)
    }
}

#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn or_default<T>(&mut self, outcome: Result<T, Problem>, default: T) -> T {
        outcome.unwrap_or_else(|problem| {
            self.0.push(problem);
            default
        })
    }

    fn check(&mut self, holds: bool, key: &'static str, text: &str) {
        if !holds {
            self.0.push(Problem::new(key, text));
        }
    }

    fn into_result<T>(self, value: T) -> Result<T, Vec<Problem>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }
}

fn listen(options: &Options) -> Result<SocketAddr, Problem> {
    let text = options.listen.as_deref().unwrap_or("127.0.0.1:8443");
    let wrong = |reason: String| {
        Problem::new(
            "listen",
            format!("\"{text}\" is not an address and port such as 0.0.0.0:8443{reason}"),
        )
    };
    text.to_socket_addrs()
        .map_err(|error| wrong(format!(" ({error})")))?
        .next()
        .ok_or_else(|| wrong(String::new()))
}

fn external_url(options: &Options) -> Result<Option<String>, Problem> {
    let Some(text) = options.external_url.as_deref() else { return Ok(None) };
    let wrong = || {
        Problem::new(
            "external_url",
            format!(
                "\"{text}\" is not a URL such as https://stateward.example.com: scheme, host and port only"
            ),
        )
    };
    let uri: axum::http::Uri = text.trim_end_matches('/').parse().map_err(|_| wrong())?;
    let authority = uri.authority().ok_or_else(wrong)?;
    let plain = matches!(uri.path(), "" | "/")
        && uri.query().is_none()
        && !authority.as_str().contains('@');
    match uri.scheme_str() {
        Some(scheme @ ("http" | "https")) if plain => Ok(Some(format!("{scheme}://{authority}"))),
        _ => Err(wrong()),
    }
}

fn database(options: &Options) -> Result<Database, Problem> {
    let url = match (&options.database_url, &options.database_url_file) {
        (Some(_), Some(_)) => {
            return Err(Problem::new(
                "database_url",
                "give either database_url or database_url_file, not both",
            ));
        }
        (Some(url), None) => url.clone(),
        (None, Some(path)) => read_secret("database_url_file", path)?,
        (None, None) => return Ok(Database::Embedded),
    };
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return Err(Problem::new(
            "database_url",
            "must start with postgres://; leave it out to use the embedded database",
        ));
    }
    match options.database_connections.unwrap_or(16) {
        connections @ 1..=500 => {
            Ok(Database::Postgres { url: Secret::new(url), connections, schema: None })
        }
        _ => Err(Problem::new("database_connections", "must be from 1 to 500")),
    }
}

fn missing_key() -> MasterKeySource {
    MasterKeySource::File { path: PathBuf::new(), create: false }
}

fn master_key(options: &Options, data_dir: &Path) -> Result<MasterKeySource, Problem> {
    match (&options.master_key, &options.master_key_file) {
        (Some(_), Some(_)) => {
            Err(Problem::new("master_key", "give either master_key or master_key_file, not both"))
        }
        (Some(text), None) => MasterKey::from_base64(text.trim())
            .map(MasterKeySource::Given)
            .map_err(|error| Problem::new("master_key", error.to_string())),
        (None, Some(path)) if path.exists() => {
            Ok(MasterKeySource::File { path: path.clone(), create: false })
        }
        (None, Some(path)) => Err(Problem::new(
            "master_key_file",
            format!("{} does not exist; make one with: openssl rand -base64 32", path.display()),
        )),
        (None, None) => {
            Ok(MasterKeySource::File { path: data_dir.join("master.key"), create: true })
        }
    }
}

fn tls(options: &Options) -> Result<Option<TlsFiles>, Problem> {
    match (&options.tls_certificate, &options.tls_key) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(Problem::new("tls_key", "is missing beside tls_certificate")),
        (None, Some(_)) => Err(Problem::new("tls_certificate", "is missing beside tls_key")),
        (Some(certificate), Some(key)) => {
            for (name, path) in [("tls_certificate", certificate), ("tls_key", key)] {
                std::fs::File::open(path).map_err(|error| {
                    Problem::new(name, format!("can't read {}: {error}", path.display()))
                })?;
            }
            Ok(Some(TlsFiles { certificate: certificate.clone(), key: key.clone() }))
        }
    }
}

fn trusted_proxies(options: &Options) -> Result<Vec<Network>, Problem> {
    let networks = options.trusted_proxies.iter().flatten().map(|text| text.parse());
    networks
        .collect::<Result<_, _>>()
        .map_err(|error: InvalidNetwork| Problem::new("trusted_proxies", error.to_string()))
}

fn log(options: &Options) -> Result<Log, Problem> {
    let level = options.log_level.clone().unwrap_or_else(|| "info".to_owned());
    if let Err(error) = tracing_subscriber::EnvFilter::try_new(&level) {
        return Err(Problem::new(
            "log_level",
            format!("\"{level}\" is not a level or filter: {error}"),
        ));
    }
    match options.log_format.as_deref() {
        None | Some("text") => Ok(Log { level, json: false }),
        Some("json") => Ok(Log { level, json: true }),
        Some(other) => {
            Err(Problem::new("log_format", format!("\"{other}\" is neither text nor json")))
        }
    }
}

fn read_secret(key: &'static str, path: &Path) -> Result<String, Problem> {
    std::fs::read_to_string(path)
        .map(|text| text.trim().to_owned())
        .map_err(|error| Problem::new(key, format!("can't read {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(toml: &str) -> Vec<Cow<'static, str>> {
        let options: Options = toml::from_str(toml).unwrap();
        Config::from_options(options)
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|problem| problem.key)
            .collect()
    }

    #[test]
    fn defaults_are_right() {
        assert!(Config::from_options(Options::default()).is_ok());
    }

    #[test]
    fn every_wrong_key_is_named_at_once() {
        assert_eq!(
            problems(
                "listen = \"here\"\nexternal_url = \"ftp://x\"\ndatabase_url = \"mysql://x\"\nmaster_key = \"short\"\n\
                 tls_key = \"/k\"\ntrusted_proxies = [\"everyone\"]\nlog_format = \"xml\"\nmax_state_bytes = 0\n\
                 rate_limit_per_second = 2"
            ),
            [
                "listen",
                "external_url",
                "database_url",
                "master_key",
                "tls_certificate",
                "trusted_proxies",
                "log_format",
                "max_state_bytes",
                "rate_limit_per_second"
            ]
        );
    }

    #[test]
    fn an_external_url_is_scheme_host_and_port() {
        for (text, normal) in [
            ("https://a.example", Some("https://a.example")),
            ("https://a.example:8443/", Some("https://a.example:8443")),
            ("http://127.0.0.1:80", Some("http://127.0.0.1:80")),
            ("https://a.example/path", None),
            ("https://user@a.example", None),
            ("a.example", None),
        ] {
            let options = Options { external_url: Some(text.to_owned()), ..Options::default() };
            assert_eq!(external_url(&options).ok().flatten().as_deref(), normal, "{text}");
        }
    }
}
