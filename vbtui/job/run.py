"""Performing a trace: event by event, with real disks, sockets and files behind the events that have some.

Decided here: what is done for which kind of event, and in what order. Events are taken in the trace's order; the copy
of a disk runs in threads of its own beside them, and the next event of the same task waits for it.
What the trace says is blocked is asked for all the same, so that the engine's own refusal is recorded. The run goes on
after a failed copy, as the product does; any other error ends it. Whatever happens, the guests are stopped, snapshots
merged and every thread and socket ended before `wait` returns.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from vbtui.catalogue import Need
from vbtui.engine import Blocked, Copy, DiskInfo, EngineError, PointMetadata, Repository, StillAttached, start_copy
from vbtui.engine.errors import Cancelled
from vbtui.engine.read_marks import SKIPPED
from vbtui.firewall import Policy
from vbtui.job.images import Image, prepare_images
from vbtui.job.log import Record, RecordKind, RunLog, write_run_log
from vbtui.job.machines import LiveVm, Machines, data_connections, digest_of
from vbtui.job.pace import Pace, Pacing
from vbtui.job.places import Places
from vbtui.job.progress import RunProgress, TaskProgress
from vbtui.topology import LoadedTopology
from vbtui.trace import Event, EventKind, Trace
from vbtui.vocabulary import Connection, Outcome, Result, Service
from vbtui.workflow import Change
from vbtui.workflow.simulation import World


@dataclass(frozen=True, slots=True)
class WrittenPoint:
    """A restore point of this run. `digests`: by disk, sha256 at the moment of the snapshot."""

    vm: str
    point: str
    path: Path
    size: int
    digests: tuple[tuple[str, str], ...]


@dataclass
class _Moving:
    """A copy on its way."""

    event: Event
    copy: Copy
    started: float
    seconds: float | None = None
    error: Exception | None = None
    thread: threading.Thread | None = None


@dataclass
class _Counters:
    """What `progress` shows; written by the run's thread only."""

    index: int = -1
    finished: bool = False
    error: str | None = None
    result: Result | None = None
    moving: dict[str, _Moving] = field(default_factory=dict)


