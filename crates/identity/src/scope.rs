//! What an address means to a caller: the organization, the project if one is named, and what the
//! caller is there. Every operation below an organization starts with one.

use db::Tx;
use kernel::{Actor, Context, Error, OrganizationId, ProjectId, Result};

use crate::{
    Address, Organization, Project,
    access::{Right, Role, allows},
    address::Part,
    store,
};

/// The part of the server that a caller works in, as their address names it.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The organization.
    pub organization: Organization,
    /// The project, if the address names one.
    pub project: Option<Project>,
    /// What the caller is in the organization.
    pub role: Role,
}

impl Scope {
    /// Whether the caller has a right here.
    pub const fn allows(&self, right: Right) -> bool {
        allows(self.role, right)
    }

    /// Refuses callers without a right. They are members, so they know that the thing is there.
    pub fn require(&self, right: Right) -> Result<()> {
        if self.allows(right) {
            return Ok(());
        }
        Err(Error::forbidden(format!(
            "you may not {}; ask an owner of \"{}\"",
            right.phrase(),
            self.organization.name
        )))
    }

    /// Where something new goes: the project that the address names, or else the default one.
    pub fn target_project(&self) -> ProjectId {
        self.project.as_ref().map_or(self.organization.default_project_id, |project| project.id)
    }

    /// Whether something in `project` can be seen through the address.
    pub fn admits(&self, project: ProjectId) -> bool {
        self.project.as_ref().is_none_or(|named| named.id == project)
    }

    /// Refuses addresses that name a project, for operations on the organization itself, so that
    /// nobody deletes all of `acme` by way of `acme.payments`.
    pub fn require_whole(&self) -> Result<()> {
        let Some(project) = &self.project else { return Ok(()) };
        let name = &self.organization.name;
        Err(Error::new(
            kernel::Kind::Invalid,
            format!(
                "this address names the project \"{}\"; what you ask for concerns the whole \
                 organization, so address it as \"{name}\"",
                project.name
            ),
        ))
    }
}

/// What `acme` or `acme.payments` names for this caller. Whoever is not a member can't tell an
/// organization that is there from one that is not.
pub fn scope(tx: &mut Tx<'_>, context: &Context, address: &str) -> Result<Scope> {
    let address = Address::parse(address).ok_or_else(Error::not_found)?;
    let user = context.user().map(|user| user.id);
    let found = match &address.organization {
        Part::Id(id) => store::organization_with_role_by_id(tx, *id, user)?,
        Part::Name(name) => store::organization_with_role_by_name(tx, name, user)?,
    };
    let mut scope = enter(context, found)?;
    scope.project = match &address.project {
        None => None,
        Some(part) => Some(
            match part {
                Part::Id(id) => store::project_by_id(tx, *id)?,
                Part::Name(name) => store::project_by_name(tx, scope.organization.id, name)?,
            }
            .filter(|project| project.organization_id == scope.organization.id)
            .ok_or_else(Error::not_found)?,
        ),
    };
    Ok(scope)
}

/// The scope of a whole organization, for things that are found by their own id.
pub fn scope_by_id(
    tx: &mut Tx<'_>,
    context: &Context,
    organization: OrganizationId,
) -> Result<Scope> {
    let user = context.user().map(|user| user.id);
    let found = store::organization_with_role_by_id(tx, organization, user)?;
    enter(context, found)
}

fn enter(context: &Context, found: Option<(Organization, Option<Role>)>) -> Result<Scope> {
    let (organization, membership) = found.ok_or_else(Error::not_found)?;
    let role = match &context.actor {
        Actor::System => Some(Role::SiteAdmin),
        Actor::User(user) if user.site_admin => Some(Role::SiteAdmin),
        Actor::User(_) => membership,
        Actor::Anonymous => None,
    };
    let role = role.ok_or_else(Error::not_found)?;
    Ok(Scope { organization, project: None, role })
}
