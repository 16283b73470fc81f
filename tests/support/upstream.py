"""A Terraform API whose tokens can be counted, and that stops in the middle of a request when it is told to."""

import http.server
import itertools
import json
import threading

ROOT = "the-root-token"


class Upstream:
    """Tokens of one user, of teams and organizations; requests that stop before or after they are done."""

    def __init__(self) -> None:
        self.tokens: dict[str, dict] = {"at-root": {"value": ROOT, "list": "users/user-1", "description": "root"}}
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.stop: tuple[str, str, str] | None = None
        self.stopped = threading.Event()
        self.go_on = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """End it."""
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()

    def live(self) -> set[str]:
        """The ids of the tokens that live, but for those that the engine works with."""
        with self.lock:
            return {name for name, token in self.tokens.items() if not self._is_root(token)}

    def roots(self) -> set[str]:
        """The ids of the tokens that the engine works with."""
        with self.lock:
            return {name for name, token in self.tokens.items() if self._is_root(token)}

    @staticmethod
    def _is_root(token: dict) -> bool:
        return "root" in token["description"]

    def stop_at(self, method: str, part: str, when: str) -> None:
        """The next request of this method with this in its path stops `before` or `after` it is done."""
        self.stopped.clear()
        self.go_on.clear()
        self.stop = (method, part, when)

    def _pause(self, method: str, path: str, when: str) -> None:
        with self.lock:
            wanted = self.stop
            if wanted is None or (method, when) != (wanted[0], wanted[2]) or wanted[1] not in path:
                return
            self.stop = None
        self.stopped.set()
        self.go_on.wait(30)

    def _answer(self, method: str, path: str, bearer: str, body: dict) -> tuple[int, dict | None]:
        place, _, last = path.rpartition("/")
        with self.lock:
            who = next((name for name, token in self.tokens.items() if token["value"] == bearer), None)
            if who is None:
                return 401, None
            if path == "account/details":
                resource = {"data": {"type": "users", "id": "user-1"}}
                link = f"/api/v2/authentication-tokens/{who}"
                data = {"id": "user-1", "relationships": {"authenticated-resource": resource}, "links": {"auth-token": link}}
                return 200, {"data": data}
            if method == "DELETE" and place == "authentication-tokens":
                return (204, None) if self.tokens.pop(last, None) else (404, None)
            if last == "authentication-tokens":
                return self._list(method, place, body)
            if last == "authentication-token":
                return self._single(method, place)
            return 200, {"data": {"id": last}}

    def _make(self, place: str, description: str) -> dict:
        number = next(self.numbers)
        token = {"value": f"value-{number}", "list": place, "description": description}
        self.tokens[f"at-{number}"] = token
        return {"data": {"id": f"at-{number}", "attributes": {"token": token["value"], "description": description}}}

    def _list(self, method: str, place: str, body: dict) -> tuple[int, dict]:
        if method == "POST":
            return 201, self._make(place, body["data"]["attributes"].get("description", ""))
        rows = [
            {"id": name, "attributes": {"description": token["description"]}}
            for name, token in self.tokens.items()
            if token["list"] == place
        ]
        return 200, {"data": rows, "meta": {"pagination": {"next-page": None}}}

    def _single(self, method: str, place: str) -> tuple[int, dict | None]:
        present = next((name for name, token in self.tokens.items() if token["list"] == place), None)
        if method == "POST":
            self.tokens.pop(present, None)
            return 201, self._make(place, "single")
        if present is None:
            return 404, None
        if method == "DELETE":
            del self.tokens[present]
            return 204, None
        return 200, {"data": {"id": present}}

    def _handler(self):
        upstream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = self.path.removeprefix("/api/v2/").partition("?")[0]
                bearer = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
                upstream._pause(self.command, path, "before")
                status, document = upstream._answer(self.command, path, bearer, json.loads(body or b"{}"))
                upstream._pause(self.command, path, "after")
                answer = b"" if document is None else json.dumps(document).encode()
                try:
                    self.send_response(status)
                    if status != 204:
                        self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    self.close_connection = True

            do_GET = do_POST = do_DELETE = _serve

            def log_message(self, *_):
                pass

        return Handler
