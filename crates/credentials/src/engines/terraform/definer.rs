//! With whose rights the tokens of a role are made.
//!
//! A mount that was given a token works with that token, and the other server decides what it may.
//! A mount for this server itself has none: there whoever writes a role stands for it with their
//! own rights, which are asked for again with each token. An operator, whose policies give `sudo`
//! on the role, stands for it with the server's. Who writes a role by the console is a person.

use kernel::UserId;
use serde::{Deserialize, Serialize};

use super::{config::Config, transport::Authority};
use crate::{Credentials, backend::Call, fault::Fault, limits::Limits, origin::PERSON};

/// Who stands for a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Definer {
    /// Whoever the mount's token speaks for.
    #[default]
    Token,
    /// The server.
    Server,
    /// A person of this server, by id.
    Person(String),
}

impl Definer {
    /// Who stands for what a call writes.
    pub(super) fn of(call: &Call<'_>, config: &Config) -> Result<Self, Fault> {
        if !config.is_own() {
            return Ok(Self::Token);
        }
        if let Some(administrator) = call.administrator() {
            return Ok(Self::Person(administrator.id.to_string()));
        }
        let person = call.token.and_then(|token| token.login.get(PERSON)?.as_str());
        match person {
            Some(person) => Ok(Self::Person(person.to_owned())),
            None if is_operator(call) => Ok(Self::Server),
            None => Err(Fault::refused(
                "this mount works for this server itself, without a token: who writes roles here \
                 stands for them with their own rights. Log in with auth/stateward, or use a \
                 token whose policies give sudo on this path",
            )),
        }
    }

    /// In whose name the server's own API is asked, within the limits of the role.
    pub(super) fn authority(
        &self,
        core: &Credentials,
        limits: &Limits,
    ) -> Result<Authority, Fault> {
        let identity = core.identity().clone();
        match self {
            Self::Server => Ok(Authority::Server(identity)),
            Self::Person(id) => {
                let id: UserId = id
                    .parse()
                    .map_err(|_| Fault::refused("nobody stands for this role; write it again"))?;
                Ok(Authority::Person(identity, id, limits.lifetime()))
            }
            Self::Token => Err(Fault::refused(
                "this role was written while the mount had a token, which it has no more; write \
                 the role again",
            )),
        }
    }

    /// The person, if it is one.
    pub(super) fn person(&self) -> Option<&str> {
        match self {
            Self::Person(id) => Some(id),
            Self::Token | Self::Server => None,
        }
    }
}

/// What binds what is made by a role that a call writes: at this server itself, what binds the API
/// token that its writer logged in with.
pub(super) fn limits_of_writer(call: &Call<'_>, config: &Config) -> Limits {
    if config.is_own() { Limits::of_token(call.token) } else { Limits::default() }
}

/// Whether this may be done also where it takes an operator: by a call's token, or by whoever
/// administers the site.
pub(super) fn is_operator(call: &Call<'_>) -> bool {
    let known = call.core.known();
    call.administrator().is_some()
        || call.token.is_some_and(|token| {
            call.core.authorize(token, &known, call.operation, true, call.request).is_ok()
        })
}
