"""The real `bao agent` and `bao proxy`: programs that log in, keep tokens and leases alive, and pass requests on."""

import pathlib
import subprocess

import requests

from support.bao import Bao, environment, program
from support.project import wait_for
from support.server import Server, free_port


def server_block(server: Server) -> str:
    """Where the server is and whose certificates it has."""
    return f'vault {{\n  address = "{server.address}"\n  ca_cert = "{server.certificates}"\n}}\n'


def auto_auth(method: str, sinks: str = "", wrap_ttl: str | None = None, **config: object) -> str:
    """How the agent logs in, and where it puts the token."""
    lines = "".join(f'      {name} = "{value}"\n' for name, value in config.items())
    wrapped = f'    wrap_ttl = "{wrap_ttl}"\n' if wrap_ttl else ""
    # It waits up to five minutes between two tries otherwise, and keeps its token when there is another identity.
    return (
        f'auto_auth {{\n  enable_reauth_on_new_credentials = true\n  method "{method}" {{\n'
        f'    min_backoff = "250ms"\n    max_backoff = "1s"\n{wrapped}    config = {{\n{lines}    }}\n  }}\n{sinks}}}\n'
    )


def sink(file: pathlib.Path, wrap_ttl: str | None = None) -> str:
    """A file in which the agent keeps its token."""
    wrapped = f'wrap_ttl = "{wrap_ttl}"' if wrap_ttl else ""
    return f'  sink "file" {{\n    {wrapped}\n    config = {{ path = "{file}" }}\n  }}\n'


def template(contents: str, file: pathlib.Path) -> str:
    """A file that the agent renders."""
    return f'template {{\n  destination = "{file}"\n  contents = <<EOT\n{contents}\nEOT\n}}\n'


class Agent:
    """`bao agent` or `bao proxy` with a configuration and a home of its own, and nothing in its environment."""

    def __init__(self, folder: pathlib.Path, configuration: str, kind: str = "agent") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{kind}.hcl"
        file.write_text(configuration)
        self.folder = folder
        self.output = folder / f"{kind}.out"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [program(), kind, f"-config={file}", "-log-level=info"],
                env=environment(HOME=str(folder)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def log(self) -> str:
        """What it has printed."""
        return self.output.read_text(errors="replace")

    def until(self, what, timeout: float = 60):
        """Wait until `what()` is true while it runs, and give what that gave."""

        def tried():
            assert self.process.poll() is None, f"it has ended with {self.process.returncode}"
            return what()

        try:
            return wait_for(tried, timeout)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.log()}") from None

    def ended(self, timeout: float = 60) -> int:
        """Its exit code, when it ends by itself."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {timeout} s:\n{self.log()}") from None

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Listener:
    """The address at which an agent or proxy takes requests, and keeps what they were answered."""

    def __init__(self) -> None:
        self.address = f"http://127.0.0.1:{free_port()}"

    def blocks(self) -> str:
        """What opens it, with a cache, for requests that show no token."""
        address = self.address.removeprefix("http://")
        listener = f'listener "tcp" {{\n  address = "{address}"\n  tls_disable = true\n}}\n'
        return f"{listener}cache {{}}\napi_proxy {{\n  use_auto_auth_token = true\n}}\n"

    def is_open(self) -> bool:
        """Whether it answers, and has logged in."""
        try:
            return requests.get(f"{self.address}/v1/auth/token/lookup-self", timeout=10).status_code == 200
        except requests.RequestException:
            return False

    def get(self, path: str, **headers: str) -> requests.Response:
        """One request without a token."""
        return requests.get(f"{self.address}/v1/{path}", headers=headers, timeout=30)

    def bao(self, home: pathlib.Path) -> Bao:
        """`bao` without a token, through it."""
        return Bao(self.address, "", home, None)
