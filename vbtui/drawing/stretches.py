"""What lines look like where they share cells: the one rule for all of them.

A cell looks like the line that stands on it, if there is one; only what nothing but refused lines go along looks
blocked, so that the blocked piece begins at the branch. What tells of one line alone, the cross of a blocked one and
the hook of a fallback, has its place on a cell of that line alone where there is one.
In: routes that are shown, with their states. Out: the same with the places of crosses and hooks. Never here:
characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vbtui.drawing.glyphs import badge_text
from vbtui.drawing.marks import label_cells
from vbtui.drawing.picture import LinkPicture, LinkState
from vbtui.drawing.scene import Cell, Route

STANDS = frozenset({LinkState.OPEN, LinkState.FALLBACK, LinkState.ACTIVE})
"""States of lines that carry something."""

_LOOKS = (
    LinkState.HIDDEN, LinkState.IDLE, LinkState.BLOCKED, LinkState.OPEN, LinkState.FALLBACK, LinkState.ACTIVE,
)  # fmt: skip
_RANKS = {state: rank for rank, state in enumerate(_LOOKS)}


def look(states: Iterable[LinkState]) -> LinkState:
    """What a cell looks like that lines in these states share."""
    return max(states, key=_RANKS.__getitem__, default=LinkState.HIDDEN)


@dataclass(frozen=True, slots=True)
class Shown:
    """A route of a picture."""

    route: Route
    state: LinkPicture
    stop: int
    """Index of the cell with the cross of a blocked route; for others one behind the last."""
    hook: Cell | None
    """Where the hook of a fallback stands; None if there is no cell for it before the head."""
    passed: tuple[tuple[Cell, str], ...]
    """The firewalls that it passes; the one that decides on a blocked line is none of them."""


def shown(visible: Sequence[tuple[Route, LinkPicture]], *, ascii: bool) -> tuple[Shown, ...]:
    """The routes in their order."""
    standing = {cell for route, state in visible if state.state in STANDS for cell in route.cells}
    read = _Read(visible)
    whole = _shared((route, route.cells) for route, _ in visible)
    stops = [
        _stop(route, _wanted(route, state), standing, read.along(route), whole)
        if state.state is LinkState.BLOCKED
        else len(route.cells)
        for route, state in visible
    ]
    drawn = _shared((route, route.cells[: stop + 1]) for (route, _), stop in zip(visible, stops, strict=True))
    found = []
    for (route, state), stop in zip(visible, stops, strict=True):
        passed = route.crossings
        if state.state is LinkState.BLOCKED:
            before = set(route.cells[: min(_wanted(route, state), stop)])
            passed = tuple(one for one in passed if one[0] in before)
        hook = _hook(route, read.along(route), drawn, ascii) if state.state is LinkState.FALLBACK else None
        found.append(Shown(route, state, stop, hook, passed))
    return tuple(found)


class _Read:
    """What must be read: of the labels of one pair of ends only one is written, so they spare only their own line."""

    def __init__(self, visible: Sequence[tuple[Route, LinkPicture]]) -> None:
        self._pairs: dict[Cell, set[tuple[str, str]]] = {}
        for route, _ in visible:
            for cell in label_cells(route):
                self._pairs.setdefault(cell, set()).add(route.between)

    def along(self, route: Route) -> set[Cell]:
        """Cells of a route that its own label covers, or one of another pair."""
        own, alone = set(label_cells(route)), {route.between}
        return {cell for cell in route.cells if cell in own or self._pairs.get(cell, alone) != alone}


def _shared(pieces: Iterable[tuple[Route, Sequence[Cell]]]) -> set[Cell]:
    """Cells that lines between different ends go along."""
    owners: dict[Cell, tuple[str, str]] = {}
    found: set[Cell] = set()
    for route, cells in pieces:
        for cell in cells:
            if owners.setdefault(cell, route.between) != route.between:
                found.add(cell)
    return found


def _wanted(route: Route, state: LinkPicture) -> int:
    """Where a blocked route ends: at the firewall that decided, if it crosses it."""
    for cell, name in route.crossings:
        if name == state.stopped_by:
            return route.cells.index(cell)
    return round(min(1.0, max(0.0, state.stop)) * (len(route.cells) - 1))


def _stop(route: Route, wanted: int, standing: set[Cell], read: set[Cell], shared: set[Cell]) -> int:
    """The cell for the cross that is nearest to the wanted one: beside what lines are called, of which half would stay
    otherwise, and on its own stretch. On a line that stands the cross would say that this one was refused."""

    def price(at: int) -> tuple[bool, bool, bool, int]:
        cell = route.cells[at]
        return cell in standing, cell in read, cell in shared, abs(at - wanted)

    return min(range(len(route.cells)), key=price)


def _hook(route: Route, read: set[Cell], shared: set[Cell], ascii: bool) -> Cell | None:
    """As near to the beginning of the line's own stretch as nothing that must be read has its place."""
    taken = {*label_cells(route), *(cell for cell, _ in route.crossings)}
    if route.badge_position is not None:
        x, y = route.badge_position
        taken.update((x + index, y) for index in range(len(badge_text(route.link.badge, ascii))))
    free = [cell for cell in route.cells[:-1] if cell not in taken]
    return min(free, key=lambda cell: (cell in read, cell in shared), default=None)
