"""Row 10: `terraform login` by the browser flow, with the pages clicked in headless Chromium."""

import base64
import hashlib
import json
import pathlib
import re

import pexpect
import pytest
from support.api import data, errors
from support.browser import NARROW, WIDE, Watched
from support.login import start_login

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_login_clicked_through(leaving_home, browser, server, name, width):
    terminal, url = start_login(leaving_home, server.host)
    watched = Watched(browser, server.address, width)
    watched.page.goto(url)
    watched.check("login-sign-in")
    watched.page.get_by_label(re.compile("user", re.I)).first.fill(server.variables["STATEWARD_USER"])
    watched.page.get_by_label("Password").fill(server.variables["STATEWARD_PASSWORD"])
    watched.page.get_by_role("button", name="Sign in").click()
    watched.page.wait_for_url("**/app/oauth/authorize*")
    watched.check("consent")
    watched.page.get_by_role("button", name=re.compile("allow|authori[sz]e|approve|log in", re.I)).first.click()
    watched.page.wait_for_url("http://localhost:*/login*")
    watched.is_content("the login")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0, terminal.before

    file = pathlib.Path(leaving_home.environment["HOME"]) / ".terraform.d" / "credentials.tfrc.json"
    token = json.loads(file.read_text())["credentials"][server.host]["token"]
    leaving_home.cloud(server.host, f'name = "{name}"').init()
    leaving_home.apply()

    # It stands among the person's tokens, and once revoked it is worth nothing on the very next request.
    api = server.api(token)
    user = data(api.get("account/details"))["id"]
    listed = data(api.get(f"users/{user}/authentication-tokens"))
    newest = max(listed, key=lambda token: token["attributes"]["created-at"])
    assert server.api().delete(f"authentication-tokens/{newest['id']}").status_code == 204
    errors(api.get("account/details"), 401)
    assert "unauthorized" in leaving_home.fails("plan", "-no-color", "-input=false").lower()
    watched.close()


def test_refusing_makes_no_token(leaving_home, browser, server):
    terminal, url = start_login(leaving_home, server.host)
    watched = Watched(browser, server.address)
    watched.sign_in(server.variables["STATEWARD_USER"], server.variables["STATEWARD_PASSWORD"])
    before = len(_tokens(server))
    watched.page.goto(url)
    refuse = watched.page.get_by_role("button", name=re.compile("deny|cancel|refuse|not", re.I)).or_(
        watched.page.get_by_role("link", name=re.compile("deny|cancel|refuse|not", re.I))
    )
    refuse.first.click()
    watched.page.wait_for_load_state()
    # The client understands no refusal by redirect: the person stays here.
    assert watched.page.url.startswith(server.address)
    watched.is_content("the refusal")
    terminal.sendintr()
    terminal.close(force=True)
    assert len(_tokens(server)) == before
    watched.close()


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ("redirect_uri", "https://evil.example/login"),
        ("redirect_uri", "http://localhost.evil.example:10001/login"),
        ("redirect_uri", "http://localhost:80/login"),
        ("redirect_uri", "http://localhost:10001/elsewhere"),
        ("redirect_uri", ""),
        ("response_type", "token"),
        ("code_challenge_method", "plain"),
        ("code_challenge", ""),
        ("client_id", "somebody-else"),
    ],
)
def test_a_wrong_request_is_not_redirected(browser, server, change, to):
    query = {
        "client_id": server.api().get("/.well-known/terraform.json").json()["login.v1"]["client"],
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
        "redirect_uri": "http://localhost:10001/login",
        "response_type": "code",
        "state": "s",
        change: to,
    }
    watched = Watched(browser, server.address)
    watched.sign_in(server.variables["STATEWARD_USER"], server.variables["STATEWARD_PASSWORD"])
    encoded = "&".join(f"{name}={value}" for name, value in query.items())
    answer = watched.page.goto(f"{server.address}/app/oauth/authorize?{encoded}")
    assert 400 <= answer.status < 500, answer.status
    assert watched.page.url.startswith(server.address)
    watched.close()


def test_a_code_is_good_once_and_for_its_verifier_only(browser, server):
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    client = server.api().get("/.well-known/terraform.json").json()["login.v1"]["client"]
    redirect = "http://localhost:10007/login"
    watched = Watched(browser, server.address)
    watched.sign_in(server.variables["STATEWARD_USER"], server.variables["STATEWARD_PASSWORD"])

    def code() -> str:
        seen = []
        watched.page.on("request", lambda request: seen.append(request.url))
        watched.page.goto(
            f"{server.address}/app/oauth/authorize?client_id={client}&code_challenge={challenge}&code_challenge_method=S256"
            f"&redirect_uri={redirect}&response_type=code&state=abc"
        )
        watched.page.get_by_role("button", name=re.compile("allow|authori[sz]e|approve|log in", re.I)).first.click()
        watched.page.wait_for_timeout(500)
        back = next(url for url in seen if url.startswith(redirect))
        assert "state=abc" in back
        return re.search(r"code=([^&]+)", back).group(1)

    def exchange(code: str, **changes: str):
        form = {"client_id": client, "code": code, "code_verifier": verifier, "grant_type": "authorization_code", "redirect_uri": redirect, **changes}
        return server.api().session.post(f"{server.address}/app/oauth/token", data=form, headers={"Authorization": None}, timeout=5)

    wrong = exchange(code(), code_verifier="w" * 50)
    assert wrong.status_code == 400 and wrong.json()["error"] == "invalid_grant"
    wrong = exchange(code(), redirect_uri="http://localhost:10008/login")
    assert wrong.status_code == 400
    right = code()
    made = exchange(right)
    assert made.status_code == 200 and made.json()["token_type"].lower() == "bearer"
    assert "no-store" in made.headers["Cache-Control"]
    assert exchange(right).status_code == 400
    assert exchange("made-up").status_code == 400
    watched.close()


def _tokens(server) -> list:
    api = server.api()
    user = data(api.get("account/details"))["id"]
    return data(api.get(f"users/{user}/authentication-tokens", params={"page[size]": 100}))
