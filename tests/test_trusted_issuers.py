"""CI jobs without a stored secret: the real provider's token is Terraform's token, and a bad one is nobody's."""

import concurrent.futures
import json
import time

import pytest
import requests

from support.api import data, errors
from support.oidc import Key, Provider, claims_of, unsigned, with_hmac

REPOSITORY = {"repository": "acme/app", "ref": "refs/heads/main"}
TRUSTED = "organizations/acme/trusted-issuers"


@pytest.fixture(scope="module")
def provider():
    running = Provider({"deploy": REPOSITORY, "fork": {"repository": "mallory/app", "ref": "refs/heads/main"}})
    yield running
    running.stop()


@pytest.fixture
def ci_server(own_server):
    """A server that may ask an issuer on this machine."""
    return own_server(STATEWARD_OUTGOING_NETWORKS="127.0.0.1", STATEWARD_OUTGOING_HTTP="true")


@pytest.fixture
def ci(ci_server, provider):
    """The same, with trust in the provider's tokens for one repository, which may write."""
    trust(ci_server, provider)
    return ci_server


def trust(server, provider, **attributes) -> dict:
    rules = [{"claim": "repository", "equals": "acme/app"}, {"claim": "ref", "like": "refs/heads/*"}]
    given = {"name": "ci", "issuer": provider.issuer, "rules": rules, "level": "maintain", **attributes}
    return data(server.api().post(TRUSTED, {"data": {"type": "trusted-issuers", "attributes": given}}), 201)


def account(server, token: str) -> requests.Response:
    return server.api(token).get("organizations/acme")


def test_terraform_works_with_the_jobs_own_token(ci, provider, new_project, name):
    token = provider.token("deploy", ci.address)
    assert claims_of(token)["repository"] == "acme/app"
    project = new_project("job", environment=ci.shell())
    # Nothing stored: no configuration file, no token of a person. A port is part of the host's name.
    del project.environment["TF_CLI_CONFIG_FILE"], project.environment["STATEWARD_TOKEN"]
    project.environment[f"TF_TOKEN_{ci.host}"] = token
    project.cloud(ci.host, f'name = "{name}"').init()
    project.apply()
    assert project.ok("output", "-raw", "plain") == "one"
    api = ci.api()
    assert len(api.state_versions(name)) == 1
    assert not api.workspace(name)["attributes"]["locked"]
    # Another job of the same provider is not let in.
    project.environment[f"TF_TOKEN_{ci.host}"] = provider.token("fork", ci.address)
    said = project.fails("plan", "-no-color", "-input=false")
    assert "unauthorized" in said.lower(), said


def test_a_job_may_do_what_its_trust_says(ci_server, provider, new_project, name):
    api = ci_server.api()
    workspace = api.create_workspace(name)
    relationships = {"workspace": {"data": {"type": "workspaces", "id": workspace["id"]}}}
    given = {"name": "one", "issuer": provider.issuer, "rules": [{"claim": "sub", "equals": "deploy"}], "level": "read"}
    document = {"data": {"type": "trusted-issuers", "attributes": given, "relationships": relationships}}
    made = data(api.post(TRUSTED, document), 201)
    api.write_state(workspace, b'{"version":4,"serial":1,"lineage":"l","terraform_version":"1.15.5","outputs":{},"resources":[]}')
    job = ci_server.api(provider.token("deploy", ci_server.address))
    assert data(job.get(f"workspaces/{workspace['id']}/current-state-version"))
    errors(job.lock(workspace), 403)
    other = api.create_workspace(f"{name}-other")
    errors(job.get(f"workspaces/{other['id']}"), 404)
    # The right to write comes and goes with the trust, for the token that is in use.
    path = f"trusted-issuers/{made['id']}"
    data(api.patch(path, {"data": {"type": "trusted-issuers", "attributes": {"level": "write"}}}))
    assert job.lock(workspace).status_code == 200
    assert job.unlock(workspace).status_code == 200
    assert api.delete(path).status_code == 204
    errors(job.get(f"workspaces/{workspace['id']}"), 401)


