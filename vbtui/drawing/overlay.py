"""Single characters over a painted canvas: what changes more often than what lies below it.

In: a canvas, and characters with their inks by cell. Out: a canvas equal to one on which they were written last. Rows
without such a cell are the same objects as before, so that a view finds out at once what to draw again.
"""

from __future__ import annotations

from collections.abc import Mapping

from vbtui.drawing.canvas import Canvas, Run
from vbtui.drawing.picture import Ink

Over = Mapping[tuple[int, int], tuple[str, Ink]]
"""By (x, y): one character that is one cell wide, and its ink."""


def laid_over(canvas: Canvas, over: Over, rows: range | None = None) -> Canvas:
    """The canvas with those characters; what lies outside, or outside the painted `rows`, is left out."""
    painted = range(canvas.height) if rows is None else rows
    by_row: dict[int, list[int]] = {}
    for x, y in over:
        if y in painted and 0 <= y < canvas.height and 0 <= x < canvas.width:
            by_row.setdefault(y, []).append(x)
    if not by_row:
        return canvas
    found = list(canvas.rows)
    for y, columns in by_row.items():
        found[y] = _with(found[y], [(x, *over[x, y]) for x in sorted(columns)])
    return Canvas(canvas.width, canvas.height, tuple(found))


def _with(row: tuple[Run, ...], single: list[tuple[int, str, Ink]]) -> tuple[Run, ...]:
    """A row with single characters in rising columns."""
    found: list[Run] = []
    places = iter(single)
    place = next(places, None)
    for run in row:
        start, end = run.x, run.x + len(run.text)
        while place is not None and place[0] < end:
            x = place[0]
            if start < x:
                _append(found, Run(start, run.text[start - run.x : x - run.x], run.ink))
            _append(found, Run(*place))
            start, place = max(start, x + 1), next(places, None)
        if start < end:
            _append(found, run if start == run.x else Run(start, run.text[start - run.x :], run.ink))
    while place is not None:
        _append(found, Run(*place))
        place = next(places, None)
    return tuple(found)


def _append(found: list[Run], run: Run) -> None:
    """Characters of one ink side by side are one run, however they came there."""
    last = found[-1] if found else None
    if last is not None and last.ink is run.ink and last.x + len(last.text) == run.x:
        found[-1] = Run(last.x, last.text + run.text, run.ink)
    else:
        found.append(run)
