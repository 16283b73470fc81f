"""hvac, the client of Vault that Python programs use, against Stateward."""

import hvac
import pytest

from differential.scenarios import jwt as signing
from support.api import data
from support.server import Server

READER = 'path "sys/mounts" {\n  capabilities = ["read"]\n}\n'


@pytest.fixture(scope="module")
def vault_server(tmp_path_factory) -> Server:
    """A development server whose mounts and policies these tests may change."""
    running = Server(tmp_path_factory.mktemp("hvac") / "data").start()
    yield running
    assert running.stop() == 0, running.page()
    assert "panicked" not in running.page(), running.page()


@pytest.fixture
def client_with(vault_server):
    """A client with a token."""

    def make(token: str | None = None, **options) -> hvac.Client:
        return hvac.Client(vault_server.address, token=token, verify=vault_server.certificates, **options)

    return make


@pytest.fixture
def client(vault_server, client_with) -> hvac.Client:
    """The client of whoever may do everything."""
    return client_with(vault_server.variables["VAULT_TOKEN"])


def test_health_and_seal(client, client_with):
    assert client.sys.read_health_status().status_code == 200
    health = client.sys.read_health_status(method="GET")
    assert health["initialized"] and not health["sealed"] and not health["standby"]
    assert client.sys.is_initialized() and not client.sys.is_sealed()
    assert client.sys.read_seal_status()["sealed"] is False
    assert client.sys.read_leader_status()["ha_enabled"] is False
    assert client.is_authenticated()
    assert not client_with("hvs.nobodymadethistokenatall").is_authenticated()
    with pytest.raises(hvac.exceptions.Forbidden, match="permission denied"):
        client_with("hvs.nobodymadethistokenatall").sys.list_mounted_secrets_engines()


def test_secrets_engines(client):
    client.sys.enable_secrets_engine("terraform", path="hvac", description="of hvac", config={"max_lease_ttl": "2h"})
    listed = client.sys.list_mounted_secrets_engines()
    # Old answers have the mounts at the top as well.
    assert listed["data"]["hvac/"]["description"] == "of hvac" == listed["hvac/"]["description"]
    client.sys.tune_mount_configuration("hvac", default_lease_ttl="30m", description="tuned")
    tuned = client.sys.read_mount_configuration("hvac")["data"]
    assert (tuned["default_lease_ttl"], tuned["max_lease_ttl"], tuned["description"]) == (1800, 7200, "tuned")
    client.sys.move_backend("hvac", "moved")
    assert "moved/" in client.sys.list_mounted_secrets_engines()["data"]
    with pytest.raises(hvac.exceptions.InvalidRequest, match="already in use"):
        client.sys.enable_secrets_engine("terraform", path="moved")
    client.sys.disable_secrets_engine("moved")
    client.sys.disable_secrets_engine("moved")
    assert "moved/" not in client.sys.list_mounted_secrets_engines()["data"]


@pytest.mark.parametrize("strict", [False, True])
def test_reading_writing_and_listing(client_with, vault_server, strict):
    """Both ways that lists are asked for: the verb, and a parameter that reads `True`."""
    client = client_with(vault_server.variables["VAULT_TOKEN"], strict_http=strict)
    user = data(vault_server.api().get("account/details"))["id"]
    client.write_data("terraform/role/one", data={"user_id": user, "ttl": "10m"})
    assert client.list("terraform/role")["data"]["keys"] == ["one"]
    assert client.read("terraform/role/one")["data"]["ttl"] == 600
    assert client.read("terraform/role/nobody-wrote-it") is None
    client.delete("terraform/role/one")
    assert client.list("terraform/role") is None
    with pytest.raises(hvac.exceptions.InvalidPath, match="no handler for route"):
        client.write_data("nowhere/at-all", data={})


