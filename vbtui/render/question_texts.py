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
from vbtui.render.told import Line, Link, LinkKind, Manner, Section


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


def summary_section(messages: Messages, summary: Summary, asked_in: Sequence[Question]) -> Section:
    """The predictions of a run: how many came true, and what is worth another look, each with a way to its event.

    `asked_in` are all questions of the run.
    """
    say = messages.translator
    text = N_("Asked: {asked} of {all}. Predicted: {predicted}.")
    counts = say(text).format(asked=summary.asked, all=len(asked_in), predicted=summary.predicted)
    lines = [Line(counts, Manner.STRONG)]
    if summary.again:
        lines.append(Line(say(N_("Worth another look:"))))
    for one in summary.again:
        question = say(N_("event {number}: {event}")).format(number=one.position + 1, event=asked(messages, one))
        lines.append(Line(question, link=Link(LinkKind.EVENT, one.event)))
        lines.append(Line(choice_text(messages, one, one.right), Manner.GOOD, indent=1))
    return Section(say(N_("Predict first, then look")), tuple(lines))


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
