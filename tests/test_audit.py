"""The audit trail from outside: checked, exported and tampered with beside the running server, and sent on."""

import hashlib
import hmac
import http.server
import json
import os
import sqlite3
import threading
import time

import pytest

from support.server import admin, stateward


def trail(server, *arguments: str):
    """`stateward audit` on a server's folder."""
    return stateward("audit", "--data-dir", str(server.folder), *arguments)


def verify(server, *arguments: str) -> dict:
    """What the check found."""
    done = trail(server, "verify", "--json", *arguments)
    found = json.loads(done.stdout)
    assert done.returncode == (1 if found["faults"] else 0), done.stdout + done.stderr
    return found


def export(server, *arguments: str) -> list[dict]:
    """The exported records."""
    done = trail(server, "export", *arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def busy(own_server):
    """A server of its own, on which something has happened."""
    server = own_server("busy")
    api = server.api()
    for name in ("one", "two", "three"):
        api.create_workspace(name)
    return server


def tamper(server, statement: str) -> None:
    """What nobody should do."""
    with sqlite3.connect(server.folder / "stateward.db", timeout=20) as database:
        assert database.execute(statement).rowcount > 0


def test_a_running_servers_trail_is_checked_and_exported(busy):
    found = verify(busy)
    assert found["faults"] == [] and found["records"] == found["last-position"] > 3
    text = trail(busy, "verify").stdout
    assert "all as they were written" in text and f"{found['last-position']}:{found['last-hash']}" in text

    records = export(busy)
    assert len(records) == found["records"]
    assert [record["at"] for record in records] == sorted(record["at"] for record in records)
    assert {record["position"] for record in records} == set(range(1, len(records) + 1))
    # The chain can be followed with nothing but the export.
    previous = "00" * 32
    for record in sorted(records, key=lambda record: record["position"]):
        assert record["previous-hash"] == previous
        previous = record["hash"]
    assert previous == found["last-hash"]

    own = export(busy, "--organization", "acme")
    assert {record["resource-name"] for record in own if record["resource-type"] == "workspaces"} == {"one", "two", "three"}
    assert {record["organization-id"] for record in own} == {own[0]["organization-id"]}
    assert export(busy, "--organization", own[0]["organization-id"]) == own
    assert export(busy, "--since", "2999-01-01") == [] == export(busy, "--until", "2000-01-01")
    instant = records[-2]["at"]
    assert export(busy, "--since", instant) == [record for record in records if record["at"] >= instant]


def test_what_the_command_line_does_is_in_it_at_once(busy):
    admin(busy, "create-user", "ada", "--email", "ada@example.com")
    records = export(busy)
    made = [record for record in records if record["resource-name"] == "ada"]
    assert [(record["action"], record["actor-kind"]) for record in made] == [("create", "system")]
    assert verify(busy)["faults"] == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit_records SET actor_name = 'nobody' WHERE position = 3", {"fault": "changed", "position": 3}),
        ("UPDATE audit_records SET at = at + 1 WHERE position = 3", {"fault": "changed", "position": 3}),
        ("DELETE FROM audit_records WHERE position = 3", {"fault": "lost", "from": 3, "to": 3}),
        ("DELETE FROM audit_records WHERE position < 3", {"fault": "lost", "from": 1, "to": 2}),
        ("UPDATE audit_chain SET last_position = last_position - 1", {"fault": "ends"}),
        ("DELETE FROM audit_chain", {"fault": "ends"}),
    ],
)
def test_tampering_is_named_and_the_server_goes_on(busy, statement, fault):
    assert verify(busy)["faults"] == []
    tamper(busy, statement)
    [told] = verify(busy)["faults"]
    assert {key: told[key] for key in fault} == fault
    done = trail(busy, "verify")
    assert done.returncode == 1 and "fault:" in done.stdout, done.stdout
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    # What comes next is recorded and chained all the same.
    busy.api().create_workspace("four")
    [told] = verify(busy)["faults"]
    assert {key: told[key] for key in fault} == fault


