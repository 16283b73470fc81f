"""The console in headless Chromium, narrow and wide, by mouse and by keyboard."""

import re

import pytest
from support.api import data, errors, state
from support.browser import NARROW, WIDE, Watched

pytestmark = pytest.mark.browser


@pytest.fixture
def window(browser, server):
    """Makes windows that are closed again."""
    opened = []

    def make(width: int = WIDE, scheme: str = "light") -> Watched:
        watched = Watched(browser, server.address, width, scheme)
        opened.append(watched)
        return watched

    yield make
    for watched in opened:
        watched.close()


@pytest.fixture
def signed_in(window, server):
    """Makes windows in which the administrator is signed in."""

    def make(width: int = WIDE, scheme: str = "light") -> Watched:
        watched = window(width, scheme)
        watched.sign_in(server.variables["STATEWARD_USER"], server.variables["STATEWARD_PASSWORD"])
        return watched

    return make


@pytest.fixture(scope="module")
def furnished(server):
    """Something to look at on every page."""
    api = server.api()
    for number in range(25):
        api.create_workspace(f"service-{number:02}")
    workspace = api.create_workspace("network")
    document = {"data": [{"type": "tag-bindings", "attributes": {"key": "env", "value": "production"}}]}
    assert api.patch(f"workspaces/{workspace['id']}/tag-bindings", document).status_code == 200
    lineage = "9b7c6b1e-6f3e-4dd1-8f20-2f5b7f0a1c11"
    for serial in range(1, 4):
        content = (
            b'{"version":4,"terraform_version":"1.15.5","serial":%d,"lineage":"%s","outputs":'
            b'{"address":{"value":"10.0.0.1","type":"string"},"password":{"value":"planted-hunter2","type":"string","sensitive":true}},'
            b'"resources":[{"mode":"managed","type":"terraform_data","name":"router","provider":"provider[\\"terraform.io/builtin/terraform\\"]",'
            b'"instances":[{"schema_version":0,"attributes":{"id":"x"}}]}]}'
        ) % (serial, lineage.encode())
        api.write_state(workspace, content)
    assert api.lock(workspace, "maintenance window").status_code == 200
    yield workspace
    api.unlock(workspace)


PAGES = {
    "organizations": "/app",
    "tokens": "/app/settings/tokens",
    "account": "/app/settings/account",
    "projects": "/app/acme/projects",
    "workspaces": "/app/acme/workspaces",
    "workspaces-found": "/app/acme/workspaces?search=network",
    "workspaces-none": "/app/acme/workspaces?search=nothing-like-this",
    "workspaces-of-a-project": "/app/acme.default/workspaces",
    "workspace": "/app/acme/workspaces/network",
    "workspace-empty": "/app/acme/workspaces/service-00",
    "settings": "/app/acme/settings",
    "audit": "/app/acme/settings/audit",
    "audit-denied": "/app/acme/settings/audit?shown=denied&span=day",
    "organization-tokens": "/app/acme/settings/tokens",
    "new-team-token": "/app/acme/settings/tokens/new?kind=team",
    "new-organization-token": "/app/acme/settings/tokens/new?kind=organization",
    "keys": "/app/acme/settings/keys",
    "new-key": "/app/acme/settings/keys/new",
    "members": "/app/acme/settings/members",
    "teams": "/app/acme/settings/teams",
    "teams-none": "/app/acme/settings/teams?search=nothing-like-this",
    "team-new": "/app/acme/settings/teams/new",
    "workspace-access": "/app/acme/workspaces/network/access",
    "workspace-access-new": "/app/acme/workspaces/network/access/new",
    "trusted-issuers": "/app/acme/settings/trusted-issuers",
    "trusted-issuer-new": "/app/acme/settings/trusted-issuers/new",
}


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_every_page(signed_in, furnished, width):
    watched = signed_in(width)
    for name, path in PAGES.items():
        answer = watched.page.goto(f"{watched.address}{path}")
        assert answer.status == 200, f"{path}: {answer.status}"
        watched.check(name)


