"""The real `bao` command line against Stateward, as people type it."""

import json
import re
import time

import pytest

from support.api import data
from support.bao import Bao, rows
from support.server import Server


@pytest.fixture(scope="module")
def bao_server(tmp_path_factory) -> Server:
    """A development server whose mounts and policies these tests may change."""
    running = Server(tmp_path_factory.mktemp("bao") / "data").start()
    yield running
    assert running.stop() == 0, running.page()
    assert "panicked" not in running.page(), running.page()


@pytest.fixture
def bao_as(bao_server, tmp_path):
    """`bao` with a token, with a home of its own."""

    def make(token: str | None, home: str = "home") -> Bao:
        return Bao(bao_server.address, bao_server.certificates, tmp_path / home, token)

    return make


@pytest.fixture
def bao(bao_server, bao_as) -> Bao:
    """`bao` with the token of dev.env, which may do everything."""
    return bao_as(bao_server.variables["BAO_TOKEN"])


@pytest.fixture
def user_id(bao_server) -> str:
    """The administrator's id at the Terraform API."""
    return data(bao_server.api().get("account/details"))["id"]


@pytest.fixture
def policy(bao, tmp_path):
    """Writes a policy."""

    def write(name: str, text: str) -> str:
        file = tmp_path / f"{name}.hcl"
        file.write_text(text)
        assert f"Success! Uploaded policy: {name}" in bao("policy", "write", name, str(file))
        return name

    return write


def works(server: Server, token: str) -> bool:
    """Whether the Terraform API lets a token in."""
    return server.api(token).get("account/details").status_code == 200


# --- the quick start -------------------------------------------------------------------------------------------------


def test_the_quick_start(bao, bao_server, user_id):
    """Enable, configure, write a role, read a token, renew, revoke: on a mount of its own."""
    assert "Enabled the terraform secrets engine at: tfc/" in bao("secrets", "enable", "-path=tfc", "terraform")
    assert "Success! Data written to: tfc/config" in bao(
        "write", "tfc/config", f"token={bao_server.token}", f"address={bao_server.address}"
    )
    config = bao.json("read", "tfc/config")["data"]
    assert config["address"] == bao_server.address and config["base_path"] == "/api/v2/"
    assert bao_server.token not in json.dumps(config)

    assert "Success!" in bao("write", "tfc/role/my-role", f"user_id={user_id}", "ttl=10m", "max_ttl=1h", "description=ci")
    role = bao.json("read", "tfc/role/my-role")["data"]
    assert role == {
        "name": "my-role",
        "user_id": user_id,
        "credential_type": "user",
        "description": "ci",
        "ttl": 600,
        "max_ttl": 3600,
    }
    assert bao.json("list", "tfc/role") == ["my-role"]

    made = rows(bao("read", "tfc/creds/my-role"))
    assert made["lease_id"].startswith("tfc/creds/my-role/")
    assert (made["lease_duration"], made["lease_renewable"]) == ("10m", "true")
    assert made["token_id"].startswith("at-")
    assert works(bao_server, made["token"])

    renewed = bao.json("lease", "renew", "-increment=30m", made["lease_id"])
    assert (renewed["lease_id"], renewed["lease_duration"], renewed["renewable"]) == (made["lease_id"], 1800, True)
    capped = bao.json("lease", "renew", "-increment=5h", made["lease_id"])
    assert "exceeded the effective max_ttl" in capped["warnings"][0] and capped["lease_duration"] <= 3600
    assert works(bao_server, made["token"])
    assert "All revocation operations queued successfully!" in bao("lease", "revoke", made["lease_id"])
    deadline = time.monotonic() + 10
    while works(bao_server, made["token"]):
        assert time.monotonic() < deadline
        time.sleep(0.1)

    several = [rows(bao("read", "tfc/creds/my-role")) for _ in range(3)]
    assert "Success! Revoked any leases with prefix: tfc/creds/my-role" in bao(
        "lease", "revoke", "-sync", "-prefix", "tfc/creds/my-role"
    )
    assert not [made for made in several if works(bao_server, made["token"])]
    for made in several:
        assert "invalid lease" in bao.refused("lease", "lookup", made["lease_id"])
    bao("secrets", "disable", "tfc")


