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

_COPY_SHARE = 0.2
"""Share of the time that each disk's copy takes; the events between the copies share most of the rest."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """The waits of one run, worked out beforehand."""

    pace: Pace
    between_events: float
    """Seconds before each event that is no copy."""

    @classmethod
    def of(cls, trace: Trace, pace: Pace) -> Pacing:
        steps = sum(event.kind is not EventKind.TRANSFER for event in trace.events)
        wait = PACED_SECONDS * (1 - 2 * _COPY_SHARE) / max(1, steps)
        return cls(pace, min(wait, 0.5) if pace is Pace.PACED else 0.0)

    def rate(self, read: int) -> float | None:
        """Bytes a second for a copy that reads so many; None for no limit."""
        if self.pace is Pace.FULL:
            return None
        return max(read, BLOCK_SIZE) / (PACED_SECONDS * _COPY_SHARE)

    def wait(self, stop: threading.Event) -> None:
        """Wait before an event; returns at once when the run is stopped."""
        if self.between_events:
            stop.wait(self.between_events)
