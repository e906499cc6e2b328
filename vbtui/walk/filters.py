"""Which rows of a matrix are shown, and in which order.

In: a matrix, conditions. Out: its groups with the rows that are left. Never here: text, widths, a cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from vbtui.vocabulary import Action, StepId
from vbtui.walk.matrix import Matrix, MatrixGroup, MatrixRow


class Order(StrEnum):
    """How rows are put in order."""

    STEP = "step"
    SOURCE = "source"
    SERVICE = "service"
    VERDICT = "verdict"

    @property
    def following(self) -> Order:
        every = list(Order)
        return every[(every.index(self) + 1) % len(every)]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows are shown. All conditions must hold."""

    troubled: bool = False
    """Only what is in the way."""
    node: str | None = None
    """Only connections from or to that machine."""
    steps: frozenset[StepId | None] | None = None
    """Only those steps; None among them stands for the surroundings."""
    text: str = ""
    """Words that a row must have somewhere: machines, step, service, rules, firewalls, verdict. Case is ignored."""
    words: Callable[[MatrixRow], Iterable[str]] = field(default=lambda _: (), compare=False)
    """What a person calls the verdict of a row."""

    @property
    def active(self) -> bool:
        return self != Filter()

    def passes(self, row: MatrixRow) -> bool:
        if self.troubled and not row.troubled:
            return False
        if self.node is not None and not row.names(self.node):
            return False
        if self.steps is not None and row.step not in self.steps:
            return False
        words = self.text.casefold().split()
        if not words:
            return True
        texts = [text.casefold() for text in (*_texts(row), *self.words(row))]
        return all(any(word in text for text in texts) for word in words)


def _texts(row: MatrixRow) -> Iterable[str]:
    yield "" if row.step is None else str(row.step)
    yield row.service
    yield from row.sources
    yield from row.destinations
    for cell in row.cells:
        if cell.segment is not None:
            yield cell.firewall or ""
            yield cell.segment.rule or ""
    if row.verdict is not None:
        # As rules and exports write it, in every language.
        yield row.verdict.action


def shown(found: Matrix, wanted: Filter, order: Order = Order.STEP) -> tuple[MatrixGroup, ...]:
    """The groups that a filter leaves, in an order; in any but that of the steps, one group of all rows."""
    groups = tuple(
        replace(group, rows=rows)
        for group in found.groups
        if (rows := tuple(row for row in group.rows if wanted.passes(row)))
    )
    if order is Order.STEP or not groups:
        return groups
    rows = tuple(sorted((row for group in groups for row in group.rows), key=_KEYS[order]))
    return (MatrixGroup(None, groups[0].verdict, rows),)


_RANK: Final = {Action.DENY: 0, Action.REJECT: 0, Action.UNKNOWN: 1, Action.ALLOW: 3}


def _verdict_rank(row: MatrixRow) -> tuple[int, str, str]:
    rank = 0 if row.verdict is None else _RANK[row.verdict.action]
    return (rank + (2 if row.spare else 0) if rank < 3 else 3, *_source_key(row)[:2])


def _source_key(row: MatrixRow) -> tuple[str, str, str]:
    return (row.sources[0] if row.sources else "", row.destinations[0] if row.destinations else "", row.service)


def _service_key(row: MatrixRow) -> tuple[str, int, int, str]:
    if row.connection is None:
        return ("", 0, 0, "")
    service = row.connection.asked.service
    return (service.protocol, service.low, service.high, row.sources[0])


_KEYS: Final = {
    Order.SOURCE: _source_key,
    Order.SERVICE: _service_key,
    Order.VERDICT: _verdict_rank,
}
