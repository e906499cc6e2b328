"""A check that folds answers what the obvious one does, assignment by assignment."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from every_assignment import Ended, Flow, TriedWay, Who, every_assignment
from hypothesis import given
from hypothesis import strategies as st
from strategies import estates, examples, topologies

from vbtui.catalogue import Need, Party
from vbtui.firewall import Policy, Verdict
from vbtui.planning import (
    CheckReport,
    ConnectionVerdict,
    Goal,
    Unfolded,
    check,
    check_all,
    derive,
    judge,
    judge_in_turn,
)
from vbtui.planning.folding import cover
from vbtui.topology import Job, Topology
from vbtui.vocabulary import TransportMode
from vbtui.workflow import performers, vms_of

random = examples(25)


def spoken_for(goal: Goal, who: Who) -> bool:
    """The goal's subject takes in this assignment; what it does not name makes no difference to it."""
    subject = goal.subject
    pairs = ((subject.vms, who.vm), (subject.tasks, who.task), (subject.hosts, who.host), (subject.proxies, who.proxy))
    return all(not names or name in names for names, name in pairs)


def cast(topology: Topology, job: Job, who: Who) -> dict[Party, set[str | None]]:
    """The machines of one assignment, by the parties that mean another machine in another assignment."""
    found: dict[Party, set[str | None]] = {}
    if who.vm:
        vm, processing = next(pair for pair in vms_of(topology, job) if pair[0].name == who.vm)
        found[Party.GUEST], found[Party.ESXI_HOST] = {who.vm}, {who.host}
        found[Party.VCENTER] = {topology.node(who.host).managed_by}
        found[Party.GUEST_INTERACTION_PROXY] = {node.name for node in performers(topology, vm, processing)}
        disks = [disk for disk in vm.disks if who.task in ("", f"{vm.name}/{disk.name}")]
        found[Party.STORAGE] = {topology.datastore(disk.datastore).array for disk in disks}
    if who.proxy:
        found[Party.PROXY] = found[Party.APPLIANCE] = {who.proxy}
    return found


def answers(connections: tuple[ConnectionVerdict, ...], parties: dict[Party, set[str | None]]) -> dict[Flow, Verdict]:
    """The flows of one assignment among those that some connections stand for, with the answer for each."""
    return {
        (one.asked.row.id, source, destination, one.asked.service): replace(
            one.verdict, source=source, destination=destination, source_address=None, destination_address=None
        )
        for one in connections
        for source in one.sources
        for destination in one.destinations
        if source in parties.get(one.asked.row.source, {source})
        and destination in parties.get(one.asked.row.destination, {destination})
    }


def nameless(ended: Ended) -> Ended:
    """The same without addresses, which differ inside a class."""
    ways = tuple(
        replace(
            way,
            answers=frozenset(
                (flow, replace(verdict, source_address=None, destination_address=None)) for flow, verdict in way.answers
            ),
        )
        for way in ended.ways
    )
    return replace(ended, ways=ways)


def assert_equal(topology: Topology, job: Job, report: CheckReport, every: tuple[Ended, ...]) -> None:
    """Each assignment's end stands in one goal of the report, and the report says nothing else."""
    by_need: dict[Need | None, list[Goal]] = defaultdict(list)
    for goal in report.goals:
        if goal.steps:
            by_need[goal.need].append(goal)
    used = set()
    for ended in map(nameless, every):
        goals = [
            goal
            for goal in by_need[ended.need]
            if spoken_for(goal, ended.who)
            and not set(goal.steps).isdisjoint(ended.steps)
            # the repository server's own call back is the job's, whoever the proxy is
            and bool(goal.subject.proxies) == bool(ended.who.proxy)
        ]
        assert len(goals) == 1, (ended.need, ended.who, [goal.subject for goal in goals])
        (goal,) = goals
        used.add(id(goal))
        parties = cast(topology, job, ended.who)
        found = Ended(
            ended.need,
            ended.who,
            goal.steps,
            goal.verdict,
            goal.effect,
            goal.chosen,
            tuple(
                TriedWay(
                    way.name,
                    way.step,
                    way.performer,
                    way.obstacle,
                    way.shortfall,
                    frozenset(answers(way.connections, parties).items()),
                )
                for way in goal.ways
                if way.step is not None
            ),
        )
        if ended.need is None:
            assert {way.obstacle for way in found.ways} == {way.obstacle for way in ended.ways}
            found = replace(found, ways=ended.ways)
        assert found == ended
    left = [goal for goals in by_need.values() for goal in goals if id(goal) not in used]
    assert not left, [(goal.steps, goal.need, goal.subject) for goal in left]


