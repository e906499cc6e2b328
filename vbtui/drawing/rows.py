"""Boxes side by side in rows, and rows one above the other.

Decided here: which boxes share a row, and how far rows stand apart: boxes of one zone closer than those of two, so that
a zone is seen without reading. Places on the canvas are decided in `layout`.
"""

from __future__ import annotations

from dataclasses import dataclass

from vbtui.drawing.attempts import Style
from vbtui.drawing.boxes import height, widths
from vbtui.drawing.contents import Content
from vbtui.drawing.scene import DetailLevel, Group
from vbtui.drawing.spans import Span, share

MANY_ROWS = 3
"""Rows of boxes from which on a zone begins with a row of its own."""


class Stack:
    """Heights from top to bottom with the gap above each; the first gap does not count."""

    def __init__(self, heights: list[int] | None = None, gaps: list[Span] | None = None) -> None:
        self.heights = heights if heights is not None else []
        self.gaps = gaps if gaps is not None else []

    def add(self, height: int, gap_above: Span) -> None:
        self.heights.append(height)
        self.gaps.append(gap_above)

    def least(self) -> int:
        return sum(self.heights) + sum(gap.least for gap in self.gaps[1:])

    def tops(self, limit: int, start: int = 0) -> list[int]:
        gaps = share(self.gaps[1:], limit - sum(self.heights))
        tops, y = [], start
        for size, gap in zip(self.heights, [*gaps, 0], strict=False):
            tops.append(y)
            y += size + gap
        return tops


@dataclass(frozen=True, slots=True)
class GridRow:
    """Boxes side by side: (box, x, width)."""

    height: int
    cells: tuple[tuple[Content, int, int], ...]
    begins: bool
    """A zone begins here."""

    def gap(self, style: Style) -> Span:
        """Rows above it: boxes of one zone stand closer together than those of two."""
        if style.main is DetailLevel.LINE:
            return Span(1, 1, 2, 2) if self.begins else Span(0, 0, 0, 1)
        return Span(1, 1, 3, 4) if self.begins else Span(1, 1, 1, 2)


def stacked(grid: list[GridRow], style: Style) -> Stack:
    return Stack([row.height for row in grid], [row.gap(style) for row in grid])


def grid_of(members: tuple[Content, ...], columns: tuple[tuple[int, int], ...], level: DetailLevel) -> list[GridRow]:
    """Boxes in rows over the sub-columns. Where there are many, a zone begins with a row of its own."""
    if not columns:
        return []
    parts: list[list[Content]] = []
    apart = len(members) >= MANY_ROWS * len(columns)
    for content in members:
        if not parts or len(parts[-1]) == len(columns) or (apart and parts[-1][-1].zone != content.zone):
            parts.append([])
        parts[-1].append(content)
    rows: list[GridRow] = []
    for index, part in enumerate(parts):
        cells = tuple((content, x, w) for content, (x, w) in zip(part, columns, strict=False))
        begins = index > 0 and parts[index - 1][0].zone != part[0].zone
        rows.append(GridRow(max(height(c, level, w) for c, _, w in cells), cells, begins))
    return rows


def rows_of(
    members: tuple[Content, ...], level: DetailLevel, width: int, gap: int
) -> list[list[tuple[Content, int, int]]]:
    """Boxes side by side in as few rows as fit, each row spread over the width: (box, x from the left end, width)."""
    if not members:
        return []
    needed = [widths(content, level).zoned for content in members]
    across = len(members)
    while across > 1 and any(
        sum(needed[start : start + across]) + gap * (len(needed[start : start + across]) - 1) > width
        for start in range(0, len(members), across)
    ):
        across -= 1
    across = -(-len(members) // -(-len(members) // across))
    rows = []
    for start in range(0, len(members), across):
        part = members[start : start + across]
        spans: list[Span] = []
        for content in part:
            found = widths(content, level)
            stretch = width if content.group in (Group.SERVER, Group.VCENTER) else found.rich + 4
            if spans:
                spans.append(Span(gap, gap, gap + 2, gap + 8))
            least = min(found.zoned, width) if len(part) == 1 else found.zoned
            rich = found.rich if len(part) > 1 else max(least, min(found.rich, width))
            spans.append(Span(least, rich, max(rich, stretch), max(rich, stretch)))
        cells = share(spans, width)
        x = max(0, (width - sum(cells)) // 2) if part[0].group is not Group.DATASTORE else 0
        row = []
        for index, size in enumerate(cells):
            if index % 2 == 0:
                row.append((part[index // 2], x, size))
            x += size
        rows.append(row)
    return rows
