"""The real `bao agent` and `bao proxy` against Stateward: they log in, render tokens, renew leases, and start programs."""

import datetime
import itertools
import json
import pathlib
import sys
import time

import pytest
import requests
from cryptography.hazmat.primitives import serialization

from support.agent import Agent, Listener, auto_auth, server_block, sink, template
from support.api import data
from support.bao import Bao
from support.oidc import Key
from support.paths import ROOT
from support.server import Server, free_port

_numbers = itertools.count(1)

MACHINE = """
path "terraform/creds/*"     { capabilities = ["read"] }
path "sys/leases/revoke"     { capabilities = ["update"] }
path "sys/leases/revoke/*"   { capabilities = ["update"] }
"""


def operator(server: Server, home: pathlib.Path) -> Bao:
    """`bao` with the token of dev.env, at a server at which machines can log in."""
    bao = Bao(server.address, server.certificates, home, server.variables["BAO_TOKEN"])
    bao("policy", "write", "machine", "-", stdin=MACHINE)
    bao("auth", "enable", "approle")
    return bao


def person_of(server: Server) -> str:
    """The administrator's id at the Terraform API."""
    return data(server.api().get("account/details"))["id"]


@pytest.fixture(scope="module")
def agents_server(tmp_path_factory):
    """A development server with ways to log in for machines."""
    running = Server(tmp_path_factory.mktemp("agents") / "data").start()
    yield running
    assert running.stop() == 0, running.page()
    assert "panicked" not in running.page(), running.page()


@pytest.fixture(scope="module")
def bao(agents_server, tmp_path_factory) -> Bao:
    """`bao` with the token of dev.env, which may do everything."""
    return operator(agents_server, tmp_path_factory.mktemp("operator"))


@pytest.fixture
def role(agents_server, bao):
    """Makes roles whose leases live so long; what reads a token of one."""
    person = person_of(agents_server)

    def make(ttl: str, max_ttl: str) -> str:
        name = f"role-{next(_numbers)}"
        bao("write", f"terraform/role/{name}", f"user_id={person}", f"ttl={ttl}", f"max_ttl={max_ttl}")
        return f"terraform/creds/{name}"

    return make


class Machine:
    """A machine with a role of its own and its two files, as whatever sets it up puts them there."""

    def __init__(self, bao: Bao, folder: pathlib.Path, fields: tuple[str, ...]) -> None:
        self.path = f"auth/approle/role/machine-{next(_numbers)}"
        bao("write", self.path, "token_policies=machine", *fields)
        folder.mkdir(parents=True, exist_ok=True)
        self.role_id, self.secret_id = folder / "role-id", folder / "secret-id"
        self.role_id.write_text(bao("read", "-field=role_id", f"{self.path}/role-id"))
        self.secret_id.write_text(bao("write", "-f", "-field=secret_id", f"{self.path}/secret-id"))

    def auto_auth(self, *sinks: str, **more: object) -> str:
        """The agent's way to log in as this machine."""
        files = {"role_id_file_path": self.role_id, "secret_id_file_path": self.secret_id}
        return auto_auth("approle", "".join(sinks), **files, **more)


@pytest.fixture
def machine(bao, tmp_path):
    """Makes machines; what a role is written with, besides the policy."""
    return lambda *fields: Machine(bao, tmp_path / f"machine-{next(_numbers)}", fields or ("token_ttl=10m",))


@pytest.fixture
def start_at(tmp_path):
    """Starts agents, of a server unless the configuration names one, and ends them after the test."""
    started = []

    def run(server: Server | None, configuration: str, kind: str = "agent") -> Agent:
        folder = tmp_path / f"agent-{next(_numbers)}"
        started.append(Agent(folder, (server_block(server) if server else "") + configuration, kind))
        return started[-1]

    yield run
    for agent in started:
        agent.stop()


@pytest.fixture
def start(agents_server, start_at):
    """Starts agents of the server that these tests share."""
    return lambda configuration, kind="agent": start_at(agents_server, configuration, kind)


def text(file: pathlib.Path) -> str:
    """What stands in a file, if it is there already."""
    return file.read_text().strip() if file.exists() else ""


def secret(path: str) -> str:
    """A template that shows a token and its lease."""
    return f'{{{{ with secret "{path}" }}}}{{{{ .Data.token }}}} {{{{ .LeaseID }}}}{{{{ end }}}}'


def shown(file: pathlib.Path) -> str:
    """The token in what was rendered from that."""
    return text(file).partition(" ")[0]