def test_leases(client, vault_server):
    user = data(vault_server.api().get("account/details"))["id"]
    client.write_data("terraform/role/leases", data={"user_id": user, "ttl": "10m", "max_ttl": "1h"})
    made = client.read("terraform/creds/leases")
    assert made["lease_duration"] == 600 and made["renewable"]
    lease = made["lease_id"]
    assert client.sys.read_lease(lease)["data"]["id"] == lease
    assert client.sys.list_leases("terraform/creds/leases")["data"]["keys"] == [lease.rpartition("/")[2]]
    assert client.sys.renew_lease(lease, increment=1200)["lease_duration"] == 1200
    client.sys.revoke_lease(lease)
    assert vault_server.api(made["data"]["token"]).get("account/details").status_code == 401
    with pytest.raises(hvac.exceptions.InvalidRequest, match="invalid lease"):
        client.sys.read_lease(lease)
    client.read("terraform/creds/leases")
    client.sys.revoke_prefix("terraform/creds/leases")
    client.read("terraform/creds/leases")
    client.sys.revoke_force("terraform/creds/leases")
    with pytest.raises(hvac.exceptions.InvalidPath):
        client.sys.list_leases("terraform/creds/leases")


def test_policies(client):
    client.sys.create_or_update_policy("hvac-reader", READER)
    assert client.sys.read_policy("hvac-reader")["rules"] == READER
    assert "hvac-reader" in client.sys.list_policies()["policies"]
    client.sys.create_or_update_acl_policy("hvac-reader", READER)
    assert client.sys.read_acl_policy("hvac-reader")["data"]["policy"] == READER
    assert {"default", "hvac-reader", "root"} <= set(client.sys.list_acl_policies()["data"]["keys"])
    client.sys.delete_acl_policy("hvac-reader")
    client.sys.delete_policy("hvac-reader")
    with pytest.raises(hvac.exceptions.InvalidPath):
        client.sys.read_acl_policy("hvac-reader")
    with pytest.raises(hvac.exceptions.InvalidRequest, match="failed to parse policy"):
        client.sys.create_or_update_acl_policy("broken", 'path "a" {')


def test_tokens(client, client_with):
    tokens = client.auth.token
    client.sys.create_or_update_acl_policy("hvac-reader", READER)
    made = tokens.create(policies=["hvac-reader"], ttl="1h", meta={"job": "7"}, display_name="ci")["auth"]
    theirs = client_with(made["client_token"])
    shown = theirs.auth.token.lookup_self()["data"]
    assert shown["id"] == made["client_token"] and shown["meta"] == {"job": "7"}
    assert tokens.lookup(made["client_token"])["data"]["accessor"] == made["accessor"]
    assert tokens.lookup_accessor(made["accessor"])["data"]["display_name"] == "token-ci"
    assert made["accessor"] in tokens.list_accessors()["data"]["keys"]
    assert theirs.sys.get_capabilities(["sys/mounts", "sys/auth"])["data"]["sys/mounts"] == ["read"]
    assert client.sys.get_capabilities(["sys/mounts"], token=made["client_token"])["sys/mounts"] == ["read"]
    assert client.sys.get_capabilities(["sys/auth"], accessor=made["accessor"])["data"]["capabilities"] == ["deny"]
    assert theirs.auth.token.renew_self(increment="30m")["auth"]["lease_duration"] == 1800
    assert tokens.renew(made["client_token"], increment="20m")["auth"]["lease_duration"] == 1200
    assert tokens.renew_accessor(made["accessor"], increment="10m")["auth"]["lease_duration"] == 600
    assert "terraform/" in theirs.sys.list_mounted_secrets_engines()["data"]
    with pytest.raises(hvac.exceptions.Forbidden, match="permission denied"):
        theirs.sys.list_auth_methods()
    tokens.revoke_accessor(made["accessor"])
    with pytest.raises(hvac.exceptions.Forbidden):
        theirs.auth.token.lookup_self()
    orphan = client_with(tokens.create_orphan(policies=["default"], ttl="1h")["auth"]["client_token"])
    assert orphan.auth.token.lookup_self()["data"]["orphan"]
    orphan.auth.token.revoke_self()
    assert not orphan.is_authenticated()
    child = tokens.create(policies=["default"], ttl="1h")["auth"]["client_token"]
    tokens.revoke(child)
    with pytest.raises(hvac.exceptions.Forbidden, match="bad token"):
        tokens.lookup(child)
    child = tokens.create(policies=["default"], ttl="1h")["auth"]["client_token"]
    tokens.revoke_and_orphan_children(child)
    assert not client_with(child).is_authenticated()
    tokens.tidy()


