"""The ways of the lines: orthogonal, in the gaps between boxes, the same for the same scene every time.

Theory: one best-first search (A*) per pair of ends over the cells outside all boxes. A cell costs one step; bends,
crossings and running beside or along another line cost extra, so lines keep apart where there is room and share a
trunk where there is none. Lines of one source may share their beginning for nothing, lines to one destination their
end for little; sharing anything else is so dear that it only happens where no other way exists. Short ways are found
first. All links between the same two things in the picture take the same way: of folded machines that is their group.
Labels are placed afterwards by `captions`, firewalls and numbers by `marks`. Where there are too many lines for
searches, they run in `lanes`.

In: a scene and links. Out: one `Route` per link, in the order of the links. Never here: what is drawn of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from heapq import heappop, heappush
from itertools import pairwise

from vbtui.drawing.captions import place_few_labels, place_labels
from vbtui.drawing.lanes import Lanes
from vbtui.drawing.marks import place_few_marks, place_marks
from vbtui.drawing.scene import Box, BoxRow, DetailLevel, Direction, Group, Link, Rect, Route, Routes, RowKind, Scene
from vbtui.vocabulary import Component

STEP = 10
GREED = 13
"""Assumed cost of a cell still to go. Above `STEP` it finds good ways instead of the very best, and far sooner."""
BEND = 42
CROSSING = 50
BESIDE_LINE = 7
BESIDE_BOX = 3
TRUNK = -3
"""Per cell of a beginning that is shared with other lines of the same source; once, so that no cell costs nothing."""
MERGE = 2
"""Per cell of an end that is shared with another line to the same ports of the same destination."""
SHARE_BACK = 25
"""A line that meets another of the same source without following it."""
COLLISION = 500
"""Per cell where two lines without a common end cannot be told apart."""

LABEL_ROOM = 7
"""Cells before the boxes of vSphere that vertical lines avoid, if that leaves `LANES` cells for them."""
LANES = 5
IN_LABEL_ROOM = 60

WRONG_ROW = 14
"""An end at another row of the box than its component's."""
FOREIGN_ROW = 400
"""An end at the row of a VM that is not meant."""
TOP_OR_BOTTOM = 12
OUT_OF_THE_TOP = 40
AT_THE_CORNER = 90
"""An end beside the title, for want of another."""
AT_THE_TITLE = 8
"""The same at a host whose component has no row of its own: the host as a whole."""
NEAR_CORNER = 8

NORTH, EAST, SOUTH, WEST = range(4)
_WAYS = (Direction.NORTH, Direction.EAST, Direction.SOUTH, Direction.WEST)
_BIT = (1, 2, 4, 8)
_BACK = (SOUTH, WEST, NORTH, EAST)
_TURNS = tuple((way, (way + 1) & 3, (way + 3) & 3) for way in range(4))
"""Where a line may go on that runs some way: ahead, or around a corner."""

SEARCHED = 500_000
"""Lines times cells of the canvas up to which every line is searched for; beyond that they run in lanes."""

Pair = tuple[str, str]
_Shape = tuple[str, str, str, str, tuple[str, ...], str]
"""Both ends, label, service, firewalls and badge: links that have all of them in common look the same."""


def route(scene: Scene, links: Iterable[Link]) -> Routes:
    """A way for every link. Raises KeyError for a link whose end is not in the scene."""
    wanted = tuple(links)
    ends: dict[str, str] = {}
    for link in wanted:
        for name in (link.source, link.destination):
            if name not in ends:
                box, row = scene.find(name)
                ends[name] = box.name if row is None or row.name is None else row.name
    first: dict[Pair, Link] = {}
    shapes: dict[_Shape, Link] = {}
    for link in wanted:
        pair = ends[link.source], ends[link.destination]
        first.setdefault(pair, link)
        shapes.setdefault((*pair, link.label, link.service, link.firewalls, link.badge), link)
    order = sorted(
        enumerate(first.values()), key=lambda item: (_distance(scene, item[1].source, item[1].destination), item[0])
    )
    board = _Board(scene)
    crowded = len(first) * scene.width * scene.height > SEARCHED
    ways: dict[Pair, _Way] = {}
    for _, link in order:
        ways[ends[link.source], ends[link.destination]] = board.lead(link) if crowded else board.connect(link)
    bare = [Route(link, *ways[key[:2]], between=key[:2]) for key, link in shapes.items()]
    labelled = (place_few_labels if crowded else place_labels)(scene, bare)
    marked = place_few_marks(labelled) if crowded else place_marks(scene, labelled, board.blocked)
    models = dict(zip(shapes, marked, strict=True))
    found = []
    for link in wanted:
        key = (ends[link.source], ends[link.destination], link.label, link.service, link.firewalls, link.badge)
        model = models[key]
        found.append(model if model.link is link else replace(model, link=link))
    return Routes(found)


