"""Row 4: state pull, push, list, show, mv and rm, import, console and output, by cloud and by remote backend."""

import json
import uuid

import pytest


@pytest.fixture(params=["cloud", "remote"])
def applied(request, server, project, name):
    """A project with a state, by either way in."""
    getattr(project, request.param)(server.host, f'name = "{name}"')
    project.init()
    project.apply()
    return project


def push(project, state: dict, *arguments: str):
    (project.folder / "pushed.json").write_text(json.dumps(state))
    return project.run("state", "push", *arguments, "pushed.json")


def test_list_and_show(applied):
    assert applied.ok("state", "list").split() == ["terraform_data.first"]
    assert '"one"' in applied.ok("state", "show", "-no-color", "terraform_data.first")
    shown = json.loads(applied.ok("show", "-json"))
    assert shown["values"]["outputs"]["secret"]["value"] == "hunter2-one"


def test_mv_and_rm(applied):
    applied.ok("state", "mv", "terraform_data.first", "terraform_data.moved")
    assert applied.ok("state", "list").split() == ["terraform_data.moved"]
    applied.ok("state", "rm", "terraform_data.moved")
    assert applied.ok("state", "list") == ""


def test_import(server, project, api, name):
    project.cloud(server.host, f'name = "{name}"').init()
    project.ok("import", "-no-color", "-input=false", "terraform_data.first", "imported-id")
    assert "imported-id" in project.ok("state", "show", "-no-color", "terraform_data.first")
    assert not api.workspace(name)["attributes"]["locked"]


def test_console(applied, api, name):
    assert applied.ok("console", stdin="terraform_data.first.output\n").strip() == '"one"'
    assert not api.workspace(name)["attributes"]["locked"]


def test_output(applied):
    assert applied.ok("output", "plain").strip() == '"one"'
    assert applied.ok("output", "-raw", "secret") == "hunter2-one"
    values = json.loads(applied.ok("output", "-json"))
    assert values["plain"]["value"] == "one" and values["secret"]["value"] == "hunter2-one"


def test_taint_and_replace(applied):
    applied.ok("taint", "terraform_data.first")
    assert "must be replaced" in applied.ok("plan", "-no-color", "-input=false")
    applied.ok("untaint", "terraform_data.first")
    assert "No changes" in applied.ok("plan", "-no-color", "-input=false")
    assert "1 destroyed" in applied.apply("-replace=terraform_data.first")


def test_push_a_newer_state(applied):
    state = applied.pull()
    state["serial"] += 5
    state["outputs"]["plain"]["value"] = "pushed"
    assert push(applied, state).code == 0
    assert applied.ok("output", "-raw", "plain") == "pushed"


def test_push_an_older_serial(applied):
    state = applied.pull()
    applied.apply("-var", "value=two")
    assert push(applied, state).code != 0
    assert applied.ok("output", "-raw", "plain") == "two"


def test_push_a_foreign_lineage(applied):
    state = applied.pull()
    state["serial"] += 1
    state["lineage"] = str(uuid.uuid4())
    refused = push(applied, state)
    assert refused.code != 0 and "lineage" in refused.text, refused.text
    assert push(applied, state, "-force").code == 0
    assert applied.pull()["lineage"] == state["lineage"]


def test_push_unchanged(applied, api, name):
    state = applied.ok("state", "pull")
    (applied.folder / "same.json").write_text(state)
    applied.ok("state", "push", "same.json")
    applied.ok("state", "push", "-force", "same.json")
    assert applied.ok("state", "pull") == state
    assert not api.workspace(name)["attributes"]["locked"]


def test_pull_of_an_empty_workspace(server, project, name):
    project.cloud(server.host, f'name = "{name}"').init()
    assert project.pull()["resources"] == []
    assert project.run("state", "list").out.strip() == ""
