//! Who is in a team.

use db::Tx;
use kernel::{Context, Error, MembershipId, Result, TeamId};

use super::teams::hold;
use crate::{
    Identity, Membership, Person, Right, Scope, Team,
    audit::{Event, record},
    hand_out, scope_by_id,
    store::{self, Source},
};

/// How many people a request may name.
const MAX_PEOPLE: usize = 1_000;

impl Identity {
    /// Puts members of the organization, or invitations, into a team.
    pub async fn add_team_members(
        &self,
        context: &Context,
        id: TeamId,
        people: Vec<Person>,
    ) -> Result<()> {
        check(&people)?;
        let context = context.clone();
        self.db()
            .write(move |tx| {
                let (scope, team) = hold(tx, &context, id)?;
                require_keeper(&scope)?;
                hand_out::team(tx, &scope, &team)?;
                let mut names = Vec::new();
                for (number, person) in people.iter().enumerate() {
                    let member = find(tx, &scope, person)?.ok_or_else(|| {
                        Error::invalid_at(
                            format!("/data/{number}/id"),
                            format!("\"{}\" has no such member", scope.organization.name),
                        )
                    })?;
                    let given = Source::Given;
                    store::insert_team_member(tx, member.id, team.id, given, context.now)?;
                    names.push(called(&member));
                }
                note(tx, &context, "add", &team, &names)
            })
            .await
    }

    /// Takes people out of a team. Who is not in it stays out.
    pub async fn remove_team_members(
        &self,
        context: &Context,
        id: TeamId,
        people: Vec<Person>,
    ) -> Result<()> {
        check(&people)?;
        let context = context.clone();
        self.db()
            .write_settled(move |tx| {
                let (scope, team) = hold(tx, &context, id)?;
                require_keeper(&scope)?;
                if team.owners {
                    scope.require_owner()?;
                }
                let mut names = Vec::new();
                for person in &people {
                    let Some(member) = find(tx, &scope, person)? else { continue };
                    if store::delete_team_member(tx, team.id, member.id)? {
                        names.push(called(&member));
                    }
                }
                if team.owners {
                    require_an_owner(tx, &scope)?;
                }
                note(tx, &context, "remove", &team, &names)
            })
            .await
    }

    /// Says which teams a member is in, or an invitation names: of the teams that the caller sees,
    /// these and no others.
    pub async fn set_member_teams(
        &self,
        context: &Context,
        membership: MembershipId,
        wanted: Vec<TeamId>,
    ) -> Result<Scope> {
        let context = context.clone();
        self.db()
            .write_settled(move |tx| {
                let member = store::find_membership(tx, membership)?;
                let member = member.ok_or_else(Error::not_found)?;
                let scope = scope_by_id(tx, &context, member.organization_id)?;
                scope.require(Right::ReadMemberships)?;
                store::lock_organization(tx, scope.organization.id)?;
                let scope = scope_by_id(tx, &context, member.organization_id)?;
                require_keeper(&scope)?;
                change_teams(tx, &context, &scope, &member, &wanted)?;
                Ok(scope)
            })
            .await
    }
}

fn change_teams(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    member: &Membership,
    wanted: &[TeamId],
) -> Result<()> {
    let held = store::teams_of_memberships(tx, &[member.id])?.remove(&member.id);
    let held = held.unwrap_or_default();
    let names = [called(member)];
    for team in &held {
        if wanted.contains(&team.id) || !super::teams::may_see(scope, team) {
            continue;
        }
        if team.owners {
            scope.require_owner()?;
        }
        store::delete_team_member(tx, team.id, member.id)?;
        if team.owners {
            require_an_owner(tx, scope)?;
        }
        note(tx, context, "remove", team, &names)?;
    }
    for id in wanted.iter().filter(|id| !held.iter().any(|team| team.id == **id)) {
        let team = super::teams::find_team(tx, scope, *id)?;
        hand_out::team(tx, scope, &team)?;
        store::insert_team_member(tx, member.id, team.id, Source::Given, context.now)?;
        note(tx, context, "add", &team, &names)?;
    }
    Ok(())
}

/// Puts a new member, or an invitation, into teams; the error is at the relationship `teams`.
pub(super) fn join_teams(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    member: &Membership,
    teams: &[TeamId],
) -> Result<Vec<Team>> {
    let mut joined = Vec::new();
    for (number, id) in teams.iter().enumerate() {
        let team = super::teams::find_team(tx, scope, *id).map_err(|hidden| {
            let pointer = format!("/data/relationships/teams/data/{number}/id");
            Error::invalid_at(pointer, "this organization has no such team").in_place_of(&hidden)
        })?;
        hand_out::team(tx, scope, &team)?;
        store::insert_team_member(tx, member.id, team.id, Source::Given, context.now)?;
        joined.push(team);
    }
    Ok(joined)
}

/// Refuses a change that leaves an organization without an owner. The organization's row must be
/// locked, so that two last owners can't leave at once.
pub(super) fn require_an_owner(tx: &mut Tx<'_>, scope: &Scope) -> Result<()> {
    let organization = &scope.organization;
    if store::count_owners(tx, organization.id)? > 0 {
        return Ok(());
    }
    Err(Error::conflict(format!(
        "\"{}\" would be left without an owner; make somebody else an owner first",
        organization.name
    )))
}

/// Whoever keeps the teams or the members says who is in which team.
fn require_keeper(scope: &Scope) -> Result<()> {
    if scope.allows(Right::ManageTeams) {
        return Ok(());
    }
    scope.require(Right::ManageMemberships)
}

/// The member or invitation that a request names.
fn find(tx: &mut Tx<'_>, scope: &Scope, person: &Person) -> Result<Option<Membership>> {
    let organization = scope.organization.id;
    let id = match person {
        Person::Membership(id) => id.parse().ok(),
        Person::User(name) => {
            let user = match name.parse() {
                Ok(id) => Some(id),
                // An e-mail address is no name: it would tell whose it is.
                Err(_) if name.contains('@') => None,
                Err(_) => store::user_by_login(tx, name)?.map(|user| user.id),
            };
            match user {
                Some(user) => store::membership_of_user(tx, organization, user)?,
                None => None,
            }
        }
    };
    let Some(id) = id else { return Ok(None) };
    let member = store::find_membership(tx, id)?;
    Ok(member.filter(|member| member.organization_id == organization))
}

fn check(people: &[Person]) -> Result<()> {
    if people.len() <= MAX_PEOPLE {
        return Ok(());
    }
    Err(Error::invalid_at("/data", format!("at most {MAX_PEOPLE} people at once")))
}

/// What people know a member by.
pub(super) fn called(member: &Membership) -> String {
    member.user.as_ref().map_or_else(|| member.email.clone(), |user| user.username.clone())
}

fn note(
    tx: &mut Tx<'_>,
    context: &Context,
    action: &'static str,
    team: &Team,
    names: &[String],
) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let event = Event::new(action, "teams", team.id)
        .of(team.organization_id)
        .named(&team.name)
        .with("members", names.to_vec());
    record(tx, context, &event)
}
