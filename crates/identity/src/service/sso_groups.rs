//! Putting people into the teams of their groups, and taking them out again.

use std::collections::BTreeSet;

use db::Tx;
use kernel::{Context, MembershipId, OrganizationId, Result, TeamId};

use crate::{
    User,
    audit::{Event, record},
    sso::groups::{Change, plan},
    store::{self, Source},
};

/// Where the changes come from, for the audit trail.
const BY: &str = "groups at sign-in";

/// Makes somebody's places those of their groups.
pub(super) fn follow(
    tx: &mut Tx<'_>,
    context: &Context,
    user: &User,
    groups: &[String],
) -> Result<()> {
    // The organizations are held, always in the same order, before it is decided.
    let mut concerned: BTreeSet<OrganizationId> =
        store::teams_of_groups(tx, groups)?.into_iter().map(|wanted| wanted.organization).collect();
    concerned.extend(store::places(tx, user.id)?.into_iter().map(|place| place.organization));
    for organization in &concerned {
        store::lock_organization(tx, *organization)?;
    }
    let mut wanted = store::teams_of_groups(tx, groups)?;
    wanted.retain(|wanted| concerned.contains(&wanted.organization));
    let present = store::places(tx, user.id)?;
    let mut refused = BTreeSet::new();
    for change in plan(&wanted, &present) {
        match change {
            Change::Join(organization) => {
                if !join(tx, context, user, organization)? {
                    refused.insert(organization);
                }
            }
            Change::Enter(place) if refused.contains(&place.organization) => {}
            Change::Enter(place) => {
                let member = store::membership_of_user(tx, place.organization, user.id)?;
                if let Some(member) = member {
                    let source = Source::SignIn;
                    store::insert_team_member(tx, member, place.team, source, context.now)?;
                    note_team(tx, context, "add", user, place.team)?;
                }
            }
            Change::Leave(member, team) => {
                store::delete_team_member(tx, team, member)?;
                note_team(tx, context, "remove", user, team)?;
            }
            Change::End(member) => end(tx, context, user, member)?,
        }
    }
    Ok(())
}

/// Becomes a member. False if an invitation waits for the address, which nobody has verified to be
/// the person's: whoever takes it would take the invitation's teams too.
fn join(
    tx: &mut Tx<'_>,
    context: &Context,
    user: &User,
    organization: OrganizationId,
) -> Result<bool> {
    let id = MembershipId::generate();
    if !store::insert_membership_by_groups(tx, id, organization, user, context.now)? {
        tracing::warn!(
            user.id = %user.id,
            organization.id = %organization,
            "an invitation waits for an address that the sign-in server has not verified"
        );
        return Ok(false);
    }
    let event = Event::new("create", "organization-memberships", id)
        .of(organization)
        .named(&user.username)
        .with("by", BY);
    record(tx, context, &event)?;
    Ok(true)
}

fn end(tx: &mut Tx<'_>, context: &Context, user: &User, id: MembershipId) -> Result<()> {
    let Some(membership) = store::find_membership(tx, id)? else { return Ok(()) };
    store::delete_membership(tx, id)?;
    let event = Event::new("delete", "organization-memberships", id)
        .of(membership.organization_id)
        .named(&user.username)
        .with("by", BY);
    record(tx, context, &event)
}

fn note_team(
    tx: &mut Tx<'_>,
    context: &Context,
    action: &'static str,
    user: &User,
    id: TeamId,
) -> Result<()> {
    let Some(team) = store::find_team(tx, id)? else { return Ok(()) };
    let event = Event::new(action, "teams", id)
        .of(team.organization_id)
        .named(team.name)
        .with("members", vec![user.username.clone()])
        .with("by", BY);
    record(tx, context, &event)
}
