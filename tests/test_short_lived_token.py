"""What examples/short-lived-token shows, done: a `terraform apply` on a token that is dead afterwards."""

import os
import pathlib
import re
import shutil
import stat
import subprocess

import pytest

from support.api import data
from support.bao import program
from support.paths import ROOT

EXAMPLE = ROOT / "examples" / "short-lived-token"
KEEP = 'env > "{folder}/environment"; cp "$TF_CLI_CONFIG_FILE" "{folder}/configuration"'


@pytest.fixture
def folder(server, terraform, tmp_path):
    """The example, for the port of this server, and a place for programs."""
    folder = tmp_path / "example"
    shutil.copytree(EXAMPLE, folder)
    main = folder / "main.tf"
    main.write_text(main.read_text().replace("localhost:8443", server.host))
    (folder / "bin").mkdir()
    # A program that keeps what it was given, before it is Terraform.
    kept = folder / "bin" / "terraform"
    kept.write_text(f'#!/bin/sh\n{KEEP.format(folder=folder)}\nexec "{terraform}" "$@"\n')
    kept.chmod(kept.stat().st_mode | stat.S_IXUSR)
    return folder


def run(server, folder, *command: str) -> subprocess.CompletedProcess:
    """The script in a shell that sourced dev.env."""
    environment = {
        **server.shell(),
        "PATH": f"{folder / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "NO_COLOR": "1",
    }
    return subprocess.run(
        [folder / "run.sh", *command], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def token_of(folder) -> str:
    """The token that Terraform was given: the only one it got."""
    lines = (folder / "environment").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if "=" in line)
    for name in ("STATEWARD_TOKEN", "VAULT_TOKEN", "BAO_TOKEN"):
        assert name not in given, name
    assert not pathlib.Path(given["TF_CLI_CONFIG_FILE"]).exists()
    return re.search(r'token = "(\S+)"', (folder / "configuration").read_text()).group(1)


@pytest.mark.parametrize("client", ["bao", "vault", "curl"])
def test_a_job_runs_on_a_token_that_is_gone_afterwards(server, api, folder, client):
    if client != "curl":
        (folder / "bin" / client).symlink_to(program())
    done = run(server, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Apply complete!" in done.stdout or "No changes." in done.stdout, done.stdout
    lease = re.search(r"terraform/creds/short-lived/\w{24}", done.stdout)
    assert lease, done.stdout
    token = token_of(folder)
    assert token not in done.stdout + done.stderr
    assert server.api(token).get("account/details").status_code == 401
    # The work is there, and of the token only the trail.
    workspace = api.workspace("short-lived-token")
    assert workspace["attributes"]["locked"] is False
    keys = data(api.get("organizations/acme/access-keys", params={"page[size]": 100}))
    places = [key["relationships"]["workspace"]["data"] for key in keys]
    assert workspace["id"] not in [place["id"] for place in places if place]


def test_the_token_is_gone_even_if_the_job_fails(server, folder):
    done = run(server, folder, "sh", "-c", KEEP.format(folder=folder) + "; exit 3")
    assert done.returncode == 3, done.stdout + done.stderr
    assert server.api(token_of(folder)).get("account/details").status_code == 401


def test_the_readme_says_what_is_tested_here():
    readme = (EXAMPLE / "README.md").read_text()
    script = (EXAMPLE / "run.sh").read_text()
    assert "examples/short-lived-token/run.sh" in readme
    assert os.access(EXAMPLE / "run.sh", os.X_OK)
    for words in ("rights=read-state,write-state,read-outputs,lock ttl=5m max_ttl=5m", "lease revoke -sync"):
        assert words in readme and words in script, words
