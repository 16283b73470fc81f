"""The same requests to the real `bao server -dev` and to Stateward: the answers agree, but for a written list."""

import pytest

from differential.allowed import ALLOWED
from differential.compare import differences
from differential.scenarios import SCENARIOS
from differential.side import Side
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
