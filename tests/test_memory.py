"""A state of 200 MB passes through with less than 64 MB of extra memory."""

import hashlib
import json
import random
import tempfile

from support.api import data

SIZE = 200 * 1000 * 1000
ALLOWED = 64 * 1000 * 1000


def large_state() -> tempfile.SpooledTemporaryFile:
    """Written piece by piece; every resource differs, as real ones do."""
    file = tempfile.TemporaryFile()
    head = {"version": 4, "terraform_version": "1.15.5", "serial": 1, "lineage": "large", "outputs": {}}
    file.write(json.dumps(head)[:-1].encode() + b', "resources": [')
    source = random.Random(1)
    number = 0
    while file.tell() < SIZE:
        resource = {
            "mode": "managed",
            "type": "terraform_data",
            "name": f"r{number}",
            "provider": 'provider["terraform.io/builtin/terraform"]',
            "instances": [{"schema_version": 0, "attributes": {"id": source.randbytes(16).hex(), "input": source.randbytes(30_000).hex()}}],
        }
        file.write((b"," if number else b"") + json.dumps(resource).encode())
        number += 1
    file.write(b"]}")
    return file


def test_two_hundred_megabytes(own_server, capsys):
    server = own_server()
    api = server.api()
    workspace = api.create_workspace("large")
    with large_state() as file:
        file.seek(0)
        digest = hashlib.file_digest(file, "md5").hexdigest()
        assert api.lock(workspace).status_code == 200
        attributes = {"serial": 1, "md5": digest, "lineage": "large"}
        document = {"data": {"type": "state-versions", "attributes": attributes}}
        created = data(api.post(f"workspaces/{workspace['id']}/state-versions", document), 201)
        server.reset_peak_memory()
        before = server.memory("VmRSS")
        file.seek(0)
        uploaded = api.put(created["attributes"]["hosted-state-upload-url"], file)
        assert uploaded.status_code < 300, uploaded.text
    upload = server.memory("VmHWM") - before
    assert upload < ALLOWED, f"the upload took {upload / 1e6:.0f} MB"
    assert api.unlock(workspace).status_code == 200

    current = data(api.get(f"workspaces/{workspace['id']}/current-state-version"))
    assert current["attributes"]["size"] >= SIZE
    server.reset_peak_memory()
    before = server.memory("VmRSS")
    seen = hashlib.md5()
    # Twice: as the command line asks for it (gzip), and plain.
    for encoding in ("gzip", "identity"):
        seen = hashlib.md5()
        headers = {"Accept-Encoding": encoding}
        with api.get(current["attributes"]["hosted-state-download-url"], stream=True, headers=headers) as download:
            assert download.status_code == 200
            assert download.headers.get("Content-Encoding", "identity") == encoding
            for piece in download.iter_content(1 << 20):
                seen.update(piece)
        assert seen.hexdigest() == digest
    extra = server.memory("VmHWM") - before
    with capsys.disabled():
        print(f"\na state of 200 MB: {upload / 1e6:.0f} MB of extra memory on its way in, {extra / 1e6:.0f} MB on its way out")
    assert extra < ALLOWED, f"the downloads took {extra / 1e6:.0f} MB"
