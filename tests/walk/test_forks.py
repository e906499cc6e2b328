"""Two traces side by side: what a comparison promises for any fork, and what it says of known ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, topologies

from vbtui.topology import Topology, load, resolve
from vbtui.trace import Trace
from vbtui.vocabulary import Result
from vbtui.walk.forks import Comparison, Fork, Part, RowKind, Subject, compare, different_parts
from vbtui.walk.what_if import what_ifs
from vbtui.workflow import Change, simulate

NFC = "legacy01/legacy01.vmdk/5.3/nfc/px-vm/esx02/tcp-902"


def classroom() -> Topology:
    return load(resolve("classroom")).topology


def forked(*texts: str) -> Trace:
    topology = classroom()
    return simulate(topology, topology.jobs[0], changes=[Change.parse(text) for text in texts])


@examples(60)
@given(topologies(opaque=True), st.data())
def test_every_event_of_both_occurs_exactly_once_and_in_order(topology: Topology, data: st.DataObject) -> None:
    job = topology.jobs[0]
    original = simulate(topology, job)
    offered = [(event, choice) for event in original for choice in what_ifs(topology, original, event)]
    at, choice = data.draw(st.sampled_from(offered))
    fork = simulate(topology, job, changes=[Change(at.id, choice.what)])
    found = compare(original, fork)
    assert tuple(row.a for row in found.rows if row.a is not None) == original.events
    assert tuple(row.b for row in found.rows if row.b is not None) == fork.events
    holds_what_it_says(found)
    assert found.first is None or found.first >= at.position
    assert all(row.kind is RowKind.SAME for row in found.rows[: at.position])
    swapped = compare(fork, original)
    assert (swapped.first is None) == (found.first is None)
    assert len(found.differences) == len(swapped.differences)


def holds_what_it_says(found: Comparison) -> None:
    for row in found.rows:
        assert row.a is None or row.b is None or row.a.id == row.b.id
        match row.kind:
            case RowKind.SAME:
                assert row.a is not None and row.b is not None and not different_parts(row.a, row.b)
            case RowKind.ONLY_A:
                assert row.a is not None and row.b is None and row.a.id not in found.b.by_id
            case RowKind.ONLY_B:
                assert row.b is not None and row.a is None and row.b.id not in found.a.by_id
            case RowKind.DIFFERS:
                assert row.parts == different_parts(found.a.by_id[row.event.id], found.b.by_id[row.event.id]) != ()
            case RowKind.MOVED:
                assert (row.a is None) != (row.b is None)
                assert row.event.id in found.a.by_id and row.event.id in found.b.by_id
    told = {row.event.id for row in found.rows if row.different}
    for event in found.a:
        other = found.b.by_id.get(event.id)
        assert (event.id in told) == (other is None or bool(different_parts(event, other)))


@examples(20)
@given(topologies(opaque=True))
def test_a_trace_is_not_different_from_itself(topology: Topology) -> None:
    trace = simulate(topology, topology.jobs[0])
    found = compare(trace, simulate(topology, topology.jobs[0]))
    assert found.first is None and found.differences == ()
    assert {row.kind for row in found.rows} == {RowKind.SAME}
    assert not any(delta.different for delta in found.deltas)


@examples(30)
@given(topologies(opaque=True), st.data())
def test_what_is_offered_can_be_done_and_differs_from_what_is(topology: Topology, data: st.DataObject) -> None:
    original = simulate(topology, topology.jobs[0])
    at = data.draw(st.sampled_from(original.events))
    offered = what_ifs(topology, original, at)
    assert len({choice.what for choice in offered}) == len(offered)
    for choice in offered:
        assert choice.about.position >= at.position
        fork = simulate(topology, topology.jobs[0], changes=[Change(at.id, choice.what)])
        assert choice.what not in [again.what for again in what_ifs(topology, fork, fork.by_id[at.id])]


def test_a_blocked_copy_is_told_from_its_first_event_to_the_result_of_the_job() -> None:
    found = compare(forked(), forked(f"{NFC}:block=px-vm,esx02,tcp/902"))
    assert found.first is not None
    first = found.rows[found.first]
    assert (first.event.id, first.kind) == (NFC, RowKind.DIFFERS)
    assert first.parts == (Part.OUTCOME, Part.VERDICT, Part.HAPPENS, Part.DURATION)
    assert [row.event.id for row in found.rows if row.kind is RowKind.ONLY_A] == [
        "legacy01/legacy01.vmdk/5.3/vmx",
        "legacy01/legacy01.vmdk/5.3/data",
    ]
    told = {(delta.subject, delta.name): (delta.a, delta.b) for delta in found.deltas if delta.different}
    assert told[Subject.RESULT, None] == (Result.WARNING, Result.ERROR)
    assert told[Subject.VM_RESULT, "legacy01"] == (Result.SUCCESS, Result.ERROR)
    assert told[Subject.CONSISTENT, "legacy01"] == ("application", "none")
    assert told[Subject.READ, "legacy01/legacy01.vmdk"] == (12582912, 0)


def test_one_goes_from_difference_to_difference_and_no_further() -> None:
    found = compare(forked(), forked(f"{NFC}:block=px-vm,esx02,tcp/902"))
    seen, row = [], found.next_difference(-1)
    while row is not None:
        seen.append(row)
        row = found.next_difference(row)
    assert tuple(seen) == found.differences
    assert found.previous_difference(seen[1]) == seen[0]
    assert found.previous_difference(seen[0]) is None
    assert [found.row_of(found.rows[place].event.id) for place in seen] == seen
    assert found.row_of("job/9/nothing") is None


def test_undo_gives_back_the_very_fork_that_was_there() -> None:
    one, two = f"{NFC}:block=px-vm,esx02,tcp/902", "job/6/result:failover=off"
    original = Fork(forked())
    first = original.then(Change.parse(one), forked(one))
    second = first.then(Change.parse(two), forked(one, two))
    assert (second.before, first.before, original.before) == (first, original, None)
    assert [str(change) for change in second.changes] == [one, two]
    assert (str(second.what_if), original.what_if) == (two, None)
    with pytest.raises(ValueError):
        original.then(Change.parse(one), forked(two))


@pytest.mark.parametrize(
    ("event", "offered"),
    [
        (
            NFC,
            [
                "block=px-vm,esx02,tcp/902",
                "rule=core,proxy-nfc,off",
                "service=esx02,nfc,off",
                "kill=px-vm",
                "kill=repo01",
                "cbt-reset=legacy01",
            ],
        ),
        (
            "legacy01/2.1/guest-windows/vbr01/legacy01/tcp-445",
            ["allow=vbr01,legacy01,tcp/445", "service=legacy01,vmware_tools,off", "cbt-reset=legacy01"],
        ),
        (
            "app01/app01.vmdk/1.3/assign",
            [
                "slots=repo01,8",
                "slots=px-vm,8",
                "block=vbr01,px-vm,tcp/6162",
                "rule=core,backup-control,off",
                "service=px-vm,transport_service,off",
            ],
        ),
        ("job/6/result", []),
    ],
)
def test_what_is_offered_where(event: str, offered: list[str]) -> None:
    trace = forked()
    found = [str(choice.what) for choice in what_ifs(classroom(), trace, trace.by_id[event])]
    assert found == offered
