"""Terraform as old as a registry carries it (1.6), and uploads inside the request.

Terraform before 1.6 puts the state into the request. No registry package carries one, but every newer client falls
back to that form when a server asks for it with the words of the vendor's older servers; the proxy says those words.
A `terraform` on the PATH is run too, whatever its version.
"""

import base64
import json
import pathlib
import shutil

import pytest

from support.api import data, errors, state

ASKS_FOR_INLINE = b'{"errors":[{"status":"400","title":"bad request","detail":"param is missing or the value is empty: state"}]}'


@pytest.fixture(params=["older", "on the PATH"])
def other_terraform(request) -> pathlib.Path:
    """Every other Terraform there is."""
    if request.param == "older":
        return request.getfixturevalue("terraform_older")
    found = shutil.which("terraform")
    if not found:
        pytest.skip("there is no terraform on the PATH")
    return pathlib.Path(found)


def in_full(project):
    """One of everything."""
    project.init()
    project.apply()
    assert project.ok("output", "-raw", "secret") == "hunter2-one"
    project.apply("-var", "value=two")
    project.ok("state", "mv", "terraform_data.first", "terraform_data.moved")
    assert project.ok("state", "list").split() == ["terraform_data.moved"]
    project.ok("destroy", "-auto-approve", "-no-color", "-input=false")


@pytest.mark.parametrize("way", ["cloud", "remote"])
def test_by_name(server, new_project, api, other_terraform, name, way):
    project = new_project("older", other_terraform)
    getattr(project, way)(server.host, f'name = "{name}"')
    in_full(project)
    assert not api.workspace(name)["attributes"]["locked"]


def test_by_tags(proxy, server, new_project, api, other_terraform, name):
    project = new_project("older", other_terraform, proxy.environment(server.shell(), server.token))
    project.cloud(proxy.host, f'tags = ["{name}"]')
    project.ok("init", "-no-color", stdin=f"{name}\n")
    assert api.workspace(name)["attributes"]["tag-names"] == [name]
    proxy.take()
    project.init()
    assert [exchange.route for exchange in proxy.take() if exchange.method != "GET"] == []


@pytest.mark.parametrize("way", ["cloud", "remote"])
def test_uploads_inside_the_request(proxy, server, new_project, api, terraform_older, name, way):
    def ask_for_inline(exchange):
        if exchange.method == "POST" and exchange.path.endswith("/state-versions"):
            attributes = json.loads(exchange.body)["data"]["attributes"]
            return None if attributes.get("state") else (400, ASKS_FOR_INLINE)
        return None

    project = new_project("inline", terraform_older, proxy.environment(server.shell(), server.token))
    getattr(project, way)(proxy.host, f'name = "{name}"')
    proxy.intercept = ask_for_inline
    project.init()
    project.apply()
    exchanges = proxy.take()
    assert [exchange.route for exchange in exchanges if exchange.method == "PUT"] == []
    accepted = [exchange for exchange in exchanges if exchange.path.endswith("/state-versions") and exchange.status == 201]
    assert len(accepted) == 1
    sent = base64.b64decode(json.loads(accepted[0].body)["data"]["attributes"]["state"])
    assert api.current_state(api.workspace(name)) == sent
    assert project.ok("output", "-raw", "secret") == "hunter2-one"


def test_an_inline_state_with_an_empty_json_state(api, name):
    # Terraform up to 1.5 sends the second as an empty string.
    workspace = api.create_workspace(name)
    content = state(1, greeting="hello")
    assert api.lock(workspace).status_code == 200
    created = data(api.create_state(workspace, content, inline=True, **{"json-state": ""}), 201)
    assert created["attributes"]["status"] == "finalized"
    assert created["attributes"]["hosted-state-upload-url"] is None
    assert api.current_state(workspace) == content
    assert api.unlock(workspace).status_code == 200


def test_an_inline_state_that_is_not_base64(api, name):
    workspace = api.create_workspace(name)
    assert api.lock(workspace).status_code == 200
    attributes = {"serial": 1, "md5": "0" * 32, "lineage": "", "state": "%%%"}
    document = {"data": {"type": "state-versions", "attributes": attributes}}
    errors(api.post(f"workspaces/{workspace['id']}/state-versions", document), 422)
    attributes["state"] = base64.b64encode(b"{}").decode()
    errors(api.post(f"workspaces/{workspace['id']}/state-versions", document), 422)
    assert api.current_state(workspace) is None
    assert api.unlock(workspace).status_code == 200
