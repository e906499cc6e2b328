"""The plain walk that asks: before some events it prints a question and reads a number from standard input.

Decided here: when there is nobody to ask (standard input is at its end, or the questions would go to a file that a
person at the terminal does not see); then the walk goes on, and the questions stand at its end with all their answers.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from vbtui.cli.session import Session
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.lessons import Question
    from vbtui.render.messages import Messages
    from vbtui.trace import Trace


def tell_asking(session: Session, messages: Messages, trace: Trace, *, first: int) -> None:
    """The walk from the event at `first`, with its questions. Raises KeyboardInterrupt."""
    from vbtui.lessons import Predictions, questions
    from vbtui.render.plain import events, heading, results
    from vbtui.render.plain_questions import all_answers, answer_lines, question_lines, summary_lines

    found = questions(messages.topology, trace)
    predictions, begin, asking = Predictions(on=True), first, _somebody_there()
    session.write(heading(messages, trace))
    while asking and (due := predictions.due(found, begin - 1, len(trace))) is not None:
        session.write(events(messages, trace, first=begin, last=due.position, since=first))
        begin = due.position
        session.write(["", *question_lines(messages, due, found.index(due) + 1, len(found))])
        answer = _answer(session, due)
        asking = answer is not None
        if answer is not None:
            choice = answer - 1 if answer else None
            predictions = predictions.with_answer(due, choice)
            session.write(answer_lines(messages, due, choice))
    session.write(events(messages, trace, first=begin, since=first))
    session.write(results(messages, trace))
    session.write(["", *summary_lines(messages, predictions, found)] if predictions.given else [])
    rest = tuple(one for one in found if one.id not in predictions.given)
    if rest and not asking:
        session.write(["", *all_answers(messages, found, left=rest)])


def _somebody_there() -> bool:
    """A person at a terminal sees the questions, or another program sends the answers."""
    return sys.stdin is not None and (not sys.stdin.isatty() or sys.stdout.isatty())


def _answer(session: Session, question: Question) -> int | None:
    """The number that is given, 0 to pass over; None at the end of standard input."""
    from vbtui.topology.problems import visible

    most = len(question.choices)
    prompt = session.say(N_("Your answer, 1 to {most}, or 0 to pass over: ")).format(most=most)
    while True:
        session.prompt(prompt)
        line = sys.stdin.readline()
        if not line:
            session.complain("")
            return None
        if not sys.stdin.isatty():
            session.complain("")  # the answer was not typed here, and nor was the end of its line
        text = line.strip()
        if not text:
            return 0
        if text.isascii() and text.isdecimal() and len(text) < 3 and int(text) <= most:
            return int(text)
        wrong = N_("'{found}' is no answer here: a number from 1 to {most} is one, and 0 passes the question over.")
        session.complain(session.say(wrong).format(found=visible(text), most=most))
