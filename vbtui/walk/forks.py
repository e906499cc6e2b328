"""Forks of a walk, and what is different in one: two traces of one job laid side by side.

In: traces that were simulated with and without a change. Out: `Fork`, which knows what it was made of, so that going
back loses nothing; `Comparison`, with every event of both traces in a row.

How events are aligned. An event has the same id in both traces, so events are not guessed to be alike. Most come in the
same order in both; the longest run of them that does is what both columns are hung up on (found in n log n steps).
What is in one trace only is put between them by its time. An event that both have, but in another order, as happens
where one VM is delayed and others are not, has a row in each column and is not counted as a difference: that it came
later than something else says nothing of what happened. Neither is a mere shift in time.
Never here: simulating, text, a screen.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final, TypeVar

from vbtui.trace import Event, Task, Trace, Value, VmResult
from vbtui.workflow import Change

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Fork:
    """A trace, the changes that made it, and what it was forked from. Immutable: undo gives back the very fork that
    was there before."""

    trace: Trace
    changes: tuple[Change, ...] = ()
    before: Fork | None = None
    """None for what was there before all what-ifs."""

    def then(self, change: Change, trace: Trace) -> Fork:
        """The fork that one more change leads to. Raises ValueError for a trace of other changes."""
        changes = (*self.changes, change)
        if trace.changes != tuple(str(one) for one in changes):
            raise ValueError(trace.changes)
        return Fork(trace, changes, self)

    @property
    def what_if(self) -> Change | None:
        """The change that made it of the one before."""
        return None if self.before is None else self.changes[-1]


class Part(StrEnum):
    """What of an event is different."""

    STEP = "step"
    OUTCOME = "outcome"
    VERDICT = "verdict"
    """The answer of the firewalls, or who gave it."""
    ENDS = "ends"
    """Who acts on whom, or the service."""
    HAPPENS = "happens"
    """What happens: another code."""
    FIGURES = "figures"
    """The same happens with other parameters: bytes, a proxy, a mode."""
    DURATION = "duration"
    CAUSE = "cause"
    """It follows from another event."""


class RowKind(StrEnum):
    SAME = "same"
    """In both, and alike but for its time."""
    DIFFERS = "differs"
    """In both, but not alike."""
    ONLY_A = "only_a"
    ONLY_B = "only_b"
    MOVED = "moved"
    """Of one trace; the other has it too, in another order, with a row of its own."""


DIFFERENCES: Final = frozenset({RowKind.DIFFERS, RowKind.ONLY_A, RowKind.ONLY_B})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison: an event of A, of B, or the same event of both."""

    kind: RowKind
    a: Event | None
    b: Event | None
    parts: tuple[Part, ...] = ()
    """What is different, for a row that differs."""
    was: Event | None = None
    """The event as it is in A, for a row that differs, wherever it comes there."""
    causes: tuple[Event, ...] = ()
    """What the event follows in A and what in B, where that is not the same."""

    @property
    def event(self) -> Event:
        """The event, as it is in B if it is there."""
        found = self.b or self.a
        assert found is not None
        return found

    @property
    def different(self) -> bool:
        return self.kind in DIFFERENCES


