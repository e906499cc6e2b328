"""What holds for every run over any sound topology, with or without changes in mid-run."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import document_of, examples, topologies

from vbtui.firewall import Reason
from vbtui.topology import Job, ProblemCode, Topology, load, resolve
from vbtui.topology.checks import check
from vbtui.trace import Event, EventKind, Trace
from vbtui.vocabulary import Component, Outcome, Phase, Profile, Protocol, Result, Service
from vbtui.workflow import (
    CbtReset,
    Change,
    ConnectionSet,
    FailoverSet,
    History,
    ProcessKilled,
    RuleSet,
    ServiceSet,
    SlotsSet,
    UnknownChangeError,
    WorldChange,
    simulate,
)
from vbtui.workflow.acting import components_of, data_movers
from vbtui.workflow.initialisation import JOB
from vbtui.workflow.transfer import can_track


@examples(60)
@given(topologies(opaque=True))
def test_the_drawn_topologies_are_sound_files(topology: Topology) -> None:
    assert list(check(topology, Path())) == []


@examples(120)
@given(topologies(opaque=True))
def test_every_run_is_sound(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    sound(trace)
    slots_are_never_exceeded(trace, topology)
    everything_attached_is_detached(trace)


@examples(40)
@given(topologies(opaque=True), st.sampled_from(Profile), st.booleans())
def test_every_profile_and_history_gives_a_sound_run(topology: Topology, profile: Profile, again: bool) -> None:
    history = History.of_every_vm(topology) if again else None
    sound(simulate(topology, topology.jobs[0], profile=profile, history=history))


def sound(trace: Trace) -> None:
    assert [event.position for event in trace] == list(range(len(trace)))
    assert [(event.start_ms, event.id) for event in trace] == sorted((event.start_ms, event.id) for event in trace)
    assert len(trace.by_id) == len(trace)
    for event in trace:
        assert event.duration_ms >= 1
        assert len(dict(event.params)) == len(event.params)
        causes_precede(trace, event)
        blocked_events_name_who_decided(event)
    results_have_reasons(trace)
    snapshots_are_committed_or_reported(trace)
    frozen_guests_are_thawed(trace)
    estimates_are_consistent(trace)


def causes_precede(trace: Trace, event: Event) -> None:
    if event.position == 0:
        assert event.cause is None
    else:
        assert event.cause is not None
        cause = trace.by_id[event.cause]
        assert cause.position < event.position and cause.start_ms < event.start_ms


def blocked_events_name_who_decided(event: Event) -> None:
    assert (event.kind is EventKind.CONNECT) == (event.verdict is not None) == (event.row is not None)
    if event.verdict is None:
        return
    blocked = event.code in ("connect.dropped", "connect.rejected", "connect.partial", "connect.unknown")
    assert blocked != event.verdict.allowed
    if blocked:
        assert event.outcome in (Outcome.FALLBACK, Outcome.WARNING, Outcome.FAIL)
        assert event.verdict.hop is not None and event.verdict.segment is not None
        assert (event.verdict.segment.rule is not None) == (event.verdict.segment.reason is Reason.RULE)


def results_have_reasons(trace: Trace) -> None:
    last = trace[-1]
    assert (last.id, last.code, last.end_ms) == ("job/6/result", f"job.{trace.result}", trace.duration_ms)
    ranks = [Result.SUCCESS, Result.WARNING, Result.ERROR]
    assert trace.result is max((vm.result for vm in trace.vms), key=ranks.index)
    for vm in trace.vms:
        assert bool(vm.reasons) == (vm.result is not Result.SUCCESS)
        reasons = [trace.by_id[one] for one in vm.reasons]
        assert reasons == sorted(reasons, key=lambda event: event.position)
        assert all(event.outcome in (Outcome.WARNING, Outcome.FAIL) for event in reasons)
        assert any(event.outcome is Outcome.FAIL for event in reasons) == (vm.result is Result.ERROR)
        assert (vm.consistent == "none") == (vm.result is Result.ERROR)
        if vm.result is not Result.ERROR:
            assert all(task.result is Result.SUCCESS for task in trace.tasks if task.vm == vm.vm)


def snapshots_are_committed_or_reported(trace: Trace) -> None:
    created = {event.vm for event in trace if event.kind is EventKind.SNAPSHOT}
    ends = {event.vm: event for event in trace if event.kind is EventKind.COMMIT}
    assert created == set(ends)
    for vm in trace.vms:
        assert vm.snapshot_left == (vm.vm in created and ends[vm.vm].code != "snapshot.committed")
        assert not vm.snapshot_left or vm.result is not Result.SUCCESS


def frozen_guests_are_thawed(trace: Trace) -> None:
    thaws = {event.vm: event for event in trace if event.kind is EventKind.THAW}
    for freeze in (event for event in trace if event.kind is EventKind.FREEZE):
        assert thaws[freeze.vm].code == "guest.thawed"
        assert thaws[freeze.vm].start_ms >= freeze.end_ms


def estimates_are_consistent(trace: Trace) -> None:
    data = {event.task: event for event in trace if event.code == "transfer.done"}
    for task in trace.tasks:
        assert 0 <= task.transferred <= task.read <= task.processed
        if task.id in data:
            assert task.mode is not None and data[task.id].param("mode") == task.mode
            figures = {"processed": task.processed, "read": task.read, "transferred": task.transferred}
            assert {name: data[task.id].param(name) for name in figures} == figures
        else:
            assert (task.read, task.transferred, task.result) == (0, 0, Result.ERROR)


def everything_attached_is_detached(trace: Trace) -> None:
    for event in trace:
        if event.code == "disk.attached":
            assert f"{event.task}/5.2/detach" in trace.by_id


def slots_are_never_exceeded(trace: Trace, topology: Topology) -> None:
    """A task holds its slots from its assignment to the last thing that happens to it."""
    last = {event.task: event.end_ms for event in trace if event.task is not None}
    held: dict[tuple[str, object], list[tuple[int, int]]] = defaultdict(list)
    for event in trace:
        if event.code == "task.assigned":
            for role in ("proxy", "repository"):
                held[role, event.param(role)].append((event.start_ms, last[str(event.task)]))
    for (_, node), spans in held.items():
        for moment, _ in spans:
            assert sum(start <= moment < end for start, end in spans) <= topology.node(str(node)).task_slots


def test_no_vm_may_have_the_name_that_stands_for_the_whole_job_in_event_ids() -> None:
    topology = load(resolve("classroom")).topology
    first = topology.vms[0].model_copy(update={"name": JOB})
    renamed = topology.model_copy(update={"vms": (first, *topology.vms[1:])})
    found = [finding.path for finding in check(renamed, Path()) if finding.code is ProblemCode.RESERVED_NAME]
    assert found == [("vms", 0, "name")]


# Changes in mid-run ---------------------------------------------------------------------------------------------------


_SERVICES = [Service(Protocol.TCP, 902, 902), Service(Protocol.TCP, 1, 65535), Service(Protocol.UDP, 53, 53)]


def changes_of(topology: Topology, job: Job) -> st.SearchStrategy[WorldChange]:
    rules = [(firewall.name, rule.name) for firewall in topology.firewalls for rule in firewall.rules]
    machines = [*(node.name for node in topology.nodes), *(vm.name for vm in topology.vms)]
    services = [(name, component) for name in machines for component in sorted(components_of(topology, name))]
    movers = st.sampled_from(sorted(data_movers(topology)))
    kinds: list[st.SearchStrategy[WorldChange]] = [
        st.builds(lambda one, on: ServiceSet(one[0], one[1], on), st.sampled_from(services), st.booleans()),
        st.builds(SlotsSet, movers, st.integers(0, 3)),
        st.builds(FailoverSet, st.booleans()),
        st.builds(ProcessKilled, movers),
    ]
    tracked = [item.name for item in job.vms if can_track(topology.vm(item.name), has_point=False)]
    if tracked:
        kinds.append(st.builds(CbtReset, st.sampled_from(tracked)))
    ends = st.permutations(machines)
    asked = {
        (event.source.node, event.destination.node, service)
        for event in simulate(topology, job)
        for service in event.services
        if event.source is not None and event.destination is not None and event.source.node != event.destination.node
    }
    connections = st.builds(lambda names, service: (names[0], names[1], service), ends, st.sampled_from(_SERVICES))
    if asked:
        connections = st.one_of(connections, st.sampled_from(sorted(asked)))
    kinds.append(
        st.builds(lambda one, allowed: ConnectionSet(one[0], one[1], one[2], allowed), connections, st.booleans())
    )
    if rules:
        kinds.append(
            st.sampled_from(rules).flatmap(
                lambda one: st.builds(RuleSet, st.just(one[0]), st.just(one[1]), st.booleans())
            )
        )
    return st.one_of(kinds)


@examples(120)
@given(topologies(opaque=True), st.data())
def test_a_fork_equals_its_original_before_the_change_and_is_sound(topology: Topology, data: st.DataObject) -> None:
    job = topology.jobs[0]
    original = simulate(topology, job)
    at = data.draw(st.sampled_from(original.events))
    change = Change(at.id, data.draw(changes_of(topology, job)))
    fork = simulate(topology, job, changes=[change])
    assert fork.events[: at.position] == original.events[: at.position]
    assert fork[at.position].id == at.id
    assert fork.changes == (str(change),)
    sound(fork)
    the_dead_do_nothing(fork)


@examples(40)
@given(topologies(opaque=True), st.data())
def test_a_fork_of_a_fork_keeps_what_the_first_change_led_to(topology: Topology, data: st.DataObject) -> None:
    job = topology.jobs[0]
    original = simulate(topology, job)
    first = data.draw(st.sampled_from(original.events))
    one = Change(first.id, data.draw(changes_of(topology, job)))
    fork = simulate(topology, job, changes=[one])
    second = data.draw(st.sampled_from(fork.events[first.position :]))
    two = Change(second.id, data.draw(changes_of(topology, job)))
    again = simulate(topology, job, changes=[one, two])
    assert again.events[: second.position] == fork.events[: second.position]
    sound(again)
    the_dead_do_nothing(again)


@examples(60)
@given(topologies(opaque=True), st.data())
def test_killed_data_movers_do_nothing_more_and_their_tasks_fail(topology: Topology, data: st.DataObject) -> None:
    job = topology.jobs[0]
    original = simulate(topology, job)
    at = data.draw(st.sampled_from(original.events))
    node = data.draw(st.sampled_from(sorted(data_movers(topology))))
    ends: list[WorldChange] = [ProcessKilled(node), ServiceSet(node, Component.DATA_MOVER, running=False)]
    fork = simulate(topology, job, changes=[Change(at.id, data.draw(st.sampled_from(ends)))])
    sound(fork)
    the_dead_do_nothing(fork)
    ended = {event.task for event in fork.events[: at.position] if event.kind is EventKind.RESULT}
    for task in fork.tasks:
        if node in (task.proxy, task.repository) and task.id not in ended:
            assert task.result is Result.ERROR


def the_dead_do_nothing(trace: Trace) -> None:
    """No data mover does anything after it was killed or stopped, until it is started again."""
    changes = defaultdict(list)
    for text in trace.changes:
        change = Change.parse(text)
        changes[change.event].append(change.what)
    dead: set[str] = set()
    for event in trace:
        for what in changes[event.id]:
            match what:
                case ProcessKilled(node) | ServiceSet(node, Component.DATA_MOVER, False):
                    dead.add(node)
                case ServiceSet(node, Component.DATA_MOVER, True):
                    dead.discard(node)
                case _:
                    pass
        if event.source is not None and event.source.component is Component.DATA_MOVER:
            assert event.source.node not in dead, event.id


@examples(40)
@given(topologies(opaque=True), st.data())
def test_a_closed_connection_is_never_good_news(topology: Topology, data: st.DataObject) -> None:
    """Whatever flow is closed, its event is blocked, and its VM or the job ends no better than before."""
    job = topology.jobs[0]
    document = document_of(topology)
    document["firewalls"] = [one | {"evaluation": "first-match"} for one in document["firewalls"]]
    rules = document["firewalls"][0]["rules"]
    rules.insert(0, {"name": "closed", "source": {"any": True}, "destination": {"any": True}, "services": ["any"]})
    rules[0] |= {"action": "deny", "enabled": False}
    topology = Topology.model_validate(document)
    original = simulate(topology, job)
    crossing = [
        event
        for event in original
        if event.code == "connect.open" and event.verdict and event.verdict.hop and event.verdict.hop.name == "core"
    ]
    if not crossing:
        return
    at = data.draw(st.sampled_from(crossing))
    fork = simulate(topology, job, changes=[Change(at.id, RuleSet("core", "closed", enabled=True))])
    hit = fork.by_id[at.id]
    assert hit.verdict is not None and hit.verdict.segment is not None
    assert (hit.code, hit.verdict.segment.rule) == ("connect.dropped", "closed")
    ranks = [Result.SUCCESS, Result.WARNING, Result.ERROR]
    assert ranks.index(fork.result) >= ranks.index(original.result)
    if hit.outcome is Outcome.FAIL:
        assert fork.result is Result.ERROR


@examples(40)
@given(topologies(opaque=True), st.data())
def test_a_blocked_connection_is_blocked_by_the_what_if_and_an_allowed_one_goes_through(
    topology: Topology, data: st.DataObject
) -> None:
    job = topology.jobs[0]
    crossing = [
        event for event in simulate(topology, job) if event.verdict is not None and event.verdict.hop is not None
    ]
    if not crossing:
        return
    at = data.draw(st.sampled_from(crossing))
    assert at.source is not None and at.destination is not None
    for allowed in (False, True):
        change = ConnectionSet(at.source.node, at.destination.node, at.services[0], allowed)
        fork = simulate(topology, job, changes=[Change(at.id, change)])
        hit = fork.by_id[at.id]
        assert hit.verdict is not None and hit.verdict.segment is not None
        assert hit.verdict.allowed == allowed
        assert hit.verdict.segment.reason is Reason.WHAT_IF
        assert hit.code == ("connect.open" if allowed else "connect.dropped")
        sound(fork)
        back = Change(at.id, ConnectionSet(at.source.node, at.destination.node, at.services[0], not allowed))
        twice = simulate(topology, job, changes=[back, Change(at.id, change)])
        assert twice.events == fork.events


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("job/9/nothing:failover=off", "job/9/nothing"),
        ("job/1.0/start:rule=core,nosuch,off", "rule=core,nosuch,off"),
        ("job/1.0/start:rule=nosuch,rule1,off", "rule=nosuch,rule1,off"),
        ("job/1.0/start:slots=nosuch,3", "slots=nosuch,3"),
        ("job/1.0/start:kill=nosuch", "kill=nosuch"),
        ("job/1.0/start:block=nosuch,nobody,tcp/902", "block=nosuch,nobody,tcp/902"),
        ("job/1.0/start:allow=nobody,nosuch,tcp/2500-3300", "allow=nobody,nosuch,tcp/2500-3300"),
        ("job/1.0/start:service=nosuch,data_mover,off", "service=nosuch,data_mover,off"),
        ("job/1.0/start:cbt-reset=nosuch", "cbt-reset=nosuch"),
    ],
)
@examples(3)
@given(topologies(opaque=True))
def test_a_change_that_cannot_act_is_refused_by_name(change: str, named: str, topology: Topology) -> None:
    with pytest.raises(UnknownChangeError) as caught:
        simulate(topology, topology.jobs[0], changes=[Change.parse(change)])
    assert caught.value.changes == (named,)


@examples(60)
@given(topologies(opaque=True), st.data())
def test_the_text_of_a_change_reads_back_as_the_change(topology: Topology, data: st.DataObject) -> None:
    trace = simulate(topology, topology.jobs[0])
    event = data.draw(st.sampled_from(trace.events))
    change = Change(event.id, data.draw(changes_of(topology, topology.jobs[0])))
    assert Change.parse(str(change)) == change


# Phases ---------------------------------------------------------------------------------------------------------------


@examples(40)
@given(topologies(opaque=True))
def test_every_vm_goes_through_the_phases_in_order(topology: Topology) -> None:
    """From phase 2 on; a disk that waits for a slot is prepared later, beside its VM's other disks."""
    trace = simulate(topology, topology.jobs[0])
    for vm in trace.vms:
        phases = [
            event.step.phase for event in trace if event.vm == vm.vm and event.step.phase is not Phase.INITIALISATION
        ]
        assert phases == sorted(phases)
