//! Trusted issuers: who is let in by an identity in place of a stored token.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use kernel::{Error, Id, IdKind, ProjectId, Result, TeamId, TrustId, WorkspaceId};
use serde::Deserialize;
use serde_json::{Value, json};
use web::{
    Answer, ListQuery, Path, RequestUrl,
    body::{JsonApi, Relationships, patch},
    document::{Document, Resource},
};

use super::required;
use crate::{
    Caller, Gives, Identity, Keys, NewTrust, PlaceWish, Placed, Rule, Scope, Trust, TrustChange,
    placing::{read_custom, written_custom},
};

const KIND: &str = "trusted-issuers";

/// The attributes of a new trust or of a change to one.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Attributes {
    name: Option<String>,
    issuer: Option<String>,
    #[serde(deserialize_with = "patch")]
    audience: Option<Option<String>>,
    rules: Option<Vec<Value>>,
    #[serde(deserialize_with = "patch")]
    keys: Option<Option<Value>>,
    #[serde(deserialize_with = "patch")]
    keys_url: Option<Option<String>>,
    level: Option<String>,
    #[serde(deserialize_with = "patch")]
    rights: Option<Option<Value>>,
}

impl Attributes {
    fn rules(&self) -> Result<Option<Vec<Rule>>> {
        self.rules.as_deref().map(Rule::read_all).transpose()
    }

    /// Where the keys come from, if the request says so.
    fn keys(&self) -> Result<Option<Keys>> {
        match (self.keys.as_ref(), self.keys_url.as_ref()) {
            (Some(Some(_)), Some(Some(_))) => {
                Err(Error::invalid("keys-url", "give either \"keys\" or \"keys-url\", not both"))
            }
            // Given as an object, or as the text of one.
            (Some(Some(Value::String(document))), _) => Ok(Some(Keys::Given(document.clone()))),
            (Some(Some(document)), _) => Ok(Some(Keys::Given(document.to_string()))),
            (_, Some(Some(address))) => Ok(Some(Keys::At(address.clone()))),
            (Some(None), _) | (_, Some(None)) => Ok(Some(Keys::Discovered)),
            (None, None) => Ok(None),
        }
    }

    /// What the trust gives, if the request says anything about it. What it does not say stays as
    /// it is in `now`.
    fn gives(&self, relationships: &Relationships, now: Option<&Gives>) -> Result<Option<Gives>> {
        let target = Target::read(relationships)?;
        if target.is_none() && self.level.is_none() && self.rights.is_none() {
            return Ok(None);
        }
        let before = match now {
            Some(Gives::Level(placed)) => Some(&**placed),
            Some(Gives::Team(_)) | None => None,
        };
        let target = target.unwrap_or_else(|| now.map_or_else(Target::default, Target::of));
        if let Some(team) = target.team {
            return Ok(Some(Gives::Team(team)));
        }
        let level = self.level.clone().or_else(|| before.map(|placed| placed.level().to_owned()));
        let level = required("level", level)?;
        let custom = match &self.rights {
            Some(rights) => rights.clone().map(read_custom).transpose()?,
            None if level == "custom" => before.and_then(Placed::custom).cloned(),
            None => None,
        };
        let wish =
            PlaceWish { level, custom, project: target.project, workspace: target.workspace };
        Ok(Some(Gives::Level(Box::new(wish.placed()?))))
    }
}

/// What a trust is about; nothing: the whole organization.
#[derive(Default)]
struct Target {
    team: Option<TeamId>,
    project: Option<ProjectId>,
    workspace: Option<WorkspaceId>,
}

impl Target {
    /// What a request names, if it says anything: at most one of the three.
    fn read(relationships: &Relationships) -> Result<Option<Self>> {
        if !["team", "project", "workspace"].iter().any(|name| relationships.has(name)) {
            return Ok(None);
        }
        let target = Self {
            team: related(relationships, "team", "teams")?,
            project: related(relationships, "project", "projects")?,
            workspace: related(relationships, "workspace", "workspaces")?,
        };
        if target.team.is_some() && (target.project.is_some() || target.workspace.is_some()) {
            return Err(Error::invalid_at(
                "/data/relationships/team",
                "name a team, or a project or workspace: whoever is as one of a team has what the \
                 team has",
            ));
        }
        Ok(Some(target))
    }

    fn of(gives: &Gives) -> Self {
        match gives {
            Gives::Team(id) => Self { team: Some(*id), ..Self::default() },
            Gives::Level(placed) => {
                Self { team: None, project: placed.project_id(), workspace: placed.workspace_id() }
            }
        }
    }
}

/// The id of a related thing.
fn related<K: IdKind>(
    relationships: &Relationships,
    name: &str,
    kind: &str,
) -> Result<Option<Id<K>>> {
    let Some(linkage) = relationships.one(name)? else { return Ok(None) };
    let pointer = |member: &str| format!("/data/relationships/{name}/data/{member}");
    if linkage.kind != kind {
        return Err(Error::invalid_at(pointer("type"), format!("this must be \"{kind}\" here")));
    }
    let id = linkage.id.parse();
    id.map(Some).map_err(|_| Error::invalid_at(pointer("id"), format!("is not an id of {kind}")))
}

pub(super) async fn list(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let search = query.get("q").map(str::to_owned);
    let (scope, page) = identity.list_trusts(&caller.context, &org, search, query.page).await?;
    Ok(Document::list(page.map(|trust| resource(&trust, &scope)), &url))
}

