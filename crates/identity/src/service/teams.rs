//! Teams: what there are, making, changing and deleting them.

use db::Tx;
use kernel::{Context, Denial, Error, Page, PageRequest, Result, TeamId};

use super::all_of;
use crate::{
    Identity, NewTeam, Permitted, Right, Scope, Team, TeamChange, TeamDetails, TeamFilter,
    Visibility,
    audit::{Event, record},
    hand_out::{self, To},
    names, scope, scope_by_id, store,
};

const MAX_SSO_TEAM_ID: usize = 255;

/// A team of the scope's organization; not found unless the caller may see it.
pub fn find_team(tx: &mut Tx<'_>, scope: &Scope, id: TeamId) -> Result<Team> {
    store::find_team(tx, id)?
        .filter(|team| team.organization_id == scope.organization.id && may_see(scope, team))
        .ok_or_else(Error::not_found)
}

/// Whether the caller may see a team: secret ones are for their members, and for those who keep
/// the teams.
pub fn may_see(scope: &Scope, team: &Team) -> bool {
    let open = team.visibility == Visibility::Organization || team.owners;
    let member = scope.at_organization().allows(Right::ReadOrganization);
    (open && member) || sees_all(scope) || scope.standing().is_in(team.id)
}

/// Whether the caller sees every team, and the teams that they are in.
pub(super) fn seen_teams(scope: &Scope) -> (bool, Vec<TeamId>) {
    (sees_all(scope), scope.standing().team_ids())
}

pub(crate) fn sees_all(scope: &Scope) -> bool {
    let organization = scope.at_organization();
    organization.allows(Right::ManageTeams) || organization.allows(Right::AccessSecretTeams)
}

/// A page of the teams that the caller sees, the owners' first, then by name.
pub fn list_teams(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &TeamFilter,
    page: PageRequest,
) -> Result<Page<Team>> {
    let scope = scope.at_organization();
    scope.require(Right::ReadMemberships)?;
    let mut filter = filter.clone();
    if let Some(names) = &mut filter.names {
        names.retain(|name| names::is_team_name(name));
    }
    let (all, own) = seen_teams(&scope);
    store::list_teams(tx, scope.organization.id, (all, &own), &filter, page)
}

/// Teams with their members, as far as the caller may see who is in the organization.
pub(crate) fn team_details(
    tx: &mut Tx<'_>,
    scope: &Scope,
    teams: Vec<Team>,
) -> Result<Vec<TeamDetails>> {
    let scope = scope.at_organization();
    let ids: Vec<TeamId> = teams.iter().map(|team| team.id).collect();
    let mut members = if scope.allows(Right::ReadMemberships) {
        store::members_of_teams(tx, &ids)?
    } else {
        std::collections::HashMap::new()
    };
    let details = teams.into_iter().map(|team| TeamDetails {
        members: members.remove(&team.id).unwrap_or_default(),
        permitted: permitted(&scope, &team),
        team,
    });
    Ok(details.collect())
}

fn permitted(scope: &Scope, team: &Team) -> Permitted {
    let may = |right| scope.allows(right) && (!team.owners || scope.is_owner());
    let manage = may(Right::ManageTeams);
    let own = team.allow_member_token_management && scope.standing().is_in(team.id);
    Permitted {
        update: manage,
        update_members: manage || may(Right::ManageMemberships),
        update_access: may(Right::ManageOrganizationAccess) && !team.owners,
        delete: manage && !team.owners,
        manage_tokens: manage || own,
    }
}

impl Identity {
    /// A page of the teams that the caller sees, with their members.
    pub async fn list_teams(
        &self,
        context: &Context,
        address: &str,
        filter: TeamFilter,
        page: PageRequest,
    ) -> Result<(Scope, Page<TeamDetails>)> {
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .snapshot(move |tx| {
                let scope = scope(tx, &context, &address)?;
                let Page { items, total, request } = list_teams(tx, &scope, &filter, page)?;
                let items = team_details(tx, &scope, items)?;
                Ok((scope, Page { items, total, request }))
            })
            .await
    }

    /// Makes a team. Whoever makes it is not in it.
    pub async fn create_team(
        &self,
        context: &Context,
        address: &str,
        new: NewTeam,
    ) -> Result<(Scope, TeamDetails)> {
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .write(move |tx| {
                let organization = allowed(tx, &context, &address)?.organization.id;
                store::lock_organization(tx, organization)?;
                let scope = allowed(tx, &context, &address)?;
                let mut team = Team::blank(scope.organization.id, context.now);
                let change = TeamChange { name: Some(new.name.clone()), ..new.change.clone() };
                apply(tx, &scope, &mut team, &change)?;
                store::insert_team(tx, &team)?;
                let event = Event::new("create", "teams", team.id).of(team.organization_id);
                record(tx, &context, &describe(event, &team))?;
                one(tx, scope, team)
            })
            .await
    }

    /// A team, with its members.
    pub async fn read_team(&self, context: &Context, id: TeamId) -> Result<(Scope, TeamDetails)> {
        let context = context.clone();
        self.db()
            .snapshot(move |tx| {
                let (scope, team) = visible(tx, &context, id)?;
                one(tx, scope, team)
            })
            .await
    }

