"""The pages of variables and variable sets in headless Chromium, narrow and wide, light and dark."""

import re

import pytest
from support.api import data
from support.browser import NARROW, WIDE, Watched

pytestmark = pytest.mark.browser

SECRET = "planted-correct-horse"


@pytest.fixture
def signed_in(browser, server):
    """Makes windows in which the administrator is signed in; they are closed again."""
    opened = []

    def make(width: int = WIDE, scheme: str = "light") -> Watched:
        watched = Watched(browser, server.address, width, scheme)
        opened.append(watched)
        watched.sign_in(server.variables["STATEWARD_USER"], server.variables["STATEWARD_PASSWORD"])
        return watched

    yield make
    for watched in opened:
        watched.close()


def resource(kind: str, **attributes) -> dict:
    """A document with one resource."""
    return {"data": {"type": kind, "attributes": attributes}}


@pytest.fixture(scope="module")
def furnished(server):
    """A workspace with variables of its own and of sets, and where the pages are."""
    api = server.api()
    workspace = api.create_workspace("billing")
    api.create_workspace("billing-empty")
    vars_of = f"workspaces/{workspace['id']}/vars"
    certificate = "-----BEGIN CERTIFICATE-----\n" + "MIIB" * 60 + "\n-----END CERTIFICATE-----\n"
    for key, value, category, more in [
        ("region", "eu-central-1", "terraform", {"description": "Where everything runs."}),
        ("instance_types", '["m7g.large", "m7g.xlarge"]', "terraform", {"hcl": True}),
        ("certificate", certificate, "terraform", {}),
        ("DATABASE_PASSWORD", SECRET, "env", {"sensitive": True}),
        ("TF_LOG", "", "env", {}),
    ]:
        data(api.post(vars_of, resource("vars", key=key, value=value, category=category, **more)), 201)
    for number in range(20):
        data(api.post(vars_of, resource("vars", key=f"more_{number:02}", value=str(number), category="terraform")), 201)
    sets = "organizations/acme/varsets"
    aws = data(api.post(sets, resource("varsets", name="aws-production", description="Account 1234.")), 201)
    rules = data(api.post(sets, resource("varsets", name="company rules", **{"global": True}, priority=True)), 201)
    for number in range(22):
        data(api.post(sets, resource("varsets", name=f"unused {number:02}")), 201)
    linkage = {"data": [{"type": "workspaces", "id": workspace["id"]}]}
    assert api.post(f"varsets/{aws['id']}/relationships/workspaces", linkage).status_code == 204
    for owner, key, value, sensitive in [
        (aws, "AWS_REGION", "eu-central-1", False),
        (aws, "AWS_SECRET_ACCESS_KEY", SECRET, True),
        (rules, "TF_LOG", "INFO", False),
    ]:
        body = resource("vars", key=key, value=value, category="env", sensitive=sensitive)
        data(api.post(f"varsets/{owner['id']}/relationships/vars", body), 201)
    body = resource("vars", key="region", value="us-east-1", category="terraform")
    data(api.post(f"varsets/{aws['id']}/relationships/vars", body), 201)
    project = workspace["relationships"]["project"]["data"]["id"]
    variable = data(api.get(vars_of))[0]["id"]
    settings = "/app/acme/settings/variable-sets"
    return {
        "variables": "/app/acme/workspaces/billing/variables",
        "variables-found": "/app/acme/workspaces/billing/variables?search=region",
        "variables-none": "/app/acme/workspaces/billing/variables?search=nothing-like-this",
        "variables-second-page": "/app/acme/workspaces/billing/variables?page=2",
        "variables-few": "/app/acme/workspaces/billing-empty/variables",
        "variable-new": "/app/acme/workspaces/billing/variables/new",
        "variable-edit": f"/app/acme/workspaces/billing/variables/{variable}",
        "sets": settings,
        "sets-none": f"{settings}?search=nothing-like-this",
        "set-new": f"{settings}/new",
        "set": f"{settings}/{aws['id']}",
        "set-global": f"{settings}/{rules['id']}",
        "set-variable-new": f"{settings}/{aws['id']}/variables/new",
        "sets-of-a-project": f"/app/acme/projects/{project}/variable-sets",
    }


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page(signed_in, furnished, width, scheme):
    watched = signed_in(width, scheme)
    for name, path in furnished.items():
        answer = watched.page.goto(f"{watched.address}{path}")
        assert answer.status == 200, f"{path}: {answer.status}"
        watched.check(f"{name}-{scheme}")
        assert SECRET not in watched.page.content(), name


