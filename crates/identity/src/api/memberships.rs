//! Memberships of organizations.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use kernel::{MembershipId, Result, TeamId};
use serde::Deserialize;
use web::{
    Answer, ListQuery, Path, RequestUrl,
    body::{JsonApi, LinkageItem},
    document::{Document, Resource},
};

use crate::{
    Caller, Identity, MembershipDetails, MembershipFilter, MembershipStatus, Scope,
    resources::{membership_resource, organization_resource, team_resource, user_resource},
};

const KIND: &str = "organization-memberships";

#[derive(Deserialize)]
pub(super) struct NewAttributes {
    email: String,
}

pub(super) async fn list(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let emails = query.list("filter[email]");
    let filter = MembershipFilter {
        emails: (!emails.is_empty()).then(|| emails.into_iter().map(str::to_owned).collect()),
        status: query.get("filter[status]").and_then(MembershipStatus::parse),
        search: query.get("q").map(str::to_owned),
        team: None,
    };
    let (scope, page) =
        identity.list_memberships(&caller.context, &org, filter, query.page).await?;
    let included = included(&identity, &page.items, &scope, &query).await?;
    let page = page.map(|membership| membership_resource(&membership, &scope));
    Ok(Document::list(page, &url).include_all(included))
}

/// `GET teams/:id/relationships/organization-memberships`: those who are in a team.
pub(super) async fn list_of_team(
    State(identity): State<Identity>,
    caller: Caller,
    Path(team): Path<TeamId>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let filter = MembershipFilter {
        status: query.get("filter[status]").and_then(MembershipStatus::parse),
        ..MembershipFilter::default()
    };
    let (scope, page) =
        identity.list_team_memberships(&caller.context, team, filter, query.page).await?;
    let included = included(&identity, &page.items, &scope, &query).await?;
    let page = page.map(|membership| membership_resource(&membership, &scope));
    Ok(Document::list(page, &url).include_all(included))
}

pub(super) async fn create(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    query: ListQuery,
    body: JsonApi<NewAttributes>,
) -> Answer<impl IntoResponse> {
    let body = body.of_kind(KIND)?;
    let teams = teams(body.relationships.many("teams")?.unwrap_or_default())?;
    let email = &body.attributes.email;
    let (scope, membership) =
        identity.create_membership(&caller.context, &org, email, teams).await?;
    let document = document(&identity, membership, &scope, &query).await?;
    Ok((StatusCode::CREATED, document))
}

/// The ids of teams that a request names.
fn teams(items: &[LinkageItem]) -> Result<Vec<TeamId>> {
    let unknown = "this organization has no such team";
    let parse = |item: &LinkageItem| item.id.as_deref().and_then(|id| id.parse().ok());
    items.iter().map(|item| parse(item).ok_or_else(|| item.invalid_member("id", unknown))).collect()
}

pub(super) async fn read(
    State(identity): State<Identity>,
    caller: Caller,
    Path(membership): Path<MembershipId>,
    query: ListQuery,
) -> Answer<Document> {
    let (scope, membership) = identity.read_membership(&caller.context, membership).await?;
    Ok(document(&identity, membership, &scope, &query).await?)
}

pub(super) async fn delete(
    State(identity): State<Identity>,
    caller: Caller,
    Path(membership): Path<MembershipId>,
) -> Answer<StatusCode> {
    identity.delete_membership(&caller.context, membership).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn document(
    identity: &Identity,
    membership: MembershipDetails,
    scope: &Scope,
    query: &ListQuery,
) -> Result<Document> {
    let included = included(identity, std::slice::from_ref(&membership), scope, query).await?;
    Ok(Document::one(membership_resource(&membership, scope)).include_all(included))
}

async fn included(
    identity: &Identity,
    memberships: &[MembershipDetails],
    scope: &Scope,
    query: &ListQuery,
) -> Result<Vec<Resource>> {
    let mut included = Vec::new();
    if query.wants("user") {
        let users = memberships.iter().filter_map(|details| details.membership.user.as_ref());
        included.extend(users.map(user_resource));
    }
    if query.wants("teams") {
        let teams = identity.teams_of(scope, memberships).await?;
        included.extend(teams.iter().map(|team| team_resource(team, scope)));
    }
    if query.wants("organization") {
        included.push(organization_resource(&scope.organization, scope));
    }
    Ok(included)
}
