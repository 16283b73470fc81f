//! A level at a place as somebody asks for it, for a key or a trust: from words to a [`Placed`],
//! and custom rights as they are written. Whether the caller may give it, `hand_out` says.

use kernel::{Error, ProjectId, Result, WorkspaceId};
use serde_json::{Map, Value};

use crate::{
    Placed, Right,
    access::{Custom, ProjectLevel, WORKSPACE_ADMIN, WorkspaceLevel},
};

const RIGHTS: &str = "rights";

/// A level at a place, as it was asked for. Neither a project nor a workspace: everywhere.
#[derive(Clone, Debug, Default)]
pub struct PlaceWish {
    /// The word of the level.
    pub level: String,
    /// The custom rights, if the level is that.
    pub custom: Option<Custom>,
    /// At this project.
    pub project: Option<ProjectId>,
    /// At this workspace.
    pub workspace: Option<WorkspaceId>,
}

impl PlaceWish {
    /// What is asked for, if the words make sense.
    pub fn placed(&self) -> Result<Placed> {
        match (self.project, self.workspace) {
            (Some(_), Some(_)) => Err(Error::invalid_at(
                "/data/relationships/workspace",
                "name a project or a workspace, not both; a level at a project holds for all its \
                 workspaces",
            )),
            (None, None) => {
                let level = self.project_level()?;
                if level == ProjectLevel::Custom {
                    return Err(Error::invalid(
                        "level",
                        "custom rights are for a project or a workspace; name one",
                    ));
                }
                self.custom_if(false, true)?;
                Ok(Placed::Organization(level))
            }
            (Some(project), None) => {
                let level = self.project_level()?;
                let custom = self.custom_if(level == ProjectLevel::Custom, true)?;
                Ok(Placed::Project(project, level, custom))
            }
            (None, Some(workspace)) => {
                let level = self.workspace_level()?;
                let custom = self.custom_if(level == WorkspaceLevel::Custom, false)?;
                Ok(Placed::Workspace(workspace, level, custom))
            }
        }
    }

    fn project_level(&self) -> Result<ProjectLevel> {
        let known = || ProjectLevel::ALL.iter().map(|level| level.as_str()).collect();
        ProjectLevel::parse(&self.level).ok_or_else(|| no_level(known()))
    }

    fn workspace_level(&self) -> Result<WorkspaceLevel> {
        let known = || WorkspaceLevel::ALL.iter().map(|level| level.as_str()).collect();
        WorkspaceLevel::parse(&self.level).ok_or_else(|| no_level(known()))
    }

    /// The custom rights: there if the level is that, and only then.
    fn custom_if(&self, wanted: bool, project: bool) -> Result<Option<Custom>> {
        match (&self.custom, wanted) {
            (None, false) => Ok(None),
            (Some(_), false) => Err(Error::invalid(
                RIGHTS,
                "rights are listed for the level \"custom\" only; every other level has its own",
            )),
            (None, true) => Err(Error::invalid(
                RIGHTS,
                "say which: the level \"custom\" has no rights by itself",
            )),
            (Some(custom), true) => check(custom, project).map(|()| Some(custom.clone())),
        }
    }
}

fn no_level(known: Vec<&str>) -> Error {
    Error::invalid("level", format!("the level here is one of {}", known.join(", ")))
}

/// Reads custom rights: a list of words, or an object in the words of the vendor's team access.
pub(crate) fn read_custom(value: Value) -> Result<Custom> {
    let wrong = |text: String| Error::invalid(RIGHTS, text);
    match value {
        Value::Array(words) => {
            let words = words.into_iter().map(|word| match word {
                Value::String(word) => Ok(word),
                _ => Err(wrong("every right is a word, like \"read-state\"".to_owned())),
            });
            Ok(Custom { rights: words.collect::<Result<_>>()?, ..Custom::default() })
        }
        Value::Object(members) => serde_json::from_value(Value::Object(in_short(members)))
            .map_err(|error| wrong(format!("these rights can't be read: {error}"))),
        _ => Err(wrong("this is a list of words, like [\"read-state\", \"lock\"]".to_owned())),
    }
}

/// The vendor says `workspace-locking` at workspaces and `locking` at projects.
fn in_short(mut members: Map<String, Value>) -> Map<String, Value> {
    if let Some(locking) = members.remove("workspace-locking") {
        members.insert("locking".to_owned(), locking);
    }
    members
}

