"""The built program, started as a user would start it."""

import json
import os
import pathlib
import shlex
import signal
import socket
import subprocess
import time

import requests

from support.api import Api
from support.paths import STATEWARD


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def clean_environment(**more: str) -> dict[str, str]:
    """The environment less everything that would steer Stateward or Terraform."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STATEWARD_", "TF_", "TFE_", "SSL_CERT_", "RUST_LOG"))
    }
    return {**kept, **more}


def stateward(*arguments: str, timeout: float = 30, **environment: str) -> subprocess.CompletedProcess:
    """Run one command of the program to its end."""
    return subprocess.run(
        [STATEWARD, *arguments],
        env=clean_environment(**environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def admin(server: "Server", *arguments: str) -> dict:
    """Run `stateward admin …` on a server's data folder; what it prints as JSON."""
    done = stateward("admin", "--json", "--data-dir", str(server.folder), *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


class Server:
    """`stateward dev` on a folder and a port of its own."""

    def __init__(self, folder: pathlib.Path, port: int | None = None, **environment: str) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.environment = environment
        self.process: subprocess.Popen | None = None
        self.variables: dict[str, str] = {}
        folder.parent.mkdir(parents=True, exist_ok=True)
        self.output = folder.parent / f"{folder.name}.out"

    @property
    def data(self) -> pathlib.Path:
        """The data folder."""
        return self.folder

    @property
    def address(self) -> str:
        """`https://localhost:PORT`."""
        return self.variables["STATEWARD_ADDRESS"]

    @property
    def host(self) -> str:
        """`localhost:PORT`, as configurations name it."""
        return self.address.removeprefix("https://")

    @property
    def token(self) -> str:
        """The administrator's API token."""
        return self.variables["STATEWARD_TOKEN"]

    @property
    def certificates(self) -> str:
        """The bundle that holds the local certificate authority."""
        return self.variables["SSL_CERT_FILE"]

    def command(self) -> list[str]:
        """How it is started."""
        return [str(STATEWARD), "dev", "--data-dir", str(self.folder), "--listen", f"127.0.0.1:{self.port}"]

    def start(self) -> "Server":
        """Start it and wait until it answers."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                self.command(),
                env=clean_environment(**self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 30
        while True:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.page()}")
            try:
                self.variables = source(self.folder / "dev.env")
                requests.get(f"{self.address}/api/v2/ping", verify=self.certificates, timeout=5)
                return self
            except (OSError, KeyError, subprocess.CalledProcessError):
                if time.monotonic() > deadline:
                    self.kill()
                    raise AssertionError(f"the server did not come up:\n{self.page()}") from None
                time.sleep(0.05)

    def page(self) -> str:
        """What it has printed, log included."""
        return self.output.read_text(errors="replace")

    def stop(self, how: int = signal.SIGINT, timeout: float = 20) -> int:
        """Ask it to stop; its exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not stop within {timeout} s:\n{self.page()}") from None
        finally:
            self.process = None

    def kill(self) -> None:
        """End it the hard way, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def memory(self, field: str) -> int:
        """A line of /proc/PID/status, such as VmHWM, in bytes."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == field:
                return int(value.split()[0]) * 1024
        raise KeyError(field)

    def reset_peak_memory(self) -> None:
        """Make VmHWM start again from what is resident now."""
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def api(self, token: str | None = None) -> Api:
        """A client of its API, the administrator's unless another token is given."""
        return Api(self.address, token or self.token, self.certificates)

    def shell(self) -> dict[str, str]:
        """The environment of a shell that sourced dev.env."""
        return clean_environment(**self.variables)


def source(file: pathlib.Path) -> dict[str, str]:
    """What a shell has after sourcing `file`, and had not before."""
    script = f". {shlex.quote(str(file))} && env -0"
    done = subprocess.run(["env", "-i", "/bin/sh", "-c", script], capture_output=True, check=True)
    pairs = (entry.partition("=") for entry in done.stdout.decode().split("\0") if entry)
    return {name: value for name, _, value in pairs if name not in ("PWD", "OLDPWD", "SHLVL", "_")}