def test_roles_of_tokens(client):
    tokens = client.auth.token
    tokens.create_or_update_role("nightly", allowed_policies="default,reader", token_period="1h", orphan=True)
    assert tokens.list_roles()["data"]["keys"] == ["nightly"]
    role = tokens.read_role("nightly")["data"]
    assert (role["token_period"], role["orphan"], role["allowed_policies"]) == (3600, True, ["default", "reader"])
    made = tokens.create(role_name="nightly", policies=["reader"])
    assert made["auth"]["lease_duration"] == 3600 and made["auth"]["orphan"]
    tokens.delete_role("nightly")
    with pytest.raises(hvac.exceptions.InvalidPath):
        tokens.read_role("nightly")


def test_wrapped_answers(client, client_with):
    wrapped = client.auth.token.create(policies=["default"], ttl="1h", wrap_ttl="60s")["wrap_info"]
    assert wrapped["ttl"] == 60 and wrapped["creation_path"] == "auth/token/create"
    unwrapped = client_with(wrapped["token"]).sys.unwrap()
    assert client_with(unwrapped["auth"]["client_token"]).is_authenticated()
    with pytest.raises(hvac.exceptions.InvalidRequest, match="wrapping token is not valid or does not exist"):
        client.sys.unwrap(wrapped["token"])
    waiting = client.sys.wrap({"secret": "squirrel"}, ttl=60)["wrap_info"]["token"]
    assert client.sys.unwrap(waiting)["data"] == {"secret": "squirrel"}


def test_auth_methods(client):
    client.sys.enable_auth_method("userpass", path="hvac-people", description="people")
    listed = client.sys.list_auth_methods()["data"]
    assert listed["hvac-people/"]["type"] == "userpass" and "token/" in listed
    client.sys.tune_auth_method("hvac-people", default_lease_ttl="30m", description="tuned")
    tuned = client.sys.read_auth_method_tuning("hvac-people")["data"]
    assert (tuned["default_lease_ttl"], tuned["description"]) == (1800, "tuned")
    client.sys.disable_auth_method("hvac-people")
    assert "hvac-people/" not in client.sys.list_auth_methods()["data"]


def test_logging_in_with_a_name_and_a_password(client, client_with):
    client.sys.enable_auth_method("userpass", path="people")
    people = client.auth.userpass
    people.create_or_update_user("ada", "lovelace", policies=["reader"], mount_point="people")
    assert people.list_user(mount_point="people")["data"]["keys"] == ["ada"]
    assert people.read_user("ada", mount_point="people")["data"]["token_policies"] == ["reader"]
    theirs = client_with()
    made = theirs.auth.userpass.login("ada", "lovelace", mount_point="people")
    assert made["auth"]["metadata"] == {"username": "ada"}
    # The client goes on with the token that it got.
    assert theirs.auth.token.lookup_self()["data"]["policies"] == ["default", "reader"]
    with pytest.raises(hvac.exceptions.InvalidRequest, match="invalid username or password"):
        client_with().auth.userpass.login("ada", "wrong", mount_point="people")
    people.update_password_on_user("ada", "byron", mount_point="people")
    assert client_with().auth.userpass.login("ada", "byron", mount_point="people")["auth"]["client_token"]
    people.delete_user("ada", mount_point="people")
    client.sys.disable_auth_method("people")
    assert not theirs.is_authenticated()


def test_logging_in_with_a_role_and_a_secret(client, client_with):
    client.sys.enable_auth_method("approle", path="machines")
    machines = client.auth.approle
    machines.create_or_update_approle("ci", token_policies=["reader"], token_ttl="10m", mount_point="machines")
    assert machines.list_roles(mount_point="machines")["data"]["keys"] == ["ci"]
    assert machines.read_role("ci", mount_point="machines")["data"]["token_ttl"] == 600
    role = machines.read_role_id("ci", mount_point="machines")["data"]["role_id"]
    made = machines.generate_secret_id("ci", metadata={"host": "one"}, mount_point="machines")["data"]
    theirs = client_with()
    auth = theirs.auth.approle.login(role, made["secret_id"], mount_point="machines")["auth"]
    assert auth["lease_duration"] == 600 and auth["metadata"] == {"host": "one", "role_name": "ci"}
    shown = machines.read_secret_id("ci", made["secret_id"], mount_point="machines")["data"]
    assert shown["secret_id_accessor"] == made["secret_id_accessor"]
    accessors = machines.list_secret_id_accessors("ci", mount_point="machines")["data"]["keys"]
    assert accessors == [made["secret_id_accessor"]]
    machines.destroy_secret_id_accessor("ci", made["secret_id_accessor"], mount_point="machines")
    with pytest.raises(hvac.exceptions.InvalidRequest, match="invalid role or secret ID"):
        client_with().auth.approle.login(role, made["secret_id"], mount_point="machines")
    machines.delete_role("ci", mount_point="machines")
    client.sys.disable_auth_method("machines")
    assert not theirs.is_authenticated()