/// Custom rights as [`read_custom`] reads them: as a list if that says all.
pub(crate) fn written_custom(custom: &Custom) -> Value {
    let words_alone = Custom { rights: custom.rights.clone(), ..Custom::default() };
    if *custom == words_alone {
        return custom.rights.clone().into();
    }
    serde_json::to_value(custom).unwrap_or_default()
}

/// Refuses words that give nothing where the rights are to hold: most likely slips.
fn check(custom: &Custom, project: bool) -> Result<()> {
    for word in &custom.rights {
        let known = Right::parse(word).is_some_and(|right| WORKSPACE_ADMIN.holds(right));
        if !known {
            let known: Vec<_> = WORKSPACE_ADMIN.iter().map(Right::as_str).collect();
            let text = format!("{word:?} is none of the rights: {}", known.join(", "));
            return Err(Error::invalid(RIGHTS, text));
        }
    }
    let words: [(&str, &str, &[&str]); 7] = [
        ("runs", &custom.runs, &["none", "read", "plan", "apply"]),
        ("variables", &custom.variables, &["none", "read", "write"]),
        ("state-versions", &custom.state_versions, &["none", "read-outputs", "read", "write"]),
        ("sentinel-mocks", &custom.sentinel_mocks, &["none", "read"]),
        ("settings", &custom.settings, &["read", "update", "delete"]),
        ("teams", &custom.teams, &["none", "read", "manage"]),
        ("variable-sets", &custom.variable_sets, &["none", "read", "write"]),
    ];
    for (name, word, known) in words {
        if !word.is_empty() && !known.contains(&word) {
            let text = format!("{name:?} is one of {}", known.join(", "));
            return Err(Error::invalid(RIGHTS, text));
        }
    }
    let of_projects = [&custom.settings, &custom.teams, &custom.variable_sets];
    let named = of_projects.iter().any(|word| !word.is_empty());
    if !project && (named || custom.create || custom.r#move || custom.delete) {
        return Err(Error::invalid(
            RIGHTS,
            "settings, teams, variable-sets, create, move and delete are rights in a project; \
             name a project, or list the rights of a workspace",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wish(level: &str, rights: Option<Value>) -> PlaceWish {
        PlaceWish {
            level: level.to_owned(),
            custom: rights.map(|rights| read_custom(rights).unwrap()),
            ..PlaceWish::default()
        }
    }

    #[test]
    fn each_place_has_its_levels() {
        let (project, workspace) = (Some(ProjectId::generate()), Some(WorkspaceId::generate()));
        let table = [
            ("plan", None, None, false),
            ("maintain", None, None, true),
            ("custom", None, None, false),
            ("maintain", project, None, true),
            ("plan", project, None, false),
            ("plan", None, workspace, true),
            ("maintain", None, workspace, false),
            ("read", project, workspace, false),
            ("", None, None, false),
        ];
        for (level, project, workspace, fine) in table {
            let placed = PlaceWish { project, workspace, ..wish(level, None) }.placed();
            assert_eq!(placed.is_ok(), fine, "{level} {project:?} {workspace:?}");
        }
    }

    #[test]
    fn custom_rights_are_listed_for_that_level_only_and_known() {
        let workspace = Some(WorkspaceId::generate());
        let table = [
            ("custom", Some(json!(["read-state", "lock"])), true),
            ("custom", Some(json!({"runs": "plan", "workspace-locking": true})), true),
            ("custom", None, false),
            ("read", Some(json!(["read-state"])), false),
            ("custom", Some(json!(["read-states"])), false),
            ("custom", Some(json!(["delete-organization"])), false),
            ("custom", Some(json!({"runs": "destroy"})), false),
            ("custom", Some(json!({"create": true})), false),
        ];
        for (level, rights, fine) in table {
            let asked = PlaceWish { workspace, ..wish(level, rights.clone()) };
            assert_eq!(asked.placed().is_ok(), fine, "{level} {rights:?}");
        }
        let create = PlaceWish {
            project: Some(ProjectId::generate()),
            ..wish("custom", Some(json!({"create": true})))
        };
        assert!(create.placed().is_ok());
    }

    #[test]
    fn rights_are_written_as_they_are_read() {
        let words = json!(["read-state", "lock"]);
        assert_eq!(written_custom(&read_custom(words.clone()).unwrap()), words);
        let object = read_custom(json!({"runs": "plan", "locking": true})).unwrap();
        assert_eq!(read_custom(written_custom(&object)).unwrap(), object);
        for nonsense in [json!(7), json!([7]), json!({"rnus": "plan"})] {
            assert!(read_custom(nonsense).is_err());
        }
    }
}