def works(server: Server, token: str) -> bool:
    """Whether the Terraform API lets a token in."""
    # Without one it would be the administrator's.
    return token != "" and server.api(token).get("account/details").status_code == 200


def renewed(bao: Bao, lease: str, since: float = 0) -> bool:
    """Whether a lease is there and has been renewed."""
    done = bao.run("lease", "lookup", lease, BAO_FORMAT="json")
    at = json.loads(done.stdout)["data"]["last_renewal"] if done.returncode == 0 else None
    return at is not None and datetime.datetime.fromisoformat(at).timestamp() >= since


def token_of(bao: Bao, token: str) -> dict | None:
    """What a token is, if it is any."""
    # Without one it would be the operator's own.
    done = bao.run("token", "lookup", token or "none", BAO_FORMAT="json")
    return json.loads(done.stdout)["data"] if done.returncode == 0 else None


# --- logging in and rendering ----------------------------------------------------------------------------------------


def test_an_agent_renews_the_lease_of_what_it_has_rendered_and_renders_anew_when_that_ends(
    agents_server, bao, role, machine, start, tmp_path
):
    rendered = tmp_path / "rendered"
    agent = start(machine().auto_auth() + template(secret(role("3s", "7s")), rendered))

    def lease_that_was_renewed():
        token, _, lease = text(rendered).partition(" ")
        return lease and renewed(bao, lease) and works(agents_server, token) and (token, lease)

    token, lease = agent.until(lease_that_was_renewed)
    agent.until(lambda: text(rendered) not in ("", f"{token} {lease}"))
    agent.until(lambda: works(agents_server, shown(rendered)))
    agent.until(lambda: not works(agents_server, token))


def test_an_agent_renews_its_token_and_logs_in_again_when_that_is_revoked(
    agents_server, bao, role, machine, start, tmp_path
):
    kept, rendered = tmp_path / "token", tmp_path / "rendered"
    one = machine("token_ttl=4s")
    login = one.auto_auth(sink(kept), remove_secret_id_file_after_reading="true")
    agent = start(login + template(secret(role("10m", "1h")), rendered))

    def token_older_than_it_was_made_for():
        known = token_of(bao, text(kept))
        return known and time.time() > known["creation_time"] + known["creation_ttl"] + 1 and known

    first = agent.until(token_older_than_it_was_made_for)
    assert not one.secret_id.exists()
    assert first["path"] == "auth/approle/login" and "machine" in first["policies"]
    agent.until(lambda: works(agents_server, shown(rendered)))

    token = shown(rendered)
    bao("token", "revoke", first["id"])
    agent.until(lambda: text(kept) != first["id"] and token_of(bao, text(kept)))
    # With the token its leases have ended; what was rendered is made anew.
    agent.until(lambda: not works(agents_server, token))
    agent.until(lambda: works(agents_server, shown(rendered)))


def test_an_agent_with_batch_tokens_logs_in_anew_before_each_ends(
    agents_server, bao, role, machine, start, tmp_path
):
    kept, rendered = tmp_path / "token", tmp_path / "rendered"
    login = machine("token_ttl=3s", "token_type=batch").auto_auth(sink(kept))
    agent = start(login + template(secret(role("10m", "1h")), rendered))
    first = agent.until(lambda: text(kept))
    assert first.startswith("hvb.")
    agent.until(lambda: text(kept) != first and token_of(bao, text(kept)))
    agent.until(lambda: works(agents_server, shown(rendered)))


def test_an_agent_goes_on_when_the_server_has_been_away(own_server, start_at, tmp_path):
    server = own_server("restarted")
    bao = operator(server, tmp_path / "operator")
    bao("write", "terraform/role/own", f"user_id={person_of(server)}", "ttl=3s", "max_ttl=1h")
    kept, rendered = tmp_path / "token", tmp_path / "rendered"
    login = Machine(bao, tmp_path / "machine", ("token_ttl=10m",)).auto_auth(sink(kept))
    agent = start_at(server, login + template(secret("terraform/creds/own"), rendered))
    agent.until(lambda: works(server, shown(rendered)))
    token = text(kept)
    server.kill()
    server.start()
    back = time.time()
    agent.until(lambda: renewed(bao, text(rendered).partition(" ")[2], back) and works(server, shown(rendered)))
    assert token_of(bao, token) and text(kept) == token


