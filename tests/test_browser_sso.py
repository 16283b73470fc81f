"""Signing in at a real OpenID Connect provider, clicked through in headless Chromium."""

import json
import pathlib
import re
import urllib.parse

import pexpect
import pytest
from support.api import Api, data
from support.browser import NARROW, WIDE, Watched
from support.login import start_login
from support.oidc import Provider
from support.server import Server, admin, free_port

pytestmark = pytest.mark.browser

PEOPLE = {
    "ada": {"preferred_username": "ada", "email": "ada@example.com", "email_verified": True, "groups": ["engineers", "everybody"]},
    "eve": {"preferred_username": "eve", "email": "eve@elsewhere.example", "email_verified": True, "groups": []},
}


class Site:
    """A server, the provider at which its people sign in, and windows."""

    def __init__(self, folder: pathlib.Path, browser, **settings: str) -> None:
        port = free_port()
        address = f"https://localhost:{port}"
        client = {
            "client_id": "stateward",
            "client_secret": "the secret of stateward",
            "redirect_uris": [f"{address}/app/sign-in/oidc/callback"],
            "post_logout_redirect_uris": [f"{address}/app/sign-in?done=signed-out"],
        }
        self.people = json.loads(json.dumps(PEOPLE))
        self.provider = Provider({}, clients=[client], accounts=self.people)
        environment = {
            "STATEWARD_OIDC_ISSUER": self.provider.issuer,
            "STATEWARD_OIDC_CLIENT_ID": "stateward",
            "STATEWARD_OIDC_CLIENT_SECRET": "the secret of stateward",
            "STATEWARD_OIDC_NAME": "Example",
            "STATEWARD_OIDC_SCOPES": "openid,profile,email,groups",
            "STATEWARD_OUTGOING_NETWORKS": "127.0.0.1",
            "STATEWARD_OUTGOING_HTTP": "true",
        }
        self.server = Server(folder, port, **{**environment, **settings}).start()
        self.browser = browser
        self.windows: list[Watched] = []

    def window(self, width: int = WIDE, scheme: str = "light") -> Watched:
        """A window of somebody who has signed in nowhere."""
        watched = Watched(self.browser, self.server.address, width, scheme, friend=self.provider.issuer)
        # The provider's own pages ask for a font, which no test needs the internet for.
        watched.context.route("https://fonts.googleapis.com/**", lambda route: route.fulfill(body="", content_type="text/css"))
        self.windows.append(watched)
        return watched

    def api_of(self, name: str) -> Api:
        """The API as somebody who has an account."""
        return self.server.api(admin(self.server, "create-token", name)["token"])

    def close(self) -> None:
        """End all of it."""
        for window in self.windows:
            window.close()
        self.server.kill()
        self.provider.stop()


