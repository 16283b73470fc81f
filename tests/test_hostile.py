"""What no client of good will sends. Each gets a refusal that can be read; none gets a 500, and the server lives on."""

import gzip
import json
import socket
import ssl

import pytest

from support.api import JSON_API, errors


@pytest.fixture(scope="module")
def target(server):
    """A workspace to aim at."""
    return server.api().create_workspace("hostile")


@pytest.fixture(autouse=True)
def still_alive(server):
    """Whatever was sent: the server answers afterwards, and has not panicked."""
    yield
    assert server.api().get("account/details").status_code == 200
    assert "panicked" not in server.page()


def raw(server, request: bytes, wait: float = 5) -> bytes:
    """Bytes as they are over TLS; what came back until the server closed or fell silent."""
    context = ssl.create_default_context(cafile=server.certificates)
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as connection:
            received = b""
            try:
                connection.sendall(request)
                while b"\r\n\r\n" not in received:
                    piece = connection.recv(65536)
                    if not piece:
                        break
                    received += piece
            except (TimeoutError, ConnectionError, ssl.SSLError):
                pass
            return received


def status(received: bytes) -> int:
    """The status of a raw answer; 0 when the connection was just closed."""
    return int(received.split(b" ", 2)[1]) if received.startswith(b"HTTP/") else 0


BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"0",
    b'"text"',
    b"{}",
    b'{"data":null}',
    b'{"data":[]}',
    b'{"data":{}}',
    b'{"data":{"type":"workspaces"}}',
    b'{"data":{"type":"workspaces","attributes":null}}',
    b'{"data":{"type":"workspaces","attributes":[]}}',
    b'{"data":{"type":"workspaces","attributes":{"name":null}}}',
    b'{"data":{"type":"workspaces","attributes":{"name":7}}}',
    b'{"data":{"type":"workspaces","attributes":{"name":["a"]}}}',
    b'{"data":{"type":"workspaces","attributes":{"name":""}}}',
    b'{"data":{"type":5,"attributes":{"name":"a"}}}',
    b'{"data":{"type":"workspaces","attributes":{"name":"a"},"relationships":[]}}',
    b'{"data":{"type":"workspaces","attributes":{"name":"a"},"relationships":{"project":{"data":{"type":"projects","id":"prj-x"}}}}}',
    b'{"data":{"type":"workspaces","attributes":{"name":"a"},"relationships":{"project":{"data":[1]}}}}',
    b'{"data":{"type":"workspaces","attributes":{"name":"a"},"relationships":{"tags":{"data":{"type":"tags"}}}}}',
    b'{"data":{"type":"workspaces","attributes":{"name":"a\\u0000b"}}}',
    b'{"data":{"type":"workspaces","attributes":{"name":"\\ud800"}}}',
    b"\xff\xfe{}",
    b"[" * 100_000,
    b'{"data":' * 50_000,
    b'{"data":{"type":"workspaces","attributes":{"name":"' + b"n" * 100_000 + b'"}}}',
    b'{"data":{"type":"workspaces","attributes":{"name":"a","name":"b","execution-mode":"nonsense"}}}',
]


@pytest.mark.parametrize("number", range(len(BODIES)))
def test_malformed_documents(api, number):
    answer = api.post("organizations/acme/workspaces", headers={"Content-Type": JSON_API}, data=BODIES[number])
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:300])
    errors(answer, answer.status_code)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"serial": "1", "md5": "x", "lineage": ""},
        {"serial": -1, "md5": "0" * 32, "lineage": ""},
        {"serial": 1e300, "md5": "0" * 32},
        {"serial": 2**63, "md5": "0" * 32},
        {"serial": 1, "md5": "z" * 32},
        {"serial": 1, "md5": "0" * 31},
        {"serial": 1, "md5": "0" * 32, "lineage": 5},
        {"serial": 1, "md5": "0" * 32, "lineage": "x" * 100_000},
        {"serial": 1, "md5": "0" * 32, "lineage": "a\x00b"},
        {"serial": 1, "md5": "0" * 32, "json-state-outputs": "%%"},
        {"serial": 1, "md5": "0" * 32, "json-state-outputs": "W10="},
        {"serial": 1, "md5": "0" * 32, "state": 5},
        {"serial": 1, "md5": "0" * 32, "force": "yes"},
    ],
)
def test_malformed_state_versions(api, target, attributes):
    assert api.lock(target).status_code == 200
    document = {"data": {"type": "state-versions", "attributes": attributes}}
    answer = api.post(f"workspaces/{target['id']}/state-versions", document)
    assert answer.status_code < 500, (answer.status_code, answer.text[:300])
    # Outputs that nobody can read do not stop a state from being kept; all else here is refused.
    assert answer.status_code != 201 or "json-state-outputs" in attributes, answer.text
    assert api.unlock(target).status_code in (200, 503)
    api.post(f"workspaces/{target['id']}/actions/force-unlock")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "*/*", "nonsense", "\xe9"])