@random
@given(st.one_of(estates(), topologies()))
def test_folding_changes_no_answer(topology: Topology) -> None:
    job = topology.jobs[0]
    assert_equal(topology, job, check(topology, job), every_assignment(topology, job))


@random
@given(estates(), st.sampled_from(TransportMode))
def test_folding_changes_no_answer_where_a_mode_is_assumed(topology: Topology, mode: TransportMode) -> None:
    job = topology.jobs[0]
    report = check(topology, job, assume_mode=mode)
    assert_equal(topology, job, report, every_assignment(topology, job, assumed=mode))


@random
@given(estates())
def test_the_unfolded_check_says_the_same(topology: Topology) -> None:
    """The strategy that makes every machine a class of its own, through the same code."""
    job, policy = topology.jobs[0], Policy(topology)
    (report,) = judge(derive(topology, (job,), folding=Unfolded()), policy)
    assert_equal(topology, job, report, every_assignment(topology, job))
    folded = check(topology, job, policy=policy)
    assert [step.flows for step in folded.steps] == [step.flows for step in report.steps]
    assert [(vm.vm, vm.verdict, set(vm.effects)) for vm in folded.vms] == [
        (vm.vm, vm.verdict, set(vm.effects)) for vm in report.vms
    ]


@random
@given(estates(), st.data())
def test_toggled_rules_need_no_new_derivation_and_what_is_taken_over_still_holds(
    topology: Topology, data: st.DataObject
) -> None:
    policy = Policy(topology)
    derived = derive(topology, policy=policy)
    judge(derived, policy)
    rules = [(firewall.name, rule) for firewall in topology.firewalls for rule in firewall.rules]
    for firewall, rule in data.draw(st.lists(st.sampled_from(rules), max_size=4)) if rules else []:
        unfinished = judge_in_turn(derived, policy)
        next(unfinished)
        policy = policy.with_rule(firewall, rule.name, not rule.enabled)
        assert derived.holds_for(policy)
        expected = check_all(topology, policy=policy)
        assert judge(derived, policy) == expected
        # whoever goes on with rules from before does not change what these come to
        list(unfinished)
        assert judge(derived, policy) == expected


def test_goals_whose_answers_stay_are_taken_over(shipped_job: tuple[Topology, Job]) -> None:
    topology, job = shipped_job
    policy = Policy(topology)
    derived = derive(topology, (job,), policy=policy)
    (first,) = judge(derived, policy)
    firewall, rule = next((one, rule) for one in topology.firewalls for rule in one.rules if rule.enabled)
    (changed,) = judge(derived, policy.with_rule(firewall.name, rule.name, enabled=False))
    assert any(goal is other for goal in first.goals for other in changed.goals)
    (again,) = judge(derived, policy)
    assert again == first
    assert judge(derived, Policy(topology)) == (again,)
    assert judge(derived, Policy(topology))[0] is again


@random
@given(st.lists(st.tuples(st.integers(1, 31), st.integers(1, 31)), max_size=6))
def test_a_cover_has_every_pair_once(rectangles: list[tuple[int, int]]) -> None:
    def pairs(first: int, second: int) -> list[tuple[int, int]]:
        return [(a, b) for a in range(5) for b in range(5) if first >> a & 1 and second >> b & 1]

    wanted = {pair for rectangle in rectangles for pair in pairs(*rectangle)}
    found = [pair for rectangle in cover(rectangles) for pair in pairs(*rectangle)]
    assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize("mode", TransportMode)
def test_an_assumed_mode_is_the_only_one(shipped_job: tuple[Topology, Job], mode: TransportMode) -> None:
    topology, job = shipped_job
    report = check(topology, job, assume_mode=mode)
    taken = {step.step for step in report.steps if step.step is not None and step.step.phase == 5 and step.goals}
    # a failover may lead on to network mode
    assert taken <= {mode.step, TransportMode.NBD.step}
