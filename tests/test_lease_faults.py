"""The server is killed between every two steps of making and ending tokens elsewhere.

Afterwards no token lives without a lease, and every lease has an answer: it is shown, and it can be revoked. A Terraform
API that stops before or after it has done what it was asked holds the server at each step; between an answer of that API
and the server's own there is nothing to hold on to, so there the kill comes at many instants.
"""

import random
import threading
import time

import pytest
import requests

from support.project import wait_for
from support.upstream import ROOT, Upstream

PLACES = ["before", "after"]


class Engine:
    """The engine of a server, and what is asked of it."""

    def __init__(self, server, upstream: Upstream) -> None:
        self.server = server
        self.upstream = upstream

    def ask(self, method: str, path: str, body: dict | None = None) -> requests.Response:
        """One request as the operator."""
        return requests.request(
            method,
            f"{self.server.address}/v1/{path}",
            json=body,
            headers={"X-Vault-Token": self.server.variables["VAULT_TOKEN"]},
            verify=self.server.certificates,
            timeout=60,
        )

    def ok(self, method: str, path: str, body: dict | None = None) -> dict:
        """One that must be answered."""
        answer = self.ask(method, path, body)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}

    def begin(self, *request) -> threading.Thread:
        """One that is under way when the server ends."""

        def ask() -> None:
            try:
                self.ask(*request)
            except requests.RequestException:
                pass

        thread = threading.Thread(target=ask)
        thread.start()
        return thread

    def kill_at(self, stop: tuple[str, str, str], *request) -> None:
        """Kill the server while the upstream holds it at a step, and start it again."""
        self.upstream.stop_at(*stop)
        thread = self.begin(*request)
        assert self.upstream.stopped.wait(20), f"{request} does not come to {stop}"
        self.server.kill()
        # What had arrived there is done there, although nobody waits for it.
        self.upstream.go_on.set()
        thread.join()
        time.sleep(0.1)
        self.server.start()

    def leases(self, prefix: str = "terraform/creds/") -> list[str]:
        """The ids of all leases."""
        answer = self.ask("LIST", f"sys/leases/lookup/{prefix}")
        found = []
        for key in answer.json()["data"]["keys"] if answer.status_code == 200 else []:
            found += self.leases(prefix + key) if key.endswith("/") else [prefix + key]
        return found

    def assert_all_is_known(self) -> None:
        """Every token has a lease, and every lease has an answer."""
        wait_for(lambda: len(self.upstream.live()) <= len(self.leases()), timeout=20)
        for lease in self.leases():
            shown = self.ok("PUT", "sys/leases/lookup", {"lease_id": lease})["data"]
            assert shown["id"] == lease and shown["expire_time"]
            self.ok("PUT", "sys/leases/revoke", {"lease_id": lease, "sync": True})
        wait_for(lambda: not self.upstream.live(), timeout=20)
        assert self.leases() == []


@pytest.fixture
def engine(own_server):
    """A server with the engine at `terraform/`, for an upstream of its own."""
    upstream = Upstream()
    server = own_server("own", STATEWARD_OUTGOING_NETWORKS="private", STATEWARD_OUTGOING_HTTP="true")
    engine = Engine(server, upstream)
    engine.ok("PUT", "terraform/config", {"token": ROOT, "address": upstream.address})
    engine.ok("PUT", "terraform/role/user", {"user_id": "user-2", "ttl": "1h"})
    engine.ok("PUT", "terraform/role/team", {"team_id": "team-1", "credential_type": "team", "ttl": "1h"})
    yield engine
    upstream.close()


@pytest.mark.parametrize("role", ["user", "team"])
def test_killed_while_a_token_is_made(engine, role):
    for place in PLACES:
        engine.ok("GET", f"terraform/creds/{role}")
        engine.kill_at(("POST", "authentication-tokens", place), "GET", f"terraform/creds/{role}")
        # The one that nobody got is looked for at the start, and ended.
        wait_for(lambda: len(engine.upstream.live()) == 1, timeout=20)
        engine.assert_all_is_known()


def test_killed_while_a_token_is_revoked(engine):
    for place in PLACES:
        lease = engine.ok("GET", "terraform/creds/user")["lease_id"]
        body = {"lease_id": lease, "sync": True}
        engine.kill_at(("DELETE", "authentication-tokens", place), "PUT", "sys/leases/revoke", body)
        engine.assert_all_is_known()


