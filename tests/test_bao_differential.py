"""The same requests to the real `bao server -dev` and to Stateward: the answers agree, but for a written list."""

import pytest

from differential.allowed import ALLOWED
from differential.compare import differences
from differential.scenarios import SCENARIOS
from differential.side import Answer, Side
from differential.step import delete, post
from support.bao import ROOT_TOKEN, BaoServer
from support.server import Server

# What of the list has been needed, by its place, and the scenarios that have run.
used: set[int] = set()
asked: set[str] = set()


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    """Both servers, with nothing mounted but what they can't be without and, at `leased/`, what makes leases."""
    folder = tmp_path_factory.mktemp("differential")
    bao, ours = BaoServer(folder / "bao"), Server(folder / "ours").start()
    theirs = Side(bao.address, True, root=ROOT_TOKEN, engine="kv")
    own = Side(ours.address, ours.certificates, root=ours.variables["VAULT_TOKEN"], engine="terraform")
    prepare(theirs, own, ours)
    yield theirs, own
    bao.stop()
    assert ours.stop() == 0, ours.page()
    assert "panicked" not in ours.page(), ours.page()


def prepare(bao: Side, ours: Side, server: Server) -> None:
    """What can't be the same request to both."""
    for side, steps in {
        bao: [
            delete("sys/mounts/secret"),
            post("sys/mounts/leased", {"type": "ssh"}),
            post("leased/roles/one", {"key_type": "otp", "default_user": "x", "cidr_list": "0.0.0.0/0"}),
            post("leased/config/zeroaddress", {"roles": ["one"]}),
        ],
        ours: [
            # The root token of a development server of OpenBao's was made like this.
            post("auth/token/create", {"policies": ["root"], "no_parent": True}, keep={"root": "auth.client_token"}),
            post("sys/remount", {"from": "terraform", "to": "leased"}),
            post("leased/role/one", {"user_id": server.api().get("account/details").json()["data"]["id"]}),
        ],
    }.items():
        for step in steps:
            answer = side.send(step)
            assert answer.status < 300, f"{step.label}: {answer}"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_answers_agree(sides, scenario):
    bao, ours = sides
    asked.add(scenario)
    unexpected = []
    for step in SCENARIOS[scenario]:
        found = differences(step.label, (bao, bao.send(step)), (ours, ours.send(step)))
        # Without it what follows would be refused by both, and say nothing.
        assert not [name for name in step.keep if bao.known[name] == f"no-{name}"], step.label
        for difference in found:
            reasons = [place for place, allowed in enumerate(ALLOWED) if allowed.covers(difference)]
            used.update(reasons)
            if not reasons:
                unexpected.append(str(difference))
    assert not unexpected, f"{len(unexpected)} differences\n" + "\n".join(unexpected)


def test_the_list_is_long_and_no_allowed_difference_is_a_thing_of_the_past():
    assert sum(len(steps) for steps in SCENARIOS.values()) >= 150
    if asked == SCENARIOS.keys():
        assert not [allowed for place, allowed in enumerate(ALLOWED) if place not in used]


@pytest.mark.parametrize(
    ("theirs", "ours", "at"),
    [
        ({"id": "s.aaaaaaaaaaaaaaaaaaaaaaaa"}, {"id": "hvs.ffffffffffffffffffffffff"}, None),
        ({"id": "s.aaaaaaaaaaaaaaaaaaaaaaaa"}, {"id": "hvs.bbbbbbbbbbbbbbbbbbbbbbbb"}, "body.id"),
        ({"id": "s.aaaaaaaaaaaaaaaaaaaaaaaa"}, {"id": ""}, "body.id"),
        ({"lease_id": "x/y/Aaaaaaaaaaaaaaaaaaaaaaaa"}, {"lease_id": "x/y/Bbbbbbbbbbbbbbbbbbbbbbbb"}, None),
        ({"lease_id": "x/y/Aaaaaaaaaaaaaaaaaaaaaaaa"}, {"lease_id": "x/z/Aaaaaaaaaaaaaaaaaaaaaaaa"}, "body.lease_id"),
        ({"ttl": 3600}, {"ttl": 3598}, None),
        ({"ttl": 3600}, {"ttl": 3500}, "body.ttl"),
        ({"ttl": 1}, {"ttl": 0}, "body.ttl"),
        ({"token_ttl": 3600}, {"token_ttl": 3599}, "body.token_ttl"),
        ({"expire_time": "2026-01-01T00:00:00.1Z"}, {"expire_time": "2026-01-01T00:00:02Z"}, None),
        ({"expire_time": "2026-01-01T00:00:00.1Z"}, {"expire_time": "2026-01-01T00:01:00Z"}, "body.expire_time"),
        ({"expire_time": "2026-01-01T00:00:00.1Z"}, {"expire_time": None}, "body.expire_time"),
        ({"keys": ["a", "b"]}, {"keys": ["b", "a"]}, "body.keys.0"),
        ({"keys": ["a", "b"]}, {"keys": ["a"]}, "body.keys"),
        ({"num_uses": 0}, {"num_uses": False}, "body.num_uses"),
        ({"data": None}, {}, "body.data"),
        ({"errors": ["permission denied"]}, {"errors": ["no"]}, "body.errors.0"),
    ],
)
def test_the_comparison_sees_what_is_different(theirs, ours, at):
    """`token` is known by a name, so that another one is not as good."""
    bao = Side("", True, token="s.aaaaaaaaaaaaaaaaaaaaaaaa"), Answer(200, {}, theirs)
    own = Side("", True, token="hvs.ffffffffffffffffffffffff"), Answer(200, {}, ours)
    found = differences("GET x", bao, own)
    assert {difference.at for difference in found} >= ({at} if at else set())
    assert bool(found) == bool(at)


def test_the_comparison_sees_statuses_and_headers():
    side = Side("", True)
    one, other = Answer(200, {"Cache-Control": "no-store"}, {}), Answer(204, {"Cache-Control": "no-store"}, {})
    assert [difference.at for difference in differences("GET x", (side, one), (side, other))] == ["status"]
    other = Answer(200, {}, {})
    assert [difference.at for difference in differences("GET x", (side, one), (side, other))] == ["header.Cache-Control"]