def test_wrong_content_types(api, kind):
    answer = api.post("organizations/acme/workspaces", headers={"Content-Type": kind.encode("latin-1")}, data=b'{"data":{}}')
    assert answer.status_code in (400, 415, 422)
    errors(answer, answer.status_code)


def test_a_compressed_body_is_not_taken_for_json(api):
    content = gzip.compress(b'{"data":{"type":"workspaces","attributes":{"name":"zipped"}}}')
    answer = api.post(
        "organizations/acme/workspaces", headers={"Content-Type": JSON_API, "Content-Encoding": "gzip"}, data=content
    )
    assert 400 <= answer.status_code < 500


def test_oversized_bodies(api, server):
    answer = api.post("organizations/acme/workspaces", headers={"Content-Type": JSON_API}, data=b" " * (5 << 20))
    errors(answer, 413)
    # Announced only: refused before a byte of it is read.
    request = (
        f"POST /api/v2/organizations/acme/workspaces HTTP/1.1\r\nHost: {server.host}\r\nAuthorization: Bearer {server.token}\r\n"
        f"Content-Type: {JSON_API}\r\nContent-Length: 99999999999999\r\n\r\n"
    )
    assert status(raw(server, request.encode() + b"{")) == 413


def test_an_oversized_sign_in(server):
    answer = server.api().post("/app/sign-in", data=b"username=" + b"a" * (5 << 20), headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert 400 <= answer.status_code < 500


IDS = [
    "ws-0000000000000000",
    "ws-",
    "ws",
    "-",
    "0",
    "prj-0000000000000000",
    "ws-" + "a" * 5000,
    "ws-%00%00%00%00%00%00%00%00",
    "ws-%F0%9F%92%A5",
    "%C3%28",
    "ws-' OR 1=1 --",
    "..%2F..%2Fetc%2Fpasswd",
    "%2e%2e",
    "%0d%0aX-Injected:%201",
    "*",
    "{id}",
]


@pytest.mark.parametrize("bad", IDS)
@pytest.mark.parametrize(
    "path",
    [
        "workspaces/{}",
        "workspaces/{}/current-state-version",
        "workspaces/{}/tag-bindings",
        "state-versions/{}",
        "state-version-outputs/{}",
        "projects/{}",
        "organizations/{}",
        "organizations/{}/workspaces",
        "organizations/acme/workspaces/{}",
        "users/{}",
        "/app/{}/workspaces",
        "/app/acme/workspaces/{}",
        "/blobs/{}",
        "/logout/{}",
        "/assets/{}",
    ],
)
def test_bad_ids(api, path, bad):
    answer = api.get(path.format(bad), allow_redirects=False)
    assert answer.status_code < 500, (answer.status_code, answer.text[:300])
    assert "X-Injected" not in answer.headers
    assert answer.status_code in (303, 302, 401, 404, 400, 422, 414) or path == "/logout/{}", answer.status_code


@pytest.mark.parametrize("bad", ["ws-0000000000000000", "not-an-id", "%00", "..%2f..%2f"])
@pytest.mark.parametrize("action", ["lock", "unlock", "force-unlock", "safe-delete"])
def test_actions_on_bad_ids(api, action, bad):
    errors(api.post(f"workspaces/{bad}/actions/{action}"), 404)


NAMES = [
    "../../etc/passwd",
    "..",
    ".",
    "a/b",
    "a\\b",
    "a b",
    "a\r\nX-Injected: 1",
    "a\x00b",
    "é",
    "x" * 91,
    "-" * 500,
    "<script>alert(1)</script>",
    "a;b",
    "%2e%2e",
    "\u202eabc",
]


@pytest.mark.parametrize("bad", NAMES)
def test_names_with_path_traversal_and_worse(api, bad):
    for path, kind in (("organizations/acme/workspaces", "workspaces"), ("organizations", "organizations")):
        document = {"data": {"type": kind, "attributes": {"name": bad, "email": "a@example.com"}}}
        answer = api.post(path, document)
        text = errors(answer, 422)
        pointers = [error.get("source", {}).get("pointer") for error in answer.json()["errors"]]
        assert "/data/attributes/name" in pointers, (text, pointers)
        assert "X-Injected" not in answer.headers


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/assets/../../etc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/app/..;/", "/%00", "/assets/..%5c..%5cx"])
def test_paths_lead_nowhere(server, path):
    request = f"GET {path} HTTP/1.1\r\nHost: {server.host}\r\nConnection: close\r\n\r\n".encode()
    received = raw(server, request)
    assert status(received) in (400, 401, 404, 302, 303, 307, 308), received[:200]
    assert b"root:" not in received


@pytest.mark.parametrize(
    "lines",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\r\n\r\n",
        b"\x00\x00\x00\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad Header: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\x00b\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api/v2/organizations HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /api/v2/organizations HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v2/organizations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n\r\n",
        b"CONNECT evil:1 HTTP/1.1\r\nHost: evil:1\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://evil.example/app HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    ],
)
def test_raw_requests(server, lines):
    received = raw(server, lines, wait=3)
    assert status(received) < 500 or status(received) == 501 or status(received) == 505, received[:300]


def test_a_foreign_host_header_is_not_echoed(server):
    request = b"GET /app/settings/tokens HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n"
    assert b"evil.example" not in raw(server, request)
    request = b"GET /.well-known/terraform.json HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    assert b"evil.example" not in raw(server, request)


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "a b", "null", "../..", "ATLAS.atlasv1." + "a" * 67])
def test_bad_tokens(server, token):
    answer = server.api(token or "-").get("account/details")
    errors(answer, 401) if answer.status_code == 401 else None
    assert answer.status_code in (400, 401, 431)


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "bearer", "Bearer  ", "\xff"])
def test_bad_authorization_headers(server, header):
    answer = server.api().get("account/details", headers={"Authorization": header.encode("latin-1")})
    assert answer.status_code in (400, 401)


