"""Firewalls and numbers on the lines, as characters.

Decided here: a firewall is a wall across the line; a blocked line ends at the one that decided, in a cross. The name of
a firewall stands beside its mark where there is room: at every line that matters, otherwise once in the picture.
"""

from __future__ import annotations

from collections.abc import Sequence

from vbtui.drawing.canvas import Cells
from vbtui.drawing.glyphs import Glyphs, badge_text
from vbtui.drawing.picture import Ink, LinkPicture, LinkState
from vbtui.drawing.scene import Cell, Direction, Route

Drawn = Sequence[tuple[Route, LinkPicture]]
"""Routes that are shown with their states, the topmost last."""

IMPORTANT = frozenset({LinkState.ACTIVE, LinkState.BLOCKED, LinkState.FALLBACK})


def stop_of(route: Route, state: LinkPicture) -> int:
    """Index of the cell with the cross of a blocked route; for others one behind the last."""
    if state.state is not LinkState.BLOCKED:
        return len(route.cells)
    for cell, name in route.crossings:
        if name == state.stopped_by:
            return route.cells.index(cell)
    return round(min(1.0, max(0.0, state.stop)) * (len(route.cells) - 1))


def paint_marks(cells: Cells, drawn: Drawn, set_: Glyphs, *, ascii: bool) -> None:
    """The walls and the numbers of all lines."""
    for route, state in drawn:
        stop = stop_of(route, state)
        arms = dict(zip(route.cells[:stop], route.arms(), strict=False)) if route.crossings else {}
        for cell, _ in route.crossings:
            if cell in arms:
                upright = not arms[cell] & (Direction.EAST | Direction.WEST)
                cells.put(*cell, set_.walls[upright], Ink.FIREWALL)
    for route, state in drawn:
        beyond = route.cells[stop_of(route, state) :]
        if route.badge_position is not None and route.badge_position not in beyond:
            text = badge_text(state.badge or route.link.badge, ascii)
            room = len(badge_text(route.link.badge, ascii))
            cells.put(*route.badge_position, text[:room], Ink.BADGE if state.state in IMPORTANT else Ink.LABEL)


def write_firewalls(cells: Cells, drawn: Drawn) -> None:
    """The names, the topmost line's first."""
    named: set[str] = set()
    for route, state in reversed(drawn):
        stop = stop_of(route, state)
        if state.state is LinkState.BLOCKED:
            if state.stopped_by and _write(cells, route.cells[stop], state.stopped_by, Ink.MARK_FAIL):
                named.add(state.stopped_by)
            passed = set(route.cells[:stop])
        else:
            passed = set(route.cells)
        for cell, name in route.crossings:
            if cell not in passed or (name in named and state.state not in IMPORTANT):
                continue
            if _write(cells, cell, name, Ink.FIREWALL):
                named.add(name)


def _write(cells: Cells, cell: Cell, name: str, ink: Ink) -> bool:
    """Write a name beside a mark, at the nearest place with a blank on either side of it."""
    x, y = cell
    size = len(name)
    for left, row in (
        (left, y + down) for down in (0, -1, 1, -2, 2) for left in (x + 2, x + 3, x - 1 - size, x - 2 - size)
    ):
        if cells.blank(left - 1, row, size + 2):
            cells.put(left, row, name, ink)
            return True
    return False
