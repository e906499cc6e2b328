"""What polled figures were over time: throughput of every disk and of all, redo logs of every VM.

Decided here: what is kept (at most `MOST` samples of each series; the longer a run, the coarser) and how samples at
uneven moments become equal spans of time. The time is the run's own, in seconds since its start, so that a figure and
its moment belong together.
In: the progress of a run, as often as somebody looks. Out: rates and levels, as many as a screen has cells.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from vbtui.job import RunProgress

MOST: Final = 1024
"""Samples of a series; beyond it every second one is dropped."""
RECENT_SECONDS: Final = 1.0
"""Over which the speed of a moment is taken."""


class Series:
    """Values at moments that never go back."""

    def __init__(self, samples: Iterable[tuple[float, int]] = ()) -> None:
        self._moments: list[float] = []
        self._values: list[int] = []
        for at, value in samples:
            self.add(at, value)

    def __len__(self) -> int:
        return len(self._moments)

    @property
    def last(self) -> int:
        """The newest value; 0 before the first."""
        return self._values[-1] if self._values else 0

    @property
    def peak(self) -> int:
        return max(self._values, default=0)

    @property
    def seconds(self) -> float:
        """From the first sample to the last one."""
        return self._moments[-1] - self._moments[0] if self._moments else 0.0

    def add(self, at: float, value: int) -> None:
        """Take over a value. A second one of the same moment takes the place of the first."""
        if self._moments and at <= self._moments[-1]:
            self._values[-1] = value
            return
        self._moments.append(at)
        self._values.append(value)
        if len(self._moments) > MOST:
            # The newest one stays, whichever parity it has.
            del self._moments[1:-1:2], self._values[1:-1:2]

    def rates(self, spans: int) -> tuple[float, ...]:
        """Growth a second in each of so many equal spans of the whole time; empty without two samples."""
        if len(self._moments) < 2 or spans < 1:
            return ()
        start, step = self._moments[0], self.seconds / spans
        edges = [self._at(start + step * place) for place in range(spans)] + [float(self._values[-1])]
        return tuple(max(0.0, after - before) / step for before, after in pairwise(edges))

    def levels(self, spans: int) -> tuple[float, ...]:
        """The value at the end of each of so many equal spans; empty without two samples."""
        if len(self._moments) < 2 or spans < 1:
            return ()
        start, step = self._moments[0], self.seconds / spans
        return (*(self._at(start + step * place) for place in range(1, spans)), float(self._values[-1]))

    def recent_rate(self) -> float:
        """Growth a second over the last second that is known; 0 without two samples."""
        if len(self._moments) < 2:
            return 0.0
        seconds = min(RECENT_SECONDS, self.seconds)
        return max(0.0, self._values[-1] - self._at(self._moments[-1] - seconds)) / seconds

    def _at(self, moment: float) -> float:
        """The value at a moment, on the line between the samples around it."""
        place = bisect_right(self._moments, moment)
        if place == 0:
            return float(self._values[0])
        if place == len(self._moments):
            return float(self._values[-1])
        left, right = self._moments[place - 1], self._moments[place]
        share = (moment - left) / (right - left)
        return self._values[place - 1] + (self._values[place] - self._values[place - 1]) * share


class History:
    """The series of one run."""

    def __init__(self) -> None:
        self.read: dict[str, Series] = {}
        """Bytes read, by task id."""
        self.all_read = Series()
        """Bytes read of all tasks together."""
        self.redo: dict[str, Series] = {}
        """Bytes of the redo logs, by VM; only VMs that have had any."""

    def add(self, progress: RunProgress) -> None:
        """Take over the figures of a moment."""
        at = progress.elapsed
        for task in progress.tasks.values():
            series = self.read.get(task.id)
            if series is None:
                # It began when it says it did, with nothing read.
                series = self.read[task.id] = Series([(max(0.0, at - task.seconds), 0)])
            if not task.done or task.read != series.last or len(series) < 2:
                series.add(at, task.read)
        if progress.tasks:
            if not len(self.all_read):
                self.all_read.add(max(0.0, at - max(task.seconds for task in progress.tasks.values())), 0)
            read = sum(task.read for task in progress.tasks.values())
            if any(not task.done for task in progress.tasks.values()) or read != self.all_read.last:
                self.all_read.add(at, read)
        for vm, size in progress.redo_bytes.items():
            if size or vm in self.redo:
                self.redo.setdefault(vm, Series()).add(at, size)
