//! `stateward server`: production.

use std::net::TcpListener;

use crate::{
    app::App,
    config::{Config, Database},
    serve,
    terminal::Failure,
};

pub(super) fn run(config: Config) -> Result<(), Failure> {
    serve::start_log(&config.log);
    // The embedded database belongs to one server; PostgreSQL can have many.
    let _folder = match config.database {
        Database::Embedded => Some(serve::lock_folder(&config.data_dir)?),
        Database::Postgres { .. } => None,
    };
    let listener = bind(&config)?;
    let external_url = config.external_url.clone().ok_or_else(|| {
        Failure::new("external_url is missing")
            .hint("set the URL by which clients reach this server")
    })?;
    if config.tls.is_none()
        && external_url.starts_with("https://")
        && config.trusted_proxies.is_empty()
    {
        tracing::warn!(
            "plain HTTP behind an https URL: set trusted_proxies, or callers show up with the proxy's address"
        );
    }
    let app = App::open(&config, &external_url)?;
    let announce = || tracing::info!(listen = %config.listen, url = %external_url, "listening");
    serve::runtime()?.block_on(serve::until_stopped(
        &app,
        &config,
        &external_url,
        listener,
        announce,
    ))
}

/// Takes the port, or says in one line that it is taken.
pub(super) fn bind(config: &Config) -> Result<TcpListener, Failure> {
    TcpListener::bind(config.listen).map_err(|error| {
        let failure = Failure::new(format!("can't listen on {}: {error}", config.listen));
        match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                failure.hint("stop the program that uses the port, or choose another with --listen")
            }
            std::io::ErrorKind::PermissionDenied => {
                failure.hint("ports below 1024 need rights; choose another with --listen")
            }
            _ => failure.hint("choose another address with --listen"),
        }
    })
}
