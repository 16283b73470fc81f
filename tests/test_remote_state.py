"""Row 12: data "terraform_remote_state", allowed and denied."""

from support.api import data

READER = """
data "terraform_remote_state" "other" {{
  backend = "remote"
  config = {{
    hostname     = "{host}"
    organization = "{organization}"
    workspaces   = {{ name = "{workspace}" }}
  }}
}}

output "seen" {{
  value     = data.terraform_remote_state.other.outputs.plain
  sensitive = true
}}
"""


def grant(api, workspace: str, person, access: str) -> None:
    """A team of one person, that is granted a level at a workspace."""
    team = data(api.post("organizations/acme/teams", {"data": {"type": "teams", "attributes": {"name": f"{workspace}-{access}"}}}), 201)
    members = {"data": [{"type": "users", "id": person.name}]}
    assert api.post(f"teams/{team['id']}/relationships/users", members).status_code == 204
    places = {
        "team": {"data": {"type": "teams", "id": team["id"]}},
        "workspace": {"data": {"type": "workspaces", "id": api.workspace(workspace)["id"]}},
    }
    body = {"data": {"type": "team-workspaces", "attributes": {"access": access}, "relationships": places}}
    data(api.post("team-workspaces", body), 201)


def test_reads_anothers_outputs(server, new_project, name):
    producer = new_project("producer").cloud(server.host, f'name = "{name}"')
    producer.init()
    producer.apply("-var", "value=shared")
    for organization in ("acme", "acme.default"):
        body = READER.format(host=server.host, organization=organization, workspace=name)
        consumer = new_project(f"consumer-{organization}")
        consumer.cloud(server.host, f'name = "{name}-{organization.replace(".", "-")}"', body=body)
        consumer.init()
        consumer.apply()
        assert consumer.ok("output", "-raw", "seen") == "shared"


def test_a_workspace_without_state_is_an_error(server, new_project, api, name):
    api.create_workspace(name)
    consumer = new_project("consumer").write(READER.format(host=server.host, organization="acme", workspace=name))
    consumer.init()
    assert "Unable to find remote state" in consumer.fails("plan", "-no-color", "-input=false")


def test_a_stranger_is_denied(server, new_project, second_user, name):
    producer = new_project("producer").cloud(server.host, f'name = "{name}"')
    producer.init()
    producer.apply()
    stranger = second_user("stranger")
    environment = stranger.environment()
    consumer = new_project("stranger", environment=environment)
    consumer.write(READER.format(host=server.host, organization="acme", workspace=name))
    consumer.init()
    refused = consumer.fails("plan", "-no-color", "-input=false")
    assert "hunter2" not in refused
    # Not even that it exists may be seen.
    assert stranger.api.get(f"organizations/acme/workspaces/{name}").status_code == 404


def test_a_member_is_allowed_who_was_granted_to_read(server, new_project, second_user, api, name):
    producer = new_project("producer").cloud(server.host, f'name = "{name}"')
    producer.init()
    producer.apply("-var", "value=team")
    member = second_user("member", organization="acme")
    grant(api, name, member, "read")
    consumer = new_project("member", environment=member.environment())
    consumer.write(READER.format(host=server.host, organization="acme", workspace=name))
    consumer.init()
    consumer.apply()
    assert consumer.ok("output", "-raw", "seen") == "team"


def test_another_project_does_not_see_it(server, new_project, name):
    producer = new_project("producer").cloud(server.host, f'\n name = "{name}"\n project = "only {name}"\n')
    producer.init()
    producer.apply()
    consumer = new_project("consumer")
    consumer.write(READER.format(host=server.host, organization="acme.default", workspace=name))
    consumer.init()
    consumer.fails("plan", "-no-color", "-input=false")
