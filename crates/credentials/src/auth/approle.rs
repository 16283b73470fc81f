//! Roles for machines: a role's id, and secrets that are handed out for it one by one.

mod login;
mod parts;
mod paths;
mod role;
mod secret;
mod secrets;
mod tidy;

use crate::{
    Credentials, Operation,
    backend::{Answering, Backend, Call, Doing, Paths, Terms},
    fault::Fault,
    framework::PathDefinition,
    mount::{Mount, MountKind},
    token::Token,
};

/// Logging in with the id of a role and one of its secrets.
pub(crate) struct Approle;

impl Backend for Approle {
    fn kind(&self) -> &'static str {
        "approle"
    }

    fn mounts_as(&self, kind: MountKind) -> bool {
        kind == MountKind::Auth
    }

    fn about(&self) -> &'static str {
        "Roles for machines. A machine shows the id of its role and a secret id that was made for\n\
         that role, and gets a token with the role's policies. A secret id can be good for a time,\n\
         for so many logins, and from some networks only; it is kept as a hash."
    }

    fn paths(&self) -> Paths {
        static FAMILIES: [&[PathDefinition]; 2] = [&paths::PATHS, &paths::PARTS];
        &FAMILIES
    }

    fn exists<'a>(&'a self, call: &'a Call<'a>) -> Doing<'a, bool> {
        Box::pin(async move { Ok(role::load(call).await?.is_some()) })
    }

    fn renew_token<'a>(
        &'a self,
        core: &'a Credentials,
        mount: &'a Mount,
        token: &'a Token,
        _: &'a kernel::Context,
    ) -> Doing<'a, Terms> {
        Box::pin(login::renew(core, mount, token))
    }

    fn tidy<'a>(&'a self, core: &'a Credentials, mount: &'a Mount) -> Doing<'a, ()> {
        Box::pin(tidy::tidy(core, mount))
    }

    fn answer<'a>(&'a self, call: &'a Call<'a>) -> Answering<'a> {
        Box::pin(async move {
            match (call.path.name, call.operation) {
                ("login", _) => login::login(call).await,
                ("roles", _) => role::list(call).await,
                ("role", Operation::Read) => role::read(call).await,
                ("role", Operation::Delete) => role::delete(call).await,
                ("role", _) => role::write(call).await,
                ("role-id", Operation::Read) => role::read_id(call).await,
                ("role-id", _) => role::write_id(call).await,
                ("secrets", Operation::List) => secrets::list(call).await,
                ("secrets", _) => secrets::create(call, None).await,
                ("custom-secret", _) => secrets::create_custom(call).await,
                ("secret-lookup", _) => secrets::look_up(call).await,
                ("secret-destroy", _) => secrets::destroy(call).await,
                ("accessor-lookup", _) => secrets::look_up_accessor(call).await,
                ("accessor-destroy", _) => secrets::destroy_accessor(call).await,
                ("tidy", _) => tidy::now(call).await,
                (part, Operation::Read) if parts::is_part(part) => parts::read(call).await,
                (part, Operation::Delete) if parts::is_part(part) => parts::reset(call).await,
                (part, _) if parts::is_part(part) => parts::write(call).await,
                _ => Err(Fault::UnsupportedPath),
            }
        })
    }
}
