#!/usr/bin/env python3
"""Measures what the benchmark program can't see from outside: how soon a started server answers,
what it holds in memory at rest, and what `terraform apply` costs through it over a local state.

    target/venv/bin/python tests/measure_start.py target/release/stateward

Needs a `terraform` on the PATH, or the one that `./test` makes (pass it with --terraform).
"""

import argparse
import os
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, binary: str, folder: Path):
        self.port = free_port()
        self.folder = folder
        started = time.monotonic()
        self.process = subprocess.Popen(
            [binary, "dev", "--data-dir", folder, "--listen", f"127.0.0.1:{self.port}"],
            stdout=subprocess.DEVNULL,
        )
        self.first_answer = self.wait() - started

    @staticmethod
    def context() -> ssl.SSLContext:
        """For a certificate that nothing on this machine trusts."""
        return ssl._create_unverified_context()

    def wait(self) -> float:
        context = self.context()
        url = f"https://127.0.0.1:{self.port}/.well-known/terraform.json"
        for _ in range(10_000):
            try:
                with urllib.request.urlopen(url, context=context, timeout=2) as answer:
                    answer.read()
                return time.monotonic()
            except OSError:
                time.sleep(0.002)
        raise SystemExit("the server does not answer")

    def resident_mebibytes(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise SystemExit("no VmRSS")

    def environment(self) -> dict:
        values = dict(os.environ)
        for line in (self.folder / "dev.env").read_text().splitlines():
            key, _, value = line.removeprefix("export ").partition("=")
            values[key] = value.strip("'")
        return values

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)


def apply_seconds(terraform: str, folder: Path, environment: dict, times: int) -> list:
    """Times applies that change something, after an init that is not counted."""
    run = lambda *arguments: subprocess.run(
        [terraform, *arguments], cwd=folder, env=environment, check=True, capture_output=True
    )
    run("init", "-input=false")
    durations = []
    for number in range(times):
        started = time.monotonic()
        run("apply", "-auto-approve", "-input=false", f"-var=name=number {number}")
        durations.append(time.monotonic() - started)
    return durations


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--terraform", default=shutil.which("terraform"))
    parser.add_argument("--times", type=int, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = Server(arguments.binary, folder / "data")
        first.stop()
        server = Server(arguments.binary, folder / "data")
        time.sleep(1)
        print(f"| first answer, new data folder | {first.first_answer:.3f} s |")
        print(f"| first answer, second start | {server.first_answer:.3f} s |")
        print(f"| resident at rest | {server.resident_mebibytes():.1f} MiB |")
        for backend in ("stateward", "local"):
            project = folder / backend
            project.mkdir()
            text = (ROOT / "examples/quickstart/main.tf").read_text()
            if backend == "local":
                begin, end = text.index("terraform {"), text.index("\n}\n") + 3
                text = text[:begin] + LOCAL_BACKEND + text[end:]
            text = text.replace("localhost:8443", f"localhost:{server.port}")
            (project / "main.tf").write_text(text)
            durations = apply_seconds(
                arguments.terraform, project, server.environment(), arguments.times
            )
            print(f"| terraform apply, {backend}, median of {arguments.times} | {statistics.median(durations):.3f} s |")
        server.stop()


if __name__ == "__main__":
    main()