@pytest.fixture
def site(tmp_path, browser):
    """Makes sites."""
    made = []

    def make(**settings: str) -> Site:
        made.append(Site(tmp_path / f"site-{len(made)}" / "data", browser, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


def at_provider(watched: Watched, name: str) -> None:
    """Sign in on the provider's pages, and let it tell who one is."""
    page = watched.page
    page.wait_for_url(f"{watched.friend}/interaction/**")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("any")
    page.get_by_role("button", name=re.compile("sign-in", re.I)).click()
    page.get_by_role("button", name=re.compile("continue", re.I)).click()


def test_clicked_through_and_groups_land_in_teams(site):
    one = site()
    api = one.server.api()
    for team, group in (("engineering", "engineers"), ("admins", "admins")):
        attributes = {"name": team, "sso-team-id": group, "visibility": "organization", "organization-access": {"manage-workspaces": team == "engineering"}}
        data(api.post("organizations/acme/teams", {"data": {"type": "teams", "attributes": attributes}}), 201)
    watched = one.window()
    watched.open("/app/acme/workspaces?search=a")
    watched.check("sign-in-both")
    watched.page.get_by_role("link", name="Sign in with Example").click()
    at_provider(watched, "ada")
    # Where she wanted to go; and there she may, because her group is a team's.
    watched.page.wait_for_url(f"{one.server.address}/app/acme/workspaces?search=a")
    watched.check("after-sign-in")
    ada = one.api_of("ada")
    teams = data(ada.get("organizations/acme/teams"))
    assert "engineering" in {team["attributes"]["name"] for team in teams}
    workspace = ada.create_workspace("made-by-ada")
    assert workspace["attributes"]["permissions"]["can-update"]
    # Signed out here and still signed in there: the next sign-in asks nothing.
    watched.open("/app")
    watched.page.locator("details.menu summary").click()
    watched.page.get_by_role("button", name="Sign out").click()
    watched.page.get_by_text("You are signed out").wait_for()
    watched.check("signed-out-both")
    watched.page.get_by_role("link", name="Sign in with Example").click()
    watched.page.wait_for_url(f"{one.server.address}/app")
    # The way back in the history does not end in an error.
    watched.page.go_back()
    watched.page.wait_for_load_state()
    assert watched.page.url.startswith((one.server.address, one.provider.issuer)), watched.page.url
    watched.open("/app/settings/account")
    watched.check("account-without-password")


def test_signing_out_there_too(site):
    one = site()
    watched = one.window()
    watched.open("/app/sign-in/oidc")
    at_provider(watched, "ada")
    watched.page.wait_for_url(f"{one.server.address}/app")
    watched.page.locator("details.menu summary").click()
    watched.page.get_by_role("button", name="Sign out").click()
    watched.page.get_by_role("link", name=re.compile("sign out there")).click()
    watched.page.get_by_role("button", name=re.compile("yes", re.I)).click()
    watched.page.wait_for_url(f"{one.server.address}/app/sign-in?done=signed-out")
    watched.page.get_by_role("link", name="Sign in with Example").click()
    # Asked again, since she is signed in nowhere.
    at_provider(watched, "eve")
    watched.page.wait_for_url(f"{one.server.address}/app")
    assert "eve" in watched.page.locator("details.menu").inner_text() or watched.page.get_by_text("eve").count()


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_terraform_login(site, leaving_home, width):
    one = site(STATEWARD_LOCAL_ACCOUNTS="false")
    leaving_home.environment["SSL_CERT_FILE"] = one.server.certificates
    terminal, url = start_login(leaving_home, one.server.host)
    watched = one.window(width)
    watched.page.goto(url)
    # The page leads on by itself.
    at_provider(watched, "ada")
    watched.page.wait_for_url("**/app/oauth/authorize*")
    watched.check("consent-after-sso")
    watched.page.get_by_role("button", name="Approve").click()
    # Terraform hangs up as soon as it has the code, whether or not the window has its page by then.
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0, terminal.before
    file = pathlib.Path(leaving_home.environment["HOME"]) / ".terraform.d" / "credentials.tfrc.json"
    token = json.loads(file.read_text())["credentials"][one.server.host]["token"]
    assert data(one.server.api(token).get("account/details"))["attributes"]["username"] == "ada"


def test_only_there(site):
    one = site(STATEWARD_LOCAL_ACCOUNTS="false")
    watched = one.window(NARROW)
    watched.open("/app/sign-in?done=signed-out")
    watched.check("sign-in-elsewhere-only")
    assert watched.page.locator("input[type=password]").count() == 0
    answer = watched.page.request.post(
        f"{one.server.address}/app/sign-in",
        form={"login": one.server.variables["STATEWARD_USER"], "password": one.server.variables["STATEWARD_PASSWORD"]},
        headers={"Origin": one.server.address},
        max_redirects=0,
    )
    assert answer.status == 403, answer.text()
    # A form whose session has ended: the browser's policy lets no form lead to another server.
    watched.open("/app/sign-in/oidc")
    at_provider(watched, "ada")
    watched.page.wait_for_url(f"{one.server.address}/app")
    watched.open("/app/settings/account")
    watched.context.clear_cookies(name="__Host-stateward")
    watched.page.get_by_role("button", name="Save changes").click()
    watched.page.get_by_text("Your session has ended").wait_for()
    watched.check("session-ended")
    watched.page.get_by_role("link", name="Sign in with Example").click()
    watched.page.wait_for_url(f"{one.server.address}/app")


def test_without_scripts(site):
    one = site(STATEWARD_LOCAL_ACCOUNTS="false")
    context = one.browser.new_context(ignore_https_errors=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{one.server.address}/app/settings/tokens")
    page.wait_for_url(f"{one.provider.issuer}/interaction/**")
    context.close()


@pytest.mark.parametrize("parameter", ["state", "nonce", "code_challenge", "redirect_uri"])
def test_what_was_changed_on_the_way_there_lets_nobody_in(site, parameter):
    one = site()
    watched = one.window()
    url = away(watched)
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query))
    other = {"state": query["state"][:-4] + "AAAA", "redirect_uri": "https://evil.example/"}
    query[parameter] = other.get(parameter, "x" * 43)
    watched.page.goto(urllib.parse.urlunsplit(parts._replace(query=urllib.parse.urlencode(query))))
    if parameter == "redirect_uri":
        # The provider itself knows better.
        assert watched.page.url.startswith(one.provider.issuer)
        return
    at_provider(watched, "ada")
    watched.page.wait_for_url(f"{one.server.address}/app/sign-in**")
    watched.is_content(parameter)
    said = {"state": "begun in another browser", "nonce": "does not belong to this sign-in", "code_challenge": "invalid_grant"}
    watched.page.get_by_text(re.compile(said[parameter])).wait_for()
    watched.check(f"refused-{parameter}")
    watched.open("/app")
    assert "/app/sign-in" in watched.page.url


def test_the_answer_opens_in_the_browser_that_asked(site):
    one = site()
    ours, other = one.window(), one.window()
    seen = []
    ours.page.on("request", lambda request: seen.append(request.url))
    ours.page.goto(away(ours))
    # What binds the answer is gone when it comes, so that it stays as good as it was.
    binding = [cookie for cookie in ours.context.cookies() if cookie["name"] == "__Host-stateward-binding"]
    assert binding[0]["httpOnly"] and binding[0]["secure"] and binding[0]["sameSite"] == "Lax"
    ours.context.clear_cookies(name="__Host-stateward-binding")
    at_provider(ours, "ada")
    ours.page.get_by_text("begun in another browser").wait_for()
    answer = next(url for url in seen if "/app/sign-in/oidc/callback?" in url)
    for window in (other, ours):
        window.page.goto(answer)
        window.page.get_by_text("begun in another browser").wait_for()
        window.open("/app")
        assert "/app/sign-in" in window.page.url
    ours.context.add_cookies(binding)
    ours.page.goto(answer)
    ours.page.wait_for_url(f"{one.server.address}/app")


def test_refusing_there_is_said_here(site):
    one = site()
    watched = one.window(NARROW)
    watched.page.goto(away(watched))
    watched.page.get_by_role("link", name=re.compile("cancel", re.I)).click()
    watched.page.get_by_text("access_denied").wait_for()
    watched.check("sign-in-refused-there")
    watched.page.get_by_role("link", name="Try again").click()
    watched.page.wait_for_url(f"{one.server.address}/app/sign-in**")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_how_it_looks(site, width, scheme):
    one = site()
    watched = one.window(width, scheme)
    watched.open("/app/sign-in")
    watched.check(f"sign-in-both-{scheme}")
    watched.open("/app/sign-in?done=expired")
    watched.check(f"sign-in-expired-{scheme}")


def away(watched: Watched) -> str:
    """Where the sign-in page's link leads to."""
    answer = watched.page.request.get(f"{watched.address}/app/sign-in/oidc", max_redirects=0)
    assert answer.status == 303, answer.text()
    return answer.headers["location"]
