"""A moment: everything that a view may need to draw, in one immutable value.

The screen makes one `Moment` per change and shows it to every widget; no widget asks anything else. Measured figures
lie over estimated ones here, in one place, and every figure knows which of the two it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from vbtui.i18n import Translator
from vbtui.job import RecordKind, RunLog, RunProgress
from vbtui.render import Messages, Symbols
from vbtui.trace import Event, EventKind, State, Trace
from vbtui.walk import Walk


class NoticeKind(StrEnum):
    """What a notice is about; views colour by it and write its symbol."""

    LIVE = "live"
    DONE = "done"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """One line about the run, in the language of the moment."""

    kind: NoticeKind
    text: str


@dataclass(frozen=True, slots=True)
class Figures:
    """How far a task is. Bytes."""

    fraction: float
    processed: int
    read: int
    transferred: int
    measured: bool
    """Counted by the engine; otherwise an estimate of the trace."""
    bottleneck: str | None = None


@dataclass(frozen=True)
class Moment:
    """What is shown now."""

    walk: Walk
    state: State
    vm: str | None
    """The selected VM: chosen by a person, or that of the event."""
    messages: Messages
    symbols: Symbols
    job: str
    pace: str
    own_images: bool = False
    progress: RunProgress | None = None
    """Newest figures of the live run; None when there is none."""
    log: RunLog | None = None
    notice: Notice | None = None
    started: bool = False
    """The first key has been pressed; until then the hint is shown."""
    figures: dict[str, Figures] = field(default_factory=dict)
    """By task id; only tasks whose copy has begun."""

    @property
    def say(self) -> Translator:
        return self.messages.translator

    @property
    def event(self) -> Event:
        return self.walk.event

    @property
    def trace(self) -> Trace:
        return self.walk.trace

    @property
    def fraction(self) -> float:
        return self.walk.playhead.fraction

    @property
    def is_live(self) -> bool:
        return self.progress is not None and not self.progress.finished


def transfers_of(trace: Trace) -> dict[str, Event]:
    """The copy of every task that has one."""
    return {event.task: event for event in trace.events if event.kind is EventKind.TRANSFER and event.task}


def figures_of(
    transfers: dict[str, Event], state: State, progress: RunProgress | None, log: RunLog | None
) -> dict[str, Figures]:
    """The best figures there are for every task that copies or has copied: live, then logged, then estimated."""
    found = {}
    for name, task in state.tasks.items():
        begun = name in transfers and transfers[name].position <= state.index
        if progress is not None and (live := progress.tasks.get(name)) is not None:
            found[name] = Figures(live.fraction, live.processed, live.read, live.transferred, True, live.bottleneck)
        elif begun and log is not None and (logged := _logged(log, transfers[name], task.fraction)) is not None:
            found[name] = logged
        elif begun:
            found[name] = Figures(task.fraction, task.processed, task.read, task.transferred, False)
    return found


def _logged(log: RunLog, event: Event, fraction: float) -> Figures | None:
    """What was measured at a transfer; while the playhead is inside it, in proportion."""
    amounts = [log.measured(event.id, name) for name in ("processed", "read", "transferred")]
    processed, read, transferred = amounts
    if processed is None or read is None or transferred is None:
        return None
    busy = [record for record in log.of(event.id) if record.kind is RecordKind.BOTTLENECK]
    bottleneck = max(busy, key=lambda record: record.value).name if busy else None
    return Figures(fraction, processed, round(read * fraction), round(transferred * fraction), True, bottleneck)
