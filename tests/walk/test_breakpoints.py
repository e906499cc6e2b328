"""Breakpoints: what they hold, that playing stops before it, and that nothing else does."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.topology import load, resolve
from vbtui.trace import EventKind, Trace
from vbtui.walk import NO_BREAKPOINTS, Breakpoints, Walk
from vbtui.workflow import simulate

CONNECTIONS = Breakpoints(kinds=frozenset({EventKind.CONNECT}))


@pytest.fixture
def walk(trace: Trace) -> Walk:
    return Walk.over(trace)


def played(walk: Walk, seconds: float = 1000) -> Walk:
    """Play from here until something stops it."""
    return walk.toggled().tick(seconds)


def test_without_breakpoints_nothing_is_held(walk: Walk) -> None:
    assert not NO_BREAKPOINTS
    assert NO_BREAKPOINTS.places(walk.trace, walk.landmarks) == ()
    assert played(walk).at_end


def test_before_each_connection_holds_every_connection(walk: Walk) -> None:
    connections = tuple(event.position for event in walk.trace if event.kind is EventKind.CONNECT)
    assert CONNECTIONS.places(walk.trace, walk.landmarks) == connections


def test_on_failure_holds_what_a_firewall_stops_and_what_fails(walk: Walk) -> None:
    held = [walk.trace[place] for place in Breakpoints(failures=True).places(walk.trace, walk.landmarks)]
    assert held == [*walk.trace.blocked()]
    assert [event.id for event in held] == [
        "legacy01/2.1/guest-windows/vbr01/legacy01/tcp-445",
        "app01/2.3/guest-linux/vbr01/app01/tcp-22",
    ]


def test_on_phase_change_holds_the_first_event_of_each_phase_of_each_vm(walk: Walk) -> None:
    held = [walk.trace[place] for place in Breakpoints(phases=True).places(walk.trace, walk.landmarks)]
    scopes = [(event.vm, event.step.phase) for event in held]
    assert len(scopes) == len(set(scopes)) == 1 + 5 * len(walk.trace.vms)


def test_a_single_event_may_hold_and_an_unknown_one_holds_nothing(walk: Walk) -> None:
    breaks = Breakpoints(events=frozenset({"sql01/3/snapshot", "no/such/event"}))
    assert [walk.trace[place].id for place in breaks.places(walk.trace, walk.landmarks)] == ["sql01/3/snapshot"]


def test_switching_twice_changes_nothing() -> None:
    breaks = Breakpoints().kind_switched(EventKind.FREEZE).failures_switched().phases_switched().event_switched("a")
    assert len(breaks) == 4
    again = breaks.kind_switched(EventKind.FREEZE).failures_switched().phases_switched().event_switched("a")
    assert again == NO_BREAKPOINTS
    assert len(again) == 0


def test_playing_stops_at_rest_before_the_event_and_says_so(walk: Walk) -> None:
    stopped = played(walk.breaking(CONNECTIONS))
    assert not stopped.playing
    assert stopped.halted
    assert stopped.at_rest
    assert walk.trace[stopped.index + 1].kind is EventKind.CONNECT


def test_playing_goes_on_into_the_event_that_has_stopped_it(walk: Walk) -> None:
    stopped = played(walk.breaking(CONNECTIONS))
    on = stopped.toggled()
    assert on.playing
    assert not on.halted
    assert on.index == stopped.index + 1
    assert on.tick(1000).index > stopped.index


def test_keys_pass_breakpoints(walk: Walk) -> None:
    stopped = played(walk.breaking(CONNECTIONS))
    after = stopped.next_event()
    assert after.index == stopped.index + 1
    assert not after.halted
    assert not stopped.previous_event().halted
    assert stopped.end().at_end


def test_a_live_run_is_not_stopped(walk: Walk) -> None:
    breaks = walk.breaking(Breakpoints(kinds=frozenset(EventKind)))
    at = breaks
    for place in range(30):
        at = at.joined(place).tick(5)
        assert at.following
        assert at.index == place
        assert not at.halted


def test_another_trace_keeps_the_breakpoints(walk: Walk) -> None:
    assert walk.breaking(CONNECTIONS).onto(walk.trace).breaks == CONNECTIONS


@cache
def the_walk() -> Walk:
    topology = load(resolve("classroom")).topology
    return Walk.over(simulate(topology, topology.jobs[0]))


breakpoints = st.builds(
    Breakpoints,
    kinds=st.frozensets(st.sampled_from(list(EventKind)), max_size=3),
    failures=st.booleans(),
    phases=st.booleans(),
    events=st.frozensets(st.sampled_from(["sql01/3/snapshot", "job/6/result", "no/such/event"]), max_size=2),
)


@given(breakpoints, st.integers(min_value=0, max_value=118), st.lists(st.floats(0.01, 30), min_size=1, max_size=20))
@examples(100)
def test_playing_never_jumps_over_a_breakpoint(breaks: Breakpoints, start: int, ticks: list[float]) -> None:
    walk = the_walk().at(start).breaking(breaks).toggled()
    held = breaks.places(walk.trace, walk.landmarks)
    begun = walk.index
    for seconds in ticks:
        walk = walk.tick(seconds)
    passed = [place for place in held if begun < place <= walk.index]
    assert passed == []
    if walk.halted:
        assert walk.index + 1 in held
        assert not walk.moving


@given(breakpoints)
@examples(50)
def test_playing_again_and_again_stops_once_before_each(breaks: Breakpoints) -> None:
    walk, stops = the_walk().breaking(breaks), []
    while not walk.at_end:
        walk = walk.toggled().tick(10_000)
        if walk.halted:
            stops.append(walk.index + 1)
    # The first event is where the walk stands already; whoever plays is in the second at once.
    assert stops == [place for place in breaks.places(walk.trace, walk.landmarks) if place > 1 and place - 1 != 0]
