"""What questions are computed from, and the form in which a moment proposes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

from vbtui.catalogue import Row, load_catalogue
from vbtui.lessons.question import Choice, Params, Question, QuestionKind
from vbtui.topology import Job, Topology
from vbtui.trace import Event, Trace
from vbtui.vocabulary import Outcome, Service, services_text

MOST_CHOICES = 4
"""As many answers as a person takes in at one look, and as the keys 1 to 4."""


@dataclass(frozen=True, slots=True)
class Uses:
    """Connections of a run on one service."""

    services: tuple[Service, ...]
    row: str
    """Catalogue row of the first of them."""
    by_machine: dict[str, str]
    """The same of each machine at either end."""


@dataclass(frozen=True)
class Ground:
    """A run, with the lookups that questions need."""

    topology: Topology
    trace: Trace

    @cached_property
    def job(self) -> Job:
        return self.topology.job(self.trace.job)

    @cached_property
    def rows(self) -> Mapping[str, Row]:
        """The catalogue's rows by id."""
        return {row.id: row for row in load_catalogue(self.trace.profile).rows}

    @cached_property
    def assigned(self) -> Mapping[str, int]:
        """Where each task got its slot the last time, as the position of the event."""
        return {
            event.task: event.position for event in self.trace.events if event.code == "task.assigned" and event.task
        }

    @cached_property
    def services(self) -> Mapping[str, Uses]:
        """What the run's connections between two machines use, by the text of the service, in the run's order."""
        found: dict[str, Uses] = {}
        for one in self.trace.events:
            if one.row is not None and one.source is not None and one.destination is not None:
                uses = found.setdefault(services_text(one.services), Uses(one.services, one.row, {}))
                uses.by_machine.setdefault(one.source.node, one.row)
                uses.by_machine.setdefault(one.destination.node, one.row)
        return found

    def row(self, event: Event) -> Row | None:
        return None if event.row is None else self.rows.get(event.row)

    def cause(self, event: Event) -> Event | None:
        return None if event.cause is None else self.trace.by_id.get(event.cause)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One question that a moment gives reason for."""

    kind: QuestionKind
    params: Params
    right: Choice
    others: tuple[Choice, ...]
    """Plausible and wrong, the best first; what exceeds `MOST_CHOICES` is left out."""
    idea: str = ""
    """What is learnt, where a kind has several; each idea is asked once."""
    ordered: bool = False
    """The answers have an order of their own: that of `others`, with the right one at `place`."""
    place: int = 0

    def question(self, event: Event) -> Question:
        """The question in front of `event`. Where the answers have no order they are mixed by their own words, so that
        the right one stands anywhere and always in the same place."""
        identifier = f"{self.kind}@{event.id}"
        choices = self._ordered() if self.ordered else self._mixed(identifier)
        return Question(
            identifier, self.kind, event.id, event.position, self.params, choices, choices.index(self.right)
        )

    def _ordered(self) -> tuple[Choice, ...]:
        found = list(self.others[: MOST_CHOICES - 1])
        found.insert(min(self.place, len(found)), self.right)
        return tuple(found)

    def _mixed(self, identifier: str) -> tuple[Choice, ...]:
        found = (self.right, *self.others[: MOST_CHOICES - 1])
        return tuple(sorted(found, key=lambda one: (crc32(f"{identifier} {one.code} {one.params}".encode()), one.code)))


def distinct(right: Choice, others: Sequence[Choice]) -> tuple[Choice, ...]:
    """The others without those that would read like the right one or like one before."""
    seen = {_words(right)}
    found = []
    for one in others:
        if _words(one) not in seen:
            seen.add(_words(one))
            found.append(one)
    return tuple(found)


def _words(choice: Choice) -> Params | str:
    """What is read of a choice: its values where it has any, since texts around them may be alike."""
    return choice.params or choice.code


def went_well(event: Event) -> bool:
    return event.outcome is Outcome.OK