def test_bad_tokens_are_nobodys(ci, provider):
    address, now = ci.address, int(time.time())
    assert account(ci, provider.token("deploy", address)).status_code == 200
    refusal = account(ci, "stw_nonsense")
    assert refusal.status_code == 401

    def made(key: Key = provider.key, header: dict | None = None, **others) -> str:
        return key.token(provider.claims("deploy", address, **REPOSITORY, **others), **(header or {}))

    # What is made here is as good as what the provider makes, so what follows is refused for what is wrong with it.
    assert account(ci, made()).status_code == 200
    claims = provider.claims("deploy", address, **REPOSITORY)
    public = provider.key.jwk()
    pem = public_pem(provider.key)
    bad = {
        "the provider's token for somebody else": provider.token("deploy", "https://somewhere.example"),
        "the provider's token of another repository": provider.token("fork", address),
        "another audience": made(aud="https://somewhere.example"),
        "no audience": made(aud=None),
        "another issuer": made(iss="https://issuer.example"),
        "the issuer with a slash": made(iss=provider.issuer + "/"),
        "another claim": provider.key.token(provider.claims("deploy", address, **{**REPOSITORY, "ref": "refs/tags/v1"})),
        "a claim less": provider.key.token(provider.claims("deploy", address, repository="acme/app")),
        "expired": made(iat=now - 900, nbf=now - 900, exp=now - 120),
        "without an end": made(exp=None),
        "not valid yet": made(nbf=now + 600),
        "from the future": made(iat=now + 600),
        "a foreign key": made(key=Key()),
        "a foreign key under its own name": made(key=Key("other")),
        "a foreign key that comes along": made(key=(stranger := Key("mine")), header={"jwk": stranger.jwk()}),
        "alg: none": unsigned(claims),
        "alg: none over a good signature": made(header={"alg": "none"}),
        "HMAC with the public key in PEM": with_hmac(claims, pem),
        "HMAC with the public key as JWK": with_hmac(claims, json.dumps(public).encode()),
        "HMAC with the modulus": with_hmac(claims, public["n"].encode()),
        "another algorithm": made(header={"alg": "RS512"}),
        "a large token": made(padding="x" * 16_000),
    }
    for what, token in bad.items():
        answer = account(ci, token)
        assert answer.status_code == 401, f"{what}: {answer.status_code} {answer.text[:300]}"
        assert answer.json() == refusal.json(), what
    log = ci.page()
    assert "the identity of a CI job was refused" in log, log
    for token in bad.values():
        assert token not in log and token.rsplit(".", 1)[0] not in log


def test_a_token_of_a_megabyte(ci, provider):
    token = provider.key.token(provider.claims("deploy", ci.address, **REPOSITORY, padding="x" * 1_000_000))
    try:
        assert 400 <= account(ci, token).status_code < 500
    except requests.ConnectionError:
        pass  # It may hang up on whoever sends so much.
    assert account(ci, provider.token("deploy", ci.address)).status_code == 200
    assert "panicked" not in ci.page()


def test_a_vanished_issuer_holds_up_nobody_else(ci, provider):
    good = provider.token("deploy", ci.address)
    assert account(ci, good).status_code == 200
    gone = Provider({"deploy": REPOSITORY})
    try:
        trust(ci, gone, name="gone")
        lost = gone.token("deploy", ci.address)
        gone.vanish()
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            waiting = [threads.submit(account, ci, lost) for _ in range(4)]
            time.sleep(0.3)
            # Others are answered while these wait; also those whose token is seen for the first time.
            rounds = 0
            while rounds < 20 and not any(one.done() for one in waiting):
                assert account(ci, good).status_code == 200
                assert ci.api().get("account/details").status_code == 200
                assert account(ci, provider.token("deploy", ci.address)).status_code == 200
                rounds += 1
            assert rounds >= 2
            assert [one.result().status_code for one in waiting] == [401] * 4
        # Whoever comes next is not made to wait, however many they are.
        start = time.monotonic()
        assert [account(ci, lost).status_code for _ in range(3)] == [401] * 3
        assert time.monotonic() - start < 10
    finally:
        gone.stop()


def test_an_issuer_on_a_private_address_is_not_asked_by_default(own_server, provider):
    server = own_server()
    given = {"name": "ci", "issuer": provider.issuer, "rules": [{"claim": "repository", "equals": "acme/app"}], "level": "read"}
    said = errors(server.api().post(TRUSTED, {"data": {"type": "trusted-issuers", "attributes": given}}), 422)
    assert "https" in said, said
    named = {**given, "issuer": provider.issuer.replace("http://127.0.0.1", "https://localhost")}
    data(server.api().post(TRUSTED, {"data": {"type": "trusted-issuers", "attributes": named}}), 201)
    token = provider.key.token({**provider.claims("deploy", server.address, **REPOSITORY), "iss": named["issuer"]})
    assert account(server, token).status_code == 401
    assert "private, local or special address" in server.page()


def public_pem(key: Key) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