pub(super) async fn create(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    body: JsonApi<Attributes>,
) -> Answer<impl IntoResponse> {
    let JsonApi { attributes, relationships, .. } = body.of_kind(KIND)?;
    let new = NewTrust {
        rules: attributes.rules()?.unwrap_or_default(),
        keys: attributes.keys()?.unwrap_or_default(),
        gives: required("level", attributes.gives(&relationships, None)?)?,
        name: required("name", attributes.name)?,
        issuer: required("issuer", attributes.issuer)?,
        audience: attributes.audience.flatten().unwrap_or_default(),
    };
    let (scope, trust) = identity.create_trust(&caller.context, &org, new).await?;
    Ok((StatusCode::CREATED, Document::one(resource(&trust, &scope))))
}

pub(super) async fn read(
    State(identity): State<Identity>,
    caller: Caller,
    Path(id): Path<TrustId>,
) -> Answer<Document> {
    let (scope, trust) = identity.read_trust(&caller.context, id).await?;
    Ok(Document::one(resource(&trust, &scope)))
}

pub(super) async fn update(
    State(identity): State<Identity>,
    caller: Caller,
    Path(id): Path<TrustId>,
    body: JsonApi<Attributes>,
) -> Answer<Document> {
    let JsonApi { attributes, relationships, .. } = body.of_kind(KIND)?;
    let (_, before) = identity.read_trust(&caller.context, id).await?;
    let change = TrustChange {
        rules: attributes.rules()?,
        keys: attributes.keys()?,
        gives: attributes.gives(&relationships, Some(&before.gives))?,
        name: attributes.name,
        issuer: attributes.issuer,
        audience: attributes.audience.map(Option::unwrap_or_default),
    };
    let (scope, trust) = identity.update_trust(&caller.context, id, change).await?;
    Ok(Document::one(resource(&trust, &scope)))
}

pub(super) async fn delete(
    State(identity): State<Identity>,
    caller: Caller,
    Path(id): Path<TrustId>,
) -> Answer<StatusCode> {
    identity.delete_trust(&caller.context, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn resource(trust: &Trust, scope: &Scope) -> Resource {
    let (keys, keys_url) = match &trust.keys {
        Keys::Discovered => (None, None),
        Keys::At(address) => (None, Some(address)),
        Keys::Given(document) => (serde_json::from_str::<Value>(document).ok(), None),
    };
    let (team, placed) = match &trust.gives {
        Gives::Team(team) => (Some(*team), None),
        Gives::Level(placed) => (None, Some(&**placed)),
    };
    let organization = &scope.organization.name;
    Resource::new(KIND, trust.id)
        .attributes(json!({
            "name": trust.name,
            "issuer": trust.issuer,
            "audience": trust.audience,
            "rules": trust.rules,
            "keys": keys,
            "keys-url": keys_url,
            "level": placed.map(Placed::level),
            "rights": placed.and_then(Placed::custom).map(written_custom),
            "created-at": trust.created_at,
            "updated-at": trust.updated_at,
        }))
        .one("organization", Some(("organizations", organization)))
        .one("team", team.map(|id| ("teams", id)))
        .one("project", placed.and_then(Placed::project_id).map(|id| ("projects", id)))
        .one("workspace", placed.and_then(Placed::workspace_id).map(|id| ("workspaces", id)))
        .one("created-by", trust.created_by.map(|id| ("users", id)))
        .link("self", format!("/api/v2/trusted-issuers/{}", trust.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::WorkspaceLevel;

    fn attributes(value: Value) -> Attributes {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn keys_are_found_given_or_at_an_address() {
        let keys = |value| attributes(value).keys();
        let text = "{\"keys\":[]}";
        assert_eq!(keys(json!({})).unwrap(), None);
        assert_eq!(keys(json!({"keys": null})).unwrap(), Some(Keys::Discovered));
        assert_eq!(keys(json!({"keys-url": null})).unwrap(), Some(Keys::Discovered));
        let given = Some(Keys::Given(text.to_owned()));
        assert_eq!(keys(json!({"keys": {"keys": []}})).unwrap(), given);
        assert_eq!(keys(json!({"keys": text, "keys-url": null})).unwrap(), given);
        let at = Some(Keys::At("https://x".to_owned()));
        assert_eq!(keys(json!({"keys": null, "keys-url": "https://x"})).unwrap(), at);
        assert!(keys(json!({"keys": {}, "keys-url": "https://x"})).is_err());
    }

    #[test]
    fn a_change_says_what_is_other_and_the_rest_stays() {
        let id = Id::generate();
        let at = |level, custom| Gives::Level(Box::new(Placed::Workspace(id, level, custom)));
        let custom = || read_custom(json!(["lock"])).ok();
        let before = at(WorkspaceLevel::Custom, custom());
        let after = |value| {
            attributes(value).gives(&Relationships::default(), Some(&before)).ok().flatten()
        };
        assert_eq!(after(json!({})), None);
        assert_eq!(after(json!({"level": "write"})), Some(at(WorkspaceLevel::Write, None)));
        assert_eq!(after(json!({"level": "custom"})), Some(before.clone()));
        let other = read_custom(json!(["read-state"])).ok();
        let rights = json!({"rights": ["read-state"]});
        assert_eq!(after(rights), Some(at(WorkspaceLevel::Custom, other)));
        assert_eq!(after(json!({"level": "maintain"})), None);
    }

    #[test]
    fn something_new_needs_a_level() {
        let new = |value| attributes(value).gives(&Relationships::default(), None);
        assert_eq!(new(json!({})).unwrap(), None);
        assert!(new(json!({"rights": ["lock"]})).is_err());
        assert!(matches!(new(json!({"level": "read"})), Ok(Some(Gives::Level(_)))));
    }
}
