"""The pages of short-lived credentials in headless Chromium, narrow and wide, light and dark."""

import re
import sqlite3

import pytest
from support.api import data
from support.bao import Bao
from support.browser import NARROW, WIDE, Watched
from support.server import Server

pytestmark = pytest.mark.browser

HOME = "/app/credentials"
POLICY = 'path "terraform/creds/*" {\n  capabilities = ["read"]\n}\n'


@pytest.fixture(scope="module")
def vault_server(tmp_path_factory) -> Server:
    """A development server whose mounts and policies these tests may change."""
    running = Server(tmp_path_factory.mktemp("pages") / "data").start()
    yield running
    assert running.stop() == 0, running.page()
    assert "panicked" not in running.page(), running.page()


@pytest.fixture(scope="module")
def bao(vault_server, tmp_path_factory) -> Bao:
    """`bao` with the token of dev.env, which may do everything."""
    return Bao(
        vault_server.address, vault_server.certificates, tmp_path_factory.mktemp("home"), vault_server.variables["BAO_TOKEN"]
    )


@pytest.fixture
def signed_in(browser, vault_server):
    """Makes windows in which the administrator is signed in; they are closed again."""
    opened = []

    def make(width: int = WIDE, scheme: str = "light") -> Watched:
        watched = Watched(browser, vault_server.address, width, scheme)
        opened.append(watched)
        watched.sign_in(vault_server.variables["STATEWARD_USER"], vault_server.variables["STATEWARD_PASSWORD"])
        return watched

    yield make
    for watched in opened:
        watched.close()


def user_of(server: Server) -> str:
    """The administrator's id."""
    return data(server.api().get("account/details"))["id"]


@pytest.fixture(scope="module")
def furnished(vault_server, bao):
    """Mounts, roles of every kind, leases and policies, and where the pages are."""
    api = vault_server.api()
    api.create_workspace("network")
    user = user_of(vault_server)
    login = bao.json("write", "auth/stateward/login", f"token={vault_server.token}")["auth"]["client_token"]
    bao("policy", "write", "ci-deploy", "-", stdin=POLICY)
    bao("write", "auth/stateward/config", "token_policies=ci-deploy")
    bao("secrets", "enable", "-path=partners/hcp", "-description=Tokens of HCP Terraform for partners", "terraform")
    bao("auth", "enable", "approle")
    bao("auth", "enable", "-description=GitHub Actions", "jwt")
    rights = "rights=read-state,write-state,read-outputs,lock"
    bao("write", "terraform/role/ci", "organization=acme", "workspace=network", rights, "ttl=10m", "max_ttl=1h", "description=nightly plan")
    bao("write", "terraform/role/ada", f"user_id={user}", "ttl=1h")
    bao("write", "terraform/role/robots", "team_id=team-BUHBEM97xboT8TVz", "credential_type=team")
    for number in range(21):
        bao("write", f"terraform/role/more-{number:02}", f"user_id={user}", BAO_TOKEN=vault_server.variables["BAO_TOKEN"])
    lease = ""
    for _ in range(22):
        lease = bao.json("read", "terraform/creds/ci")["lease_id"]
    accessor = bao.json("secrets", "list")["terraform/"]["accessor"]
    empty = bao.json("secrets", "list")["partners/hcp/"]["accessor"]
    mount = f"{HOME}/mounts/{accessor}"
    return {
        "lease": lease,
        "pages": {
            "mounts": f"{HOME}/mounts",
            "mounts-none": f"{HOME}/mounts?search=nothing-like-this",
            "mount-new": f"{HOME}/mounts/new",
            "mount": mount,
            "mount-empty": f"{HOME}/mounts/{empty}",
            "mount-settings": f"{mount}/settings",
            "role-kinds": f"{mount}/new-role",
            "role-new-bound": f"{mount}/new-role?kind=bound",
            "role-new-team": f"{mount}/new-role?kind=team",
            "role": f"{mount}/roles/ci",
            "leases": f"{HOME}/leases",
            "leases-second-page": f"{HOME}/leases?page=2",
            "leases-none": f"{HOME}/leases?search=nothing-like-this",
            "leases-irrevocable": f"{HOME}/leases?state=irrevocable",
            "revoke-prefix": f"{HOME}/leases/revoke-prefix",
            "revoke-prefix-found": f"{HOME}/leases/revoke-prefix?prefix=terraform/creds/ci",
            "revoke-prefix-none": f"{HOME}/leases/revoke-prefix?prefix=terraform/creds/robots",
            "policies": f"{HOME}/policies",
            "policy": f"{HOME}/policies/ci-deploy",
            "policy-root": f"{HOME}/policies/root",
            "policy-new": f"{HOME}/new-policy",
            "login-methods": f"{HOME}/login-methods",
            "commands": f"{HOME}/commands?role={accessor}/ci",
            "commands-vault": f"{HOME}/commands?cli=vault",
        },
    }


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page(signed_in, furnished, width, scheme):
    watched = signed_in(width, scheme)
    for name, path in furnished["pages"].items():
        answer = watched.page.goto(f"{watched.address}{path}")
        assert answer.status == 200, f"{path}: {answer.status}"
        watched.check(f"credentials-{name}-{scheme}")


