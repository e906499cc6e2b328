"""A question with several answers, each with a key of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textual import events
from textual.app import ComposeResult

from vbtui.ui.inks import BLANK, Row, Tone, row
from vbtui.ui.screens.dialogue import Dialogue
from vbtui.ui.text import wrapped
from vbtui.ui.widgets.lines_view import RowsView


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer."""

    key: str
    """Textual's name of the key."""
    shown: str
    """How the key is written."""
    text: str
    """What the answer means, in the language of the moment."""


class ChoiceView(RowsView):
    """The text of the question."""


class ChoiceScreen(Dialogue[str | None]):
    """Answers with the key of an answer; None for Escape, which changes nothing. All texts are translated already."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")

    def __init__(self, question: str, explanation: str, answers: tuple[Answer, ...]) -> None:
        super().__init__()
        self._question, self._explanation, self._answers = question, explanation, answers

    def compose(self) -> ComposeResult:
        yield ChoiceView(id="choice")

    def fill(self) -> None:
        view = self.query_one(ChoiceView)
        view.border_title = self._question
        width = max(20, view.content_size.width)
        names = max(len(answer.shown) for answer in self._answers) + 2
        rows: list[Row] = [*wrapped(self._explanation, width), BLANK]
        for answer in self._answers:
            for place, line in enumerate(wrapped(answer.text, width - names)):
                rows.append(row((f"{'' if place else answer.shown:<{names}}", Tone.KEY), *line.spans))
        view.styles.height = len(rows) + 4
        view.show_rows(rows)

    def on_key(self, event: events.Key) -> None:
        """Every answer's key ends the question; any other is swallowed."""
        event.stop()
        if event.key == "escape":
            self.dismiss(None)
        elif any(answer.key == event.key for answer in self._answers):
            self.dismiss(event.key)
