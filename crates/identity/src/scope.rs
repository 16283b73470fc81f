//! What an address means to a caller: the organization, the project if one is named, and what the
//! caller may do there. Every operation below an organization starts with one, and narrows it to
//! the project or workspace that it is about.

use std::sync::Arc;

use db::Tx;
use kernel::{
    Actor, Context, Denial, Error, OrganizationId, Principal, ProjectId, Result, WorkspaceId,
};

use crate::{
    Address, Organization, Project,
    access::{Right, Rights, Standing},
    address::Part,
    lifetime::in_words,
    reach::Reach,
    store,
};

/// The part of the server that a caller works in, and what they may do at the place it has been
/// narrowed to. Cheap to copy.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The organization.
    pub organization: Arc<Organization>,
    /// The project, if the address names one.
    pub project: Option<Project>,
    standing: Arc<Standing>,
    place: Place,
    rights: Rights,
}

/// What the rights of a scope are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Organization,
    Project(ProjectId),
    Workspace(WorkspaceId),
}

impl Scope {
    /// The scope of a caller whose standing in an organization is known.
    pub fn new(organization: Organization, standing: Standing) -> Self {
        let rights = standing.in_organization();
        Self {
            organization: Arc::new(organization),
            project: None,
            standing: Arc::new(standing),
            place: Place::Organization,
            rights,
        }
    }

    /// Whether the caller has a right at this place.
    pub const fn allows(&self, right: Right) -> bool {
        self.rights.holds(right)
    }

    /// Everything that the caller may do at this place.
    pub const fn rights(&self) -> Rights {
        self.rights
    }

    /// What the caller is in the organization.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Whether the caller owns the organization, or administers the site.
    pub fn is_owner(&self) -> bool {
        self.standing.in_organization().holds(Right::DeleteOrganization)
    }

    /// Refuses everybody who does not own the organization.
    pub fn require_owner(&self) -> Result<()> {
        if self.is_owner() {
            return Ok(());
        }
        let text = format!("only owners of \"{}\" may do that", self.organization.name);
        Err(Error::forbidden(text).denying(self.denial(Right::DeleteOrganization)))
    }

    /// Refuses callers without a right: those who may not even see the place can't tell it from
    /// one that is not there.
    pub fn require(&self, right: Right) -> Result<()> {
        if self.allows(right) {
            return Ok(());
        }
        let error = if let Some(longest) = self.standing.outlives {
            Error::forbidden(format!(
                "\"{}\" accepts tokens of people only if they live at most {}; make one with an \
                 earlier end",
                self.organization.name,
                in_words(longest)
            ))
        } else if self.sees_the_place() {
            Error::forbidden(format!(
                "you may not {}; ask an owner of \"{}\"",
                right.phrase(),
                self.organization.name
            ))
        } else {
            Error::not_found()
        };
        Err(error.denying(self.denial(right)))
    }

    const fn sees_the_place(&self) -> bool {
        match self.place {
            Place::Organization => true,
            Place::Project(_) => self.allows(Right::ReadProject),
            Place::Workspace(_) => self.allows(Right::ReadWorkspace),
        }
    }

    pub(crate) fn denial(&self, right: Right) -> Denial {
        let (resource_kind, resource_id) = match self.place {
            Place::Organization => ("organizations", self.organization.id.to_string()),
            Place::Project(id) => ("projects", id.to_string()),
            Place::Workspace(id) => ("workspaces", id.to_string()),
        };
        Denial {
            right: right.as_str(),
            organization: Some(self.organization.id),
            resource_kind,
            resource_id,
        }
    }

    /// The scope of a project of this organization; not found unless the caller sees it.
    pub fn at_project(&self, tx: &mut Tx<'_>, project: ProjectId) -> Result<Self> {
        let grants = store::project_grants(tx, project)?;
        let mut rights = self.standing.at_project(project, &grants, false);
        if !rights.holds(Right::ReadProject) {
            let inside = store::any_grant_inside(tx, project, &self.standing.team_ids())?;
            rights = self.standing.at_project(project, &grants, inside);
        }
        let scope = Self { place: Place::Project(project), rights, ..self.clone() };
        scope.require(Right::ReadProject)?;
        Ok(scope)
    }

    /// The scope of a workspace that stands in a project of this organization. Nothing is required
    /// of the caller yet: a workspace may be seen for reasons that only its own crate knows.
    pub fn at_workspace(
        &self,
        tx: &mut Tx<'_>,
        project: ProjectId,
        workspace: WorkspaceId,
    ) -> Result<Self> {
        let of_project = store::project_grants(tx, project)?;
        let of_workspace = store::workspace_grants(tx, workspace)?;
        let rights = self.standing.at_workspace(project, workspace, &of_project, &of_workspace);
        Ok(self.with_workspace_rights(workspace, rights))
    }

