//! What a request says about a grant, and the grant that it makes: a level, and with the custom
//! level the rights one by one.

use kernel::{Error, Result};

use super::{Custom, ProjectLevel, Right, WORKSPACE_ADMIN, WorkspaceLevel};

/// The words of each part, the least first. What is least is stored as nothing.
const RUNS: &[&str] = &["none", "read", "plan", "apply"];
const VARIABLES: &[&str] = &["none", "read", "write"];
const STATE_VERSIONS: &[&str] = &["none", "read-outputs", "read", "write"];
const SENTINEL_MOCKS: &[&str] = &["none", "read"];
const SETTINGS: &[&str] = &["read", "update", "delete"];
const TEAMS: &[&str] = &["none", "read", "manage"];
const VARIABLE_SETS: &[&str] = &["none", "read", "write"];

/// What a request says about custom rights. What is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// `none`, `read`, `plan` or `apply`.
    pub runs: Option<String>,
    /// `none`, `read` or `write`.
    pub variables: Option<String>,
    /// `none`, `read-outputs`, `read` or `write`.
    pub state_versions: Option<String>,
    /// `none` or `read`.
    pub sentinel_mocks: Option<String>,
    /// Lock, and unlock what one has locked.
    pub locking: Option<bool>,
    /// Kept only.
    pub run_tasks: Option<bool>,
    /// Kept only.
    pub policy_overrides: Option<bool>,
    /// Words of [`Right::as_str`].
    pub rights: Option<Vec<String>>,
    /// At a project: `read`, `update` or `delete`.
    pub settings: Option<String>,
    /// At a project: `none`, `read` or `manage`.
    pub teams: Option<String>,
    /// At a project: `none`, `read` or `write`.
    pub variable_sets: Option<String>,
    /// At a project: make workspaces.
    pub create: Option<bool>,
    /// At a project: move workspaces.
    pub r#move: Option<bool>,
    /// At a project: delete workspaces.
    pub delete: Option<bool>,
}

/// A level at a kind of place, and the custom rights that say the same.
pub trait Level: Copy + PartialEq + 'static {
    /// The level whose rights are listed.
    const CUSTOM: Self;
    /// Every level, as texts name them.
    const WORDS: &'static str;

    /// Reads the word.
    fn read(word: &str) -> Option<Self>;

    /// The level in the words of custom rights, as the vendor shows it.
    fn spelled(self) -> Custom;

    /// Where a part stands in a request.
    fn pointer(part: &str) -> String;
}

impl Level for WorkspaceLevel {
    const CUSTOM: Self = Self::Custom;
    const WORDS: &'static str = "read, plan, write, admin or custom";

    fn read(word: &str) -> Option<Self> {
        Self::parse(word)
    }

    fn spelled(self) -> Custom {
        let words = |runs: &str, variables: &str, state_versions: &str| Custom {
            runs: runs.to_owned(),
            variables: variables.to_owned(),
            state_versions: state_versions.to_owned(),
            ..Custom::default()
        };
        let read = "read".to_owned();
        match self {
            Self::Read => words("read", "read", "read"),
            Self::Plan => words("plan", "read", "read"),
            Self::Write => {
                Custom { sentinel_mocks: read, locking: true, ..words("apply", "write", "write") }
            }
            Self::Admin => Custom { run_tasks: true, ..Self::Write.spelled() },
            Self::Custom => Custom::default(),
        }
    }

    fn pointer(part: &str) -> String {
        let part = if part == "locking" { "workspace-locking" } else { part };
        format!("/data/attributes/{part}")
    }
}

impl Level for ProjectLevel {
    const CUSTOM: Self = Self::Custom;
    const WORDS: &'static str = "read, write, maintain, admin or custom";

    fn read(word: &str) -> Option<Self> {
        Self::parse(word)
    }

    fn spelled(self) -> Custom {
        let sets = |word: &str, custom| Custom { variable_sets: word.to_owned(), ..custom };
        match self {
            Self::Read => sets("read", WorkspaceLevel::Read.spelled()),
            Self::Write => sets("write", WorkspaceLevel::Write.spelled()),
            Self::Maintain => Custom {
                create: true,
                r#move: true,
                delete: true,
                ..sets("write", WorkspaceLevel::Admin.spelled())
            },
            Self::Admin => Custom {
                settings: "delete".to_owned(),
                teams: "manage".to_owned(),
                ..Self::Maintain.spelled()
            },
            Self::Custom => Custom::default(),
        }
    }

    fn pointer(part: &str) -> String {
        match part {
            "rights" => "/data/attributes/rights".to_owned(),
            "settings" | "teams" | "variable-sets" => {
                format!("/data/attributes/project-access/{part}")
            }
            _ => format!("/data/attributes/workspace-access/{part}"),
        }
    }
}

