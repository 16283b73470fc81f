"""The server is killed in the middle of uploads: every state that was acknowledged is there, and nothing is half there."""

import concurrent.futures
import random
import threading
import uuid

import requests

from support.api import data, state

WORKSPACES = 6
ROUNDS = 3


def write_until_killed(api, workspace, lineage, acknowledged, sent, stop):
    """Guarded writes of growing serials; what was answered goes to `acknowledged`."""
    serial = acknowledged.get(workspace["id"], (0, b""))[0]
    # A kill leaves the lock held: break it first.
    api.post(f"workspaces/{workspace['id']}/actions/force-unlock")
    try:
        assert api.lock(workspace).status_code == 200
        while not stop.is_set():
            serial += 1
            # Some in the row, some in chunks.
            filling = random.choice([10, 3_000, 400_000])
            content = state(serial, lineage, filling=uuid.uuid4().hex, more=random.randbytes(filling).hex())
            created = data(api.create_state(workspace, content), 201)
            sent[workspace["id"]].append(content)
            if api.put(created["attributes"]["hosted-state-upload-url"], content).status_code < 300:
                acknowledged[workspace["id"]] = (serial, content)
    except requests.ConnectionError:
        pass


def test_kill_in_the_middle_of_uploads(own_server):
    server = own_server()
    api = server.api()
    workspaces = [api.create_workspace(f"crash-{number}") for number in range(WORKSPACES)]
    lineages = {workspace["id"]: str(uuid.uuid4()) for workspace in workspaces}
    acknowledged: dict[str, tuple[int, bytes]] = {}
    sent = {workspace["id"]: [] for workspace in workspaces}
    for _ in range(ROUNDS):
        stop = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(WORKSPACES) as pool:
            work = [
                pool.submit(
                    write_until_killed, server.api(), workspace, lineages[workspace["id"]], acknowledged, sent, stop
                )
                for workspace in workspaces
            ]
            stop.wait(1.5 + random.random())
            server.kill()
            stop.set()
            for one in work:
                one.result()
        server.start()
        api = server.api()
        for workspace in workspaces:
            current = api.current_state(workspace)
            serial, content = acknowledged[workspace["id"]]
            # The last one that was answered, or one after it whose answer was cut off: whole, either way.
            assert current == content or current in sent[workspace["id"]][serial - 1 :], workspace["attributes"]["name"]
            if current != content:
                acknowledged[workspace["id"]] = (serial + 1, current)
    assert sum(serial for serial, _ in acknowledged.values()) > WORKSPACES * ROUNDS
    assert server.stop() == 0