    /// Changes a team.
    pub async fn update_team(
        &self,
        context: &Context,
        id: TeamId,
        change: TeamChange,
    ) -> Result<(Scope, TeamDetails)> {
        let context = context.clone();
        self.db()
            .write_settled(move |tx| {
                let (scope, mut team) = hold(tx, &context, id)?;
                if team.owners {
                    scope.require_owner()?;
                    require_unchanged(&team, &change)?;
                }
                apply(tx, &scope, &mut team, &change)?;
                team.updated_at = context.now;
                store::update_team(tx, &team)?;
                let event = Event::new("update", "teams", id).of(team.organization_id);
                record(tx, &context, &describe(event, &team))?;
                one(tx, scope, team)
            })
            .await
    }

    /// Deletes a team, and with it its tokens and all that was granted to it.
    pub async fn delete_team(&self, context: &Context, id: TeamId) -> Result<()> {
        let context = context.clone();
        self.db()
            .write_settled(move |tx| {
                let (scope, team) = hold(tx, &context, id)?;
                scope.require(Right::ManageTeams)?;
                if team.owners {
                    return Err(Error::conflict(
                        "the team of the owners can't be deleted: somebody must own the \
                         organization",
                    ));
                }
                store::delete_team(tx, id)?;
                let event = Event::new("delete", "teams", id).of(team.organization_id);
                record(tx, &context, &event.named(team.name))
            })
            .await
    }
}

/// A team and the scope of its organization, if the caller may see both.
pub(super) fn visible(tx: &mut Tx<'_>, context: &Context, id: TeamId) -> Result<(Scope, Team)> {
    let team = store::find_team(tx, id)?.ok_or_else(Error::not_found)?;
    let scope = scope_by_id(tx, context, team.organization_id)?;
    if !may_see(&scope, &team) {
        return Err(Error::not_found().denying(Denial {
            right: Right::AccessSecretTeams.as_str(),
            organization: Some(team.organization_id),
            resource_kind: "teams",
            resource_id: id.to_string(),
        }));
    }
    Ok((scope, team))
}

/// The same as it is now, while nobody else changes who is what in the organization.
pub(super) fn hold(tx: &mut Tx<'_>, context: &Context, id: TeamId) -> Result<(Scope, Team)> {
    let (scope, _) = visible(tx, context, id)?;
    store::lock_organization(tx, scope.organization.id)?;
    visible(tx, context, id)
}

fn allowed(tx: &mut Tx<'_>, context: &Context, address: &str) -> Result<Scope> {
    let scope = scope(tx, context, address)?;
    scope.require_whole()?;
    scope.require(Right::ManageTeams)?;
    Ok(scope)
}

fn one(tx: &mut Tx<'_>, scope: Scope, team: Team) -> Result<(Scope, TeamDetails)> {
    let details = team_details(tx, &scope, vec![team])?.pop().ok_or_else(Error::not_found)?;
    Ok((scope, details))
}

/// Decides on a change to a team, and makes it.
fn apply(tx: &mut Tx<'_>, scope: &Scope, team: &mut Team, change: &TeamChange) -> Result<()> {
    let sso_team_id = change.sso_team_id.as_deref().map(str::trim);
    let text = |id: &str| names::text("sso-team-id", id, MAX_SSO_TEAM_ID).map(drop);
    all_of([
        change.name.as_deref().map_or(Ok(()), |name| names::team_name(name).map(drop)),
        sso_team_id.map_or(Ok(()), text),
    ])?;
    let access: Vec<_> = change
        .organization_access
        .iter()
        .copied()
        .filter(|(word, wanted)| team.holds(word) != *wanted)
        .collect();
    if access.is_empty() || is_more(change) {
        scope.require(Right::ManageTeams)?;
    }
    if let Some(id) = sso_team_id.filter(|id| *id != team.sso_team_id) {
        if !id.is_empty() {
            // Whoever the sign-in server puts into that group gets what the team holds.
            hand_out::team(tx, scope, team)?;
        }
        id.clone_into(&mut team.sso_team_id);
    }
    if !access.is_empty() {
        scope.require(Right::ManageOrganizationAccess)?;
        let before = team.rights();
        team.set_access(&access);
        hand_out::rights(scope, To::Team, team.rights(), before)?;
    }
    if let Some(name) = &change.name {
        team.name.clone_from(name);
    }
    team.visibility = change.visibility.unwrap_or(team.visibility);
    team.allow_member_token_management =
        change.allow_member_token_management.unwrap_or(team.allow_member_token_management);
    Ok(())
}

/// Whether anything but the access is to change.
const fn is_more(change: &TeamChange) -> bool {
    change.name.is_some()
        || change.visibility.is_some()
        || change.sso_team_id.is_some()
        || change.allow_member_token_management.is_some()
}

/// What the team of the owners is stays, so that nobody is locked out. To say what is already so is
/// no change.
fn require_unchanged(team: &Team, change: &TeamChange) -> Result<()> {
    let fixed = |field: &str| Error::invalid(field, "this can't be changed for the owners' team");
    all_of([
        match &change.name {
            Some(name) if *name != team.name => Err(fixed("name")),
            _ => Ok(()),
        },
        match change.visibility {
            Some(visibility) if visibility != team.visibility => Err(fixed("visibility")),
            _ => Ok(()),
        },
        match change.organization_access.iter().find(|(_, wanted)| !wanted) {
            Some((word, _)) => Err(fixed(&format!("organization-access/{word}"))),
            None => Ok(()),
        },
    ])
}

fn describe(event: Event, team: &Team) -> Event {
    event
        .named(&team.name)
        .with("visibility", team.visibility.as_str())
        .with("organization-access", team.organization_access.clone())
        .with("sso-team-id", team.sso_team_id.as_str())
        .with("allow-member-token-management", team.allow_member_token_management)
}