def test_rotating_a_role_of_an_organization(bao, bao_server):
    bao("secrets", "enable", "-path=rotating", "terraform")
    bao("write", "rotating/config", f"token={bao_server.token}", f"address={bao_server.address}")
    bao("write", "rotating/role/testing", "organization=acme")
    first = bao.json("read", "rotating/creds/testing")
    assert (first["lease_id"], first["lease_duration"]) == ("", 0)
    assert first["data"]["organization"] == "acme"
    assert "Success! Data written to: rotating/rotate-role/testing" in bao("write", "-f", "rotating/rotate-role/testing")
    second = bao.json("read", "rotating/creds/testing")["data"]
    assert second["token"] != first["data"]["token"] and second["token_id"] != first["data"]["token_id"]
    assert "Must supply data or use -force" in bao.refused("write", "rotating/rotate-role/testing", code=1)
    assert "Success! Data deleted" in bao("delete", "rotating/role/testing")
    assert "No value found at rotating/role/testing" in bao.refused("read", "rotating/role/testing")
    assert "No value found at rotating/role" in bao.refused("list", "rotating/role")
    bao("secrets", "disable", "rotating")


def test_leases_of_a_disabled_mount_are_revoked(bao, bao_server, user_id):
    bao("secrets", "enable", "-path=gone", "terraform")
    bao("write", "gone/config", f"token={bao_server.token}", f"address={bao_server.address}")
    bao("write", "gone/role/one", f"user_id={user_id}")
    token = bao("read", "-field=token", "gone/creds/one")
    assert works(bao_server, token)
    assert "Success! Disabled the secrets engine (if it existed) at: gone/" in bao("secrets", "disable", "gone")
    assert not works(bao_server, token)
    assert "No value found at gone/creds/one" in bao.refused("read", "gone/creds/one")


def test_the_engine_of_dev_needs_no_configuration(bao, bao_server, user_id):
    bao("write", "terraform/role/dev", f"user_id={user_id}", "ttl=5m")
    made = bao.json("read", "terraform/creds/dev")
    assert made["lease_duration"] == 300
    assert works(bao_server, made["data"]["token"])
    assert "Success! Force revoked any leases with prefix: terraform/creds" in bao(
        "lease", "revoke", "-force", "-prefix", "terraform/creds"
    )
    assert not works(bao_server, made["data"]["token"])


def test_the_help_of_paths(bao):
    page = bao("path-help", "terraform/role/my-role")
    assert page.startswith("Request:        role/my-role\nMatching Route: ^role/(?P<name>\\w(([\\w-.]+)?\\w)?)$\n\n")
    for parameter in ("name (lowercase string)", "organization (string)", "max_ttl (duration (sec))"):
        assert f"    {parameter}\n" in page
    assert "## DESCRIPTION" in page
    root = bao("path-help", "terraform")
    for pattern in ("^config$", "^creds/(?P<name>", "^rotate-role/(?P<name>", "^role/?$"):
        assert f"    {pattern}" in root
    for path in ("sys/mounts", "auth/token/create", "sys/leases/renew", "sys/policies/acl/x"):
        assert bao("path-help", path).startswith("Request:")


# --- status and login ------------------------------------------------------------------------------------------------


def test_status(bao):
    shown = rows(bao("status"))
    assert (shown["Sealed"], shown["Initialized"]) == ("false", "true")
    assert re.fullmatch(r"\d+\.\d+\.\d+", shown["Version"])
    assert bao.json("status")["sealed"] is False


def test_login_with_a_token(bao, bao_as, bao_server):
    fresh = bao_as(None, "fresh")
    shown = fresh("login", bao_server.variables["BAO_TOKEN"])
    assert "Success! You are now authenticated." in shown and "root" in shown
    assert rows(fresh("token", "lookup"))["policies"] == "[root]"
    assert "permission denied" in bao_as(None, "other").refused("login", "hvs.nobodymadethistokenatall")


def test_a_namespace_is_not_taken_for_the_root(bao):
    assert "namespace not found" in bao.refused("secrets", "list", "-namespace=elsewhere")
    assert "cubbyhole/" in bao("secrets", "list", "-namespace=root")


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_a_token_from_its_creation_to_its_end(bao, bao_as):
    made = bao.json("token", "create", "-ttl=1h", "-policy=default", "-display-name=ci", "-metadata=job=7")["auth"]
    assert made["policies"] == ["default"] and made["lease_duration"] == 3600
    token, accessor = made["client_token"], made["accessor"]
    theirs = bao_as(token)
    shown = rows(theirs("token", "lookup"))
    assert shown["display_name"] == "token-ci" and shown["meta"] == "map[job:7]"
    assert rows(bao("token", "lookup", token))["accessor"] == accessor
    assert rows(bao("token", "lookup", "-accessor", accessor))["id"] == "n/a"
    assert bao.json("token", "renew", "-increment=30m", token)["auth"]["lease_duration"] == 1800
    assert bao.json("token", "renew", "-accessor", "-increment=20m", accessor)["auth"]["lease_duration"] == 1200
    assert theirs.json("token", "renew", "-increment=10m")["auth"]["lease_duration"] == 600
    assert bao("token", "capabilities", token, "sys/mounts") == "deny\n"
    assert theirs("token", "capabilities", "auth/token/lookup-self") == "read\n"
    assert bao("token", "capabilities", "sys/mounts") == "root\n"
    assert theirs("token", "capabilities", "cubbyhole/x") == "create, delete, list, read, update\n"
    assert accessor in bao.json("list", "auth/token/accessors")
    assert "Success! Revoked token (if it existed)" in bao("token", "revoke", "-accessor", accessor)
    assert "permission denied" in theirs.refused("token", "lookup")
    assert "bad token" in bao.refused("token", "lookup", token)


