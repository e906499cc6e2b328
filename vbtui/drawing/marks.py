"""Where the marks of the firewalls and the numbers of the process diagrams stand on the lines.

A firewall's mark wants a straight piece that belongs to its line alone, in the part of the way that its place in the
order of firewalls suggests. A number wants the first cell that belongs to its line alone. Neither covers a label.
In: routes with their labels. Out: the same routes with their marks. Never here: which of them are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vbtui.drawing.glyphs import badge_text
from vbtui.drawing.scene import Cell, Direction, Route, Scene

BEND, SHARED, BESIDE_LABEL, AT_AN_END = 40, 30, 3, 12
"""Prices of places, in half cells from where the mark should be."""
FARTHEST = 16
"""Cells from the beginning of a line up to which its number may stand."""

_STRAIGHT_ACROSS = Direction.EAST | Direction.WEST
_STRAIGHT_DOWN = Direction.NORTH | Direction.SOUTH


def place_marks(scene: Scene, routes: Sequence[Route], boxes: bytearray) -> tuple[Route, ...]:
    """`boxes` has a one for every cell of the canvas that a box covers, row by row."""
    if not any(route.link.firewalls or route.link.badge for route in routes):
        return tuple(routes)
    labels = {cell for route in routes for cell in label_cells(route)}
    users: dict[Cell, set[tuple[str, str]]] = {}
    for route in routes:
        for cell in route.cells:
            users.setdefault(cell, set()).add(route.between)
    crossed = [replace(one, crossings=_crossings(one, labels, users)) if one.cells else one for one in routes]
    walls = {cell for route in crossed for cell, _ in route.crossings}
    numbers: dict[Cell, set[tuple[str, str]]] = {}
    for route in routes:
        for cell in route.cells:
            numbers.setdefault(cell, set()).add((route.between[0], route.link.badge))
    taken: dict[Cell, tuple[str, Cell]] = {}
    found: list[Route] = []
    for route in crossed:
        text = badge_text(route.link.badge, scene.ascii)
        if not text or not route.cells:
            found.append(route)
            continue
        best: tuple[int, Cell] | None = None
        for cost, (x, y) in _starts(route, len(text)):
            cells = [(x + index, y) for index in range(len(text))]
            start = y * scene.width + x
            if x < 0 or x + len(text) > scene.width or any(boxes[start : start + len(text)]):
                continue
            if any(cell in labels or cell in walls or cell == route.cells[-1] for cell in cells):
                continue
            if any(taken.get(cell, (text, (x, y))) != (text, (x, y)) for cell in cells):
                continue
            # Lines of one source with one number may have it on the piece that they share.
            own = (route.between[0], route.link.badge)
            cost += SHARED * sum(len(numbers.get(cell, {own}) - {own}) for cell in cells)
            cost += BESIDE_LABEL * sum((near, y) in labels for near in (x - 1, x + len(text)))
            if best is None or cost < best[0]:
                best = (cost, (x, y))
        if best is not None:
            x, y = best[1]
            taken.update({(x + index, y): (text, (x, y)) for index in range(len(text))})
        found.append(route if best is None else replace(route, badge_position=best[1]))
    return tuple(found)


def place_few_marks(routes: Sequence[Route]) -> tuple[Route, ...]:
    """The same where there are too many lines to weigh places: firewalls evenly along the line, no numbers."""
    found: list[Route] = []
    for route in routes:
        names, covered = route.link.firewalls, set(label_cells(route))
        crossings: list[tuple[Cell, str]] = []
        at = 0
        for index, name in enumerate(names if route.cells else ()):
            at = max(at, (index + 1) * (len(route.cells) - 1) // (len(names) + 1))
            while at < len(route.cells) - 1 and route.cells[at] in covered:
                at += 1
            if at < len(route.cells) - 1:
                crossings.append((route.cells[at], name))
            at += 1
        found.append(replace(route, crossings=tuple(crossings)) if crossings else route)
    return tuple(found)


def _starts(route: Route, size: int) -> Iterator[tuple[int, Cell]]:
    """Places for a number of that many cells near the beginning of a line, with what they cost. The last cell has the
    head."""
    arms = route.arms()
    for at, (x, y) in enumerate(route.cells[:-1][:FARTHEST]):
        cost = 3 * at + (0 if arms[at] in (_STRAIGHT_ACROSS, _STRAIGHT_DOWN) else BEND)
        if size == 1 or arms[at] != _STRAIGHT_DOWN:
            yield cost, (x, y)
        else:
            yield cost, (x + 1, y)
            yield cost + 1, (x - size, y)


def label_cells(route: Route) -> Iterator[Cell]:
    """The cells that a route's label covers."""
    if route.label_position is not None:
        x, y = route.label_position
        for offset in range(len(route.caption)):
            yield x + offset, y


def _crossings(
    route: Route, labels: set[Cell], users: dict[Cell, set[tuple[str, str]]]
) -> tuple[tuple[Cell, str], ...]:
    names, cells, arms = route.link.firewalls, route.cells, route.arms()
    found: list[tuple[Cell, str]] = []
    low = 0
    for index, name in enumerate(names):
        wanted = (index + 1) * (len(cells) - 1) / (len(names) + 1)
        best: tuple[float, int] | None = None
        # The last cell has the head.
        for at in range(low, len(cells) - (len(names) - index)):
            x, y = cells[at]
            if (x, y) in labels:
                continue
            cost = 2 * abs(at - wanted)
            cost += 0 if arms[at] in (_STRAIGHT_ACROSS, _STRAIGHT_DOWN) else BEND
            cost += SHARED * (len(users[x, y]) - 1)
            cost += BESIDE_LABEL * sum((near, y) in labels for near in (x - 1, x + 1))
            cost += AT_AN_END if at == 0 else 0
            if best is None or cost < best[0]:
                best = (cost, at)
        if best is not None:
            found.append((cells[best[1]], name))
            low = best[1] + 1
    return tuple(found)
