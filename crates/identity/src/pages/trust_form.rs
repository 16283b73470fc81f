//! The form for a trusted issuer: whom it lets in, and what they may do.

use kernel::{Error, PageRequest, ProjectId, Result, TeamId};
use serde::Deserialize;
use web::page::{Choice, Field, Markup, Problems, Select, field, html, select, text_area};

use crate::{
    Gives, Identity, Keys, NewTrust, PlaceWish, Project, ProjectFilter, Rule, Scope, Team,
    TeamFilter, Trust, TrustChange, Visitor,
    trust::{read_rules, written_rules},
};

/// The fields whose problems are shown beside them.
pub(super) const FIELDS: [&str; 7] =
    ["name", "issuer", "audience", "rules", "keys", "keys-url", "workspace"];

const LEVELS: [(&str, &str); 5] = [
    ("read", "read: see everything"),
    ("plan", "plan: start plans too (workspace)"),
    ("write", "write: write states, lock and apply too"),
    ("maintain", "maintain: keep workspaces too (project, organization)"),
    ("admin", "admin: everything there"),
];
const CUSTOM: (&str, &str) = ("custom", "custom: the rights that it has now");

/// What the form holds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TrustForm {
    pub(super) name: String,
    issuer: String,
    audience: String,
    rules: String,
    keys: String,
    keys_url: String,
    level: String,
    /// The id of a project or a team; empty: the organization, or the workspace.
    place: String,
    workspace: String,
}

/// What can be chosen from.
pub(super) struct Offer {
    pub(super) scope: Scope,
    projects: Vec<Project>,
    teams: Vec<Team>,
}

/// What a form says, made sense of.
struct Draft {
    rules: Vec<Rule>,
    keys: Keys,
    gives: Gives,
}

impl Offer {
    pub(super) async fn read(
        identity: &Identity,
        visitor: &Visitor,
        organization: &str,
    ) -> Result<Self> {
        let (context, request) = (&visitor.context, PageRequest::new(1, PageRequest::MAX_SIZE));
        let (scope, projects) = identity
            .list_projects(context, organization, ProjectFilter::default(), request)
            .await?;
        let (_, teams) =
            identity.list_teams(context, organization, TeamFilter::default(), request).await?;
        let projects = projects.items.into_iter().map(|seen| seen.details.project).collect();
        let teams = teams.items.into_iter().map(|details| details.team).collect();
        Ok(Self { scope, projects, teams })
    }

    fn places(&self) -> Vec<Choice> {
        let everywhere = Choice::new("", "The organization, or the workspace below");
        let projects = self.projects.iter().map(|project| {
            Choice::new(project.id.to_string(), format!("Project {}", project.name))
        });
        let teams = self
            .teams
            .iter()
            .map(|team| Choice::new(team.id.to_string(), format!("As the team {}", team.name)));
        std::iter::once(everywhere).chain(projects).chain(teams).collect()
    }
}

impl TrustForm {
    /// A form that nobody has filled yet.
    pub(super) fn fresh() -> Self {
        Self { level: "write".to_owned(), ..Self::default() }
    }

    /// A form that says what a trust is.
    pub(super) fn of(trust: &Trust) -> Self {
        let (keys, keys_url) = match &trust.keys {
            Keys::Discovered => ("", ""),
            Keys::At(address) => ("", address.as_str()),
            Keys::Given(document) => (document.as_str(), ""),
        };
        let (level, place, workspace) = match &trust.gives {
            Gives::Team(team) => ("read", team.to_string(), ""),
            Gives::Level(placed) if placed.workspace_id().is_some() => {
                (placed.level(), String::new(), trust.place_name.as_deref().unwrap_or_default())
            }
            Gives::Level(placed) => {
                let project = placed.project_id().map(|id| id.to_string());
                (placed.level(), project.unwrap_or_default(), "")
            }
        };
        Self {
            name: trust.name.clone(),
            issuer: trust.issuer.clone(),
            audience: trust.audience.clone(),
            rules: written_rules(&trust.rules),
            keys: keys.to_owned(),
            keys_url: keys_url.to_owned(),
            level: level.to_owned(),
            place,
            workspace: workspace.to_owned(),
        }
    }

    pub(super) async fn new_trust(
        &self,
        identity: &Identity,
        visitor: &Visitor,
        organization: &str,
    ) -> Result<NewTrust> {
        let Draft { rules, keys, gives } =
            self.draft(identity, visitor, organization, None).await?;
        Ok(NewTrust {
            name: self.name.clone(),
            issuer: self.issuer.trim().to_owned(),
            audience: self.audience.trim().to_owned(),
            rules,
            keys,
            gives,
        })
    }

    /// The change that makes a trust what the form says.
    pub(super) async fn change(
        &self,
        identity: &Identity,
        visitor: &Visitor,
        organization: &str,
        before: &Trust,
    ) -> Result<TrustChange> {
        let Draft { rules, keys, gives } =
            self.draft(identity, visitor, organization, Some(before)).await?;
        Ok(TrustChange {
            name: Some(self.name.clone()),
            issuer: Some(self.issuer.trim().to_owned()),
            audience: Some(self.audience.trim().to_owned()),
            rules: Some(rules),
            keys: Some(keys),
            gives: Some(gives),
        })
    }

