"""The state at a playhead against a second, slow and obvious way to work it out, in every direction of travel."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from strategies import examples, topologies

from vbtui.topology import Topology, load, resolve
from vbtui.trace import Event, EventKind, State, States, Status, Trace
from vbtui.trace.state import KEYFRAME_EVERY
from vbtui.vocabulary import Component, Outcome, Phase, Result, StepId
from vbtui.workflow import Change, ProcessKilled, ServiceSet, simulate

SHIPPED = ("classroom", "small-office", "two-site", "locked-down")


@cache
def run(name: str) -> Trace:
    topology = load(resolve(name)).topology
    return simulate(topology, topology.jobs[0])


# The slow way: every question is answered from the events before the playhead, one by one -----------------------------


def happened(trace: Trace, index: int) -> list[Event]:
    return [event for event in trace if event.position <= index]


def between(past: list[Event], start: EventKind, end: EventKind) -> set[str | None]:
    """VMs for which the last good event of the two kinds is the start."""
    latest = {event.vm: event.kind for event in past if event.kind in (start, end) and event.outcome is Outcome.OK}
    return {vm for vm, kind in latest.items() if kind is start}


def ends(closing: Event, opened: Event) -> bool:
    """Whether a later event is the end of the connection that an earlier one opened."""
    over = closing.kind is EventKind.RESULT
    if over and closing.id == "job/6/result":
        return True
    if opened.vm is None or closing.vm != opened.vm:
        return False
    if over and closing.disk is None and closing.step is StepId.COMMIT:
        return True
    if opened.disk is None:
        return closing.step.phase is Phase.DATA_TRANSPORT
    return over and closing.disk == opened.disk


def open_connections(past: list[Event]) -> list[str]:
    opened = [event for event in past if event.kind is EventKind.CONNECT and event.outcome is Outcome.OK]
    return [one.id for one in opened if not any(ends(later, one) for later in past if later.position > one.position)]


def status_of(task: str, past: list[Event]) -> Status:
    vm = task.split("/")[0]
    mine = [event for event in past if event.task == task]
    if any(event.outcome is Outcome.FAIL for event in mine):
        return Status.FAIL
    if mine and mine[-1].kind is EventKind.RESULT:
        return Status.OK
    if any(event.id in (f"{vm}/6/result", "job/6/result") for event in past):
        return Status.FAIL
    if not mine:
        return Status.PENDING
    return Status.WAITING if mine[-1].outcome is Outcome.WAITING else Status.RUNNING


def agrees_with_the_slow_way(trace: Trace, state: State) -> None:
    past = happened(trace, state.index)
    assert state.frozen == between(past, EventKind.FREEZE, EventKind.THAW)
    assert state.snapshots == between(past, EventKind.SNAPSHOT, EventKind.COMMIT)
    assert state.left == {one.vm for one in past if one.kind is EventKind.COMMIT and one.outcome is not Outcome.OK}
    attached = [(e.source.node, e.task) for e in past if e.source and e.code == "disk.attached"]
    detached = [(e.source.node, e.task) for e in past if e.source and e.code == "disk.detached"]
    assert state.attached == set(attached) - set(detached)
    assert [one.event for one in state.connections] == open_connections(past)
    assert {task.id: task.status for task in state.tasks.values()} == {
        task.id: status_of(task.id, past) for task in trace.tasks
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_every_state_agrees_with_the_slow_way(name: str) -> None:
    states = States(run(name))
    for index in range(len(run(name))):
        agrees_with_the_slow_way(run(name), states.at(index))


@examples(40)
@given(topologies())
def test_states_of_random_runs_agree_with_the_slow_way(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    states = States(trace)
    for index in range(0, len(trace), 3):
        agrees_with_the_slow_way(trace, states.at(index))
    agrees_with_the_slow_way(trace, states.at(len(trace) - 1))


# Travel ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_going_back_shows_what_going_forward_showed(name: str) -> None:
    moments = [(index, fraction) for index in range(len(run(name))) for fraction in (0.0, 0.4, 1.0)]
    forward, backward = States(run(name)), States(run(name))
    there = [forward.at(*moment) for moment in moments]
    back = [backward.at(*moment) for moment in reversed(moments)]
    assert there == back[::-1]
    assert there == [forward.at(*moment) for moment in moments], "and looking has changed nothing"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_jump_across_keyframes_shows_what_single_steps_show(name: str) -> None:
    trace = run(name)
    stepping = States(trace)
    walked = [stepping.at(index) for index in range(len(trace))]
    for index in (0, KEYFRAME_EVERY - 1, KEYFRAME_EVERY, KEYFRAME_EVERY + 1, 2 * KEYFRAME_EVERY, len(trace) - 1):
        if index < len(trace):
            assert States(trace).at(index) == walked[index]


@pytest.mark.parametrize("index", [-1, 10_000])
def test_there_is_no_state_outside_the_trace(index: int) -> None:
    with pytest.raises(IndexError):
        States(run("classroom")).at(index)


def test_the_moment_moves_from_one_event_to_the_next() -> None:
    trace = run("classroom")
    states = States(trace)
    for index in range(len(trace) - 1):
        first, middle, last = (states.at(index, fraction).moment_ms for fraction in (0.0, 0.5, 1.0))
        assert (first, last) == (trace[index].start_ms, trace[index + 1].start_ms)
        assert first <= middle <= last
    assert states.at(len(trace) - 1).moment_ms == trace.duration_ms


@pytest.mark.parametrize("name", SHIPPED)
def test_bytes_only_grow_and_end_at_the_estimates(name: str) -> None:
    trace = run(name)
    states = States(trace)
    before = {task.id: (0.0, 0, 0, 0) for task in trace.tasks}
    for index in range(len(trace)):
        for fraction in (0.0, 0.25, 0.5, 0.75, 1.0):
            state = states.at(index, fraction)
            for task in state.tasks.values():
                now = (task.fraction, task.processed, task.read, task.transferred)
                assert all(old <= new for old, new in zip(before[task.id], now, strict=True))
                assert 0.0 <= task.fraction <= 1.0 and task.transferred <= task.read <= task.processed
                before[task.id] = now
    for one in trace.tasks:
        done = one.result is Result.SUCCESS
        assert before[one.id] == ((1.0, one.processed, one.read, one.transferred) if done else (0.0, 0, 0, 0))


# What a person reads off it -------------------------------------------------------------------------------------------

STATUS_OF = {Result.SUCCESS: Status.OK, Result.WARNING: Status.WARNING, Result.ERROR: Status.FAIL}


def ends_as_the_trace_says(trace: Trace) -> None:
    state = States(trace).at(len(trace) - 1)
    for task in trace.tasks:
        shown = state.tasks[task.id]
        assert shown.status is (Status.OK if task.result is Result.SUCCESS else Status.FAIL), task.id
        assert (
            shown.mode == task.mode or task.result is Result.ERROR or task.rejected[-1].code == "mode.storage-blocked"
        )
    assert state.left == {vm.vm for vm in trace.vms if vm.snapshot_left}
    assert (state.frozen, state.connections) == (frozenset(), ())
    assert not {Status.RUNNING, Status.WAITING} & {*state.phases.values(), *state.steps.values()}
    expected: dict[str | None, Status] = {None: STATUS_OF[trace.result]}
    expected |= {vm.vm: STATUS_OF[vm.result] for vm in trace.vms}
    assert state.results == expected
    assert Status.PENDING not in state.phases.values()


def test_the_result_of_a_vm_does_not_colour_the_step_it_stands_at() -> None:
    """A script failed in the guest; the commit of that VM's snapshot went well."""
    state = States(run("classroom")).at(len(run("classroom")) - 1)
    assert state.results["app01"] is Status.WARNING
    assert state.phases["app01", Phase.GUEST_PROCESSING] is Status.WARNING
    assert state.phases["app01", Phase.COMMIT] is state.steps["app01", StepId.COMMIT] is Status.OK


