"""Where every box stands: columns by role, as the published diagrams have it.

    consoles, databases, name servers        (entries, one strip)
    backup server over both columns          vCenter
    repositories      proxies                hosts with their VMs
                                             datastores

Control runs from top to bottom, data from right to left. Boxes of one zone stand together in their column. Decided
here: the level of detail (the one asked for, or the highest that fits the given width and height), the number of
sub-columns, and how spare cells are shared between boxes, gaps and margins.
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
from vbtui.drawing.rows import Stack, grid_of, rows_of, stacked
from vbtui.drawing.scene import Box, DetailLevel, Group, Link, Rect, Scene
from vbtui.drawing.spans import Span, share
from vbtui.drawing.wording import FIELD_WORDS, Wording
from vbtui.topology import Topology

LABEL_LIMIT = 9
"""Cells that a gap between columns makes room for; longer labels find another place or none."""
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
    sizes = _Sizes(members)
    leanest = styles[-1] if level in (None, DetailLevel.GROUP) else styles[0]
    best: tuple[int, Style, _Across, list[_Placed]] | None = None
    for style, columns in attempts(members, styles):
        lower = least_height(members, style, columns) - (height - style.spare)
        if lower > 0 and (style is not leanest or (best is not None and lower >= best[0])):
            continue
        across = _across(sizes, style, columns, width, labels)
        fits = across.width <= width
        if not fits and max(columns.repositories, columns.proxies, columns.hosts) > 1:
            continue
        margin = _margin(style)
        down = _down(members, style, across, height - style.spare - margin)
        bottom = max((placed.rect.bottom for placed in down), default=0) + margin
        if fits and bottom <= height - style.spare:
            down = _down(members, style, across, height - margin)
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


class _Sizes:
    """How wide the boxes of every column want to be, measured once for all attempts."""

    def __init__(self, members: Members) -> None:
        self.members = members
        self._known: dict[tuple[Group, DetailLevel], Span] = {}

    def of(self, group: Group, level: DetailLevel) -> Span:
        """For a column that has boxes."""
        if (group, level) not in self._known:
            found = [widths(content, level) for content in self.members[group]]
            zoned, rich = max(w.zoned for w in found), max(w.rich for w in found)
            self._known[group, level] = Span(max(w.least for w in found), zoned, rich, rich + 10)
        return self._known[group, level]


def _across(sizes: _Sizes, style: Style, columns: Columns, width: int, labels: tuple[int, int]) -> _Across:
    members = sizes.members
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
        add(columns.repositories, sizes.of(Group.REPOSITORY, style.main), "repository")
    if columns.proxies:
        add(columns.proxies, sizes.of(Group.PROXY, style.main), "proxy")
    servers = members[Group.SERVER]
    if servers:
        one = sizes.of(Group.SERVER, style.main)
        if not spans:
            add(1, one, "server")
        elif sum(span.least for span in spans) < one.least:
            last = len(spans) - 1
            spans[last] = spans[last].widened(one.least - sum(span.least for span in spans))
    infrastructure = len(spans)
    stores = members[Group.DATASTORE]
    guests = [sizes.of(group, style.main) for group in (Group.HOST, Group.VCENTER) if members[group]]
    if guests or stores:
        both = [*guests, *([sizes.of(Group.DATASTORE, style.store)] if stores else [])]
        span = both[0]
        for other in both[1:]:
            span = span.joined(other)
        if columns.abreast:
            row = stores_width(members, style)
            span = Span(max(span.least, row), max(span.wanted, row), max(span.rich, row), max(span.most, row))
        add(max(1, columns.hosts), span, "host")
    if not spans:
        add(1, sizes.of(Group.ENTRY, style.entry), "server")
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
    strip = rows_of(entries, style.entry, across.left[1], 2)
    beside = True
    """Whether vCenter may stand beside the strip instead of below it."""
    everything = across.right[0] + across.right[1] - across.left[0]
    if len(strip) > 1 or (strip and not across.left[1]):
        wide = rows_of(entries, style.entry, max(everything, across.left[1]), 2)
        if len(wide) < len(strip):
            strip, beside = wide, False
    servers = rows_of(members[Group.SERVER], style.main, across.left[1], INNER_GAP)
    left = Stack()
    for row in strip:
        left.add(max(height(c, style.entry, w) for c, _, w in row), Span(1, 1, 2, 2))
    strip_parts = len(left.heights)
    for row in servers:
        left.add(max(height(c, style.main, w) for c, _, w in row), Span(1, 2, 3, 3))
    server_parts = len(left.heights)
    grids = [
        grid_of(members[Group.REPOSITORY], across.repositories, style.main),
        grid_of(members[Group.PROXY], across.proxies, style.main),
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
        tops = left_y[server_parts:] if grid is tall else stacked(grid, style).tops(limit - start, start)
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
    centers = rows_of(members[Group.VCENTER], style.main, across.right[1], INNER_GAP)
    grid = grid_of(members[Group.HOST], across.hosts, style.main)
    stores = rows_of(members[Group.DATASTORE], style.store, across.right[1], STORE_GAP)
    stack = Stack()
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
        rest = Stack(stack.heights[hosts_from:], stack.gaps[hosts_from:])
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
