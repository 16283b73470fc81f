//! Organizations.

use std::sync::Arc;

use db::Tx;
use kernel::{Actor, Context, Denial, Error, Id, Page, PageRequest, Result, UserId};

use super::{is_site_admin, lifetimes};
use crate::{
    DEFAULT_PROJECT_NAME, ExecutionMode, Identity, Membership, MembershipStatus, NewOrganization,
    Organization, OrganizationChange, OrganizationSettings, Project, Right, Scope, Team,
    audit::{self, Event, facts},
    names, scope,
    scope::enter,
    store::{self, Source},
};

/// A page of the organizations that the caller sees, with what they are in each, by name. `search`
/// is a part of the name or address.
pub fn list_organizations(
    tx: &mut Tx<'_>,
    context: &Context,
    search: Option<&str>,
    page: PageRequest,
) -> Result<Page<Scope>> {
    let all = is_site_admin(context);
    let user = context.user().map(|user| user.id);
    let only = match context.service() {
        Some(service) => store::organizations_of_token(tx, service.token)?,
        None => Vec::new(),
    };
    let found = store::list_organizations(tx, user, all, &only, search, page)?;
    let mut scopes = Vec::new();
    for seen in found.items {
        scopes.push(enter(tx, context, seen)?);
    }
    Ok(Page { items: scopes, total: found.total, request: found.request })
}

impl Identity {
    /// A page of the organizations that the caller sees.
    pub async fn list_organizations(
        &self,
        context: &Context,
        search: Option<String>,
        page: PageRequest,
    ) -> Result<Page<Scope>> {
        let context = context.clone();
        self.db()
            .snapshot(move |tx| list_organizations(tx, &context, search.as_deref(), page))
            .await
    }

    /// Whether the caller may create organizations.
    pub fn may_create_organizations(&self, context: &Context) -> bool {
        let members = self.settings().members_create_organizations;
        is_site_admin(context) || (members && context.user().is_some())
    }

    /// Makes an organization with one project of that name. Its owner is `owner` when the server
    /// itself asks, else the caller.
    pub async fn create_organization(
        &self,
        context: &Context,
        name: &str,
        email: &str,
        project_name: &str,
        owner: Option<UserId>,
    ) -> Result<Organization> {
        let new = NewOrganization {
            name: name.to_owned(),
            email: email.to_owned(),
            default_project_name: Some(project_name.to_owned()),
            ..NewOrganization::default()
        };
        self.create_organization_from(context, new, owner).await
    }

    /// The same with everything that can be said about it.
    pub async fn create_organization_from(
        &self,
        context: &Context,
        new: NewOrganization,
        owner: Option<UserId>,
    ) -> Result<Organization> {
        if !self.may_create_organizations(context) {
            let error = Error::forbidden("only a site administrator may create organizations");
            return Err(error.denying(Denial {
                right: "create-organization",
                organization: None,
                resource_kind: "site",
                resource_id: String::new(),
            }));
        }
        let owner = match &context.actor {
            Actor::System => owner,
            Actor::User(user) => Some(user.id),
            Actor::Anonymous | Actor::Service(_) => None,
        };
        let (organization, project) = found(context, new)?;
        let owners = Team::of_owners(organization.id, context.now);
        let (context, barrier) = (context.clone(), self.barrier().clone());
        self.db()
            .write(move |tx| {
                store::insert_organization(tx, &organization)?;
                store::insert_project(tx, &project)?;
                store::insert_team(tx, &owners)?;
                if organization.settings.max_ttl_enabled {
                    lifetimes::enable(tx, organization.id, true)?;
                }
                let mut event = Event::new("create", "organizations", organization.id)
                    .of(organization.id)
                    .named(organization.name.as_str())
                    .with("default-project", project.name.as_str());
                if let Some(owner) = owner {
                    let owner = store::find_user(tx, owner)?.ok_or_else(Error::not_found)?;
                    event = event.with("owner", owner.username.as_str());
                    let membership = ownership(&organization, owner);
                    store::insert_membership(tx, &membership)?;
                    let (id, now) = (membership.id, organization.created_at);
                    store::insert_team_member(tx, id, owners.id, Source::Given, now)?;
                }
                barrier.create_organization_key(tx, organization.id, organization.created_at)?;
                audit::record(tx, &context, &event)?;
                Ok(organization.clone())
            })
            .await
    }

    /// An organization, or a project of it, and what the caller is there.
    pub async fn read_organization(&self, context: &Context, address: &str) -> Result<Scope> {
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .read(move |tx| {
                let scope = scope(tx, &context, &address)?;
                scope.require(Right::ReadOrganization)?;
                Ok(scope)
            })
            .await
    }

