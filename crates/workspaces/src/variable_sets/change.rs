//! What a caller wants a variable set to be: checked as a whole, then applied, without a database.

use kernel::{Error, ProjectId, Result, Timestamp, VariableSetId, WorkspaceId};
use serde::Deserialize;
use web::body::patch;

use super::VariableSet;
use crate::{change::Patch, refusals::Refusals, variables::VariableChange};

const LONGEST_NAME: usize = 90;
const LONGEST_DESCRIPTION: usize = 512;

/// Attributes of a new set, or of a change to one, as they stand on the wire.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct SetChange {
    /// See [`VariableSet::name`].
    #[serde(deserialize_with = "patch")]
    pub(crate) name: Patch<String>,
    /// See [`VariableSet::description`].
    #[serde(deserialize_with = "patch")]
    pub(crate) description: Patch<String>,
    /// See [`VariableSet::global`].
    #[serde(deserialize_with = "patch")]
    pub(crate) global: Patch<bool>,
    /// See [`VariableSet::priority`].
    #[serde(deserialize_with = "patch")]
    pub(crate) priority: Patch<bool>,
}

/// Who shall own a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    /// The organization of this name or id.
    Organization(String),
    /// A project.
    Project(ProjectId),
}

/// A set to be made, or what shall be different about one: with what it is related to.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewSet {
    /// Its attributes.
    pub(crate) attributes: SetChange,
    /// Who owns it, if somebody is named.
    pub(crate) parent: Option<Parent>,
    /// All workspaces that it names.
    pub(crate) workspaces: Option<Vec<WorkspaceId>>,
    /// All projects that it names.
    pub(crate) projects: Option<Vec<ProjectId>>,
    /// Variables to be put into it.
    pub(crate) variables: Vec<VariableChange>,
}

impl SetChange {
    /// The set that this asks for, or everything that is wrong with it.
    pub(super) fn create(&self, blank: VariableSet) -> Result<VariableSet> {
        let mut set = blank;
        let mut refusals = Refusals::default();
        if self.name.is_none() {
            refusals.add(Err(Error::invalid("name", "is missing")));
        }
        self.apply(&mut set, &mut refusals);
        refusals.done()?;
        Ok(set)
    }

    /// The set after this change, or everything that is wrong with it.
    pub(super) fn update(&self, before: &VariableSet, now: Timestamp) -> Result<VariableSet> {
        let mut set = VariableSet { updated_at: now, ..before.clone() };
        let mut refusals = Refusals::default();
        self.apply(&mut set, &mut refusals);
        refusals.done()?;
        Ok(set)
    }

    fn apply(&self, set: &mut VariableSet, refusals: &mut Refusals) {
        if let Some(name) = &self.name {
            set.name = name.clone().unwrap_or_default();
            refusals.add(check_name(&set.name));
        }
        if let Some(text) = &self.description {
            set.description = text.clone().unwrap_or_default();
            refusals.add(check_description(&set.description));
        }
        set.global = self.global.map_or(set.global, Option::unwrap_or_default);
        set.priority = self.priority.map_or(set.priority, Option::unwrap_or_default);
        if set.global && set.project.is_some() {
            refusals.add(Err(Error::invalid(
                "global",
                "a set that a project owns can't be global; let it name the project instead",
            )));
        }
    }
}

fn check_name(name: &str) -> Result<()> {
    let refuse = |text: &str| Err(Error::invalid("name", text));
    if name.trim().is_empty() {
        return refuse("the name can't be blank");
    }
    if name.chars().count() > LONGEST_NAME {
        return refuse("the name is too long: it has at most 90 characters");
    }
    if name.trim() != name || name.chars().any(char::is_control) {
        return refuse("the name neither begins nor ends with a space, and stands on one line");
    }
    if name.parse::<VariableSetId>().is_ok() {
        return refuse("the name can't look like an id");
    }
    Ok(())
}

fn check_description(text: &str) -> Result<()> {
    if text.chars().count() > LONGEST_DESCRIPTION {
        let text = "the description is too long: it has at most 512 characters";
        return Err(Error::invalid("description", text));
    }
    if text.contains('\0') {
        return Err(Error::invalid("description", "this holds a character that is not text"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kernel::OrganizationId;

    use super::*;
    use crate::tests::NOW;

    fn blank(project: Option<ProjectId>) -> VariableSet {
        VariableSet {
            id: VariableSetId::generate(),
            organization_id: OrganizationId::generate(),
            project: project.map(|id| (id, "payments".to_owned())),
            name: String::new(),
            description: String::new(),
            global: false,
            priority: false,
            created_at: NOW,
            updated_at: NOW,
        }
    }

    fn change(json: &str) -> SetChange {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_not_named_stays() {
        let set = change(r#"{"name": "aws", "priority": true}"#).create(blank(None)).unwrap();
        let later = change(r#"{"description": "Keys."}"#).update(&set, NOW).unwrap();
        assert_eq!((later.name.as_str(), later.priority), ("aws", true));
        let cleared = change(r#"{"description": null, "priority": null}"#);
        let cleared = cleared.update(&later, NOW).unwrap();
        assert_eq!((cleared.description.as_str(), cleared.priority), ("", false));
    }

    #[test]
    fn everything_that_is_wrong_is_named() {
        let wrong = format!(r#"{{"name": " ", "description": "{}"}}"#, "x".repeat(513));
        let error = change(&wrong).create(blank(None)).unwrap_err();
        assert_eq!(error.details().len(), 2);
        for name in ["", " a", "a\nb", "varset-AAAAAAAAAAAAAAAA", &"x".repeat(91)] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        for name in ["a", "Größe / α", "varset", &"ä".repeat(90)] {
            assert!(check_name(name).is_ok(), "{name:?}");
        }
        assert!(change("{}").create(blank(None)).is_err());
    }

    #[test]
    fn what_a_project_owns_is_never_global() {
        let project = ProjectId::generate();
        let wish = change(r#"{"name": "aws", "global": true}"#);
        let error = wish.create(blank(Some(project))).unwrap_err();
        assert_eq!(error.details()[0].pointer.as_deref(), Some("/data/attributes/global"));
        assert!(wish.create(blank(None)).unwrap().global);
    }
}
