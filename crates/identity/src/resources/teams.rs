//! Teams and memberships in documents.

use serde_json::{Map, Value, json};
use web::document::Resource;

use crate::{MembershipDetails, Scope, Team, TeamDetails, access::WORDS};

/// A membership.
pub(crate) fn membership_resource(details: &MembershipDetails, scope: &Scope) -> Resource {
    let membership = &details.membership;
    Resource::new("organization-memberships", membership.id)
        .attributes(json!({
            "status": membership.status.as_str(),
            "email": membership.email,
            "created-at": membership.created_at,
        }))
        .one("organization", Some(("organizations", &scope.organization.name)))
        .one("user", membership.user.as_ref().map(|user| ("users", user.id)))
        .many("teams", details.teams.iter().map(|team| ("teams", team.id)))
        .link("self", format!("/api/v2/organization-memberships/{}", membership.id))
}

/// A team.
pub(crate) fn team_resource(details: &TeamDetails, scope: &Scope) -> Resource {
    let (team, permitted) = (&details.team, &details.permitted);
    let path = format!("/api/v2/teams/{}", team.id);
    let users = details.members.iter().filter_map(|member| member.user.as_ref());
    let sso = Some(&team.sso_team_id).filter(|id| !id.is_empty());
    Resource::new("teams", team.id)
        .attributes(json!({
            "name": team.name,
            "sso-team-id": sso,
            "users-count": details.people(),
            "visibility": team.visibility.as_str(),
            "allow-member-token-management": team.allow_member_token_management,
            "organization-access": organization_access(team),
            "permissions": {
                "can-update-membership": permitted.update_members,
                "can-destroy": permitted.delete,
                "can-update-organization-access": permitted.update_access,
                "can-update-api-token": permitted.manage_tokens,
                "can-view-api-token": permitted.manage_tokens,
                "can-update-visibility": permitted.update && !team.owners,
                "can-update-name": permitted.update && !team.owners,
                "can-update-sso-team-id": permitted.update,
                "can-update-member-token-management": permitted.update,
            },
        }))
        .one("organization", Some(("organizations", &scope.organization.name)))
        .many("users", users.map(|user| ("users", user.id)))
        .many(
            "organization-memberships",
            details.members.iter().map(|member| ("organization-memberships", member.id)),
        )
        .relationship_link(
            "authentication-token",
            "related",
            format!("{path}/authentication-token"),
        )
        .link("self", path)
}

/// Every word, and whether the team holds it. The owners hold them all.
fn organization_access(team: &Team) -> Map<String, Value> {
    WORDS.iter().map(|(word, _)| ((*word).to_owned(), team.holds(word).into())).collect()
}