class Run:
    """One run. Made by `start_run`; every method may be called from any thread."""

    def __init__(
        self,
        loaded: LoadedTopology,
        trace: Trace,
        *,
        pace: Pace,
        places: Places,
        repository: Path | None,
        clock: Callable[[], float],
        now_ms: Callable[[], int],
    ) -> None:
        self.trace = trace
        self.repository = repository or places.repository(loaded.topology.name)
        self.points: list[WrittenPoint] = []
        """Restore points that are complete, in the order of their commits."""
        self.log_path: Path | None = None
        """Where the run log was saved, once the run has ended: beside the points of a user's repository, else below
        the folder that vbtui keeps for itself."""
        self._loaded = loaded
        self._own_repository = repository is None
        self._places = places
        self._pacing = Pacing.of(trace, pace)
        self._clock = clock
        self._now_ms = now_ms
        self._start = clock()
        self._stop = threading.Event()
        self._records: list[Record] = []
        self._counters = _Counters()
        self._machines: Machines | None = None
        topology = loaded.topology
        self._job = topology.job(trace.job)
        self._world = World(Policy(topology), failover=self._job.failover_to_network)
        self._changes = [Change.parse(text) for text in trace.changes]
        self._data: dict[str, Connection] = {}
        self._nfc: dict[str, Service] = {}
        self._failed: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="run", daemon=True)

    # what a caller may do

    def start(self) -> None:
        self._thread.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end; False if it has not come within `timeout` seconds."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def cancel(self) -> None:
        """Ask the run to end early: what was not committed leaves no restore point."""
        self._stop.set()
        for moving in tuple(self._counters.moving.values()):
            moving.copy.cancel()

    def progress(self) -> RunProgress:
        counters, machines = self._counters, self._machines
        vms = dict(machines.vms) if machines is not None else {}
        return RunProgress(
            index=counters.index,
            elapsed=self._clock() - self._start,
            finished=counters.finished,
            cancelled=self._stop.is_set(),
            tasks=MappingProxyType({task: _figures(self._clock(), one) for task, one in dict(counters.moving).items()}),
            redo_bytes=MappingProxyType({name: _redo_bytes(live) for name, live in vms.items()}),
            guest_writes=MappingProxyType({name: live.guest.writes for name, live in vms.items() if live.guest}),
            result=counters.result,
            error=counters.error,
        )

    def log(self) -> RunLog | None:
        """What was measured, once the run has ended."""
        return self._log() if self._counters.finished else None

    def _log(self) -> RunLog:
        return RunLog(
            topology=self.trace.topology,
            job=self.trace.job,
            profile=self.trace.profile,
            changes=self.trace.changes,
            source=str(self._loaded.file),
            pace=self._pacing.pace,
            records=tuple(self._records),
        )

    # inside

    def _run(self) -> None:
        try:
            self._perform()
            if not self._stop.is_set():
                self._counters.result = self._result()
        except Cancelled:
            pass
        except EngineError as error:
            self._end_with(f"engine.{error.code}")
        except OSError as error:
            self._end_with(f"os.{type(error).__name__}" if error.errno is None else f"os.{error.errno}")
        finally:
            self._save_log()
            self._counters.finished = True

    def _save_log(self) -> None:
        folder = self.repository if not self._own_repository else self._places.run_logs
        try:
            if self._own_repository:
                self._places.make(folder)
            path = folder / f"{self.trace.topology}-{self.trace.job}.run.jsonl"
            write_run_log(self._log(), path)
        except OSError as error:
            self._counters.error = self._counters.error or f"os.{error.errno}"
        else:
            self.log_path = path

    def _end_with(self, code: str) -> None:
        self._counters.error = code
        event = self.trace[max(0, self._counters.index)].id
        self._note(event, RecordKind.FAILURE, code)

    def _perform(self) -> None:
        images = prepare_images(self._loaded, self._job, self._places)
        repository = self._open_repository(images)
        machines = self._machines = Machines(self._loaded.topology, self.trace, images, self._permit)
        try:
            self._data = data_connections(self.trace, machines.need)
            for live in machines.vms.values():
                if live.guest is not None:
                    live.guest.start()
            for event in self.trace.events:
                self._pacing.wait(self._stop)
                if self._stop.is_set():
                    break
                self._counters.index = event.position
                self._apply_changes(event)
                began = self._clock()
                self._do(machines, repository, event)
                self._note(event.id, RecordKind.EVENT, value=round((self._clock() - began) * 1e6))
        finally:
            for moving in tuple(self._counters.moving.values()):
                if self._stop.is_set():
                    moving.copy.cancel()
                if moving.thread is not None:
                    moving.thread.join()
            machines.close()
        if not self._stop.is_set():
            self._verify(repository)

    def _open_repository(self, images: tuple[Image, ...]) -> Repository:
        if self._own_repository:
            self._places.make(self.repository)
        repository = Repository(self.repository)
        needed = sum(task.read for task in self.trace.tasks)
        if shutil.disk_usage(self.repository).free < needed:
            raise OSError(28, "no space left", str(self.repository))
        if self._own_repository:
            # The demonstration keeps one earlier point of each VM; a user's repository is never thinned out here.
            for vm in {image.vm for image in images}:
                for info in [one for one in repository.points() if one.header and one.header.vm == vm][:-1]:
                    info.path.unlink()
        return repository

    def _permit(self, connection: Connection) -> bool:
        verdict = self._world.policy.evaluate(connection.source, connection.destination, connection.service)
        return verdict.allowed

    def _apply_changes(self, event: Event) -> None:
        for change in self._changes:
            if change.event == event.id:
                self._world.apply(change.what)

    def _do(self, machines: Machines, repository: Repository, event: Event) -> None:
        if event.task is not None and event.task in self._counters.moving:
            self._join(event.task)
        live = machines.vms.get(event.vm) if event.vm is not None else None
        done = event.outcome is Outcome.OK
        match event.kind:
            case EventKind.CONNECT:
                self._connect(machines, event)
            case EventKind.REQUEST if event.code == "vmx.read" and event.vm and event.source and event.task:
                machines.read_configuration(event.vm, event.source.node, self._nfc[event.task])
            case EventKind.FREEZE if live is not None and live.guest is not None:
                live.guest.freeze()
            case EventKind.THAW if live is not None and live.guest is not None:
                live.guest.release()
            case EventKind.SNAPSHOT if done and live is not None:
                machines.create_snapshot(live.vm.name)
                self._begin_point(repository, live)
            case EventKind.ATTACH if done and event.vm and event.disk and event.source:
                machines.attach(event.vm, event.disk, event.source.node)
            case EventKind.DETACH if done and event.vm and event.disk:
                machines.detach(event.vm, event.disk)
            case EventKind.TRANSFER if done:
                self._copy(machines, event)
            case EventKind.COMMIT if live is not None:
                self._commit(machines, live, event)
            case _:
                pass

    def _connect(self, machines: Machines, event: Event) -> None:
        assert event.source is not None and event.destination is not None
        connection = Connection(event.source.node, event.destination.node, event.services[0])
        if event.task is not None and machines.need(event) is Need.NFC:
            self._nfc[event.task] = connection.service
        if event.verdict is not None and not event.verdict.allowed:
            try:
                machines.network.connect(connection).close()
            except Blocked:
                self._note(event.id, RecordKind.BLOCKED)

    def _begin_point(self, repository: Repository, live: LiveVm) -> None:
        taken = [one.point for one in repository.points()]
        number = 1
        while (point := f"{live.vm.name}-{number:04}") in taken:
            number += 1
        disks = [DiskInfo(name, disk.size) for name, disk in live.disks.items()]
        live.writer = repository.begin(live.vm.name, point, disks, created_ms=self._now_ms())

    def _copy(self, machines: Machines, event: Event) -> None:
        """Start a copy and go on; a copy that cannot start is a failed task, not the end of the run."""
        assert event.vm is not None and event.disk is not None and event.task is not None
        live = machines.vms[event.vm]
        if live.writer is None:
            return
        read = event.param("read")
        rate = self._pacing.rate(read if isinstance(read, int) else 0)
        task, proxy = machines.copy_task(event, self._data[event.task], self._nfc[event.task], rate)
        repository = machines.repository(event.destination.node if event.destination else "")
        try:
            copy = start_copy(task, proxy, repository, live.writer.disk(event.disk))
        except EngineError as error:
            self._failed.add(event.task)
            self._note(event.id, RecordKind.FAILURE, f"engine.{error.code}")
            return
        moving = _Moving(event, copy, self._clock())
        moving.thread = threading.Thread(
            target=self._finish_copy, args=(live, moving), name=f"finish-{event.task}", daemon=True
        )
        self._counters.moving[event.task] = moving
        moving.thread.start()

    def _finish_copy(self, live: LiveVm, moving: _Moving) -> None:
        try:
            moving.copy.wait()
            disk = str(moving.event.disk)
            live.digests[disk] = digest_of(live.snapshots[disk])
        except Exception as error:  # joined and reported by the run's thread
            moving.error = error
        finally:
            moving.seconds = self._clock() - moving.started

    def _join(self, task: str) -> None:
        moving = self._counters.moving[task]
        if moving.thread is None:
            return
        moving.thread.join()
        moving.thread = None
        event = moving.event.id
        figures = moving.copy.progress.figures()
        for name in ("processed", "read", "transferred", "zero", "duplicate"):
            self._note(event, RecordKind.BYTES, name, getattr(figures, name))
        for stage, seconds in figures.busy_seconds:
            self._note(event, RecordKind.BOTTLENECK, stage, round(seconds * 1e6))
        if moving.error is not None:
            self._failed.add(task)
            if isinstance(moving.error, Cancelled):
                return
            if not isinstance(moving.error, EngineError | OSError):
                raise moving.error
            code = moving.error.code if isinstance(moving.error, EngineError) else type(moving.error).__name__
            self._note(event, RecordKind.FAILURE, f"engine.{code}")

    def _commit(self, machines: Machines, live: LiveVm, event: Event) -> None:
        """The restore point becomes one first, then the redo logs are merged: an error in either leaves the other."""
        if live.guest is not None:
            self._note(event.id, RecordKind.GUEST, "before-read", live.guest.writes_before_read)
            self._note(event.id, RecordKind.GUEST, "after-read", live.guest.writes_after_read)
        if live.writer is not None:
            self._close_point(live, event)
        try:
            if event.outcome is Outcome.OK or live.slots:
                merged, stun = machines.commit(live.vm.name)
                self._note(event.id, RecordKind.REDO, "bytes", merged)
                self._note(event.id, RecordKind.REDO, "stun-us", round(stun * 1e6))
        except StillAttached:
            self._note(event.id, RecordKind.FAILURE, "engine.still-attached")

    def _close_point(self, live: LiveVm, event: Event) -> None:
        writer = live.writer
        assert writer is not None
        live.writer = None
        moved = {one.disk: one for one in self.trace.tasks if one.vm == live.vm.name}
        if set(live.digests) != set(live.disks):
            writer.abort()
            return
        modes = tuple(str(moved[disk].mode) for disk in live.disks)
        path = writer.finish(PointMetadata(self.trace.job, live.configuration, modes))
        size = path.stat().st_size
        self.points.append(
            WrittenPoint(live.vm.name, writer.header.point_id, path, size, tuple(sorted(live.digests.items())))
        )
        self._note(event.id, RecordKind.POINT, path.name, size)

    def _verify(self, repository: Repository) -> None:
        for point in self.points:
            report = repository.verify(point.point, stop=self._stop)
            self._note(f"{point.vm}/6/result", RecordKind.VERIFY, point.point, 0 if report.ok else 1)
            if not report.ok:
                self._failed.add(point.vm)

    def _result(self) -> Result:
        return Result.ERROR if self._failed else self.trace.result

    def _note(self, event: str, kind: RecordKind, name: str = "", value: int = 0) -> None:
        self._records.append(Record(round((self._clock() - self._start) * 1e6), event, kind, name, value))


