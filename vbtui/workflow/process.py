"""The narration: what happens in each phase and step, who acts on whom, and why, in English and German.

In: `process.yaml`. Out: `Process`, read once. The texts are data for the views; nothing in this room builds a sentence.
Decided here: that every phase and step of the vocabulary is told, in order, each with a public source, and that the
`what` of a step is short enough for the step pane (`MOST_WORDS`).
Never here: what a step connects to (that is the catalogue), or what came of it (that is the trace).

The file's shape: two lists, `phases` (phase, title, what, citations) and `steps` (step, title, actor, badges, what,
who, why, citations, disagreements). Texts are `{en: ..., de: ...}`; citations and disagreements are written as in the
catalogue's row files and name its sources. `actor` is a component; `badges` are the quoted numbers that the published
diagrams print on the step's arrows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from vbtui.catalogue import Citation, Disagreement
from vbtui.catalogue.data_file import Entry, entries, read_document
from vbtui.catalogue.loading import References, load_references, one_of
from vbtui.vocabulary import Component, Phase, StepId

FILE: Final = "process.yaml"

MOST_WORDS: Final = 45
"""Words of a step's `what`, in either language: it has to fit beside the topology at 80 columns."""


@dataclass(frozen=True, slots=True)
class PhaseText:
    """One phase. Texts are by language (`en`, `de`)."""

    phase: Phase
    title: dict[str, str]
    what: dict[str, str]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class StepText:
    """One step. Texts are by language (`en`, `de`)."""

    step: StepId
    title: dict[str, str]
    actor: Component
    """The component that takes the initiative."""
    badges: tuple[int, ...]
    """Numbers on the arrows of the published diagrams; empty where no diagram shows the step."""
    what: dict[str, str]
    """What happens, in two or three short sentences."""
    who: dict[str, str]
    """Who acts on whom."""
    why: dict[str, str]
    """What it is good for, or what fails without it."""
    citations: tuple[Citation, ...]
    disagreements: tuple[Disagreement, ...]
    """Points about this step on which the sources disagree."""


@dataclass(frozen=True, slots=True)
class Process:
    """The whole narration, phases and steps in the order of the process."""

    phases: tuple[PhaseText, ...]
    steps: tuple[StepText, ...]

    def phase(self, phase: Phase) -> PhaseText:
        """The text of that phase; every phase has one."""
        return next(text for text in self.phases if text.phase is phase)

    def step(self, step: StepId) -> StepText:
        """The text of that step; every step has one."""
        return next(text for text in self.steps if text.step is step)


@cache
def process() -> Process:
    """The shipped narration. Raises catalogue.DataError if the file is wrong."""
    references = load_references()
    document = Entry(FILE, "(file)", read_document("vbtui.workflow", FILE))
    phases = tuple(_phase(entry, references) for entry in entries(FILE, document.raw("phases"), "phase"))
    steps = tuple(_step(entry, references) for entry in entries(FILE, document.raw("steps"), "step"))
    document.done()
    _complete(document, "phases", (text.phase for text in phases), Phase)
    _complete(document, "steps", (text.step for text in steps), StepId)
    return Process(phases, steps)


def _phase(entry: Entry, references: References) -> PhaseText:
    number = entry.text("phase")
    if number not in {str(phase.value) for phase in Phase}:
        raise entry.fault("the number of a phase", number)
    text = PhaseText(
        phase=Phase(int(number)),
        title=entry.bilingual("title"),
        what=entry.bilingual("what"),
        citations=_citations(entry, references),
    )
    entry.done()
    return text


def _step(entry: Entry, references: References) -> StepText:
    text = StepText(
        step=one_of(entry, StepId, entry.text("step")),
        title=entry.bilingual("title"),
        actor=one_of(entry, Component, entry.text("actor")),
        badges=_badges(entry),
        what=entry.bilingual("what"),
        who=entry.bilingual("who"),
        why=entry.bilingual("why"),
        citations=_citations(entry, references),
        disagreements=references.disagreements_of(entry),
    )
    for words in text.what.values():
        if len(words.split()) > MOST_WORDS:
            raise entry.fault(f"at most {MOST_WORDS} words as 'what'", words)
    entry.done()
    return text


def _citations(entry: Entry, references: References) -> tuple[Citation, ...]:
    found = references.citations_of(entry)
    if not found:
        raise entry.fault("at least one citation", "none")
    return found


def _badges(entry: Entry) -> tuple[int, ...]:
    found = entry.texts("badges")
    for number in found:
        if not (number.isascii() and number.isdecimal()):
            raise entry.fault("quoted numbers as 'badges'", number)
    return tuple(int(number) for number in found)


def _complete(document: Entry, key: str, told: Iterable[object], wanted: Iterable[object]) -> None:
    found, expected = tuple(told), tuple(wanted)
    if found != expected:
        raise document.fault(f"'{key}' in the order {expected}", found)
