"""`stateward admin`: accounts, organizations and tokens made on the server's own machine, while it runs or not."""

import requests

from support.api import data, errors
from support.server import admin, stateward


def refused(server, *arguments: str) -> str:
    """The one line of a refusal."""
    done = stateward("admin", "--data-dir", str(server.folder), *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def test_a_user_a_token_an_organization(server):
    user = admin(server, "create-user", "ada", "--email", "ada@example.com")
    token = admin(server, "create-token", "ada", "--description", "laptop", "--expires-in-days", "7")["token"]
    ada = server.api(token)
    details = data(ada.get("account/details"))
    assert details["attributes"]["username"] == "ada" and details["id"] == user["id"]
    assert data(ada.get("organizations")) == []
    assert ada.get("organizations/acme").status_code == 404

    admin(server, "create-organization", "lovelace", "--owner", "ada", "--project", "engines")
    assert [organization["id"] for organization in data(ada.get("organizations"))] == ["lovelace"]
    projects = data(ada.get("organizations/lovelace/projects"))
    assert [project["attributes"]["name"] for project in projects] == ["engines"]
    assert ada.create_workspace("analytical", "lovelace.engines")["attributes"]["name"] == "analytical"

    admin(server, "add-member", "acme", "ada")
    assert {organization["id"] for organization in data(ada.get("organizations"))} == {"acme", "lovelace"}
    # A member is no owner.
    assert ada.patch("organizations/acme", {"data": {"type": "organizations", "attributes": {"email": "x@example.com"}}}).status_code in (403, 404)


def test_a_member_is_put_into_teams_and_made_an_owner(server, api, second_user):
    person = second_user("promoted")
    document = {"data": {"type": "teams", "attributes": {"name": "promoters", "visibility": "organization"}}}
    assert api.post("organizations/acme/teams", document).status_code == 201
    refused(server, "add-member", "acme", person.name, "--team", "nonsense")
    admin(server, "add-member", "acme", person.name, "--team", "promoters")
    teams = {team["attributes"]["name"]: team["attributes"] for team in data(person.api.get("organizations/acme/teams"))}
    assert teams["promoters"]["users-count"] == 1
    # Who is a member already can be made an owner: the way back in when no owner can sign in.
    admin(server, "add-member", "acme", person.name, "--owner")
    assert person.api.get("organizations/acme").json()["data"]["attributes"]["permissions"]["can-destroy"]


def test_reset_password(server, second_user):
    person = second_user("forgetful")

    def signs_in(password: str) -> bool:
        session = requests.Session()
        session.verify, session.trust_env = server.certificates, False
        page = session.get(f"{server.address}/app/sign-in", timeout=10)
        token = page.text.partition('name="csrf"')[2].partition('value="')[2].partition('"')[0]
        form = {"csrf": token, "login": person.name, "password": password}
        answer = session.post(f"{server.address}/app/sign-in", data=form, timeout=10, allow_redirects=False)
        return answer.status_code in (302, 303)

    assert signs_in(person.password)
    new = admin(server, "reset-password", person.name)["password"]
    assert new != person.password
    assert not signs_in(person.password)
    assert signs_in(new)


def test_what_it_refuses(server, second_user):
    person = second_user("taken")
    refused(server, "create-user", person.name, "--email", "other@example.com")
    refused(server, "create-user", "new-one", "--email", "not an address")
    refused(server, "create-user", "../x", "--email", "a@example.com")
    assert "nobody" in refused(server, "create-token", "nobody")
    assert "nobody" in refused(server, "reset-password", "nobody")
    refused(server, "create-organization", "acme", "--owner", person.name)
    refused(server, "create-organization", "a", "--owner", person.name)
    refused(server, "add-member", "nowhere", person.name)


def test_a_folder_that_is_no_servers(tmp_path):
    done = stateward("admin", "--data-dir", "/proc/nowhere", "create-user", "x", "--email", "x@example.com")
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_revoked_token_is_refused_on_the_next_request(server, second_user):
    person = second_user("revoked")
    assert person.api.get("account/details").status_code == 200
    tokens = data(person.api.get(f"users/{data(person.api.get('account/details'))['id']}/authentication-tokens"))
    assert person.api.delete(f"authentication-tokens/{tokens[0]['id']}").status_code == 204
    errors(person.api.get("account/details"), 401)
    errors(person.api.get("organizations/acme/entitlement-set"), 401)


def vault(server, token: str, method: str = "GET", path: str = "auth/token/lookup-self", **body) -> requests.Response:
    """One request to the credential engine."""
    headers = {"X-Vault-Token": token}
    url = f"{server.address}/v1/{path}"
    return requests.request(method, url, headers=headers, json=body, verify=server.certificates, timeout=10)


def test_a_root_token_of_the_credential_engine(server):
    first = admin(server, "create-root-token")["token"]
    for_ever = admin(server, "create-root-token", "--expires-in-hours", "0")["token"]
    assert vault(server, first).json()["data"]["policies"] == ["root"]
    assert 0 < vault(server, first).json()["data"]["ttl"] <= 24 * 3600
    assert vault(server, for_ever).json()["data"]["expire_time"] is None
    accessor = vault(server, first).json()["data"]["accessor"]
    exported = stateward("audit", "--data-dir", str(server.folder), "export")
    assert accessor in exported.stdout and first not in exported.stdout


def test_the_credential_engine_is_put_into_shares(own_server):
    server = own_server("split")
    root = server.variables["VAULT_TOKEN"]
    assert vault(server, root, "PUT", "cubbyhole/box", word="kept").status_code == 204
    shares = admin(server, "split-seal", "--shares", "3", "--threshold", "2")["shares"].split()
    assert len(shares) == 3
    assert "in shares already" in refused(server, "split-seal")
    assert "hold the key" in refused(server, "create-root-token")
    server.stop()
    server.start()
    assert vault(server, root, path="cubbyhole/box").status_code == 503
    for share in shares[1:]:
        unsealed = vault(server, "", "PUT", "sys/unseal", key=share)
    assert unsealed.json()["sealed"] is False
    assert vault(server, root, path="cubbyhole/box").json()["data"] == {"word": "kept"}


def test_a_key_of_the_master_key_does_not_become_one_of_shares_unasked(own_server):
    server = own_server("unasked")
    server.stop()
    started = stateward("dev", "--data-dir", str(server.folder), "--listen", "127.0.0.1:0", "--seal", "shamir")
    assert started.returncode != 0 and "split-seal" in started.stderr
    server.start()
    assert vault(server, server.variables["VAULT_TOKEN"]).status_code == 200
