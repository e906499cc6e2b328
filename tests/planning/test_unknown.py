"""Where the outcome hangs on a rule that nobody understood, the goal is unknown, and only there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vbtui.catalogue import Need
from vbtui.planning import Goal, check
from vbtui.topology import Topology
from vbtui.vocabulary import GoalVerdict, StepId

Document = dict[str, Any]
Block = tuple[Document, Document, str]
Built = Callable[..., Topology]
Change = Callable[[Document], None]


def node(name: str) -> Document:
    return {"node": name}


def opaque(*numbers: int, then: Change | None = None) -> Change:
    """The rules of these numbers are opaque."""

    def change(document: Document) -> None:
        for rule in document["firewalls"][0]["rules"]:
            if int(rule["name"].removeprefix("block")) in numbers:
                rule["action"] = "unknown"
        if then is not None:
            then(document)

    return change


def with_helper(document: Document) -> None:
    helper = {"name": "helper", "roles": ["guest_interaction_proxy"], "zone": "backup", "address": "10.2.0.9"}
    document["nodes"].append(helper | {"os": "windows"})


def over_iscsi_to_a_share(document: Document) -> None:
    document["jobs"][0]["proxies"] = ["better"]
    document["datastores"] = [{"name": "lun", "kind": "vmfs", "fabric": "iscsi", "array": "array"}]
    document["nodes"].append({"name": "array", "roles": ["storage_array"], "zone": "esx", "address": "10.3.0.99"})
    document["nodes"].append({"name": "share", "roles": ["share"], "zone": "backup", "address": "10.2.0.50"})
    next(one for one in document["nodes"] if one["name"] == "target")["share"] = "share"


def goals_of(topology: Topology, need: Need) -> list[Goal]:
    return [goal for goal in check(topology, topology.jobs[0]).goals if goal.need is need]


SERVER, GUEST, CENTER, PROXY = node("server"), node("guest"), node("center"), node("better")
NETWORK, RANGE = (SERVER, GUEST, "tcp/445"), (PROXY, node("target"), "tcp/2500-3300")
PORT, ALL = (PROXY, node("target"), "tcp/6162"), GoalVerdict

CASES = (
    ("a need with one way", (PROXY, node("host1"), "tcp/902"), (), (1,), Need.NFC, ALL.UNKNOWN),
    ("the first way, and the next stands", NETWORK, (), (1,), Need.GUEST_WINDOWS, ALL.UNKNOWN),
    ("the second way, and the first stands", RANGE, (), (1,), Need.DATA_MOVERS, ALL.OK),
    ("the second way, and the first is refused", RANGE, (PORT,), (1,), Need.DATA_MOVERS, ALL.UNKNOWN),
    ("the first way, and the second is refused", PORT, (RANGE,), (1,), Need.DATA_MOVERS, ALL.UNKNOWN),
    (
        "a way that is refused at another of its ports",
        NETWORK,
        ((SERVER, GUEST, "tcp/135"),),
        (1,),
        Need.GUEST_WINDOWS,
        ALL.FALLBACK,
    ),
)


@pytest.mark.parametrize(
    ("hidden", "others", "numbers", "need", "verdict"), [one[1:] for one in CASES], ids=[one[0] for one in CASES]
)
def test_a_goal_is_unknown_where_it_hangs_on_an_opaque_rule(
    build: Built, hidden: Block, others: tuple[Block, ...], numbers: tuple[int, ...], need: Need, verdict: GoalVerdict
) -> None:
    topology = build(hidden, *others, change=opaque(*numbers))
    found = {
        goal.verdict
        for goal in goals_of(topology, need)
        if "host1" in goal.subject.hosts and (not goal.subject.proxies or "better" in goal.subject.proxies)
    }
    assert found == {verdict}
    for goal in goals_of(topology, need):
        if goal.verdict is GoalVerdict.UNKNOWN:
            assert (goal.effect, goal.chosen, goal.loss) == (None, None, None)
            assert any(way.unknown for way in goal.ways)


def test_a_vm_of_an_unknown_goal_is_unknown(build: Built) -> None:
    topology = build(NETWORK, change=opaque(1))
    report = check(topology, topology.jobs[0])
    assert report.verdict is GoalVerdict.UNKNOWN
    assert [(vm.verdict, vm.effects) for vm in report.vms] == [(GoalVerdict.UNKNOWN, ())]


def test_whether_the_interaction_proxy_can_be_reached_matters_only_where_the_ends_differ(build: Built) -> None:
    """If it cannot, the backup server is the one that gets in over the network: another way than was meant."""
    topology = build((SERVER, node("helper"), "tcp/6190"), change=opaque(1, then=with_helper))
    (helper,) = goals_of(topology, Need.GUEST_INTERACTION_PROXY)
    (guest,) = goals_of(topology, Need.GUEST_WINDOWS)
    assert (helper.verdict, guest.verdict) == (GoalVerdict.UNKNOWN, GoalVerdict.UNKNOWN)
    closed = ((node("helper"), GUEST, "any"), (SERVER, GUEST, "any"), (node("helper"), node("host1"), "tcp/443"))
    topology = build((SERVER, node("helper"), "tcp/6190"), *closed, change=opaque(1, then=with_helper))
    here = [goal for goal in goals_of(topology, Need.GUEST_WINDOWS) if "host1" in goal.subject.hosts]
    assert {goal.verdict for goal in here} == {GoalVerdict.FALLBACK}


def test_what_follows_an_unknown_storage_network_is_at_both_steps(build: Built) -> None:
    topology = build((PROXY, node("array"), "any"), change=opaque(1, then=over_iscsi_to_a_share))
    (storage,) = goals_of(topology, Need.STORAGE_ISCSI)
    (share,) = goals_of(topology, Need.SHARE)
    assert storage.verdict is GoalVerdict.UNKNOWN
    assert (share.verdict, share.steps) == (GoalVerdict.OK, (StepId.DIRECT_STORAGE, StepId.NETWORK))
