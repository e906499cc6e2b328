"""One question with two answers, before something is done that a person should know of."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding

from vbtui.i18n import N_, Translator
from vbtui.ui.inks import BLANK, Tone, row
from vbtui.ui.screens.dialogue import Dialogue
from vbtui.ui.text import wrapped
from vbtui.ui.widgets.lines_view import RowsView


class QuestionView(RowsView):
    """The text of the question."""


class QuestionScreen(Dialogue[bool]):
    """Answers True for yes. All texts are already in the language of the moment."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [
        Binding("y,j,enter", "answer(True)", N_("yes"), show=False),
        Binding("n,escape,q", "answer(False)", N_("no"), show=False),
    ]

    def __init__(self, question: str, explanation: str, *, yes: str, no: str) -> None:
        super().__init__()
        self._question, self._explanation, self._yes, self._no = question, explanation, yes, no

    def compose(self) -> ComposeResult:
        yield QuestionView(id="question")

    def fill(self) -> None:
        view = self.query_one(QuestionView)
        view.border_title = self._question
        width = max(20, view.content_size.width)
        answers = row(
            ("Enter ", Tone.KEY),
            (self._yes, Tone.TEXT),
            ("     ", Tone.TEXT),
            ("Esc ", Tone.KEY),
            (self._no, Tone.TEXT),
        )
        view.show_rows([*wrapped(self._explanation, width), BLANK, answers])

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)


def own_images_question(say: Translator) -> QuestionScreen:
    """Whether a person's own disk images may be read."""
    return QuestionScreen(
        say(N_("Read your own disk images?")),
        say(N_("They are only read, never written to. The restore points go to the folder of vbtui.")),
        yes=say(N_("read them")),
        no=say(N_("do nothing")),
    )