def test_where_administrators_are_led(signed_in, furnished):
    watched = signed_in()
    page = watched.open("/app")
    page.locator("details.menu > summary").click()
    page.get_by_role("link", name="Short-lived credentials").click()
    page.get_by_role("heading", name="Mounts").wait_for()
    for section in ["Leases", "Policies", "Ways to log in", "Commands"]:
        page.get_by_role("navigation", name="Sections").get_by_role("link", name=section).click()
        page.get_by_role("heading", level=1, name=section).wait_for()
    watched.is_content("the sections")


def test_a_policy_from_its_first_to_its_last_day(signed_in, furnished, bao):
    watched = signed_in()
    page = watched.open(f"{HOME}/policies")
    page.get_by_role("link", name="New policy").click()
    page.get_by_label("Name").fill("clicked")
    page.get_by_label("Rules").fill(POLICY + 'path "x" {\n  capabilities = ["fly"]\n}\n')
    page.get_by_role("button", name="Create policy").click()
    page.get_by_text(re.compile("line 5", re.I)).first.wait_for()
    assert 'capabilities = ["fly"]' in page.locator(".wrong-line").inner_text()
    watched.check("credentials-policy-wrong")
    page.get_by_label("Rules").fill(POLICY)
    page.get_by_role("button", name="Create policy").click()
    page.get_by_text("Created.").wait_for()
    assert bao("policy", "read", "clicked").strip() == POLICY.strip()
    page.get_by_label("Rules").fill(POLICY.replace("read", "list"))
    page.get_by_role("button", name="Save changes").click()
    page.get_by_text("Your changes are saved.").wait_for()
    assert "list" in bao("policy", "read", "clicked")
    page.locator(".danger-zone").get_by_text("Delete…").click()
    page.get_by_role("button", name="Delete the policy").click()
    page.get_by_text("Deleted.").wait_for()
    assert bao.run("policy", "read", "clicked").returncode == 2
    watched.is_content("a policy")


def test_a_mount_and_its_role_from_their_first_to_their_last_day(signed_in, furnished, bao, vault_server):
    watched = signed_in()
    page = watched.open(f"{HOME}/mounts")
    page.get_by_role("link", name="Enable the Terraform engine").click()
    page.get_by_label("Path").fill("clicked")
    page.get_by_label("Leases last").fill("soon")
    page.get_by_role("button", name="Enable", exact=True).click()
    page.get_by_text(re.compile("number with a unit")).wait_for()
    page.get_by_label("Leases last").fill("30m")
    page.get_by_role("button", name="Enable", exact=True).click()
    page.get_by_text("Say where it works next").wait_for()
    page.get_by_label("It works").select_option("own")
    page.get_by_role("button", name="Save connection").click()
    page.get_by_text("Your changes are saved.").wait_for()
    page.get_by_role("navigation", name="Breadcrumbs").get_by_role("link", name="clicked/").click()
    page.get_by_role("link", name="New role").click()
    page.get_by_role("link", name=re.compile("Bound to a place")).click()
    page.get_by_label("Name", exact=True).fill("job")
    page.get_by_label("Organization", exact=True).fill("acme")
    page.get_by_label("Its name or id").fill("no-such-workspace")
    page.get_by_role("button", name="Create role").click()
    page.get_by_role("alert").wait_for()
    watched.check("credentials-role-refused")
    page.get_by_label("Its name or id").fill("network")
    page.get_by_label("They may").select_option("read")
    page.get_by_role("button", name="Create role").click()
    page.get_by_text("Created.").wait_for()
    role = bao.json("read", "clicked/role/job")["data"]
    assert role["credential_type"] == "bound" and role["access"] == "read"
    assert role["on_behalf_of"] == user_of(vault_server)
    token = bao.json("read", "clicked/creds/job")
    assert token["lease_duration"] == 1800
    page.get_by_role("link", name="job", exact=True).click()
    page.get_by_label("A lease lasts").fill("5m")
    page.get_by_role("button", name="Save changes").click()
    page.get_by_text("Your changes are saved.").wait_for()
    assert bao.json("read", "clicked/role/job")["data"]["ttl"] == 300
    page.get_by_role("link", name="Commands").last.click()
    page.get_by_text("bao read clicked/creds/job").first.wait_for()
    page.go_back()
    page.locator(".danger-zone").get_by_text("Delete…").click()
    page.get_by_role("button", name="Delete the role").click()
    page.get_by_text("No roles yet").wait_for()
    page.get_by_role("link", name="Settings").click()
    page.locator(".danger-zone").get_by_text("Disable…").click()
    watched.check("credentials-mount-disable")
    page.get_by_label("Path of the mount").fill("clicked")
    page.get_by_role("button", name="Disable the mount").click()
    page.get_by_text("The mount is gone").wait_for()
    assert vault_server.api(token["data"]["token"]).get("account/details").status_code == 401
    watched.is_content("a mount")


