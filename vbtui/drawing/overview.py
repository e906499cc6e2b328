"""The whole picture in a few cells, with a frame where the view is.

Decided here: a character of the map covers a piece of the canvas, as wide and as high as that takes, and never less
than a cell. Half and quarter blocks say in which part of it boxes stand; every box can be seen, however small it
becomes. In: a scene. Out: a canvas of the asked size. Never here: lines, names.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from vbtui.drawing.canvas import Canvas, Cells
from vbtui.drawing.picture import Ink
from vbtui.drawing.scene import Rect, Scene

_QUARTERS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By bits: 1 upper left, 2 upper right, 4 lower left, 8 lower right."""
_FRAMES = {False: tuple("┌─┐│└┘"), True: tuple("+-+|++")}


@dataclass(frozen=True, slots=True)
class Scale:
    """How a canvas is shrunk. A map is never larger than its canvas."""

    whole: tuple[int, int]
    """Columns and rows of the canvas."""
    shown: tuple[int, int]
    """Columns and rows of the map."""

    def to_canvas(self, x: int, y: int) -> tuple[int, int]:
        """The canvas cell in the middle of a cell of the map: where a click on the map leads."""
        return (
            min(self.whole[0] - 1, (2 * x + 1) * self.whole[0] // (2 * self.shown[0])),
            min(self.whole[1] - 1, (2 * y + 1) * self.whole[1] // (2 * self.shown[1])),
        )

    def to_map(self, rect: Rect, fine: int = 1) -> Rect:
        """The part of the map that a part of the canvas covers, at least one cell; `fine` cells to a cell."""
        x, right = _shrunk(rect.x, rect.right, self.whole[0], self.shown[0] * fine)
        y, bottom = _shrunk(rect.y, rect.bottom, self.whole[1], self.shown[1] * fine)
        return Rect(x, y, right - x, bottom - y)


def scale_of(scene: Scene, width: int, height: int) -> Scale:
    """How a scene is shrunk to at most `width` x `height` cells. Raises ValueError for a map without cells."""
    if width < 1 or height < 1:
        raise ValueError(f"a map of {width} x {height} cells")
    whole = (max(1, scene.width), max(1, scene.height))
    return Scale(whole, (min(width, whole[0]), min(height, whole[1])))


def overview(
    scene: Scene, *, width: int, height: int, view: Rect | None = None, acting: Collection[str] = ()
) -> Canvas:
    """The map of a scene in at most `width` x `height` cells.

    `view` is the part of the canvas that can be seen, in its cells; `acting` are names of nodes, VMs or datastores
    whose boxes are lit, unknown ones left out.
    """
    scale = scale_of(scene, width, height)
    cells = Cells(*scale.shown, range(scale.shown[1]))
    lit = _boxes_of(scene, acting)
    quarters: dict[tuple[int, int], int] = {}
    inks: dict[tuple[int, int], Ink] = {}
    for box in scene.boxes:
        small = scale.to_map(box.rect, 2)
        ink = Ink.BOX_ACTING if box.name in lit else Ink.BOX
        for y in _middles(small.y, small.bottom, box.rect.y, box.rect.bottom, scale.whole[1], 2 * scale.shown[1]):
            for x in _middles(small.x, small.right, box.rect.x, box.rect.right, scale.whole[0], 2 * scale.shown[0]):
                cell = x // 2, y // 2
                quarters[cell] = quarters.get(cell, 0) | 1 << (x % 2 + 2 * (y % 2))
                if inks.get(cell) is not Ink.BOX_ACTING:
                    inks[cell] = ink
    for (x, y), bits in quarters.items():
        cells.put(x, y, "#" if scene.ascii else _QUARTERS[bits], inks[x, y])
    if view is not None:
        _frame(cells, scale.to_map(view), _FRAMES[scene.ascii])
    return cells.finish()


def _boxes_of(scene: Scene, names: Collection[str]) -> set[str]:
    found = set()
    for name in names:
        try:
            found.add(scene.find(name)[0].name)
        except KeyError:
            continue
    return found


def _shrunk(low: int, high: int, whole: int, shown: int) -> tuple[int, int]:
    """Where a piece from `low` to `high` of `whole` cells lies when there are `shown`; never empty."""
    low, high = max(0, min(low, whole - 1)), max(1, min(high, whole))
    start = min(shown - 1, low * shown // whole)
    return start, max(start + 1, -(-high * shown // whole))


def _middles(low: int, high: int, start: int, end: int, whole: int, shown: int) -> list[int]:
    """Of the fine cells of the map from `low` to `high` whose middle is between `start` and `end` of the canvas.

    So gaps stay gaps; there is at least one.
    """
    found = [at for at in range(low, high) if start <= (2 * at + 1) * whole / (2 * shown) < end]
    return found or [low]


def _frame(cells: Cells, rect: Rect, frame: tuple[str, ...]) -> None:
    """The border of the view, inside its own cells; a view of one row or column is a stroke."""
    upper_left, across, upper_right, down, lower_left, lower_right = frame
    right, bottom = rect.right - 1, rect.bottom - 1
    for x in range(rect.x, rect.right):
        cells.put(x, rect.y, across, Ink.VIEW)
        cells.put(x, bottom, across, Ink.VIEW)
    if rect.height == 1:
        return
    for y in range(rect.y, rect.bottom):
        cells.put(rect.x, y, down, Ink.VIEW)
        cells.put(right, y, down, Ink.VIEW)
    if rect.width == 1:
        return
    for x, y, corner in (
        (rect.x, rect.y, upper_left),
        (right, rect.y, upper_right),
        (rect.x, bottom, lower_left),
        (right, bottom, lower_right),
    ):
        cells.put(x, y, corner, Ink.VIEW)
