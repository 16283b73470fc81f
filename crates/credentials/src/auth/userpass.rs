//! Names and passwords that are kept here, for people and programs that are not people of this
//! server.

mod login;
mod paths;
mod users;

use crate::{
    Credentials, Operation,
    backend::{Answering, Backend, Call, Doing, Paths, Terms},
    fault::Fault,
    framework::PathDefinition,
    mount::{Mount, MountKind},
    token::Token,
};

/// Logging in with a name and a password.
pub(crate) struct Userpass;

/// How long a password is looked at.
const LONGEST_PASSWORD: usize = 4096;

impl Backend for Userpass {
    fn kind(&self) -> &'static str {
        "userpass"
    }

    fn mounts_as(&self, kind: MountKind) -> bool {
        kind == MountKind::Auth
    }

    fn about(&self) -> &'static str {
        "Names and passwords that are kept here. Whoever shows both gets a token with the policies\n\
         of that name. Passwords are kept as hashes that take long to guess."
    }

    fn paths(&self) -> Paths {
        static FAMILIES: [&[PathDefinition]; 1] = [&paths::PATHS];
        &FAMILIES
    }

    fn exists<'a>(&'a self, call: &'a Call<'a>) -> Doing<'a, bool> {
        Box::pin(async move { Ok(users::load(call).await?.is_some()) })
    }

    fn renew_token<'a>(
        &'a self,
        core: &'a Credentials,
        mount: &'a Mount,
        token: &'a Token,
        _: &'a kernel::Context,
    ) -> Doing<'a, Terms> {
        Box::pin(users::renew(core, mount, token))
    }

    fn answer<'a>(&'a self, call: &'a Call<'a>) -> Answering<'a> {
        Box::pin(async move {
            match (call.path.name, call.operation) {
                ("login", _) => login::login(call).await,
                ("users", _) => users::list(call).await,
                ("user", Operation::Read) => users::read(call).await,
                ("user", Operation::Delete) => users::delete(call).await,
                ("user", _) => users::write(call).await,
                ("password", _) => users::set_password(call).await,
                ("policies", _) => users::set_policies(call).await,
                _ => Err(Fault::UnsupportedPath),
            }
        })
    }
}