def _figures(now: float, moving: _Moving) -> TaskProgress:
    figures = moving.copy.progress.figures()
    holes = moving.copy.task.marks.count(SKIPPED) if moving.copy.task.marks else 0
    return TaskProgress(
        id=str(moving.event.task),
        processed=figures.processed,
        read=figures.read,
        transferred=figures.transferred,
        fraction=min(1.0, max(0, figures.blocks_done - holes) / max(1, figures.blocks_total - holes)),
        seconds=moving.seconds if moving.seconds is not None else now - moving.started,
        bottleneck=figures.bottleneck,
        done=moving.seconds is not None,
    )


def _redo_bytes(live: LiveVm) -> int:
    # The disks close at the run's end, and a closed disk has no redo log any more.
    with contextlib.suppress(ValueError, OSError):
        return live.redo_bytes
    return 0


def start_run(
    loaded: LoadedTopology,
    trace: Trace,
    *,
    places: Places,
    pace: str = Pace.PACED,
    repository: Path | None = None,
    clock: Callable[[], float] = time.monotonic,
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> Run:
    """Perform a trace in threads of its own.

    `repository` is the user's folder; without it the demonstration repository below `places` is used. Raises ValueError
    for an unknown pace. What goes wrong later is in `Run.progress().error` and in the log.
    """
    run = Run(loaded, trace, pace=Pace(pace), places=places, repository=repository, clock=clock, now_ms=now_ms)
    run.start()
    return run
