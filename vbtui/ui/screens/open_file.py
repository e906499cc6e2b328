"""Opening a topology file by its path: Tab completes it, Enter goes into a folder, and what is wrong with a file is
shown without losing its path.

In: a language. Out: the topology that was read, None if nothing was to be opened. Never here: what is done with it.
"""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static

from vbtui.i18n import N_, Translator
from vbtui.topology import LoadedTopology, TopologyError, resolve
from vbtui.ui.inks import BLANK, Row, Tone, row
from vbtui.ui.path_completion import completed
from vbtui.ui.screens.dialogue import Dialogue
from vbtui.ui.screens.file_reading import read_for
from vbtui.ui.screens.problems import problems_screen
from vbtui.ui.text import clip, one_cell, wrapped
from vbtui.ui.topology_list import Look
from vbtui.ui.widgets.lines_view import RowsView

MOST = 1000
"""Characters that can be typed."""


class Fitting(RowsView):
    """What the path can become."""


class OpenFileScreen(Dialogue[LoadedTopology | None]):
    """Shown over another screen; Escape opens nothing."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [
        Binding("escape", "dismiss(None)", N_("close"), show=False, priority=True),
        Binding("tab", "complete", show=False, priority=True),
    ]

    def __init__(self, say: Translator, path: str = "") -> None:
        """`path` stands there already."""
        super().__init__()
        self._say, self._path = say, path

    def compose(self) -> ComposeResult:
        with Vertical(id="open"):
            line = Input(self._path, id="line", max_length=MOST, select_on_focus=False)
            line.cursor_blink = False
            yield line
            yield Fitting(id="fitting")
            yield Static(id="answers", markup=False)

    def on_mount(self) -> None:
        say = self._say
        self.query_one("#open").border_title = say(N_("Open a topology file"))
        answers = (("Enter", N_("open it")), ("Tab", N_("complete")), ("Esc", N_("cancel")))
        self.query_one("#answers", Static).update("     ".join(f"{key} {say(text)}" for key, text in answers))
        self.query_one("#line", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.fill()

    def action_complete(self) -> None:
        self._write(completed(self.query_one("#line", Input).value).text)

    def _write(self, text: str) -> None:
        line = self.query_one("#line", Input)
        line.value = text
        line.cursor_position = len(text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        if not text:
            self.fill()
            return
        try:
            file = _path(text)
        except TopologyError as error:
            self._read(error)
            return
        if _is_folder(file):
            self._write(f"{text.rstrip('/')}/")
        else:
            read_for(self.app, self._say, file, self._read)

    def _read(self, look: Look) -> None:
        """The path stays there for as long as there is something wrong with its file."""
        if isinstance(look, TopologyError):
            self.app.push_screen(problems_screen(self._say, look))
        else:
            self.dismiss(look)

    def fill(self) -> None:
        view = self.query_one(Fitting)
        view.show_rows(self._rows(max(20, view.content_size.width), max(1, view.content_size.height)))

    def _rows(self, width: int, height: int) -> list[Row]:
        """As many names as there is room for, and how many more there are."""
        names = completed(self.query_one("#line", Input).value).fitting
        if not names:
            return wrapped(self._say(N_("No topology file (.yaml, .yml) begins like this.")), width, Tone.DIM)
        shown = names if len(names) <= height else names[: height - 1]
        rows = [row((clip(one_cell(name), width), Tone.DIM if name.endswith("/") else Tone.TEXT)) for name in shown]
        if len(shown) < len(names):
            more = self._say(N_("... and {count} more")).format(count=len(names) - len(shown))
            rows.append(row((more, Tone.DIM)))
        return rows or [BLANK]


def _is_folder(path: Path) -> bool:
    """A folder that may be looked into, or at least is known to be one."""
    try:
        return path.expanduser().is_dir()
    except (OSError, RuntimeError):
        return False


def _path(text: str) -> Path:
    """The file that a person means; a shipped topology may be called by its name. Raises TopologyError."""
    try:
        return resolve(text) if "/" not in text else Path(text).expanduser()
    except RuntimeError:  # nobody of that name has a home
        return Path(text)