def test_a_token_revokes_itself(bao, bao_as):
    theirs = bao_as(bao("token", "create", "-ttl=1h", "-policy=default", "-field=token"))
    assert "Success! Revoked token (if it existed)" in theirs("token", "revoke", "-self")
    assert "permission denied" in theirs.refused("token", "lookup")


def test_tokens_end_with_their_parent_unless_they_are_orphans(bao, bao_as, policy):
    policy("maker", 'path "auth/token/*" { capabilities = ["create", "update", "sudo"] }')
    parent = bao("token", "create", "-ttl=1h", "-policy=maker", "-field=token")
    theirs = bao_as(parent)
    child = theirs("token", "create", "-ttl=30m", "-policy=default", "-field=token")
    orphan = theirs("token", "create", "-orphan", "-ttl=30m", "-policy=default", "-field=token")
    bao("token", "revoke", parent)
    assert "bad token" in bao.refused("token", "lookup", child)
    assert rows(bao("token", "lookup", orphan))["orphan"] == "true"
    parent = bao("token", "create", "-ttl=1h", "-policy=maker", "-field=token")
    child = bao_as(parent)("token", "create", "-ttl=30m", "-policy=default", "-field=token")
    bao("token", "revoke", "-mode=orphan", parent)
    assert rows(bao("token", "lookup", child))["orphan"] == "true"


def test_tokens_of_roles_and_other_kinds(bao, bao_as):
    bao("write", "auth/token/roles/nightly", "allowed_policies=default,reader", "token_period=1h", "orphan=true")
    assert bao.json("list", "auth/token/roles") == ["nightly"]
    token = bao("token", "create", "-role=nightly", "-policy=reader", "-field=token")
    shown = rows(bao("token", "lookup", token))
    assert (shown["role"], shown["orphan"], shown["period"]) == ("nightly", "true", "1h")
    assert "[default reader]" in shown["policies"]
    bao("delete", "auth/token/roles/nightly")
    periodic = rows(bao("token", "create", "-period=10m", "-policy=default"))
    assert periodic["token_duration"] == "10m"
    once = bao_as(bao("token", "create", "-use-limit=2", "-policy=default", "-field=token"))
    once("token", "lookup")
    once("token", "lookup")
    assert "permission denied" in once.refused("token", "lookup")
    hard = bao.json("token", "create", "-ttl=2h", "-explicit-max-ttl=1h", "-policy=default")
    assert hard["auth"]["lease_duration"] == 3600 and "capped" in hard["warnings"][0]


def test_batch_tokens(bao, bao_as):
    made = rows(bao("token", "create", "-type=batch", "-policy=default", "-ttl=10m"))
    assert made["token"].startswith("hvb.")
    assert (made["token_accessor"], made["token_renewable"], made["token_duration"]) == ("n/a", "false", "10m")
    theirs = bao_as(made["token"])
    assert rows(theirs("token", "lookup"))["type"] == "batch"
    assert "batch tokens cannot be renewed" in theirs.refused("token", "renew")
    assert "batch tokens cannot be revoked" in bao.refused("token", "revoke", made["token"])
    bao("auth", "enable", "-path=machines", "approle")
    bao("write", "auth/machines/role/app", "token_policies=default", "token_ttl=10m")
    bao("auth", "tune", "-token-type=default-batch", "machines")
    role = bao("read", "-field=role_id", "auth/machines/role/app/role-id")
    secret = bao("write", "-f", "-field=secret_id", "auth/machines/role/app/secret-id")
    login = bao("write", "-field=token", "auth/machines/login", f"role_id={role}", f"secret_id={secret}")
    machine = bao_as(login)
    shown = rows(machine("token", "lookup"))
    assert (shown["type"], shown["orphan"], shown["path"]) == ("batch", "true", "auth/machines/login")
    bao("auth", "disable", "machines")
    assert "permission denied" in machine.refused("token", "lookup")


