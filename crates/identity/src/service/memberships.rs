//! Memberships of organizations.

use db::Tx;
use kernel::{Context, Error, Id, Kind, MembershipId, Page, PageRequest, Result, TeamId, UserId};

use super::{
    team_members::{called, join_teams, require_an_owner},
    teams::may_see,
};
use crate::{
    Identity, Membership, MembershipDetails, MembershipFilter, MembershipStatus, Right, Scope,
    TeamDetails, TeamFilter, User,
    audit::{Event, record},
    names, scope, scope_by_id, store,
};

/// A page of an organization's memberships, by address.
pub fn list_memberships(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &MembershipFilter,
    page: PageRequest,
) -> Result<Page<MembershipDetails>> {
    scope.require(Right::ReadMemberships)?;
    let found = store::list_memberships(tx, scope.organization.id, filter, page)?;
    let Page { items, total, request } = found;
    Ok(Page { items: with_teams(tx, scope, items)?, total, request })
}

/// Memberships with their teams.
fn with_teams(
    tx: &mut Tx<'_>,
    scope: &Scope,
    memberships: Vec<Membership>,
) -> Result<Vec<MembershipDetails>> {
    let ids: Vec<MembershipId> = memberships.iter().map(|membership| membership.id).collect();
    let mut teams = store::teams_of_memberships(tx, &ids)?;
    let details = memberships.into_iter().map(|membership| {
        let mut teams = teams.remove(&membership.id).unwrap_or_default();
        teams.retain(|team| may_see(scope, team));
        MembershipDetails { membership, teams }
    });
    Ok(details.collect())
}

impl Identity {
    /// A page of those who are in a team, by address.
    pub async fn list_team_memberships(
        &self,
        context: &Context,
        team: TeamId,
        filter: MembershipFilter,
        page: PageRequest,
    ) -> Result<(Scope, Page<MembershipDetails>)> {
        let (context, filter) = (context.clone(), MembershipFilter { team: Some(team), ..filter });
        self.db()
            .snapshot(move |tx| {
                let (scope, _) = super::teams::visible(tx, &context, team)?;
                let memberships = list_memberships(tx, &scope, &filter, page)?;
                Ok((scope, memberships))
            })
            .await
    }

    /// A page of an organization's memberships, by address.
    pub async fn list_memberships(
        &self,
        context: &Context,
        address: &str,
        filter: MembershipFilter,
        page: PageRequest,
    ) -> Result<(Scope, Page<MembershipDetails>)> {
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .snapshot(move |tx| {
                let scope = scope(tx, &context, &address)?;
                let memberships = list_memberships(tx, &scope, &filter, page)?;
                Ok((scope, memberships))
            })
            .await
    }

    /// Makes the person with an address a member of some teams, or invites the address.
    pub async fn create_membership(
        &self,
        context: &Context,
        address: &str,
        email: &str,
        teams: Vec<TeamId>,
    ) -> Result<(Scope, MembershipDetails)> {
        let email = names::email(email)?;
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .write(move |tx| {
                let user = store::user_by_login(tx, &email)?;
                let (scope, membership) = join(tx, &context, &address, &email, user)?;
                let teams = join_teams(tx, &context, &scope, &membership, &teams)?;
                let details = MembershipDetails { membership, teams };
                note(tx, &context, "create", &details)?;
                Ok((scope, details))
            })
            .await
    }

    /// Makes a person a member, or an owner.
    pub async fn add_member(
        &self,
        context: &Context,
        organization: &str,
        user: UserId,
        owner: bool,
    ) -> Result<Membership> {
        let (context, address) = (context.clone(), organization.to_owned());
        self.db()
            .write(move |tx| {
                let user = store::find_user(tx, user)?.ok_or_else(Error::not_found)?;
                let email = user.email.clone();
                let (scope, membership) = join(tx, &context, &address, &email, Some(user))?;
                let owners = if owner {
                    vec![store::owners_team(tx, scope.organization.id)?]
                } else {
                    Vec::new()
                };
                let teams = join_teams(tx, &context, &scope, &membership, &owners)?;
                let details = MembershipDetails { membership, teams };
                note(tx, &context, "create", &details)?;
                Ok(details.membership)
            })
            .await
    }

    /// Puts a person into teams of an organization, by name, and makes them a member if they are
    /// none yet: what an administrator does at the server itself.
    pub async fn add_member_to_teams(
        &self,
        context: &Context,
        organization: &str,
        user: UserId,
        teams: Vec<String>,
    ) -> Result<()> {
        let (context, address) = (context.clone(), organization.to_owned());
        self.db()
            .write(move |tx| {
                let user = store::find_user(tx, user)?.ok_or_else(Error::not_found)?;
                let scope = allowed(tx, &context, &address)?;
                let organization = scope.organization.id;
                let known = store::membership_of_user(tx, organization, user.id)?;
                let (membership, new) = if let Some(id) = known {
                    (store::find_membership(tx, id)?, false)
                } else {
                    let email = user.email.clone();
                    (Some(join(tx, &context, &address, &email, Some(user))?.1), true)
                };
                let membership = membership.ok_or_else(Error::not_found)?;
                let ids = named_teams(tx, &scope, &teams)?;
                let joined = join_teams(tx, &context, &scope, &membership, &ids)?;
                let details = MembershipDetails { membership, teams: joined };
                note(tx, &context, if new { "create" } else { "update" }, &details)
            })
            .await
    }

