"""The restore points of a folder as a person works with them: look at them, verify one, check the health of all of a
VM, restore a disk from one.

Decided here: that looking never makes a folder, that work on a point has a thread of its own which ends with it, and
what a screen may know of that work meanwhile. What a point is and whether it is whole is the engine's business.
In: a folder. Out: the engine's list; `PointWork`, polled like a run; what a health check found, remembered for the
next run. Never here: a point written or removed.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from vbtui.engine import EngineError, HealthReport, PointInfo, Repository, RestoreReport, VerifyReport
from vbtui.engine.errors import Cancelled, CatalogueUnusable, RepositoryBusy
from vbtui.engine.repository.catalogue.health_record import remember
from vbtui.engine.repository.layout import PointKind as PointKind
from vbtui.engine.repository.listing import PointState as PointState

OnProgress = Callable[[int, int], None]
Report = VerifyReport | RestoreReport | HealthReport


class WorkKind(StrEnum):
    VERIFY = "verify"
    RESTORE = "restore"
    HEALTH = "health"


@dataclass(frozen=True, slots=True)
class WorkProgress:
    """One moment of the work on a restore point. Bytes and seconds."""

    kind: WorkKind
    subject: str
    """The restore point; of a health check the VM."""
    done: int
    total: int
    """0 before it is known."""
    elapsed: float
    finished: bool
    cancelled: bool
    """It ended early because somebody asked it to."""
    report: Report | None
    """What came of it, once finished."""
    error: EngineError | OSError | None
    """What ended it early."""

    @property
    def fraction(self) -> float:
        return min(1.0, self.done / self.total) if self.total else 0.0


class PointWork:
    """Work on restore points in a thread of its own. Every method answers at once, from any thread."""

    def __init__(
        self,
        kind: WorkKind,
        subject: str,
        do: Callable[[OnProgress, threading.Event], Report],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begins at once. `do` gets what to call with its progress, and what tells it to stop."""
        self._kind, self._subject, self._do, self._clock = kind, subject, do, clock
        self._began = clock()
        self._amounts = (0, 0)
        self._seconds: float | None = None
        self._stop = threading.Event()
        self._report: Report | None = None
        self._error: EngineError | OSError | None = None
        self._cancelled = False
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"{kind}-{subject}", daemon=True)
        self._thread.start()

    def progress(self) -> WorkProgress:
        finished = self._done.is_set()
        done, total = self._amounts
        elapsed = self._clock() - self._began if self._seconds is None else self._seconds
        return WorkProgress(
            self._kind, self._subject, done, total, elapsed, finished, self._cancelled, self._report, self._error
        )

    def cancel(self) -> None:
        """Ask it to end early; it has ended when `progress().finished` holds. A restore then leaves no file."""
        self._stop.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end; False if it has not come within `timeout` seconds."""
        if not self._done.wait(timeout):
            return False
        self._thread.join()
        return True

    def _work(self) -> None:
        try:
            self._report = self._do(self._tell, self._stop)
        except Cancelled:
            self._cancelled = True
        except (EngineError, OSError) as error:
            self._error = error
        finally:
            self._seconds = self._clock() - self._began
            self._done.set()

    def _tell(self, done: int, total: int) -> None:
        self._amounts = (done, total)


class KeptPoints:
    """The restore points of one folder, which need not exist."""

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """`now_ms`: milliseconds since 1970 (UTC), noted with what a health check finds."""
        self.folder = folder
        self._clock, self._now_ms = clock, now_ms

    def points(self) -> tuple[PointInfo, ...]:
        """All restore points as the engine lists them; none without a folder. Raises OSError."""
        return Repository(self.folder).points() if self.folder.is_dir() else ()

    def verify(self, point: str) -> PointWork:
        """Read every block of a point and compare it with its hash."""
        return PointWork(
            WorkKind.VERIFY,
            point,
            lambda tell, stop: Repository(self.folder).verify(point, on_progress=tell, stop=stop),
            self._clock,
        )

    def check_health(self, vm: str) -> PointWork:
        """Read every record of every point of a VM, find out what damage harms, and remember it for the next run."""

        def check(tell: OnProgress, stop: threading.Event) -> HealthReport:
            repository = Repository(self.folder)
            with repository.lock(vm):
                report = repository.health_check(vm, on_progress=tell, stop=stop)
                # What cannot be remembered is found again by the next check.
                with contextlib.suppress(CatalogueUnusable, RepositoryBusy, OSError):
                    remember(repository, report, self._now_ms())
            return report

        return PointWork(WorkKind.HEALTH, vm, check, self._clock)

    def restore(self, point: str, disk: str, output: Path) -> PointWork:
        """Write a disk of a point to a raw image that does not exist yet."""
        return PointWork(
            WorkKind.RESTORE,
            point,
            lambda tell, stop: Repository(self.folder).restore(point, disk, output, on_progress=tell, stop=stop),
            self._clock,
        )
