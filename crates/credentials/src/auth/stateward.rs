//! People and teams of this server: whoever shows an API token or a password of it gets a token
//! with the policies that they, and the teams they are in, are given here.

mod config;
mod holder;
mod login;
mod maps;
mod paths;

use crate::{
    Credentials, Operation,
    backend::{Answering, Backend, Call, Doing, Paths, Terms},
    fault::Fault,
    framework::PathDefinition,
    mount::{Mount, MountKind},
    token::Token,
};

/// Logging in as who one is on this server.
pub(crate) struct Stateward;

impl Backend for Stateward {
    fn kind(&self) -> &'static str {
        "stateward"
    }

    fn mounts_as(&self, kind: MountKind) -> bool {
        kind == MountKind::Auth
    }

    fn about(&self) -> &'static str {
        "People and teams of this server. Whoever shows an API token of theirs, or a username and\n\
         a password, gets a token with the policies that are given here to them and to the teams\n\
         that they are in. It ends with the API token, and with it all that it made."
    }

    fn paths(&self) -> Paths {
        static FAMILIES: [&[PathDefinition]; 1] = [&paths::PATHS];
        &FAMILIES
    }

    fn renew_token<'a>(
        &'a self,
        core: &'a Credentials,
        mount: &'a Mount,
        token: &'a Token,
        context: &'a kernel::Context,
    ) -> Doing<'a, Terms> {
        Box::pin(login::renew(core, mount, token, context))
    }

    fn tidy<'a>(&'a self, core: &'a Credentials, mount: &'a Mount) -> Doing<'a, ()> {
        Box::pin(maps::tidy(core, mount))
    }

    fn answer<'a>(&'a self, call: &'a Call<'a>) -> Answering<'a> {
        Box::pin(async move {
            match (call.path.name, call.operation) {
                ("login" | "login-user", _) => login::login(call).await,
                ("config", Operation::Read) => config::read(call).await,
                ("config", _) => config::write(call).await,
                ("users" | "organizations" | "teams", _) => maps::list(call).await,
                ("user" | "team", Operation::Read) => maps::read(call).await,
                ("user" | "team", Operation::Delete) => maps::delete(call).await,
                ("user" | "team", _) => maps::write(call).await,
                _ => Err(Fault::UnsupportedPath),
            }
        })
    }
}
