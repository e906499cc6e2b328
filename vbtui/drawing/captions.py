"""Where the labels of the lines stand: on the line or beside it, never on a box, another label or, if possible, another line.

A label wants a straight horizontal piece that belongs to its line alone and is long enough to leave line on both sides;
otherwise it stands beside a vertical piece. What does not fit anywhere gets no place. All links between the same two ends
place their labels independently: a view shows one of them at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from vbtui.drawing.scene import Direction, Route, Scene

_STRAIGHT_ACROSS = Direction.EAST | Direction.WEST
_STRAIGHT_DOWN = Direction.NORTH | Direction.SOUTH


TO_THE_SAME, FROM_THE_SAME, FOREIGN = 8, 60, 300
"""Price of a cell that carries another line as well."""
TOO_DEAR = 900


@dataclass(frozen=True, slots=True)
class _Label:
    """A label that stands: links with the same text may share it where their lines run together."""

    pair: tuple[str, str]
    text: str
    position: tuple[int, int]


_Labels = dict[tuple[int, int], _Label]


def place_labels(scene: Scene, routes: Sequence[Route]) -> tuple[Route, ...]:
    """The same routes with their labels' positions. Long ways choose last: they have more places."""
    lines: dict[tuple[int, int], set[tuple[str, str]]] = {}
    for route in routes:
        for cell in route.cells:
            lines.setdefault(cell, set()).add((route.source, route.destination))
    boxes = _occupied(scene)
    labels: _Labels = {}
    found: dict[int, Route] = {}
    for index in sorted(range(len(routes)), key=lambda i: (len(routes[i].cells), i)):
        route = routes[index]
        position = _best(scene, route, lines, boxes, labels)
        found[index] = replace(route, label_position=position)
        if position is not None:
            x, y = position
            for offset in range(len(route.label)):
                labels[x + offset, y] = _Label((route.source, route.destination), route.label, position)
    return tuple(found[index] for index in range(len(routes)))


def _occupied(scene: Scene) -> bytearray:
    cells = bytearray(scene.width * scene.height)
    for box in scene.boxes:
        r = box.rect
        for y in range(r.y, r.bottom):
            cells[y * scene.width + r.x : y * scene.width + r.right] = b"\1" * r.width
    return cells


def _best(
    scene: Scene,
    route: Route,
    lines: dict[tuple[int, int], set[tuple[str, str]]],
    boxes: bytearray,
    labels: _Labels,
) -> tuple[int, int] | None:
    pair = (route.source, route.destination)
    size = len(route.label)
    if not size or not route.cells:
        return None
    ideal = 3 * len(route.cells) // 4
    best: tuple[int, int, int, int] | None = None
    for x, y, nearest, cost in _candidates(route, size):
        if x < 0 or x + size > scene.width or any(boxes[y * scene.width + x : y * scene.width + x + size]):
            continue
        near = [labels[x + i, y] for i in range(-1, size + 1) if (x + i, y) in labels]
        if any(label.pair != pair and (label.text, label.position) != (route.label, (x, y)) for label in near):
            continue
        for i in range(size):
            for other in lines.get((x + i, y), ()):
                if other != pair:
                    cost += TO_THE_SAME if other[1] == pair[1] else FROM_THE_SAME if other[0] == pair[0] else FOREIGN
        if any(len(lines.get((x + i, y), ())) > 1 for i in (-1, size)):
            cost += 4
        cost += abs(nearest - ideal)
        if best is None or (cost, y, x, nearest) < best:
            best = (cost, y, x, nearest)
    return (best[2], best[1]) if best is not None and best[0] < TOO_DEAR else None


def _candidates(route: Route, size: int) -> Iterator[tuple[int, int, int, int]]:
    """Places for a label: x, y, the index of the cell it is nearest to, and its cost."""
    arms = route.arms()
    last = len(route.cells) - 1
    run = 0
    for index, ((x, y), arm) in enumerate(zip(route.cells, arms, strict=True)):
        if arm == _STRAIGHT_ACROSS and index != last:
            run += 1
            if run >= size:
                start = index - size + 1
                left = min(route.cells[start][0], x)
                tight = 6 * ((start == 0) + (index + 1 == last))
                yield left, y, index - size // 2, tight
        else:
            run = 0
        if arm == _STRAIGHT_DOWN and index != last:
            yield x + 1, y, index, 15
            yield x - size, y, index, 18
        elif arm == _STRAIGHT_DOWN:
            yield x + 2, y, index, 40
        if arm & _STRAIGHT_ACROSS and not arm & Direction.NORTH:
            yield x - size // 2, y - 1, index, 90
        if arm & _STRAIGHT_ACROSS and not arm & Direction.SOUTH:
            yield x - size // 2, y + 1, index, 95
