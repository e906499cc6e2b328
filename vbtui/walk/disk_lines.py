"""One line per disk of a job: how far it is, what was moved, what held it up.

Decided here: which source a line is from (a run that goes on or is over, the log of an earlier one, or the estimate of
the trace) and what the stage of a disk is. A figure that its source does not have is None, never nought.
In: a trace, the newest progress of a run or a log. Out: lines in the trace's order, the snapshot of a VM.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vbtui.job import RecordKind, RunLog, RunProgress, SnapshotState, TaskProgress
from vbtui.trace import Event, EventKind, Task, Trace
from vbtui.vocabulary import Outcome, TransportMode


class Origin(StrEnum):
    """Where figures come from."""

    ESTIMATE = "estimate"
    RUNNING = "running"
    """Measured, of a run that goes on."""
    MEASURED = "measured"
    LOG = "log"
    """Measured by an earlier run, of which only the log is there."""


class DiskStage(StrEnum):
    WAITING = "waiting"
    COPYING = "copying"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """The run ended before the disk was copied."""


@dataclass(frozen=True, slots=True)
class DiskLine:
    """One disk. Bytes; None for what is not known."""

    id: str
    vm: str
    disk: str
    origin: Origin
    stage: DiskStage
    mode: TransportMode | None
    total: int
    fraction: float
    """Share of the blocks to read that are dealt with, 0 to 1."""
    processed: int | None = None
    read: int | None = None
    transferred: int | None = None
    unchanged: int | None = None
    zero: int | None = None
    duplicate: int | None = None
    seconds: float | None = None
    """Since the copy began, or that it took."""
    bottleneck: str | None = None
    incremental: bool | None = None
    tracked: bool | None = None
    """Changed block tracking told what to read."""
    failure: str | None = None
    """Message code of why its copy failed, where a log has it."""

    @property
    def average(self) -> float | None:
        """Bytes read a second over the whole copy."""
        return self.read / self.seconds if self.read is not None and self.seconds else None


@dataclass(frozen=True, slots=True)
class SnapshotLine:
    """The snapshot of a VM. Bytes and seconds; None for what is not known."""

    state: SnapshotState | None
    redo_bytes: int | None
    merged: int | None
    round: int | None
    create_stun: float | None
    commit_stun: float | None
    converged: bool
    before_commit: int | None = None
    """Of the redo logs when their commit began."""


def disk_lines(trace: Trace, progress: RunProgress | None, log: RunLog | None) -> tuple[DiskLine, ...]:
    """A line for every task of the trace. Progress goes before the log, the log before estimates."""
    copies = {
        event.task: event for event in trace.events if event.kind is EventKind.TRANSFER and event.outcome is Outcome.OK
    }
    logged = None if log is None else _Logged(log, trace)
    if progress is not None:
        return tuple(_running(task, copies.get(task.id), progress, logged) for task in trace.tasks)
    if logged is not None:
        return tuple(_from_log(task, copies.get(task.id), logged) for task in trace.tasks)
    return tuple(_estimated(task, copies.get(task.id)) for task in trace.tasks)


def _estimated(task: Task, copy: Event | None) -> DiskLine:
    stage = DiskStage.FAILED if copy is None else DiskStage.WAITING
    if copy is None:
        return DiskLine(task.id, task.vm, task.disk, Origin.ESTIMATE, stage, task.mode, task.processed, 0.0)
    cbt, incremental = bool(copy.param("cbt")), bool(copy.param("incremental"))
    return DiskLine(
        task.id, task.vm, task.disk, Origin.ESTIMATE, stage, task.mode, task.processed, 0.0,
        read=task.read, transferred=task.transferred, seconds=copy.duration_ms / 1000,
        incremental=incremental, tracked=cbt if incremental else None,
    )  # fmt: skip


class _Logged:
    """A log by the tasks of a trace, gone through once: it may have many records."""

    def __init__(self, log: RunLog, trace: Trace) -> None:
        tasks = {event.id: event.task for event in trace.events if event.task}
        self.failures: dict[str, str] = {}
        """What went wrong first."""
        self.amounts: dict[str, dict[str, int]] = {}
        """Bytes by name."""
        self.busy: dict[str, dict[str, int]] = {}
        """Microseconds by stage."""
        for one in log.records:
            task = tasks.get(one.event)
            if task is None:
                continue
            if one.kind is RecordKind.FAILURE:
                self.failures.setdefault(task, one.name)
            elif one.kind is RecordKind.BYTES:
                self.amounts.setdefault(task, {})[one.name] = one.value
            elif one.kind is RecordKind.BOTTLENECK:
                self.busy.setdefault(task, {})[one.name] = one.value


def _running(task: Task, copy: Event | None, progress: RunProgress, log: _Logged | None) -> DiskLine:
    origin = Origin.MEASURED if progress.finished else Origin.RUNNING
    live = progress.tasks.get(task.id)
    failure = None if log is None else log.failures.get(task.id)
    if live is None:
        stage = DiskStage.WAITING
        if copy is None or failure:
            stage = DiskStage.FAILED
        elif progress.finished:
            stage = DiskStage.STOPPED
        return DiskLine(task.id, task.vm, task.disk, origin, stage, task.mode, task.processed, 0.0, failure=failure)
    return DiskLine(
        task.id, task.vm, task.disk, origin, _stage(live, progress, failed=failure is not None), _mode(live, task),
        live.total or task.processed, live.fraction, live.processed, live.read, live.transferred, live.unchanged,
        live.zero, live.duplicate, live.seconds, live.bottleneck, live.parent is not None, live.tracked,
        failure,
    )  # fmt: skip


def _stage(live: TaskProgress, progress: RunProgress, *, failed: bool) -> DiskStage:
    if failed:
        return DiskStage.FAILED
    if not live.done:
        return DiskStage.STOPPED if progress.finished else DiskStage.COPYING
    if live.fraction >= 1.0:
        return DiskStage.DONE
    return DiskStage.STOPPED if progress.cancelled else DiskStage.FAILED


def _mode(live: TaskProgress, task: Task) -> TransportMode | None:
    return TransportMode(live.mode) if live.mode else task.mode


def _from_log(task: Task, copy: Event | None, log: _Logged) -> DiskLine:
    failure, found = log.failures.get(task.id), log.amounts.get(task.id, {})
    processed = found.get("processed", 0)
    if copy is None or failure:
        stage = DiskStage.FAILED
    else:
        stage = DiskStage.DONE if found and processed >= task.processed else DiskStage.STOPPED
    busy = log.busy.get(task.id, {})
    return DiskLine(
        task.id, task.vm, task.disk, Origin.LOG, stage, task.mode, task.processed,
        1.0 if stage is DiskStage.DONE else min(1.0, processed / max(1, task.processed)),
        processed=found.get("processed"), read=found.get("read"), transferred=found.get("transferred"),
        unchanged=found.get("unchanged"), zero=found.get("zero"), duplicate=found.get("duplicate"),
        bottleneck=max(busy, key=lambda stage: busy[stage]) if any(busy.values()) else None, failure=failure,
    )  # fmt: skip


def snapshot_line(vm: str, progress: RunProgress | None, log: RunLog | None) -> SnapshotLine | None:
    """The snapshot of a VM; None where nothing is known of one."""
    if progress is not None and vm in progress.snapshots:
        one = progress.snapshots[vm]
        return SnapshotLine(
            one.state, one.redo_bytes, one.merged, one.round, one.create_stun_seconds,
            one.commit_stun_seconds if one.state is SnapshotState.COMMITTED else None, one.converged,
            one.before_commit,
        )  # fmt: skip
    left = None if progress is None else progress.redo_bytes.get(vm)
    if log is not None and (found := _logged_snapshot(vm, log, left)) is not None:
        return found
    if progress is not None and vm in progress.redo_bytes:
        return SnapshotLine(None, progress.redo_bytes[vm], None, None, None, None, converged=True)
    return None


def _logged_snapshot(vm: str, log: RunLog, redo_bytes: int | None) -> SnapshotLine | None:
    found = {
        one.name: one.value for one in log.records if one.kind is RecordKind.REDO and one.event.partition("/")[0] == vm
    }
    if not found:
        return None
    stun = found.get("stun-us")
    state = SnapshotState.COMMITTED
    return SnapshotLine(state, redo_bytes, found.get("bytes"), None, None, None if stun is None else stun / 1e6, True)
