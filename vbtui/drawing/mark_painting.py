"""Firewalls and numbers on the lines, as characters.

Decided here: a firewall is a wall across the line; a blocked line ends at the one that decided, in a cross, which only
the wall of a line that is used now may hide. The name of a firewall stands beside its mark where there is room: at
every line that matters, otherwise once in the picture.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from vbtui.drawing.canvas import Cells
from vbtui.drawing.glyphs import Glyphs, badge_text
from vbtui.drawing.marks import label_cells
from vbtui.drawing.picture import Ink, LinkPicture, LinkState
from vbtui.drawing.scene import Cell, Direction, Rect, Route, Scene

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
    wanted = round(min(1.0, max(0.0, state.stop)) * (len(route.cells) - 1))
    read = set(label_cells(route))
    if route.cells[wanted] not in read:
        return wanted
    # Beside what the line is called, of which half would stay otherwise.
    free = (at for at, cell in enumerate(route.cells) if cell not in read)
    return min(free, key=lambda at: abs(at - wanted), default=wanted)


def paint_marks(cells: Cells, drawn: Drawn, set_: Glyphs, *, ascii: bool) -> None:
    """The walls and the numbers of all lines."""
    bright = {cell for route, state in drawn if state.state in IMPORTANT for cell in route.cells}
    crosses = {route.cells[stop_of(route, state)] for route, state in drawn if state.state is LinkState.BLOCKED}
    for route, state in drawn:
        stop = stop_of(route, state)
        arms = dict(zip(route.cells[:stop], route.arms(), strict=False)) if route.crossings else {}
        for cell, _ in route.crossings:
            if cell in arms and (cell not in crosses or state.state is LinkState.ACTIVE):
                upright = not arms[cell] & (Direction.EAST | Direction.WEST)
                cells.put(*cell, set_.walls[upright], _ink(state, Ink.FIREWALL))
    for route, state in drawn:
        hidden = set(route.cells[stop_of(route, state) :])
        if state.state not in IMPORTANT:
            # On a line that matters the number of another would be taken for its own.
            hidden |= bright
        if route.badge_position is not None and route.badge_position not in hidden:
            own = badge_text(route.link.badge, ascii)
            now = badge_text(state.badge, ascii)
            # A longer one than the line has room for is not shown: half of it would be another number.
            cells.put(*route.badge_position, now if 0 < len(now) <= len(own) else own, _ink(state, Ink.BADGE))


def _ink(state: LinkPicture, ink: Ink) -> Ink:
    """The marks of lines that only stand are as calm as the lines."""
    if state.state in IMPORTANT:
        return ink
    return Ink.EDGE_IDLE if state.state is LinkState.IDLE else Ink.EDGE_OPEN


def write_firewalls(
    cells: Cells, scene: Scene, drawn: Drawn, lines: Collection[Cell], labelled: Iterable[Route]
) -> None:
    """The names, the topmost line's first. `lines` are all cells with a line, `labelled` the routes with a label.

    Looks at the whole picture, whatever part of it is painted, so that a part looks as it does in the whole.
    """
    taken = {cell for route in labelled for cell in label_cells(route)}
    for route, state in drawn:
        if state.state is LinkState.BLOCKED:
            taken.update(route.cells)
        if route.badge_position is not None:
            x, y = route.badge_position
            taken.update((x + index, y) for index in range(len(badge_text(route.link.badge, scene.ascii))))
    named: set[str] = set()
    for route, state in reversed(drawn):
        stop = stop_of(route, state)
        if state.state is LinkState.BLOCKED and state.stopped_by:
            place = _place(scene, route.cells[stop], state.stopped_by, lines, taken)
            if place is not None:
                cells.put(*place, state.stopped_by, Ink.MARK_FAIL)
                named.add(state.stopped_by)
        passed = set(route.cells[:stop])
        for cell, name in route.crossings:
            if cell not in passed or (name in named and state.state not in IMPORTANT):
                continue
            place = _place(scene, cell, name, lines, taken)
            if place is not None:
                cells.put(*place, name, _ink(state, Ink.FIREWALL))
                named.add(name)


def _place(scene: Scene, cell: Cell, name: str, lines: Collection[Cell], taken: set[Cell]) -> Cell | None:
    """Where a name stands beside a mark: the nearest place with a blank on either side of it, which is then taken."""
    x, y = cell
    size = len(name)
    lefts = (x + 2, x + 3, x - 1 - size, x - 2 - size)
    for left, row in ((left, y + down) for down in (0, -1, 1, -2, 2) for left in lefts):
        wanted = Rect(left - 1, row, size + 2, 1)
        if wanted.x < 0 or wanted.right > scene.width or not 0 <= row < scene.height:
            continue
        if any(box.rect.overlaps(wanted) for box in scene.boxes_in_row(row)):
            continue
        own = [(at, row) for at in range(wanted.x, wanted.right)]
        if not any(one in lines or one in taken for one in own):
            taken.update(own)
            return left, row
    return None
