"""One of the two servers, and what a scenario has learned from it."""

import dataclasses
import json

import requests

from differential.step import Step

HEADERS_THAT_MATTER = ("Allow", "Cache-Control", "Content-Type", "Location", "Retry-After", "X-Vault-Namespace")


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: object
    """Parsed JSON, or the text if it is none; `None` if there is nothing."""


class Side:
    """A server with the names that answers gave to values."""

    def __init__(self, address: str, certificates: str | bool, **known: str) -> None:
        self.address = address
        self.known = dict(known)
        self.session = requests.Session()
        self.session.verify = certificates
        self.session.trust_env = False

    def send(self, step: Step) -> Answer:
        """One request."""
        headers = {name: self._filled(value) for name, value in step.headers.items()}
        if step.token is not None:
            headers["X-Vault-Token"] = self._filled(step.token)
        content = self._filled(step.body)
        if content is not None and not isinstance(content, str):
            content = json.dumps(content)
            headers.setdefault("Content-Type", "application/json")
        answer = self.session.request(
            step.method,
            f"{self.address}/v1/{self._filled(step.path)}",
            headers=headers,
            data=None if content is None else content.encode(),
            allow_redirects=False,
            timeout=60,
        )
        self._keep(step, answer)
        given = {name: answer.headers[name] for name in HEADERS_THAT_MATTER if name in answer.headers}
        return Answer(answer.status_code, given, _read(answer))

    def _filled(self, value):
        """`value` with what is known in place of `{name}`."""
        if isinstance(value, str):
            for name, known in self.known.items():
                value = value.replace("{" + name + "}", known)
            return value
        if isinstance(value, dict):
            return {self._filled(key): self._filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        return value

    def _keep(self, step: Step, answer: requests.Response) -> None:
        for name, path in step.keep.items():
            value = _read(answer)
            try:
                for part in path.split("."):
                    value = value[int(part)] if isinstance(value, list) else value[part]
            except (KeyError, TypeError, IndexError):
                # The comparison reports the answer; what needs the value is refused and reported too.
                value = f"no-{name}"
            self.known[name] = value


def _read(answer: requests.Response):
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError:
        return answer.text