def test_phases_that_a_failed_vm_never_reached_are_skipped() -> None:
    state = States(run("locked-down")).at(len(run("locked-down")) - 1)
    assert state.results["db11"] is state.phases["db11", Phase.GUEST_PROCESSING] is Status.FAIL
    assert {state.phases["db11", phase] for phase in (Phase.SNAPSHOT, Phase.COMMIT)} == {Status.SKIPPED}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_last_state_agrees_with_the_results(name: str) -> None:
    ends_as_the_trace_says(run(name))


@examples(60)
@given(topologies())
def test_the_last_state_of_random_runs_agrees_with_the_results(topology: Topology) -> None:
    ends_as_the_trace_says(simulate(topology, topology.jobs[0]))


def test_a_task_that_waits_shows_it_and_stops_showing_it() -> None:
    trace = run("small-office")
    states = States(trace)
    waits = next(event for event in trace if event.code == "task.waits")
    assigned = trace.by_id["shop/shop.vmdk/1.3/assigned"]
    during, after = states.at(assigned.position - 1), states.at(assigned.position)
    assert states.at(waits.position).tasks["shop/shop.vmdk"].status is Status.WAITING
    assert during.steps[None, StepId.SCHEDULE] is Status.WAITING
    assert during.phases[None, Phase.INITIALISATION] is Status.OK  # the job has gone on; only this task waits
    assert states.at(waits.position).phases[None, Phase.INITIALISATION] is Status.WAITING
    assert after.phases[None, Phase.INITIALISATION] is after.steps[None, StepId.SCHEDULE] is Status.OK


