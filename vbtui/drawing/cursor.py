"""The cursor on a box or a VM, to be seen without colour: a double border, or pointers at both ends of a line.

In: a painted canvas, its scene, a name. Out: a canvas with the cursor. Lines keep their joints with the border.
"""

from __future__ import annotations

from vbtui.drawing.canvas import Canvas
from vbtui.drawing.overlay import Over, laid_over
from vbtui.drawing.picture import Ink
from vbtui.drawing.scene import Rect, Scene

_DOUBLE = {
    **dict.fromkeys("─━╼╾", "═"),
    **dict.fromkeys("│┃╽╿", "║"),
    **dict.fromkeys("┌╭┏", "╔"),
    **dict.fromkeys("┐╮┓", "╗"),
    **dict.fromkeys("└╰┗", "╚"),
    **dict.fromkeys("┘╯┛", "╝"),
    **dict.fromkeys("┬┰┳", "╤"),
    **dict.fromkeys("┴┸┻", "╧"),
    **dict.fromkeys("├┝┣", "╟"),
    **dict.fromkeys("┤┥┫", "╢"),
}
"""Characters of a border, and the same with a double line; the joints of other lines stay single."""
_PLAIN = dict.fromkeys("-=|+#", "#")
_POINTERS, _PLAIN_POINTERS = ("▸", "◂"), (">", "<")


def with_cursor(canvas: Canvas, scene: Scene, name: str | None, rows: range | None = None) -> Canvas:
    """The canvas with a cursor on what has that name; as it is where nothing has. `rows` is what was painted of it."""
    try:
        found = None if name is None else scene.find(name)
    except KeyError:
        found = None
    if found is None:
        return canvas
    box, row = found
    if row is not None:
        place = row.rect
        return laid_over(canvas, _pointed(Rect(place.x - 1, place.y, place.width + 2, 1), scene), rows)
    if box.rect.height == 1:
        return laid_over(canvas, _pointed(box.rect, scene), rows)
    return laid_over(canvas, _framed(canvas, box.rect, scene), rows)


def _pointed(rect: Rect, scene: Scene) -> Over:
    left, right = _PLAIN_POINTERS if scene.ascii else _POINTERS
    return {(rect.x, rect.y): (left, Ink.CURSOR), (rect.right - 1, rect.y): (right, Ink.CURSOR)}


def _framed(canvas: Canvas, rect: Rect, scene: Scene) -> Over:
    """The border of a box, wherever it is not written over by a title."""
    table = _PLAIN if scene.ascii else _DOUBLE
    edge = [(x, y) for y in (rect.y, rect.bottom - 1) for x in range(rect.x, rect.right)]
    edge += [(x, y) for y in range(rect.y + 1, rect.bottom - 1) for x in (rect.x, rect.right - 1)]
    title = _title(canvas, rect)
    over = {}
    for x, y in edge:
        character = _character(canvas, x, y)
        if character in table and not (y == rect.y and x in title):
            over[x, y] = table[character], Ink.CURSOR
    return over


def _title(canvas: Canvas, rect: Rect) -> set[int]:
    """Columns of the first row that are no border: a name may have hyphens."""
    borders = (Ink.BOX, Ink.BOX_DIM, Ink.BOX_ACTING)
    if not 0 <= rect.y < canvas.height:
        return set()
    runs = [run for run in canvas.rows[rect.y] if run.ink not in borders]
    return {x for run in runs for x in range(run.x, run.x + len(run.text))}


def _character(canvas: Canvas, x: int, y: int) -> str:
    if not 0 <= y < canvas.height:
        return ""
    return next((run.text[x - run.x] for run in canvas.rows[y] if run.x <= x < run.x + len(run.text)), "")