@pytest.mark.parametrize(
    "query",
    [
        "page[number]=0",
        "page[number]=-1",
        "page[number]=99999999999999999999",
        "page[size]=0",
        "page[size]=100000",
        "page[size]=x",
        "page[number]=1000000",
        "sort=nonsense",
        "sort=-",
        "include=nonsense,,",
        "filter[project][id]=%00",
        "filter[tagged][0][value]=only",
        "filter[tagged][99999999999][key]=x",
        "search[tags]=,,,",
        "search[name]=%25_%27",
        "TagBindings=%7B%2Benv%2Bdev%7D",
        "%",
        "a=%ZZ",
        "&&&==&",
        "page[number]=1&page[number]=2",
        "x=" + "y" * 20_000,
    ],
)
def test_odd_queries(api, query):
    answer = api.session.get(api.url(f"organizations/acme/workspaces?{query}"), timeout=20)
    assert answer.status_code in (200, 400, 414, 422), (answer.status_code, answer.text[:300])


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "LIST", "PROPFIND", "OPTIONS"])
def test_wrong_methods(api, method):
    for path in ("ping", "organizations/acme/entitlement-set", "account/details"):
        answer = api.request(method, path)
        assert answer.status_code in (404, 405, 200, 204), (method, path, answer.status_code)
    assert api.request(method, "nowhere/at/all").status_code in (404, 405)


def test_upload_urls_are_bound_to_one_object_and_one_method(api, target):
    assert api.lock(target).status_code == 200
    content = json.dumps({"version": 4, "serial": 50, "lineage": "hostile", "outputs": {}, "resources": []}).encode()
    url = api.create_state(target, content).json()["data"]["attributes"]["hosted-state-upload-url"]
    assert api.session.get(url).status_code in (403, 404, 405)
    assert api.put(url[:-1] + ("A" if url[-1] != "A" else "B"), content).status_code in (403, 404)
    assert api.put(url + "x", content).status_code in (403, 404)
    wrong = api.put(url, content + b" ")
    assert 400 <= wrong.status_code < 500
    assert api.current_state(target) is None
    api.post(f"workspaces/{target['id']}/actions/force-unlock")


def test_a_slow_loris_is_cut_off_or_waits_alone(server):
    # Connections that never finish their headers do not keep others out.
    context = ssl.create_default_context(cafile=server.certificates)
    held = []
    for _ in range(50):
        plain = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        connection = context.wrap_socket(plain, server_hostname="localhost")
        connection.sendall(b"GET / HTTP/1.1\r\nX-")
        held.append(connection)
    assert server.api().get("account/details").status_code == 200
    for connection in held:
        connection.close()


def test_plain_http_on_the_tls_port_is_told_so(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as plain:
        plain.sendall(f"GET /app HTTP/1.1\r\nHost: {server.host}\r\n\r\n".encode())
        received = plain.recv(65536)
    assert status(received) in (301, 307, 308, 400, 421, 426), received[:200]


def test_forms_without_their_token_are_refused(server):
    for path in ("/app/sign-out", "/app/settings/tokens", "/app/oauth/authorize"):
        answer = server.api().post(path, data={"csrf": "x"}, headers={"Content-Type": "application/x-www-form-urlencoded"}, allow_redirects=False)
        assert answer.status_code in (302, 303, 400, 401, 403, 404, 405, 422), (path, answer.status_code)
