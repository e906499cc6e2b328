"""A longer text to be read: what edits change, as connections and as lines of the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding

from vbtui.i18n import N_, Translator
from vbtui.ui.inks import Row
from vbtui.ui.screens.dialogue import FROM_END_TO_END, TextDialogue
from vbtui.ui.text import one_cell
from vbtui.ui.widgets.lines_view import RowsView

TALLEST: Final = 34
"""Rows of the sheet; a longer text is scrolled through."""
FRAME: Final = 2


class ReadingView(RowsView):
    """The text."""


class ReadingScreen(TextDialogue[None]):
    """Shown over another screen; Escape closes it."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [
        Binding("escape,q,enter,space,d", "dismiss", N_("close"), show=False),
        *FROM_END_TO_END,
    ]

    def __init__(self, say: Translator, title: str, rows: Callable[[int], list[Row]]) -> None:
        """`rows` makes the text for a width in cells."""
        super().__init__()
        self._say, self._heading, self._rows = say, title, rows

    def compose(self) -> ComposeResult:
        yield ReadingView(id="reading")

    def fill(self) -> None:
        view = self.query_one(ReadingView)
        view.entitle(one_cell(self._heading))
        view.border_subtitle = self._say(N_("Esc closes"))
        rows = self._rows(max(30, view.content_size.width - 1))
        view.styles.height = min(TALLEST, len(rows) + FRAME)
        view.show_rows(rows)
