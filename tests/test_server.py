"""`stateward server` and `stateward check`: production, from a file, the environment and flags."""

import base64
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest
import requests
import trustme

from support.paths import STATEWARD
from support.project import Project
from support.server import admin, clean_environment, free_port, stateward


class Production:
    """`stateward server --config FILE`."""

    def __init__(self, folder: pathlib.Path, settings: str, **environment: str) -> None:
        self.folder = folder / "data"
        self.config = folder / "stateward.toml"
        self.config.write_text(settings)
        self.output = folder / "server.out"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [STATEWARD, "server", "--config", str(self.config)],
                env=clean_environment(**environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait(self, url: str, **options) -> requests.Response:
        """Wait until it answers."""
        deadline = time.monotonic() + 20
        while True:
            assert self.process.poll() is None, self.output.read_text()
            try:
                return requests.get(url, timeout=5, **options)
            except requests.ConnectionError:
                assert time.monotonic() < deadline, self.output.read_text()
                time.sleep(0.05)

    def stop(self) -> int:
        """Ask it to stop."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


def check(file: pathlib.Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """`stateward check` on a file."""
    return stateward("check", "--config", str(file), *arguments, **environment)


def test_plain_http_behind_a_proxy(tmp_path):
    port = free_port()
    production = Production(
        tmp_path,
        f'listen = "127.0.0.1:{port}"\nexternal_url = "https://stateward.example.com"\n'
        f'data_dir = "{tmp_path}/data"\ntrusted_proxies = ["127.0.0.1"]\nlog_format = "json"\n',
    )
    try:
        answer = production.wait(f"http://127.0.0.1:{port}/api/v2/ping")
        assert answer.headers["TFP-API-Version"] == "2.6"
        admin(production, "create-user", "root", "--email", "root@example.com", "--site-admin")
        token = admin(production, "create-token", "root")["token"]
        admin(production, "create-organization", "first", "--owner", "root")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/vnd.api+json"}
        base = f"http://127.0.0.1:{port}/api/v2"
        document = {"data": {"type": "workspaces", "attributes": {"name": "one"}}}
        made = requests.post(f"{base}/organizations/first/workspaces", json=document, headers=headers, timeout=5)
        assert made.status_code == 201, made.text
        workspace = made.json()["data"]["id"]
        requests.post(f"{base}/workspaces/{workspace}/actions/lock", headers=headers, timeout=5).raise_for_status()
        state = {"serial": 1, "md5": "0" * 32, "lineage": "x"}
        document = {"data": {"type": "state-versions", "attributes": state}}
        made = requests.post(f"{base}/workspaces/{workspace}/state-versions", json=document, headers=headers, timeout=5)
        # URLs are those that clients use, not those behind the proxy.
        assert made.json()["data"]["attributes"]["hosted-state-upload-url"].startswith("https://stateward.example.com/")
    finally:
        assert production.stop() == 0, production.output.read_text()
    for line in production.output.read_text().splitlines():
        assert line.startswith("{"), line


def test_an_own_certificate(tmp_path):
    port = free_port()
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    for piece in certificate.cert_chain_pems:
        piece.write_to_path(str(tmp_path / "chain.pem"), append=True)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    production = Production(
        tmp_path,
        f'listen = "127.0.0.1:{port}"\nexternal_url = "https://localhost:{port}"\ndata_dir = "{tmp_path}/data"\n'
        f'tls_certificate = "{tmp_path}/chain.pem"\ntls_key = "{tmp_path}/key.pem"\n',
    )
    try:
        answer = production.wait(f"https://localhost:{port}/.well-known/terraform.json", verify=str(tmp_path / "ca.pem"))
        assert answer.json()["tfe.v2"]
        assert answer.headers["Content-Type"].startswith("application/json")
    finally:
        assert production.stop() == 0


def test_a_second_server_takes_over_on_postgresql(tmp_path, terraform, name):
    """One server is killed; another on the same database, with the same master key, goes on where it was."""
    url = os.environ.get("STATEWARD_TEST_POSTGRES")
    if not url:
        pytest.skip("STATEWARD_TEST_POSTGRES is not set: ./test e2e sets it")
    port = free_port()
    # As long as an argument may be, and nothing that can be compressed.
    value = os.urandom(60_000).hex()
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    def server(folder: str) -> Production:
        (tmp_path / folder).mkdir()
        return Production(
            tmp_path / folder,
            f'listen = "127.0.0.1:{port}"\nexternal_url = "https://localhost:{port}"\ndata_dir = "{tmp_path}/{folder}/data"\n'
            f'database_url = "{url}"\nmaster_key = "{base64.b64encode(b"k" * 32).decode()}"\n'
            f'tls_certificate = "{tmp_path}/both.pem"\ntls_key = "{tmp_path}/both.pem"\n',
        )

    def administer(*arguments: str) -> dict:
        done = stateward("admin", "--config", str(first.config), "--json", *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    ping, trusted = f"https://localhost:{port}/api/v2/ping", str(tmp_path / "ca.pem")
    first = server("first")
    try:
        first.wait(ping, verify=trusted)
        administer("create-user", "root", "--email", "root@example.com", "--site-admin")
        administer("create-organization", "first", "--owner", "root")
        token = administer("create-token", "root")["token"]
        configuration = tmp_path / "root.tfrc"
        configuration.write_text(f'credentials "localhost:{port}" {{\n  token = "{token}"\n}}\ndisable_checkpoint = true\n')
        shell = clean_environment(SSL_CERT_FILE=trusted, TF_CLI_CONFIG_FILE=str(configuration))
        project = Project(tmp_path / "project", terraform, shell)
        project.cloud(f"localhost:{port}", f'name = "{name}"', organization="first.default").init()
        project.apply("-var", f"value={value}")
    finally:
        first.process.kill()
        first.process.wait()
    second = server("second")
    try:
        second.wait(ping, verify=trusted)
        assert project.ok("output", "-raw", "plain") == value
        project.apply("-var", "value=two")
        project.ok("destroy", "-auto-approve", "-no-color", "-input=false")
    finally:
        assert second.stop() == 0, second.output.read_text()


def test_check_names_every_wrong_key(tmp_path):
    file = tmp_path / "wrong.toml"
    file.write_text(
        'listen = "here"\nexternal_url = "ftp://x"\ndatabase_url = "mysql://x"\nmaster_key = "short"\n'
        'tls_key = "/nowhere"\ntrusted_proxies = ["everyone"]\nlog_format = "xml"\nmax_state_bytes = 0\n'
        'seal = "glass"\ncredentials_audit_dir = "/nowhere"\n'
    )
    done = check(file)
    assert done.returncode == 2
    for key in ("listen", "external_url", "database_url", "master_key", "tls_certificate", "trusted_proxies", "log_format", "max_state_bytes", "seal", "credentials_audit_dir"):
        assert f"{key}:" in done.stdout, done.stdout
    # A server does not start on it either, and says the same.
    assert stateward("server", "--config", str(file)).returncode == 2


def test_check_of_a_right_file(tmp_path):
    file = tmp_path / "right.toml"
    file.write_text(f'listen = "127.0.0.1:{free_port()}"\nexternal_url = "https://s.example.com"\ndata_dir = "{tmp_path}/data"\n')
    done = check(file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lisen = 1\n", "lisen"),
        ("listen = \n", "line 1"),
        ("max_connections = \"many\"\n", "max_connections"),
        ("\x00", "toml"),
    ],
)
def test_check_of_a_file_that_cannot_be_read(tmp_path, text, said):
    file = tmp_path / "broken.toml"
    file.write_text(text)
    done = check(file)
    assert done.returncode == 2 and said in done.stdout + done.stderr, done.stdout + done.stderr
    assert check(tmp_path / "nowhere.toml").returncode == 2


def test_the_environment_and_flags_win_over_the_file(tmp_path):
    file = tmp_path / "file.toml"
    file.write_text(f'listen = "nonsense"\nexternal_url = "https://s.example.com"\ndata_dir = "{tmp_path}/data"\n')
    assert check(file).returncode == 2
    good = f"127.0.0.1:{free_port()}"
    assert check(file, STATEWARD_LISTEN=good).returncode == 0
    assert check(file, "--listen", good, STATEWARD_LISTEN="worse").returncode == 0


def test_a_wrong_master_key_is_told(tmp_path):
    def settings(key: bytes) -> str:
        return (
            f'listen = "127.0.0.1:{free_port()}"\nexternal_url = "https://s.example.com"\n'
            f'data_dir = "{tmp_path}/data"\nmaster_key = "{base64.b64encode(key).decode()}"\n'
        )

    first = os.urandom(32)
    file = tmp_path / "key.toml"
    file.write_text(settings(first))
    done = stateward("admin", "--config", str(file), "create-user", "a", "--email", "a@example.com")
    assert done.returncode == 0, done.stderr
    file.write_text(settings(os.urandom(32)))
    done = stateward("admin", "--config", str(file), "create-token", "a")
    assert done.returncode == 2 and "master key" in done.stderr.lower(), done.stderr


def test_a_database_that_is_not_there(tmp_path):
    file = tmp_path / "postgres.toml"
    file.write_text(
        f'listen = "127.0.0.1:{free_port()}"\nexternal_url = "https://s.example.com"\ndata_dir = "{tmp_path}/data"\n'
        f'database_url = "postgres://u:planted-secret@127.0.0.1:{free_port()}/x"\n'
    )
    done = check(file)
    assert done.returncode == 2 and "database_url:" in done.stdout, done.stdout + done.stderr
    assert "planted-secret" not in done.stdout + done.stderr
