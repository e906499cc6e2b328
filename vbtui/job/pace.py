"""How fast a run goes: as fast as it can, or slow enough for a person to watch."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum

from vbtui.trace import EventKind, Trace
from vbtui.vocabulary import BLOCK_SIZE


class Pace(StrEnum):
    PACED = "paced"
    """Slowed down so that the whole job lasts about PACED_SECONDS; always labelled so."""
    FULL = "full"
    """Nothing is slowed down."""


PACED_SECONDS = 20.0
"""What a person can follow without looking away (chosen, not measured)."""

_COPY_SHARE = 0.5
"""Share of the time in which nothing but copies moves; the events between them share the rest."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """The waits of one run, worked out beforehand."""

    pace: Pace
    between_events: float
    """Seconds before each event that is no copy."""
    copy_seconds: float
    """Seconds that the copy of one disk should take."""

    @classmethod
    def of(cls, trace: Trace, pace: Pace) -> Pacing:
        """Share out PACED_SECONDS over a trace's events and the moments at which it stands still for a copy."""
        if pace is Pace.FULL:
            return cls(pace, 0.0, 0.0)
        steps = sum(event.kind is not EventKind.TRANSFER for event in trace.events)
        between = PACED_SECONDS * (1 - _COPY_SHARE) / max(1, steps)
        return cls(pace, min(between, 0.5), PACED_SECONDS * _COPY_SHARE / max(1, _stalls(trace)))

    def rate(self, read: int) -> float | None:
        """Bytes a second for a copy that reads so many; None for no limit."""
        return max(read, BLOCK_SIZE) / self.copy_seconds if self.copy_seconds else None

    def wait(self, stop: threading.Event) -> None:
        """Wait before an event; returns at once when the run is stopped."""
        if self.between_events:
            stop.wait(self.between_events)


def _stalls(trace: Trace) -> int:
    """How often a run waits for copies: copies that go on at the same time are waited for once."""
    stalls = 0
    moving: set[str] = set()
    for event in trace.events:
        if event.task in moving:
            stalls += 1
            moving.clear()
        if event.kind is EventKind.TRANSFER and event.task is not None:
            moving.add(event.task)
    return stalls
