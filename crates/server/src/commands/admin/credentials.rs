//! The credential engine on the server's own machine: a token for whoever has none, and the key in
//! shares.

use std::time::Duration;

use ::credentials::Fault;

use super::Outcome;
use crate::{
    app::App,
    terminal::{Failure, Style},
};

/// A token that may do everything below `/v1/`.
pub(super) async fn create_root_token(app: &App, hours: u32) -> Result<Outcome, Failure> {
    let ttl = Duration::from_hours(u64::from(hours));
    let token = app.credentials().create_operator_token(ttl).await.map_err(|fault| {
        failure(&fault).hint("who holds shares makes one with `vault operator generate-root`")
    })?;
    let life = match hours {
        0 => "It does not expire: revoke it when it is no longer needed.".to_owned(),
        hours => format!("It expires in {hours} hours."),
    };
    let note = format!("Keep it now: it is stored as a hash and can't be shown again. {life}");
    let text = format!("{}\n{}", token.expose(), Style::for_stdout().dim(&note));
    Ok(Outcome { text, fields: vec![("token", token.into_exposed())] })
}

/// Puts the engine's key into shares.
pub(super) async fn split_seal(app: &App, shares: u8, threshold: u8) -> Result<Outcome, Failure> {
    let shares =
        app.credentials().split_seal(shares, threshold).await.map_err(|fault| failure(&fault))?;
    let shares: Vec<String> = shares.into_iter().map(kernel::Secret::into_exposed).collect();
    let note = format!(
        "Give each share to somebody else; they can't be shown again. Any {threshold} of them unseal \
         the credential engine, and nothing else does from the next start on.\nSet seal = \"shamir\" \
         and start every server again."
    );
    let text = format!("{}\n{}", shares.join("\n"), Style::for_stdout().dim(&note));
    Ok(Outcome { text, fields: vec![("shares", shares.join(" "))] })
}

fn failure(fault: &Fault) -> Failure {
    Failure::new(fault.errors().join("; "))
}
