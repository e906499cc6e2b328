"""Questions in the plain walk: numbered answers to read aloud, and what there is to say about the one that was given.

In: a question, an answer. Out: lines, the same words as on the screen. Never here: reading an answer, marks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from vbtui.i18n import N_
from vbtui.lessons import Predictions, Question
from vbtui.render.messages import Messages
from vbtui.render.question_texts import asked, choices, explained, explanations, summary_section, verdict_on
from vbtui.render.told import in_lines


def question_lines(messages: Messages, question: Question, place: int, all: int) -> Iterator[str]:
    """The question with its answers; `place` of `all` in the run, from 1."""
    say = messages.translator
    yield say(N_("Question {place} of {all}: {question}")).format(
        place=place, all=all, question=asked(messages, question)
    )
    for number, text in enumerate(choices(messages, question), start=1):
        yield f"  {number}: {text}"


def answer_lines(messages: Messages, question: Question, choice: int | None) -> Iterator[str]:
    """What there is to say about an answer; None where there was none. An answer may be a sentence or a word, such as a
    name, so it has a line of its own, and nothing is added to it."""
    head = verdict_on(messages, question, choice)
    for place, one in enumerate(explanations(messages, question, choice)):
        label = head if place == 0 else messages.translator(N_("The answer"))
        yield f"{label}: {one.text}"
        yield f"  {one.why}"
        yield from (f"  {source.label}: {source.text}" for source in one.sources)


def all_answers(
    messages: Messages, found: Sequence[Question], left: Collection[Question] | None = None
) -> Iterator[str]:
    """Every question with every answer explained, for whoever reads and is not asked; only those that are `left` of
    them, by the numbers that all of them have."""
    say = messages.translator
    yield say(N_("Questions about this run, with their answers"))
    for place, question in enumerate(found, start=1):
        if left is not None and question not in left:
            continue
        yield ""
        yield from question_lines(messages, question, place, len(found))
        number = question.answer + 1
        event = say(N_("event {number}")).format(number=question.position + 1)
        yield say(N_("The answer is {number}; see {event}.")).format(number=number, event=event)
        for choice in range(len(question.choices)):
            one = explained(messages, question, choice)
            yield f"  {choice + 1}: {one.why}"
            yield from (f"    {source.label}: {source.text}" for source in one.sources)


def summary_lines(messages: Messages, predictions: Predictions, found: Sequence[Question]) -> Iterator[str]:
    """How the predictions went; nothing if nothing was asked."""
    summary = predictions.summary(found)
    if summary.asked:
        yield from in_lines((summary_section(messages, summary, found),))
