"""Row 14: a state that OpenTofu has encrypted is kept byte for byte, like any other.

No `tofu` is to be had from a package registry, so these are the requests that it makes, with the envelope it makes.
"""

import base64
import hashlib
import json
import os
import uuid

import pytest

from support.api import data, errors


def envelope(serial: int, lineage: str) -> bytes:
    """What OpenTofu uploads when state encryption is on."""
    return json.dumps(
        {
            "serial": serial,
            "lineage": lineage,
            "meta": {"key_provider.pbkdf2.mykey": base64.b64encode(os.urandom(60)).decode()},
            "encrypted_data": base64.b64encode(os.urandom(3000)).decode(),
            "encryption_version": "v0",
        }
    ).encode()


def test_the_requests_of_tofu_with_encryption(api, name):
    workspace = api.create_workspace(name)
    lineage = str(uuid.uuid4())
    document = {"data": {"type": "", "attributes": {"reason": "Locked by OpenTofu"}}}
    assert api.post(f"workspaces/{workspace['id']}/actions/lock", document).status_code == 200
    for serial in (1, 2):
        content = envelope(serial, lineage)
        # tofu sends the outputs in plain text beside the encrypted state.
        outputs = {"plain": {"sensitive": False, "value": "one", "type": "string"}}
        created = data(
            api.create_state(
                workspace, content, **{"json-state-outputs": base64.b64encode(json.dumps(outputs).encode()).decode()}
            ),
            201,
        )
        urls = created["attributes"]
        assert api.put(urls["hosted-json-state-upload-url"], b'{"format_version":"1.0"}').status_code < 300
        assert api.put(urls["hosted-state-upload-url"], content).status_code < 300
        read = data(api.get(f"state-versions/{created['id']}"))["attributes"]
        assert read["status"] == "finalized" and read["serial"] == serial
        assert read["hosted-state-upload-url"] is None
        assert api.current_state(workspace) == content
    assert api.unlock(workspace).status_code == 200
    assert len(api.state_versions(name)) == 2
    # An older serial is refused as for any other state.
    assert api.lock(workspace).status_code == 200
    errors(api.create_state(workspace, envelope(1, lineage)), 409)
    assert api.unlock(workspace).status_code == 200


@pytest.mark.parametrize("content", [b"\x00\xff\xfenot json at all", b"[]", b'{"serial": 1}'])
def test_bytes_that_are_no_state(api, name, content):
    workspace = api.create_workspace(name)
    assert api.lock(workspace).status_code == 200
    created = api.create_state(workspace, content)
    if created.status_code == 201:
        uploaded = api.put(data(created, 201)["attributes"]["hosted-state-upload-url"], content)
        assert uploaded.status_code < 500
        if uploaded.status_code < 300:
            assert hashlib.md5(api.current_state(workspace)).digest() == hashlib.md5(content).digest()
    else:
        assert created.status_code < 500
    assert api.unlock(workspace).status_code == 200
