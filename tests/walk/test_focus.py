"""Following: what belongs to a connection, a machine, a disk, and that moving stays in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.topology import load, resolve
from vbtui.trace import Trace
from vbtui.walk import Breakpoints, Focus, FocusKind, Playhead, Walk
from vbtui.walk.focus import follow, followable, next_focus
from vbtui.workflow import simulate

CONNECT = "legacy01/legacy01.vmdk/5.3/nfc/px-vm/esx02/tcp-902"


@pytest.fixture
def walk(trace: Trace) -> Walk:
    return Walk.over(trace)


def test_an_event_offers_its_connection_its_machines_and_its_disk(trace: Trace) -> None:
    assert followable(trace.by_id[CONNECT]) == (
        Focus.connection("px-vm", "esx02"),
        Focus.node("px-vm"),
        Focus.node("esx02"),
        Focus.disk("legacy01", "legacy01.vmdk"),
    )


def test_what_stays_on_one_machine_offers_no_connection(trace: Trace) -> None:
    assert followable(trace[0]) == (Focus.node("vbr01"),)


def test_pressing_again_goes_through_what_is_offered_and_round(trace: Trace) -> None:
    event = trace.by_id[CONNECT]
    seen, focus = [], None
    for _ in range(5):
        focus = next_focus(followable(event), focus)
        assert focus is not None
        seen.append(focus.kind)
    kinds = FocusKind
    assert seen == [kinds.CONNECTION, kinds.NODE, kinds.NODE, kinds.DISK, kinds.CONNECTION]


def test_both_directions_are_one_connection(trace: Trace) -> None:
    assert Focus.connection("a", "b") == Focus.connection("b", "a")
    found = [trace[place] for place in follow(trace, Focus.connection("vbr01", "px-san")).positions]
    assert {event.id for event in found} == {
        "job/1.4/transport-service-proxy/vbr01/px-san/tcp-6162",
        "job/1.5/rules-proxy/vbr01/px-san/tcp-6162",
        "job/1.5/rules/px-san",
    }


def test_a_machine_is_followed_through_all_that_it_takes_part_in(trace: Trace) -> None:
    found = follow(trace, Focus.node("esx02"))
    for event in trace:
        ends = [end.node for end in (event.source, event.destination) if end is not None]
        assert (event.position in found.positions) == ("esx02" in ends)
    assert {"esx02", "px-vm", "vbr01", "app01"} <= found.machines
    assert "px-san" not in found.machines


def test_a_disk_is_followed_through_its_task(trace: Trace) -> None:
    found = follow(trace, Focus.disk("sql01", "sql01_1.vmdk"))
    assert all(trace[place].task == "sql01/sql01_1.vmdk" for place in found.positions)
    assert "sql01" in found.machines


def test_next_and_previous_go_through_what_belongs(walk: Walk) -> None:
    followed = walk.at_event(CONNECT).follow(Focus.connection("px-vm", "esx02"))
    after = followed.next_event()
    assert after.event.id == "legacy01/legacy01.vmdk/5.3/vmx"
    assert followed.previous_event().event.id == "app01/app01.vmdk/5.2/attach"
    assert after.playhead.fraction == 0.0


def test_where_nothing_more_belongs_the_playhead_stays(walk: Walk) -> None:
    focus = Focus.node("px-san")
    followed = walk.follow(focus)
    places = follow(walk.trace, focus).positions
    assert followed.at(places[-1]).next_event().playhead == Playhead(places[-1])
    assert followed.at(places[0]).previous_event().playhead == Playhead(places[0])
    assert walk.follow(Focus.node("nobody")).next_event().playhead == Playhead(0)


def test_other_keys_go_where_they_are_told(walk: Walk) -> None:
    followed = walk.follow(Focus.node("px-san"))
    assert followed.end().index == len(walk.trace) - 1
    assert followed.next_step().index == 1
    assert followed.follow(None).next_event().index == 1


def test_another_trace_keeps_what_is_followed_if_it_is_there(walk: Walk, trace: Trace) -> None:
    focus = Focus.node("px-san")
    assert walk.follow(focus).onto(trace).focus == focus
    assert walk.follow(Focus.node("nobody")).onto(trace).focus is None


@cache
def the_walk() -> Walk:
    topology = load(resolve("classroom")).topology
    return Walk.over(simulate(topology, topology.jobs[0]))


@cache
def every_focus() -> tuple[Focus, ...]:
    return tuple(dict.fromkeys(focus for event in the_walk().trace for focus in followable(event)))


@given(st.data(), st.lists(st.sampled_from([Walk.next_event, Walk.previous_event]), max_size=20))
@examples(100)
def test_whatever_is_followed_arrows_stay_in_it(data: st.DataObject, keys: list[Callable[[Walk], Walk]]) -> None:
    event = data.draw(st.sampled_from(the_walk().trace.events))
    focus = data.draw(st.sampled_from(followable(event)))
    walk = the_walk().at(event.position).follow(focus)
    for key in keys:
        walk = key(walk)
        assert focus.belongs(walk.event)


@given(st.data(), st.lists(st.floats(0.01, 20), max_size=10), st.booleans())
@examples(100)
def test_playing_goes_through_what_belongs_and_stops_before_what_is_held(
    data: st.DataObject, ticks: list[float], failures: bool
) -> None:
    focus = data.draw(st.sampled_from(every_focus()))
    places = follow(the_walk().trace, focus).positions
    walk = the_walk().at(places[0]).follow(focus).breaking(Breakpoints(failures=failures, phases=True)).toggled()
    begun = walk.index
    held = [place for place in walk.breaks.places(walk.trace, walk.landmarks) if place in places]
    for seconds in ticks:
        walk = walk.tick(seconds)
        assert walk.index in places
        assert [place for place in held if begun < place <= walk.index] == []