def test_every_page_in_the_dark(signed_in, furnished):
    watched = signed_in(WIDE, "dark")
    for name in ("organizations", "workspaces", "workspace", "tokens"):
        watched.open(PAGES[name])
        watched.check(f"{name}-dark")
        background = watched.page.evaluate("getComputedStyle(document.body).backgroundColor")
        red, green, blue = (int(part) for part in re.findall(r"\d+", background)[:3])
        assert red + green + blue < 200, f"{name} is not dark: {background}"


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_the_sign_in_page_and_the_error_page(window, width):
    watched = window(width)
    watched.open("/app")
    assert "/app/sign-in" in watched.page.url
    watched.check("sign-in")
    watched.page.get_by_label(re.compile("user", re.I)).first.fill("admin")
    watched.page.get_by_label("Password").fill("wrong")
    watched.page.get_by_role("button", name="Sign in").click()
    watched.page.get_by_role("alert").first.wait_for()
    watched.check("sign-in-wrong")
    answer = watched.page.goto(f"{watched.address}/app/nowhere/workspaces/at/all")
    assert answer.status == 404 or "/sign-in" in watched.page.url
    answer = watched.page.goto(f"{watched.address}/assets/nothing")
    assert answer.status == 404
    answer = watched.page.goto(f"{watched.address}/logout/not-a-token")
    assert answer.status in (200, 404)
    watched.check("logout-unknown")


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_an_error_page_when_signed_in(signed_in, width):
    watched = signed_in(width)
    answer = watched.page.goto(f"{watched.address}/app/no-such-organization/workspaces")
    assert answer.status == 404
    watched.check("error")


def test_no_link_leads_nowhere(signed_in, furnished):
    watched = signed_in()
    seen, queue = set(), list(PAGES.values())
    while queue:
        path = queue.pop()
        if path in seen or len(seen) > 60:
            continue
        seen.add(path)
        answer = watched.page.goto(f"{watched.address}{path}")
        assert answer.status < 400, f"{path}: {answer.status}"
        hrefs = watched.page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
        queue.extend(href.partition("#")[0] for href in hrefs if href.startswith("/") and not href.startswith(("/blobs", "/api")))
    assert len(seen) > 15
    watched.is_content("the links")


def test_signing_in_by_keyboard_only(window, server):
    watched = window()
    watched.open("/app/settings/tokens")
    keyboard = watched.page.keyboard
    # The cursor stands in the first field.
    keyboard.type(server.variables["STATEWARD_USER"])
    keyboard.press("Tab")
    keyboard.type(server.variables["STATEWARD_PASSWORD"])
    keyboard.press("Enter")
    # Where one wanted to go.
    watched.page.wait_for_url("**/app/settings/tokens")
    # What has the focus can be seen.
    keyboard.press("Tab")
    assert watched.page.evaluate("document.activeElement.tagName") != "BODY"
    outline = watched.page.evaluate("(s => s.outlineStyle + s.outlineWidth + s.boxShadow)(getComputedStyle(document.activeElement))")
    assert outline != "none0pxnone", outline
    watched.is_content("the keyboard")


def test_the_session_cookie_is_locked_down(signed_in):
    watched = signed_in()
    cookies = watched.context.cookies()
    assert [cookie["name"] for cookie in cookies] == ["__Host-stateward"]
    assert cookies[0]["secure"] and cookies[0]["httpOnly"] and cookies[0]["sameSite"] in ("Lax", "Strict")


def test_return_to_leads_nowhere_else(window, server):
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        watched = window()
        watched.open(f"/app/sign-in?return_to={target}")
        watched.page.get_by_label(re.compile("user", re.I)).first.fill(server.variables["STATEWARD_USER"])
        watched.page.get_by_label("Password").fill(server.variables["STATEWARD_PASSWORD"])
        watched.page.get_by_role("button", name="Sign in").click()
        watched.page.wait_for_url(lambda url: "/sign-in" not in url)
        assert watched.page.url.startswith(f"{server.address}/app"), watched.page.url


def test_sign_out_ends_the_session(signed_in):
    watched = signed_in()
    cookies = watched.context.cookies()
    watched.open("/app")
    watched.page.locator("details.menu summary").click()
    watched.page.get_by_role("button", name="Sign out").click()
    watched.page.wait_for_url("**/app/sign-in*")
    # The old cookie is worth nothing, wherever it was kept.
    watched.context.add_cookies(cookies)
    watched.open("/app/settings/tokens")
    assert "/app/sign-in" in watched.page.url


