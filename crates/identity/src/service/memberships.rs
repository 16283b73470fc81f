//! Memberships of organizations.

use db::Tx;
use kernel::{Context, Error, Id, MembershipId, Page, PageRequest, Result, TeamId, UserId};

use crate::{
    Identity, Membership, MembershipFilter, MembershipStatus, Right, Scope, User, names, scope,
    scope_by_id,
    store::{self, Source},
};

/// A page of an organization's memberships, by address.
pub fn list_memberships(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &MembershipFilter,
    page: PageRequest,
) -> Result<Page<Membership>> {
    scope.require(Right::ReadMemberships)?;
    store::list_memberships(tx, scope.organization.id, filter, page)
}

impl Identity {
    /// A page of an organization's memberships, by address.
    pub async fn list_memberships(
        &self,
        context: &Context,
        address: &str,
        filter: MembershipFilter,
        page: PageRequest,
    ) -> Result<(Scope, Page<Membership>)> {
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
    ) -> Result<(Scope, Membership)> {
        let email = names::email(email)?;
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .write(move |tx| {
                let user = store::user_by_login(tx, &email)?;
                let (scope, membership) = join(tx, &context, &address, &email, user)?;
                for team in &teams {
                    store::insert_team_member(
                        tx,
                        membership.id,
                        *team,
                        Source::Given,
                        context.now,
                    )?;
                }
                Ok((scope, membership))
            })
            .await
    }

    /// Makes a person a member or an owner.
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
                if owner {
                    let owners = store::owners_team(tx, scope.organization.id)?;
                    let given = Source::Given;
                    store::insert_team_member(tx, membership.id, owners, given, context.now)?;
                }
                Ok(membership)
            })
            .await
    }

    /// A membership.
    pub async fn read_membership(
        &self,
        context: &Context,
        id: MembershipId,
    ) -> Result<(Scope, Membership)> {
        let context = context.clone();
        self.db().read(move |tx| visible(tx, &context, id)).await
    }

    /// Ends a membership or takes back an invitation. Members may leave; an owner stays.
    pub async fn delete_membership(&self, context: &Context, id: MembershipId) -> Result<()> {
        let context = context.clone();
        self.db()
            .write(move |tx| {
                let (scope, _) = visible(tx, &context, id)?;
                store::lock_organization(tx, scope.organization.id)?;
                let membership = store::find_membership(tx, id)?.ok_or_else(Error::not_found)?;
                let own = context.user().map(|user| user.id);
                if own.is_none() || own != membership.user.as_ref().map(|user| user.id) {
                    scope.require(Right::ManageMemberships)?;
                }
                let owner = membership.status == MembershipStatus::Active
                    && store::is_owner(tx, membership.id)?;
                if owner && store::count_owners(tx, scope.organization.id)? <= 1 {
                    return Err(Error::conflict(format!(
                        "\"{}\" would be left without an owner; make somebody else an owner first",
                        scope.organization.name
                    )));
                }
                store::delete_membership(tx, id)
            })
            .await
    }
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
    let scope = scope(tx, context, address)?;
    scope.require_whole()?;
    scope.require(Right::ManageMemberships)?;
    let membership = Membership {
        id: Id::random(),
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