def test_phases_run_one_after_the_other() -> None:
    trace = run("classroom")
    states = States(trace)
    snapshot = trace.by_id["web01/3/snapshot"].position
    shown = states.at(snapshot).phases
    assert [shown["web01", phase] for phase in (Phase.GUEST_PROCESSING, Phase.SNAPSHOT, Phase.RELEASE)] == [
        *(Status.OK, Status.RUNNING, Status.PENDING)
    ]
    end = states.at(len(trace) - 1).phases
    assert {end["web01", phase] for phase in Phase if phase is not Phase.INITIALISATION} == {Status.OK}
    assert end["legacy01", Phase.GUEST_PROCESSING] is Status.FALLBACK


def test_the_guests_channel_stays_open_for_the_post_thaw_script() -> None:
    trace = run("classroom")
    states = States(trace)
    ssh = "web01/2.3/guest-linux/vbr01/web01/tcp-22"
    for step, stands in (("web01/4/post-thaw", True), ("web01/web01.vmdk/5/mode", False)):
        assert (ssh in {one.event for one in states.at(trace.by_id[step].position).connections}) is stands


def test_a_disk_that_a_dead_data_mover_held_stays_attached() -> None:
    topology = load(resolve("classroom")).topology
    kill = Change("web01/web01.vmdk/5.2/data", ProcessKilled("px-vm"))
    trace = simulate(topology, topology.jobs[0], changes=[kill])
    state = States(trace).at(len(trace) - 1)
    assert ("px-vm", "web01/web01.vmdk") in state.attached
    assert "web01" in state.left & state.snapshots


def test_tasks_of_a_job_that_never_came_to_them_have_failed() -> None:
    topology = load(resolve("classroom")).topology
    stop = Change("job/1.2/task-list", ServiceSet("vbr01", Component.BACKUP_SERVICE, running=False))
    trace = simulate(topology, topology.jobs[0], changes=[stop])
    states = States(trace)
    assert {task.status for task in states.at(len(trace) - 2).tasks.values()} == {Status.PENDING}
    assert {task.status for task in states.at(len(trace) - 1).tasks.values()} == {Status.FAIL}
