"""The picture of a moment says what the event says, at rest and on the way; for any sound topology."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st
from pictures import loaded
from strategies import examples, topologies

from vbtui.drawing import LinkState, Picture, layout, paint, route
from vbtui.i18n import translator
from vbtui.render import RICH, Messages
from vbtui.topology import Topology
from vbtui.trace import EventKind, States, Trace
from vbtui.ui.figures import Copies
from vbtui.ui.moment import Moment
from vbtui.ui.scenery import MOTION, Scenery
from vbtui.vocabulary import Outcome
from vbtui.walk import Playhead, Walk
from vbtui.workflow import simulate


@cache
def classroom() -> tuple[Topology, Trace]:
    topology = loaded().topology
    return topology, simulate(topology, topology.jobs[0])


def moment(topology: Topology, trace: Trace, index: int, fraction: float = 1.0) -> Moment:
    walk = Walk.over(trace)
    walk = Walk(trace, walk.landmarks, Playhead(index, fraction))
    state, copies = States(trace).at(index, fraction), Copies(trace)
    return Moment(
        walk=walk,
        state=state,
        vm=trace[index].vm,
        messages=Messages(translator("en"), topology, trace.profile),
        symbols=RICH,
        job=trace.job,
        pace="paced",
        copies=copies,
        figures=copies.figures(index, fraction, {}, None),
    )


def picture(event: str, fraction: float = 1.0) -> Picture:
    topology, trace = classroom()
    return Scenery(topology, trace).picture(moment(topology, trace, trace.by_id[event].position, fraction))


def in_state(found: Picture, state: LinkState) -> list[tuple[str, str, str]]:
    return [(link.source, link.destination, link.label) for link, one in found.links.items() if one.state is state]


NFC = "legacy01/legacy01.vmdk/5.3/nfc/px-vm/esx02/tcp-902"
DROPPED = "legacy01/2.1/guest-windows/vbr01/legacy01/tcp-445"


def test_a_connection_is_bright_and_its_packet_moves_then_rests() -> None:
    moving = picture(NFC, MOTION / 2)
    assert in_state(moving, LinkState.ACTIVE) == [("px-vm", "esx02", "902")]
    assert [one.progress for one in moving.links.values() if one.state is LinkState.ACTIVE] == [0.5]
    resting = picture(NFC)
    assert in_state(resting, LinkState.ACTIVE) == [("px-vm", "esx02", "902")]
    assert all(one.progress is None for one in resting.links.values())


def test_a_blocked_connection_moves_to_the_firewall_and_ends_there() -> None:
    moving = picture(DROPPED, MOTION * 0.99)
    (progress,) = [one.progress for one in moving.links.values() if one.progress is not None]
    assert progress < 0.5
    resting = picture(DROPPED)
    assert in_state(resting, LinkState.BLOCKED) == [("vbr01", "legacy01", "445")]


def test_what_is_tried_instead_is_drawn_as_a_fallback() -> None:
    found = picture("legacy01/2.2/guest-windows/vbr01/vc01/tcp-443")
    assert ("vbr01", "vc01", "443") in in_state(found, LinkState.FALLBACK)
    assert ("vbr01", "legacy01", "445") in in_state(found, LinkState.BLOCKED)


def test_network_mode_reads_back_over_902_and_sends_on_to_the_repository() -> None:
    found = picture("legacy01/legacy01.vmdk/5.3/data")
    active = {
        (link.source, link.destination): one for link, one in found.links.items() if one.state is LinkState.ACTIVE
    }
    assert active.keys() == {("px-vm", "esx02"), ("px-vm", "repo01")}
    assert active["px-vm", "esx02"].backwards
    assert not active["px-vm", "repo01"].backwards


def test_hotadd_and_direct_storage_send_no_disk_data_over_902() -> None:
    for event, origin, proxy in (
        ("web01/web01.vmdk/5.2/data", "esx02", "px-vm"),
        ("sql01/sql01.vmdk/5.1/data", "san-lun-1", "px-san"),
    ):
        active = in_state(picture(event), LinkState.ACTIVE)
        assert {(source, destination) for source, destination, _ in active} == {(origin, proxy), (proxy, "repo01")}
        assert not any(label == "902" for _, _, label in active)


def test_snapshots_and_frozen_guests_are_marked_as_long_as_they_last() -> None:
    topology, trace = classroom()
    scenery = Scenery(topology, trace)
    for event in trace:
        now = moment(topology, trace, event.position)
        marked = scenery.picture(now).marks
        assert {vm for vm, marks in marked.items() if "snapshot" in {one.kind for one in marks}} == now.state.snapshots
        assert {vm for vm, marks in marked.items() if "frozen" in {one.kind for one in marks}} == now.state.frozen


@given(topologies(), st.data())
@examples(25)
def test_any_moment_of_any_sound_topology_can_be_painted(topology: Topology, data: st.DataObject) -> None:
    trace = simulate(topology, topology.jobs[0])
    scenery = Scenery(topology, trace)
    scene = layout(topology, width=80, height=24, links=scenery.links)
    routes = route(scene, scenery.links)
    for _ in range(3):
        index = data.draw(st.integers(0, len(trace) - 1))
        fraction = data.draw(st.floats(0, 1))
        found = scenery.picture(moment(topology, trace, index, fraction))
        assert paint(scene, routes, found).to_lines()
        event = trace[index]
        if fraction == 1 and event.kind is EventKind.CONNECT and event.verdict and not event.verdict.allowed:
            assert event.outcome is not Outcome.OK
            assert in_state(found, LinkState.BLOCKED)