def test_a_token_is_made_shown_once_and_revoked(signed_in, server, window):
    watched = signed_in()
    page = watched.open("/app/settings/tokens")
    page.get_by_label(re.compile("what is it for", re.I)).fill("laptop of the test")
    page.get_by_role("button", name=re.compile("create|make|generate", re.I)).first.click()
    page.get_by_text("laptop of the test").first.wait_for()
    watched.check("token-new")
    shown = re.search(r"terraform login", page.content())
    assert shown, "the command to paste is missing"
    token = re.search(r'token\s*=\s*(?:&quot;|")([A-Za-z0-9_.-]{20,})', page.content()).group(1)
    assert server.api(token).get("account/details").status_code == 200
    page = watched.open("/app/settings/tokens")
    assert token not in page.content()
    row = page.locator("tr, li, article").filter(has_text="laptop of the test").first
    row.get_by_text(re.compile("revoke", re.I)).first.click()
    confirm = page.get_by_role("button", name=re.compile("revoke", re.I))
    if confirm.locator("visible=true").count() and server.api(token).get("account/details").status_code == 200:
        row.get_by_role("button", name=re.compile("revoke", re.I)).locator("visible=true").last.click()
    page.wait_for_load_state()
    errors(server.api(token).get("account/details"), 401)
    watched.is_content("the tokens")


def test_search_tags_and_lock_on_the_workspaces_page(signed_in, furnished):
    watched = signed_in()
    page = watched.open("/app/acme/workspaces")
    page.get_by_role("searchbox").or_(page.locator("input[type=search], input[name=search]")).first.fill("network")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"search=network"))
    assert page.get_by_role("link", name="network").count() >= 1
    assert page.get_by_role("link", name="service-01").count() == 0
    assert "production" in page.content()


def test_one_workspace_hides_what_is_sensitive(signed_in, furnished, api):
    watched = signed_in()
    page = watched.open("/app/acme/workspaces/network")
    content = page.content()
    assert "10.0.0.1" in content and "router" in content
    assert "planted-hunter2" not in content
    # Who holds the lock and why.
    assert "maintenance window" in content and "admin" in content
    # Shown when asked for.
    page.get_by_role("button", name="Reveal").or_(page.get_by_role("link", name="Reveal")).first.click()
    page.get_by_text("planted-hunter2").first.wait_for()
    watched.check("workspace-revealed")


def test_force_unlock_asks_first(signed_in, server, api, name):
    workspace = api.create_workspace(name)
    assert api.lock(workspace).status_code == 200
    watched = signed_in()
    page = watched.open(f"/app/acme/workspaces/{name}")
    page.get_by_text(re.compile("force.unlock|break the lock", re.I)).locator("visible=true").first.click()
    if api.workspace(name)["attributes"]["locked"]:
        page.get_by_role("button", name=re.compile("unlock|break", re.I)).locator("visible=true").last.click()
        page.wait_for_load_state()
    assert not api.workspace(name)["attributes"]["locked"]
    watched.is_content("force-unlock")


def test_names_are_shown_not_run(signed_in, api, name):
    workspace = api.create_workspace(name, description="<script>alert(1)</script><img src=x onerror=alert(2)>")
    content = state(1, evil="</textarea><script>alert(3)</script>")
    api.write_state(workspace, content)
    assert api.lock(workspace, "<b onclick=alert(4)>reason").status_code == 200
    watched = signed_in()
    dialogs = []
    watched.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    watched.open(f"/app/acme/workspaces/{name}")
    watched.check("workspace-hostile")
    assert dialogs == []
    assert watched.page.locator("img[src=x], b[onclick]").count() == 0
    api.unlock(workspace)


def test_pages_work_without_scripts(browser, server):
    context = browser.new_context(ignore_https_errors=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.address}/app/acme/workspaces")
    page.get_by_label(re.compile("user", re.I)).first.fill(server.variables["STATEWARD_USER"])
    page.get_by_label("Password").fill(server.variables["STATEWARD_PASSWORD"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/app/acme/workspaces")
    context.close()


def test_another_persons_pages_are_not_there(window, second_user, furnished):
    person = second_user("outsider")
    watched = window()
    watched.sign_in(person.name, person.password)
    watched.open("/app")
    watched.check("organizations-empty")
    assert "acme" not in watched.page.locator("main").inner_text()
    for path in ("/app/acme/workspaces", "/app/acme/workspaces/network", "/app/acme/projects", "/app/acme/settings"):
        answer = watched.page.goto(f"{watched.address}{path}")
        assert answer.status == 404, f"{path}: {answer.status}"


def test_sign_in_is_throttled(window, second_user):
    person = second_user("guessed")
    watched = window()
    for _ in range(30):
        page = watched.open("/app/sign-in")
        page.get_by_label(re.compile("user", re.I)).first.fill(person.name)
        page.get_by_label("Password").fill("wrong")
        with page.expect_navigation() as navigation:
            page.get_by_role("button", name="Sign in").click()
        if navigation.value.status == 429:
            return
    raise AssertionError("thirty wrong passwords, and nobody minded")