    /// A membership.
    pub async fn read_membership(
        &self,
        context: &Context,
        id: MembershipId,
    ) -> Result<(Scope, MembershipDetails)> {
        let context = context.clone();
        self.db()
            .snapshot(move |tx| {
                let (scope, membership) = visible(tx, &context, id)?;
                let details = with_teams(tx, &scope, vec![membership])?.pop();
                Ok((scope, details.ok_or_else(Error::not_found)?))
            })
            .await
    }

    /// Memberships with their teams, for documents that include them.
    pub(crate) async fn with_teams(
        &self,
        scope: &Scope,
        memberships: Vec<Membership>,
    ) -> Result<Vec<MembershipDetails>> {
        let scope = scope.clone();
        self.db().read(move |tx| with_teams(tx, &scope, memberships.clone())).await
    }

    /// The teams that memberships are in, with their members: for documents that include them.
    pub(crate) async fn teams_of(
        &self,
        scope: &Scope,
        memberships: &[MembershipDetails],
    ) -> Result<Vec<TeamDetails>> {
        let mut teams: Vec<_> =
            memberships.iter().flat_map(|details| details.teams.iter().cloned()).collect();
        teams.sort_unstable_by_key(|team| team.id);
        teams.dedup_by_key(|team| team.id);
        let scope = scope.clone();
        self.db().read(move |tx| super::teams::team_details(tx, &scope, teams.clone())).await
    }

    /// Ends a membership or takes back an invitation. Members may leave; an owner stays.
    pub async fn delete_membership(&self, context: &Context, id: MembershipId) -> Result<()> {
        let context = context.clone();
        self.db()
            .write_settled(move |tx| {
                let (scope, _) = visible(tx, &context, id)?;
                store::lock_organization(tx, scope.organization.id)?;
                let (scope, membership) = visible(tx, &context, id)?;
                let own = context.user().map(|user| user.id);
                let leaves = own.is_some() && own == membership.user.as_ref().map(|user| user.id);
                if !leaves {
                    scope.require(Right::ManageMemberships)?;
                }
                let owner = store::is_owner(tx, membership.id)?;
                if owner && !leaves {
                    scope.require_owner()?;
                }
                let details =
                    with_teams(tx, &scope, vec![membership])?.pop().ok_or_else(Error::not_found)?;
                store::delete_membership(tx, id)?;
                if owner {
                    require_an_owner(tx, &scope)?;
                }
                note(tx, &context, "delete", &details)
            })
            .await
    }
}

/// The teams of these names.
fn named_teams(tx: &mut Tx<'_>, scope: &Scope, names: &[String]) -> Result<Vec<TeamId>> {
    let one = |name: &String| {
        let filter = TeamFilter { names: Some(vec![name.clone()]), ..TeamFilter::default() };
        let found = super::teams::list_teams(tx, scope, &filter, PageRequest::default())?;
        let team = found.items.first().map(|team| team.id);
        team.ok_or_else(|| Error::new(Kind::Invalid, format!("there is no team \"{name}\"")))
    };
    names.iter().map(one).collect()
}

fn note(
    tx: &mut Tx<'_>,
    context: &Context,
    action: &'static str,
    details: &MembershipDetails,
) -> Result<()> {
    let membership = &details.membership;
    let teams: Vec<String> = details.teams.iter().map(|team| team.name.clone()).collect();
    let event = Event::new(action, "organization-memberships", membership.id)
        .of(membership.organization_id)
        .named(called(membership))
        .with("email", membership.email.as_str())
        .with("status", membership.status.as_str())
        .with("teams", teams);
    record(tx, context, &event)
}

fn visible(tx: &mut Tx<'_>, context: &Context, id: MembershipId) -> Result<(Scope, Membership)> {
    let membership = store::find_membership(tx, id)?.ok_or_else(Error::not_found)?;
    let scope = scope_by_id(tx, context, membership.organization_id)?;
    scope.require(Right::ReadMemberships)?;
    Ok((scope, membership))
}

fn join(
    tx: &mut Tx<'_>,
    context: &Context,
    address: &str,
    email: &str,
    user: Option<User>,
) -> Result<(Scope, Membership)> {
    let organization = allowed(tx, context, address)?.organization.id;
    store::lock_organization(tx, organization)?;
    let scope = allowed(tx, context, address)?;
    let membership = Membership {
        id: Id::generate(),
        organization_id: scope.organization.id,
        email: email.to_owned(),
        status: match user {
            Some(_) => MembershipStatus::Active,
            None => MembershipStatus::Invited,
        },
        user,
        created_at: context.now,
    };
    store::insert_membership(tx, &membership)?;
    Ok((scope, membership))
}

fn allowed(tx: &mut Tx<'_>, context: &Context, address: &str) -> Result<Scope> {
    let scope = scope(tx, context, address)?;
    scope.require_whole()?;
    scope.require(Right::ManageMemberships)?;
    Ok(scope)
}
