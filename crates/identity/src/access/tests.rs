//! Who may do what, as tables and properties.

use std::time::Duration;

use kernel::{ProjectId, TeamId, TokenId, TrustId, WorkspaceId};
use proptest::prelude::*;

use super::*;

fn standing(rights: Rights, teams: &[TeamId]) -> Standing {
    let teams = teams.iter().map(|id| InTeam { id: *id, rights: Rights::NONE }).collect();
    Standing { rights, teams, ..Standing::default() }
}

#[test]
fn levels_grow() {
    let workspace = [WORKSPACE_READ, WORKSPACE_PLAN, WORKSPACE_WRITE, WORKSPACE_ADMIN];
    let project = [PROJECT_READ, PROJECT_WRITE, PROJECT_MAINTAIN, PROJECT_ADMIN];
    for levels in [workspace, project] {
        for pair in levels.windows(2) {
            assert_eq!(pair[0].without(pair[1]), Rights::NONE, "{pair:?}");
        }
    }
}

#[test]
fn custom_rights_stand_apart() {
    let apart = [
        "read-state",
        "read-outputs",
        "write-state",
        "lock",
        "force-unlock",
        "queue-run",
        "apply-run",
        "manage-variables",
        "manage-access",
    ];
    for word in apart {
        let custom = Custom { rights: vec![word.to_owned()], ..Custom::default() };
        let right = Right::parse(word).unwrap();
        assert_eq!(
            WorkspaceLevel::Custom.rights(Some(&custom)),
            Rights::of(&[Right::ReadWorkspace, right]),
            "{word}"
        );
    }
}

#[test]
fn custom_rights_of_a_workspace_reach_no_further() {
    let rights = Right::ALL.iter().map(|right| right.as_str().to_owned()).collect();
    let custom = Custom { rights, ..Custom::default() };
    let given = WorkspaceLevel::Custom.rights(Some(&custom));
    assert_eq!(given.without(WORKSPACE_ADMIN), Rights::NONE);
    assert!(!given.holds(Right::UpdateOrganization));
}

#[test]
fn the_words_of_the_wire_join_rights() {
    let custom = Custom {
        runs: "plan".to_owned(),
        state_versions: "read-outputs".to_owned(),
        variables: "none".to_owned(),
        locking: true,
        ..Custom::default()
    };
    assert_eq!(
        custom.workspace_rights(),
        Rights::of(&[
            Right::ReadWorkspace,
            Right::ReadRuns,
            Right::QueueRun,
            Right::ReadOutputs,
            Right::Lock
        ])
    );
}

#[test]
fn an_organization_token_keeps_house_and_sees_no_state() {
    for right in [Right::ReadState, Right::WriteState, Right::Lock, Right::DeleteOrganization] {
        assert!(!ORGANIZATION_TOKEN.holds(right), "{right:?}");
    }
    for right in [Right::ManageTeams, Right::CreateWorkspace, Right::ForceUnlock] {
        assert!(ORGANIZATION_TOKEN.holds(right), "{right:?}");
    }
}

#[test]
fn a_grant_counts_for_its_team_and_at_its_place() {
    let (mine, other) = (TeamId::generate(), TeamId::generate());
    let (project, workspace) = (ProjectId::generate(), WorkspaceId::generate());
    let me = standing(MEMBER, &[mine]);
    let at = |team| [GrantAt { team, rights: ProjectLevel::Write.rights(None) }];
    assert_eq!(me.at_workspace(project, workspace, &at(other), &[]), MEMBER);
    assert_eq!(me.at_workspace(project, workspace, &at(mine), &[]), MEMBER | WORKSPACE_WRITE);
    assert_eq!(me.at_project(project, &at(mine), false), MEMBER | PROJECT_WRITE);
}

#[test]
fn whoever_sees_a_workspace_sees_its_project() {
    let me = standing(MEMBER, &[]);
    let (project, workspace) = (ProjectId::generate(), WorkspaceId::generate());
    assert!(!me.at_project(project, &[], false).holds(Right::ReadProject));
    assert!(me.at_project(project, &[], true).holds(Right::ReadProject));
    let direct = vec![(Through::default(), Direct::Workspace(project, workspace, WORKSPACE_WRITE))];
    let key = Standing { direct, ..Standing::default() };
    assert_eq!(key.at_project(project, &[], false), Rights::of(&[Right::ReadProject]));
    assert_eq!(key.at_project(ProjectId::generate(), &[], false), Rights::NONE);
    assert_eq!(key.at_workspace(project, workspace, &[], &[]), WORKSPACE_WRITE);
    assert_eq!(key.at_workspace(project, WorkspaceId::generate(), &[], &[]), Rights::NONE);
}

#[test]
fn a_token_that_only_reads_changes_nothing() {
    let reader = Standing { rights: Rights::ALL, read_only: true, ..Standing::default() };
    let rights = reader.at_workspace(ProjectId::generate(), WorkspaceId::generate(), &[], &[]);
    assert_eq!(rights, READING);
    for right in rights.iter() {
        let word = right.as_str();
        assert!(word.starts_with("read-") || word == "access-secret-teams", "{word}");
    }
}

