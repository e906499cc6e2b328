"""One question before an event is shown, then what there is to say about the answer.

Decided here: what a key means before and after an answer. The sheet stands at the lower edge, so that the picture above
it stays in view. Numbers and clicks answer; 0 and Esc pass the question over; what goes forward elsewhere (→, space,
Enter, PgDn, a clicker) shows the answer without one, for a room that has raised its hands. Afterwards any key goes on.
Never here: whether a question is due, what is kept of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.events import Click, Key
from textual.message import Message

from vbtui.i18n import N_, Translator
from vbtui.lessons import Question
from vbtui.render import Messages, Symbols
from vbtui.render.question_texts import Explained, asked, choices, explanations, verdict_on
from vbtui.ui.inks import BLANK, Row, Tone, row
from vbtui.ui.keys import keys_in_words
from vbtui.ui.looks import looks_of
from vbtui.ui.screens.dialogue import TextDialogue
from vbtui.ui.text import one_cell, wrapped
from vbtui.ui.widgets.lines_view import RowsView

_PASS_OVER: Final = "0,escape,q"
_REVEAL: Final = "right,space,enter,pagedown,full_stop"
_MEANT: Final = frozenset((*_PASS_OVER.split(","), *_REVEAL.split(","), "1", "2", "3", "4", "up", "down"))
"""Keys that are bound; the others go on once the answer is told."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What came of a question."""

    choice: int | None
    """Place of the answer; None if there was none."""


class PredictionView(RowsView):
    """The question or what there is to say about it."""

    class Chosen(Message):
        """An answer was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.answers: dict[int, int] = {}
        """Place of the answer by row."""

    def on_click(self, event: Click) -> None:
        y = self.row_under(event)
        if y is not None and (answer := self.answers.get(y)) is not None:
            event.stop()
            self.post_message(self.Chosen(answer))


class PredictionScreen(TextDialogue[Prediction]):
    """Asks, explains, and is gone."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [
        *(Binding(str(number), f"answer({number - 1})", show=False) for number in range(1, 5)),
        Binding(_PASS_OVER, "pass_over", N_("pass over"), show=False),
        Binding(_REVEAL, "reveal", N_("show the answer"), show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
    ]

    def __init__(self, messages: Messages, question: Question, symbols: Symbols, *, place: int, all: int) -> None:
        """`place` of `all` questions of the run, from 1."""
        super().__init__()
        self._messages, self._question, self._symbols = messages, question, symbols
        self._place, self._all = place, all
        self._told = False
        self._choice: int | None = None

    @property
    def say(self) -> Translator:
        return self._messages.translator

    def compose(self) -> ComposeResult:
        yield PredictionView(id="prediction")

    # ---- keys -------------------------------------------------------------------------------------------------------

    def action_answer(self, place: int) -> None:
        if self._told:
            self._leave()
        elif place < len(self._question.choices):
            self._tell(place)

    def on_prediction_view_chosen(self, message: PredictionView.Chosen) -> None:
        self.action_answer(message.place)

    def action_reveal(self) -> None:
        if self._told:
            self._leave()
        else:
            self._tell(None)

    def action_pass_over(self) -> None:
        self._leave()

    def on_key(self, event: Key) -> None:
        """Any key that means nothing else goes on once the answer is told."""
        if self._told and event.key not in _MEANT and not event.key.startswith("ctrl+"):
            event.stop()
            self._leave()

    def on_click(self) -> None:
        if self._told:
            self._leave()

    # ---- parts ------------------------------------------------------------------------------------------------------

    def _tell(self, choice: int | None) -> None:
        self._told, self._choice = True, choice
        self.fill()

    def _leave(self) -> None:
        self.dismiss(Prediction(self._choice))

    def fill(self) -> None:
        view = self.query_one(PredictionView)
        width = max(20, view.content_size.width - 2)
        title = self.say(N_("What comes next? Question {place} of {all}"))
        view.entitle(title.format(place=self._place, all=self._all))
        if self._told:
            view.answers = {}
            view.show_rows(self._explained(width))
            self.call_after_refresh(self._hint)
        else:
            text = self.say(N_("1-{count} answer · → show the answer · 0 pass over"))
            view.border_subtitle = self._keys(text.format(count=len(self._question.choices)))
            rows, view.answers = self._asked(width)
            view.show_rows(rows)

    def _hint(self) -> None:
        """How to go on, and that there is more to read where it does not fit."""
        view = self.query_one(PredictionView)
        more = len(view.rows) > view.content_size.height
        text = N_("↑ ↓ read on · any other key goes on") if more else N_("any key goes on")
        view.border_subtitle = self._keys(self.say(text))

    def _keys(self, text: str) -> str:
        return keys_in_words(self.say, text, plain=looks_of(self.app).ascii)

    def _asked(self, width: int) -> tuple[list[Row], dict[int, int]]:
        rows = wrapped(asked(self._messages, self._question), width, Tone.STRONG)
        rows.append(BLANK)
        answers: dict[int, int] = {}
        for place, text in enumerate(choices(self._messages, self._question)):
            found = wrapped(one_cell(text), width - 3)
            margins = [f"{place + 1}  ", *["   "] * (len(found) - 1)]
            answers.update(dict.fromkeys(range(len(rows), len(rows) + len(found)), place))
            rows += [row((margin, Tone.KEY), *one.spans) for margin, one in zip(margins, found, strict=True)]
        return rows, answers

    def _explained(self, width: int) -> list[Row]:
        rows = wrapped(asked(self._messages, self._question), width, Tone.DIM)
        told = explanations(self._messages, self._question, self._choice)
        head = verdict_on(self._messages, self._question, self._choice)
        for place, one in enumerate(told):
            rows.append(BLANK)
            rows += self._answer(one, head if place == 0 else self.say(N_("The answer")), width)
        return rows

    def _answer(self, one: Explained, head: str, width: int) -> list[Row]:
        mark, tone = (self._symbols.ok, Tone.OK) if one.right else (self._symbols.fallback, Tone.WARN)
        rows = wrapped(f"{mark} {head}: {one.text}", width, tone)
        rows += wrapped(one.why, width, indent="  ")
        for source in one.sources:
            rows += wrapped(f"{source.label}: {source.text}", width, Tone.DIM, indent="  ")
        return rows
