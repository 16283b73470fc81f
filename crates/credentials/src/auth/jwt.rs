//! Identities that others have signed: the tokens that CI platforms give to their jobs.

mod claims;
mod config;
mod login;
mod paths;
mod role;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use identity::{Identity, issuers::Issuers};

use crate::{
    Credentials, Operation,
    backend::{Answering, Backend, Call, Doing, Paths, Terms},
    fault::Fault,
    framework::PathDefinition,
    mount::{Mount, MountKind},
    token::Token,
};

/// How many authorities are remembered before all of them are forgotten.
const MOST_AUTHORITIES: usize = 100;

/// Logging in with a signed identity.
#[derive(Default)]
pub(crate) struct Jwt {
    /// The issuers whose servers have certificates of an authority of their own, by that authority
    /// in PEM. The others are known to everybody.
    by_authority: Mutex<HashMap<String, Issuers>>,
}

impl Jwt {
    /// The issuers that are reached with an authority; empty: with those that the machine trusts.
    fn issuers(&self, identity: &Identity, authority: &str) -> Result<Issuers, Fault> {
        if authority.is_empty() {
            return Ok(identity.issuers().clone());
        }
        // Nothing is awaited while it is held.
        let mut known = self.by_authority.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(issuers) = known.get(authority) {
            return Ok(issuers.clone());
        }
        let issuers = identity
            .issuers_trusting(authority.to_owned())
            .map_err(|error| Fault::refused(format!("could not parse CA PEM value: {error}")))?;
        if known.len() >= MOST_AUTHORITIES {
            known.clear();
        }
        known.insert(authority.to_owned(), issuers.clone());
        Ok(issuers)
    }
}

impl Backend for Jwt {
    fn kind(&self) -> &'static str {
        "jwt"
    }

    fn mounts_as(&self, kind: MountKind) -> bool {
        kind == MountKind::Auth
    }

    fn about(&self) -> &'static str {
        "Identities that others have signed, such as the OpenID Connect tokens that CI platforms\n\
         give to their jobs. The mount says whose signatures count; a role says which identities\n\
         may log in, and with which policies."
    }

    fn paths(&self) -> Paths {
        static FAMILIES: [&[PathDefinition]; 1] = [&paths::PATHS];
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

    fn answer<'a>(&'a self, call: &'a Call<'a>) -> Answering<'a> {
        Box::pin(async move {
            match (call.path.name, call.operation) {
                ("login", _) => login::login(self, call).await,
                ("config", Operation::Read) => config::read(call).await,
                ("config", _) => config::write(self, call).await,
                ("roles", _) => role::list(call).await,
                ("role", Operation::Read) => role::read(call).await,
                ("role", Operation::Delete) => role::delete(call).await,
                ("role", _) => role::write(call).await,
                _ => Err(Fault::UnsupportedPath),
            }
        })
    }
}
