//! Custom rights from single ones: in the vendor's words as far as those say the same, so that
//! other clients read them too, and one by one for the rest.

use super::{Custom, ProjectRights, Right, Rights, WORKSPACE_ADMIN, Wish};

impl Custom {
    /// Custom rights that give just these at a workspace, which can always be seen.
    pub fn of_workspace(rights: Rights) -> Self {
        let rights = rights.within(WORKSPACE_ADMIN);
        let holds = |wanted: &[Right]| Rights::of(wanted).without(rights).is_empty();
        let word = |words: &[(&str, &[Right])]| {
            let held = words.iter().find(|(_, wanted)| holds(wanted));
            held.map(|(word, _)| (*word).to_owned()).unwrap_or_default()
        };
        let custom = Self {
            runs: word(&[
                ("apply", &[Right::ReadRuns, Right::QueueRun, Right::ApplyRun]),
                ("plan", &[Right::ReadRuns, Right::QueueRun]),
                ("read", &[Right::ReadRuns]),
            ]),
            variables: word(&[
                ("write", &[Right::ReadVariables, Right::ManageVariables]),
                ("read", &[Right::ReadVariables]),
            ]),
            state_versions: word(&[
                ("write", &[Right::ReadOutputs, Right::ReadState, Right::WriteState]),
                ("read", &[Right::ReadOutputs, Right::ReadState]),
                ("read-outputs", &[Right::ReadOutputs]),
            ]),
            locking: rights.holds(Right::Lock),
            ..Self::default()
        };
        let rest = rights.without(custom.workspace_rights());
        Self { rights: rest.iter().map(|right| right.as_str().to_owned()).collect(), ..custom }
    }

    /// Custom rights that give just these at a project and at its workspaces, but that whoever
    /// deletes a project may change it, whoever changes variable sets sees them, and moving is
    /// said of both.
    pub fn of_project(rights: ProjectRights) -> Self {
        let ProjectRights { project, workspaces } = rights;
        let settings =
            match (project.holds(Right::DeleteProject), project.holds(Right::UpdateProject)) {
                (true, _) => "delete",
                (false, true) => "update",
                (false, false) => "",
            };
        let variable_sets = match project {
            held if held.holds(Right::ManageVariableSets) => "write",
            held if held.holds(Right::ReadVariableSets) => "read",
            _ => "",
        };
        let moving = project.holds(Right::MoveWorkspace) || workspaces.holds(Right::MoveWorkspace);
        let deleting = workspaces.holds(Right::DeleteWorkspace);
        let apart = Rights::of(&[Right::MoveWorkspace, Right::DeleteWorkspace]);
        Self {
            settings: settings.to_owned(),
            teams: if project.holds(Right::ManageAccess) { "manage" } else { "" }.to_owned(),
            variable_sets: variable_sets.to_owned(),
            create: project.holds(Right::CreateWorkspace),
            r#move: moving,
            delete: deleting,
            ..Self::of_workspace(workspaces.without(apart))
        }
    }
}

impl From<Custom> for Wish {
    /// A wish for just these rights. What is kept only is not said.
    fn from(custom: Custom) -> Self {
        let word = |word: &str, least: &'static str| Some(Custom::shown(word, least).to_owned());
        Self {
            runs: word(&custom.runs, "none"),
            variables: word(&custom.variables, "none"),
            state_versions: word(&custom.state_versions, "none"),
            sentinel_mocks: None,
            locking: Some(custom.locking),
            run_tasks: None,
            policy_overrides: None,
            rights: Some(custom.rights),
            settings: word(&custom.settings, "read"),
            teams: word(&custom.teams, "none"),
            variable_sets: word(&custom.variable_sets, "none"),
            create: Some(custom.create),
            r#move: Some(custom.r#move),
            delete: Some(custom.delete),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::access::{PROJECT_ADMIN, ProjectLevel, WorkspaceLevel, settle};

    fn any_rights() -> impl Strategy<Value = Rights> {
        prop::collection::vec(any::<bool>(), Right::ALL.len()).prop_map(|held| {
            Right::ALL.iter().zip(held).filter(|(_, held)| *held).map(|(right, _)| *right).collect()
        })
    }

    #[test]
    fn levels_need_no_single_rights_but_an_administrators() {
        for level in [WorkspaceLevel::Read, WorkspaceLevel::Plan, WorkspaceLevel::Write] {
            let custom = Custom::of_workspace(level.rights(None));
            assert_eq!(custom.rights, [] as [String; 0], "{level:?}");
        }
        assert!(!Custom::of_workspace(WORKSPACE_ADMIN).rights.is_empty());
    }

    proptest! {
        #[test]
        fn rights_survive_being_written_in_words(rights in any_rights()) {
            let given = Custom::of_workspace(rights).workspace_rights();
            let expected = rights.within(WORKSPACE_ADMIN) | Rights::of(&[Right::ReadWorkspace]);
            prop_assert_eq!(given, expected);
        }

        #[test]
        fn a_project_gets_no_less_and_hardly_more(project in any_rights(), workspaces in any_rights()) {
            let asked = ProjectRights { project: project.within(PROJECT_ADMIN), workspaces };
            let given = Custom::of_project(asked).project_rights();
            let tags = Rights::of(&[Right::ManageTags]);
            prop_assert!(asked.project.without(given.project).without(tags).is_empty());
            let implied = Rights::of(&[
                Right::ReadProject, Right::UpdateProject, Right::ReadVariableSets,
                Right::MoveWorkspace,
            ]);
            prop_assert!(given.project.without(asked.project).without(implied).is_empty());
            let seen = Rights::of(&[Right::ReadWorkspace, Right::MoveWorkspace]);
            prop_assert_eq!(
                given.workspaces | seen,
                workspaces.within(WORKSPACE_ADMIN) | seen
            );
        }

        #[test]
        fn a_wish_for_rights_makes_them(rights in any_rights()) {
            let custom = Custom::of_workspace(rights);
            let made = settle::<WorkspaceLevel>(Some("custom"), &custom.clone().into(), None);
            let made = made.unwrap().1.unwrap();
            prop_assert_eq!(made.workspace_rights(), custom.workspace_rights());
            let custom = Custom::of_project(ProjectRights { project: rights, workspaces: rights });
            let made = settle::<ProjectLevel>(Some("custom"), &custom.clone().into(), None);
            prop_assert_eq!(made.unwrap().1.unwrap().project_rights(), custom.project_rights());
        }
    }
}
