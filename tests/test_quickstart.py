"""What the README tells a new user to type, typed."""

import re
import shutil
import socket
import subprocess

import pytest

from support.paths import QUICKSTART

from support.server import Server


def commands() -> list[str]:
    """The shell lines of the quickstart's README, without comments."""
    blocks = re.findall(r"```sh\n(.*?)```", (QUICKSTART / "README.md").read_text(), re.S)
    return [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]


def test_the_readme_says_what_is_tested_here():
    typed = commands()
    assert "cargo run --release -- dev" in typed
    assert ". .stateward/dev.env" in typed
    assert [line for line in typed if line.startswith("terraform")] == [
        "terraform init",
        "terraform apply",
        "terraform output -raw password",
        "terraform state list",
        "terraform apply -var name=everyone",
        "terraform destroy",
    ]


def test_the_quickstart(own_server, terraform, tmp_path):
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 8443)) == 0:
            pytest.skip("port 8443 is in use")
    server = Server(tmp_path / ".stateward", port=8443).start()
    try:
        folder = tmp_path / "quickstart"
        shutil.copytree(QUICKSTART, folder)
        # Not through the helper's environment: a shell sources the file, as the README says.
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "terraform").symlink_to(terraform)
        script = f"""
            set -e
            export HOME={tmp_path} PATH={tmp_path}/bin:$PATH NO_COLOR=1
            . {tmp_path}/.stateward/dev.env
            cd {folder}
            terraform init -input=false
            echo yes | terraform apply
            terraform output -raw password
            terraform state list
            echo yes | terraform apply -var name=everyone
            terraform output -raw greeting
            echo yes | terraform destroy
        """
        done = subprocess.run(["env", "-i", f"PATH={_path()}", "/bin/sh", "-c", script], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Hello, everyone!" in done.stdout and "Destroy complete! Resources: 1" in done.stdout
        workspace = server.api().workspace("quickstart", "acme.default")
        assert workspace["attributes"]["locked"] is False
        assert len(server.api().state_versions("quickstart")) == 3
    finally:
        server.stop()


def _path() -> str:
    return "/usr/local/bin:/usr/bin:/bin"
