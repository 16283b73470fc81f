//! Opening connections.

use std::time::Duration;

use ::postgres::{Client, Config, NoTls, config::SslMode};
use kernel::{Error, Kind, Result, Secret};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls;
use crate::error::with_causes;

/// Everything outside `write` is read-only, so that a read can't write by mistake. The limits end
/// what hangs: a statement, the wait for a row, a transaction whose client has gone. Whatever the
/// server is tuned to, `Ok` must mean that the change is on disk; what asks for more is left alone.
const SETTINGS: &str = "
    SET default_transaction_read_only = on;
    SELECT set_config('synchronous_commit', 'on', false)
      WHERE current_setting('synchronous_commit') IN ('off', 'local');
    SET statement_timeout = '60s';
    SET lock_timeout = '15s';
    SET idle_in_transaction_session_timeout = '60s';";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Knows how to connect.
pub(crate) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    schema: Option<String>,
}

impl Connector {
    /// Reads the URL. The error never repeats it: it may hold a password.
    pub(crate) fn new(url: &Secret<String>, schema: Option<&str>) -> Result<Self> {
        if let Some(schema) = schema {
            check(schema)?;
        }
        let (url, demand) = tls::split(url.expose())?;
        let mut config: Config = url.parse().map_err(|error: ::postgres::Error| {
            Error::new(
                Kind::Invalid,
                format!("the PostgreSQL URL can't be read: {}", with_causes(&error)),
            )
        })?;
        let mode = demand.mode(&config);
        config.ssl_mode(mode);
        if config.get_application_name().is_none() {
            config.application_name("stateward");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        let tls = match mode {
            SslMode::Disable => None,
            _ => Some(demand.connector()?),
        };
        notice_silence(&mut config);
        Ok(Self { config, tls, schema: schema.map(str::to_owned) })
    }

    /// A connection for a thread.
    pub(crate) fn connect(&self) -> Result<Client> {
        let mut client = self.plain()?;
        let search_path = self.search_path();
        client
            .batch_execute(&format!("{search_path}{SETTINGS}"))
            .map_err(|error| self.unreachable(&error))?;
        Ok(client)
    }

    /// A connection that may change tables and take its time, in the schema, which it makes. The
    /// lock goes with the connection.
    pub(crate) fn connect_for_migration(&self) -> Result<Client> {
        let mut client = self.plain()?;
        self.lock_schema(&mut client).map_err(|error| self.unreachable(&error))?;
        Ok(client)
    }

    /// An error for the operator.
    pub(crate) fn unreachable(&self, error: &::postgres::Error) -> Error {
        let (address, cause) = (self.address(), with_causes(error));
        let text = format!("can't use the PostgreSQL database {address}: {cause}");
        Error::new(Kind::Unavailable, text)
    }

    fn lock_schema(&self, client: &mut Client) -> Result<(), ::postgres::Error> {
        let key = migration_lock(self.schema.as_deref().unwrap_or_default());
        client.execute("SELECT pg_advisory_lock($1)", &[&key])?;
        // Only to be quiet about what is there already.
        client.batch_execute("SET client_min_messages = warning")?;
        if let Some(schema) = &self.schema {
            client.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\""))?;
        }
        client.batch_execute(&self.search_path())
    }

    fn plain(&self) -> Result<Client> {
        match &self.tls {
            None => self.config.connect(NoTls),
            Some(tls) => self.config.connect(tls.clone()),
        }
        .map_err(|error| self.unreachable(&error))
    }

    fn search_path(&self) -> String {
        self.schema
            .as_deref()
            .map_or_else(String::new, |schema| format!("SET search_path TO \"{schema}\";"))
    }

    /// The database without user and password.
    fn address(&self) -> String {
        let hosts: Vec<_> = self.config.get_hosts().iter().map(tls::host).collect();
        let ports: Vec<_> = self.config.get_ports().iter().map(u16::to_string).collect();
        let database = self.config.get_dbname().unwrap_or("of the user's name");
        format!("{database} at {}:{}", hosts.join(","), ports.join(","))
    }
}

/// A server that vanished without a word must not hold a thread for hours, as it would by default.
fn notice_silence(config: &mut Config) {
    if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
        config.keepalives_idle(KEEPALIVE);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(KEEPALIVE);
    }
}

/// Names stand in the text of statements, so they are held to what needs no quoting.
fn check(schema: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if schema.is_empty() || schema.len() > 63 || !schema.chars().all(plain) {
        return Err(Error::new(
            Kind::Invalid,
            "the schema's name must be 1 to 63 characters of a-z, 0-9 and _",
        ));
    }
    Ok(())
}

/// One number for each schema, the same in every version.
fn migration_lock(schema: &str) -> i64 {
    crate::migrations::fnv(format!("stateward migrations {schema}").as_bytes()).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_names_that_would_need_quoting_are_refused() {
        for name in ["", "a\"b", "A", "a b", &"x".repeat(64)] {
            assert!(check(name).is_err(), "{name}");
        }
        assert!(check("test_1").is_ok());
    }

    #[test]
    fn errors_do_not_repeat_the_password() {
        let url = "postgres://user:hunter2@127.0.0.1:1/database".to_owned();
        let connector = Connector::new(&Secret::new(url), None).unwrap();
        let error = format!("{:?}", connector.connect().err().unwrap());
        assert!(error.contains("database at 127.0.0.1:1"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
