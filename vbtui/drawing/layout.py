"""Where every box stands: columns by role, as the published diagrams have it.

    consoles, databases, name servers        (entries, one strip)
    backup server over both columns          vCenter
    repositories      proxies                hosts with their VMs
                                             datastores

Control runs from top to bottom, data from right to left. Decided here: the level of detail (the highest that fits the
given width and height), the number of sub-columns, and how spare cells are shared between boxes, gaps and margins.
In: a topology and the links (they say how much room labels need). Out: a `Scene`. Never here: lines, colours, what
happens.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from vbtui.drawing.attempts import (
    CLOSEST,
    STORE_GAP,
    STYLES,
    Columns,
    Members,
    Style,
    attempts,
    least_height,
    stores_width,
)
from vbtui.drawing.boxes import build, height, widths
from vbtui.drawing.contents import NOTHING_FOLDED, Content, Folded, contents
from vbtui.drawing.grouping import by_zone, fold
from vbtui.drawing.scene import Box, DetailLevel, Group, Link, Rect, Scene
from vbtui.drawing.spans import Span, share
from vbtui.drawing.wording import FIELD_WORDS, Wording
from vbtui.topology import Topology

LABEL_LIMIT = 9
"""Cells that a gap between columns makes room for; longer labels find another place or none."""
MANY_ROWS = 3
"""Rows of boxes from which on a zone begins with a row of its own."""
LONGEST_TIE = 4
"""Rows between boxes of one zone that still look as if they hung together."""
SCROLLED = 2
"""Times the height of the view that a picture may have before machines are grouped instead."""
FEW_ROWS = 40
"""Rows up to which a picture may need scrolling however small the view is."""
INNER_GAP = 4
"""Cells between sub-columns of one group."""


@dataclass(frozen=True, slots=True)
class _Across:
    """The horizontal half of an arrangement: x and width of every sub-column."""

    repositories: tuple[tuple[int, int], ...]
    proxies: tuple[tuple[int, int], ...]
    hosts: tuple[tuple[int, int], ...]
    left: tuple[int, int]
    """x and width of the backup infrastructure."""
    right: tuple[int, int]
    """x and width of vSphere; width 0 without."""
    width: int


def layout(
    topology: Topology,
    *,
    width: int,
    height: int,
    links: Iterable[Link] = (),
    level: DetailLevel | None = None,
    opened: Collection[str] = frozenset(),
    ascii: bool = False,
    wording: Wording = FIELD_WORDS,
    folded: Folded = NOTHING_FOLDED,
) -> Scene:
    """Place every node and datastore on a canvas of at least `width` x `height` cells, and a box for each kind of those
    that are only counted.

    `level` is how much is drawn, on a canvas as large as that takes. Without one the highest level that fits is taken;
    if not even single lines fit, these are still taken on a canvas of some more rows, and groups where that would be
    too many. `opened` are names of groups whose machines have boxes of their own; others are ignored.
    """
    known = tuple(links)
    members = by_zone(contents(topology, known, wording, folded))
    if level is None:
        scene = _arranged(members, STYLES, None, known, width, height, ascii)
        if scene.height <= max(FEW_ROWS, SCROLLED * height):
            return scene
        level = DetailLevel.GROUP
    if level is DetailLevel.GROUP:
        members = fold(members, opened, wording, ascii=ascii)
    return _arranged(members, CLOSEST[level], level, known, width, height, ascii)


def _arranged(
    members: Members,
    styles: Sequence[Style],
    level: DetailLevel | None,
    links: tuple[Link, ...],
    width: int,
    height: int,
    ascii: bool,
) -> Scene:
    """The first attempt that fits, or the one of the leanest style that needs least more."""
    labels = _label_room(members, links)
    leanest = styles[-1] if level in (None, DetailLevel.GROUP) else styles[0]
    best: tuple[int, Style, _Across, list[_Placed]] | None = None
    for style, columns in attempts(members, styles):
        lower = least_height(members, style, columns) - (height - style.spare)
        if lower > 0 and (style is not leanest or (best is not None and lower >= best[0])):
            continue
        across = _across(members, style, columns, width, labels)
        fits = across.width <= width
        if not fits and max(columns.repositories, columns.proxies, columns.hosts) > 1:
            continue
        down = _down(members, style, across, height - style.spare)
        bottom = max((placed.rect.bottom for placed in down), default=0) + _margin(style)
        if fits and bottom <= height - style.spare:
            down = _down(members, style, across, height)
            return _scene(level or style.main, style, across, down, width, height, ascii)
        excess = max(0, bottom - height) + 2 * max(0, across.width - width)
        if style is leanest and (best is None or excess < best[0]):
            best = (excess, style, across, down)
    assert best is not None, "the leanest style always yields an arrangement"
    return _scene(level or best[1].main, *best[1:], width, height, ascii)


def _margin(style: Style) -> int:
    """Rows below everything that stay free: where boxes stand without a gap, lines must get around them."""
    return 1 if style.main is DetailLevel.LINE else 0


def _label_room(members: Members, links: Iterable[Link]) -> tuple[int, int]:
    """Longest label, in cells, that has to stand between the left columns, and between them and vSphere."""
    group_of = {content.name: content.group for group in (Group.REPOSITORY, Group.PROXY) for content in members[group]}
    inside = outside = 4
    for link in links:
        size = min(len(link.label), LABEL_LIMIT)
        if {group_of.get(link.source), group_of.get(link.destination)} == {Group.REPOSITORY, Group.PROXY}:
            inside = max(inside, size)
        else:
            outside = max(outside, size)
    return inside, outside


def _column_span(members: tuple[Content, ...], level: DetailLevel) -> Span:
    found = [widths(content, level) for content in members]
    zoned, rich = max(w.zoned for w in found), max(w.rich for w in found)
    return Span(max(w.least for w in found), zoned, rich, rich + 10)


def _across(members: Members, style: Style, columns: Columns, width: int, labels: tuple[int, int]) -> _Across:
    gaps = [Span(4, label + 5, label + 7, label + 13) for label in labels]
    inner = Span(INNER_GAP, INNER_GAP, INNER_GAP + 2, INNER_GAP + 6)
    spans: list[Span] = []
    kinds: list[str] = []

    def add(count: int, span: Span, kind: str) -> None:
        for index in range(count):
            if spans:
                spans.append(inner if index else gaps[1] if kind == "host" else gaps[0])
                kinds.append("gap")
            spans.append(span)
            kinds.append(kind)

    if columns.repositories:
        add(columns.repositories, _column_span(members[Group.REPOSITORY], style.main), "repository")
    if columns.proxies:
        add(columns.proxies, _column_span(members[Group.PROXY], style.main), "proxy")
    servers = members[Group.SERVER]
    if servers:
        one = _column_span(servers, style.main)
        if not spans:
            add(1, one, "server")
        elif sum(span.least for span in spans) < one.least:
            last = len(spans) - 1
            spans[last] = spans[last].widened(one.least - sum(span.least for span in spans))
    infrastructure = len(spans)
    guests = (*members[Group.HOST], *members[Group.VCENTER])
    stores = members[Group.DATASTORE]
    if guests or stores:
        span = _column_span(guests, style.main) if guests else _column_span(stores, style.store)
        if stores and guests:
            span = span.joined(_column_span(stores, style.store))
        if columns.abreast:
            row = stores_width(members, style)
            span = Span(max(span.least, row), max(span.wanted, row), max(span.rich, row), max(span.most, row))
        add(max(1, columns.hosts), span, "host")
    if not spans:
        add(1, _column_span(members[Group.ENTRY], style.entry), "server")
    alone = infrastructure in (0, len(spans))
    cells = share(spans, width - (2 if alone else 0))
    total = sum(cells)
    x = max(1 if alone else 0, (width - total) // 2)
    places: dict[str, list[tuple[int, int]]] = {"repository": [], "proxy": [], "server": [], "host": [], "gap": []}
    edges: list[int] = []
    for kind, size in zip(kinds, cells, strict=True):
        edges.append(x)
        places[kind].append((x, size))
        x += size
    left = (edges[0], sum(cells[:infrastructure]))
    right = (edges[infrastructure + 1], x - edges[infrastructure + 1]) if 0 < infrastructure < len(cells) else (x, 0)
    if infrastructure == 0:
        left, right = (edges[0], 0), (edges[0], total) if guests or stores else (x, 0)
        left = left if guests or stores else (edges[0], total)
    hosts, proxies = tuple(places["host"]), tuple(places["proxy"])
    return _Across(tuple(places["repository"]), proxies, hosts, left, right, total + (2 if alone else 0))


@dataclass(frozen=True, slots=True)
class _Placed:
    content: Content
    level: DetailLevel
    rect: Rect


def _down(members: Members, style: Style, across: _Across, limit: int) -> list[_Placed]:
    """The vertical half: y and height of every box, spare rows shared between the gaps."""
    entries = members[Group.ENTRY]
    strip = _rows(entries, style.entry, across.left[1], 2)
    beside = True
    """Whether vCenter may stand beside the strip instead of below it."""
    everything = across.right[0] + across.right[1] - across.left[0]
    if len(strip) > 1 or (strip and not across.left[1]):
        wide = _rows(entries, style.entry, max(everything, across.left[1]), 2)
        if len(wide) < len(strip):
            strip, beside = wide, False
    servers = _rows(members[Group.SERVER], style.main, across.left[1], INNER_GAP)
    left = _Stack()
    for row in strip:
        left.add(max(height(c, style.entry, w) for c, _, w in row), Span(1, 1, 2, 2))
    strip_parts = len(left.heights)
    for row in servers:
        left.add(max(height(c, style.main, w) for c, _, w in row), Span(1, 2, 3, 3))
    server_parts = len(left.heights)
    grids = [
        _grid(members[Group.REPOSITORY], across.repositories, style.main),
        _grid(members[Group.PROXY], across.proxies, style.main),
    ]
    tall = max(grids, key=lambda grid: sum(row.height for row in grid) + len(grid))
    for index, grid_row in enumerate(tall):
        left.add(grid_row.height, grid_row.gap(style) if index else Span(2, 3, 4, 6))
    left_y = left.tops(limit)
    placed: list[_Placed] = []
    for row, y in zip(strip, left_y, strict=False):
        placed += [
            _Placed(c, style.entry, Rect(x + across.left[0], y, w, height(c, style.entry, w))) for c, x, w in row
        ]
    for row, y in zip(servers, left_y[strip_parts:], strict=False):
        tallest = max(height(c, style.main, w) for c, _, w in row)
        placed += [_Placed(c, style.main, Rect(x + across.left[0], y, w, tallest)) for c, x, w in row]
    body = left_y[server_parts] if len(left_y) > server_parts else None
    for grid in grids:
        start = body if body is not None else 0
        tops = left_y[server_parts:] if grid is tall else _stacked(grid, style).tops(limit - start, start)
        for grid_row, y in zip(grid, tops, strict=False):
            placed += [_Placed(c, style.main, Rect(x, y, w, height(c, style.main, w))) for c, x, w in grid_row.cells]
    top = left_y[strip_parts] if len(left_y) > strip_parts else 0
    if not servers and body is not None:
        top = body
    strip_bottom = left_y[strip_parts - 1] + left.heights[strip_parts - 1] + 1 if strip_parts else 0
    placed += _vsphere(members, style, across, top, 0 if beside else strip_bottom, body, limit)
    return placed


def _vsphere(
    members: Members, style: Style, across: _Across, top: int, floor: int, body: int | None, limit: int
) -> list[_Placed]:
    """vCenter, hosts and datastores; level with the server and the proxies if the height allows."""
    centers = _rows(members[Group.VCENTER], style.main, across.right[1], INNER_GAP)
    grid = _grid(members[Group.HOST], across.hosts, style.main)
    stores = _rows(members[Group.DATASTORE], style.store, across.right[1], STORE_GAP)
    stack = _Stack()
    for row in centers:
        stack.add(max(height(c, style.main, w) for c, _, w in row), Span(1, 1, 2, 2))
    for index, grid_row in enumerate(grid):
        stack.add(grid_row.height, grid_row.gap(style) if index else Span(1, 2, 3, 4))
    for index, row in enumerate(stores):
        first = Span(1, 1, 1, 2)
        stack.add(max(height(c, style.store, w) for c, _, w in row), Span(1, 1, 1, 1) if index else first)
    least = stack.least()
    start = top if top + least <= limit else max(floor, limit - least)
    hosts_from = len(centers)
    tops = [start + y for y in stack.tops(limit - start)]
    if body is not None and grid and centers:
        rest = _Stack(stack.heights[hosts_from:], stack.gaps[hosts_from:])
        above = tops[hosts_from - 1] + stack.heights[hosts_from - 1]
        if above < body and body + rest.least() <= limit:
            tops[hosts_from:] = [body + y for y in rest.tops(limit - body)]
    placed: list[_Placed] = []
    parts: Iterator[int] = iter(tops)
    for row in centers:
        y = next(parts)
        placed += [_Placed(c, style.main, Rect(x + across.right[0], y, w, height(c, style.main, w))) for c, x, w in row]
    for grid_row in grid:
        y = next(parts)
        placed += [_Placed(c, style.main, Rect(x, y, w, height(c, style.main, w))) for c, x, w in grid_row.cells]
    for row in stores:
        y = next(parts)
        placed += [
            _Placed(c, style.store, Rect(x + across.right[0], y, w, height(c, style.store, w))) for c, x, w in row
        ]
    return placed


class _Stack:
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
class _GridRow:
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


def _stacked(grid: list[_GridRow], style: Style) -> _Stack:
    return _Stack([row.height for row in grid], [row.gap(style) for row in grid])


def _grid(members: tuple[Content, ...], columns: tuple[tuple[int, int], ...], level: DetailLevel) -> list[_GridRow]:
    """Boxes in rows over the sub-columns. Where there are many, a zone begins with a row of its own."""
    if not columns:
        return []
    parts: list[list[Content]] = []
    apart = len(members) >= MANY_ROWS * len(columns)
    for content in members:
        if not parts or len(parts[-1]) == len(columns) or (apart and parts[-1][-1].zone != content.zone):
            parts.append([])
        parts[-1].append(content)
    rows: list[_GridRow] = []
    for index, part in enumerate(parts):
        cells = tuple((content, x, w) for content, (x, w) in zip(part, columns, strict=False))
        begins = index > 0 and parts[index - 1][0].zone != part[0].zone
        rows.append(_GridRow(max(height(c, level, w) for c, _, w in cells), cells, begins))
    return rows


def _rows(
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


def _scene(
    level: DetailLevel, style: Style, across: _Across, down: list[_Placed], width: int, height: int, ascii: bool
) -> Scene:
    bottom = max((placed.rect.bottom for placed in down), default=0) + _margin(style)
    right = max((placed.rect.right for placed in down), default=0)
    shift = max(0, (height - bottom) // 2)
    boxes: list[Box] = []
    for placed in down:
        rect = placed.rect
        at = Rect(rect.x, rect.y + shift, rect.width, rect.height)
        boxes.append(build(placed.content, placed.level, at, ascii=ascii))
    return Scene(
        tuple(boxes),
        max(width, across.width, right),
        max(height, bottom),
        level,
        ascii,
        _ties([placed.content.zone for placed in down], boxes),
    )


def _ties(zones: list[str], boxes: list[Box]) -> tuple[Rect, ...]:
    """The gaps between a box and the next one below it in its column, where both are of one zone."""
    found: list[Rect] = []
    last: dict[tuple[int, int], tuple[str, Box]] = {}
    for zone, box in zip(zones, boxes, strict=True):
        above = last.get((box.rect.x, box.rect.width))
        last[box.rect.x, box.rect.width] = (zone, box)
        if above is None or not zone or above[0] != zone or above[1].group is not box.group:
            continue
        top = above[1].rect.bottom
        if 0 < box.rect.y - top <= LONGEST_TIE:
            found.append(Rect(box.rect.x, top, box.rect.width, box.rect.y - top))
    return tuple(found)