def test_an_agent_that_logs_in_once_with_a_wrapped_secret_id(agents_server, bao, role, machine, start, tmp_path):
    one = machine()
    one.secret_id.write_text(bao("write", "-f", "-wrap-ttl=5m", "-field=wrapping_token", f"{one.path}/secret-id"))
    kept, wrapped, rendered = (tmp_path / name for name in ("token", "wrapped", "rendered"))
    login = one.auto_auth(
        sink(kept), sink(wrapped, "5m"), secret_id_response_wrapping_path=f"{one.path}/secret-id"
    )
    agent = start(f"exit_after_auth = true\n{login}{template(secret(role('10m', '1h')), rendered)}")
    assert agent.ended() == 0, agent.log()
    assert not one.secret_id.exists()
    assert token_of(bao, text(kept))["path"] == "auth/approle/login"
    assert works(agents_server, shown(rendered))
    # Whoever comes second finds the wrapping opened.
    box = json.loads(text(wrapped))
    assert (box["creation_path"], box["ttl"]) == ("sys/wrapping/wrap", 300)
    assert bao("unwrap", "-field=token", box["token"]).strip() == text(kept)
    assert "wrapping token is not valid or does not exist" in bao.refused("unwrap", box["token"])


def test_an_agent_does_not_take_a_secret_id_that_was_wrapped_elsewhere(bao, machine, start, tmp_path):
    one, other = machine(), machine()
    one.secret_id.write_text(bao("write", "-f", "-wrap-ttl=5m", "-field=wrapping_token", f"{other.path}/secret-id"))
    login = one.auto_auth(
        sink(tmp_path / "token"), exit_on_err="true", secret_id_response_wrapping_path=f"{one.path}/secret-id"
    )
    agent = start(f"exit_after_auth = true\n{login}")
    agent.until(lambda: "creation path" in agent.log())
    assert not (tmp_path / "token").exists()


def test_an_agent_passes_its_login_on_unopened(bao, machine, start, tmp_path):
    kept = tmp_path / "wrapped"
    agent = start("exit_after_auth = true\n" + machine().auto_auth(sink(kept), wrap_ttl="5m"))
    assert agent.ended() == 0, agent.log()
    box = json.loads(text(kept))
    assert box["creation_path"] == "auth/approle/login"
    opened = bao.json("unwrap", box["token"])["auth"]
    assert opened["accessor"] == box["wrapped_accessor"]
    assert token_of(bao, opened["client_token"])["path"] == "auth/approle/login"


def test_an_agent_with_the_identity_of_a_job(agents_server, bao, role, start, tmp_path):
    key = Key()
    public = key.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    bao("auth", "enable", "jwt")
    bao("write", "auth/jwt/config", f"jwt_validation_pubkeys={public.decode()}")
    bound = ["role_type=jwt", "bound_audiences=stateward", "user_claim=sub"]
    bao("write", "auth/jwt/role/job", *bound, "token_policies=machine", "token_ttl=10m")

    def identity(job: str) -> str:
        now = int(time.time())
        return key.token({"sub": job, "aud": "stateward", "iat": now, "nbf": now, "exp": now + 300})

    signed, kept, rendered = (tmp_path / name for name in ("jwt", "token", "rendered"))
    signed.write_text(identity("build-7"))
    login = auto_auth("jwt", sink(kept), path=signed, role="job")
    agent = start(login + template(secret(role("10m", "1h")), rendered))
    first = agent.until(lambda: text(kept))
    assert token_of(bao, first)["display_name"] == "jwt-build-7"
    agent.until(lambda: works(agents_server, shown(rendered)))
    # Another identity in the file is another login.
    agent.until(lambda: not signed.exists())
    signed.write_text(identity("build-8"))
    second = agent.until(lambda: text(kept) != first and text(kept))
    assert token_of(bao, second)["display_name"] == "jwt-build-8"


def test_an_agent_with_a_token_from_a_file(agents_server, bao, role, start, tmp_path):
    given, kept, rendered = (tmp_path / name for name in ("given", "token", "rendered"))
    given.write_text(bao("token", "create", "-policy=machine", "-ttl=10m", "-field=token"))
    agent = start(
        auto_auth("token_file", sink(kept), token_file_path=given) + template(secret(role("10m", "1h")), rendered)
    )
    token = agent.until(lambda: text(kept))
    assert token == text(given)
    agent.until(lambda: "last_renewal" in token_of(bao, token))
    agent.until(lambda: works(agents_server, shown(rendered)))


