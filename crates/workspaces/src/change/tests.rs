//! Changes applied to workspaces.

use super::*;
use crate::tests::workspace;

const LOCAL: ExecutionMode = ExecutionMode::Local;

fn set(text: &str) -> Patch<String> {
    text.parse().ok().map(Some)
}

fn overwrites(execution_mode: bool) -> SettingOverwrites {
    SettingOverwrites { execution_mode: Some(execution_mode) }
}

fn pointers(change: &Change) -> Vec<String> {
    let refused = change.apply(&mut workspace(), LOCAL).unwrap_err();
    refused.details().iter().filter_map(|detail| detail.pointer.clone()).collect()
}

#[test]
fn what_is_not_named_stays_and_null_clears() {
    let mut workspace = Workspace {
        description: "the network".to_owned(),
        terraform_version: "1.9.0".to_owned(),
        auto_apply: true,
        ..workspace()
    };
    workspace.settings.source_name = Some("portal".to_owned());
    Change::default().apply(&mut workspace, LOCAL).unwrap();
    assert_eq!(workspace.description, "the network");
    assert!(workspace.auto_apply);
    let change = Change {
        description: Some(None),
        terraform_version: Some(None),
        auto_apply: Some(None),
        source_name: Some(None),
        queue_all_runs: Some(Some(true)),
        ..Change::default()
    };
    change.apply(&mut workspace, LOCAL).unwrap();
    assert_eq!(workspace.description, "");
    assert_eq!(workspace.terraform_version, "latest");
    assert!(!workspace.auto_apply);
    assert!(workspace.settings.queue_all_runs);
    assert_eq!(workspace.settings.source_name, None);
}

#[test]
fn everything_wrong_is_said_at_once() {
    let change = Change {
        name: set("no spaces"),
        execution_mode: set("elsewhere"),
        terraform_version: set("newest"),
        working_directory: set("../../etc"),
        agent_pool_id: set("apool-1"),
        auto_destroy_at: set("tomorrow"),
        ..Change::default()
    };
    assert_eq!(
        pointers(&change),
        [
            "/data/attributes/name",
            "/data/attributes/terraform-version",
            "/data/attributes/working-directory",
            "/data/attributes/execution-mode",
            "/data/attributes/agent-pool-id",
            "/data/attributes/auto-destroy-at",
        ]
    );
    assert_eq!(
        pointers(&Change { name: Some(None), ..Change::default() }),
        ["/data/attributes/name"]
    );
    let repository = Map::from_iter([("identifier".to_owned(), Value::from("a/b"))]);
    let change = Change { vcs_repo: Some(Some(repository)), ..Change::default() };
    assert_eq!(pointers(&change), ["/data/attributes/vcs-repo"]);
    let none = Map::from_iter([("identifier".to_owned(), Value::Null)]);
    for repository in [None, Some(Map::new()), Some(none)] {
        let change =
            Change { vcs_repo: Some(repository), agent_pool_id: set(""), ..Change::default() };
        change.apply(&mut workspace(), ExecutionMode::Local).unwrap();
    }
}

#[test]
fn the_ways_to_say_where_operations_run_agree() {
    use ExecutionMode::{Agent, Local, Remote};
    let change = Change::default;
    let table = [
        (change(), None, None),
        (change(), Some(Remote), Some(Remote)),
        (Change { execution_mode: set("agent"), ..change() }, None, Some(Agent)),
        (Change { execution_mode: Some(None), ..change() }, Some(Remote), None),
        (Change { operations: Some(Some(true)), ..change() }, None, Some(Remote)),
        (Change { operations: Some(Some(false)), ..change() }, Some(Remote), Some(Local)),
        (
            Change { operations: Some(Some(true)), execution_mode: set("local"), ..change() },
            None,
            Some(Local),
        ),
        (Change { setting_overwrites: Some(overwrites(false)), ..change() }, Some(Remote), None),
        (Change { setting_overwrites: Some(overwrites(true)), ..change() }, None, Some(Local)),
        (
            Change { setting_overwrites: Some(overwrites(true)), ..change() },
            Some(Agent),
            Some(Agent),
        ),
    ];
    for (position, (change, before, after)) in table.into_iter().enumerate() {
        let mut workspace = Workspace { execution_mode: before, ..workspace() };
        change.apply(&mut workspace, LOCAL).unwrap();
        assert_eq!(workspace.execution_mode, after, "row {position}");
    }
}

#[test]
fn versions_are_what_clients_can_read() {
    for version in
        ["latest", "1.11.4", "v1.9", "1.6.0-beta1", "1.0.0+ent", "~> 1.5.0", ">= 1.3, < 2.0.0"]
    {
        assert!(is_version(version), "{version}");
    }
    for version in ["", "newest", "1..2", "~>", "1.x", "1.2.3-", "1.2.3,", "=> 1", &"1.".repeat(99)]
    {
        assert!(!is_version(version), "{version}");
    }
}

#[test]
fn paths_do_not_lead_out() {
    for path in ["", "envs/prod", "a..b/c", "./here"] {
        assert!(require_relative("working-directory", path).is_ok(), "{path}");
    }
    for path in ["/etc", "..", "a/../../b", "a\\..\\b", "~/x", "nul\0"] {
        assert!(require_relative("working-directory", path).is_err(), "{path}");
    }
}

#[test]
fn durations_are_days_or_hours() {
    for duration in ["14d", "24h", "9999h", "1d"] {
        assert!(is_duration(duration), "{duration}");
    }
    for duration in ["", "d", "0d", "14", "-1d", "10000d", "1w"] {
        assert!(!is_duration(duration), "{duration}");
    }
}