def test_logging_in_with_a_jwt(client, client_with):
    client.sys.enable_auth_method("jwt", path="ci")
    client.auth.jwt.configure(jwt_validation_pubkeys=[signing.PUBLIC], path="ci")
    assert client.auth.jwt.read_config(path="ci")["data"]["jwt_validation_pubkeys"]
    client.auth.jwt.create_role(
        "build",
        user_claim="sub",
        role_type="jwt",
        bound_audiences=["bao"],
        allowed_redirect_uris=[],
        token_policies=["reader"],
        path="ci",
    )
    assert client.auth.jwt.list_roles(path="ci")["data"]["keys"] == ["build"]
    assert client.auth.jwt.read_role("build", path="ci")["data"]["user_claim"] == "sub"
    theirs = client_with()
    auth = theirs.auth.jwt.jwt_login("build", signing.signed(), path="ci")["auth"]
    assert auth["policies"] == ["default", "reader"] and auth["metadata"] == {"role": "build"}
    with pytest.raises(hvac.exceptions.InvalidRequest, match="audience"):
        client_with().auth.jwt.jwt_login("build", signing.signed(aud="elsewhere"), path="ci")
    client.auth.jwt.delete_role("build", path="ci")
    client.sys.disable_auth_method("ci")


def test_identities(client):
    identity = client.secrets.identity
    entity = identity.create_or_update_entity("hvac-ada", policies=["reader"], metadata={"team": "red"})["data"]["id"]
    assert identity.read_entity(entity)["data"]["name"] == "hvac-ada"
    assert identity.read_entity_by_name("hvac-ada")["data"]["metadata"] == {"team": "red"}
    assert entity in identity.list_entities()["data"]["keys"]
    assert "hvac-ada" in identity.list_entities_by_name()["data"]["keys"]
    token_mount = client.sys.list_auth_methods()["data"]["token/"]["accessor"]
    alias = identity.create_or_update_entity_alias("ada", entity, token_mount)["data"]["id"]
    assert identity.read_entity_alias(alias)["data"]["canonical_id"] == entity
    assert identity.lookup_entity(alias_name="ada", alias_mount_accessor=token_mount)["data"]["id"] == entity
    identity.delete_entity_alias(alias)
    identity.delete_entity(entity)
    with pytest.raises(hvac.exceptions.InvalidPath):
        identity.read_entity(entity)


def test_the_cubbyhole(client, client_with):
    theirs = client_with(client.auth.token.create(policies=["default"], ttl="1h")["auth"]["client_token"])
    theirs.write_data("cubbyhole/box", data={"secret": "squirrel"})
    assert theirs.read("cubbyhole/box")["data"] == {"secret": "squirrel"}
    assert client.read("cubbyhole/box") is None


def test_a_seal_of_shares(own_server):
    server = own_server("shares", STATEWARD_SEAL="shamir")
    client = hvac.Client(server.address, verify=server.certificates)
    assert not client.sys.is_initialized()
    made = client.sys.initialize(secret_shares=5, secret_threshold=3)
    assert len(made["keys_base64"]) == 5 and client.sys.is_initialized() and client.sys.is_sealed()
    client.token = made["root_token"]
    with pytest.raises(hvac.exceptions.VaultDown, match="Vault is sealed"):
        client.sys.list_mounted_secrets_engines()
    assert client.sys.read_health_status().status_code == 503
    assert client.sys.submit_unseal_key(made["keys"][0])["progress"] == 1
    assert client.sys.submit_unseal_keys(made["keys_base64"][3:])["sealed"] is False
    assert "cubbyhole/" in client.sys.list_mounted_secrets_engines()["data"]
    client.sys.seal()
    assert client.sys.is_sealed()
