//! The form of a role: each kind has fields of its own.

use kernel::{Error, Result};
use serde::Deserialize;
use serde_json::{Map, Value};
use web::page::{
    Button, Choice, Field, Markup, Problems, Select, button, button_link, field, html, select,
};

use super::{
    frame::{fields, length},
    mounts::words,
};
use crate::{
    engines::terraform::{CredentialType, Role},
    ttl::Limits,
};

/// The fields whose problems are shown beside them.
const FIELDS: [&str; 3] = ["name", "ttl", "max_ttl"];

/// The kinds: in a few words, and what each gives out.
pub(super) const KINDS: [(CredentialType, &str, &str); 5] = [
    (
        CredentialType::Bound,
        "Bound to a place",
        "Tokens for one workspace or project of a Stateward server and nothing else: the best choice for CI.",
    ),
    (
        CredentialType::User,
        "A person’s",
        "Each time another token of one person, with all that they may do.",
    ),
    (
        CredentialType::Team,
        "A team’s",
        "Each time another token of one team, with all that it may do.",
    ),
    (
        CredentialType::Organization,
        "An organization’s",
        "The one token of an organization. Saving the role replaces it: the one before ends.",
    ),
    (
        CredentialType::TeamLegacy,
        "A team’s one token",
        "The one legacy token of a team. Saving the role replaces it: the one before ends.",
    ),
];

/// What the form holds. Each kind uses some of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RoleForm {
    pub(super) kind: String,
    pub(super) name: String,
    description: String,
    user_id: String,
    team_id: String,
    organization: String,
    /// `workspace` or `project`.
    place_kind: String,
    /// By name or by id.
    place: String,
    access: String,
    rights: String,
    source_networks: String,
    ttl: String,
    max_ttl: String,
}

/// A kind's label and what it gives out.
pub(super) fn about(kind: CredentialType) -> (&'static str, &'static str) {
    let found = KINDS.iter().find(|(known, ..)| *known == kind);
    found.map_or(("", ""), |(_, label, about)| (*label, *about))
}

impl RoleForm {
    /// A form for a new role of a kind.
    pub(super) fn fresh(kind: CredentialType) -> Self {
        Self { kind: kind.as_str().to_owned(), ..Self::default() }
    }

    /// A form that holds a role.
    pub(super) fn of(name: &str, role: &Role) -> Self {
        let seconds = |seconds: u64| match seconds {
            0 => String::new(),
            seconds => crate::duration::Printed(std::time::Duration::from_secs(seconds)).short(),
        };
        let bound = &role.bound;
        let (place_kind, place) = if bound.project_id.is_empty() {
            ("workspace", &bound.workspace_id)
        } else {
            ("project", &bound.project_id)
        };
        Self {
            kind: role.kind().as_str().to_owned(),
            name: name.to_owned(),
            description: role.description.clone(),
            user_id: role.user_id.clone(),
            team_id: role.team_id.clone(),
            organization: role.organization.clone(),
            place_kind: place_kind.to_owned(),
            place: place.clone(),
            access: bound.access.clone(),
            rights: bound.rights.join(", "),
            source_networks: bound.source_networks.join(", "),
            ttl: seconds(role.ttl),
            max_ttl: seconds(role.max_ttl),
        }
    }

    /// The kind, if it is one.
    pub(super) fn credential_type(&self) -> Option<CredentialType> {
        CredentialType::parse(&self.kind)
    }

    /// What the path of a role is sent.
    pub(super) fn data(&self) -> Result<Map<String, Value>> {
        let kind = self.credential_type();
        let kind = kind.ok_or_else(|| Error::bad_request("choose one of the kinds on offer"))?;
        let (ttl, max_ttl) = self.lengths()?;
        let mut pairs = vec![("credential_type", kind.as_str())];
        match kind {
            CredentialType::User => pairs.push(("user_id", self.user_id.trim())),
            CredentialType::Team | CredentialType::TeamLegacy => {
                pairs.push(("team_id", self.team_id.trim()));
            }
            CredentialType::Organization => pairs.push(("organization", self.organization.trim())),
            CredentialType::Bound => pairs.extend([
                ("organization", self.organization.trim()),
                (self.place_field(), self.place.trim()),
                ("access", self.access.trim()),
                ("rights", self.rights.trim()),
                ("source_networks", self.source_networks.trim()),
            ]),
        }
        if kind != CredentialType::TeamLegacy {
            pairs.push(("description", self.description.trim()));
        }
        if kind.is_leased() {
            pairs.extend([("ttl", ttl), ("max_ttl", max_ttl)]);
        }
        Ok(fields(pairs))
    }

