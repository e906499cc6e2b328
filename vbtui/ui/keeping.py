"""The restore points that the screens work with, and the work on one of them, which goes on while screens change.

Decided here: at most one piece of work at a time, and that the program does not end before it has. In: a folder. Out:
what goes on. Never here: what a point is (`job`), keys, text.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vbtui.job import KeptPoints, PointWork, WorkProgress


class Keeping:
    """Of one app. `close` ends what goes on."""

    def __init__(self, points: KeptPoints) -> None:
        self.points = points
        self._work: PointWork | None = None

    @property
    def folder(self) -> Path:
        return self.points.folder

    @property
    def busy(self) -> bool:
        return self._work is not None and not self._work.progress().finished

    def begin(self, start: Callable[[KeptPoints], PointWork]) -> bool:
        """Start work on a point; False while other work goes on."""
        if self.busy:
            return False
        self._work = start(self.points)
        return True

    def progress(self) -> WorkProgress | None:
        """Of the work that goes on or was the last one."""
        return None if self._work is None else self._work.progress()

    def cancel(self) -> None:
        if self._work is not None:
            self._work.cancel()

    def forget(self) -> None:
        """What was done last is no longer news."""
        if not self.busy:
            self._work = None

    def wait(self, timeout: float) -> bool:
        """Wait for the end of what goes on; False if it has not come within `timeout` seconds."""
        return self._work is None or self._work.wait(timeout)

    def close(self) -> None:
        """Cancel what goes on and wait for it: a restore then leaves no file."""
        if self._work is not None:
            self._work.cancel()
            self._work.wait()