# --- mounts ----------------------------------------------------------------------------------------------------------


def test_a_token_stands_for_whom_its_role_allows(bao):
    bao("write", "auth/token/roles/named", "allowed_entity_aliases=deployer,team-*", "allowed_policies=a")
    create = ("write", "auth/token/create/named")
    assert "invalid 'entity_alias' value" in bao.refused(*create, "entity_alias=nobody")
    made = [bao.json(*create, f"entity_alias={alias}")["auth"] for alias in ("Deployer", "deployer", "team-one")]
    one, same, other = (token["entity_id"] for token in made)
    assert one and one == same and other not in ("", one)


def test_secrets_engines(bao):
    bao("secrets", "enable", "-path=one", "-description=the first", "-default-lease-ttl=1h", "terraform")
    assert "path is already in use at one/" in bao.refused("secrets", "enable", "-path=one", "terraform")
    listed = bao.json("secrets", "list")
    assert {"cubbyhole/", "identity/", "sys/", "terraform/", "one/"} <= listed.keys()
    assert listed["one/"]["description"] == "the first" and listed["one/"]["config"]["default_lease_ttl"] == 3600
    assert "the first" in bao("secrets", "list", "-detailed")
    assert "Success! Tuned the secrets engine at: one/" in bao(
        "secrets", "tune", "-max-lease-ttl=2h", "-description=tuned", "one"
    )
    assert bao.json("secrets", "list")["one/"]["config"]["max_lease_ttl"] == 7200
    assert bao.json("read", "sys/mounts/one/tune")["data"]["description"] == "tuned"
    tuned = bao.json("read", "sys/mounts/one/tune")["data"]
    assert (tuned["default_lease_ttl"], tuned["max_lease_ttl"]) == (3600, 7200), "what is not named stays"
    assert "would be less than" in bao.refused("secrets", "tune", "-max-lease-ttl=30m", "one")
    moved = bao("secrets", "move", "one", "two")
    assert "Success! Finished moving secrets engine one/ to two/" in moved
    assert "two/" in bao.json("secrets", "list")
    assert "Success! Disabled the secrets engine (if it existed) at: two/" in bao("secrets", "disable", "two")
    assert "two/" not in bao.json("secrets", "list")
    assert "plugin not found in the catalog" in bao.refused("secrets", "enable", "nobody-made-it")


def test_auth_methods(bao):
    bao("auth", "enable", "-path=people", "-description=people", "userpass")
    listed = bao.json("auth", "list")
    assert {"token/", "people/"} <= listed.keys() and listed["people/"]["type"] == "userpass"
    assert "Success! Tuned the auth method at: people/" in bao("auth", "tune", "-default-lease-ttl=30m", "people/")
    assert bao.json("read", "sys/auth/people/tune")["data"]["default_lease_ttl"] == 1800
    assert "people/" in bao("auth", "list", "-detailed")
    assert "Success! Finished moving auth method" in bao("auth", "move", "auth/people", "auth/folk")
    assert "Success! Disabled the auth method (if it existed) at: folk/" in bao("auth", "disable", "folk")
    assert "folk/" not in bao.json("auth", "list")


def test_login_with_a_name_and_a_password(bao, bao_as):
    bao("auth", "enable", "userpass")
    bao("write", "auth/userpass/users/ada", "password=lovelace", "token_policies=reader", "token_ttl=20m")
    fresh = bao_as(None, "fresh")
    shown = rows(fresh("login", "-method=userpass", "username=ada", "password=lovelace"))
    assert shown["token_duration"] == "20m" and shown["token_meta_username"] == "ada"
    assert rows(fresh("token", "lookup"))["policies"] == "[default reader]"
    refused = bao_as(None, "other").refused("login", "-method=userpass", "username=ada", "password=wrong")
    assert "invalid username or password" in refused
    assert bao.json("list", "auth/userpass/users") == ["ada"]
    bao("auth", "disable", "userpass")
    assert "permission denied" in fresh.refused("token", "lookup")


def test_login_with_a_role_and_a_secret(bao, bao_as):
    bao("auth", "enable", "approle")
    bao("write", "auth/approle/role/ci", "token_policies=reader", "token_ttl=20m", "secret_id_num_uses=1")
    role = bao("read", "-field=role_id", "auth/approle/role/ci/role-id")
    secret = bao("write", "-f", "-field=secret_id", "auth/approle/role/ci/secret-id")
    nobody = bao_as(None, "fresh")
    made = rows(nobody("write", "auth/approle/login", f"role_id={role}", f"secret_id={secret}"))
    assert made["token_duration"] == "20m" and made["token_meta_role_name"] == "ci"
    refused = nobody.refused("write", "auth/approle/login", f"role_id={role}", f"secret_id={secret}")
    assert "invalid role or secret ID" in refused
    bao("auth", "disable", "approle")


