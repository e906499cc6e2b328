"""All that was told up to a place, as text: the sentences of the plain form, in the language of the moment.

Decided here: how much of a long text is made. It is read from its end, so that is made first; what comes before it is
made as somebody gets there, a piece at a time, so that no key waits for thousands of sentences.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding

from vbtui.i18n import N_
from vbtui.render import Messages, plain
from vbtui.trace import Trace
from vbtui.ui.inks import BLANK, Row
from vbtui.ui.screens.dialogue import Dialogue
from vbtui.ui.screens.prompt import PromptScreen
from vbtui.ui.text import wrapped
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.walk.listing import words_of

PIECE: Final = 150
"""Events that are told at once."""
NEAR: Final = 40
"""Rows before the first made one from which on more is made."""


class TranscriptView(RowsView):
    """The text."""


class TranscriptScreen(Dialogue[None]):
    """Shown over another screen; Escape closes it."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [
        Binding("escape,q,t,enter", "dismiss", N_("close"), show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
        Binding("home", "top", show=False),
        Binding("end", "scroll(1000000)", show=False),
        Binding("slash", "find", show=False),
        Binding("N", "find_again(-1)", show=False),
        Binding("n", "find_again(1)", show=False),
    ]

    def __init__(self, messages: Messages, trace: Trace, index: int) -> None:
        """Everything up to the event at `index`."""
        super().__init__()
        self._messages, self._trace, self._index = messages, trace, index
        self._first = index + 1
        """The first event that the rows tell."""
        self._rows: list[Row] = []
        self._width = 0
        self._words = ""

    def compose(self) -> ComposeResult:
        yield TranscriptView(id="transcript")

    # ---- making the text --------------------------------------------------------------------------------------------

    def fill(self) -> None:
        """The end of the text for the width; again only where that is another one."""
        view, say = self.query_one(TranscriptView), self._messages.translator
        view.entitle(say(N_("Told so far")))
        view.border_subtitle = f"/ {say(N_('find'))} · {say(N_('Esc closes'))}"
        width = max(30, view.content_size.width - 1)
        if width == self._width:
            return
        self._width, self._first = width, self._index + 1
        self._rows = []
        if self._index == len(self._trace) - 1:
            self._rows = self._wrapped(plain.results(self._messages, self._trace))
        while self._first and len(self._rows) < 2 * view.size.height + NEAR:
            self._make()
        view.show_rows(self._rows)
        view.scroll_end(animate=False)

    def _make(self) -> int:
        """Tell the piece before what is there; how many rows it has."""
        first = max(0, self._first - PIECE)
        lines = plain.events(self._messages, self._trace, first=first, last=self._first, since=0)
        made = self._wrapped(lines)
        if first == 0:
            made = [*self._wrapped(plain.heading(self._messages, self._trace)), *made]
        self._first = first
        self._rows = made + self._rows
        return len(made)

    def _wrapped(self, lines: Iterable[str]) -> list[Row]:
        return [part for line in lines for part in wrapped(line, self._width) or [BLANK]]

    def _more(self) -> None:
        """Make the piece before what is there, and keep in view what is."""
        if not self._first:
            return
        view = self.query_one(TranscriptView)
        y, added = view.scroll_offset.y, self._make()
        view.show_rows(self._rows)
        view.scroll_to(y=y + added, animate=False, immediate=True)

    # ---- keys -------------------------------------------------------------------------------------------------------

    def action_scroll(self, rows: int) -> None:
        view = self.query_one(TranscriptView)
        while self._first and view.scroll_offset.y + rows < NEAR:
            self._more()
        view.scroll_relative(y=rows, animate=False, immediate=True)

    def action_top(self) -> None:
        """To the beginning; what has to be made on the way is made between two pictures."""
        if self._first:
            self._more()
            self.call_after_refresh(self.action_top)
            return
        self.query_one(TranscriptView).scroll_to(y=0, animate=False, immediate=True)

    def action_find(self) -> None:
        """Ask for words, and go to the last line above that has them all."""
        say = self._messages.translator

        def check(text: str) -> str | None:
            self._words = text
            return None if not words_of(text) or self._find(-1) else say(N_("No line has all of these words."))

        explanation = say(N_("Words of a line; n goes to the next line that has them, N to the one before."))
        self.app.push_screen(PromptScreen(say, say(N_("Find in the text")), explanation, self._words, check))

    def action_find_again(self, by: int) -> None:
        if words_of(self._words):
            self._find(by)

    def _find(self, by: int) -> bool:
        """To the next row in a direction that has all words, around the end; False if none has them."""
        while self._first:
            self._make()
        view, words = self.query_one(TranscriptView), words_of(self._words)
        before = len(view.rows)
        view.show_rows(self._rows)
        here = view.scroll_offset.y + len(self._rows) - before
        rows = range(len(self._rows))
        ordered = [*rows[here + 1 :], *rows[: here + 1]] if by > 0 else [*rows[:here][::-1], *rows[here:][::-1]]
        for y in ordered:
            text = "".join(part for part, _ in self._rows[y].spans).casefold()
            if all(word in text for word in words):
                self.call_after_refresh(view.scroll_to, y=y, animate=False, immediate=True)
                return True
        return False
