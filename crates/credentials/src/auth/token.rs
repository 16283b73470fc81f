//! Tokens by tokens: made, looked at, renewed and revoked.

mod create;
pub(crate) mod lookup;
mod paths;
mod renew;
mod revoke;
mod roles;

use kernel::Context;

use crate::{
    Credentials, Operation,
    backend::{Answering, Backend, Call, Doing, Paths, Terms},
    fault::Fault,
    framework::PathDefinition,
    mount::Mount,
    token::Token,
};

/// The way in that every other one leads to.
pub(crate) struct TokenAuth;

impl Backend for TokenAuth {
    fn kind(&self) -> &'static str {
        "token"
    }

    fn about(&self) -> &'static str {
        "Tokens are what every request shows. They are made by other tokens or by logging in, may\n\
         be renewed while they live, and end with the token that made them."
    }

    fn paths(&self) -> Paths {
        static FAMILIES: [&[PathDefinition]; 1] = [&paths::PATHS];
        &FAMILIES
    }

    fn exists<'a>(&'a self, call: &'a Call<'a>) -> Doing<'a, bool> {
        Box::pin(async move {
            let name = call.input.text_or_empty("role_name")?;
            Ok(roles::load(call, &name).await?.is_some())
        })
    }

    fn renew_token<'a>(
        &'a self,
        core: &'a Credentials,
        mount: &'a Mount,
        token: &'a Token,
        _: &'a Context,
    ) -> Doing<'a, Terms> {
        Box::pin(roles::terms(core, mount, token))
    }

    fn answer<'a>(&'a self, call: &'a Call<'a>) -> Answering<'a> {
        Box::pin(async move {
            match (call.path.name, call.operation) {
                ("create", _) => create::create(call, None, false).await,
                ("create-orphan", _) => create::create(call, None, true).await,
                ("create-role", _) => {
                    let role = call.input.text_or_empty("role_name")?;
                    create::create(call, Some(&role), false).await
                }
                ("lookup", _) => lookup::token(call).await,
                ("lookup-self", _) => lookup::own(call),
                ("lookup-accessor", _) => lookup::accessor(call).await,
                ("accessors", _) => lookup::accessors(call).await,
                ("renew", _) => renew::token(call).await,
                ("renew-self", _) => renew::own(call).await,
                ("renew-accessor", _) => renew::accessor(call).await,
                ("revoke", _) => revoke::token(call).await,
                ("revoke-self", _) => revoke::own(call).await,
                ("revoke-accessor", _) => revoke::accessor(call).await,
                ("revoke-orphan", _) => revoke::alone(call).await,
                ("tidy", _) => Ok(Some(revoke::tidy())),
                ("roles", _) => roles::list(call).await,
                ("role", Operation::Read) => roles::read(call).await,
                ("role", Operation::Delete) => roles::delete(call).await,
                ("role", _) => roles::write(call).await,
                _ => Err(Fault::UnsupportedPath),
            }
        })
    }
}

/// The token that asks. Every path of this mount needs one.
fn asker<'a>(call: &'a Call<'_>) -> Result<&'a Token, Fault> {
    call.token.ok_or(Fault::Denied)
}
