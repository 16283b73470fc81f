//! Which organization a role means. At another server it is whichever has the name, as that API has
//! it. At this server itself it is the one that had the name when the role was written: its id is
//! kept and asked by, so that nothing is ever done to whoever takes the name later.

use db::Tx;
use identity::{Scope, scope};
use kernel::{Context, Kind};

use super::{
    client::Client,
    config::Config,
    create::CREATING,
    role::{self, CredentialType, Role},
    upstream_error::UpstreamError,
};
use crate::{Credentials, backend::Call, fault::Fault, view::View};

impl Role {
    /// Whether its tokens are an organization's, or reach places in one. Beside a team the name is
    /// a note, as in the vendor's engine.
    pub(super) fn is_of_organization(&self) -> bool {
        match self.kind() {
            CredentialType::Bound => true,
            CredentialType::Organization => self.team_id.is_empty(),
            CredentialType::User | CredentialType::Team | CredentialType::TeamLegacy => false,
        }
    }

    /// What stands for its organization in paths: the id if it is known, or else the name.
    pub(super) fn organization_address(&self) -> &str {
        if self.organization_id.is_empty() { &self.organization } else { &self.organization_id }
    }

    /// Finds out which organization a write means. What it does not name stays the same one.
    pub(super) async fn find_organization(
        &mut self,
        call: &Call<'_>,
        config: &Config,
    ) -> Result<(), Fault> {
        if !self.is_of_organization() {
            return Ok(());
        }
        let client = config.client_within(call.core, &self.definer, &self.limits)?;
        if !call.input.has("organization") {
            self.require_organization(&client)?;
            return if client.is_here() { self.follow(call.core).await } else { Ok(()) };
        }
        self.organization_id.clear();
        if !client.is_here() {
            return Ok(());
        }
        let found = client.organization_id(&self.organization).await;
        let id = found.map_err(|error| refused(&error, &self.organization))?;
        // The address may name a project as well, and within that its tokens stay.
        let identity = call.core.identity();
        let scope = identity.read_organization(&identity.system(), &self.organization).await;
        let same = scope.ok().filter(|scope| scope.organization.id.to_string() == id);
        let scope = same.ok_or_else(|| {
            Fault::refused(format!(
                "{:?} was just called something else; try again",
                self.organization
            ))
        })?;
        self.organization_id = match &scope.project {
            Some(project) => format!("{id}.{}", project.id),
            None => id,
        };
        self.organization = name_of(&scope);
        Ok(())
    }

    /// Refuses a role that was written while the mount worked elsewhere: the name that it was given
    /// there says nothing here, and the other way round.
    pub(super) fn require_organization(&self, client: &Client) -> Result<(), Fault> {
        if !self.is_of_organization() || client.is_here() != self.organization_id.is_empty() {
            return Ok(());
        }
        Err(Fault::refused(
            "it is not known which organization of the server that this mount works for now is \
             meant by this role; write the role again, with its organization",
        ))
    }

    /// Takes over what its organization is called now; refused if it is gone.
    pub(super) async fn follow(&mut self, core: &Credentials) -> Result<(), Fault> {
        if let Some(name) = self.present_name(core).await? {
            self.organization = name;
            return Ok(());
        }
        if self.organization_id.is_empty() { Ok(()) } else { Err(gone()) }
    }

    /// A role of a mount as it is shown: its organization by its present name, or by its id if it
    /// is gone.
    pub(crate) fn find_shown(
        tx: &mut Tx<'_>,
        system: &Context,
        view: &View,
        name: &str,
    ) -> kernel::Result<Option<Self>> {
        let Some(mut role) = view.get::<Self>(tx, &role::key(name))? else { return Ok(None) };
        if !role.organization_id.is_empty() {
            let name = name_now(tx, system, &role.organization_id)?;
            role.organization = name.unwrap_or_else(|| role.organization_id.clone());
        }
        Ok(Some(role))
    }

    /// Why no token of it could be made.
    pub(super) async fn failed(&self, core: &Credentials, error: &UpstreamError) -> Fault {
        let may_be_gone = *error == UpstreamError::NotFound && !self.organization_id.is_empty();
        if may_be_gone && matches!(self.present_name(core).await, Ok(None)) {
            return gone();
        }
        error.while_doing(CREATING)
    }

    /// What its organization is called now; none if it is gone, or no id of it is known.
    async fn present_name(&self, core: &Credentials) -> kernel::Result<Option<String>> {
        if self.organization_id.is_empty() {
            return Ok(None);
        }
        let (system, address) = (core.identity().system(), self.organization_id.clone());
        core.db().glance(move |tx| name_now(tx, &system, &address)).await
    }
}

/// What an address by ids is called now; none if it is gone.
fn name_now(tx: &mut Tx<'_>, system: &Context, address: &str) -> kernel::Result<Option<String>> {
    match scope(tx, system, address) {
        Ok(scope) => Ok(Some(name_of(&scope))),
        Err(error) if error.kind() == Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn name_of(scope: &Scope) -> String {
    let organization = &scope.organization.name;
    match &scope.project {
        Some(project) => format!("{organization}.{}", project.name),
        None => organization.clone(),
    }
}

fn gone() -> Fault {
    Fault::refused(
        "the organization that this role was written for, or the project of it, is gone; delete \
         the role, or write it again for another one",
    )
}

/// Why an organization can't be meant.
fn refused(error: &UpstreamError, name: &str) -> Fault {
    match error {
        UpstreamError::NotFound => Fault::refused(format!(
            "there is no organization {name:?} on this server, or whoever writes this role may not \
             see it"
        )),
        UpstreamError::Refused { .. } if !error.is_outage() => {
            Fault::refused(format!("the role's tokens could not be made: {error}"))
        }
        error => error.while_doing(CREATING),
    }
}
