"""A presentation and its speaker notes, both open at once: what tests of presenting share."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from patience import outlasting
from pictures import Clock, Stage, perform

from vbtui.ui.notes.app import NotesApp
from vbtui.ui.notes.channel import follow
from vbtui.ui.notes.presented import from_line
from vbtui.ui.widgets.lines_view import RowsView


@contextmanager
def channel_of_its_own() -> Iterator[Path]:
    """Short, since a socket's path must be; not there yet."""
    above = Path(tempfile.mkdtemp(prefix="vbtui-"))
    try:
        yield above / "channel"
    finally:
        shutil.rmtree(above)


class Notes:
    """The second terminal, on a stage of its own."""

    def __init__(self, app: NotesApp, clock: Clock) -> None:
        self.app, self.clock = app, clock

    def text(self, name: str) -> str:
        view = self.app.notes.query_one(name, RowsView)
        return "\n".join("".join(text for text, _ in row.spans) for row in view.rows)

    @property
    def told(self) -> str:
        """All the notes, however their lines are broken."""
        return " ".join(self.text("#notes").split())


def with_notes(channel: Path, scene: Callable[[Notes, Stage], Awaitable[None]], **arguments: object) -> None:
    """A presentation and its notes, both open at once."""

    async def play(stage: Stage) -> None:
        clock = Clock()
        app = NotesApp(
            lambda stop: follow(channel, from_line, stop, retry=0.01), clock=clock, ticker=False, language="en"
        )
        async with app.run_test(size=(100, 40)) as pilot:
            await pilot.pause()
            with stage.app._context():  # two apps share this task, and keys are those of the presentation
                await scene(Notes(app, clock), stage)

    perform(play, channel=channel, **arguments)  # type: ignore[arg-type]


@contextmanager
def plain_notes(channel: Path, state: Path) -> Iterator[subprocess.Popen[str]]:
    """The notes as lines, in a process of their own. What fails on the way does not wait for it, and it keeps
    nobody waiting."""
    environment = {
        "XDG_RUNTIME_DIR": str(channel.parent), "XDG_STATE_HOME": str(state), "PATH": os.environ["PATH"],
        "PYTHONUNBUFFERED": "1", "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    command = [sys.executable, "-m", "vbtui", "present", "--notes", "--plain"]
    with (
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process,
        outlasting(process),
    ):
        yield process
