"""Following one thing through a trace: a connection, a machine, or a disk, while everything else stands back.

Decided here: what can be followed from an event, in which order it is offered, and which events belong to it. In: a
trace. Out: a `Focus`, and with `follow` the places where it is. Never here: the playhead, what is drawn, text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from vbtui.trace import Event, Trace


class FocusKind(StrEnum):
    """What sort of thing is followed."""

    CONNECTION = "connection"
    """Everything that passes between two machines, in either direction."""
    NODE = "node"
    """Everything that one machine, VM or datastore takes part in."""
    DISK = "disk"
    """Everything that belongs to one VM disk's task."""


@dataclass(frozen=True, slots=True)
class Focus:
    """One thing that is followed."""

    kind: FocusKind
    names: tuple[str, ...]
    """Of a connection its two machines by name, so that both directions are one; of a machine its name; of a disk its
    VM and its own name."""

    @classmethod
    def connection(cls, one: str, other: str) -> Focus:
        return cls(FocusKind.CONNECTION, tuple(sorted((one, other))))

    @classmethod
    def node(cls, name: str) -> Focus:
        return cls(FocusKind.NODE, (name,))

    @classmethod
    def disk(cls, vm: str, disk: str) -> Focus:
        return cls(FocusKind.DISK, (vm, disk))

    def belongs(self, event: Event) -> bool:
        """The event is part of what is followed."""
        if self.kind is FocusKind.DISK:
            return (event.vm, event.disk) == self.names
        ends = machines_of(event)
        if self.kind is FocusKind.NODE:
            return self.names[0] in ends
        return len(ends) == 2 and tuple(sorted(ends)) == self.names


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A focus on one trace."""

    focus: Focus
    positions: tuple[int, ...] = field(repr=False)
    """Of the events that belong to it, in rising order."""
    machines: frozenset[str] = field(repr=False)
    """Everything that takes part in those events, by name: what a picture does not dim."""

    def after(self, index: int) -> int | None:
        """The next event that belongs; None if there is none."""
        place = bisect_right(self.positions, index)
        return self.positions[place] if place < len(self.positions) else None

    def before(self, index: int) -> int | None:
        """The last event before `index` that belongs; None if there is none."""
        place = bisect_left(self.positions, index)
        return self.positions[place - 1] if place else None


def follow(trace: Trace, focus: Focus) -> Followed:
    """Where a focus is in a trace. Looks at every event once."""
    events = [event for event in trace.events if focus.belongs(event)]
    machines = {name for event in events for name in machines_of(event)}
    if focus.kind is FocusKind.DISK:
        machines.add(focus.names[0])
    else:
        machines.update(focus.names)
    return Followed(focus, tuple(event.position for event in events), frozenset(machines))


def followable(event: Event) -> tuple[Focus, ...]:
    """What can be followed from an event, in the order in which it is offered: its connection, its machines, its
    disk."""
    ends = machines_of(event)
    found = [Focus.connection(*ends)] if len(ends) == 2 else []
    found += [Focus.node(name) for name in ends]
    if event.vm is not None and event.disk is not None:
        found.append(Focus.disk(event.vm, event.disk))
    return tuple(found)


def next_focus(offered: Sequence[Focus], focus: Focus | None) -> Focus | None:
    """What is followed after `focus`: the next of what is offered, after its last and from anything else the first;
    None if nothing is offered."""
    if not offered:
        return None
    return offered[(offered.index(focus) + 1) % len(offered)] if focus in offered else offered[0]


def machines_of(event: Event) -> tuple[str, ...]:
    """The names at the ends of an event, source first, each once."""
    ends = (event.source, event.destination)
    return tuple(dict.fromkeys(end.node for end in ends if end is not None))
