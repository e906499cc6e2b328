"""The copies of a run: data movers in threads of their own, waited for where the trace goes on with their disk.

Decided here: what is measured of a copy, and that a failed copy is a failed task, not the end of the run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from vbtui.engine import BlockState, Copy, EngineError, start_copy
from vbtui.engine.errors import Cancelled
from vbtui.job.live_vm import LiveVm
from vbtui.job.log import Journal, RecordKind
from vbtui.job.machines import Machines, digest_of
from vbtui.job.progress import TaskProgress
from vbtui.trace import Event
from vbtui.vocabulary import Connection, Service


@dataclass
class _Moving:
    """A copy on its way."""

    event: Event
    copy: Copy
    started: float
    parent: str | None
    tracked: bool
    seconds: float | None = None
    error: Exception | None = None
    thread: threading.Thread | None = None


class Copies:
    """Started and joined by the run's thread; figures may be read, and all cancelled, from any thread."""

    def __init__(self, journal: Journal, clock: Callable[[], float]) -> None:
        self.failed: set[str] = set()
        """Ids of tasks whose copy failed."""
        self._journal = journal
        self._clock = clock
        self._moving: dict[str, _Moving] = {}

    def start(self, machines: Machines, event: Event, data: Connection, nfc: Service, rate: float | None) -> None:
        """Begin the copy of a TRANSFER event's disk. `rate`: bytes a second, None for no limit."""
        assert event.vm is not None and event.disk is not None and event.task is not None
        live = machines.vms[event.vm]
        if live.writer is None:
            return
        task, proxy = machines.copy_task(event, data, nfc, rate)
        repository = machines.repository(event.destination.node if event.destination else "")
        try:
            copy = start_copy(task, proxy, repository, live.writer.disk(event.disk))
        except EngineError as error:
            self._fail(event, f"engine.{error.code}")
            return
        parent = live.parent.point if live.parent is not None else None
        moving = _Moving(event, copy, self._clock(), parent, live.told[event.disk])
        moving.thread = threading.Thread(
            target=self._finish, args=(live, moving), name=f"finish-{event.task}", daemon=True
        )
        self._moving[event.task] = moving
        moving.thread.start()

    def join(self, task: str | None) -> None:
        """Wait for a task's copy, if it has one, and note what was measured. Raises what is no failure of a copy."""
        moving = self._moving.get(task) if task is not None else None
        if moving is None or moving.thread is None:
            return
        moving.thread.join()
        moving.thread = None
        event = moving.event.id
        figures = moving.copy.progress.figures()
        for name in ("processed", "read", "transferred", "zero", "duplicate", "unchanged", "written"):
            self._journal.note(event, RecordKind.BYTES, name, getattr(figures, name))
        self._journal.note(event, RecordKind.COPY, value=round((moving.seconds or 0.0) * 1e6))
        for stage, seconds in figures.busy_seconds:
            self._journal.note(event, RecordKind.BOTTLENECK, stage, round(seconds * 1e6))
        match moving.error:
            case None:
                pass
            case Cancelled():
                self.failed.add(str(moving.event.task))
            case EngineError():
                self._fail(moving.event, f"engine.{moving.error.code}")
            case OSError():
                self._fail(moving.event, f"os.{moving.error.errno}")
            case _:
                raise moving.error

    def end(self, *, cancel: bool) -> None:
        """Wait for everything, after cancelling it if so wished; no thread is left."""
        if cancel:
            self.cancel()
        for moving in tuple(self._moving.values()):
            if moving.thread is not None:
                moving.thread.join()

    def cancel(self) -> None:
        for moving in tuple(self._moving.values()):
            moving.copy.cancel()

    def figures(self) -> dict[str, TaskProgress]:
        """What is measured of each copy so far, by task id."""
        return {task: self._figures(moving) for task, moving in dict(self._moving).items()}

    def figures_of(self, task: str) -> TaskProgress:
        """Raises KeyError before its copy has begun."""
        return self._figures(self._moving[task])

    def block_map(self, task: str) -> bytes:
        """The state of every block of a task's disk now; empty before its copy has begun."""
        moving = self._moving.get(task)
        marks = moving.copy.task.marks if moving is not None else None
        return marks.copy() if marks is not None else b""

    # inside

    def _fail(self, event: Event, code: str) -> None:
        self.failed.add(str(event.task))
        self._journal.note(event.id, RecordKind.FAILURE, code)

    def _finish(self, live: LiveVm, moving: _Moving) -> None:
        try:
            try:
                moving.copy.wait()
            finally:
                moving.seconds = self._clock() - moving.started
            disk = str(moving.event.disk)
            live.digests[disk] = digest_of(live.snapshots[disk])
        except Exception as error:  # joined and judged by the run's thread
            moving.error = error

    def _figures(self, moving: _Moving) -> TaskProgress:
        figures = moving.copy.progress.figures()
        marks = moving.copy.task.marks
        unread = marks.count(BlockState.HOLE) if marks else 0
        if marks and moving.tracked:
            unread += marks.count(BlockState.UNCHANGED)
        return TaskProgress(
            id=str(moving.event.task),
            processed=figures.processed,
            read=figures.read,
            transferred=figures.transferred,
            fraction=min(1.0, max(0, figures.blocks_done - unread) / max(1, figures.blocks_total - unread)),
            seconds=moving.seconds if moving.seconds is not None else self._clock() - moving.started,
            bottleneck=figures.bottleneck,
            done=moving.seconds is not None,
            mode=str(moving.event.param("mode") or ""),
            total=figures.total,
            zero=figures.zero,
            duplicate=figures.duplicate,
            unchanged=figures.unchanged,
            written=figures.written,
            parent=moving.parent,
            tracked=moving.tracked if moving.parent is not None else None,
        )