def test_leases_end_by_click(signed_in, furnished, bao):
    watched = signed_in()
    lease = furnished["lease"]
    page = watched.open(f"{HOME}/leases")
    page.get_by_label(re.compile("Search by role")).fill(lease)
    page.get_by_text("1 lease").first.wait_for()
    page.get_by_text("Revoke…").click()
    watched.check("credentials-lease-revoke")
    page.get_by_role("button", name="Revoke the lease").click()
    page.get_by_text("The lease is revoked").wait_for()
    assert bao.run("lease", "lookup", lease).returncode == 2
    watched.open(f"{HOME}/leases/revoke-prefix")
    page.get_by_label("Path").fill("terraform/creds/ci")
    page.get_by_role("button", name="See what it hits").click()
    page.get_by_role("button", name=re.compile(r"Revoke \d+ leases")).click()
    page.get_by_text("All of them are over").wait_for()
    watched.is_content("leases")


@pytest.mark.parametrize(("width", "scheme"), [(NARROW, "dark"), (WIDE, "light")])
def test_what_could_not_be_revoked(signed_in, furnished, bao, vault_server, width, scheme):
    lease = bao.json("read", "terraform/creds/ada")["lease_id"]
    with sqlite3.connect(vault_server.folder / "stateward.db", timeout=30) as db:
        error = "tried to revoke the token, and app.terraform.io did not answer: timed out after 30 seconds"
        db.execute(
            "UPDATE credential_leases SET revoke_at = NULL, attempts = 6, last_error = ? WHERE id = ?", (error, lease)
        )
    db.close()
    watched = signed_in(width, scheme)
    page = watched.open(f"{HOME}/leases")
    page.get_by_text(re.compile("could not be revoked: what")).wait_for()
    watched.check(f"credentials-leases-warning-{scheme}")
    page.get_by_role("link", name="See why").click()
    page.get_by_text("Not revoked").first.wait_for()
    page.get_by_text(re.compile("did not answer")).first.wait_for()
    watched.check(f"credentials-leases-given-up-{scheme}")
    page.get_by_text("Try again…").first.click()
    page.get_by_role("button", name="Revoke the lease").click()
    page.get_by_text("The lease is revoked").wait_for()
    watched.is_content("a lease that could not be revoked")


def test_while_it_is_sealed(browser, own_server):
    server = own_server("sealed-pages", STATEWARD_SEAL="shamir")
    watched = Watched(browser, server.address, NARROW)
    watched.sign_in(server.variables["STATEWARD_USER"], server.variables["STATEWARD_PASSWORD"])
    assert watched.page.goto(f"{server.address}{HOME}/leases").status == 503
    watched.page.get_by_role("heading", name="The credential engine is not initialized").wait_for()
    watched.check("credentials-sealed")
    watched.close()


def test_without_scripts(browser, vault_server, furnished):
    """Commands can be selected, and confirmations opened, without any script."""
    context = browser.new_context(ignore_https_errors=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{vault_server.address}/app/sign-in")
    page.get_by_label(re.compile("user", re.I)).first.fill(vault_server.variables["STATEWARD_USER"])
    page.get_by_label("Password").fill(vault_server.variables["STATEWARD_PASSWORD"])
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{vault_server.address}{furnished['pages']['commands']}")
    page.get_by_label("Command line").select_option("vault")
    page.get_by_role("button", name="Show commands").click()
    assert "vault read terraform/creds/ci" in page.locator("pre").nth(1).inner_text()
    assert not page.locator("button.copy").first.is_visible()
    page.goto(f"{vault_server.address}{furnished['pages']['policy']}")
    page.locator(".danger-zone summary").click()
    assert page.get_by_role("button", name="Delete the policy").is_visible()
    context.close()
