"""The two halves of a what-if: everything that is needed to draw a run beside its fork, made at once.

In: a topology, what is forked from, a change. Out: `Halves`. Making them simulates, which takes as long as the job is
large: whoever asks for a large one does so in a thread of its own (`is_quick`). Drawing them costs nothing then.
Decided here: both are drawn on one layout, with room for what only one of them has.
Never here: widgets, keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vbtui.render import Messages, Symbols
from vbtui.topology import Topology
from vbtui.trace import States, Trace
from vbtui.ui.figures import Copies
from vbtui.ui.moment import Moment
from vbtui.ui.scenery import Scenery
from vbtui.walk import Walk
from vbtui.walk.forks import Comparison, Fork, compare
from vbtui.workflow import Change, forked

QUICK = 400
"""Events of a run that is simulated within the time in which a key is answered."""


@dataclass(frozen=True, eq=False)
class Half:
    """One of the two runs."""

    trace: Trace
    walk: Walk
    states: States
    copies: Copies
    scenery: Scenery

    @classmethod
    def of(cls, topology: Topology, trace: Trace) -> Half:
        walk = Walk.over(trace, animated=False)
        return cls(trace, walk, States(trace), Copies(trace), Scenery(topology, trace))

    def moment(self, index: int, messages: Messages, symbols: Symbols) -> Moment:
        """The moment after the event at `index`."""
        walk = self.walk.at(index)
        return Moment(
            walk=walk,
            state=self.states.at(index, 1.0),
            copies=self.copies,
            vm=walk.vm,
            messages=messages,
            symbols=symbols,
            job=self.trace.job,
            pace="",
            started=True,
            figures=self.copies.figures(index, 1.0, {}, None),
        )


@dataclass(frozen=True, eq=False)
class Halves:
    """A run and its fork."""

    a: Half
    b: Half
    fork: Fork
    """Made `b` of `a`."""
    comparison: Comparison

    @cached_property
    def places(self) -> tuple[tuple[int, int], ...]:
        """By row: where both runs are, as the positions of their last event so far."""
        found = []
        here = there = 0
        for row in self.comparison.rows:
            here = here if row.a is None else row.a.position
            there = there if row.b is None else row.b.position
            found.append((here, there))
        return tuple(found)

    @property
    def first_row(self) -> int:
        """Where to look first: the first difference, or where it would have been."""
        first = self.comparison.first
        if first is not None:
            return first
        change = self.fork.what_if
        return (self.comparison.row_of(change.event) if change is not None else None) or 0


def is_quick(trace: Trace) -> bool:
    """Forking this run takes no longer than a key may take."""
    return len(trace) <= QUICK


def fork_off(topology: Topology, before: Fork, change: Change) -> Halves:
    """Simulate the run with one more change. Raises UnknownChangeError where a change cannot act any more."""
    original = before.trace
    trace = forked(topology, original, change)
    a, b = Half.of(topology, original), Half.of(topology, trace)
    a.scenery.place_with(b.scenery)
    return Halves(a, b, before.then(change, trace), compare(original, trace))