def test_killed_while_a_lease_that_has_ended_is_revoked(engine):
    for place in PLACES:
        engine.upstream.stop_at("DELETE", "authentication-tokens", place)
        lease = engine.ok("GET", "terraform/creds/user")["lease_id"]
        assert engine.ask("PUT", "sys/leases/revoke", {"lease_id": lease, "sync": False}).status_code == 202
        assert engine.upstream.stopped.wait(20)
        engine.server.kill()
        engine.upstream.go_on.set()
        engine.server.start()
        # A claim holds for a minute and a half; whoever does not want to wait revokes it.
        engine.assert_all_is_known()


def test_killed_while_everything_below_a_prefix_is_revoked(engine):
    for _ in range(4):
        engine.ok("GET", "terraform/creds/user")
    engine.kill_at(("DELETE", "", "after"), "PUT", "sys/leases/revoke-prefix/terraform/creds", {"sync": True})
    engine.assert_all_is_known()


def test_killed_at_any_instant_around_an_answer(engine):
    for round_number in range(8):
        threads = [engine.begin("GET", f"terraform/creds/{role}") for role in ["user", "team"] * 3]
        leases = engine.leases()
        threads += [engine.begin("PUT", "sys/leases/revoke", {"lease_id": lease}) for lease in leases[:2]]
        time.sleep(random.uniform(0.0, 0.08))
        engine.server.kill()
        for thread in threads:
            thread.join()
        engine.server.start()
        if round_number % 3 == 2:
            engine.assert_all_is_known()
    engine.assert_all_is_known()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("step", [("POST", "users/user-1"), ("GET", "account/details"), ("DELETE", "authentication-tokens")])
def test_killed_while_the_root_token_is_rotated(engine, step, place):
    engine.kill_at((*step, place), "PUT", "terraform/rotate-root", {})
    # Of the old one and the new one, exactly one lives in the end, and the engine works with it.
    wait_for(lambda: len(engine.upstream.roots()) == 1, timeout=20)
    engine.ok("GET", "terraform/creds/user")
    wait_for(lambda: engine.ask("PUT", "terraform/rotate-root", {}).ok, timeout=20)
    assert len(engine.upstream.roots()) == 1
    engine.assert_all_is_known()


@pytest.mark.parametrize("place", PLACES)
def test_killed_while_the_one_token_of_a_role_is_made(engine, place):
    write = ("PUT", "terraform/role/org", {"organization": "acme"})
    step = ("POST", "organizations/acme/authentication-token", place)
    engine.kill_at(step, *write)
    # Nobody knows its value, so it is ended; the role was never written.
    wait_for(lambda: not engine.upstream.live(), timeout=20)
    assert engine.ask("GET", "terraform/role/org").status_code == 404
    wait_for(lambda: engine.ask(*write).ok, timeout=20)
    engine.kill_at(step, "PUT", "terraform/rotate-role/org", {})

    def works() -> bool:
        token = engine.ok("GET", "terraform/creds/org")["data"]
        return engine.upstream.live() == {token["token_id"]}

    # The role was given another one, whose value is known.
    wait_for(works, timeout=20)


def test_a_client_that_leaves_while_the_one_token_of_a_role_is_made(engine):
    engine.upstream.stop_at("POST", "organizations/acme/authentication-token", "after")
    with pytest.raises(requests.Timeout):
        requests.put(
            f"{engine.server.address}/v1/terraform/role/org",
            json={"organization": "acme"},
            headers={"X-Vault-Token": engine.server.variables["VAULT_TOKEN"]},
            verify=engine.server.certificates,
            timeout=1,
        )
    assert engine.upstream.stopped.is_set()
    engine.upstream.go_on.set()
    # It is brought to its end: the role has the token that was made.
    wait_for(lambda: engine.ask("GET", "terraform/role/org").ok)
    assert engine.upstream.live() == {engine.ok("GET", "terraform/creds/org")["data"]["token_id"]}


def test_the_upstream_is_gone_while_leases_end(engine):
    engine.ok("PUT", "terraform/role/short", {"user_id": "user-2", "ttl": "1s"})
    for _ in range(5):
        engine.ok("GET", "terraform/creds/short")
    handler = engine.upstream.server.RequestHandlerClass
    original, handler.do_DELETE = handler.do_DELETE, lambda self: self.send_error(503)
    time.sleep(3)
    assert len(engine.upstream.live()) == 5 == len(engine.leases())
    handler.do_DELETE = original
    wait_for(lambda: not engine.upstream.live() and not engine.leases(), timeout=60)