def test_the_configuration_in_the_documentation(agents_server, bao, start_at, tmp_path):
    page = (ROOT / "docs" / "credentials.md").read_text().partition("## Agents")[2]
    configuration = page.partition("```hcl\n")[2].partition("```")[0]
    for written, here in {
        "https://stateward.example.com": agents_server.address,
        "/etc/agent/ca.pem": agents_server.certificates,
        "/etc/agent": str(tmp_path),
        "/run/agent": str(tmp_path / "run"),
        "127.0.0.1:8100": f"127.0.0.1:{free_port()}",
    }.items():
        assert written in configuration
        configuration = configuration.replace(written, here)
    bao("write", "terraform/role/my-role", f"user_id={person_of(agents_server)}", "ttl=10m")
    one = Machine(bao, tmp_path, ("token_ttl=10m",))
    (tmp_path / "run").mkdir()
    agent = start_at(None, configuration)
    agent.until(lambda: works(agents_server, text(tmp_path / "run" / "terraform-token")))
    assert not one.secret_id.exists()


# --- passing requests on ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["agent", "proxy"])
def test_requests_through_an_agent_share_one_lease(agents_server, bao, role, machine, start, tmp_path, kind):
    listener = Listener()
    agent = start(machine().auto_auth() + listener.blocks(), kind)
    agent.until(listener.is_open)
    path = role("3s", "1h")
    through = listener.bao(tmp_path / "home")

    def read_again_and_renewed():
        first, again = through.json("read", path), through.json("read", path)
        return first == again and renewed(bao, first["lease_id"]) and first

    kept = agent.until(read_again_and_renewed)
    lease, token = kept["lease_id"], kept["data"]["token"]
    assert works(agents_server, token)
    agent.until(lambda: listener.get(path).headers["X-Cache"] == "HIT")

    # As `bao` asks for it, the agent learns of the end when it would renew.
    through("lease", "revoke", lease)
    agent.until(lambda: not works(agents_server, token))
    other = agent.until(lambda: (made := through.json("read", path))["lease_id"] != lease and made)
    # And at once when the lease stands in the body.
    end = {"lease_id": other["lease_id"], "sync": True}
    assert requests.put(f"{listener.address}/v1/sys/leases/revoke", json=end, timeout=30).status_code == 204
    assert not works(agents_server, other["data"]["token"])
    assert through.json("read", path)["lease_id"] not in (lease, other["lease_id"])
    agent.until(lambda: works(agents_server, through.json("read", path)["data"]["token"]))
    # Whoever shows a token of their own is asked for with that, and gets a lease of their own.
    own = listener.get(path, **{"X-Vault-Token": bao.environment["BAO_TOKEN"]})
    assert own.headers["X-Cache"] == "MISS"
    assert own.json()["lease_id"] != listener.get(path).json()["lease_id"]
    assert listener.get("sys/mounts").status_code == 403


# --- starting programs -----------------------------------------------------------------------------------------------


def test_a_program_has_the_token_in_its_environment(agents_server, role, machine, start, tmp_path):
    seen = tmp_path / "seen"
    program = tmp_path / "program.py"
    program.write_text(
        "import os, pathlib, time\n"
        f"with open({str(seen)!r}, 'a') as seen:\n"
        "    print(os.environ['TFE_TOKEN'], file=seen)\n"
        "time.sleep(600)\n"
    )
    blocks = (
        f'exec {{\n  command = ["{sys.executable}", "{program}"]\n  restart_on_secret_changes = "always"\n'
        '  restart_stop_signal = "SIGTERM"\n}\n'
        'env_template "TFE_TOKEN" {\n'
        f'  contents = "{{{{ with secret \\"{role("3s", "6s")}\\" }}}}{{{{ .Data.token }}}}{{{{ end }}}}"\n}}\n'
    )
    agent = start(machine().auto_auth() + blocks)
    first = agent.until(lambda: text(seen)).splitlines()[0]
    # When the lease has no longer to live, the program is started again with another token.
    agent.until(lambda: works(agents_server, text(seen).splitlines()[-1]) and text(seen).splitlines()[-1] != first)
    agent.until(lambda: not works(agents_server, first))


def test_the_agent_ends_as_its_program_does(role, machine, start, tmp_path):
    blocks = (
        'exec {\n  command = ["/bin/sh", "-c", "test -n \\"$TFE_TOKEN\\" && exit 7"]\n}\n'
        'env_template "TFE_TOKEN" {\n'
        f'  contents = "{{{{ with secret \\"{role("10m", "1h")}\\" }}}}{{{{ .Data.token }}}}{{{{ end }}}}"\n}}\n'
    )
    agent = start(machine().auto_auth() + blocks)
    assert agent.ended() == 7, agent.log()
