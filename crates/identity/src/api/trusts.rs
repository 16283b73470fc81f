//! Trusted issuers: who is let in by an identity in place of a stored token.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use kernel::{Error, Id, IdKind, Result, TrustId};
use serde::Deserialize;
use serde_json::{Value, json};
use web::{
    Answer, ListQuery, Path, RequestUrl,
    body::{JsonApi, Relationships, patch},
    document::{Document, Resource},
};

use super::required;
use crate::{
    Caller, Gives, Identity, Keys, NewTrust, Placed, Rule, Scope, Trust, TrustChange,
    access::{Custom, ProjectLevel, WorkspaceLevel},
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
    access: Option<String>,
    #[serde(deserialize_with = "patch")]
    custom_access: Option<Option<Custom>>,
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
        let named = Target::read(relationships)?;
        if named.is_none() && self.access.is_none() && self.custom_access.is_none() {
            return Ok(None);
        }
        let target = named.unwrap_or_else(|| now.map_or(Target::Organization, Target::of));
        let before = match now {
            Some(Gives::Level(placed)) => Some(&**placed),
            Some(Gives::Team(_)) | None => None,
        };
        let word = self.access.as_deref().or_else(|| before.map(Placed::level));
        let custom = match &self.custom_access {
            Some(custom) => custom.clone(),
            None => before.and_then(Placed::custom).cloned(),
        };
        target.gives(word, custom).map(Some)
    }
}

/// What a trust is about.
enum Target {
    Organization,
    Team(kernel::TeamId),
    Project(kernel::ProjectId),
    Workspace(kernel::WorkspaceId),
}

impl Target {
    /// What a request names, if it names anything: at most one of the three.
    fn read(relationships: &Relationships) -> Result<Option<Self>> {
        let names = ["team", "project", "workspace"];
        if !names.iter().any(|name| relationships.has(name)) {
            return Ok(None);
        }
        let team = related(relationships, "team", "teams")?.map(Self::Team);
        let project = related(relationships, "project", "projects")?.map(Self::Project);
        let workspace = related(relationships, "workspace", "workspaces")?.map(Self::Workspace);
        let mut named = [team, project, workspace].into_iter().flatten();
        let target = named.next().unwrap_or(Self::Organization);
        if named.next().is_some() {
            return Err(Error::invalid_at(
                "/data/relationships",
                "name a team, a project or a workspace, not more than one; or none for the whole \
                 organization",
            ));
        }
        Ok(Some(target))
    }

    fn of(gives: &Gives) -> Self {
        match gives {
            Gives::Team(id) => Self::Team(*id),
            Gives::Level(placed) => match &**placed {
                Placed::Organization(_) => Self::Organization,
                Placed::Project(id, ..) => Self::Project(*id),
                Placed::Workspace(id, ..) => Self::Workspace(*id),
            },
        }
    }

    fn gives(self, word: Option<&str>, custom: Option<Custom>) -> Result<Gives> {
        let team = match self {
            Self::Team(id) => return Ok(Gives::Team(id)),
            other => other,
        };
        let word = word.ok_or_else(|| Error::invalid("access", "is missing"))?;
        let project = |known: &[&str]| {
            let level = ProjectLevel::parse(word).filter(|_| known.contains(&word));
            level.ok_or_else(|| unknown_level(known))
        };
        Ok(Gives::Level(Box::new(match team {
            Self::Project(id) => {
                let level = project(&["read", "write", "maintain", "admin", "custom"])?;
                Placed::Project(id, level, custom_of(word, custom)?)
            }
            Self::Workspace(id) => {
                let level = WorkspaceLevel::parse(word)
                    .ok_or_else(|| unknown_level(&["read", "plan", "write", "admin", "custom"]))?;
                Placed::Workspace(id, level, custom_of(word, custom)?)
            }
            _ => Placed::Organization(project(&["read", "write", "maintain", "admin"])?),
        })))
    }
}

fn unknown_level(known: &[&str]) -> Error {
    Error::invalid("access", format!("must be one of {} here", known.join(", ")))
}

/// The custom rights, which belong to the level "custom" and to no other.
fn custom_of(word: &str, custom: Option<Custom>) -> Result<Option<Custom>> {
    if word != "custom" {
        return Ok(None);
    }
    let custom = custom
        .ok_or_else(|| Error::invalid("custom-access", "is missing: the access is \"custom\""))?;
    Ok(Some(custom))
}

/// The id of a related thing. What can't be one is not there.
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
        gives: required("access", attributes.gives(&relationships, None)?)?,
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
            "access": placed.map(Placed::level),
            "custom-access": placed.and_then(Placed::custom),
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
    fn a_level_belongs_to_its_place() {
        let gives = |target: Target, word: Option<&str>, custom| {
            target.gives(word, custom).map(|_| ()).map_err(|error| {
                error.details()[0].pointer.clone().unwrap().replace("/data/attributes/", "")
            })
        };
        let project = || Target::Project(Id::random());
        let workspace = || Target::Workspace(Id::random());
        let custom = || Some(Custom::default());
        for (target, word, custom, expected) in [
            (Target::Organization, Some("read"), None, Ok(())),
            (Target::Organization, Some("maintain"), None, Ok(())),
            (Target::Organization, Some("plan"), None, Err("access")),
            (Target::Organization, Some("custom"), custom(), Err("access")),
            (Target::Organization, None, None, Err("access")),
            (project(), Some("maintain"), None, Ok(())),
            (project(), Some("plan"), None, Err("access")),
            (project(), Some("custom"), custom(), Ok(())),
            (project(), Some("custom"), None, Err("custom-access")),
            (workspace(), Some("plan"), None, Ok(())),
            (workspace(), Some("maintain"), None, Err("access")),
            (workspace(), Some("custom"), None, Err("custom-access")),
            (Target::Team(Id::random()), None, None, Ok(())),
        ] {
            assert_eq!(gives(target, word, custom), expected.map_err(str::to_owned), "{word:?}");
        }
    }

    #[test]
    fn a_change_says_what_is_other_and_the_rest_stays() {
        let id = Id::random();
        let before = Gives::Level(Box::new(Placed::Workspace(id, WorkspaceLevel::Read, None)));
        let none = Relationships::default();
        let after = |value| attributes(value).gives(&none, Some(&before)).unwrap();
        assert_eq!(after(json!({})), None);
        let write = Gives::Level(Box::new(Placed::Workspace(id, WorkspaceLevel::Write, None)));
        assert_eq!(after(json!({"access": "write"})), Some(write));
    }
}
