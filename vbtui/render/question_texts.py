"""Questions in words: what is asked, the answers, and for each of them why, with its sources.

In: a question, the words of `lessons`. Out: plain text of one line each, names from files put in literally. The screen
and the plain walk say the same from here.
Never here: which question is asked when, what was answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vbtui.i18n import N_
from vbtui.lessons import Choice, Question, Summary, question_texts
from vbtui.render.messages import Messages, Why


@dataclass(frozen=True, slots=True)
class Explained:
    """One answer after it has been given."""

    text: str
    right: bool
    why: str
    sources: tuple[Why, ...]


def asked(messages: Messages, question: Question) -> str:
    """The question itself."""
    return _filled(messages, question_texts()[question.kind].ask, _fields(messages, question))


def choices(messages: Messages, question: Question) -> tuple[str, ...]:
    """The answers, in the question's order."""
    return tuple(choice_text(messages, question, one) for one in question.choices)


def choice_text(messages: Messages, question: Question, choice: Choice) -> str:
    text = question_texts()[question.kind].answers[choice.code].text
    return _filled(messages, text, _fields(messages, question, choice))


def explained(messages: Messages, question: Question, place: int) -> Explained:
    """Why the answer at that place is right, or is not. Raises IndexError."""
    choice = question.choices[place]
    words = question_texts()[question.kind].answers[choice.code]
    citations, disagreements = words.citations, words.disagreements
    if choice.row is not None:
        row = messages.catalogue_row(choice.row)
        citations = tuple(dict.fromkeys((*citations, *row.citations)))
        disagreements = tuple({one.id: one for one in (*disagreements, *row.disagreements)}.values())
    return Explained(
        choice_text(messages, question, choice),
        place == question.answer,
        _filled(messages, words.why, _fields(messages, question, choice)),
        messages.sources(citations, disagreements),
    )


def explanations(messages: Messages, question: Question, place: int | None) -> tuple[Explained, ...]:
    """What is told after an answer: about the one that was given, unless it was the right one, then about the right
    one; with `place` None, the question was passed over, about the right one only."""
    told = () if place in (None, question.answer) else (place,)
    return tuple(explained(messages, question, one) for one in (*told, question.answer))


def verdict_on(messages: Messages, question: Question, place: int | None) -> str:
    """How an answer went, in a word or two that nobody need be ashamed of."""
    say = messages.translator
    if place is None:
        return say(N_("The answer"))
    return say(N_("Predicted")) if place == question.answer else say(N_("It goes otherwise"))


def summary_lines(messages: Messages, summary: Summary, asked_in: Sequence[Question]) -> tuple[str, ...]:
    """The predictions of a run: how many came true, and what is worth another look, with the number of its event.
    Empty if nothing was asked; `asked_in` are the questions of the run."""
    say = messages.translator
    if not summary.asked:
        return ()
    lines = [
        say(N_("{predicted} of {asked} questions predicted; the run has {all}.")).format(
            predicted=summary.predicted, asked=summary.asked, all=len(asked_in)
        )
    ]
    if summary.again:
        lines.append(say(N_("Worth another look:")))
        for one in summary.again:
            event = say(N_("event {number}")).format(number=one.position + 1)
            lines.append(f"{event}: {asked(messages, one)} {choice_text(messages, one, one.right)}")
    return tuple(lines)


def _filled(messages: Messages, texts: Mapping[str, str], fields: dict[str, str]) -> str:
    text = messages.translator.pick(texts)
    return text.format_map(fields)


def _fields(messages: Messages, question: Question, choice: Choice | None = None) -> dict[str, str]:
    params = (*question.params, *(choice.params if choice is not None else ()))
    fields = {name: messages.value(name, value) for name, value in params}
    if choice is None:
        return fields
    if choice.row is not None:
        fields["purpose"] = messages.translator.pick(messages.catalogue_row(choice.row).purpose)
    if choice.rejected is not None:
        fields["objection"] = messages.objection(choice.rejected)
    if choice.verdict is not None:
        fields["verdict"] = messages.verdict(choice.verdict)
    return fields
