"""What a person has predicted so far: kept for the session, counted without a mark.

In: questions and the choices that were made. Out: which question is due on the way, and a summary at the end.
Never here: what is asked (`questions`), time, penalties: a question that was passed over is as good as an answered one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from vbtui.lessons.question import Question


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of the predictions of one run."""

    asked: int
    predicted: int
    """The right answer was given."""
    again: tuple[Question, ...]
    """Worth another look: answered otherwise or passed over, in the order of the run."""


@dataclass(frozen=True)
class Predictions:
    """Answers by question id. Immutable: every answer gives the predictions that follow."""

    on: bool = False
    """Questions are asked."""
    given: Mapping[str, int | None] = field(default_factory=lambda: MappingProxyType({}))
    """The place of the choice; None where the question was passed over. A question is asked once."""

    def toggled(self) -> Predictions:
        return replace(self, on=not self.on)

    def with_answer(self, question: Question, choice: int | None) -> Predictions:
        """Raises ValueError for a choice that the question does not have."""
        if choice is not None and not 0 <= choice < len(question.choices):
            raise ValueError(choice)
        return replace(self, given=MappingProxyType({**self.given, question.id: choice}))

    def due(self, questions: Iterable[Question], after: int, to: int) -> Question | None:
        """The first open question about an event behind position `after`, up to and with `to`; None if none is asked.

        `questions` stand in the order of the run.
        """
        if not self.on:
            return None
        open_ones = (one for one in questions if after < one.position <= to and one.id not in self.given)
        return next(open_ones, None)

    def summary(self, questions: Iterable[Question]) -> Summary:
        """Of the questions of one run that were asked."""
        asked = [one for one in questions if one.id in self.given]
        again = tuple(one for one in asked if self.given[one.id] != one.answer)
        return Summary(len(asked), len(asked) - len(again), again)