_Way = tuple[tuple[tuple[int, int], ...], Direction, Direction]


def _distance(scene: Scene, source: str, destination: str) -> int:
    a, b = scene.find(source)[0].rect, scene.find(destination)[0].rect
    across = max(a.x - b.right, b.x - a.right, 0)
    down = max(a.y - b.bottom, b.y - a.bottom, 0)
    return across + 2 * down


class _Board:
    """The cells of a scene with the lines drawn so far. Cells are numbered y * width + x."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.width, self.height = scene.width, scene.height
        size = self.width * self.height
        self.blocked = bytearray(size)
        self.across = [STEP] * size
        """Cost of entering a cell sideways."""
        self.along = [STEP] * size
        """Cost of entering it up or down."""
        self.users: dict[int, list[tuple[str, str, int]]] = {}
        for box in scene.boxes:
            r = box.rect
            for y in range(r.y, r.bottom):
                self.blocked[y * self.width + r.x : y * self.width + r.right] = b"\1" * r.width
            for x in range(r.x, r.right):
                for y in (r.y - 1, r.bottom):
                    if 0 <= y < self.height:
                        self.across[y * self.width + x] += BESIDE_BOX
            for y in range(r.y, r.bottom):
                for x in (r.x - 1, r.right):
                    if 0 <= x < self.width:
                        self.along[y * self.width + x] += BESIDE_BOX

        self._free = self._free_ways()
        self._lanes = Lanes(scene, self.blocked)
        self._keep_room_for_labels()

    def _free_ways(self) -> tuple[bytearray, ...]:
        """By way and cell: the next cell that way is there, and no box stands on it."""
        width, free = self.width, bytes(not one for one in self.blocked)
        north, east = bytearray(bytes(width) + free[:-width]), bytearray(free[1:] + b"\0")
        south, west = bytearray(free[width:] + bytes(width)), bytearray(b"\0" + free[:-1])
        east[width - 1 :: width] = west[::width] = bytes(self.height)
        return north, east, south, west

    def _keep_room_for_labels(self) -> None:
        """Make it dear to run up or down just before the boxes of vSphere: there the last pieces carry their labels."""
        right = [box.rect for box in self.scene.boxes if box.group in (Group.HOST, Group.VCENTER)]
        edge = min((rect.x for rect in right), default=0)
        before = max((box.rect.right for box in self.scene.boxes if box.rect.right <= edge), default=0)
        room = min(max(edge - before - LANES, 1), LABEL_ROOM)
        for column in range(max(0, edge - room), edge):
            for y in range(self.height):
                self.along[y * self.width + column] += IN_LABEL_ROOM

    def lead(self, link: Link) -> _Way:
        """A way without a search; with one if there is none."""
        source, source_row = self.scene.find(link.source)
        target, target_row = self.scene.find(link.destination)
        if source is target:
            return (), Direction.EAST, Direction.EAST
        start = self._row(source, source_row, link.source_component)
        end = self._row(target, target_row, link.destination_component)
        return self._lanes.lead(source, start, target, end) or self.connect(link)

    @staticmethod
    def _row(box: Box, row: BoxRow | None, component: Component | None) -> int:
        """The row of a box where lines end that stand for a VM or a component."""
        if row is not None:
            return row.rect.y
        fitting = [part.rect.y for part in box.rows if component is not None and part.component is component]
        return fitting[0] if fitting else min(box.rect.y + 1, box.rect.bottom - 1)

    def connect(self, link: Link) -> _Way:
        """Find a way for one link and draw it on the board."""
        source, source_row = self.scene.find(link.source)
        target, target_row = self.scene.find(link.destination)
        if source is target:
            return (), Direction.EAST, Direction.EAST
        starts = self._anchors(source, source_row, link.source_component, leaving=True)
        ends = {
            (cell, _BACK[out]): cost
            for cell, out, cost in self._anchors(target, target_row, link.destination_component, leaving=False)
        }
        end = f"{link.destination} {link.label}"
        cells, leaves, arrives = self._search(starts, ends, target.rect, link.source, end)
        self._draw(cells, leaves, arrives, link.source, end)
        places = tuple((cell % self.width, cell // self.width) for cell in cells)
        return places, _WAYS[leaves], _WAYS[arrives]

    def _anchors(
        self, box: Box, row: BoxRow | None, component: Component | None, *, leaving: bool
    ) -> list[tuple[int, int, int]]:
        """Cells beside a box where a line may start or end: (cell, way out of the box, cost)."""
        r = box.rect
        found: list[tuple[int, int, int]] = []

        def add(x: int, y: int, way: int, cost: int) -> None:
            if 0 <= x < self.width and 0 <= y < self.height and not self.blocked[y * self.width + x]:
                found.append((y * self.width + x, way, cost))

        if row is not None:
            add(r.x - 1, row.rect.y, WEST, 0)
            add(r.right, row.rect.y, EAST, 0)
            if found:
                return found
        sides = range(r.y, r.bottom) if box.level is DetailLevel.LINE else range(r.y + 1, r.bottom - 1)
        costs = dict.fromkeys(sides, WRONG_ROW if component is not None else 4)
        if box.group is Group.HOST and all(part.component is not component for part in box.rows):
            costs = dict.fromkeys(sides, AT_THE_CORNER)
        for part in box.rows:
            if part.kind is RowKind.VM and box.level is DetailLevel.FULL:
                costs[part.rect.y] = FOREIGN_ROW
            elif component is not None and part.component is component:
                costs[part.rect.y] = 0
        if box.level is not DetailLevel.LINE and not leaving:
            absent = all(part.component is not component for part in box.rows)
            costs[r.y] = AT_THE_TITLE if absent and box.group is Group.HOST else AT_THE_CORNER
        for y in costs:
            add(r.x - 1, y, WEST, costs[y])
            add(r.right, y, EAST, costs[y])
        upright = TOP_OR_BOTTOM
        if box.group is Group.HOST and not leaving and 0 in costs.values():
            upright = OUT_OF_THE_TOP
        bottom = 0 if leaving and box.group is Group.SERVER else upright
        middle = r.x + r.width // 2
        for x in range(r.x + 1, r.right - 1):
            corner = NEAR_CORNER if x in (r.x + 1, r.right - 2) else 0
            aside = abs(x - middle) // 3
            if not leaving or box.level is DetailLevel.LINE or self._is_filler(box, x):
                add(x, r.y - 1, NORTH, (OUT_OF_THE_TOP if leaving else upright) + corner + aside)
            add(x, r.bottom, SOUTH, bottom + corner + aside)
        return found

    @staticmethod
    def _is_filler(box: Box, x: int) -> bool:
        """Whether the top border has no text at that column."""
        start = box.rect.x + 3 + len(box.title)
        stop = box.rect.right - 2 - (len(box.zone) + 1 if box.zone else 0)
        return start < x < stop

    def _search(
        self, starts: list[tuple[int, int, int]], ends: dict[tuple[int, int], int], goal: Rect, source: str, target: str
    ) -> tuple[list[int], int, int]:
        width, users, free = self.width, self.users, self._free
        step = (-width, 1, width, -1)
        enter = (self.along, self.across, self.along, self.across)
        sideways = [GREED * max(goal.x - x, x - goal.right + 1, 0) for x in range(width)]
        upright = [GREED * max(goal.y - y, y - goal.bottom + 1, 0) for y in range(self.height)]

        def remaining(cell: int) -> int:
            across, along = sideways[cell % width], upright[cell // width]
            return across + along - GREED + (BEND if across and along else 0)

        best: dict[int, int] = {}
        before: dict[int, int] = {}
        heap: list[tuple[int, int, int, int]] = []
        turn = 0
        for cell, way, cost in starts:
            state = cell * 4 + way
            if cost < best.get(state, 1 << 60):
                best[state] = cost
                before[state] = -1
                heappush(heap, (cost + remaining(cell), turn, cost, state))
                turn += 1
        while heap:
            _, _, cost, state = heappop(heap)
            if state < 0:
                state = -1 - state
                arrives = state & 3
                cells = []
                while state >= 0:
                    cells.append(state >> 2)
                    leaves = state & 3
                    state = before[state]
                cells.reverse()
                return _without_loops(cells), leaves, arrives
            if cost > best[state]:
                continue
            cell, way = state >> 2, state & 3
            taken = users.get(cell)
            end = ends.get((cell, way))
            if end is not None:
                total = cost + end
                if taken:
                    total += _sharing(taken, _BIT[_BACK[way]] | _BIT[way], source, target)
                heappush(heap, (total, turn, total, -1 - state))
                turn += 1
            for out in _TURNS[way]:
                if not free[out][cell]:
                    continue
                following = cell + step[out]
                total = cost + enter[out][following]
                if out != way:
                    total += BEND
                if taken:
                    total += _sharing(taken, _BIT[_BACK[way]] | _BIT[out], source, target)
                after = following * 4 + out
                if total < best.get(after, 1 << 60):
                    best[after] = total
                    before[after] = state
                    heappush(heap, (total + remaining(following), turn, total, after))
                    turn += 1
        raise AssertionError(f"no way from {source} to {target}: boxes must leave gaps")

    def _draw(self, cells: list[int], leaves: int, arrives: int, source: str, target: str) -> None:
        width, size = self.width, self.width * self.height
        ways = [leaves]
        for a, b in pairwise(cells):
            ways.append({-width: NORTH, 1: EAST, width: SOUTH, -1: WEST}[b - a])
        ways.append(arrives)
        for cell, (came, goes) in zip(cells, pairwise(ways), strict=True):
            bits = _BIT[_BACK[came]] | _BIT[goes]
            self.users.setdefault(cell, []).append((source, target, bits))
            if bits & (_BIT[EAST] | _BIT[WEST]):
                for near in (cell - width, cell + width):
                    if 0 <= near < size:
                        self.across[near] += BESIDE_LINE
            if bits & (_BIT[NORTH] | _BIT[SOUTH]):
                for near in (cell - 1, cell + 1):
                    if 0 <= near < size:
                        self.along[near] += BESIDE_LINE


def _without_loops(cells: list[int]) -> list[int]:
    """The way without the rounds by which it avoided a dear cell: a line must not cross itself."""
    kept: list[int] = []
    places: dict[int, int] = {}
    for cell in cells:
        if cell in places:
            for dropped in kept[places[cell] + 1 :]:
                del places[dropped]
            del kept[places[cell] + 1 :]
        else:
            places[cell] = len(kept)
            kept.append(cell)
    return kept


_STRAIGHT = (_BIT[NORTH] | _BIT[SOUTH], _BIT[EAST] | _BIT[WEST])


def _sharing(taken: list[tuple[str, str, int]], bits: int, source: str, target: str) -> int:
    """What it costs to pass a cell that other lines use."""
    cost = 0
    trunk = False
    for other_source, other_target, other in taken:
        if bits in _STRAIGHT and other in _STRAIGHT and bits != other:
            cost += CROSSING
        elif other_source == source:
            trunk = trunk or bits & other != 0
            cost += 0 if bits & other else SHARE_BACK
        elif other_target == target:
            cost += MERGE
        else:
            cost += COLLISION
    return cost + TRUNK if trunk else cost
