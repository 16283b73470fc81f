//! Memberships of organizations.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use kernel::MembershipId;
use serde::Deserialize;
use web::{
    Answer, ListQuery, Path, RequestUrl,
    body::JsonApi,
    document::{Document, Resource},
};

use crate::{
    Caller, Identity, Membership, MembershipFilter, MembershipStatus, Scope,
    resources::{membership_resource, organization_resource, user_resource},
};

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
    };
    let (scope, page) =
        identity.list_memberships(&caller.context, &org, filter, query.page).await?;
    let included = included(&page.items, &scope, &query);
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
    let body = body.of_kind("organization-memberships")?;
    let email = &body.attributes.email;
    let (scope, membership) =
        identity.create_membership(&caller.context, &org, email, Vec::new()).await?;
    Ok((StatusCode::CREATED, document(&membership, &scope, &query)))
}

pub(super) async fn read(
    State(identity): State<Identity>,
    caller: Caller,
    Path(membership): Path<MembershipId>,
    query: ListQuery,
) -> Answer<Document> {
    let (scope, membership) = identity.read_membership(&caller.context, membership).await?;
    Ok(document(&membership, &scope, &query))
}

pub(super) async fn delete(
    State(identity): State<Identity>,
    caller: Caller,
    Path(membership): Path<MembershipId>,
) -> Answer<StatusCode> {
    identity.delete_membership(&caller.context, membership).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn document(membership: &Membership, scope: &Scope, query: &ListQuery) -> Document {
    let included = included(std::slice::from_ref(membership), scope, query);
    Document::one(membership_resource(membership, scope)).include_all(included)
}

fn included(memberships: &[Membership], scope: &Scope, query: &ListQuery) -> Vec<Resource> {
    let mut included = Vec::new();
    if query.wants("user") {
        let users = memberships.iter().filter_map(|membership| membership.user.as_ref());
        included.extend(users.map(user_resource));
    }
    if query.wants("organization") {
        included.push(organization_resource(&scope.organization, scope));
    }
    included
}
