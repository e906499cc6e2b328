"""Which events a list shows, and what is found by words, numbers and ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.i18n import translator
from vbtui.render import Messages
from vbtui.render.find_words import find_words
from vbtui.topology import Topology, load, resolve
from vbtui.trace import Trace
from vbtui.walk import Focus
from vbtui.walk.find import Found, FoundKind, event_at, search
from vbtui.walk.focus import follow
from vbtui.walk.listing import Index, Listing, listing


@pytest.fixture(scope="module")
def topology() -> Topology:
    return load(resolve("classroom")).topology


@pytest.fixture(scope="module")
def index(trace: Trace, topology: Topology) -> Index:
    return Index(trace, find_words(Messages(translator("en"), topology, trace.profile)))


def ids(trace: Trace, places: object) -> list[str]:
    assert isinstance(places, (list, tuple, range))
    return [trace[place].id for place in places]


def test_without_words_and_focus_every_event_is_listed(trace: Trace) -> None:
    found = listing(trace, None, None, "  ")
    assert found.whole
    assert list(found.positions) == list(range(len(trace)))


def test_all_words_must_be_there_in_any_order_and_case(trace: Trace, index: Index) -> None:
    one = listing(trace, index, None, "Deny SQL01 tcp/445")
    other = listing(trace, index, None, "tcp/445 legacy01 deny")
    assert len(one) == 0
    assert ids(trace, other.positions) == ["legacy01/2.1/guest-windows/vbr01/legacy01/tcp-445"]
    assert not other.whole


@pytest.mark.parametrize("text", ["tcp/902", "902", "nfc 902"])
def test_a_port_is_found_by_its_number(trace: Trace, index: Index, text: str) -> None:
    found = [trace[place] for place in index.positions(text)]
    assert found
    assert all("tcp/902" in [str(service) for service in event.services] for event in found)


def test_a_step_is_found_by_the_beginning_of_its_number(trace: Trace, index: Index) -> None:
    assert {trace[place].step.phase for place in index.positions("5.")} == {5}
    assert {trace[place].step for place in index.positions("5.3")} == {"5.3"}


def test_words_are_those_of_the_language(trace: Trace, topology: Topology, index: Index) -> None:
    german = Index(trace, find_words(Messages(translator("de"), topology, trace.profile)))
    word = Messages(translator("de"), topology).outcome(trace.by_id["app01/2.3/pre-freeze"].outcome)
    assert "app01/2.3/pre-freeze" in ids(trace, german.positions(word))
    assert "app01/2.3/pre-freeze" in ids(trace, index.positions("warning"))


def test_what_is_followed_and_a_filter_both_hold(trace: Trace, index: Index) -> None:
    followed = follow(trace, Focus.node("px-vm"))
    found = listing(trace, index, followed, "902")
    assert set(found.positions) < set(followed.positions)
    assert listing(trace, index, followed, "").positions == followed.positions


@given(st.lists(st.integers(0, 60), unique=True, max_size=20), st.integers(0, 60), st.integers(-3, 3))
@examples(150)
def test_a_neighbour_is_the_listed_event_so_many_rows_away(places: list[int], at: int, rows: int) -> None:
    shown = Listing(sorted(places), whole=False)
    found = shown.neighbour(at, rows)
    if not places:
        assert found is None
        return
    assert found in places
    behind = [place for place in sorted(places) if place > at]
    before = [place for place in sorted(places, reverse=True) if place < at]
    if rows > 0 and len(behind) >= rows:
        assert found == behind[rows - 1]
    elif rows < 0 and len(before) >= -rows:
        assert found == before[-rows - 1]


def test_machines_come_first_then_steps_then_events(trace: Trace, topology: Topology, index: Index) -> None:
    found = search(topology, trace, index, "snapshot").found
    kinds = [one.kind for one in found]
    assert kinds == sorted(kinds, key=list(FoundKind).index)
    assert Found(FoundKind.STEP, "3", trace.by_id["sql01/3/snapshot-create/vbr01/vc01/tcp-443"].position) in found


def test_a_machine_is_found_by_name_role_or_zone_and_has_its_first_event(
    trace: Trace, topology: Topology, index: Index
) -> None:
    assert search(topology, trace, index, "px-san").found[0] == Found(
        FoundKind.NODE, "px-san", trace.by_id["job/1.4/transport-service-proxy/vbr01/px-san/tcp-6162"].position
    )
    by_role = [one.name for one in search(topology, trace, index, "proxy").found if one.kind is FoundKind.NODE]
    assert {"px-san", "px-vm"} <= set(by_role)


def test_without_words_everything_is_found(trace: Trace, topology: Topology, index: Index) -> None:
    found = search(topology, trace, index, "  ")
    machines = {*topology.placed_names}
    assert {one.name for one in found.found if one.kind is FoundKind.NODE} == machines
    assert {one.name for one in found.found if one.kind is FoundKind.STEP} == {event.step for event in trace}
    assert [one.name for one in found.found if one.kind is FoundKind.EVENT] == [event.id for event in trace]
    assert found.count == len(found.found)
    assert search(topology, trace, index, "no-such-thing").found == ()


@pytest.mark.parametrize(
    ("text", "position"),
    [("1", 0), (" 42 ", 41), ("119", 118), ("0", None), ("120", None), ("-1", None), ("9" * 5000, None), ("²", None)],
)
def test_events_are_numbered_from_1(trace: Trace, text: str, position: int | None) -> None:
    assert event_at(trace, text) == position


def test_an_event_is_called_by_its_id_or_by_its_step(trace: Trace) -> None:
    assert event_at(trace, "sql01/3/snapshot") == trace.by_id["sql01/3/snapshot"].position
    assert event_at(trace, "5.3") == trace.by_id["legacy01/legacy01.vmdk/5/mode"].position
    assert event_at(trace, "9.9") is None
    assert event_at(trace, "") is None
