//! Teams.

use std::collections::BTreeMap;

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use kernel::{Error, Result, TeamId};
use serde::Deserialize;
use serde_json::Value;
use web::{
    Answer, ListQuery, Path, RequestUrl,
    body::{JsonApi, patch},
    document::{Document, Resource},
};

use super::required;
use crate::{
    Caller, Identity, MembershipDetails, NewTeam, Scope, TeamChange, TeamDetails, TeamFilter,
    Visibility,
    access::WORDS,
    resources::{membership_resource, organization_resource, team_resource, user_resource},
};

const KIND: &str = "teams";

/// The attributes of a new team or of a change to one.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Attributes {
    name: Option<String>,
    visibility: Option<String>,
    #[serde(deserialize_with = "patch")]
    sso_team_id: Option<Option<String>>,
    allow_member_token_management: Option<bool>,
    organization_access: Option<BTreeMap<String, Value>>,
}

impl Attributes {
    fn change(self) -> Result<TeamChange> {
        let visibility = self.visibility.as_deref().map(|word| {
            let text = "must be \"secret\" or \"organization\"";
            Visibility::parse(word).ok_or_else(|| Error::invalid("visibility", text))
        });
        Ok(TeamChange {
            name: self.name,
            visibility: visibility.transpose()?,
            sso_team_id: self.sso_team_id.map(Option::unwrap_or_default),
            allow_member_token_management: self.allow_member_token_management,
            organization_access: words(&self.organization_access.unwrap_or_default())?,
        })
    }
}

/// The words that are named, and whether the team is to hold them. What is unknown is ignored,
/// like any attribute.
fn words(named: &BTreeMap<String, Value>) -> Result<Vec<(&'static str, bool)>> {
    let known = WORDS.iter().filter_map(|(word, _)| Some((*word, named.get(*word)?)));
    known
        .filter(|(_, value)| !value.is_null())
        .map(|(word, value)| {
            let pointer = || format!("/data/attributes/organization-access/{word}");
            let wanted = value.as_bool();
            let wanted =
                wanted.ok_or_else(|| Error::invalid_at(pointer(), "expected true or false"));
            Ok((word, wanted?))
        })
        .collect()
}

pub(super) async fn list(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let names = query.list("filter[names]");
    let filter = TeamFilter {
        names: (!names.is_empty()).then(|| names.into_iter().map(str::to_owned).collect()),
        search: query.get("q").map(str::to_owned),
    };
    let (scope, page) = identity.list_teams(&caller.context, &org, filter, query.page).await?;
    let included = included(&identity, &page.items, &scope, &query).await?;
    let page = page.map(|team| team_resource(&team, &scope));
    Ok(Document::list(page, &url).include_all(included))
}

pub(super) async fn create(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    query: ListQuery,
    body: JsonApi<Attributes>,
) -> Answer<impl IntoResponse> {
    let JsonApi { attributes, .. } = body.of_kind(KIND)?;
    let mut change = attributes.change()?;
    let new = NewTeam { name: required("name", change.name.take())?, change };
    let (scope, team) = identity.create_team(&caller.context, &org, new).await?;
    let document = document(&identity, &team, &scope, &query).await?;
    Ok((StatusCode::CREATED, document))
}

pub(super) async fn read(
    State(identity): State<Identity>,
    caller: Caller,
    Path(team): Path<TeamId>,
    query: ListQuery,
) -> Answer<Document> {
    let (scope, team) = identity.read_team(&caller.context, team).await?;
    Ok(document(&identity, &team, &scope, &query).await?)
}

pub(super) async fn update(
    State(identity): State<Identity>,
    caller: Caller,
    Path(team): Path<TeamId>,
    query: ListQuery,
    body: JsonApi<Attributes>,
) -> Answer<Document> {
    let JsonApi { attributes, .. } = body.of_kind(KIND)?;
    let change = attributes.change()?;
    let (scope, team) = identity.update_team(&caller.context, team, change).await?;
    Ok(document(&identity, &team, &scope, &query).await?)
}

pub(super) async fn delete(
    State(identity): State<Identity>,
    caller: Caller,
    Path(team): Path<TeamId>,
) -> Answer<StatusCode> {
    identity.delete_team(&caller.context, team).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn document(
    identity: &Identity,
    team: &TeamDetails,
    scope: &Scope,
    query: &ListQuery,
) -> Result<Document> {
    let included = included(identity, std::slice::from_ref(team), scope, query).await?;
    Ok(Document::one(team_resource(team, scope)).include_all(included))
}

async fn included(
    identity: &Identity,
    teams: &[TeamDetails],
    scope: &Scope,
    query: &ListQuery,
) -> Result<Vec<Resource>> {
    let members = || teams.iter().flat_map(|team| &team.members);
    let mut included = Vec::new();
    if query.wants("users") || query.wants("organization_memberships.user") {
        included.extend(members().filter_map(|member| member.user.as_ref()).map(user_resource));
    }
    if query.wants("organization_memberships") {
        let memberships: Vec<MembershipDetails> =
            identity.with_teams(scope, members().cloned().collect()).await?;
        included.extend(memberships.iter().map(|member| membership_resource(member, scope)));
    }
    if query.wants("organization") {
        included.push(organization_resource(&scope.organization, scope));
    }
    Ok(included)
}
