"""What is different about two answers, after what can't be equal was put into words that can.

Names stand for values that scenarios keep, so a token that is another than the one that was handed out is a
difference. Other random values are compared by their form, times and what remains of them within seconds.
"""

import dataclasses
import datetime
import re

from differential.side import Answer, Side

SECONDS = 20
ABSENT = "(absent)"

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# Random texts, whole or at the end of a path. OpenBao's tokens begin with `s.`, Vault's and ours with `hvs.`.
_RANDOM = [
    (re.compile(rf"^{_UUID.pattern}$"), "<some uuid>"),
    (re.compile(r"^(hvs|s)\.[A-Za-z0-9]{24}$"), "<some token>"),
    (re.compile(r"^(hvb|b)\.[A-Za-z0-9_-]{100,}$"), "<some batch token>"),
    (re.compile(r"(^|/)(?=[A-Za-z0-9]*[0-9A-Z])[A-Za-z0-9]{24}$"), r"\1<24 characters>"),
    (re.compile(r"^([a-z_<>]+)_[0-9a-f]{8}$"), r"\1_<8 digits>"),
]
# The help's texts are our own; what is asked for, what matches and the sections are not.
_FORM = re.compile(r"^(?:Request:|Matching Route:|## ).*$", re.M)
_HEX = re.compile(r"[0-9a-f]+")
# Numbers that depend on the moment. Those of lengths that were set, such as `token_ttl`, do not.
_MOMENTS = ("ttl", "lease_duration", "creation_time", "last_renewal_time", "server_time_utc", "remaining")


@dataclasses.dataclass(frozen=True)
class Difference:
    """Something that the two answers don't agree about."""

    step: str
    at: str
    """`status`, `header.Name`, or the path in the body, such as `body.data.ttl`."""
    bao: object
    ours: object

    def __str__(self) -> str:
        return f"{self.step}\n    {self.at}\n      bao:  {self.bao!r}\n      ours: {self.ours!r}"


def differences(label: str, bao: tuple[Side, Answer], ours: tuple[Side, Answer]) -> list[Difference]:
    """Everything that is different about the answers to one step."""
    (bao_side, theirs), (our_side, answer) = bao, ours
    found: list[Difference] = []
    if theirs.status != answer.status:
        # Everything else is different then, too.
        whole = [(answer.status, _named(answer.body, side)) for side, answer in (bao, ours)]
        return [Difference(label, "status", *whole)]
    _compare(label, "header", theirs.headers, answer.headers, found)
    _compare(label, "body", _named(theirs.body, bao_side), _named(answer.body, our_side), found)
    return found


def _named(value, side: Side):
    """`value` with names and forms in place of what is random."""
    if isinstance(value, dict):
        return {_named(key, side): _named(item, side) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item, side) for item in value]
    if not isinstance(value, str):
        return value
    for name, known in sorted(side.known.items(), key=lambda pair: -len(str(pair[1]))):
        if isinstance(known, str) and len(known) > 1:
            value = re.sub(rf"(?<![A-Za-z0-9]){re.escape(known)}(?![A-Za-z0-9])", f"<{name}>", value)
    for form, name in _RANDOM:
        value = form.sub(name, value)
    return value


def _compare(label: str, at: str, bao, ours, found: list[Difference]) -> None:
    if isinstance(bao, dict) and isinstance(ours, dict):
        for key in sorted({*bao, *ours}):
            _compare(label, f"{at}.{key}", bao.get(key, ABSENT), ours.get(key, ABSENT), found)
    elif isinstance(bao, list) and isinstance(ours, list) and len(bao) == len(ours):
        for number, (one, other) in enumerate(zip(bao, ours, strict=True)):
            _compare(label, f"{at}.{number}", one, other, found)
    elif not _same(at.rpartition(".")[2], bao, ours):
        found.append(Difference(label, at, bao, ours))


def _same(key: str, bao, ours) -> bool:
    if type(bao) is not type(ours):
        return False
    if isinstance(bao, str) and _TIME.fullmatch(bao) and _TIME.fullmatch(ours):
        apart = datetime.datetime.fromisoformat(bao) - datetime.datetime.fromisoformat(ours)
        return bao[-1] == ours[-1] and abs(apart.total_seconds()) < SECONDS
    if isinstance(bao, int) and not isinstance(bao, bool) and key in _MOMENTS:
        # What is zero says "none", which nearly none is not.
        return (bao == 0) == (ours == 0) and abs(bao - ours) < SECONDS
    if key == "help" and isinstance(bao, str):
        return _FORM.findall(bao) == _FORM.findall(ours)
    if key == "random_bytes" and isinstance(bao, str):
        return len(bao) == len(ours) and bool(_HEX.fullmatch(bao)) == bool(_HEX.fullmatch(ours))
    return bao == ours
