//! `stateward check`: what is wrong with a configuration, key by key, before a server runs on it.

use std::{path::Path, sync::Arc};

use identity::issuers::Issuers;
use kernel::SystemClock;
use outgoing::Outgoing;

use super::ConfigArguments;
use crate::{
    app,
    config::{Config, Database, Problem},
    serve,
    terminal::{Failure, Style},
};

pub(super) fn run(arguments: ConfigArguments) -> Result<(), Failure> {
    let (options, mut problems) = arguments.options();
    let style = Style::for_stdout();
    problems.extend(match Config::from_options(options) {
        Ok(config) => surroundings(&config),
        Err(problems) => problems,
    });
    if problems.is_empty() {
        println!("{} the configuration is right", style.green("ok:"));
        return Ok(());
    }
    for Problem { key, text } in &problems {
        println!("{} {text}", style.red(format!("{key}:")));
    }
    Err(Failure::new(match problems.len() {
        1 => "1 setting is wrong".to_owned(),
        count => format!("{count} settings are wrong"),
    }))
}

/// What can only be seen by trying: files, keys, the database.
fn surroundings(config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    if config.external_url.is_none() {
        problems.push(Problem::new(
            "external_url",
            "is missing: the URL by which clients reach the server",
        ));
    }
    if let Some(tls) = &config.tls
        && let Err(error) = web::listener::load(&tls.certificate, &tls.key)
    {
        problems.push(Problem::new("tls_certificate", error.to_string()));
    }
    if let Err(error) = std::net::TcpListener::bind(config.listen)
        && error.kind() != std::io::ErrorKind::AddrInUse
    {
        problems
            .push(Problem::new("listen", format!("can't listen on {}: {error}", config.listen)));
    }
    if let Err(failure) = reach_provider(config) {
        problems.push(Problem::new("oidc_issuer", failure.to_string()));
    }
    if let Some(path) = &config.audit.file {
        let was_there = path.exists();
        let opened = std::fs::File::options().append(true).create(true).open(path);
        if let Err(error) = &opened {
            let text = format!("can't write {}: {error}", path.display());
            problems.push(Problem::new("audit_file", text));
        } else if !was_there {
            // It was only tried.
            let _ = std::fs::remove_file(path);
        }
    }
    if let Some(folder) = &config.credentials_audit_dir
        && let Err(error) = try_folder(folder)
    {
        let text = format!("can't write in {}: {error}", folder.display());
        problems.push(Problem::new("credentials_audit_dir", text));
    }
    let was_there = config.data_dir.is_dir();
    if let Err(failure) = app::make_data_folder(config) {
        problems.push(Problem::new("data_dir", failure.to_string()));
    }
    if let Err(failure) = app::check_master_key(config) {
        problems.push(Problem::new("master_key_file", failure.to_string()));
    }
    let key = match config.database {
        Database::Embedded => "data_dir",
        Database::Postgres { .. } => "database_url",
    };
    if let Err(failure) = app::reach_database(config) {
        problems.push(Problem::new(key, failure.to_string()));
    }
    if !was_there {
        // It was only tried; a folder that is not empty by now stays.
        let _ = std::fs::remove_dir(&config.data_dir);
    }
    problems
}

/// Writes a file and takes it away again.
fn try_folder(folder: &Path) -> std::io::Result<()> {
    let probe = folder.join(".stateward-check");
    std::fs::File::options().append(true).create(true).open(&probe)?;
    std::fs::remove_file(probe)
}

/// Whether the server at which people sign in, if there is one, answers and says where they do.
fn reach_provider(config: &Config) -> Result<(), Failure> {
    let Some(provider) = &config.sign_in.provider else { return Ok(()) };
    let runtime = serve::runtime()?;
    let issuers = Issuers::new(Outgoing::new(config.outgoing.clone()), Arc::new(SystemClock));
    let metadata = runtime.block_on(async { issuers.metadata(&provider.issuer).await })?;
    for (what, found) in [
        ("authorization_endpoint", &metadata.authorization_endpoint),
        ("token_endpoint", &metadata.token_endpoint),
    ] {
        if found.is_none() {
            return Err(Failure::new(format!("answers, and says nothing of its {what}")));
        }
    }
    Ok(())
}
