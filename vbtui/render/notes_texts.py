"""Speaker notes: what somebody who presents a walk may say about an event, and what they are likely to be asked.

In: a trace and a place in it, or two runs side by side and a row of theirs. Out: `Part`s, each of one sort and with one
text, in the order in which they are needed. Everything is said of this very run: the answers are the trace's own
decisions and the purposes and sources of the catalogue.
Decided here: which parts an event has. Never here: a screen, how parts look (`PART_HEADINGS` names them).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vbtui.i18n import N_, Translator
from vbtui.render.change_texts import change_text, with_duration
from vbtui.render.comparison_texts import both_of, how_text, where_text
from vbtui.render.messages import Messages
from vbtui.trace import Event, EventKind, Trace
from vbtui.vocabulary import Outcome, Phase, StepId, services_text
from vbtui.walk.forks import Comparison
from vbtui.workflow import Change


class PartKind(StrEnum):
    """What a part of the notes is for."""

    CHANGED = "changed"
    """What is other than in the file."""
    WHERE = "where"
    """Of two runs side by side: where among the differences."""
    HOW = "how"
    """How the two differ there."""
    IN_A = "in-a"
    """What happens there in the run as it was."""
    IN_B = "in-b"
    """What happens there in the changed one."""
    LISTED = "listed"
    """Which of the two is listed, where there is no room for both."""
    NOW = "now"
    """What is on the screen: the event in one sentence."""
    DECISION = "decision"
    """Which firewall and rule decided."""
    INSTEAD = "instead"
    """What happens instead of what did not come about."""
    SAY = "say"
    """What the step is about."""
    WHO = "who"
    WHY = "why"
    LIKELY = "likely"
    """What somebody is likely to ask now."""
    ANSWER = "answer"
    """To the question before it."""
    PREDICT = "predict"
    """What may be asked before the next event is shown."""
    CHOICE = "choice"
    """A possible answer to it."""
    PREDICTED = "predicted"
    """The right one, and why."""
    NEXT = "next"
    """The next event in one sentence."""


PART_HEADINGS: Final = {
    PartKind.CHANGED: N_("Changed"),
    PartKind.WHERE: N_("Compared"),
    PartKind.HOW: N_("Here"),
    PartKind.IN_A: "A",
    PartKind.IN_B: "B",
    PartKind.LISTED: N_("Listed"),
    PartKind.NOW: N_("Now"),
    PartKind.DECISION: N_("Firewall"),
    PartKind.INSTEAD: N_("Instead"),
    PartKind.SAY: N_("Say"),
    PartKind.WHO: N_("Who"),
    PartKind.WHY: N_("Why"),
    PartKind.LIKELY: N_("Likely question"),
    PartKind.ANSWER: N_("Answer"),
    PartKind.PREDICT: N_("Ask before the next event"),
    PartKind.CHOICE: N_("Choice"),
    PartKind.PREDICTED: N_("Right answer"),
    PartKind.NEXT: N_("Next"),
}
"""English, to be translated where they are shown."""

COMPARISON: Final = "what_if"
"""The screen that has notes of its own."""
COVERS: Final = {
    COMPARISON: N_("two runs side by side"),
    "firewall": N_("the firewall rules"),
    "data": N_("the disks and restore points"),
    "inspection": N_("the details"),
    "start": N_("the topologies to choose from"),
}
"""What is shown over a walk, by the name that the screen's keys have; in a sentence, the presentation shows it."""


def cover_text(say: Translator, cover: str) -> str:
    """What the presentation shows in place of the walk; without a cover it is the walk, after something else was."""
    return say(COVERS.get(cover, N_("something else")) if cover else N_("the walk again"))


@dataclass(frozen=True, slots=True)
class Part:
    """One thing in the notes, in the language of its maker."""

    kind: PartKind
    text: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """A question about the next event, in words."""

    question: str
    choices: tuple[str, ...]
    answer: str
    """The right choice and why it is right."""


def notes(
    messages: Messages, trace: Trace, position: int, *, now: str | None = None, prediction: Prediction | None = None
) -> tuple[Part, ...]:
    """The notes to the event at a position. `now` is what the screen says of it, if that is more than the trace knows
    (measured bytes); `prediction` is what may be asked before the next event."""
    return tuple(part for part in _parts(messages, trace, position, now, prediction) if part.text)


