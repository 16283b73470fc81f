"""Row 10 without a browser: a pasted token, a bad one, logout, and what reaches the log."""

import json
import pathlib

import pexpect
import pytest
import requests

from support.api import data, errors


@pytest.fixture
def manual(proxy, server):
    """A proxy that hides the browser login, so that the command line asks for a token."""

    def hide(exchange):
        if exchange.path != "/.well-known/terraform.json":
            return None
        document = requests.get(f"{server.address}{exchange.path}", verify=server.certificates, timeout=5).json()
        del document["login.v1"]
        return 200, json.dumps(document).encode()

    proxy.intercept = hide
    return proxy


def login(project, host: str, token: str) -> tuple[int, str]:
    """`terraform login`, with the token pasted at a terminal."""
    environment = {name: value for name, value in project.environment.items() if name != "TF_CLI_CONFIG_FILE"}
    terminal = pexpect.spawn(str(project.terraform), ["login", host], env=environment, cwd=project.folder, timeout=30, encoding="utf-8")
    terminal.expect("Enter a value:")
    terminal.sendline("yes")
    terminal.expect("Enter a value:")
    # The link loses its port; the path is what must be served.
    assert "/app/settings/tokens" in terminal.before
    terminal.sendline(token)
    terminal.expect(pexpect.EOF)
    terminal.close()
    return terminal.exitstatus, terminal.before


def credentials(project) -> dict:
    file = pathlib.Path(project.environment["HOME"]) / ".terraform.d" / "credentials.tfrc.json"
    return json.loads(file.read_text())["credentials"] if file.exists() else {}


def test_a_pasted_token(manual, recorded, server, second_user, name):
    person = second_user("paster", organization="acme", owner=True)
    code, said = login(recorded, manual.host, person.api.token)
    assert code == 0, said
    assert f"logged in as {person.name}" in " ".join(said.split()) or person.name in said, said
    assert credentials(recorded) == {manual.host: {"token": person.api.token}}
    # It is good for work.
    del recorded.environment["TF_CLI_CONFIG_FILE"]
    recorded.cloud(manual.host, f'name = "{name}"').init()
    recorded.apply()
    # Logout is local: the token lives on until it is revoked.
    recorded.ok("logout", manual.host)
    assert credentials(recorded) == {}
    assert person.api.get("account/details").status_code == 200
    recorded.fails("plan", "-no-color", "-input=false")


def test_a_bad_pasted_token(manual, recorded):
    code, said = login(recorded, manual.host, "not-a-token")
    assert code == 1 and "Token is invalid" in " ".join(said.split()), said
    assert credentials(recorded) == {}


def test_a_bad_token_in_the_configuration(server, project, name):
    file = project.folder / "bad.tfrc"
    file.write_text(f'credentials "{server.host}" {{\n  token = "wrong"\n}}\ndisable_checkpoint = true\n')
    project.environment["TF_CLI_CONFIG_FILE"] = str(file)
    project.cloud(server.host, f'name = "{name}"')
    said = project.fails("init", "-no-color", "-input=false")
    assert "unauthorized" in said.lower(), said


def test_the_logout_page(server, second_user):
    person = second_user("leaver")
    url = f"{server.address}/logout/{person.api.token}"
    session = requests.Session()
    session.verify, session.trust_env = server.certificates, False
    page = session.get(url, timeout=5)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"]
    assert person.api.token not in page.text.replace(f"/logout/{person.api.token}", "")
    # Looking is not revoking: link previews look.
    assert person.api.get("account/details").status_code == 200
    fields = {"csrf": page.text.partition('name="csrf"')[2].partition('value="')[2].partition('"')[0]}
    assert session.post(url, data=fields, timeout=5).status_code == 200
    errors(person.api.get("account/details"), 401)
    again = session.get(url, timeout=5)
    assert again.status_code in (200, 404, 410) and "panicked" not in again.text


def test_no_token_reaches_the_log(own_server, terraform, new_project, name):
    server = own_server(STATEWARD_LOG_LEVEL="trace")
    project = new_project("traced", environment=server.shell()).cloud(server.host, f'name = "{name}"')
    project.init()
    project.apply("-var", "value=planted-in-the-state")
    api = server.api()
    made = data(
        api.post(
            f"users/{data(api.get('account/details'))['id']}/authentication-tokens",
            {"data": {"type": "authentication-tokens", "attributes": {"description": "planted"}}},
        ),
        201,
    )["attributes"]["token"]
    requests.get(f"{server.address}/logout/{made}", verify=server.certificates, timeout=5)
    current = data(api.get(f"workspaces/{api.workspace(name)['id']}/current-state-version"))
    download = current["attributes"]["hosted-state-download-url"]
    assert api.get(download).status_code == 200
    requests.get(f"{server.address}/api/v2/account/details?access_token={made}", verify=server.certificates, timeout=5)
    assert server.stop() == 0
    log = server.page()
    assert len(log) > 1000, "the trace log is empty: this test shows nothing"
    for secret in (server.token, made, "planted-in-the-state", "hunter2"):
        assert secret not in log, next(line for line in log.splitlines() if secret in line)
    if "/blobs/" in download:
        secret = download.partition("/blobs/")[2].split("/")[-1]
        assert secret not in log, next(line for line in log.splitlines() if secret in line)
