"""Row 2: workspace new, list, select and delete, and what safe-delete refuses."""

import pytest

from support.api import errors


@pytest.fixture
def tagged(server, project, name):
    """A project that uses every workspace with one tag, with a first workspace."""
    project.cloud(server.host, f'tags = ["{name}"]')
    project.ok("init", "-no-color", stdin=f"{name}-first\n")
    return project


def listed(project) -> list[str]:
    return sorted(project.ok("workspace", "list").replace("*", " ").split())


def test_new_list_select_show(tagged, api, name):
    tagged.ok("workspace", "new", f"{name}-second")
    assert listed(tagged) == [f"{name}-first", f"{name}-second"]
    assert tagged.ok("workspace", "show").strip() == f"{name}-second"
    assert api.workspace(f"{name}-second")["attributes"]["tag-names"] == [name]
    tagged.apply("-var", "value=two")
    tagged.ok("workspace", "select", f"{name}-first")
    tagged.apply("-var", "value=one")
    assert tagged.ok("output", "-raw", "plain") == "one"
    tagged.ok("workspace", "select", f"{name}-second")
    assert tagged.ok("output", "-raw", "plain") == "two"
    assert "already exists" in tagged.fails("workspace", "new", f"{name}-first")


def test_a_workspace_with_resources_is_not_deleted(tagged, api, name):
    tagged.ok("workspace", "new", f"{name}-full")
    tagged.apply()
    tagged.ok("workspace", "select", f"{name}-first")
    refused = tagged.fails("workspace", "delete", f"{name}-full")
    assert "tracking the following resource instances" in refused or "managing resources" in refused, refused
    # The server holds the same line for a client that does not look first.
    answer = api.post(f"organizations/acme/workspaces/{name}-full/actions/safe-delete")
    assert "resource" in errors(answer, 409)
    answer = api.post(f"workspaces/{api.workspace(f'{name}-full')['id']}/actions/safe-delete")
    assert "resource" in errors(answer, 409)
    tagged.ok("workspace", "delete", "-force", f"{name}-full")
    assert listed(tagged) == [f"{name}-first"]


def test_a_locked_workspace_is_not_deleted(tagged, api, name):
    tagged.ok("workspace", "new", f"{name}-held")
    tagged.ok("workspace", "select", f"{name}-first")
    workspace = api.workspace(f"{name}-held")
    assert api.lock(workspace).status_code == 200
    assert "lock" in errors(api.post(f"organizations/acme/workspaces/{name}-held/actions/safe-delete"), 409)
    tagged.fails("workspace", "delete", f"{name}-held")
    assert api.unlock(workspace).status_code == 200
    tagged.ok("workspace", "delete", f"{name}-held")
    assert api.get(f"organizations/acme/workspaces/{name}-held").status_code == 404


def test_delete_after_destroy(tagged, api, name):
    tagged.ok("workspace", "new", f"{name}-gone")
    tagged.apply()
    tagged.ok("destroy", "-auto-approve", "-no-color", "-input=false")
    tagged.ok("workspace", "select", f"{name}-first")
    tagged.ok("workspace", "delete", f"{name}-gone")
    assert api.get(f"organizations/acme/workspaces/{name}-gone").status_code == 404


def test_prefix_mode(server, project, api, name):
    project.remote(server.host, f'prefix = "{name}-"')
    api.create_workspace(f"{name}-one")
    project.ok("init", "-no-color", "-input=false")
    project.ok("workspace", "new", "two")
    assert listed(project) == ["one", "two"]
    project.ok("workspace", "select", "one")
    project.ok("workspace", "delete", "two")
    assert listed(project) == ["one"]


def test_names_in_another_project_are_refused_with_a_text_that_helps(api, name):
    document = {"data": {"type": "projects", "attributes": {"name": f"team-{name}"}}}
    assert api.post("organizations/acme/projects", document).status_code == 201
    api.create_workspace(name, f"acme.team-{name}")
    assert api.get(f"organizations/acme.default/workspaces/{name}").status_code == 404
    answer = api.post(
        "organizations/acme.default/workspaces", {"data": {"type": "workspaces", "attributes": {"name": name}}}
    )
    assert f"team-{name}" in errors(answer, 422)