    fn lengths(&self) -> Result<(&str, &str)> {
        match (length("ttl", &self.ttl), length("max_ttl", &self.max_ttl)) {
            (Ok(ttl), Ok(max_ttl)) => Ok((ttl, max_ttl)),
            (Err(error), Err(other)) => Err(error.and(other)),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    /// The field that a place is sent in: by its name, or by its id.
    fn place_field(&self) -> &'static str {
        let place = self.place.trim();
        match self.place_kind.as_str() {
            "project" if place.starts_with("prj-") => "project_id",
            "project" => "project",
            _ if place.starts_with("ws-") => "workspace_id",
            _ => "workspace",
        }
    }

    /// The form's contents. `back` is where Cancel leads.
    pub(super) fn contents(
        &self,
        is_new: bool,
        limits: Limits,
        back: &str,
        error: Option<&Error>,
    ) -> Markup {
        let problems = Problems::of(error);
        let kind = self.credential_type().unwrap_or(CredentialType::User);
        html! {
            (problems.summary(&FIELDS))
            input type="hidden" name="kind" value=(kind.as_str());
            @if is_new {
                (field(&Field::text("name", "Name").value(&self.name).focus().placeholder("ci")
                    .hint("Letters, digits, hyphens, dots and underscores: clients read creds/<name>.")
                    .error(problems.with("name"))))
            }
            (self.owner(kind))
            @if kind != CredentialType::TeamLegacy {
                (field(&Field::text("description", "Description of the tokens").optional()
                    .value(&self.description).placeholder("nightly plan")
                    .hint("How they are told apart in lists. A few random characters follow.")))
            }
            @if kind.is_leased() { (self.times(limits, problems)) }
            div.actions {
                (button(Button::Primary, if is_new { "Create role" } else { "Save changes" }))
                (button_link("Cancel", back, false))
            }
        }
    }

    /// Whose tokens they are, or to what they are bound.
    fn owner(&self, kind: CredentialType) -> Markup {
        html! {
            @match kind {
                CredentialType::User => (field(&Field::text("user_id", "Person’s id")
                    .value(&self.user_id).placeholder("user-glhf1234glhf1234")
                    .hint("It stands on the page of their account, and `account/details` tells it."))),
                CredentialType::Team | CredentialType::TeamLegacy => {
                    (field(&Field::text("team_id", "Team’s id").value(&self.team_id)
                        .placeholder("team-BUHBEM97xboT8TVz")
                        .hint("It stands on the team’s page.")))
                }
                CredentialType::Organization => (self.organization()),
                CredentialType::Bound => {
                    (self.organization())
                    (self.bound())
                }
            }
        }
    }

    fn organization(&self) -> Markup {
        field(
            &Field::text("organization", "Organization")
                .value(&self.organization)
                .placeholder("acme"),
        )
    }

    fn bound(&self) -> Markup {
        let kinds =
            [Choice::new("workspace", "One workspace"), Choice::new("project", "One project")];
        let levels = [
            Choice::new("", "Write, or the single rights below"),
            Choice::new("read", "Read"),
            Choice::new("write", "Write"),
            Choice::new("maintain", "Maintain (projects only)"),
            Choice::new("admin", "Administer"),
            Choice::new("custom", "The single rights below"),
        ];
        html! {
            div.form-row {
                (select(&Select {
                    name: "place_kind", label: "They reach", hint: "", choices: &kinds,
                    chosen: &self.place_kind,
                }))
                (field(&Field::text("place", "Its name or id").value(&self.place)
                    .placeholder("network")))
            }
            (select(&Select {
                name: "access", label: "They may", hint: "", choices: &levels, chosen: &self.access,
            }))
            (field(&Field::text("rights", "Single rights").optional().value(&self.rights)
                .placeholder("read-state, write-state, read-outputs, lock")
                .hint("Words, separated by commas.")))
            (field(&Field::text("source_networks", "Work only from").optional()
                .value(&self.source_networks).placeholder("10.0.0.0/8, 203.0.113.7/32")
                .hint("Networks, separated by commas. Empty: from anywhere.")))
        }
    }

    fn times(&self, limits: Limits, problems: Problems<'_>) -> Markup {
        let default = format!("Empty: as the mount says, {}.", words(limits.default));
        let max = format!("Empty: as the mount says, {}.", words(limits.max));
        html! {
            div.form-row {
                (field(&Field::text("ttl", "A lease lasts").optional().value(&self.ttl)
                    .placeholder("10m").hint(&default).error(problems.with("ttl"))))
                (field(&Field::text("max_ttl", "At most, if renewed").optional().value(&self.max_ttl)
                    .placeholder("1h").hint(&max).error(problems.with("max_ttl"))))
            }
        }
    }
}
