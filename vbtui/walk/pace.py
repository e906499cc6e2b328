"""How long an event takes on the screen, in real seconds, and the speeds a person may choose.

Decided here: the compression of simulated time. Between 5 ms for a connection and a minute for attaching a disk lie
four powers of ten; shown to scale, nothing could be watched. So every kind has a length that lets the eye follow it,
and a long event gets a little more, by the logarithm of its simulated time.
"""

from __future__ import annotations

from math import log10
from typing import Final

from vbtui.trace import Event, EventKind

SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
SLOWEST: Final = SPEEDS[0]
NORMAL: Final = 1.0
FASTEST: Final = SPEEDS[-1]

_SECONDS: Final = {
    EventKind.PROCESS: 0.5,
    EventKind.CONNECT: 0.8,
    EventKind.REQUEST: 0.7,
    EventKind.DECISION: 0.5,
    EventKind.SCRIPT: 0.7,
    EventKind.FREEZE: 0.7,
    EventKind.SNAPSHOT: 0.7,
    EventKind.THAW: 0.5,
    EventKind.ATTACH: 0.7,
    EventKind.DETACH: 0.5,
    EventKind.TRANSFER: 1.0,
    EventKind.COMMIT: 0.7,
    EventKind.RESULT: 0.4,
}
"""Seconds at normal speed of an event that takes a second or less of simulated time."""

_PER_POWER: Final = 0.1
"""Seconds more for every power of ten above a second."""

LONGEST: Final = 1.2
"""Nothing takes longer at normal speed, however long it takes in simulated time."""


def seconds_of(event: Event) -> float:
    """Seconds that an event is shown at normal speed, between 0.4 and 1.2."""
    more = _PER_POWER * log10(event.duration_ms / 1000) if event.duration_ms > 1000 else 0.0
    return min(LONGEST, _SECONDS[event.kind] + more)
