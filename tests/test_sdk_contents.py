"""The vendor's own SDK for Python: projects, workspaces, tags, variables, sets, states and outputs."""

import hashlib
import itertools
import json

import pytest
from pytfe.errors import NotFound, TFEError
from pytfe.models import (
    StateVersionCreateOptions,
    StateVersionListOptions,
    VariableCreateOptions,
    VariableUpdateOptions,
)
from pytfe.models.project import (
    Project,
    ProjectAddTagBindingsOptions,
    ProjectCreateOptions,
    ProjectUpdateOptions,
)
from pytfe.models.common import TagBinding
from pytfe.models.variable_set import (
    VariableSetApplyToProjectsOptions,
    VariableSetApplyToWorkspacesOptions,
    VariableSetCreateOptions,
    VariableSetRemoveFromWorkspacesOptions,
    VariableSetUpdateOptions,
    VariableSetVariableCreateOptions,
    VariableSetVariableUpdateOptions,
)
from pytfe.models.workspace import (
    Workspace,
    WorkspaceAddTagBindingsOptions,
    WorkspaceCreateOptions,
    WorkspaceListOptions,
    WorkspaceLockOptions,
    WorkspaceUpdateOptions,
)

_numbers = itertools.count(1)
PAST_PAGE_ONE = 23


def _workspace(sdk, organization: str, **options) -> Workspace:
    return sdk.workspaces.create(organization, WorkspaceCreateOptions(name=f"c{next(_numbers)}", **options))


def test_projects(sdk, organization):
    made = [
        sdk.projects.create(organization, ProjectCreateOptions(name=f"project-{next(_numbers)}"))
        for _ in range(PAST_PAGE_ONE)
    ]
    listed = {project.id for project in sdk.projects.list(organization)}
    assert {project.id for project in made} < listed
    first = made[0]
    assert sdk.projects.update(first.id, ProjectUpdateOptions(name="renamed")).name == "renamed"
    tags = ProjectAddTagBindingsOptions(tag_bindings=[TagBinding(key="team", value="payments")])
    sdk.projects.add_tag_bindings(first.id, tags)
    workspace = _workspace(sdk, organization, project=Project(id=first.id, name="renamed"))
    effective = {tag.key: tag.value for tag in sdk.workspaces.list_effective_tag_bindings(workspace.id)}
    assert effective == {"team": "payments"}, "inherited from the project"
    with pytest.raises(TFEError):
        sdk.projects.delete(first.id)
    sdk.projects.move_workspaces(made[1].id, [workspace.id])
    sdk.projects.delete(first.id)
    with pytest.raises(NotFound):
        sdk.projects.read(first.id)


def test_workspaces_and_their_tags(sdk, organization):
    made = [_workspace(sdk, organization) for _ in range(PAST_PAGE_ONE)]
    listed = {workspace.id for workspace in sdk.workspaces.list(organization)}
    assert {workspace.id for workspace in made} <= listed
    found = sdk.workspaces.list(organization, WorkspaceListOptions(search=made[5].name))
    assert made[5].id in [workspace.id for workspace in found]
    one = made[0]
    assert sdk.workspaces.update_by_id(one.id, WorkspaceUpdateOptions(description="d")).description == "d"
    tags = WorkspaceAddTagBindingsOptions(tag_bindings=[TagBinding(key="env", value="prod")])
    list(sdk.workspaces.add_tag_bindings(one.id, tags))
    assert [(tag.key, tag.value) for tag in sdk.workspaces.list_tag_bindings(one.id)] == [("env", "prod")]
    assert sdk.workspaces.lock(one.id, WorkspaceLockOptions(reason="busy")).locked
    with pytest.raises(TFEError):
        sdk.workspaces.lock(one.id, WorkspaceLockOptions(reason="busy"))
    assert not sdk.workspaces.unlock(one.id).locked
    sdk.workspaces.safe_delete_by_id(one.id)
    with pytest.raises(NotFound):
        sdk.workspaces.read_by_id(one.id)


def test_variables(sdk, organization):
    workspace = _workspace(sdk, organization)
    for number in range(PAST_PAGE_ONE):
        options = VariableCreateOptions(key=f"key_{number}", value="v", category="terraform")
        sdk.variables.create(workspace.id, options)
    secret = sdk.variables.create(
        workspace.id,
        VariableCreateOptions(key="TOKEN", value="never-shown", category="env", sensitive=True),
    )
    assert secret.value is None and secret.sensitive
    assert len(list(sdk.variables.list(workspace.id))) == PAST_PAGE_ONE + 1
    changed = sdk.variables.update(workspace.id, secret.id, VariableUpdateOptions(value="another"))
    assert changed.value is None and changed.sensitive
    with pytest.raises(TFEError):
        options = VariableCreateOptions(key="key_1", value="v", category="terraform")
        sdk.variables.create(workspace.id, options)
    sdk.variables.delete(workspace.id, secret.id)
    with pytest.raises(NotFound):
        sdk.variables.read(workspace.id, secret.id)