def _parts(
    messages: Messages, trace: Trace, position: int, now: str | None, prediction: Prediction | None
) -> Iterator[Part]:
    event = trace[position]
    for change in trace.changes:
        yield Part(PartKind.CHANGED, change_text(messages, Change.parse(change).what))
    yield Part(PartKind.NOW, now if now is not None else messages.event(event))
    if event.verdict is not None and not event.verdict.is_local:
        yield Part(PartKind.DECISION, messages.verdict(event.verdict))
    yield Part(PartKind.INSTEAD, messages.blocked(event) if event.kind is EventKind.CONNECT else "")
    if event.kind is not EventKind.RESULT or event.vm is not None:
        yield from _narrated(messages, event.step)
    yield from _likely(messages, trace, event)
    if position + 1 < len(trace):
        if prediction is not None:
            yield Part(PartKind.PREDICT, prediction.question)
            for choice in prediction.choices:
                yield Part(PartKind.CHOICE, choice)
            yield Part(PartKind.PREDICTED, prediction.answer)
        yield Part(PartKind.NEXT, messages.event(trace[position + 1]))


def _narrated(messages: Messages, step: StepId) -> Iterator[Part]:
    told = messages.narration(step)
    yield Part(PartKind.SAY, f"{told.title}. {told.what}")
    yield Part(PartKind.WHO, told.who)
    yield Part(PartKind.WHY, told.why)


def comparison_notes(
    messages: Messages, found: Comparison, changes: Sequence[Change], row: int, side: str | None = None
) -> tuple[Part, ...]:
    """The notes to a row of two runs side by side, in the sentences that stand there; `side` is the run that is listed,
    `a` or `b`, where there is no room for both."""
    return tuple(part for part in _compared(messages, found, changes, row, side) if part.text)


def _compared(
    messages: Messages, found: Comparison, changes: Sequence[Change], row: int, side: str | None
) -> Iterator[Part]:
    say, pair = messages.translator, found.rows[row]
    for change in changes:
        yield Part(PartKind.CHANGED, change_text(messages, change.what))
    yield Part(PartKind.WHERE, where_text(messages, found, row))
    yield Part(PartKind.HOW, how_text(messages, found, row))
    for kind, event in zip((PartKind.IN_A, PartKind.IN_B), both_of(found, row), strict=True):
        yield Part(kind, with_duration(messages, pair, event))
    if side is not None:
        yield Part(PartKind.LISTED, say(N_("the rows of {run}")).format(run=side.upper()))
    if pair.event.kind is not EventKind.RESULT or pair.event.vm is not None:
        yield from _narrated(messages, pair.event.step)


def _likely(messages: Messages, trace: Trace, event: Event) -> Iterator[Part]:
    """Questions that this event raises, each with its answer."""
    say = messages.translator
    if event.kind is EventKind.CONNECT:
        service = services_text(event.services)
        yield Part(PartKind.LIKELY, say(N_("What is the connection to {service} for?")).format(service=service))
        yield Part(PartKind.ANSWER, messages.purpose(event))
        if event.cause is not None and (before := trace.by_id[event.cause]).outcome is Outcome.FALLBACK:
            yield Part(PartKind.LIKELY, say(N_("Why is this way taken?")))
            yield Part(PartKind.ANSWER, messages.event(before))
    if event.step.phase is Phase.DATA_TRANSPORT and event.kind is EventKind.DECISION and event.vm and event.disk:
        for rejected in trace.task(event.vm, event.disk).rejected:
            mode = messages.mode(rejected.mode)
            yield Part(PartKind.LIKELY, say(N_("Why not {mode}?")).format(mode=mode))
            yield Part(PartKind.ANSWER, messages.objection(rejected))


def heading(say: Translator, kind: PartKind) -> str:
    """What stands over or before a part."""
    return say(PART_HEADINGS[kind])


def notes_lines(
    say: Translator, parts: Iterable[Part], number: int, count: int, step: str, *, compared: bool = False
) -> list[str]:
    """The notes as lines without line ends, made to be read aloud: the place, then each part after its heading.

    `number` is the event's, from 1, or that of the row where two runs are `compared`.
    """
    walk, runs = (
        N_("Event {number} of {count}, step {step}."),
        N_("Two runs side by side, row {number} of {count}, step {step}."),
    )
    place = say(runs if compared else walk).format(number=number, count=count, step=step)
    lines = ["", place]
    choice = 0
    for part in parts:
        choice = choice + 1 if part.kind is PartKind.CHOICE else 0
        head = str(choice) if choice else heading(say, part.kind)
        lines.append(f"{head}: {part.text}")
    return lines
