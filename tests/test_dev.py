"""`stateward dev`: what it makes, how it stops, what a second one is told."""

import pathlib
import signal
import stat
import subprocess

import pexpect
import pytest
import requests

from support.paths import STATEWARD
from support.project import Project
from support.server import clean_environment, free_port, stateward

VARIABLES = {
    "STATEWARD_ADDRESS",
    "STATEWARD_TOKEN",
    "STATEWARD_USER",
    "STATEWARD_PASSWORD",
    "STATEWARD_ORGANIZATION",
    "SSL_CERT_FILE",
    "TF_CLI_CONFIG_FILE",
    "VAULT_ADDR",
    "VAULT_TOKEN",
    "VAULT_CACERT",
    "BAO_ADDR",
    "BAO_TOKEN",
    "BAO_CACERT",
}


def one_line_error(done: subprocess.CompletedProcess) -> str:
    """What every refusal of the command line looks like."""
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    assert "panicked" not in lines[0]
    return lines[0]


def test_what_it_writes(server):
    assert set(server.variables) == VARIABLES
    assert server.variables["STATEWARD_ORGANIZATION"] == "acme"
    assert stat.S_IMODE((server.folder / "dev.env").stat().st_mode) == 0o600
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    configuration = pathlib.Path(server.variables["TF_CLI_CONFIG_FILE"])
    assert stat.S_IMODE(configuration.stat().st_mode) == 0o600
    assert server.host in configuration.read_text() and server.token in configuration.read_text()
    keys = [file for file in server.folder.rglob("*") if "key" in file.name]
    assert keys and all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in keys), keys


def test_the_certificate_is_good_for_both_names(server):
    for host in ("localhost", "127.0.0.1"):
        answer = requests.get(f"https://{host}:{server.port}/api/v2/ping", verify=server.certificates, timeout=5)
        assert answer.headers["TFP-API-Version"] == "2.6"


def test_the_page_is_plain_in_a_pipe_and_coloured_on_a_terminal(server, tmp_path):
    page = server.page()
    assert "\x1b" not in page
    for expected in ("dev.env", server.address, "admin", "terraform init"):
        assert expected in page, page
    assert len(page.splitlines()) < 40
    arguments = ["dev", "--data-dir", str(tmp_path / "terminal"), "--listen", f"127.0.0.1:{free_port()}"]
    terminal = pexpect.spawn(str(STATEWARD), arguments, env=clean_environment(TERM="xterm"), timeout=20, encoding="utf-8")
    terminal.expect("dev.env")
    terminal.expect("terraform init")
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


def test_the_log_has_colours_on_a_terminal_alone(own_server):
    server = own_server(STATEWARD_LOG_LEVEL="info")
    assert server.api().get("account/details").status_code == 200
    assert server.stop() == 0
    page = server.page()
    assert " INFO " in page and "\x1b" not in page


def test_ctrl_c_stops_it_and_a_second_start_keeps_everything(own_server, terraform, tmp_path, name):
    server = own_server()
    project = Project(tmp_path / "project", terraform, server.shell())
    project.cloud(server.host, f'name = "{name}"').init()
    project.apply()
    before, page = dict(server.variables), server.page()
    assert server.stop(signal.SIGINT) == 0
    server.start()
    assert server.variables == before
    assert server.page() == page
    assert project.ok("output", "-raw", "secret") == "hunter2-one"
    project.apply("-var", "value=two")
    assert server.stop(signal.SIGTERM) == 0


def test_a_second_server_on_the_same_folder(server):
    done = stateward("dev", "--data-dir", str(server.folder), "--listen", f"127.0.0.1:{free_port()}")
    line = one_line_error(done)
    assert str(server.folder) in line and "choose another folder" in line, line
    assert server.api().get("ping").status_code < 300


def test_a_taken_port(server, tmp_path):
    line = one_line_error(stateward("dev", "--data-dir", str(tmp_path / "new"), "--listen", f"127.0.0.1:{server.port}"))
    assert str(server.port) in line and "--listen" in line, line


@pytest.mark.parametrize(
    "arguments",
    [
        ["dev", "--listen", "nonsense"],
        ["dev", "--listen", "127.0.0.1:99999"],
        ["dev", "--data-dir", "/proc/nowhere"],
        ["server", "--config", "/nonexistent.toml"],
        ["server", "--listen", "127.0.0.1:1"],
    ],
)
def test_wrong_arguments_get_one_line(arguments, tmp_path):
    line = one_line_error(stateward(*arguments, STATEWARD_DATA_DIR=str(tmp_path / "data")) if "--data-dir" not in arguments else stateward(*arguments))
    assert line


def test_unknown_flags_and_help():
    unknown = stateward("dev", "--colour")
    assert unknown.returncode == 2 and "--colour" in unknown.stderr
    for arguments in (["--help"], ["dev", "--help"], ["server", "--help"], ["check", "--help"], ["admin", "--help"], ["--version"]):
        done = stateward(*arguments)
        assert done.returncode == 0 and done.stdout


def test_an_apply_in_flight_survives_a_restart(own_server, terraform, tmp_path, name):
    """The server goes down while Terraform works, and is there again before Terraform is done."""
    server = own_server()
    project = Project(tmp_path / "project", terraform, server.shell())
    body = 'resource "terraform_data" "slow" {\n  provisioner "local-exec" { command = "sleep 4" }\n}\n'
    project.cloud(server.host, f'name = "{name}"', body=body).init()
    running = project.start("apply", "-auto-approve", "-no-color", "-input=false")
    for line in running.stdout:
        if "Provisioning" in line:
            break
    assert server.stop() == 0
    server.start()
    output = running.communicate(timeout=60)[0]
    assert running.returncode == 0, output
    assert "terraform_data.slow" in project.ok("state", "list")
