"""Row 5: an upload that is refused leaves errored.tfstate behind and the workspace as the client expects it."""

import json

from support.api import data, errors, state
from support.project import wait_for

SLOW = """
resource "terraform_data" "slow" {
  provisioner "local-exec" { command = "sleep 3" }
}
"""


def test_a_lock_broken_during_apply_refuses_the_state(server, project, api, name):
    project.cloud(server.host, f'name = "{name}"', body=SLOW).init()
    running = project.start("apply", "-auto-approve", "-no-color", "-input=false")
    wait_for(lambda: api.workspace(name)["attributes"]["locked"])
    # Somebody breaks the lock and takes it: the first one may not write any more.
    workspace = api.workspace(name)
    assert api.post(f"workspaces/{workspace['id']}/actions/force-unlock").status_code == 200
    output = running.communicate(timeout=60)[0]
    assert running.returncode != 0, output
    saved = json.loads((project.folder / "errored.tfstate").read_text())
    assert [resource["name"] for resource in saved["resources"]] == ["slow"]
    assert api.current_state(workspace) is None
    # The way back that Terraform names: push what was saved.
    project.ok("state", "push", "errored.tfstate")
    assert project.pull()["resources"] == saved["resources"]


def test_a_lock_taken_over_with_the_same_token_refuses_the_first_upload(api, name):
    # A token shared by twenty jobs still excludes them from each other.
    workspace = api.create_workspace(name)
    assert api.lock(workspace).status_code == 200
    begun = data(api.create_state(workspace, state()), 201)
    assert api.post(f"workspaces/{workspace['id']}/actions/force-unlock").status_code == 200
    assert api.lock(workspace).status_code == 200
    late = api.put(begun["attributes"]["hosted-state-upload-url"], state())
    assert 400 <= late.status_code < 500
    assert api.current_state(workspace) is None
    api.unlock(workspace)


def test_a_failed_upload_keeps_the_lock(proxy, recorded, api, name):
    recorded.cloud(proxy.host, f'name = "{name}"').init()
    refusal = b'{"errors":[{"status":"422","title":"refused","detail":"refused by the test"}]}'
    proxy.intercept = lambda exchange: (422, refusal) if exchange.method == "PUT" else None
    said = recorded.fails("apply", "-auto-approve", "-no-color", "-input=false")
    assert "errored.tfstate" in said, said
    assert (recorded.folder / "errored.tfstate").exists()
    # On purpose: nobody else may write before this state is pushed.
    workspace = api.workspace(name)
    assert workspace["attributes"]["locked"]
    proxy.intercept = lambda _: None
    assert "lock" in recorded.fails("state", "push", "errored.tfstate")
    recorded.ok("force-unlock", "-force", f"acme/{name}")
    recorded.ok("state", "push", "errored.tfstate")
    assert recorded.ok("output", "-raw", "plain") == "one"


def test_a_state_over_the_limit(own_server, new_project, name):
    small = own_server(STATEWARD_MAX_STATE_BYTES="2000")
    project = new_project("small", environment=small.shell())
    project.cloud(small.host, f'name = "{name}"').init()
    project.apply("-var", "value=fits")
    said = project.fails("apply", "-auto-approve", "-no-color", "-input=false", "-var", f"value={'x' * 3000}")
    assert "errored.tfstate" in said, said
    api = small.api()
    assert api.workspace(name)["attributes"]["locked"]
    assert project.ok("output", "-raw", "plain") == "fits"
    large = state(serial=9, big="x" * 4000)
    created = api.create_state(api.workspace(name), large, lineage=json.loads(api.current_state(api.workspace(name)))["lineage"])
    assert created.status_code in (201, 413)
    if created.status_code == 201:
        refused = api.put(data(created, 201)["attributes"]["hosted-state-upload-url"], large)
        errors(refused, 413)
