"""What a change of the file means: against asking every pair of machines one by one."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from strategies import document_of, documents, examples

from vbtui.firewall import Policy
from vbtui.planning import CheckReport, check, diff, request
from vbtui.planning.diff import ChangeKind, ConnectionAnswer
from vbtui.topology import Topology, load, resolve
from vbtui.vocabulary import GoalVerdict, Service

Flow = tuple[str, str, Service]


@st.composite
def pairs(draw: Any) -> tuple[Topology, Topology]:
    """A topology before and after somebody changed rules, a default, an account, or removed a proxy."""
    document = draw(documents())
    old = Topology.model_validate(document)
    changed = document_of(old)
    for firewall in changed["firewalls"]:
        for rule in firewall["rules"]:
            if draw(st.booleans()):
                rule["enabled"] = not rule["enabled"]
            rule["action"] = draw(st.sampled_from((rule["action"], "allow", "deny", "unknown")))
    changed["firewalls"][0]["default"] = draw(st.sampled_from(("allow", "deny")))
    changed["vms"][0]["tools"] = draw(st.sampled_from(("running", "stopped")))
    spare = [node for node in changed["nodes"] if node["name"] == "proxy2" and node["roles"] == ["proxy"]]
    if spare and changed["jobs"][0]["proxies"] == "auto" and draw(st.booleans()):
        changed["nodes"] = [node for node in changed["nodes"] if node is not spare[0]]
        for firewall in changed["firewalls"]:
            firewall["rules"] = [rule for rule in firewall["rules"] if "proxy2" not in str(rule)]
    return old, Topology.model_validate(changed)


def reports(topology: Topology) -> list[CheckReport]:
    return [check(topology, job) for job in topology.jobs]


def answers(topology: Topology) -> dict[Flow, ConnectionAnswer]:
    """Every required connection, one pair of machines at a time."""
    policy = Policy(topology)
    flows = {
        (source, destination, one.asked.service)
        for report in reports(topology)
        for one in report.connections
        for source in one.sources
        for destination in one.destinations
    }
    found = {flow: policy.evaluate(*flow) for flow in flows}
    return {flow: ConnectionAnswer(verdict.missing, verdict.unknown) for flow, verdict in found.items()}


@given(pairs())
@examples(20)
def test_connections_are_those_whose_answers_differ(sides: tuple[Topology, Topology]) -> None:
    before, after = (answers(side) for side in sides)
    expected = {
        flow: (before.get(flow), after.get(flow))
        for flow in before.keys() | after.keys()
        if before.get(flow) != after.get(flow)
    }
    listed = [
        ((source, destination, one.service), (one.before, one.after))
        for one in diff(*sides).connections
        for source in one.sources
        for destination in one.destinations
    ]
    assert len(listed) == len(dict(listed))
    assert dict(listed) == expected


@given(pairs())
@examples(25)
def test_the_other_way_round_everything_gained_is_lost(sides: tuple[Topology, Topology]) -> None:
    forth, back = diff(*sides), diff(*reversed(sides))
    opposite = {
        ChangeKind.GAINED: ChangeKind.LOST,
        ChangeKind.LOST: ChangeKind.GAINED,
        ChangeKind.NEEDED: ChangeKind.NOT_NEEDED,
        ChangeKind.NOT_NEEDED: ChangeKind.NEEDED,
        ChangeKind.CHANGED: ChangeKind.CHANGED,
    }
    assert bool(forth) == bool(back)
    assert {(opposite[one.kind], one.job, one.need, frozenset(one.names)) for one in forth.goals} == {
        (one.kind, one.job, one.need, frozenset(one.names)) for one in back.goals
    }
    assert (forth.machines_gone, forth.machines_new) == (back.machines_new, back.machines_gone)
    assert [(one.job, one.after, one.before) for one in forth.jobs] == [
        (one.job, one.before, one.after) for one in back.jobs
    ]


@given(pairs())
@examples(25)
def test_a_topology_does_not_differ_from_itself(sides: tuple[Topology, Topology]) -> None:
    assert not diff(sides[0], sides[0])


@given(pairs())
@examples(25)
def test_verdicts_are_those_of_the_check(sides: tuple[Topology, Topology]) -> None:
    found = diff(*sides)
    for verdicts, side in zip((found.before, found.after), sides, strict=True):
        assert list(verdicts) == [(report.job, report.verdict) for report in reports(side)]
    gone = {machine.name for machine in sides[0].nodes} - {machine.name for machine in sides[1].nodes}
    assert set(found.machines_gone) == gone


def test_what_a_request_changes_is_what_it_lists() -> None:
    topology = load(resolve("locked-down")).topology
    asked = request(topology, topology.jobs)
    found = diff(topology, asked.proposed)
    assert {one.kind for one in found.connections} == {one.kind for one in found.goals} == {ChangeKind.GAINED}
    assert [(one.job, one.before, one.after) for one in found.jobs] == [
        (job.name, GoalVerdict.FAIL, GoalVerdict.OK) for job in topology.jobs
    ]
    ends = {(s.machine, d.machine) for one in asked.opened for s in one.sources for d in one.destinations}
    assert {(s, d) for one in found.connections for s in one.sources for d in one.destinations} == ends


def test_a_job_on_one_side_only_has_no_verdict_on_the_other() -> None:
    topology = load(resolve("locked-down")).topology
    fewer = topology.model_copy(update={"jobs": topology.jobs[:1]})
    found = diff(topology, fewer)
    assert [(one.job, one.before, one.after) for one in found.jobs] == [("nightly-strict", GoalVerdict.FAIL, None)]
    assert found.goals == ()
    assert {one.kind for one in found.connections} <= {ChangeKind.NOT_NEEDED}
    assert not diff(topology, fewer, jobs=["nightly"])
