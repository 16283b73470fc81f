//! The teams of one member, or of an invitation.

use axum::extract::State;
use kernel::{Error, MembershipId};
use web::{
    Path,
    page::{
        Button, Markup, Problems, button, button_link, card, heading, html, page, post_form,
        see_other,
    },
};

use super::{
    Shown,
    members::{self, choices, is_answered, status_of, team_ticks, ticked},
    settings,
    teams::Sent,
};
use crate::{Identity, MembershipDetails, Right, SafeForm, TeamDetails, Visitor};

pub(super) async fn show(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, membership)): Path<(String, String)>,
) -> Shown {
    answer(&visitor, &identity, id(&membership)?, None).await
}

pub(super) async fn update(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, membership)): Path<(String, String)>,
    SafeForm(form): SafeForm<Sent>,
) -> Shown {
    let id = id(&membership)?;
    let (scope, details) = identity.read_membership(&visitor.context, id).await?;
    let offered = choices(&identity, &visitor, &scope.organization.name).await?;
    let mut wanted = ticked(&form);
    // What the page did not offer stays.
    let held = details.teams.iter().map(|team| team.id);
    wanted.extend(held.filter(|id| !offered.iter().any(|offered| offered.team.id == *id)));
    match identity.set_member_teams(&visitor.context, id, wanted).await {
        Ok(scope) => {
            Ok(see_other(&format!("{}?done=saved", members::path(&scope.organization.name))))
        }
        Err(error) if is_answered(&error) => answer(&visitor, &identity, id, Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

fn id(text: &str) -> kernel::Result<MembershipId> {
    text.parse().map_err(|_| Error::not_found())
}

async fn answer(
    visitor: &Visitor,
    identity: &Identity,
    id: MembershipId,
    error: Option<&Error>,
) -> Shown {
    let (scope, details) = identity.read_membership(&visitor.context, id).await?;
    if !scope.allows(Right::ManageTeams) {
        scope.require(Right::ManageMemberships)?;
    }
    let organization = &scope.organization.name;
    let teams = choices(identity, visitor, organization).await?;
    let path = members::path(organization);
    let called = called(&details).to_owned();
    let mut shell = settings::shell(visitor, &scope, &called)
        .crumb("Members", path.clone())
        .crumb(called, format!("{path}/{id}"));
    if let Some(error) = error {
        shell = shell.status(status_of(error)).about(error);
    }
    Ok(page(shell, markup(visitor, &details, &teams, &path, error)))
}

fn called(details: &MembershipDetails) -> &str {
    let membership = &details.membership;
    membership.user.as_ref().map_or(&membership.email, |user| &user.username)
}

fn markup(
    visitor: &Visitor,
    details: &MembershipDetails,
    teams: &[TeamDetails],
    path: &str,
    error: Option<&Error>,
) -> Markup {
    let membership = &details.membership;
    html! {
        (heading(called(details), html! { (membership.email) }, html! {}))
        (card(html! {
            (Problems::of(error).summary(&[]))
            (post_form(&format!("{path}/{}", membership.id), &visitor.csrf(), html! {
                (team_ticks(teams, "What they may do is all that their teams may do.",
                    |team| details.teams.iter().any(|held| held.id == team.id)))
                div.actions {
                    (button(Button::Primary, "Save teams"))
                    (button_link("Cancel", path, false))
                }
            }))
        }))
    }
}