def test_variable_sets(sdk, organization):
    workspace = _workspace(sdk, organization)
    made = sdk.variable_sets.create(
        organization, VariableSetCreateOptions(**{"name": f"set-{next(_numbers)}", "description": "", "global": False})
    )
    for _ in range(PAST_PAGE_ONE):
        options = VariableSetCreateOptions(**{"name": f"set-{next(_numbers)}", "description": "", "global": False})
        sdk.variable_sets.create(organization, options)
    assert len(list(sdk.variable_sets.list(organization))) >= PAST_PAGE_ONE + 1
    wanted = VariableSetVariableCreateOptions(key="region", value="eu", category="terraform")
    variable = sdk.variable_set_variables.create(made.id, wanted)
    sdk.variable_sets.apply_to_workspaces(made.id, VariableSetApplyToWorkspacesOptions(workspaces=[workspace]))
    assert made.id in [applied.id for applied in sdk.variable_sets.list_for_workspace(workspace.id)]
    assert {found.key: found.value for found in sdk.variables.list_all(workspace.id)} == {"region": "eu"}
    sdk.variable_set_variables.update(made.id, variable.id, VariableSetVariableUpdateOptions(value="us"))
    assert [found.value for found in sdk.variables.list_all(workspace.id)] == ["us"]
    removed = VariableSetRemoveFromWorkspacesOptions(workspaces=[workspace])
    sdk.variable_sets.remove_from_workspaces(made.id, removed)
    assert list(sdk.variables.list_all(workspace.id)) == []
    project = sdk.projects.create(organization, ProjectCreateOptions(name=f"sets-{next(_numbers)}"))
    applied = VariableSetApplyToProjectsOptions(projects=[Project(id=project.id, name=project.name)])
    sdk.variable_sets.apply_to_projects(made.id, applied)
    assert made.id in [found.id for found in sdk.variable_sets.list_for_project(project.id)]
    assert sdk.variable_sets.update(made.id, VariableSetUpdateOptions(name="renamed-set")).name == "renamed-set"
    sdk.variable_sets.delete(made.id)
    with pytest.raises(NotFound):
        sdk.variable_sets.read(made.id)


def _state(serial: int) -> bytes:
    outputs = {
        "shown": {"value": f"value {serial}", "type": "string"},
        "hidden": {"value": "sensitive", "type": "string", "sensitive": True},
    }
    state = {"version": 4, "terraform_version": "1.15.5", "serial": serial, "lineage": "sdk", "outputs": outputs}
    return json.dumps({**state, "resources": []}).encode()


def test_states_and_outputs(sdk, organization):
    workspace = _workspace(sdk, organization)
    sdk.workspaces.lock(workspace.id, WorkspaceLockOptions(reason="states"))
    for serial in range(1, PAST_PAGE_ONE + 1):
        raw = _state(serial)
        md5 = hashlib.md5(raw).hexdigest()  # noqa: S324 - the protocol's
        options = StateVersionCreateOptions(serial=serial, md5=md5, lineage="sdk")
        sdk.state_versions.upload(workspace.id, raw_state=raw, options=options)
    sdk.workspaces.unlock(workspace.id)
    current = sdk.state_versions.read_current(workspace.id)
    assert current.serial == PAST_PAGE_ONE
    assert sdk.state_versions.download(current.id) == _state(PAST_PAGE_ONE)
    listed = sdk.state_versions.list(StateVersionListOptions(organization=organization, workspace=workspace.name))
    assert len(list(listed)) == PAST_PAGE_ONE
    values = {output.name: output.value for output in sdk.state_version_outputs.read_current(workspace.id)}
    assert values == {"shown": f"value {PAST_PAGE_ONE}", "hidden": None}
    by_id = {output.name: output.id for output in sdk.state_versions.list_outputs(current.id)}
    assert sdk.state_version_outputs.read(by_id["hidden"]).value == "sensitive", "by itself it is read"
    with pytest.raises(NotFound):
        sdk.state_versions.read("sv-0000000000000000")
