"""Where the labels of the lines stand: on the line or beside it, never on a box or another label.

A label wants a straight horizontal piece that belongs to its line alone and is long enough to leave line on both
sides; otherwise it stands beside a vertical piece. What does not fit anywhere gets no place. All links between the
same two ends place their labels independently: a view shows one of them at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from vbtui.drawing.scene import Direction, Route, Scene

_STRAIGHT_ACROSS = Direction.EAST | Direction.WEST
_STRAIGHT_DOWN = Direction.NORTH | Direction.SOUTH


SAME_TEXT, RELATED, FOREIGN = 5, 60, 300
"""Price of a cell that carries another line as well."""
BESIDE_BOX = 40
CHEAP = 60
"""Above this the service's name is left out."""
TOO_DEAR = 900
"""Above this the shorter form is tried first."""
ANY_PRICE = 1 << 30


@dataclass(frozen=True, slots=True)
class _Label:
    """A label that stands: links with the same text may share it where their lines run together."""

    pair: tuple[str, str]
    text: str
    position: tuple[int, int]


_Labels = dict[tuple[int, int], list[_Label]]
"""By cell: labels of one line may lie on top of each other, as a view shows one of them at a time."""


def place_labels(scene: Scene, routes: Sequence[Route]) -> tuple[Route, ...]:
    """The same routes with their labels' positions. Long ways choose last: they have more places."""
    lines: dict[tuple[int, int], set[tuple[str, str]]] = {}
    for route in routes:
        for cell in route.cells:
            lines.setdefault(cell, set()).add(route.between)
    texts: dict[tuple[str, str], set[str]] = {}
    for route in routes:
        texts.setdefault(route.between, set()).add(route.label)
    boxes = _occupied(scene)
    labels: _Labels = {}
    found: dict[int, Route] = {}
    for index in sorted(range(len(routes)), key=lambda i: (len(routes[i].cells), i)):
        route = routes[index]
        found[index] = route
        forms = _forms(route, scene.ascii) if route.cells else ()
        named = len(forms) - 1 if route.link.service else len(forms)
        attempts = [(form, CHEAP if len(forms) > named and form is forms[0] else TOO_DEAR) for form in forms]
        for text, limit in [*attempts, *((form, ANY_PRICE) for form in forms[len(forms) - named :])]:
            position = _best(scene, route, text, lines, texts, boxes, labels, limit)
            if position is not None:
                found[index] = replace(route, caption=text, label_position=position)
                x, y = position
                for offset in range(len(text)):
                    labels.setdefault((x + offset, y), []).append(_Label(route.between, text, position))
                break
    return tuple(found[index] for index in range(len(routes)))


def place_few_labels(scene: Scene, routes: Sequence[Route]) -> tuple[Route, ...]:
    """The same where there are too many lines to weigh places: a label stands on the last straight piece or nowhere."""
    labels: dict[tuple[int, int], tuple[str, tuple[int, int]]] = {}
    found: list[Route] = []
    for route in routes:
        found.append(route)
        for text in _forms(route, scene.ascii) if route.cells else ():
            (end_x, y), size = route.cells[-1], len(text)
            piece = next((at for at, cell in enumerate(reversed(route.cells)) if cell[1] != y), len(route.cells))
            if route.arrives not in _STRAIGHT_ACROSS or piece < size + 3 + len(route.link.firewalls):
                continue
            x = end_x - size - 1 if route.arrives is Direction.EAST else end_x + 2
            if all(labels.get((x + i, y), (text, (x, y))) == (text, (x, y)) for i in range(-1, size + 1)):
                labels.update({(x + i, y): (text, (x, y)) for i in range(size)})
                found[-1] = replace(route, caption=text, label_position=(x, y))
                break
    return tuple(found)