class Subject(StrEnum):
    """What of the whole run is held against the other."""

    RESULT = "result"
    """Of the job."""
    DURATION = "duration"
    """Of the job, in milliseconds of simulated time."""
    VM_RESULT = "vm_result"
    CONSISTENT = "consistent"
    """What state the VM's restore point is in, `none` without one."""
    SNAPSHOT_LEFT = "snapshot_left"
    TASK_RESULT = "task_result"
    MODE = "mode"
    PROXY = "proxy"
    READ = "read"
    """Bytes."""
    TRANSFERRED = "transferred"
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Delta:
    """One figure of both runs."""

    subject: Subject
    name: str | None
    """The VM, or the task as `VM/DISK`; None for the job."""
    a: Value
    b: Value

    @property
    def different(self) -> bool:
        return self.a != self.b


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two traces of one job, side by side."""

    a: Trace
    b: Trace
    rows: tuple[Row, ...]
    """The events of `a` in their order, and those of `b` in theirs, each exactly once."""
    deltas: tuple[Delta, ...]
    """Job, VMs, tasks; also those that are alike."""

    @cached_property
    def differences(self) -> tuple[int, ...]:
        """The rows that are different, in rising order."""
        return tuple(place for place, row in enumerate(self.rows) if row.different)

    @property
    def first(self) -> int | None:
        """The row from which on it is different; None where nothing is."""
        return self.differences[0] if self.differences else None

    def row_of(self, event: str) -> int | None:
        """The row of the event of that id, that of B where there are two; None if neither trace has it."""
        return self._places.get(event)

    def next_difference(self, row: int) -> int | None:
        """The first different row behind `row`."""
        place = bisect_right(self.differences, row)
        return self.differences[place] if place < len(self.differences) else None

    def previous_difference(self, row: int) -> int | None:
        """The last different row before `row`."""
        place = bisect_left(self.differences, row)
        return self.differences[place - 1] if place else None

    def passed(self, row: int) -> int:
        """How many different rows come before `row` or stand at it."""
        return bisect_right(self.differences, row)

    @cached_property
    def _places(self) -> dict[str, int]:
        found = {row.a.id: place for place, row in enumerate(self.rows) if row.a is not None}
        return found | {row.b.id: place for place, row in enumerate(self.rows) if row.b is not None}


def compare(a: Trace, b: Trace) -> Comparison:
    """Lay two traces of one job side by side; any two, whichever was forked from the other."""
    return Comparison(a, b, tuple(_rows(a, b)), tuple(_deltas(a, b)))


# ---- rows ------------------------------------------------------------------------------------------------------------


def _rows(a: Trace, b: Trace) -> Iterator[Row]:
    anchored = frozenset(_in_one_order(a, b))
    here = there = 0
    while here < len(a) or there < len(b):
        left = a[here] if here < len(a) else None
        right = b[there] if there < len(b) else None
        if left is not None and right is not None and left.id == right.id and left.id in anchored:
            yield _held_together(a, b, left, right) or Row(RowKind.SAME, left, right)
            here, there = here + 1, there + 1
        elif left is not None and left.id not in anchored and _comes_first(left, right, anchored):
            # Of an event in both that has moved, the difference is told where it is in B.
            yield Row(RowKind.MOVED if left.id in b.by_id else RowKind.ONLY_A, left, None)
            here += 1
        else:
            assert right is not None
            yield _only_there(a, b, right)
            there += 1


def _comes_first(left: Event, right: Event | None, anchored: frozenset[str]) -> bool:
    """Of two events that stand alone that of A comes first if it is not later; an anchor waits for its other half."""
    return right is None or right.id in anchored or left.start_ms <= right.start_ms


def _only_there(a: Trace, b: Trace, right: Event) -> Row:
    left = a.by_id.get(right.id)
    if left is None:
        return Row(RowKind.ONLY_B, None, right)
    differs = _held_together(a, b, left, right)
    return Row(RowKind.MOVED, None, right) if differs is None else replace(differs, a=None)


def _held_together(a: Trace, b: Trace, left: Event, right: Event) -> Row | None:
    """The row of an event that is not alike in both; None where it is."""
    parts = different_parts(left, right)
    if not parts:
        return None
    ends = ((a, left), (b, right)) if Part.CAUSE in parts else ()
    causes = tuple(run.by_id[one.cause] for run, one in ends if one.cause is not None)
    return Row(RowKind.DIFFERS, left, right, parts, left, causes)


def _in_one_order(a: Trace, b: Trace) -> Iterator[str]:
    """Ids of the longest run of events that come in the same order in both."""
    common = [event for event in a.events if event.id in b.by_id]
    places = [b.by_id[event.id].position for event in common]
    # The longest rising run of `places`: `ends[n]` is the least place with which one of n + 1 members can end.
    ends: list[int] = []
    holders: list[int] = []
    before: list[int | None] = []
    for number, place in enumerate(places):
        length = bisect_left(ends, place)
        before.append(holders[length - 1] if length else None)
        if length == len(ends):
            ends.append(place)
            holders.append(number)
        else:
            ends[length], holders[length] = place, number
    last = holders[-1] if holders else None
    while last is not None:
        yield common[last].id
        last = before[last]


def different_parts(a: Event, b: Event) -> tuple[Part, ...]:
    """In what two events of one id are not alike, their place in time aside."""
    pairs = (
        (Part.STEP, a.step, b.step),
        (Part.OUTCOME, a.outcome, b.outcome),
        (Part.VERDICT, a.verdict, b.verdict),
        (Part.ENDS, (a.source, a.destination, a.services), (b.source, b.destination, b.services)),
        (Part.HAPPENS, a.code, b.code),
        (Part.FIGURES, a.params if a.code == b.code else None, b.params if a.code == b.code else None),
        (Part.DURATION, a.duration_ms, b.duration_ms),
        (Part.CAUSE, a.cause, b.cause),
    )
    return tuple(part for part, one, other in pairs if one != other)


# ---- figures of whole runs ------------------------------------------------------------------------------------------


def _deltas(a: Trace, b: Trace) -> Iterator[Delta]:
    yield Delta(Subject.RESULT, None, a.result, b.result)
    yield Delta(Subject.DURATION, None, a.duration_ms, b.duration_ms)
    vms = {vm.vm: vm for vm in a.vms}, {vm.vm: vm for vm in b.vms}
    for name in dict.fromkeys((*vms[0], *vms[1])):
        yield from _vm_deltas(name, vms[0].get(name), vms[1].get(name))
    tasks = {task.id: task for task in a.tasks}, {task.id: task for task in b.tasks}
    for name in dict.fromkeys((*tasks[0], *tasks[1])):
        yield from _task_deltas(name, tasks[0].get(name), tasks[1].get(name))


def _vm_deltas(name: str, a: VmResult | None, b: VmResult | None) -> Iterator[Delta]:
    yield _delta(Subject.VM_RESULT, name, a, b, lambda vm: vm.result)
    yield _delta(Subject.CONSISTENT, name, a, b, lambda vm: vm.consistent)
    yield _delta(Subject.SNAPSHOT_LEFT, name, a, b, lambda vm: vm.snapshot_left)


def _task_deltas(name: str, a: Task | None, b: Task | None) -> Iterator[Delta]:
    yield _delta(Subject.TASK_RESULT, name, a, b, lambda task: task.result)
    yield _delta(Subject.PROXY, name, a, b, lambda task: task.proxy)
    yield _delta(Subject.MODE, name, a, b, lambda task: task.mode)
    yield _delta(Subject.READ, name, a, b, lambda task: task.read)
    yield _delta(Subject.TRANSFERRED, name, a, b, lambda task: task.transferred)


def _delta(subject: Subject, name: str, a: T | None, b: T | None, of: Callable[[T], Value]) -> Delta:
    return Delta(subject, name, None if a is None else of(a), None if b is None else of(b))