def test_where_older_command_lines_lead(signed_in, furnished):
    watched = signed_in()
    watched.open("/app/acme/billing/variables")
    assert watched.page.url.endswith("/app/acme/workspaces/billing/variables")


def test_a_variable_from_its_first_to_its_last_day(signed_in, server):
    server.api().create_workspace("click")
    watched = signed_in()
    page = watched.open("/app/acme/workspaces/click")
    page.get_by_role("navigation", name="Workspace").get_by_role("link", name="Variables").click()
    page.get_by_role("link", name="Add variable").click()
    page.get_by_label("Key").fill("1st")
    page.get_by_label("Value").fill(SECRET)
    page.get_by_label("Sensitive").check()
    page.get_by_role("button", name="Add variable").click()
    assert "starts with a letter" in page.get_by_text(re.compile("starts with")).inner_text()
    assert page.get_by_label("Value").input_value() == ""
    page.get_by_label("Key").fill("first")
    page.get_by_label("Value").fill(SECRET)
    page.get_by_role("button", name="Add variable").click()
    page.get_by_text("The variable is added.").wait_for()
    assert SECRET not in page.content()
    page.get_by_role("link", name="first", exact=True).click()
    assert SECRET not in page.content()
    # Its secret can't be had by calling it something else.
    page.get_by_label("Sensitive").uncheck()
    page.get_by_role("button", name="Save changes").click()
    page.get_by_text(re.compile("only together with its value")).wait_for()
    page.get_by_label("Sensitive").check()
    page.get_by_label("Description").fill("The first one.")
    page.get_by_role("button", name="Save changes").click()
    page.get_by_text("The first one.").wait_for()
    page.get_by_text("Delete…").click()
    page.get_by_role("button", name="Delete the variable").click()
    page.get_by_text("It has none.").wait_for()
    watched.is_content("a variable")


def test_a_set_from_its_first_to_its_last_day(signed_in, server):
    server.api().create_workspace("click-sets")
    watched = signed_in()
    page = watched.open("/app/acme/settings")
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Variable sets").click()
    page.get_by_role("link", name="New variable set").first.click()
    page.get_by_label("Name").fill("clicked")
    page.get_by_role("button", name="Create variable set").click()
    page.get_by_text("The set is there.").wait_for()
    page.get_by_role("link", name="Add variable").click()
    page.get_by_label("Key").fill("region")
    page.get_by_label("Value").fill("eu-1\neu-2")
    page.get_by_role("button", name="Add variable").click()
    page.get_by_text("The variable is added.").wait_for()
    page.get_by_label("Workspace", exact=True).fill("no-such-workspace")
    page.get_by_role("button", name="Add workspace").click()
    page.get_by_text("has no such workspace").wait_for()
    watched.check("set-refused")
    page.get_by_label("Workspace", exact=True).fill("click-sets")
    page.get_by_role("button", name="Add workspace").click()
    page.get_by_role("link", name="click-sets").click()
    page.get_by_role("link", name="clicked: this workspace").wait_for()
    page.get_by_role("link", name="Add variable").click()
    page.get_by_label("Key").fill("region")
    page.get_by_role("button", name="Add variable").click()
    page.get_by_text("Overridden").wait_for()
    page.get_by_role("link", name="clicked: this workspace").click()
    page.get_by_label("Has priority").check()
    page.get_by_role("button", name="Save changes").click()
    page.get_by_text("Your changes are saved.").wait_for()
    page.get_by_role("button", name="Add project").click()
    page.get_by_text("The set counts there from now on.").wait_for()
    page.get_by_text("Remove…").first.click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("The set counts there no longer.").wait_for()
    page.locator(".danger-zone").get_by_text("Delete…").click()
    page.get_by_role("button", name="Delete the set").click()
    page.get_by_text("The set is deleted.").wait_for()
    watched.is_content("a set")
