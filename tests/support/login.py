"""`terraform login`, up to where it opens a browser."""

import pexpect


def start_login(project, host: str) -> tuple[pexpect.spawn, str]:
    """Start `terraform login`; it and the URL that it sends the browser to."""
    terminal = pexpect.spawn(
        str(project.terraform), ["login", host], env=project.environment, cwd=project.folder, timeout=30, encoding="utf-8", dimensions=(50, 400)
    )
    terminal.expect("Enter a value:")
    terminal.sendline("yes")
    terminal.expect(r"(https://\S+/app/oauth/authorize\S+)")
    return terminal, terminal.match.group(1)