    /// An organization by name or id, for the server itself.
    pub async fn find_organization_by_name(&self, name: &str) -> Result<Option<Organization>> {
        match self.read_organization(&self.system(), name).await {
            Ok(scope) => Ok(Some(Arc::unwrap_or_clone(scope.organization))),
            Err(error) if error.kind() == kernel::Kind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Changes an organization.
    pub async fn update_organization(
        &self,
        context: &Context,
        address: &str,
        change: OrganizationChange,
    ) -> Result<Scope> {
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .write(move |tx| {
                let id = authorized(tx, &context, &address, Right::UpdateOrganization)?;
                store::lock_organization(tx, id)?;
                let mut scope = scope(tx, &context, &address)?;
                let organization = Arc::make_mut(&mut scope.organization);
                let before = facts::organization(organization);
                apply(tx, organization, change.clone())?;
                if let Some(enabled) = change.settings.max_ttl_enabled {
                    lifetimes::enable(tx, id, enabled)?;
                }
                organization.updated_at = context.now;
                store::update_organization(tx, organization)?;
                let event = Event::new("update", "organizations", id)
                    .of(id)
                    .named(organization.name.as_str())
                    .changed(&before, &facts::organization(organization));
                audit::record(tx, &context, &event)?;
                Ok(scope)
            })
            .await
    }

    /// Deletes an organization that has no workspaces.
    pub async fn delete_organization(&self, context: &Context, address: &str) -> Result<()> {
        let (context, address) = (context.clone(), address.to_owned());
        let barrier = self.barrier().clone();
        self.db()
            .write(move |tx| {
                let id = authorized(tx, &context, &address, Right::DeleteOrganization)?;
                store::lock_organization(tx, id)?;
                let name = scope(tx, &context, &address)?.organization.name.clone();
                if !store::delete_organization(tx, id)? {
                    return Err(Error::conflict(
                        "this organization still has workspaces; delete them first, so that no \
                         state is lost by a slip",
                    ));
                }
                barrier.delete_organization_key(tx, id)?;
                let event = Event::new("delete", "organizations", id).of(id).named(name);
                audit::record(tx, &context, &event)
            })
            .await
    }
}

fn authorized(
    tx: &mut Tx<'_>,
    context: &Context,
    address: &str,
    right: Right,
) -> Result<kernel::OrganizationId> {
    let scope = scope(tx, context, address)?;
    scope.require_whole()?;
    scope.require(right)?;
    Ok(scope.organization.id)
}

/// A new organization and its project, not stored yet.
fn found(context: &Context, new: NewOrganization) -> Result<(Organization, Project)> {
    super::all_of([
        names::organization_name(&new.name).map(drop),
        names::email(&new.email).map(drop),
    ])?;
    let project_name = new.default_project_name.as_deref().unwrap_or(DEFAULT_PROJECT_NAME);
    let organization = Organization {
        id: Id::generate(),
        name: names::organization_name(&new.name)?,
        email: names::email(&new.email)?,
        default_execution_mode: new.default_execution_mode.unwrap_or(ExecutionMode::Local),
        default_project_id: Id::generate(),
        settings: new.settings.apply(OrganizationSettings::default())?,
        created_at: context.now,
        updated_at: context.now,
    };
    let project = Project {
        id: organization.default_project_id,
        organization_id: organization.id,
        name: names::project_name(project_name)?,
        description: String::new(),
        default_execution_mode: None,
        auto_destroy_activity_duration: None,
        created_at: context.now,
        updated_at: context.now,
    };
    Ok((organization, project))
}

fn ownership(organization: &Organization, owner: crate::User) -> Membership {
    Membership {
        id: Id::generate(),
        organization_id: organization.id,
        email: owner.email.clone(),
        user: Some(owner),
        status: MembershipStatus::Active,
        created_at: organization.created_at,
    }
}

fn apply(
    tx: &mut Tx<'_>,
    organization: &mut Organization,
    change: OrganizationChange,
) -> Result<()> {
    if let Some(name) = &change.name {
        organization.name = names::organization_name(name)?;
    }
    if let Some(email) = &change.email {
        organization.email = names::email(email)?;
    }
    if let Some(mode) = change.default_execution_mode {
        organization.default_execution_mode = mode;
    }
    if let Some(id) = change.default_project_id {
        let project = store::project_by_id(tx, id)?
            .filter(|project| project.organization_id == organization.id);
        let missing = "this is no project of the organization";
        let pointer = "/data/relationships/default-project/data/id";
        project.ok_or_else(|| Error::invalid_at(pointer, missing))?;
        organization.default_project_id = id;
    }
    organization.settings = change.settings.apply(organization.settings.clone())?;
    Ok(())
}
