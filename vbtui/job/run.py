"""A run from the outside: started, watched, cancelled, waited for.

Decided here: where restore points and the run log go, how errors end a run, and what a screen may see meanwhile. What
is done for each event stands in `performance`, the copies in `copies`.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

from vbtui.engine import EngineError, Repository
from vbtui.engine.errors import Cancelled
from vbtui.engine.repository.retention import Retention, apply
from vbtui.job.bookkeeping import keep, sessions
from vbtui.job.copies import Copies
from vbtui.job.images import prepare_images
from vbtui.job.live_vm import LiveVm
from vbtui.job.log import Journal, RecordKind, RunLog, write_run_log
from vbtui.job.pace import Pace, Pacing
from vbtui.job.performance import Performance, WrittenPoint
from vbtui.job.places import Places
from vbtui.job.progress import RunProgress
from vbtui.topology import LoadedTopology
from vbtui.trace import Trace
from vbtui.vocabulary import Result

_KEPT = Retention(points=4)
"""Restore points of each VM that the demonstration repository keeps."""


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
        self.log_path: Path | None = None
        """Where the run log was saved, once the run has ended: beside the points of a user's repository, else below
        the folder that vbtui keeps for itself."""
        self._loaded = loaded
        self._own_repository = repository is None
        self._places = places
        self._pacing = Pacing.of(trace, pace)
        self._now_ms = now_ms
        self._stop = threading.Event()
        self._journal = Journal(clock)
        self._copies = Copies(self._journal, clock)
        self._performance: Performance | None = None
        self._done = threading.Event()
        self._error: str | None = None
        self._error_file: str | None = None
        self._result: Result | None = None
        self._thread = threading.Thread(target=self._run, name="run", daemon=True)

    # what a caller may do

    def start(self) -> None:
        self._thread.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end; False if it has not come within `timeout` seconds."""
        # Not by joining the thread first: a join that Ctrl-C interrupts takes a living thread for a dead one
        # (CPython issue 90882).
        if not self._done.wait(timeout):
            return False
        self._thread.join()
        return True

    def cancel(self) -> None:
        """Ask the run to end early: what was not committed leaves no restore point."""
        self._stop.set()
        self._copies.cancel()

    @property
    def points(self) -> tuple[WrittenPoint, ...]:
        """Restore points that are complete so far, in the order of their commits."""
        return tuple(self._performance.points) if self._performance else ()

    def progress(self) -> RunProgress:
        vms = dict(self._performance.machines.vms) if self._performance else {}
        return RunProgress(
            index=self._performance.index if self._performance else -1,
            elapsed=self._journal.elapsed,
            finished=self._done.is_set(),
            cancelled=self._stop.is_set(),
            tasks=MappingProxyType(self._copies.figures()),
            redo_bytes=MappingProxyType({name: _redo_bytes(live) for name, live in vms.items()}),
            snapshots=MappingProxyType(
                {name: one for name, live in vms.items() if (one := live.figures()) is not None}
            ),
            result=self._result,
            error=self._error,
            error_file=self._error_file,
        )

    def block_map(self, task: str) -> bytes:
        """The state of every block of a task's disk now, one `BlockState` each; empty before its copy has begun."""
        return self._copies.block_map(task)

    def log(self) -> RunLog | None:
        """What was measured, once the run has ended."""
        return self._log() if self._done.is_set() else None

    # inside

    def _run(self) -> None:
        try:
            self._perform()
        except Cancelled:
            pass
        except EngineError as error:
            path = getattr(error, "path", None)
            self._error_file = None if path is None else str(path)
            self._fail(f"engine.{error.code}")
        except OSError as error:
            self._error_file = None if error.filename is None else str(error.filename)
            self._fail(f"os.{type(error).__name__}" if error.errno is None else f"os.{error.errno}")
        except BaseException:
            # A fault of ours: whoever watches must not wait for ever, and the traceback is not swallowed.
            self._fail("run.defect")
            raise
        finally:
            self._save_log()
            self._done.set()

    def _perform(self) -> None:
        topology = self._loaded.topology
        job = topology.job(self.trace.job)
        images = prepare_images(self._loaded, job, self._places, self.trace.history)
        self._performance = Performance(
            topology,
            job,
            self.trace,
            images,
            self._open_repository(),
            pacing=self._pacing,
            journal=self._journal,
            copies=self._copies,
            stop=self._stop,
            now_ms=self._now_ms,
        )
        started_ms = self._now_ms()
        self._performance.perform()
        if not self._stop.is_set():
            self._performance.verify()
            self._result = self._performance.result
            if self._own_repository:
                self._thin_out()
        self._keep_books(started_ms)

    def _keep_books(self, started_ms: int) -> None:
        vms = {result.vm for result in self.trace.vms}
        found = sessions(
            vms, self.points, self._copies.figures().values(), started_ms=started_ms, ended_ms=self._now_ms()
        )
        hindrance = keep(Repository(self.repository), found)
        if hindrance is not None:
            self._journal.note("", RecordKind.FAILURE, hindrance)

    def _open_repository(self) -> Repository:
        if not self._own_repository:
            return Repository(self.repository)
        self._places.make(self.repository)
        return Repository(self.repository)

    def _thin_out(self) -> None:
        """Keep the newest points of each VM: the demonstration's repository would grow with every run.

        A user's repository is never thinned out, nor is one whose run has not come to its end.
        """
        repository = Repository(self.repository)
        for vm in sorted({result.vm for result in self.trace.vms}):
            with repository.lock(vm):
                apply(repository, vm, _KEPT, self._now_ms(), stop=self._stop)

    def _fail(self, code: str) -> None:
        self._error = code
        index = self._performance.index if self._performance else -1
        # What goes wrong before the first event belongs to none.
        self._journal.note(self.trace[index].id if index >= 0 else "", RecordKind.FAILURE, code)

    def _save_log(self) -> None:
        folder = self.repository if not self._own_repository else self._places.run_logs
        path = folder / f"{self.trace.topology}-{self.trace.job}.run.jsonl"
        try:
            if self._own_repository:
                self._places.make(folder)
            write_run_log(self._log(), path)
        except OSError as error:
            self._error = self._error or f"os.{error.errno}"
        else:
            self.log_path = path

    def _log(self) -> RunLog:
        return RunLog(
            topology=self.trace.topology,
            job=self.trace.job,
            profile=self.trace.profile,
            changes=self.trace.changes,
            history=self.trace.history,
            source=str(self._loaded.file),
            pace=self._pacing.pace,
            records=self._journal.records,
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
