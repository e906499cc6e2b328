"""What the Data screen shows now: disks, the map of one, its figures over time, restore points, in one value.

The screen makes one `DataBench` per change and shows it to every widget; no widget asks anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from vbtui.i18n import N_, Translator
from vbtui.job import PointInfo, RunProgress, WorkProgress
from vbtui.render import Messages, Symbols
from vbtui.ui.moment import Notice
from vbtui.walk.disk_lines import DiskLine, Origin, SnapshotLine
from vbtui.walk.history import History, Series


class DataView(StrEnum):
    """Where the keys go; on a small screen also what is shown. In the order of the tab line."""

    DISKS = "disks"
    MAP = "map"
    FIGURES = "figures"
    POINTS = "points"

    @property
    def heading(self) -> str:
        """English, to be translated where it is shown."""
        return _TITLES[self]


_TITLES = {
    DataView.DISKS: N_("Disks"),
    DataView.MAP: N_("Block map"),
    DataView.FIGURES: N_("Figures"),
    DataView.POINTS: N_("Restore points"),
}


@dataclass(frozen=True, slots=True)
class KeptList:
    """The restore points of a folder, as they were listed last."""

    folder: Path
    points: tuple[PointInfo, ...]
    """Those of the selected VM, newest first, and at the end those of which it cannot be said whose they are."""
    known: bool = True
    """The folder has been looked at."""
    error: OSError | None = None
    """Why it could not be listed."""


def points_of(vm: str | None, listed: Iterable[PointInfo]) -> tuple[PointInfo, ...]:
    """Those of a VM, newest first, then those of which it cannot be said whose they are."""
    found = tuple(listed)
    mine = [one for one in found if one.header is not None and one.header.vm == vm]
    mine.sort(key=lambda one: (one.header.created_ms if one.header else 0, one.sequence, one.point), reverse=True)
    return (*mine, *(one for one in found if one.header is None))


@dataclass(frozen=True, eq=False)
class DataBench:
    """What is shown now."""

    topology: str
    job: str
    messages: Messages
    symbols: Symbols
    lines: tuple[DiskLine, ...]
    place: int
    """Of the selected disk."""
    states: bytes
    """Of its blocks; empty before its copy."""
    snapshot: SnapshotLine | None
    """Of its VM."""
    history: History
    kept: KeptList
    point_place: int
    work: WorkProgress | None
    """On a restore point: what goes on, or what was done last."""
    progress: RunProgress | None
    view: DataView = DataView.DISKS
    wide: bool = True
    all_disks: bool = False
    """The throughput is that of all disks together."""
    own_images: bool = False
    notice: Notice | None = None
    run_notice: Notice | None = None
    """About the run that goes on or is over."""
    pace: str = "paced"

    @property
    def say(self) -> Translator:
        return self.messages.translator

    @property
    def line(self) -> DiskLine | None:
        """The selected disk; None in a job without disks."""
        return self.lines[self.place] if self.lines else None

    @property
    def origin(self) -> Origin:
        return self.lines[0].origin if self.lines else Origin.ESTIMATE

    @property
    def point(self) -> PointInfo | None:
        """The selected restore point."""
        points = self.kept.points
        return points[self.point_place] if self.point_place < len(points) else None

    @property
    def working(self) -> bool:
        """Work on a restore point goes on."""
        return self.work is not None and not self.work.finished

    @property
    def reading(self) -> Series | None:
        """Bytes read over time, of the selected disk or of all."""
        if self.all_disks:
            return self.history.all_read
        return None if self.line is None else self.history.read.get(self.line.id)

    @property
    def redo(self) -> Series | None:
        """Bytes of the redo logs of the selected disk's VM over time."""
        redo: Mapping[str, Series] = self.history.redo
        return None if self.line is None else redo.get(self.line.vm)

    def speed(self, line: DiskLine) -> float | None:
        """Bytes read a second: now of a copy that goes on, else over all of it."""
        series = self.history.read.get(line.id)
        if line.origin is Origin.RUNNING and line.seconds is not None and series is not None and line.fraction < 1.0:
            return series.recent_rate()
        return line.average


@dataclass(frozen=True, slots=True)
class DataLeft:
    """What is left when a person leaves the screen."""

    language: str
    quit: bool = False
    """Leave the program, not only the screen."""
    firewall: bool = False
    """Go on to the rules."""
