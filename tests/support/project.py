"""A folder with a Terraform configuration, and Terraform run in it."""

import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import time

BODY = """
resource "terraform_data" "first" {
  input = var.value
}

variable "value" {
  default = "one"
}

output "plain" {
  value = terraform_data.first.output
}

output "secret" {
  value     = "hunter2-${coalesce(terraform_data.first.output, "none")}"
  sensitive = true
}
"""


@dataclasses.dataclass
class Result:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All that it printed, on one line: Terraform wraps what it says at the terminal's width."""
        plain = re.sub(r"\x1b\[[0-9;]*m", "", self.out + "\n" + self.err)
        return " ".join(plain.replace("│", " ").split())


class Project:
    """One working folder, one `terraform`, one environment."""

    def __init__(self, folder: pathlib.Path, terraform: pathlib.Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.terraform = terraform
        home = folder.parent / f"{folder.name}-home"
        self.environment = {**environment, "HOME": str(home), "NO_COLOR": "1", "TERM": "dumb"}
        folder.mkdir(parents=True, exist_ok=True)
        (home / ".terraform.d").mkdir(parents=True, exist_ok=True)

    def write(self, text: str, name: str = "main.tf") -> "Project":
        """Write a file of the configuration."""
        (self.folder / name).write_text(text)
        return self

    def cloud(self, host: str, workspaces: str, organization: str = "acme", body: str = BODY) -> "Project":
        """A configuration with a cloud block."""
        block = f'cloud {{\n    hostname = "{host}"\n    organization = "{organization}"\n    workspaces {{ {workspaces} }}\n  }}'
        return self.write(f"terraform {{\n  {block}\n}}\n{body}")

    def remote(self, host: str, workspaces: str, organization: str = "acme", body: str = BODY) -> "Project":
        """A configuration with the older remote backend."""
        block = f'backend "remote" {{\n    hostname = "{host}"\n    organization = "{organization}"\n    workspaces {{ {workspaces} }}\n  }}'
        return self.write(f"terraform {{\n  {block}\n}}\n{body}")

    def start(self, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.Popen:
        """Start a command, to be interrupted or raced."""
        return subprocess.Popen(
            [self.terraform, *arguments],
            cwd=self.folder,
            env={**self.environment, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, stdin: str = "", timeout: float = 120, **environment: str) -> Result:
        """Run a command to its end."""
        done = subprocess.run(
            [self.terraform, *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments: str, **options) -> str:
        """Run a command that must succeed; its standard output."""
        result = self.run(*arguments, **options)
        assert result.code == 0, f"terraform {' '.join(arguments)} ended with {result.code}:\n{result.out}\n{result.err}"
        return result.out

    def fails(self, *arguments: str, **options) -> str:
        """Run a command that must fail; all that it printed, on one line."""
        result = self.run(*arguments, **options)
        assert result.code != 0, f"terraform {' '.join(arguments)} succeeded:\n{result.out}"
        assert "panic" not in result.text.lower(), result.text
        return result.text

    def init(self, *arguments: str, **options) -> str:
        """`terraform init`."""
        return self.ok("init", "-input=false", "-no-color", *arguments, **options)

    def apply(self, *arguments: str, **options) -> str:
        """`terraform apply` without a question."""
        return self.ok("apply", "-auto-approve", "-input=false", "-no-color", *arguments, **options)

    def pull(self) -> dict:
        """The current state, parsed."""
        return json.loads(self.ok("state", "pull"))


def interrupt(process: subprocess.Popen, how: int = signal.SIGINT) -> None:
    """What Ctrl-C does: the signal goes to the program and its children."""
    os.killpg(process.pid, how)


def wait_for(what, timeout: float = 20, every: float = 0.1):
    """Wait until `what()` is true and give what it gave."""
    deadline = time.monotonic() + timeout
    while True:
        value = what()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {timeout} s: {what}"
        time.sleep(every)
