"""How far every copy is, and whether that was measured: the one source of every figure about a task on the screen.

Decided here: which figures are shown at a place of a walk, and which event a live run performs while it waits for a
copy. Measured figures go before estimates. A copy begins with its event and is complete when that event has been
shown, so that line, tree, gauge and text cannot disagree; only a copy that a live run has not finished is where it is.
In: a trace, once; then places, a run's progress, a run log. Out: `Figures` by task id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vbtui.job import RecordKind, RunLog, RunProgress
from vbtui.trace import Event, EventKind, Trace
from vbtui.vocabulary import Outcome, Phase


@dataclass(frozen=True, slots=True)
class Figures:
    """How far a task is. Bytes."""

    fraction: float
    processed: int
    """The whole disk, also while the copy goes on."""
    read: int
    transferred: int
    measured: bool
    """Counted by the engine; otherwise an estimate of the trace."""
    bottleneck: str | None = None

    def at(self, share: float) -> Figures:
        """The figures of a whole copy when `share` of it, 0 to 1, has been shown."""
        if share >= 1.0:
            return self
        return replace(self, fraction=share, read=round(self.read * share), transferred=round(self.transferred * share))


class Copies:
    """The copies of one trace."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._copies = {
            event.task: event
            for event in trace.events
            if event.kind is EventKind.TRANSFER and event.task and event.outcome is Outcome.OK
        }
        self._begins: dict[str, int] = {}
        for event in trace.events:
            if event.task and event.step.phase is Phase.DATA_TRANSPORT:
                self._begins.setdefault(event.task, event.position)

    def transport_begun(self, task: str, index: int) -> bool:
        """The task has more than its slot: its own data transport has begun by the event at `index`."""
        return task in self._begins and self._begins[task] <= index

    # ---- a live run -------------------------------------------------------------------------------------------------

    def place(self, progress: RunProgress) -> int:
        """Position of the event that a run performs, -1 before the first. An event that waits for the copy of its task
        has not begun: what goes on is the copy."""
        event = self._waits(progress)
        return progress.index if event is None else event.position

    def begun(self, progress: RunProgress) -> int:
        """Position of the last event that a run has begun and need not wait with."""
        return progress.index if self._waits(progress) is None else progress.index - 1

    def _waits(self, progress: RunProgress) -> Event | None:
        """The copy that the run's newest event waits for."""
        if progress.index < 0 or progress.finished:
            return None
        task = self._trace[progress.index].task
        copy = self._copies.get(task) if task else None
        live = progress.tasks.get(task) if task else None
        if copy is None or live is None or live.done or copy.position >= progress.index:
            return None
        return copy

    # ---- figures ----------------------------------------------------------------------------------------------------

    def totals(self, progress: RunProgress | None, log: RunLog | None) -> dict[str, Figures]:
        """What was measured of every copy that is complete."""
        found = {}
        for task, event in self._copies.items():
            live = progress.tasks.get(task) if progress is not None else None
            if live is not None:
                if live.done:
                    found[task] = Figures(1.0, live.processed, live.read, live.transferred, True, live.bottleneck)
            elif log is not None and (logged := _logged(log, event)) is not None:
                found[task] = logged
        return found

    def figures(
        self, index: int, fraction: float, totals: Mapping[str, Figures], progress: RunProgress | None
    ) -> dict[str, Figures]:
        """The figures of every task whose copy has begun, with `fraction` of the event at `index` shown.

        What a live run has not finished counts for the events that the run has begun; a person who looks beyond them
        sees what is expected."""
        found = {}
        for task, event in self._copies.items():
            if event.position > index:
                continue
            share = fraction if event.position == index else 1.0
            live = progress.tasks.get(task) if progress is not None and index <= self.begun(progress) else None
            if task in totals:
                found[task] = totals[task].at(share)
            elif live is not None:
                size = _estimated(event).processed
                found[task] = Figures(live.fraction, size, live.read, live.transferred, True, live.bottleneck)
            else:
                found[task] = _estimated(event).at(share)
        return found


def in_bytes(event: Event) -> bool:
    """The event's sentence tells how much was read, so it must say where that figure comes from."""
    return event.task is not None and event.param("read") is not None


def with_figures(event: Event, figures: Figures) -> Event:
    """The event with these bytes in place of those it was expected to move."""
    amounts = {"processed": figures.processed, "read": figures.read, "transferred": figures.transferred}
    return replace(event, params=tuple((name, amounts.get(name, value)) for name, value in event.params))


def _estimated(event: Event) -> Figures:
    amounts = {name: value for name, value in event.params if isinstance(value, int)}
    return Figures(1.0, amounts["processed"], amounts["read"], amounts["transferred"], False)


def _logged(log: RunLog, event: Event) -> Figures | None:
    """What was measured at a transfer; None if nothing was."""
    processed, read, transferred = (log.measured(event.id, name) for name in ("processed", "read", "transferred"))
    if processed is None or read is None or transferred is None:
        return None
    busy = [record for record in log.of(event.id) if record.kind is RecordKind.BOTTLENECK]
    bottleneck = max(busy, key=lambda record: record.value).name if busy else None
    return Figures(1.0, processed, read, transferred, True, bottleneck)
