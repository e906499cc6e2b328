"""The overview map: the whole picture in a corner of its view, with a frame around what can be seen.

Decided here: when there is a map (the picture is larger than the view, and the view has room for both), how large it
is, and in which corner: never over what acts or is pointed at, so that sometimes there is none. In: a scene, the part
of it that can be seen, names. Out: rows at a place of the view. Never here: keys, scrolling.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vbtui.drawing import Canvas, Rect, Scale, Scene, overview, scale_of
from vbtui.ui.inks import Row, Span, Tone

WIDEST, HIGHEST = 36, 12
"""Cells of the map with its frame."""
PART = 3
"""The map takes at most one part in so many of the view's width, and of its height."""
LEAST = (10, 5)
"""Columns and rows below which nothing can be told from a map."""
_FRAMES = {False: ("╭", "─", "╮", "│", "╰", "╯"), True: ("+", "-", "+", "|", "+", "+")}


@dataclass(frozen=True, slots=True)
class OverviewMap:
    """A map at its place."""

    rect: Rect
    """In cells of the view, with the frame."""
    rows: tuple[Row, ...]
    scale: Scale

    def to_canvas(self, x: int, y: int) -> tuple[int, int] | None:
        """The cell of the canvas that a cell of the view stands for; None beside the map."""
        if not self.rect.contains(x, y):
            return None
        across = max(0, min(x - self.rect.x - 1, self.scale.shown[0] - 1))
        down = max(0, min(y - self.rect.y - 1, self.scale.shown[1] - 1))
        return self.scale.to_canvas(across, down)


def overview_map(scene: Scene, view: Rect, lit: Iterable[str]) -> OverviewMap | None:
    """The map for what can be seen of a scene; `lit` are names of what must not be hidden. None where there is no
    room, and where everything can be seen."""
    if scene.width <= view.width and scene.height <= view.height:
        return None
    width, height = min(WIDEST, view.width // PART), min(HIGHEST, view.height // PART)
    if width < LEAST[0] or height < LEAST[1]:
        return None
    names = tuple(lit)
    scale = scale_of(scene, width - 2, height - 2)
    width, height = scale.shown[0] + 2, scale.shown[1] + 2
    rect = _corner(width, height, view, _seen(scene, view, names))
    if rect is None:
        return None
    small = overview(scene, width=width - 2, height=height - 2, view=view, acting=names)
    return OverviewMap(rect, _framed(small, ascii=scene.ascii), scale)


def _seen(scene: Scene, view: Rect, names: Iterable[str]) -> list[Rect]:
    """Where things stand in the view."""
    found = []
    for name in names:
        try:
            box, row = scene.find(name)
        except KeyError:
            continue
        rect = box.rect if row is None else row.rect
        found.append(Rect(rect.x - view.x, rect.y - view.y, rect.width, rect.height))
    return found


def _corner(width: int, height: int, view: Rect, taken: list[Rect]) -> Rect | None:
    right, bottom = view.width - width, view.height - height
    corners = (Rect(x, y, width, height) for x, y in ((right, bottom), (0, bottom), (right, 0), (0, 0)))
    return next((corner for corner in corners if not any(corner.overlaps(one) for one in taken)), None)


def _framed(small: Canvas, *, ascii: bool) -> tuple[Row, ...]:
    upper_left, across, upper_right, down, lower_left, lower_right = _FRAMES[ascii]
    rows = [Row(((upper_left + across * small.width + upper_right, Tone.DIM),))]
    for runs in small.rows:
        spans: list[Span] = [(down, Tone.DIM)]
        x = 0
        for run in runs:
            spans += [(" " * (run.x - x), Tone.TEXT), (run.text, run.ink)]
            x = run.x + len(run.text)
        rows.append(Row((*spans, (" " * (small.width - x), Tone.TEXT), (down, Tone.DIM))))
    rows.append(Row(((lower_left + across * small.width + lower_right, Tone.DIM),)))
    return tuple(rows)
