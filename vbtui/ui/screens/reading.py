"""A longer text to be read: what edits change, as connections and as lines of the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from vbtui.i18n import N_, Translator
from vbtui.ui.inks import Row
from vbtui.ui.lasting import Lasting
from vbtui.ui.text import one_cell
from vbtui.ui.widgets.lines_view import RowsView

TALLEST: Final = 34
"""Rows of the sheet; a longer text is scrolled through."""
FRAME: Final = 2


class ReadingView(RowsView):
    """The text."""


class ReadingScreen(Lasting, ModalScreen[None]):
    """Shown over another screen; Escape closes it."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = None
    BINDINGS = [
        Binding("escape,q,enter,space,d", "dismiss", N_("close"), show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
        Binding("home", "scroll(-1000000)", show=False),
        Binding("end", "scroll(1000000)", show=False),
    ]

    def __init__(self, say: Translator, title: str, rows: Callable[[int], list[Row]]) -> None:
        """`rows` makes the text for a width in cells."""
        super().__init__()
        self._say, self._heading, self._rows = say, title, rows

    def compose(self) -> ComposeResult:
        yield ReadingView(id="reading")

    def on_mount(self) -> None:
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        view = self.query_one(ReadingView)
        view.entitle(one_cell(self._heading))
        view.border_subtitle = self._say(N_("Esc closes"))
        rows = self._rows(max(30, view.content_size.width - 1))
        view.styles.height = min(TALLEST, len(rows) + FRAME)
        view.show_rows(rows)

    def action_scroll(self, rows: int) -> None:
        self.query_one(ReadingView).scroll_relative(y=rows, animate=False, immediate=True)