    async fn draft(
        &self,
        identity: &Identity,
        visitor: &Visitor,
        organization: &str,
        before: Option<&Trust>,
    ) -> Result<Draft> {
        let gives = self.gives(identity, visitor, organization, before).await;
        match (read_rules(&self.rules), self.keys(), gives) {
            (Ok(rules), Ok(keys), Ok(gives)) => Ok(Draft { rules, keys, gives }),
            (rules, keys, gives) => {
                let errors = [rules.err(), keys.err(), gives.err()];
                let whole = errors.into_iter().flatten().reduce(Error::and);
                Err(whole.unwrap_or_else(|| Error::bad_request("the form can't be read")))
            }
        }
    }

    fn keys(&self) -> Result<Keys> {
        match (self.keys.trim(), self.keys_url.trim()) {
            ("", "") => Ok(Keys::Discovered),
            ("", address) => Ok(Keys::At(address.to_owned())),
            (document, "") => Ok(Keys::Given(document.to_owned())),
            _ => Err(Error::invalid("keys-url", "give either the keys or their address, not both")),
        }
    }

    async fn gives(
        &self,
        identity: &Identity,
        visitor: &Visitor,
        organization: &str,
        before: Option<&Trust>,
    ) -> Result<Gives> {
        if let Ok(team) = self.place.parse::<TeamId>() {
            return Ok(Gives::Team(team));
        }
        let project = match self.place.as_str() {
            "" => None,
            id => Some(id.parse::<ProjectId>().map_err(|_| {
                Error::bad_request("choose one of the projects and teams on offer")
            })?),
        };
        let workspace = match self.workspace.trim() {
            "" => None,
            name => {
                let found = identity.workspace_id(&visitor.context, organization, name).await?;
                let missing =
                    || Error::invalid("workspace", "there is no workspace of this name here");
                Some(found.ok_or_else(missing)?)
            }
        };
        let custom = match before.map(|trust| &trust.gives) {
            Some(Gives::Level(placed)) if self.level == CUSTOM.0 => placed.custom().cloned(),
            _ => None,
        };
        let wish = PlaceWish { level: self.level.clone(), custom, project, workspace };
        Ok(Gives::Level(Box::new(wish.placed()?)))
    }

    /// The fields.
    pub(super) fn fields(&self, offer: &Offer, host: &str, problems: Problems<'_>) -> Markup {
        html! {
            (field(&Field::text("name", "Name").value(&self.name)
                .placeholder("GitHub: deploy").error(problems.with("name"))))
            (field(&Field::text("issuer", "Issuer").value(&self.issuer)
                .placeholder("https://token.actions.githubusercontent.com")
                .hint("As the tokens’ “iss” says, to the letter.")
                .error(problems.with("issuer"))))
            (text_area(&Field::text("rules", "Lets in whoever has all of these claims")
                .value(&self.rules)
                .placeholder("repository = acme/app\nref ~ refs/heads/release-*\nenvironment in stage, prod")
                .hint("One in a line: “claim = value”, “claim ~ pattern” with * and ?, or “claim in one, another”.")
                .error(problems.with("rules")), 4))
            (self.place(offer, problems))
            (self.rest(host, problems))
        }
    }

    fn place(&self, offer: &Offer, problems: Problems<'_>) -> Markup {
        let custom = (self.level == CUSTOM.0).then_some(CUSTOM);
        let levels: Vec<_> = LEVELS
            .into_iter()
            .chain(custom)
            .map(|(word, label)| Choice::new(word, label))
            .collect();
        html! {
            div.form-row {
                (select(&Select {
                    name: "level", label: "They may", hint: "", choices: &levels,
                    chosen: &self.level,
                }))
                (select(&Select {
                    name: "place", label: "Where", hint: "", choices: &offer.places(),
                    chosen: &self.place,
                }))
            }
            (field(&Field::text("workspace", "Or at one workspace").optional()
                .value(&self.workspace).placeholder("network")
                .error(problems.with("workspace"))))
        }
    }

    /// What few need to say.
    fn rest(&self, host: &str, problems: Problems<'_>) -> Markup {
        let said = [&self.audience, &self.keys, &self.keys_url].iter().any(|text| !text.is_empty());
        let audience = format!("Empty: this server, as {host} or its URL.");
        html! {
            details open[said || problems.with("keys").is_some() || problems.with("keys-url").is_some()] {
                summary { "Audience and keys" }
                (field(&Field::text("audience", "Audience").optional().value(&self.audience)
                    .hint(&audience).error(problems.with("audience"))))
                (field(&Field::text("keys_url", "Address of the keys").optional()
                    .value(&self.keys_url).placeholder("https://issuer.example/keys")
                    .hint("Empty: the issuer’s discovery document says where they are.")
                    .error(problems.with("keys-url"))))
                (text_area(&Field::text("keys", "Or the keys themselves").optional()
                    .value(&self.keys).placeholder("{\"keys\": […]}")
                    .hint("A JWKS document, where this server can’t reach the issuer. In Kubernetes: kubectl get --raw /openid/v1/jwks")
                    .error(problems.with("keys")), 3))
            }
        }
    }
}
