"""Row 1 of the acceptance matrix: init by name, tags, tag map, project and prefix; a second init changes nothing."""

import pytest

from support.api import data


def writes(exchanges) -> list[str]:
    """The requests that change something."""
    return [exchange.route for exchange in exchanges if exchange.method != "GET"]


def test_by_name(proxy, recorded, api, name):
    recorded.cloud(proxy.host, f'name = "{name}"').init()
    workspace = api.workspace(name)
    assert writes(proxy.take()) == ["POST organizations/acme/workspaces", f"PATCH workspaces/{workspace['id']}"]
    assert workspace["attributes"]["execution-mode"] == "local"
    assert workspace["attributes"]["terraform-version"] == "1.15.5"

    recorded.init()
    again = proxy.take()
    assert writes(again) == []
    assert all(exchange.status < 300 or exchange.route.endswith("/current-state-version") for exchange in again)


def test_by_tags(proxy, recorded, api, name):
    # A set of tags asks for the first workspace's name, which automation gives by TF_WORKSPACE.
    recorded.cloud(proxy.host, f'tags = ["app-{name}", "blue"]')
    recorded.ok("init", "-no-color", stdin=f"{name}\n")
    workspace = api.workspace(name)
    assert sorted(workspace["attributes"]["tag-names"]) == sorted([f"app-{name}", "blue"])
    bindings = data(api.get(f"workspaces/{workspace['id']}/tag-bindings"))
    assert sorted(binding["attributes"]["key"] for binding in bindings) == sorted([f"app-{name}", "blue"])
    proxy.take()

    recorded.ok("init", "-no-color", "-input=false")
    assert writes(proxy.take()) == []


def test_by_tag_map(proxy, recorded, api, name):
    recorded.cloud(proxy.host, f'tags = {{ env = "{name}", layer = "app" }}')
    recorded.ok("init", "-no-color", stdin=f"{name}\n")
    workspace = api.workspace(name)
    bindings = data(api.get(f"workspaces/{workspace['id']}/tag-bindings"))
    pairs = {binding["attributes"]["key"]: binding["attributes"]["value"] for binding in bindings}
    assert pairs == {"env": name, "layer": "app"}
    proxy.take()

    recorded.ok("init", "-no-color", "-input=false")
    again = proxy.take()
    assert writes(again) == []
    assert any("filter%5Btagged%5D" in exchange.path or "filter[tagged]" in exchange.path for exchange in again)


def test_tags_select_among_workspaces(server, api, project, name):
    for suffix, tags in (("a", ["x", name]), ("b", ["x", name]), ("c", ["x"])):
        relationships = {"tags": {"data": [{"type": "tags", "attributes": {"name": tag}} for tag in tags]}}
        document = {"type": "workspaces", "attributes": {"name": f"{name}-{suffix}"}, "relationships": relationships}
        data(api.post("organizations/acme/workspaces", {"data": document}), 201)
    project.cloud(server.host, f'tags = ["x", "{name}"]')
    project.ok("init", "-no-color", stdin="1\n")
    listed = project.ok("workspace", "list").replace("*", " ").split()
    assert sorted(listed) == [f"{name}-a", f"{name}-b"]


def test_tags_are_added_and_others_kept(api, name):
    workspace = f"workspaces/{api.create_workspace(name)['id']}"
    document = {"data": [{"type": "tag-bindings", "attributes": {"key": "env", "value": "dev"}}]}
    assert api.patch(f"{workspace}/tag-bindings", document).status_code == 200
    document = {"data": [{"type": "tag-bindings", "attributes": {"key": "blue"}}]}
    assert len(data(api.patch(f"{workspace}/tag-bindings", document))) == 2
    # The way of older clients.
    document = {"data": [{"type": "tags", "attributes": {"name": "green"}}]}
    assert api.post(f"{workspace}/relationships/tags", document).status_code == 204
    bindings = data(api.get(f"{workspace}/tag-bindings"))
    pairs = {binding["attributes"]["key"]: binding["attributes"]["value"] for binding in bindings}
    assert {key: value or "" for key, value in pairs.items()} == {"env": "dev", "blue": "", "green": ""}
    assert {"blue", "green"} <= set(api.workspace(name)["attributes"]["tag-names"])


