"""Reading a topology file: a large one in a thread of its own, with a word that says so, so that no key waits for it.

Decided here: from which size on a file is read beside the screen, and how a person gives up waiting. In: a path. Out:
the topology or what is wrong with it. Never here: what is done with either; drawing what is read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.message import Message

from vbtui.i18n import N_, Translator
from vbtui.topology import TopologyError, load
from vbtui.topology.shipped import short_name
from vbtui.ui.screens.dialogue import WaitingDialogue
from vbtui.ui.text import one_cell, wrapped
from vbtui.ui.topology_list import Look
from vbtui.ui.widgets.lines_view import RowsView

LARGE: Final = 256 * 1024
"""Bytes from which on a file is read beside the screen: up to there it is there at once."""
THREAD: Final = "vbtui-preview"
"""The name of every thread that reads a file beside a screen."""


def is_large(file: Path) -> bool:
    """Reading the file takes longer than a key may take."""
    try:
        return file.stat().st_size >= LARGE
    except (OSError, ValueError):  # whoever reads it tells what is wrong
        return False


def look_at(file: Path) -> Look:
    """Read a file; what is wrong with it is an answer, too."""
    try:
        return load(file)
    except TopologyError as error:
        return error


def beside(work: Callable[[], object]) -> None:
    """Read beside the screen: a thread, not a worker, since nothing may wait for a file that is slow to read, not even
    the end."""
    threading.Thread(target=work, name=THREAD, daemon=True).start()


class Reads:
    """A screen that has files read beside it."""

    @property
    def reading(self) -> bool:
        """What it shows may be another thing yet, without a key: a file that it waits for is not read."""
        raise NotImplementedError


def is_reading(app: App[Any]) -> bool:
    """A screen waits for a file that is read beside it."""
    return any(isinstance(screen, Reads) and screen.reading for screen in app.screen_stack)


def read_for(app: App[Any], say: Translator, file: Path, then: Callable[[Look], None]) -> None:
    """Read a file and go on with what came of it: at once if it is small, else when it is there, unless a person gives
    up waiting."""
    if not is_large(file):
        then(look_at(file))
        return

    def done(look: Look | None) -> None:
        if look is not None:
            then(look)

    app.push_screen(FileReadingScreen(say, file), done)


class FileReadingScreen(Reads, WaitingDialogue[Look | None]):
    """Shown over another screen while a large file is read; Escape gives up waiting."""

    @dataclass
    class Done(Message):
        """The file was read."""

        look: Look

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [Binding("escape,q", "dismiss(None)", N_("close"), show=False)]

    def __init__(self, say: Translator, file: Path) -> None:
        super().__init__()
        self._say, self._file = say, file

    def compose(self) -> ComposeResult:
        yield RowsView(id="file-reading")

    def on_mount(self) -> None:
        beside(lambda: self.post_message(self.Done(look_at(self._file))))

    @property
    def reading(self) -> bool:
        """As long as it is shown."""
        return True

    def fill(self) -> None:
        view, say = self.query_one(RowsView), self._say
        view.border_title = say(N_("Open a topology file"))
        view.border_subtitle = say(N_("Esc gives up"))
        text = say(N_("{file} is read and checked …")).format(file=one_cell(short_name(self._file)))
        view.show_rows(wrapped(text, max(20, view.content_size.width)))

    def on_file_reading_screen_done(self, message: Done) -> None:
        self.answer(message.look)
