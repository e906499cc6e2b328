"""Which events of a trace are listed: those that belong to what is followed, and that have every word of a filter.

Decided here: by what an event can be found, and how words are looked for: all of them, each anywhere, without regard to
case; a step only from the beginning of its number, so that `5` is no port. In: a trace, what codes are called in a
person's language, words. Out: positions. Never here: sentences, rows, widths.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vbtui.trace import Event, EventKind, Trace
from vbtui.vocabulary import Action, Component, Outcome, Role, StepId, services_text
from vbtui.walk.focus import Followed, machines_of


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """What a person calls what a trace has as codes."""

    kinds: Mapping[EventKind, str]
    actions: Mapping[Action, tuple[str, ...]]
    """Every word that is written for each, as for outcomes."""
    outcomes: Mapping[Outcome, tuple[str, ...]]
    steps: Mapping[StepId, str]
    """Titles."""
    components: Mapping[Component, str]
    roles: Mapping[Role, str]


class Index:
    """What every event of one trace can be found by. Made once; then a search is a look at short texts."""

    def __init__(self, trace: Trace, words: Words) -> None:
        self.words = words
        self._steps = {step: f"\n{step} {title}".casefold() for step, title in words.steps.items()}
        self._texts = tuple(self._text(event) for event in trace.events)
        self.first: dict[StepId, int] = {}
        """Where each step that the trace has begins."""
        for event in trace.events:
            self.first.setdefault(event.step, event.position)

    def positions(self, text: str, among: Sequence[int] | None = None) -> Sequence[int]:
        """Of the events that have all words of `text`, in rising order; of those `among`, or of all."""
        places = range(len(self._texts)) if among is None else among
        texts = self._texts
        for word in words_of(text):
            if word[0].isdigit():
                # A number is one of a step or a port, and neither is found by a part from its middle.
                line, port = f"\n{word}", f"/{word}"
                places = [place for place in places if line in texts[place] or port in texts[place]]
            else:
                places = [place for place in places if word in texts[place]]
        return places

    def _text(self, event: Event) -> str:
        verdict = event.verdict
        ends = (event.source, event.destination)
        parts = [
            *machines_of(event),
            *(self.words.components[end.component] for end in ends if end is not None),
            event.vm or "",
            event.disk or "",
            services_text(event.services) if event.services else "",
            self.words.kinds[event.kind],
            *self.words.outcomes[event.outcome],
        ]
        if verdict is not None:
            # As rules and exports write it, in every language, and as it is told here.
            parts += [verdict.action, *self.words.actions[verdict.action]]
            if verdict.hop is not None:
                parts.append(verdict.hop.name)
            if verdict.segment is not None and verdict.segment.rule is not None:
                parts.append(verdict.segment.rule)
        return self._steps[event.step] + "\n" + "\n".join(parts).casefold()


def words_of(text: str) -> tuple[str, ...]:
    """The words that are looked for."""
    return tuple(text.casefold().split())


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """The events that are listed."""

    positions: Sequence[int] = field(repr=False)
    """In rising order."""
    text: str = ""
    """The filter; empty for none."""
    whole: bool = True
    """Every event of the trace is listed."""

    def __len__(self) -> int:
        return len(self.positions)

    def row(self, position: int) -> int:
        """The row of an event; for one that is not listed that of the last one before it, at least 0."""
        return max(0, bisect_right(self.positions, position) - 1)

    def neighbour(self, position: int, rows: int) -> int | None:
        """The event so many rows from that one, cut to the list; from one that is not listed, the nearest in that
        direction is the first. None in an empty list."""
        if not self.positions:
            return None
        row = self.row(position)
        if self.positions[row] > position:  # all that is listed comes behind it
            wanted = rows - 1 if rows > 0 else 0
        elif self.positions[row] < position and rows < 0:
            wanted = row + rows + 1
        else:
            wanted = row + rows
        return self.positions[min(max(wanted, 0), len(self.positions) - 1)]


def listing(trace: Trace, index: Index | None, followed: Followed | None, text: str) -> Listing:
    """What is listed. `index` may be None where `text` has no words. Raises ValueError if it may not."""
    among = None if followed is None else followed.positions
    if not words_of(text):
        return Listing(range(len(trace)) if among is None else among, whole=among is None)
    if index is None:
        raise ValueError("words are looked for in an index")
    return Listing(index.positions(text, among), text, whole=False)
