"""A request, and what later ones need of its answer."""

import dataclasses
import json

ROOT = "{root}"


@dataclasses.dataclass(frozen=True)
class Step:
    """One request to both. `{name}` in texts stands for what an earlier answer held."""

    method: str
    path: str
    """Below `/v1/`."""
    body: object = None
    """A dictionary is sent as JSON, a text as it is."""
    token: str | None = ROOT
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    keep: dict[str, str] = dataclasses.field(default_factory=dict)
    """Names for values of the answer, each by its path: `{"token": "auth.client_token"}`."""
    note: str = ""
    """What it is about, where the request alone does not say it."""

    @property
    def label(self) -> str:
        """What reports and the list of allowed differences call it."""
        about = self.note or (json.dumps(self.body) if isinstance(self.body, dict) else self.body)
        about = about or ", ".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{self.method} {self.path}" + (f" ({about})" if about else "")


def get(path: str, **more) -> Step:
    """GET."""
    return Step("GET", path, **more)


def listing(path: str, **more) -> Step:
    """The verb LIST."""
    return Step("LIST", path, **more)


def post(path: str, body=None, **more) -> Step:
    """POST."""
    return Step("POST", path, body, **more)


def put(path: str, body=None, **more) -> Step:
    """PUT, which is the same as POST here."""
    return Step("PUT", path, body, **more)


def patch(path: str, body=None, **more) -> Step:
    """PATCH, as a merge patch."""
    return Step("PATCH", path, body, headers={"Content-Type": "application/merge-patch+json"}, **more)


def delete(path: str, body=None, **more) -> Step:
    """DELETE."""
    return Step("DELETE", path, body, **more)
