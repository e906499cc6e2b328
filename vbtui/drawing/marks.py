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
    taken = {cell: route.between for route in crossed for cell, _ in route.crossings}
    found: list[Route] = []
    for route in crossed:
        text = badge_text(route.link.badge, scene.ascii)
        position = _badge(scene, route, text, labels, users, taken, boxes) if text and route.cells else None
        if position is not None:
            taken.update({(position[0] + index, position[1]): route.between for index in range(len(text))})
            route = replace(route, badge_position=position)
        found.append(route)
    return tuple(found)


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
        for at in range(low, len(cells) - (len(names) - index - 1)):
            x, y = cells[at]
            if (x, y) in labels:
                continue
            cost = 2 * abs(at - wanted)
            cost += 0 if arms[at] in (_STRAIGHT_ACROSS, _STRAIGHT_DOWN) else BEND
            cost += SHARED * (len(users[x, y]) - 1)
            cost += BESIDE_LABEL * sum((near, y) in labels for near in (x - 1, x + 1))
            cost += AT_AN_END if at in (0, len(cells) - 1) else 0
            if best is None or cost < best[0]:
                best = (cost, at)
        if best is not None:
            found.append((cells[best[1]], name))
            low = best[1] + 1
    return tuple(found)


def _badge(
    scene: Scene,
    route: Route,
    text: str,
    labels: set[Cell],
    users: dict[Cell, set[tuple[str, str]]],
    taken: dict[Cell, tuple[str, str]],
    boxes: bytearray,
) -> Cell | None:
    size = len(text)
    best: tuple[int, Cell] | None = None
    arms = route.arms()
    # The last cell has the head.
    for at, (x, y) in enumerate(route.cells[:-1][:FARTHEST]):
        lefts = [x]
        if size > 1 and arms[at] == _STRAIGHT_DOWN:
            lefts = [x + 1, x - size]
        for left in lefts:
            cells = [(left + index, y) for index in range(size)]
            if (
                left < 0
                or left + size > scene.width
                or any(boxes[y * scene.width + left : y * scene.width + left + size])
            ):
                continue
            if any(cell in labels or taken.get(cell, route.between) != route.between for cell in cells):
                continue
            if any(cell == route.cells[-1] or (cell in taken and cell in dict(route.crossings)) for cell in cells):
                continue
            foreign = sum(len(users.get(cell, {route.between}) - {route.between}) for cell in cells)
            cost = 3 * at + SHARED * foreign + (0 if arms[at] in (_STRAIGHT_ACROSS, _STRAIGHT_DOWN) else BEND)
            if best is None or cost < best[0]:
                best = (cost, (left, y))
    return None if best is None else best[1]
