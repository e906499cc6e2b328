"""What the Data screen asks and tells a person over itself: the file that a disk is restored to, what a check found."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from textual.app import App

from vbtui.i18n import N_
from vbtui.job import PointInfo, WorkProgress
from vbtui.ui.data_bench import DataBench
from vbtui.ui.keeping import Keeping
from vbtui.ui.moment import NoticeKind
from vbtui.ui.point_work import work_lines
from vbtui.ui.screens.prompt import PromptScreen
from vbtui.ui.screens.reading import ReadingScreen
from vbtui.ui.text import one_cell, wrapped

ENDING = ".img"


class Asking(Protocol):
    """The screen that asks, as far as a dialogue needs it."""

    @property
    def app(self) -> App[object]: ...
    def bench(self) -> DataBench:
        """What is shown now."""

    def begun(self) -> None:
        """Work on a restore point has begun."""

    def tell(self, kind: NoticeKind, text: str) -> None:
        """Show a notice."""


def ask_output(screen: Asking, keeping: Keeping, point: PointInfo, disk: str) -> None:
    """Where to restore a disk of a point to; a file that exists is never touched."""
    say = screen.bench().say
    names = [] if point.header is None else [one.name for one in point.header.disks]
    if disk not in names:
        text = say(N_("The restore point {point} has no disk {disk}."))
        screen.tell(NoticeKind.WARNING, one_cell(text.format(point=point.point, disk=disk)))
        return

    def begin(text: str) -> str | None:
        name = text.strip()
        output = Path(name).expanduser()
        if not name or "\0" in name:
            return say(N_("The name of a new file is needed."))
        try:
            if not output.parent.is_dir():
                return say(N_("There is no folder {folder}.")).format(folder=one_cell(str(output.parent)))
            if output.exists() or output.is_symlink():
                return say(N_("{file} exists already; nothing was overwritten")).format(file=one_cell(name))
        except OSError as error:
            return one_cell(error.strerror or str(error))
        keeping.begin(lambda points: points.restore(point.point, disk, output))
        screen.begun()
        return None

    title = say(N_("Restore {disk} to a new file")).format(disk=disk)
    explanation = say(N_("A raw image of the disk as it was in {point}. Damaged blocks are never written."))
    proposed = f"{Path(disk).stem}-{point.point}{ENDING}"
    screen.app.push_screen(
        PromptScreen(say, title, explanation.format(point=point.point), proposed, begin, proposed=True)
    )


def show_outcome(screen: Asking, work: WorkProgress) -> None:
    """Every line of what came of work on restore points."""
    say = screen.bench().say
    lines = work_lines(say, work)
    screen.app.push_screen(
        ReadingScreen(say, work.subject, lambda width: [part for line in lines for part in wrapped(line, width)])
    )