/// The grant that a request makes out of the one before, if there was one.
pub fn settle<L: Level>(
    access: Option<&str>,
    wish: &Wish,
    before: Option<(L, Option<Custom>)>,
) -> Result<(L, Option<Custom>)> {
    let level = match (access, &before) {
        (Some(word), _) => L::read(word)
            .ok_or_else(|| Error::invalid("access", format!("must be {}", L::WORDS)))?,
        (None, Some((level, _))) => *level,
        (None, None) => return Err(Error::invalid("access", "is missing")),
    };
    if level != L::CUSTOM {
        wish.require_within(level)?;
        return Ok((level, None));
    }
    let base = match before {
        Some((level, Some(custom))) if level == L::CUSTOM => custom,
        Some((level, _)) => level.spelled(),
        // Without a word about runs the vendor lets see them; our own words stand for themselves.
        None if wish.rights.is_none() => Custom { runs: "read".to_owned(), ..Custom::default() },
        None => Custom::default(),
    };
    Ok((level, Some(wish.over::<L>(base)?)))
}

impl Wish {
    /// Custom rights with what the request says put over them.
    fn over<L: Level>(&self, mut custom: Custom) -> Result<Custom> {
        let mut wrong = Vec::new();
        for (part, wanted, words, kept) in [
            ("runs", &self.runs, RUNS, &mut custom.runs),
            ("variables", &self.variables, VARIABLES, &mut custom.variables),
            ("state-versions", &self.state_versions, STATE_VERSIONS, &mut custom.state_versions),
            ("sentinel-mocks", &self.sentinel_mocks, SENTINEL_MOCKS, &mut custom.sentinel_mocks),
            ("settings", &self.settings, SETTINGS, &mut custom.settings),
            ("teams", &self.teams, TEAMS, &mut custom.teams),
            ("variable-sets", &self.variable_sets, VARIABLE_SETS, &mut custom.variable_sets),
        ] {
            let Some(wanted) = wanted.as_deref() else { continue };
            match words.iter().position(|word| *word == wanted) {
                Some(0) => kept.clear(),
                Some(_) => wanted.clone_into(kept),
                None => {
                    let text = format!("must be one of {}", words.join(", "));
                    wrong.push(Error::invalid_at(L::pointer(part), text));
                }
            }
        }
        for (wanted, kept) in [
            (self.locking, &mut custom.locking),
            (self.run_tasks, &mut custom.run_tasks),
            (self.policy_overrides, &mut custom.policy_overrides),
            (self.create, &mut custom.create),
            (self.r#move, &mut custom.r#move),
            (self.delete, &mut custom.delete),
        ] {
            *kept = wanted.unwrap_or(*kept);
        }
        for (number, word) in self.rights.iter().flatten().enumerate() {
            if !Right::parse(word).is_some_and(|right| WORKSPACE_ADMIN.holds(right)) {
                let known: Vec<_> = WORKSPACE_ADMIN.iter().map(Right::as_str).collect();
                let text = format!("is no right at a workspace; there are {}", known.join(", "));
                wrong.push(Error::invalid_at(format!("{}/{number}", L::pointer("rights")), text));
            }
        }
        if let Some(words) = &self.rights {
            custom.rights.clone_from(words);
            custom.rights.sort_unstable();
            custom.rights.dedup();
        }
        wrong.into_iter().reduce(Error::and).map_or(Ok(custom), Err)
    }

    /// Refuses a request that says something else than its level: its parts would not hold.
    fn require_within<L: Level>(&self, level: L) -> Result<()> {
        let fixed = level.spelled();
        let wanted = self.over::<L>(fixed.clone())?;
        let parts = [
            ("runs", wanted.runs == fixed.runs),
            ("variables", wanted.variables == fixed.variables),
            ("state-versions", wanted.state_versions == fixed.state_versions),
            ("sentinel-mocks", wanted.sentinel_mocks == fixed.sentinel_mocks),
            ("locking", wanted.locking == fixed.locking),
            ("run-tasks", wanted.run_tasks == fixed.run_tasks),
            ("policy-overrides", wanted.policy_overrides == fixed.policy_overrides),
            ("rights", wanted.rights == fixed.rights),
            ("settings", wanted.settings == fixed.settings),
            ("teams", wanted.teams == fixed.teams),
            ("variable-sets", wanted.variable_sets == fixed.variable_sets),
            ("create", wanted.create == fixed.create),
            ("move", wanted.r#move == fixed.r#move),
            ("delete", wanted.delete == fixed.delete),
        ];
        let wrong = parts.iter().filter(|(_, same)| !same).map(|(part, _)| {
            Error::invalid_at(L::pointer(part), "can be said only with the access \"custom\"")
        });
        wrong.reduce(Error::and).map_or(Ok(()), Err)
    }
}

impl Custom {
    /// A part as it is shown: what is least has a word of its own.
    pub fn shown<'a>(word: &'a str, least: &'static str) -> &'a str {
        if word.is_empty() { least } else { word }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Rights;

    fn pointers<T>(result: Result<T>) -> Vec<String> {
        let error = result.err().expect("a refusal");
        error.details().iter().filter_map(|detail| detail.pointer.clone()).collect()
    }

    #[test]
    fn what_is_spelled_out_holds_no_more_than_the_level() {
        for level in WorkspaceLevel::ALL.iter().filter(|level| **level != WorkspaceLevel::Custom) {
            let spelled = level.spelled().workspace_rights();
            assert_eq!(spelled.without(level.rights(None)), Rights::NONE, "{level:?}");
        }
        for level in ProjectLevel::ALL.iter().filter(|level| **level != ProjectLevel::Custom) {
            let (spelled, held) = (level.spelled().project_rights(), level.rights(None));
            assert_eq!(spelled.project.without(held.project), Rights::NONE, "{level:?}");
            assert_eq!(spelled.workspaces.without(held.workspaces), Rights::NONE, "{level:?}");
        }
        for level in [WorkspaceLevel::Read, WorkspaceLevel::Plan, WorkspaceLevel::Write] {
            assert_eq!(level.spelled().workspace_rights(), level.rights(None), "{level:?}");
        }
    }

    #[test]
    fn a_level_can_be_said_again_in_words_but_not_contradicted() {
        let same = Wish { runs: Some("apply".to_owned()), ..Wish::default() };
        let (level, custom) = settle::<WorkspaceLevel>(Some("write"), &same, None).unwrap();
        assert_eq!((level, custom), (WorkspaceLevel::Write, None));
        let other = Wish { locking: Some(false), rights: Some(vec!["lock".into()]), ..same };
        assert_eq!(
            pointers(settle::<WorkspaceLevel>(Some("write"), &other, None)),
            ["/data/attributes/workspace-locking", "/data/attributes/rights"]
        );
        assert_eq!(
            pointers(settle::<ProjectLevel>(Some("write"), &other, None)),
            ["/data/attributes/workspace-access/locking", "/data/attributes/rights"]
        );
    }

    #[test]
    fn custom_rights_begin_with_what_was_there() {
        let wish = Wish { state_versions: Some("none".to_owned()), ..Wish::default() };
        let before = Some((WorkspaceLevel::Write, None));
        let (_, custom) = settle(Some("custom"), &wish, before).unwrap();
        let custom = custom.unwrap();
        assert_eq!((custom.runs.as_str(), custom.state_versions.as_str()), ("apply", ""));
        let again = Wish { runs: Some("none".to_owned()), ..Wish::default() };
        let before = Some((WorkspaceLevel::Custom, Some(custom)));
        let custom = settle(None, &again, before).unwrap().1.unwrap();
        assert_eq!((custom.runs.as_str(), custom.variables.as_str()), ("", "write"));
    }

    #[test]
    fn new_custom_rights_show_runs_unless_they_are_named_one_by_one() {
        let none = Wish::default();
        let custom = settle::<WorkspaceLevel>(Some("custom"), &none, None).unwrap().1.unwrap();
        assert_eq!(custom.runs, "read");
        let named = Wish { rights: Some(vec!["read-outputs".to_owned()]), ..none };
        let custom = settle::<WorkspaceLevel>(Some("custom"), &named, None).unwrap().1.unwrap();
        let expected = Rights::of(&[Right::ReadWorkspace, Right::ReadOutputs]);
        assert_eq!(custom.workspace_rights(), expected);
    }

    #[test]
    fn every_wrong_word_is_named() {
        let wish = Wish {
            runs: Some("all".to_owned()),
            settings: Some("none".to_owned()),
            rights: Some(vec!["lock".to_owned(), "manage-teams".to_owned()]),
            ..Wish::default()
        };
        assert_eq!(
            pointers(settle::<ProjectLevel>(Some("custom"), &wish, None)),
            [
                "/data/attributes/workspace-access/runs",
                "/data/attributes/project-access/settings",
                "/data/attributes/rights/1"
            ]
        );
        assert_eq!(
            pointers(settle::<WorkspaceLevel>(Some("maintain"), &Wish::default(), None)),
            ["/data/attributes/access"]
        );
        assert_eq!(
            pointers(settle::<WorkspaceLevel>(None, &Wish::default(), None)),
            ["/data/attributes/access"]
        );
    }
}
