//! The engine that gives out tokens of a Terraform API: this server's, HCP Terraform's or
//! Terraform Enterprise's. Paths, fields and texts are those of Vault's engine of that name, in its
//! newest form.

mod bound;
mod client;
mod config;
mod create;
mod creds;
mod definer;
mod documents;
mod fields;
mod fixed;
mod intents;
mod organization;
mod prepared;
mod role;
mod rotate;
mod rotate_root;
mod transport;
mod upstream_error;

#[cfg(test)]
mod tests;

use std::time::Duration;

use kernel::Timestamp;

pub(crate) use config::{Config, DEFAULT_ADDRESS, KEY as CONFIG};
pub(crate) use role::{CredentialType, FOLDER as ROLES, Role};

use crate::{
    Credentials, Operation,
    backend::{Answering, Backend, Call, Doing, Paths},
    fault::Fault,
    framework::{PathDefinition, Pattern, Piece},
    lease::StoredLease,
    mount::{Mount, MountKind},
    store::Intent,
    ttl::Grant,
};

static PATHS: [PathDefinition; 6] = [
    PathDefinition::new(
        "config",
        Pattern(&[Piece::Is("config")]),
        fields::CONFIG,
        &[Operation::Create, Operation::Read, Operation::Update, Operation::Delete],
        "How the Terraform API is reached.",
        "Keeps the address of a Terraform API and the token that other tokens are made with there. \
         What a write leaves out stays as it is. A new token is tried at once.",
    )
    .telling_creation(),
    PathDefinition::new(
        "role",
        Pattern(&[Piece::Is("role"), Piece::Name("name")]),
        fields::ROLE,
        &[Operation::Read, Operation::Update, Operation::Delete],
        "Roles: whose tokens are given out, and for how long.",
        "A role of a user or a team gives out another token each time, under a lease. A role of an \
         organization, or of a team with team_legacy, has one token, which is made anew with each \
         write of the role: the one before ends. A bound role gives out tokens that reach one \
         workspace or project and nothing else.",
    ),
    PathDefinition::new(
        "roles",
        Pattern(&[Piece::Is("role"), Piece::MaybeSlash]),
        &[],
        &[Operation::List],
        "The names of the roles.",
        "Lists the roles of this mount by name.",
    ),
    PathDefinition::new(
        "creds",
        Pattern(&[Piece::Is("creds"), Piece::Name("name")]),
        fields::CREDS,
        &[Operation::Read, Operation::Update],
        "Gives out a token.",
        "Gives out a token of a role: another one each time, under a lease that can be renewed and \
         revoked; or the one that the role has.",
    ),
    PathDefinition::new(
        "rotate-role",
        Pattern(&[Piece::Is("rotate-role"), Piece::Name("name")]),
        fields::ROTATE_ROLE,
        &[Operation::Update],
        "Replaces the token of a role that has one.",
        "Makes the token of an organization's or a team_legacy role anew. The one before ends at \
         once.",
    ),
    PathDefinition::new(
        "rotate-root",
        Pattern(&[Piece::Is("rotate-root")]),
        &[],
        &[Operation::Update],
        "Replaces the token that this engine works with.",
        "Makes another token of the same owner, keeps it, and ends the one before. From then on \
         nobody but this server knows the token.",
    ),
];

/// The engine.
#[derive(Default)]
pub(crate) struct Terraform {
    prepared: prepared::Pools,
}

impl Backend for Terraform {
    fn kind(&self) -> &'static str {
        "terraform"
    }

    fn mounts_as(&self, kind: MountKind) -> bool {
        kind == MountKind::Secret
    }

    fn about(&self) -> &'static str {
        "This engine gives out API tokens of a Terraform API: of its users, teams and\n\
         organizations. Write config first, then a role, then read creds."
    }

    fn paths(&self) -> Paths {
        static FAMILIES: [&[PathDefinition]; 1] = [&PATHS];
        &FAMILIES
    }

    fn any_case(&self) -> &'static [&'static str] {
        &["creds/", "role/", "rotate-role/"]
    }

    fn exists<'a>(&'a self, call: &'a Call<'a>) -> Doing<'a, bool> {
        Box::pin(async move { Ok(config::load(call).await?.is_some()) })
    }

    fn answer<'a>(&'a self, call: &'a Call<'a>) -> Answering<'a> {
        Box::pin(async move {
            match (call.path.name, call.operation) {
                ("config", Operation::Read) => config::read(call).await,
                ("config", Operation::Delete) => config::delete(call).await,
                ("config", _) => config::write(call).await,
                ("role", Operation::Read) => role::read(call).await,
                ("role", Operation::Delete) => role::delete(call).await,
                ("role", _) => role::write(call).await,
                ("roles", _) => role::list(call).await,
                ("creds", _) => creds::read(call, &self.prepared).await,
                ("rotate-role", _) => rotate::role(call).await,
                ("rotate-root", _) => rotate_root::root(call).await,
                _ => Err(Fault::UnsupportedPath),
            }
        })
    }

    fn revoke<'a>(
        &'a self,
        core: &'a Credentials,
        mount: &'a Mount,
        lease: &'a StoredLease,
    ) -> Doing<'a, ()> {
        Box::pin(creds::revoke(core, mount, lease))
    }

    fn renew<'a>(
        &'a self,
        core: &'a Credentials,
        mount: &'a Mount,
        lease: &'a StoredLease,
        increment: Option<Duration>,
        now: Timestamp,
    ) -> Doing<'a, Grant> {
        Box::pin(creds::renew(core, mount, lease, increment, now))
    }

    fn take_back<'a>(&'a self, core: &'a Credentials) -> Doing<'a, ()> {
        Box::pin(async { Ok(self.prepared.tidy(core).await?) })
    }

    fn settle<'a>(
        &'a self,
        core: &'a Credentials,
        mount: &'a Mount,
        intent: &'a Intent,
    ) -> Doing<'a, bool> {
        Box::pin(intents::settle(core, mount, intent))
    }
}