def test_by_project(proxy, recorded, api, name):
    recorded.cloud(proxy.host, f'\n name = "{name}"\n project = "team {name}"\n').init()
    assert "POST organizations/acme/projects" in writes(proxy.take())
    workspace = api.workspace(name)
    project = data(api.get(f"projects/{workspace['relationships']['project']['data']['id']}"))
    assert project["attributes"]["name"] == f"team {name}"

    recorded.init()
    assert writes(proxy.take()) == []


def test_dotted_organization(server, api, new_project, name):
    document = {"data": {"type": "projects", "attributes": {"name": f"pay-{name}"}}}
    created = data(api.post("organizations/acme/projects", document), 201)
    dotted = new_project("dotted").cloud(server.host, f'name = "{name}"', organization=f"acme.pay-{name}")
    dotted.init()
    dotted.apply()
    workspace = api.workspace(name)
    assert workspace["relationships"]["project"]["data"]["id"] == created["id"]

    # Without the project part it is found wherever it lives …
    plain = new_project("plain").cloud(server.host, f'name = "{name}"')
    plain.init()
    assert plain.ok("output", "plain").strip() == '"one"'
    # … and through another project it is neither found nor made.
    other = new_project("other").cloud(server.host, f'name = "{name}"', organization="acme.default")
    refused = other.fails("init", "-input=false", "-no-color")
    assert f"pay-{name}" in refused, refused


@pytest.mark.parametrize("organization", ["acme", "acme.default"])
def test_remote_backend_by_name(proxy, recorded, api, name, organization):
    recorded.remote(proxy.host, f'name = "{name}"', organization).init()
    api.workspace(name)
    assert writes(proxy.take()) == [f"POST organizations/{organization}/workspaces"]
    recorded.apply()
    assert recorded.ok("output", "-raw", "secret") == "hunter2-one"
    proxy.take()
    recorded.init()
    assert writes(proxy.take()) == []


def test_remote_backend_by_prefix(server, api, project, name):
    project.remote(server.host, f'prefix = "{name}-"')
    for environment in ("dev", "prod"):
        api.create_workspace(f"{name}-{environment}")
    # Its name holds the prefix, but does not start with it.
    api.create_workspace(f"other-{name}-x")
    project.ok("init", "-no-color", stdin="1\n")
    assert sorted(project.ok("workspace", "list").replace("*", " ").split()) == ["dev", "prod"]
    project.ok("workspace", "select", "prod")
    project.apply()
    assert api.current_state(api.workspace(f"{name}-prod")) is not None
    assert api.current_state(api.workspace(f"{name}-dev")) is None


def test_migrates_a_local_state(server, api, project, name):
    project.write('resource "terraform_data" "kept" { input = "from the disk" }')
    project.init()
    project.apply()
    before = project.pull()
    project.cloud(server.host, f'name = "{name}"', body='resource "terraform_data" "kept" { input = "from the disk" }')
    project.ok("init", "-no-color", stdin="yes\n")
    after = project.pull()
    assert after["resources"] == before["resources"]
    assert "No changes" in project.ok("plan", "-no-color", "-input=false")
    assert not api.workspace(name)["attributes"]["locked"]


def test_migrates_a_local_state_to_the_remote_backend(server, project, name):
    project.write('resource "terraform_data" "kept" { input = "from the disk" }')
    project.init()
    project.apply()
    before = project.pull()
    project.remote(server.host, f'name = "{name}"', body='resource "terraform_data" "kept" { input = "from the disk" }')
    project.ok("init", "-no-color", "-migrate-state", "-force-copy", "-input=false")
    assert project.pull()["resources"] == before["resources"]


def test_an_unknown_organization_is_not_found(server, project):
    project.cloud(server.host, 'name = "any"', organization="nobody-has-this")
    refused = project.fails("init", "-input=false", "-no-color")
    assert "nobody-has-this" in refused and "not found" in refused, refused
