"""The real Terraform with tokens that the engine gives out: bound to one workspace, rights, a network and a time."""

import pytest
import requests

from support.bao import Bao
from support.project import wait_for

RIGHTS = "read-state,write-state,read-outputs,lock"


@pytest.fixture
def bao(server, tmp_path) -> Bao:
    """The operator, as dev.env makes everybody."""
    return Bao(server.variables["BAO_ADDR"], server.variables["BAO_CACERT"], tmp_path, server.variables["BAO_TOKEN"])


@pytest.fixture
def with_token(server, new_project):
    """A working folder whose only credential is a token in the environment."""

    def start(token: str):
        project = new_project(f"job-{token[-8:]}", environment=server.shell())
        del project.environment["TF_CLI_CONFIG_FILE"], project.environment["STATEWARD_TOKEN"]
        for name in ("VAULT_TOKEN", "BAO_TOKEN"):
            project.environment.pop(name, None)
        project.environment[f"TF_TOKEN_{server.host}"] = token
        return project

    return start


def test_a_job_may_write_one_state_for_ten_minutes_and_nothing_more(server, api, bao, with_token, name):
    workspace, other = api.create_workspace(name), api.create_workspace(f"{name}-other")
    role = [f"terraform/role/{name}", "organization=acme", f"workspace={name}", f"rights={RIGHTS}"]
    bao("write", *role, "source_networks=127.0.0.0/8,::1/128", "ttl=10m", "max_ttl=10m")
    creds = bao.json("read", f"terraform/creds/{name}")
    assert (creds["lease_duration"], creds["renewable"]) == (600, True)
    token = creds["data"]["token"]

    project = with_token(token).cloud(server.host, f'name = "{name}"')
    project.init()
    project.apply()
    project.apply("-var", "value=two")
    assert project.pull()["outputs"]["plain"]["value"] == "two"
    assert project.ok("output", "-raw", "plain") == "two"

    job = server.api(token)
    assert job.get(f"workspaces/{other['id']}").status_code == 404
    assert job.delete(f"workspaces/{workspace['id']}").status_code == 403
    renamed = {"data": {"type": "workspaces", "attributes": {"name": f"{name}-mine"}}}
    assert job.patch(f"workspaces/{workspace['id']}", renamed).status_code == 403
    assert job.get("organizations/acme/access-keys").json()["data"] == []
    elsewhere = with_token(token).cloud(server.host, f'name = "{name}-new"')
    assert "you may not create workspaces here" in elsewhere.fails("init", "-no-color", "-input=false")

    # No renewal goes beyond the ten minutes.
    renewed = bao.json("lease", "renew", "-increment=1h", creds["lease_id"])
    assert renewed["lease_duration"] <= 600 and "exceeded the effective max_ttl" in renewed["warnings"][0]
    bao("lease", "revoke", "-sync", creds["lease_id"])
    assert "unauthorized" in project.fails("plan", "-no-color", "-input=false").lower()
    assert job.get("account/details").status_code == 401


def test_from_another_network_it_is_no_token(server, api, bao, with_token, name):
    api.create_workspace(name)
    bao("write", f"terraform/role/{name}", "organization=acme", f"workspace={name}", "source_networks=203.0.113.0/24")
    token = bao("read", "-field=token", f"terraform/creds/{name}").strip()
    assert server.api(token).get("account/details").status_code == 401
    project = with_token(token).cloud(server.host, f'name = "{name}"')
    assert "unauthorized" in project.fails("init", "-no-color", "-input=false").lower()


def test_tokens_end_when_their_time_has_come(server, api, bao, with_token, name):
    api.create_workspace(name)
    bao("write", f"terraform/role/{name}", "organization=acme", f"workspace={name}", "ttl=2s", "max_ttl=1m")
    token = bao("read", "-field=token", f"terraform/creds/{name}").strip()
    job = server.api(token)
    assert job.get("account/details").status_code == 200
    wait_for(lambda: job.get("account/details").status_code == 401, timeout=10)


def test_dev_env_opens_the_engine_for_both_clients(server, bao):
    variables = server.variables
    for twin in ("ADDR", "TOKEN", "CACERT"):
        assert variables[f"VAULT_{twin}"] == variables[f"BAO_{twin}"] != ""
    assert variables["VAULT_ADDR"] == server.address
    assert variables["VAULT_CACERT"] == server.certificates
    mounts = bao.json("secrets", "list")
    assert mounts["terraform/"]["type"] == "terraform"
    config = bao.json("read", "terraform/config")["data"]
    assert config["own_server"] is True and config["address"] == server.address and "token" not in config
    answer = requests.get(
        f"{variables['VAULT_ADDR']}/v1/auth/token/lookup-self",
        headers={"X-Vault-Token": variables["VAULT_TOKEN"]},
        verify=variables["VAULT_CACERT"],
        timeout=10,
    )
    assert answer.json()["data"]["policies"] == ["root"]


def test_an_engine_works_for_another_server_and_rotates_its_token(own_server, tmp_path):
    """As it works with any Terraform API: through an address, a token and a certificate authority."""
    upstream = own_server("upstream")
    server = own_server("own", STATEWARD_OUTGOING_NETWORKS="private")
    bao = Bao(server.variables["BAO_ADDR"], server.certificates, tmp_path, server.variables["BAO_TOKEN"])
    api = upstream.api()
    me = api.get("account/details").json()["data"]["id"]
    document = {"data": {"type": "authentication-tokens", "attributes": {"description": "for the engine"}}}
    first = api.post(f"users/{me}/authentication-tokens", document).json()["data"]["attributes"]["token"]
    bao("secrets", "enable", "-path=hcp", "terraform")
    config = ["write", "hcp/config", f"token={first}", f"address={upstream.address}"]
    assert "certificate that is not trusted here" in bao.refused(*config)
    bao(*config, f"ca_cert=@{upstream.data / 'tls' / 'ca.pem'}")
    shown = bao.json("read", "hcp/config")["data"]
    assert (shown["token_owner_type"], shown["owner_id"]) == ("user", me)
    rotated = bao.json("write", "-f", "hcp/rotate-root")
    assert not rotated["warnings"] and rotated["data"]["owner_id"] == me
    assert upstream.api(first).get("account/details").status_code == 401
    bao("write", "hcp/role/me", f"user_id={me}", "ttl=1m")
    api.create_workspace("network")
    bao("write", "hcp/role/ci", "organization=acme", "workspace=network", "ttl=1m")
    tokens = [bao("read", "-field=token", f"hcp/creds/{role}").strip() for role in ("me", "ci")]
    assert upstream.api(tokens[0]).get("account/details").json()["data"]["id"] == me
    assert upstream.api(tokens[1]).get("organizations/acme/workspaces/network").status_code == 200
    bao("secrets", "disable", "hcp")
    for token in tokens:
        assert upstream.api(token).get("account/details").status_code == 401