# --- policies --------------------------------------------------------------------------------------------------------


def test_policies(bao, bao_as, policy, tmp_path):
    text = 'path "sys/mounts" {\n  capabilities = ["read"]\n}\n'
    policy("mounts-reader", text)
    assert bao("policy", "read", "mounts-reader") == text
    assert {"default", "root", "mounts-reader"} <= set(bao("policy", "list").split())
    theirs = bao_as(bao("token", "create", "-ttl=1h", "-policy=mounts-reader", "-field=token"))
    assert "terraform/" in theirs("secrets", "list")
    assert "permission denied" in theirs.refused("auth", "list")
    bao("policy", "write", "mounts-reader", "-", stdin='path "sys/auth" { capabilities = ["read"] }')
    assert "permission denied" in theirs.refused("secrets", "list")
    assert "Success! Deleted policy: mounts-reader" in bao("policy", "delete", "mounts-reader")
    assert "No policy named: mounts-reader" in bao.refused("policy", "read", "mounts-reader")
    assert "failed to parse policy" in bao.refused("policy", "write", "broken", "-", stdin='path "a" {')
    untidy = tmp_path / "untidy.hcl"
    untidy.write_text('path "a"    { capabilities=["read"] }')
    assert "Success! Formatted policy" in bao("policy", "fmt", str(untidy))
    assert untidy.read_text() == 'path "a" {\n  capabilities = ["read"]\n}\n'


# --- leases and wrapping ---------------------------------------------------------------------------------------------


def test_leases(bao, user_id):
    bao("write", "terraform/role/leases", f"user_id={user_id}", "ttl=10m")
    lease = bao("read", "-field=lease_id", "terraform/creds/leases")
    shown = rows(bao("lease", "lookup", lease))
    assert shown["id"] == lease and shown["renewable"] == "true"
    assert 590 <= int(bao.json("lease", "lookup", lease)["data"]["ttl"]) <= 600
    number = lease.rpartition("/")[2]
    assert bao.json("list", "sys/leases/lookup/terraform/creds/leases") == [number]
    assert "Success! Revoked lease" in bao("lease", "revoke", "-sync", lease)
    assert "lease not found" in bao.refused("lease", "renew", lease)
    assert "invalid lease" in bao.refused("lease", "lookup", lease)
    # One that nobody made is as good as revoked.
    bao("lease", "revoke", "-sync", "terraform/creds/leases/nobody-made-it")
    assert "Specifying -force requires also specifying -prefix" in bao.refused("lease", "revoke", "-force", lease, code=1)


def test_wrapped_answers(bao, bao_as):
    token = bao("read", "-wrap-ttl=1m", "-field=wrapping_token", "sys/policies/acl/default")
    assert "creation_path" in bao("write", "sys/wrapping/lookup", f"token={token}")
    assert bao.json("unwrap", token)["data"]["name"] == "default"
    assert "wrapping token is not valid or does not exist" in bao.refused("unwrap", token)
    made = bao.json("write", "sys/wrapping/wrap", "secret=squirrel")["wrap_info"]
    assert made["ttl"] == 300
    # Whoever has the token needs nothing else.
    nobody = bao_as(made["token"], "fresh")
    assert nobody("unwrap", "-field=secret") == "squirrel"


def test_reading_and_writing(bao, bao_as):
    theirs = bao_as(bao("token", "create", "-ttl=1h", "-policy=default", "-field=token"))
    assert "Success! Data written to: cubbyhole/box" in theirs("write", "cubbyhole/box", "one=1", "two=zwei")
    assert theirs("read", "-field=two", "cubbyhole/box") == "zwei"
    assert theirs.json("list", "cubbyhole") == ["box"]
    assert "Success! Data deleted (if it existed) at: cubbyhole/box" in theirs("delete", "cubbyhole/box")
    assert "No value found at cubbyhole/box" in theirs.refused("read", "cubbyhole/box")
    assert "permission denied" in theirs.refused("read", "sys/mounts")
    assert "no handler for route" in bao.refused("write", "nowhere/at-all", "a=b")
    assert "unsupported operation" in bao.refused("delete", "auth/token/lookup-self")
    assert re.fullmatch(r"[0-9a-f]{64}\n?", bao("write", "-f", "-field=random_bytes", "sys/tools/random/32", "format=hex"))
