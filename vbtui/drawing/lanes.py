"""Ways of lines where there are too many for a search: out of a box, along its column, across, along, into a box.

Decided here: a line runs up or down only in the gap beside its box's column and crosses in a row that is free for it.
Lines may run on top of each other, as nobody can tell thousands apart anyway; they never touch a box. A way depends on
the scene and its two ends alone, whatever else is drawn.
In: a scene, two boxes with the rows where the line leaves and arrives. Out: its cells, or None if it cannot be led so.
"""

from __future__ import annotations

from itertools import accumulate

from vbtui.drawing.scene import Box, Direction, Scene

WIDEST_LANE = 12
"""Columns beside a box that are looked at."""

Led = tuple[tuple[tuple[int, int], ...], Direction, Direction]
_Lane = tuple[int, Direction]


class Lanes:
    """The free rows and columns of a scene."""

    def __init__(self, scene: Scene, blocked: bytearray) -> None:
        self.width, self.height = scene.width, scene.height
        self._blocked = blocked
        self._numbers = {box.name: index for index, box in enumerate(scene.boxes)}
        self._columns: dict[int, list[int]] = {}
        self._rows: dict[int, list[int]] = {}
        self._streets: dict[tuple[int, int], list[int]] = {}
        """Rows that are free between two columns."""

    def lead(self, source: Box, start: int, target: Box, end: int) -> Led | None:
        """A way from row `start` of one box to row `end` of the other, with few bends."""
        for leaving in self._beside(source, start, self._numbers[source.name]):
            for arriving in self._beside(target, end, self._numbers[target.name]):
                ways = [[(leaving[0], start), (leaving[0], end), (arriving[0], end)]]
                ways += [[(arriving[0], start), (arriving[0], end)]] if leaving[1] != arriving[1] else []
                for corners in ways:
                    first = (source.rect.right if leaving[1] is Direction.EAST else source.rect.x - 1, start)
                    last = (target.rect.right if arriving[1] is Direction.EAST else target.rect.x - 1, end)
                    if (found := self._along([first, *corners, last])) is not None:
                        return found, leaving[1], arriving[1].opposite
        for leaving in self._beside(source, start, self._numbers[target.name]):
            for arriving in self._beside(target, end, self._numbers[target.name]):
                if (row := self._street(leaving[0], start, arriving[0], end)) is None:
                    continue
                first = (source.rect.right if leaving[1] is Direction.EAST else source.rect.x - 1, start)
                last = (target.rect.right if arriving[1] is Direction.EAST else target.rect.x - 1, end)
                corners = [first, (leaving[0], start), (leaving[0], row), (arriving[0], row), (arriving[0], end), last]
                if (found := self._along(corners)) is not None:
                    return found, leaving[1], arriving[1].opposite
        return None

    def _beside(self, box: Box, y: int, number: int) -> list[_Lane]:
        """The column of the gap at either side of a box that lines of that number run in."""
        found: list[_Lane] = []
        for step, x in ((1, box.rect.right), (-1, box.rect.x - 1)):
            free = 0
            while free < WIDEST_LANE and self._free(x + step * free, y):
                free += 1
            if free:
                # The cells beside both boxes stay free where there are others, for heads and joints.
                inner = max(1, free - 2)
                offset = 1 + number % inner if free > 2 else 0
                found.append((x + step * offset, Direction.EAST if step > 0 else Direction.WEST))
        return found

    def _free(self, x: int, y: int) -> bool:
        return 0 <= x < self.width and 0 <= y < self.height and not self._blocked[y * self.width + x]

    def _street(self, x: int, start: int, other: int, end: int) -> int | None:
        """The free row between two columns that makes the way shortest."""
        between = min(x, other), max(x, other)
        if between not in self._streets:
            self._streets[between] = [y for y in range(self.height) if self._clear_across(y, *between)]
        best: tuple[int, int] | None = None
        for y in self._streets[between]:
            cost = abs(y - start) + abs(y - end)
            if (best is None or (cost, y) < best) and self._clear_down(x, start, y) and self._clear_down(other, y, end):
                best = (cost, y)
        return None if best is None else best[1]

    def _clear_down(self, x: int, start: int, end: int) -> bool:
        if x not in self._columns:
            self._columns[x] = [0, *accumulate(self._blocked[x :: self.width])]
        low, high = sorted((start, end))
        return self._columns[x][low] == self._columns[x][high + 1]

    def _clear_across(self, y: int, start: int, end: int) -> bool:
        if y not in self._rows:
            self._rows[y] = [0, *accumulate(self._blocked[y * self.width : (y + 1) * self.width])]
        low, high = sorted((start, end))
        return self._rows[y][low] == self._rows[y][high + 1]

    def _along(self, corners: list[tuple[int, int]]) -> tuple[tuple[int, int], ...] | None:
        """All cells from corner to corner; None if a box is in the way or the line would meet itself."""
        cells = [corners[0]]
        for x, y in corners[1:]:
            at_x, at_y = cells[-1]
            clear = self._clear_down(x, at_y, y) if x == at_x else at_y == y and self._clear_across(y, at_x, x)
            if not clear:
                return None
            step_x, step_y = (x > at_x) - (x < at_x), (y > at_y) - (y < at_y)
            while (at_x, at_y) != (x, y):
                at_x, at_y = at_x + step_x, at_y + step_y
                cells.append((at_x, at_y))
        return tuple(cells) if len(set(cells)) == len(cells) else None
