"""Firewalls and numbers on the lines, as characters.

Decided here: a firewall is a wall across the line; a blocked line ends at the one that decided, in a cross, which only
the wall of a line that is used now may hide. The name of a firewall stands beside its mark where there is room: at
every line that matters, otherwise once in the picture. Where the cross stands is decided in `stretches`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from vbtui.drawing.canvas import Cells
from vbtui.drawing.glyphs import Glyphs, badge_text
from vbtui.drawing.marks import label_cells
from vbtui.drawing.picture import Ink, LinkPicture, LinkState
from vbtui.drawing.scene import Cell, Direction, Rect, Route, Scene
from vbtui.drawing.stretches import Shown

Drawn = Sequence[Shown]
"""Routes that are shown, the most important last."""

IMPORTANT = frozenset({LinkState.ACTIVE, LinkState.BLOCKED, LinkState.FALLBACK})


def paint_marks(cells: Cells, drawn: Drawn, set_: Glyphs, *, ascii: bool) -> None:
    """The walls and the numbers of all lines."""
    bright = {cell for one in drawn if one.state.state in IMPORTANT for cell in one.route.cells}
    crosses = {one.route.cells[one.stop] for one in drawn if one.state.state is LinkState.BLOCKED}
    for one in drawn:
        arms = dict(zip(one.route.cells, one.route.arms(), strict=True)) if one.passed else {}
        for cell, _ in one.passed:
            if cell not in crosses or one.state.state is LinkState.ACTIVE:
                upright = not arms[cell] & (Direction.EAST | Direction.WEST)
                cells.put(*cell, set_.walls[upright], _ink(one.state, Ink.FIREWALL))
    for one in drawn:
        route, state = one.route, one.state
        hidden = set(route.cells[one.stop :])
        # A number does not stand on a cross, as no label does; only the line that is used now keeps its own.
        hidden |= crosses.difference(route.cells) if state.state is LinkState.ACTIVE else crosses
        if state.state not in IMPORTANT:
            # On a line that matters the number of another would be taken for its own.
            hidden |= bright
        if route.badge_position is None:
            continue
        (x, y), own, now = route.badge_position, badge_text(route.link.badge, ascii), badge_text(state.badge, ascii)
        if not any((x + index, y) in hidden for index in range(len(own))):
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
    for one in drawn:
        route = one.route
        if one.state.state is LinkState.BLOCKED:
            taken.update(route.cells)
        if route.badge_position is not None:
            x, y = route.badge_position
            taken.update((x + index, y) for index in range(len(badge_text(route.link.badge, scene.ascii))))
    named: set[str] = set()
    for one in reversed(drawn):
        state = one.state
        if state.state is LinkState.BLOCKED and state.stopped_by:
            place = _place(scene, one.route.cells[one.stop], state.stopped_by, lines, taken)
            if place is not None:
                cells.put(*place, state.stopped_by, Ink.MARK_FAIL)
                named.add(state.stopped_by)
        for cell, name in one.passed:
            if name in named and state.state not in IMPORTANT:
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
