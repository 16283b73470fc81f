"""A proxy in front of a server: what passes is recorded, and a test may answer in the server's place."""

import dataclasses
import http.server
import pathlib
import ssl
import threading
from collections.abc import Callable

import requests
import trustme

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "host", "accept-encoding"}


@dataclasses.dataclass
class Exchange:
    """One request and the status it got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int = 0

    @property
    def route(self) -> str:
        """Method and path without ids, names, secrets and query: enough to read a sequence."""
        path = self.path.partition("?")[0].removeprefix("/api/v2/")
        return f"{self.method} {path}"


Intercept = Callable[[Exchange], tuple[int, bytes] | None]


class Proxy:
    """HTTPS on a port of its own, passed on to the server; absolute URLs in answers are made to point here."""

    def __init__(self, target: str, target_certificates: str, folder: pathlib.Path) -> None:
        self.target = target
        self.exchanges: list[Exchange] = []
        self.intercept: Intercept = lambda _: None
        authority = trustme.CA()
        folder.mkdir(parents=True, exist_ok=True)
        self.certificates = folder / "proxy-bundle.pem"
        self.certificates.write_bytes(authority.cert_pem.bytes() + pathlib.Path(target_certificates).read_bytes())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        session = requests.Session()
        session.verify = target_certificates
        session.trust_env = False
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, session))
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.host = f"localhost:{self.server.server_address[1]}"
        self.configuration = folder / "proxy.tfrc"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def environment(self, environment: dict[str, str], token: str) -> dict[str, str]:
        """The same shell, with Terraform pointed here."""
        self.configuration.write_text(
            f'credentials "{self.host}" {{\n  token = "{token}"\n}}\ndisable_checkpoint = true\n'
        )
        return {**environment, "SSL_CERT_FILE": str(self.certificates), "TF_CLI_CONFIG_FILE": str(self.configuration)}

    def take(self) -> list[Exchange]:
        """What has passed since this was last asked."""
        taken, self.exchanges = self.exchanges, []
        return taken

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()


def _handler(proxy: Proxy, session: requests.Session) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Silence: the exchanges are the log."""

        def body(self) -> bytes:
            if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)

        def forward(self) -> None:
            exchange = Exchange(self.command, self.path, dict(self.headers.items()), self.body())
            proxy.exchanges.append(exchange)
            if answered := proxy.intercept(exchange):
                exchange.status = answered[0]
                kind = "application/json" if exchange.path.startswith("/.well-known/") else "application/vnd.api+json"
                self.answer(answered[0], [("Content-Type", kind)], answered[1])
                return
            headers = {name: value for name, value in exchange.headers.items() if name.lower() not in HOP_BY_HOP}
            given = session.request(
                self.command,
                proxy.target + self.path,
                headers={**headers, "Accept-Encoding": None},
                data=exchange.body,
                allow_redirects=False,
                timeout=120,
            )
            exchange.status = given.status_code
            kept = [(name, value) for name, value in given.headers.items() if name.lower() not in HOP_BY_HOP]
            self.answer(given.status_code, kept, given.content.replace(proxy.target.encode(), f"https://{proxy.host}".encode()))

        def answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204 and self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = forward

    return Handler
