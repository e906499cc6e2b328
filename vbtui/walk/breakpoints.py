"""Breakpoints: before which events playing stops.

Decided here: what a breakpoint can be about, and which events of a trace it holds. In: a trace and where its phases
begin. Out: a new `Breakpoints` each time. A breakpoint stops playing and nothing else: keys go where they are told, and
a live run is never held up.
Never here: the playhead, text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from vbtui.trace import Event, EventKind, Trace
from vbtui.vocabulary import Outcome
from vbtui.walk.landmarks import Landmarks


@dataclass(frozen=True, slots=True)
class Breakpoints:
    """Everything that playing stops before. Immutable; switching something gives the next one."""

    kinds: frozenset[EventKind] = frozenset()
    """Before each event of these kinds; `CONNECT` is before each connection."""
    failures: bool = False
    """Before what fails: a connection that a firewall does not let through, and every event that ends in a failure."""
    phases: bool = False
    """Before each phase that a VM, or the job, enters."""
    events: frozenset[str] = frozenset()
    """Before single events, by id. An id that a trace does not have stops nothing."""

    def __bool__(self) -> bool:
        return bool(self.kinds or self.failures or self.phases or self.events)

    def __len__(self) -> int:
        """How many were set, not how many events they hold."""
        return len(self.kinds) + self.failures + self.phases + len(self.events)

    def kind_switched(self, kind: EventKind) -> Breakpoints:
        return replace(self, kinds=self.kinds ^ {kind})

    def failures_switched(self) -> Breakpoints:
        return replace(self, failures=not self.failures)

    def phases_switched(self) -> Breakpoints:
        return replace(self, phases=not self.phases)

    def event_switched(self, event: str) -> Breakpoints:
        return replace(self, events=self.events ^ {event})

    def holds(self, event: Event, landmarks: Landmarks) -> bool:
        """Playing stops before this event. `landmarks` are those of its trace."""
        return (
            event.kind in self.kinds
            or (self.failures and is_failure(event))
            or (self.phases and event.position in landmarks.phase_starts)
            or event.id in self.events
        )

    def places(self, trace: Trace, landmarks: Landmarks) -> tuple[int, ...]:
        """Positions of all events that it holds, in rising order. Looks at every event of the trace."""
        if not self:
            return ()
        return tuple(event.position for event in trace.events if self.holds(event, landmarks))


NO_BREAKPOINTS = Breakpoints()


def is_failure(event: Event) -> bool:
    """Something does not work here: it fails, or a firewall does not let it through, also where another way helps."""
    return event.outcome is Outcome.FAIL or (event.verdict is not None and not event.verdict.allowed)
