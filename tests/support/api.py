"""A client of the API that speaks as the tests think: paths in, answers out."""

import base64
import hashlib
import json
import uuid

import requests

JSON_API = "application/vnd.api+json"


class Api:
    """Requests to one server with one token."""

    def __init__(self, address: str, token: str | None, certificates: str) -> None:
        self.address = address
        self.token = token
        self.session = requests.Session()
        self.session.verify = certificates
        self.session.trust_env = False
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"
        self.session.headers["Accept"] = JSON_API

    def url(self, path: str) -> str:
        """An absolute URL of a path below /api/v2/, or of one that starts with a slash."""
        if path.startswith("http"):
            return path
        return f"{self.address}{path}" if path.startswith("/") else f"{self.address}/api/v2/{path}"

    def request(self, method: str, path: str, body=None, **options) -> requests.Response:
        """One request; `body` is sent as a JSON:API document."""
        headers = options.pop("headers", {})
        if body is not None:
            headers = {"Content-Type": JSON_API, **headers}
            options["data"] = json.dumps(body)
        options.setdefault("timeout", 120)
        return self.session.request(method, self.url(path), headers=headers, **options)

    def get(self, path: str, **options) -> requests.Response:
        """GET."""
        return self.request("GET", path, **options)

    def post(self, path: str, body=None, **options) -> requests.Response:
        """POST."""
        return self.request("POST", path, body, **options)

    def patch(self, path: str, body=None, **options) -> requests.Response:
        """PATCH."""
        return self.request("PATCH", path, body, **options)

    def delete(self, path: str, body=None, **options) -> requests.Response:
        """DELETE."""
        return self.request("DELETE", path, body, **options)

    # --- what many tests need ---------------------------------------------------------------------------------------

    def workspace(self, name: str, organization: str = "acme") -> dict:
        """A workspace by its name."""
        return data(self.get(f"organizations/{organization}/workspaces/{name}"))

    def create_workspace(self, name: str, organization: str = "acme", **attributes) -> dict:
        """A new workspace."""
        document = {"data": {"type": "workspaces", "attributes": {"name": name, **attributes}}}
        return data(self.post(f"organizations/{organization}/workspaces", document), 201)

    def lock(self, workspace: dict, reason: str = "the test") -> requests.Response:
        """Lock, as the command line does it: with an empty type."""
        document = {"data": {"type": "", "attributes": {"reason": reason}}}
        return self.post(f"workspaces/{workspace['id']}/actions/lock", document)

    def unlock(self, workspace: dict) -> requests.Response:
        """Unlock."""
        return self.post(f"workspaces/{workspace['id']}/actions/unlock")

    def create_state(self, workspace: dict, state: bytes, *, inline: bool = False, **attributes) -> requests.Response:
        """Announce a state, or send it whole inside the request."""
        try:
            parsed = json.loads(state)
        except ValueError:
            parsed = {}
        parsed = parsed if isinstance(parsed, dict) else {}
        given = {
            "serial": parsed.get("serial", 1),
            "md5": hashlib.md5(state).hexdigest(),
            "lineage": parsed.get("lineage", ""),
            **attributes,
        }
        if inline:
            given["state"] = base64.b64encode(state).decode()
        return self.post(
            f"workspaces/{workspace['id']}/state-versions", {"data": {"type": "state-versions", "attributes": given}}
        )

    def put(self, url: str, content: bytes, **options) -> requests.Response:
        """Upload as the clients do: without the token."""
        headers = {"Content-Type": "application/octet-stream", "Authorization": None, **options.pop("headers", {})}
        return self.session.put(url, data=content, headers=headers, timeout=300, **options)

    def upload_state(self, workspace: dict, state: bytes, **attributes) -> dict:
        """Announce and upload; the created state version."""
        created = data(self.create_state(workspace, state, **attributes), 201)
        uploaded = self.put(created["attributes"]["hosted-state-upload-url"], state)
        assert uploaded.status_code < 300, uploaded.text
        return created

    def write_state(self, workspace: dict, state: bytes, **attributes) -> dict:
        """The whole cycle: lock, announce, upload, unlock."""
        assert self.lock(workspace).status_code == 200
        created = self.upload_state(workspace, state, **attributes)
        assert self.unlock(workspace).status_code == 200
        return created

    def current_state(self, workspace: dict) -> bytes | None:
        """The exact bytes of the current state."""
        answer = self.get(f"workspaces/{workspace['id']}/current-state-version")
        if answer.status_code == 404:
            return None
        download = self.get(data(answer)["attributes"]["hosted-state-download-url"])
        assert download.status_code == 200, download.text
        return download.content

    def state_versions(self, workspace: str, organization: str = "acme") -> list[dict]:
        """The state versions of a workspace, newest first."""
        query = {"filter[organization][name]": organization, "filter[workspace][name]": workspace, "page[size]": 100}
        return data(self.get("state-versions", params=query))


def data(answer: requests.Response, status: int = 200):
    """The `data` of an answer that must have this status."""
    assert answer.status_code == status, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:600]}"
    return answer.json()["data"]


def errors(answer: requests.Response, status: int) -> str:
    """The text of a refusal, which must be a well-formed JSON:API error with this status."""
    assert answer.status_code == status, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:600]}"
    assert answer.headers["Content-Type"].startswith(JSON_API), answer.headers["Content-Type"]
    listed = answer.json()["errors"]
    assert listed
    for error in listed:
        # A status that is a number makes the whole answer undecodable for the vendor's client.
        assert error["status"] == str(status)
        assert error["title"]
    return "\n".join(f"{error['title']}\n{error.get('detail', '')}" for error in listed)


def state(serial: int = 1, lineage: str | None = None, **outputs) -> bytes:
    """A small state of format 4 with these outputs."""
    document = {
        "version": 4,
        "terraform_version": "1.15.5",
        "serial": serial,
        "lineage": lineage or str(uuid.uuid4()),
        "outputs": {name: {"value": value, "type": "string"} for name, value in outputs.items()},
        "resources": [],
        "check_results": None,
    }
    return json.dumps(document, indent=2).encode()