    /// The same with rights that are known already.
    #[must_use]
    pub fn with_workspace_rights(&self, workspace: WorkspaceId, rights: Rights) -> Self {
        Self { place: Place::Workspace(workspace), rights, ..self.clone() }
    }

    /// The same, at a project.
    #[must_use]
    pub(crate) fn with_project_rights(&self, project: ProjectId, rights: Rights) -> Self {
        Self { place: Place::Project(project), rights, ..self.clone() }
    }

    /// What the caller is, whatever their token may change: one that only reads is still theirs.
    #[must_use]
    pub(crate) fn unbound(&self) -> Self {
        let standing = Standing { read_only: false, ..(*self.standing).clone() };
        Self { standing: Arc::new(standing), ..self.clone() }
    }

    /// Back at the whole organization.
    #[must_use]
    pub fn at_organization(&self) -> Self {
        let rights = self.standing.in_organization();
        Self { place: Place::Organization, rights, ..self.clone() }
    }

    /// The whole organization for somebody else, whose standing in it is known.
    #[must_use]
    pub(crate) fn of_somebody(&self, standing: Standing) -> Self {
        let rights = standing.in_organization();
        let organization = Arc::clone(&self.organization);
        let standing = Arc::new(standing);
        Self { organization, project: None, standing, place: Place::Organization, rights }
    }

    /// All that is granted to the caller anywhere in the organization: for lists.
    pub fn reach(&self, tx: &mut Tx<'_>) -> Result<Reach> {
        Reach::load(tx, self)
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

/// What `acme` or `acme.payments` names for this caller, narrowed to the project if one is named.
/// Whoever has nothing to do with it can't tell an organization that is there from one that is not.
pub fn scope(tx: &mut Tx<'_>, context: &Context, address: &str) -> Result<Scope> {
    let address = Address::parse(address).ok_or_else(Error::not_found)?;
    let user = context.user().map(|user| user.id);
    let found = match &address.organization {
        Part::Id(id) => store::organization_seen_by_id(tx, *id, user)?,
        Part::Name(name) => store::organization_seen_by_name(tx, name, user)?,
    };
    let scope = enter(tx, context, found.ok_or_else(Error::not_found)?)?;
    let Some(part) = &address.project else { return Ok(scope) };
    let project = match part {
        Part::Id(id) => store::project_by_id(tx, *id)?,
        Part::Name(name) => store::project_by_name(tx, scope.organization.id, name)?,
    }
    .filter(|project| project.organization_id == scope.organization.id)
    .ok_or_else(Error::not_found)?;
    let narrowed = scope.at_project(tx, project.id)?;
    Ok(Scope { project: Some(project), ..narrowed })
}

/// The scope of a whole organization, for things that are found by their own id.
pub fn scope_by_id(
    tx: &mut Tx<'_>,
    context: &Context,
    organization: OrganizationId,
) -> Result<Scope> {
    let user = context.user().map(|user| user.id);
    let found = store::organization_seen_by_id(tx, organization, user)?;
    enter(tx, context, found.ok_or_else(Error::not_found)?)
}

/// What somebody wanted who was not let into an organization.
fn entry(organization: &Organization) -> Denial {
    Denial {
        right: Right::ReadOrganization.as_str(),
        organization: Some(organization.id),
        resource_kind: "organizations",
        resource_id: organization.id.to_string(),
    }
}

/// An organization for a caller who belongs to it; not found for everybody else.
pub(crate) fn enter(
    tx: &mut Tx<'_>,
    context: &Context,
    found: store::SeenOrganization,
) -> Result<Scope> {
    let organization = found.organization;
    let standing = match &context.actor {
        Actor::System => Some(store::site_standing()),
        Actor::User(user) if user.site_admin => Some(store::site_standing()),
        Actor::User(_) => match found.membership {
            Some(membership) => Some(store::member_standing(tx, membership)?),
            None => None,
        },
        Actor::Service(service) => match service.principal {
            Principal::Organization(id) | Principal::Auditor(id) if id != organization.id => None,
            Principal::Organization(_) => Some(store::organization_token_standing()),
            Principal::Auditor(_) => Some(store::auditor_standing()),
            Principal::Team(team) => store::team_standing(tx, team, organization.id)?,
            Principal::Key(key) => store::key_standing(tx, key, organization.id)?,
            Principal::Workload(token) => store::workload_standing(tx, token, organization.id)?,
        },
        Actor::Anonymous => None,
    };
    let mut standing = standing.ok_or_else(|| Error::not_found().denying(entry(&organization)))?;
    let limits = context.limits();
    standing.read_only = limits.read_only;
    if let (Some(user), Some(longest)) = (context.user(), found.longest_user_token)
        && (user.token.is_some() || limits.lifetime.is_some())
        && limits.lifetime.is_none_or(|lifetime| lifetime > longest)
    {
        standing.outlives = Some(longest);
    }
    Ok(Scope::new(organization, standing))
}
