#!/usr/bin/env python3
"""Measures a start with many leases: how soon the credential engine answers, how others are answered
while what is over is revoked, and what the server holds in memory.

    target/venv/bin/python tests/measure_leases.py target/release/stateward --leases 200000
"""

import argparse
import json
import os
import sqlite3
import statistics
import tempfile
import time
import urllib.request
from pathlib import Path

from measure_start import Server

DAY = 86_400_000_000


class Engine(Server):
    """A `stateward dev` of which the credential engine is asked."""

    def request(self) -> urllib.request.Request:
        # There is no file before the first start is through: the answer is a refusal, and asked for again.
        written = (self.folder / "dev.env").exists()
        token = self.environment()["VAULT_TOKEN"] if written else ""
        url = f"https://127.0.0.1:{self.port}/v1/auth/token/lookup-self"
        return urllib.request.Request(url, headers={"X-Vault-Token": token})

    def answer(self) -> float:
        """How long one answer takes."""
        started = time.monotonic()
        with urllib.request.urlopen(self.request(), context=self.context(), timeout=10) as answer:
            json.load(answer)
        return time.monotonic() - started

    def wait(self) -> float:
        for _ in range(10_000):
            try:
                self.answer()
                return time.monotonic()
            except OSError:
                time.sleep(0.002)
        raise SystemExit("the credential engine does not answer")


def seed(folder: Path, leases: int, overdue: int) -> None:
    """Leases of a mount that is gone, so that nothing is asked of anybody to revoke them."""
    with sqlite3.connect(folder / "stateward.db") as database:
        now = int(time.time() * 1_000_000)

        def row(number: int):
            end = now + (-DAY if number < overdue else DAY)
            return (f"terraform/creds/ci/{number:024d}", now - 2 * DAY, end, os.urandom(200), end)

        database.executemany(
            "INSERT INTO credential_leases (id, mount, issued_at, expires_at, renewable, internal, attempts, "
            "revoke_at) VALUES (?, 'gone', ?, ?, 1, ?, 0, ?)",
            (row(number) for number in range(leases)),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--leases", type=int, default=200_000)
    parser.add_argument("--overdue", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=15)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        Engine(arguments.binary, folder).stop()
        seed(folder, arguments.leases, arguments.overdue)
        server = Engine(arguments.binary, folder)
        print(f"| first answer with {arguments.leases} leases, {arguments.overdue} overdue | {server.first_answer:.3f} s |")
        durations = []
        until = time.monotonic() + arguments.seconds
        while time.monotonic() < until:
            durations.append(server.answer())
        p99 = statistics.quantiles(durations, n=100)[98]
        print(f"| an answer, with a new connection, while they are revoked: p50 | {statistics.median(durations) * 1000:.1f} ms |")
        print(f"| p99 | {p99 * 1000:.1f} ms |")
        with sqlite3.connect(folder / "stateward.db") as database:
            (left,) = database.execute("SELECT COUNT(*) FROM credential_leases").fetchone()
        print(f"| revoked in {arguments.seconds:.0f} s | {arguments.leases - left} |")
        print(f"| resident | {server.resident_mebibytes():.1f} MiB |")
        server.stop()


if __name__ == "__main__":
    main()
