"""One line of text: a filter, the name of a file. What is wrong with it is said below it, and it stays open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static

from vbtui.i18n import N_, Translator
from vbtui.ui.inks import Tone, row
from vbtui.ui.screens.dialogue import Dialogue
from vbtui.ui.text import one_cell, wrapped
from vbtui.ui.widgets.lines_view import RowsView

MOST = 500
"""Characters that can be typed."""


class PromptNote(RowsView):
    """Explanation or error below the line."""


class PromptScreen(Dialogue[str | None]):
    """Answers with the text, None for Escape. All texts are in the language of the moment."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [Binding("escape", "dismiss(None)", N_("close"), show=False, priority=True)]

    def __init__(
        self,
        say: Translator,
        title: str,
        explanation: str,
        value: str,
        check: Callable[[str], str | None] = lambda _: None,
        *,
        proposed: bool = False,
    ) -> None:
        """`check` gets the text when Enter is pressed, does what is to be done with it, and says what is wrong, or
        None. A `proposed` value goes with the first character that is typed."""
        super().__init__()
        self._proposed = proposed
        self._wrong: str | None = None
        """With what was entered last."""
        self._say, self._title_text, self._explanation, self._value, self._check = say, title, explanation, value, check

    def compose(self) -> ComposeResult:
        with Vertical(id="prompt"):
            line = Input(self._value, id="line", max_length=MOST, select_on_focus=self._proposed)
            line.cursor_blink = False
            yield line
            yield PromptNote(id="note")
            yield Static(id="answers", markup=False)

    def on_mount(self) -> None:
        self.query_one("#prompt").border_title = one_cell(self._title_text)
        self.query_one("#answers", Static).update(f"Enter {self._say(N_('take it'))}     Esc {self._say(N_('cancel'))}")
        self.query_one("#line", Input).focus()

    def fill(self) -> None:
        note = self.query_one(PromptNote)
        text, tone = (self._explanation, Tone.DIM) if self._wrong is None else (f"✖ {self._wrong}", Tone.FAIL)
        note.show_rows(wrapped(text, max(20, note.content_size.width), tone) if text else [row("")])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._wrong = self._check(event.value)
        if self._wrong is None:
            self.dismiss(event.value)
        else:
            self.fill()
