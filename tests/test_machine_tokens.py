"""The real Terraform with tokens that are no person's: of a team, of an organization, and keys."""

import pytest

from support.api import data
from test_login import credentials, login, manual  # noqa: F401  a fixture


def team(api, name: str, access: str = "write") -> str:
    """A team that may do something with the default project."""
    made = data(api.post("organizations/acme/teams", {"data": {"type": "teams", "attributes": {"name": name}}}), 201)
    project = data(api.get("organizations/acme/projects?filter[names]=default"))[0]
    grant = {
        "data": {
            "type": "team-projects",
            "attributes": {"access": access},
            "relationships": {
                "team": {"data": {"type": "teams", "id": made["id"]}},
                "project": {"data": {"type": "projects", "id": project["id"]}},
            },
        }
    }
    data(api.post("team-projects", grant), 201)
    return made["id"]


def make(api, path: str, relationships: dict | None = None, **attributes) -> dict:
    """A token or key."""
    document = {"data": {"attributes": attributes, "relationships": relationships or {}}}
    return data(api.post(path, document), 201)


@pytest.fixture
def with_token(server, new_project):
    """A working folder whose only credential is a token in the environment."""

    def start(token: str):
        project = new_project(f"job-{token[-8:]}", environment=server.shell())
        del project.environment["TF_CLI_CONFIG_FILE"], project.environment["STATEWARD_TOKEN"]
        project.environment[f"TF_TOKEN_{server.host}"] = token
        return project

    return start


def test_a_teams_token_is_pasted_and_used(manual, recorded, server, api, name):  # noqa: F811
    token = make(api, f"teams/{team(api, f'pasted-{name}', 'maintain')}/authentication-tokens", description="ci")
    value = token["attributes"]["token"]
    code, said = login(recorded, manual.host, value)
    assert code == 0, said
    assert "Retrieved token for user" in said and "api-team_" in said, said
    assert credentials(recorded)[manual.host]["token"] == value
    del recorded.environment["TF_CLI_CONFIG_FILE"]
    recorded.cloud(manual.host, f'name = "{name}"').init()
    recorded.apply()
    assert recorded.ok("output", "-raw", "plain") == "one"
    # Seen at once, with where it was used from.
    seen = data(api.get(f"authentication-tokens/{token['id']}"))["attributes"]
    assert seen["last-used-at"] and seen["last-used-address"] == "127.0.0.1"
    assert api.delete(f"authentication-tokens/{token['id']}").status_code == 204
    assert "unauthorized" in recorded.fails("plan", "-no-color", "-input=false").lower()


def test_a_key_for_one_workspace(server, api, with_token, name):
    workspace, other = api.create_workspace(name), api.create_workspace(f"{name}-other")
    place = {"workspace": {"data": {"type": "workspaces", "id": workspace["id"]}}}
    key = make(api, "organizations/acme/access-keys", place, description="deploy", level="write")
    project = with_token(key["attributes"]["token"]).cloud(server.host, f'name = "{name}"')
    project.init()
    project.apply()
    assert project.pull()["outputs"]["plain"]["value"] == "one"
    assert len(api.state_versions(name)) >= 1
    elsewhere = with_token(make(api, "organizations/acme/access-keys", place, level="write")["attributes"]["token"])
    elsewhere.cloud(server.host, f'name = "{other["attributes"]["name"]}"')
    said = elsewhere.fails("init", "-no-color", "-input=false")
    # Whether it is there or not: the key may make none.
    assert "you may not create workspaces here" in said, said


def test_a_key_that_only_reads(server, api, with_token, name):
    workspace = api.create_workspace(name)
    state = b'{"version":4,"terraform_version":"1.15.5","serial":1,"lineage":"9b7c6b1e-6f3e-4dd1-8f20-2f5b7f0a1c11","outputs":{"plain":{"value":"here","type":"string"}},"resources":[]}'
    api.write_state(workspace, state)
    place = {"workspace": {"data": {"type": "workspaces", "id": workspace["id"]}}}
    key = make(api, "organizations/acme/access-keys", place, level="write", **{"read-only": True})
    project = with_token(key["attributes"]["token"]).cloud(server.host, f'name = "{name}"')
    project.init()
    assert project.ok("output", "-raw", "plain") == "here"
    assert "lock" in project.fails("apply", "-auto-approve", "-no-color", "-input=false").lower()
    assert api.current_state(workspace) == state


def test_an_organizations_token_sees_no_state(server, api, with_token, name):
    api.create_workspace(name)
    token = make(api, "organizations/acme/authentication-token")
    project = with_token(token["attributes"]["token"]).cloud(server.host, f'name = "{name}"')
    said = project.run("init", "-no-color", "-input=false").text + project.run("apply", "-auto-approve", "-no-color").text
    assert "panic" not in said.lower()
    assert api.current_state(api.workspace(name)) is None
    assert api.delete("organizations/acme/authentication-token").status_code == 204
