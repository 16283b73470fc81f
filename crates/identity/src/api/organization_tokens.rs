//! The one token of an organization, and with `?token=audit-trails` that of its audit trail.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use kernel::{Error, Result};
use web::{Answer, ListQuery, Path, body::JsonApiOptional, document::Document};

use super::tokens::{TokenAttributes, new_token};
use crate::{Caller, Identity, OrganizationTokenKind, resources::token_resource};

/// Which token is meant. A word that is not known is no slip to pass over: a new token replaces
/// the one before.
fn kind(query: &ListQuery) -> Result<OrganizationTokenKind> {
    match query.get("token") {
        None | Some("organization") => Ok(OrganizationTokenKind::Organization),
        Some("audit-trails" | "audit_trails") => Ok(OrganizationTokenKind::AuditTrails),
        Some(_) => Err(Error::bad_request(
            "the parameter \"token\" is \"audit-trails\", or is left out for the organization's token",
        )),
    }
}

pub(super) async fn create(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    query: ListQuery,
    JsonApiOptional(body): JsonApiOptional<TokenAttributes>,
) -> Answer<impl IntoResponse> {
    let (kind, new) = (kind(&query)?, new_token(body)?);
    let (token, value) =
        identity.create_organization_token(&caller.context, &org, kind, new).await?;
    Ok((StatusCode::CREATED, Document::one(token_resource(&token, Some(&value)))))
}

pub(super) async fn read(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    query: ListQuery,
) -> Answer<Document> {
    let listed = identity.read_organization_token(&caller.context, &org, kind(&query)?).await?;
    Ok(Document::one(token_resource(&listed.token, None)))
}

pub(super) async fn delete(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    query: ListQuery,
) -> Answer<StatusCode> {
    identity.revoke_organization_token(&caller.context, &org, kind(&query)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
