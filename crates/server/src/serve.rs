//! Serving until told to stop: the log, the folder's lock, the listener, the background roles.

use std::{net::TcpListener, path::Path};

use db::FolderLock;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::{
    app::App,
    background,
    config::{Config, Log},
    terminal::{Failure, Style},
};

/// Sends the log to standard error, coloured only where a person reads it: in a file the codes of
/// colours are noise, and nothing is found by its text.
pub fn start_log(log: &Log) {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(log_filter(&log.level))
        .with_ansi(Style::for_stderr().has_colours())
        .with_writer(std::io::stderr);
    // A log that was started before (in tests) stays as it is.
    let _already_started = if log.json { builder.json().try_init() } else { builder.try_init() };
}

/// What is logged at a level. Libraries that would tell what they carry, such as the parameters of
/// every statement, are never heard below info, whatever the level says.
pub fn log_filter(level: &str) -> EnvFilter {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    ["tokio_postgres=info", "postgres=info", "hyper=info", "h2=info", "rustls=info"]
        .into_iter()
        .filter_map(|directive| directive.parse().ok())
        .fold(filter, EnvFilter::add_directive)
}

/// The runtime that a command runs on.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("can't start the runtime: {error}")))
}

/// Keeps a second server out of the data folder.
pub fn lock_folder(folder: &Path) -> Result<FolderLock, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::new(format!("can't make the data folder {}: {error}", folder.display()))
    })?;
    Ok(FolderLock::acquire(folder)?)
}

/// Serves until SIGINT or SIGTERM, then ends what is under way. `announce` is called once the
/// signals are listened for, so that whoever reads it can stop the server at once.
pub async fn until_stopped(
    app: &App,
    config: &Config,
    external_url: &str,
    listener: TcpListener,
    announce: impl FnOnce(),
) -> Result<(), Failure> {
    let stop = stop_signal()?;
    let roles = background::start(app);
    announce();
    let outcome = app.serve(config, external_url, listener, stop).await;
    roles.stop().await;
    Ok(outcome?)
}

/// Listens for the signals from now on; the future ends with the first.
fn stop_signal() -> Result<impl Future<Output = ()> + Send, Failure> {
    let listen = |kind| {
        signal(kind).map_err(|error| Failure::new(format!("can't listen for signals: {error}")))
    };
    let (mut interrupt, mut terminate) =
        (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