def test_a_noted_end_shows_that_the_database_was_put_back(busy):
    busy.stop()
    before = (busy.folder / "stateward.db").read_bytes()
    assert not (busy.folder / "stateward.db-wal").exists()
    busy.start()
    busy.api().create_workspace("four")
    found = verify(busy)
    noted = f"{found['last-position']}:{found['last-hash']}"
    assert verify(busy, "--noted", noted)["faults"] == []
    busy.stop()
    for file in busy.folder.glob("stateward.db*"):
        file.unlink()
    (busy.folder / "stateward.db").write_bytes(before)
    assert verify(busy)["faults"] == []
    assert verify(busy, "--noted", noted)["faults"] == [{"fault": "not-as-noted", "position": found["last-position"]}]


def test_records_are_sent_to_a_file_that_may_be_rotated(own_server, tmp_path):
    file = tmp_path / "audit.jsonl"
    server = own_server("sending", STATEWARD_AUDIT_FILE=str(file))
    api = server.api()
    api.create_workspace("one")
    wait_for(lambda: file.exists() and '"one"' in file.read_text())
    file.rename(tmp_path / "audit.1")
    api.create_workspace("two")
    wait_for(lambda: file.exists() and '"two"' in file.read_text())
    api.create_workspace("three")
    server.stop()
    lines = (tmp_path / "audit.1").read_text() + file.read_text()
    sent = [json.loads(line) for line in lines.splitlines()]
    assert sent == sorted(export(server), key=lambda record: record["position"])
    assert oct(file.stat().st_mode & 0o777) == "0o600"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes what is posted, after having been out of order for a while."""

    secret, refusals, posts = b"0123456789abcdef0123456789abcdef", 1, []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = self.headers["Stateward-Timestamp"].encode() + b"." + body
        signature = "sha256=" + hmac.new(self.secret, signed, hashlib.sha256).hexdigest()
        genuine = hmac.compare_digest(signature, self.headers["Stateward-Signature"])
        recent = abs(time.time() - int(self.headers["Stateward-Timestamp"])) < 60
        if len(self.posts) < self.refusals:
            self.posts.append(None)
            self.send_response(503)
        elif genuine and recent:
            self.posts.append(json.loads(body)["records"])
            self.send_response(204)
        else:
            self.send_response(403)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


def test_records_are_posted_signed_and_again_after_a_failure(own_server):
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    try:
        server = own_server(
            "posting",
            STATEWARD_AUDIT_WEBHOOK_URL=f"http://127.0.0.1:{receiver.server_port}/in",
            STATEWARD_AUDIT_WEBHOOK_SECRET=Receiver.secret.decode(),
            STATEWARD_OUTGOING_NETWORKS="127.0.0.1",
            STATEWARD_OUTGOING_HTTP="true",
        )
        server.api().create_workspace("one")
        received = lambda: [record for post in Receiver.posts if post for record in post]  # noqa: E731
        wait_for(lambda: any(record["resource-name"] == "one" for record in received()))
        positions = [record["position"] for record in received()]
        assert positions == list(range(1, len(positions) + 1))
        assert Receiver.secret.decode() not in server.page()
    finally:
        receiver.shutdown()


def test_what_is_wrong_is_one_line(busy, tmp_path):
    for arguments in (("verify", "--noted", "7"), ("export", "--since", "soon"), ("export", "--organization", "nowhere")):
        done = trail(busy, *arguments)
        assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1, done.stderr
    done = stateward("audit", "--data-dir", str(tmp_path / "nothing"), "verify")
    assert done.returncode == 2 and "no database" in done.stderr and not (tmp_path / "nothing").exists()
    # Whoever reads along may stop at any time.
    assert os.system(f"{done.args[0]} audit --data-dir {busy.folder} export | head -1 > /dev/null") == 0


def wait_for(condition, seconds: float = 20) -> None:
    """Until it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
