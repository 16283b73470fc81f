"""Rows 3 and 13: a local apply is lock, one state version, unlock; contention; force-unlock; snapshots on the way."""

import signal
import time

from support.api import data
from support.project import interrupt, wait_for

SLOW = """
resource "terraform_data" "slow" {{
  provisioner "local-exec" {{ command = "sleep {seconds}" }}
}}
"""

# The client sends a snapshot 20 s after the first change at the earliest, and only when something has changed again.
STEPS = """
resource "terraform_data" "first" {
  input = "starts the clock"
}

resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = "sleep 21" }
}

resource "terraform_data" "third" {
  depends_on = [terraform_data.second]
  provisioner "local-exec" { command = "sleep 1" }
}
"""


def locked(api, name: str) -> bool:
    answer = api.get(f"organizations/acme/workspaces/{name}")
    return answer.status_code == 200 and data(answer)["attributes"]["locked"]


def test_an_apply_is_lock_state_unlock(proxy, recorded, api, name):
    recorded.cloud(proxy.host, f'name = "{name}"').init()
    proxy.take()
    recorded.apply()
    exchanges = proxy.take()
    workspace = f"workspaces/{api.workspace(name)['id']}"
    changes = [exchange.route for exchange in exchanges if exchange.method in ("POST", "PATCH", "DELETE")]
    assert changes == [f"POST {workspace}/actions/lock", f"POST {workspace}/state-versions", f"POST {workspace}/actions/unlock"]
    uploads = [exchange for exchange in exchanges if exchange.method == "PUT"]
    assert len(uploads) == 2 and all("Authorization" not in exchange.headers for exchange in uploads)
    assert all(exchange.status < 300 for exchange in exchanges if "current-state-version" not in exchange.path)
    assert len(api.state_versions(name)) == 1

    # Nothing to change: nothing is written, and the lock is given back.
    recorded.apply()
    assert [exchange for exchange in proxy.take() if exchange.path.endswith("/state-versions")] == []
    assert len(api.state_versions(name)) == 1
    assert not locked(api, name)


def test_a_state_keeps_its_bytes_and_outputs(server, project, api, name):
    project.cloud(server.host, f'name = "{name}"').init()
    project.apply()
    assert project.ok("output", "-raw", "plain") == "one"
    assert project.ok("output", "-raw", "secret") == "hunter2-one"
    assert '"sensitive": true' in project.ok("output", "-json")
    assert "<sensitive>" in project.ok("output", "-no-color")
    outputs = data(api.get(f"workspaces/{api.workspace(name)['id']}/current-state-version-outputs"))
    shown = {output["attributes"]["name"]: output["attributes"] for output in outputs}
    assert shown["plain"]["value"] == "one" and shown["plain"]["detailed-type"] == "string"
    assert shown["secret"]["value"] is None and shown["secret"]["sensitive"] is True


def test_a_second_apply_is_refused_and_says_who_holds_the_lock(server, new_project, api, name):
    first = new_project("first").cloud(server.host, f'name = "{name}"', body=SLOW.format(seconds=4))
    first.init()
    second = new_project("second").cloud(server.host, f'name = "{name}"', body=SLOW.format(seconds=0))
    second.init()
    running = first.start("apply", "-auto-approve", "-no-color", "-input=false")
    wait_for(lambda: locked(api, name))
    refused = second.fails("apply", "-auto-approve", "-no-color", "-input=false")
    assert "Error acquiring the state lock" in refused and f"acme/{name}" in refused, refused
    # The API names the holder, since when, and its last sign of life.
    said = api.lock(api.workspace(name))
    assert said.status_code == 409 and "admin" in said.text, said.text
    assert running.wait(60) == 0, running.stdout.read()


def test_lock_timeout_waits(server, new_project, api, name):
    first = new_project("first").cloud(server.host, f'name = "{name}"', body=SLOW.format(seconds=3))
    first.init()
    second = new_project("second").cloud(server.host, f'name = "{name}"', body=SLOW.format(seconds=0))
    second.init()
    running = first.start("apply", "-auto-approve", "-no-color", "-input=false")
    wait_for(lambda: locked(api, name))
    second.apply("-lock-timeout=30s")
    assert running.wait(60) == 0, running.stdout.read()


def test_lock_timeout_gives_up(server, project, api, name):
    project.cloud(server.host, f'name = "{name}"').init()
    workspace = api.workspace(name)
    api.lock(workspace)
    start = time.monotonic()
    refused = project.fails("plan", "-lock-timeout=2s", "-no-color", "-input=false")
    assert "Error acquiring the state lock" in refused
    assert 1.5 < time.monotonic() - start < 15
    assert api.unlock(workspace).status_code == 200


def test_force_unlock(server, project, api, name):
    project.cloud(server.host, f'name = "{name}"').init()
    api.lock(api.workspace(name))
    refused = project.fails("force-unlock", "-force", "acme/wrong")
    assert "does not match" in refused or "Failed to unlock" in refused, refused
    assert locked(api, name)
    project.ok("force-unlock", "-force", f"acme/{name}")
    assert not locked(api, name)
    # Unlocked already.
    project.fails("force-unlock", "-force", f"acme/{name}")
    project.apply()


def test_destroy(server, project, api, name):
    project.cloud(server.host, f'name = "{name}"').init()
    project.apply()
    project.ok("destroy", "-auto-approve", "-no-color", "-input=false")
    assert project.pull()["resources"] == []
    assert api.workspace(name)["attributes"]["resource-count"] == 0


def test_two_hundred_resources_in_one_apply(server, project, api, name):
    body = 'resource "terraform_data" "many" {\n  count = 200\n  input = count.index\n}\n'
    project.cloud(server.host, f'name = "{name}"', body=body).init()
    project.apply()
    assert api.workspace(name)["attributes"]["resource-count"] == 200
    assert len(project.ok("state", "list").split()) == 200


def test_ctrl_c_saves_what_was_done_and_unlocks(server, project, api, name):
    body = SLOW.format(seconds=30) + '\nresource "terraform_data" "quick" {\n  input = "done"\n}\n'
    project.cloud(server.host, f'name = "{name}"', body=body).init()
    running = project.start("apply", "-auto-approve", "-no-color", "-input=false")
    wait_for(lambda: locked(api, name))
    for line in running.stdout:
        if "quick: Creation complete" in line:
            break
    interrupt(running, signal.SIGINT)
    output = running.communicate(timeout=40)[0]
    assert running.returncode == 1, output
    assert not locked(api, name)
    assert "terraform_data.quick" in project.ok("state", "list")


def test_a_long_apply_sends_snapshots(server, project, api, name):
    project.cloud(server.host, f'name = "{name}"', body=STEPS).init()
    project.apply()
    versions = api.state_versions(name)
    assert len(versions) == 2, [version["attributes"]["serial"] for version in versions]
    newest, snapshot = (version["attributes"] for version in versions)
    assert newest["serial"] == snapshot["serial"] + 1
    assert snapshot["intermediate"] is True and newest["intermediate"] is False
    answer = api.get(f"workspaces/{api.workspace(name)['id']}/current-state-version")
    assert int(answer.headers["X-Terraform-Snapshot-Interval"]) >= 1