#[test]
fn a_token_that_lives_too_long_does_nothing() {
    let outlives = Some(Duration::from_hours(1));
    let owner = Standing { rights: Rights::ALL, outlives, ..Standing::default() };
    assert_eq!(owner.in_organization(), Rights::NONE);
    assert!(!owner.sees_every_workspace());
}

fn any_rights() -> impl Strategy<Value = Rights> {
    prop::collection::vec(0..Right::ALL.len(), 0..8)
        .prop_map(|places| places.into_iter().map(|place| Right::ALL[place]).collect())
}

/// Some team, by number: the same number is the same team.
fn team(number: usize) -> TeamId {
    format!("team-AAAAAAAAAAAAAAA{number}").parse().unwrap()
}

fn project() -> ProjectId {
    "prj-AAAAAAAAAAAAAAAA".parse().unwrap()
}

fn workspace() -> WorkspaceId {
    "ws-AAAAAAAAAAAAAAAA".parse().unwrap()
}

fn any_direct() -> impl Strategy<Value = (Through, Direct)> {
    let placed = (any_rights(), 0..5_u8).prop_map(|(rights, place)| match place {
        0 => Direct::Organization(rights),
        1 => {
            Direct::Project(project(), ProjectRights { project: Rights::NONE, workspaces: rights })
        }
        2 => Direct::Project(
            ProjectId::generate(),
            ProjectRights { project: rights, workspaces: rights },
        ),
        3 => Direct::Workspace(project(), workspace(), rights),
        _ => Direct::Workspace(project(), WorkspaceId::generate(), rights),
    });
    (any::<bool>(), placed).prop_map(|(key, direct)| {
        let through = if key {
            Through::Key(TokenId::generate())
        } else {
            Through::Trust(TrustId::generate())
        };
        (through, direct)
    })
}

fn any_standing() -> impl Strategy<Value = Standing> {
    let teams = prop::collection::vec((0..4_usize, any_rights()), 0..4);
    let direct = prop::collection::vec(any_direct(), 0..4);
    (any_rights(), teams, direct, any::<bool>(), any::<bool>()).prop_map(
        |(rights, teams, direct, read_only, outlives)| Standing {
            rights,
            through: Through::Membership,
            teams: teams.into_iter().map(|(id, rights)| InTeam { id: team(id), rights }).collect(),
            direct,
            read_only,
            outlives: outlives.then_some(Duration::from_hours(1)),
        },
    )
}

proptest! {
    /// More grants never give fewer rights, and the strongest of all is what holds.
    #[test]
    fn the_strongest_wins(everywhere in any_rights(), at_project in any_rights(), at_workspace in any_rights()) {
        let (team, project, workspace) = (TeamId::generate(), ProjectId::generate(), WorkspaceId::generate());
        let me = standing(everywhere, &[team]);
        let of_project = [GrantAt { team, rights: ProjectRights { project: Rights::NONE, workspaces: at_project } }];
        let of_workspace = [GrantAt { team, rights: at_workspace }];
        let both = me.at_workspace(project, workspace, &of_project, &of_workspace);
        prop_assert_eq!(both, everywhere | at_project | at_workspace);
        let one = me.at_workspace(project, workspace, &of_project, &[]);
        prop_assert_eq!(one.without(both), Rights::NONE);
    }

    /// What is explained is what is decided: nothing is missing, nothing is added, and each part
    /// is there for a reason.
    #[test]
    fn the_explanation_is_the_decision(
        standing in any_standing(),
        of_project in prop::collection::vec((0..4_usize, any_rights()), 0..6),
        of_workspace in prop::collection::vec((0..4_usize, any_rights()), 0..6),
    ) {
        let (project, workspace) = (project(), workspace());
        let of_project: Vec<_> = of_project.into_iter().map(|(number, workspaces)| {
            let rights = ProjectRights { project: Rights::NONE, workspaces };
            GrantAt { team: team(number), rights }
        }).collect();
        let of_workspace: Vec<_> = of_workspace.into_iter()
            .map(|(number, rights)| GrantAt { team: team(number), rights }).collect();
        let decided = standing.at_workspace(project, workspace, &of_project, &of_workspace);
        let explained =
            standing.explain_workspace(project, workspace, &of_project, &of_workspace);
        prop_assert_eq!(union(explained.iter().copied()), decided);
        for given in explained {
            prop_assert!(!given.rights.is_empty());
            match (given.through, given.at) {
                (Through::Team(team), At::Organization) => prop_assert!(standing.is_in(team)),
                (Through::Team(team), At::Project(at)) => {
                    prop_assert_eq!(at, project);
                    prop_assert!(standing.is_in(team));
                    prop_assert!(of_project.iter().any(|grant| grant.team == team));
                }
                (Through::Team(team), At::Workspace(at)) => {
                    prop_assert_eq!(at, workspace);
                    prop_assert!(standing.is_in(team));
                    prop_assert!(of_workspace.iter().any(|grant| grant.team == team));
                }
                (through, at) => {
                    let own = (standing.through, At::Organization) == (through, at);
                    let direct = standing.direct.iter().any(|(known, _)| *known == through);
                    prop_assert!(own || direct);
                }
            }
        }
    }
}
