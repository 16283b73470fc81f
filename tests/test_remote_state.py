"""Row 12: data "terraform_remote_state", allowed and denied."""

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


def test_a_member_is_allowed(server, new_project, second_user, name):
    producer = new_project("producer").cloud(server.host, f'name = "{name}"')
    producer.init()
    producer.apply("-var", "value=team")
    member = second_user("member", organization="acme")
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