def _forms(route: Route, ascii: bool) -> tuple[str, ...]:
    """The label with its service, the label, and what it may be cut down to: its first port with an ellipsis."""
    label = route.label
    first = re.split(r"[-,/ ]", label, maxsplit=1)[0]
    named = (f"{label} {route.link.service}",) if label and route.link.service else ()
    if not label or len(first) + 1 >= len(label):
        return (*named, label) if label else ()
    return *named, label, first + (".." if ascii else "…")


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
    text: str,
    lines: dict[tuple[int, int], set[tuple[str, str]]],
    texts: dict[tuple[str, str], set[str]],
    boxes: bytearray,
    labels: _Labels,
    limit: int,
) -> tuple[int, int] | None:
    pair = route.between
    size = len(text)
    head, row = route.cells[-1]
    best: tuple[int, int, int] | None = None
    for x, y, cost in _candidates(route, size, lines):
        if best is not None and (cost, y, x) >= best:
            continue  # whatever comes only adds to it
        if x < 0 or y < 0 or x + size > scene.width or y >= scene.height:
            continue
        if any(boxes[y * scene.width + x : y * scene.width + x + size]):
            continue
        if y == row and x <= head < x + size:
            continue
        near = [label for i in range(-1, size + 1) for label in labels.get((x + i, y), ())]
        if any(label.pair != pair and (label.text, label.position) != (text, (x, y)) for label in near):
            continue
        for i in range(size):
            for other in lines.get((x + i, y), ()):
                if other != pair:
                    related = other[0] == pair[0] or other[1] == pair[1]
                    cost += FOREIGN if not related else SAME_TEXT if texts[other] == {text} else RELATED
        if any(0 <= at < scene.width and boxes[y * scene.width + at] for at in (x - 1, x + size)):
            cost += BESIDE_BOX
        if best is None or (cost, y, x) < best:
            best = (cost, y, x)
    return (best[2], best[1]) if best is not None and best[0] < limit else None


def _candidates(
    route: Route, size: int, lines: dict[tuple[int, int], set[tuple[str, str]]]
) -> Iterator[tuple[int, int, int]]:
    """Places for a label: x, y and cost. Nearer to the destination and in the middle of a clear piece is better."""
    marks = len(route.link.firewalls) + (1 if route.link.badge else 0)
    for stretch, arm, bends in _stretches(route, lines):
        middle = (len(stretch) - 1) / 2
        if arm == _STRAIGHT_ACROSS and size + marks < len(route.cells):
            for start in range(len(stretch) - size + 1):
                x = min(stretch[start][0], stretch[start + size - 1][0])
                off = abs(start + (size - 1) / 2 - middle)
                tight = 0 if size < len(stretch) else 6
                yield x, stretch[0][1], int(2 * off) + 10 * bends + tight
        elif arm == _STRAIGHT_DOWN:
            for index, (x, y) in enumerate(stretch):
                off = int(2 * abs(index - middle))
                yield x + 1, y, off + 10 * bends + 12
                yield x - size, y, off + 10 * bends + 15
    for (x, y), arm in zip(route.cells, route.arms(), strict=True):
        if arm == _STRAIGHT_DOWN and (x, y) == route.cells[-1]:
            yield x + 2, y, 30
            yield x - size - 1, y, 35
        elif arm == _STRAIGHT_ACROSS:
            yield x - size // 2, y - 1, 120
            yield x - size // 2, y + 1, 125


def _stretches(
    route: Route, lines: dict[tuple[int, int], set[tuple[str, str]]]
) -> Iterator[tuple[list[tuple[int, int]], Direction, int]]:
    """Straight pieces between bends, and within them the parts with one set of lines, with the bends still to come."""
    arms = route.arms()[:-1]
    bends = sum(arm not in (_STRAIGHT_ACROSS, _STRAIGHT_DOWN) for arm in arms)
    for arm, whole in groupby(zip(route.cells, arms, strict=False), key=lambda item: item[1]):
        cells = [cell for cell, _ in whole]
        if arm not in (_STRAIGHT_ACROSS, _STRAIGHT_DOWN):
            bends -= len(cells)
            continue
        yield cells, arm, bends
        for _, part in groupby(cells, key=lambda cell: sorted(lines[cell])):
            piece = list(part)
            if len(piece) < len(cells):
                yield piece, arm, bends
