"""Finding a place by what is typed: nodes, steps and events that have some words, and events by number, id or step,
also those that typed changes name.

Decided here: what is found, and in which order: machines, then steps, then events. In: a topology, a trace, its
`Index`, a text. Out: what was found, and how much. Never here: sentences, keys, the playhead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, islice
from typing import Final

from vbtui.topology import Topology
from vbtui.trace import Trace
from vbtui.vocabulary import StepId
from vbtui.walk.listing import Index, words_of
from vbtui.workflow import Change

MOST: Final = 200
"""Places that are given of each sort: more cannot be looked through, and words narrow them down."""


class FoundKind(StrEnum):
    """What sort of place was found."""

    NODE = "node"
    """A node, VM or datastore."""
    STEP = "step"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Found:
    """One place."""

    kind: FoundKind
    name: str
    """A machine's name, a step's number, an event's id."""
    position: int | None
    """Of the event, or of the first of the step; of a machine the first event that it takes part in, None if it takes
    part in none."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search has found."""

    found: tuple[Found, ...] = ()
    """At most `MOST` of each sort."""
    count: int = 0
    """How many there are in all."""


def search(topology: Topology, trace: Trace, index: Index, text: str) -> Findings:
    """Everything that has all words of `text`; everything there is for a text without words."""
    words = words_of(text)
    machines = [name for name, texts in _machines(topology, index) if _all(words, texts)]
    steps = [step for step in index.first if _all_of_step(words, step, index.words.steps[step])]
    events = index.positions(text)
    first = _first_events(trace, set(machines[:MOST]))
    found = chain(
        (Found(FoundKind.NODE, name, first.get(name)) for name in machines[:MOST]),
        (Found(FoundKind.STEP, step, index.first[step]) for step in steps),
        (Found(FoundKind.EVENT, trace[place].id, place) for place in islice(events, MOST)),
    )
    return Findings(tuple(found), len(machines) + len(steps) + len(events))


def event_at(trace: Trace, text: str) -> int | None:
    """The position of the event that is called by its id or by its number from 1, or of the first event of the step
    that is called so; None if nothing is. A number without a point is an event's, not that of step 3, 4 or 6."""
    text = text.strip()
    if text in trace.by_id:
        return trace.by_id[text].position
    # `isdecimal` has digits that are no ASCII ones, and a number of a million digits takes Python a while.
    if text.isascii() and text.isdecimal():
        return int(text) - 1 if len(text) <= len(str(len(trace))) and 1 <= int(text) <= len(trace) else None
    first = trace.first_of(text)
    return None if first is None else first.position


class NoEventError(LookupError):
    """`trace` has no event that is called `event`."""

    def __init__(self, event: str, trace: Trace) -> None:
        super().__init__(event)
        self.event = event
        self.trace = trace


def bound(changes: Iterable[Change], run: Callable[[tuple[Change, ...]], Trace]) -> Iterator[Change]:
    """Each change with the id of the event that it names by number, step or id. A number or a step is that of the run
    as it goes with the changes before: the one that a person sees when they add one more.

    `run` simulates with some changes. Raises `NoEventError` for the number or step of no event; an id is not looked up.
    """
    found: tuple[Change, ...] = ()
    for change in changes:
        # Every id has a slash in it, and no number or step has: what is an id needs no run to be found in.
        if "/" not in change.event:
            trace = run(found)
            position = event_at(trace, change.event)
            if position is None:
                raise NoEventError(change.event, trace)
            change = replace(change, event=trace[position].id)
        found = (*found, change)
        yield change


def _machines(topology: Topology, index: Index) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every name that a box may have, with the texts that it is found by."""
    for node in topology.nodes:
        roles = (index.words.roles[role].casefold() for role in node.roles)
        yield node.name, (node.name.casefold(), (node.zone or "").casefold(), *roles)
    for vm in topology.vms:
        yield vm.name, (vm.name.casefold(), (vm.zone or "").casefold())
    for store in topology.datastores:
        yield store.name, (store.name.casefold(),)


def _all(words: tuple[str, ...], texts: tuple[str, ...]) -> bool:
    return all(any(word in text for text in texts) for word in words)


def _all_of_step(words: tuple[str, ...], step: StepId, title: str) -> bool:
    title = title.casefold()
    return all(step.startswith(word) or (word in title and not word[0].isdigit()) for word in words)


def _first_events(trace: Trace, names: set[str]) -> dict[str, int]:
    """The first event of each of these machines."""
    found: dict[str, int] = {}
    for event in trace.events:
        if len(found) == len(names):
            break
        for end in (event.source, event.destination):
            if end is not None and end.node in names:
                found.setdefault(end.node, event.position)
    return found
