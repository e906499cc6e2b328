"""Which pictures are tried, and in which order: levels of detail and numbers of sub-columns.

Decided here: what is given up before what when space is short. Whether an attempt fits is measured in `layout`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vbtui.drawing.boxes import widths
from vbtui.drawing.contents import Content
from vbtui.drawing.scene import DetailLevel, Group

Members = dict[Group, tuple[Content, ...]]


ABREAST = 44
"""Cells to which the column of the hosts may grow so that the datastores below stand side by side."""
STORE_GAP = 2


@dataclass(frozen=True, slots=True)
class Style:
    """Levels of detail of one attempt."""

    main: DetailLevel
    entry: DetailLevel
    store: DetailLevel
    spare: int
    """Rows that must be left over, so that a rich picture does not get cramped."""
    price: int
    """What it loses against the richest, in the measure in which one more sub-column costs 2 to 3."""


STYLES = (
    Style(DetailLevel.FULL, DetailLevel.COMPACT, DetailLevel.FULL, 5, 0),
    Style(DetailLevel.FULL, DetailLevel.LINE, DetailLevel.FULL, 0, 1),
    Style(DetailLevel.FULL, DetailLevel.LINE, DetailLevel.LINE, 0, 4),
    Style(DetailLevel.COMPACT, DetailLevel.LINE, DetailLevel.FULL, 0, 100),
    Style(DetailLevel.COMPACT, DetailLevel.LINE, DetailLevel.LINE, 0, 103),
    Style(DetailLevel.LINE, DetailLevel.LINE, DetailLevel.LINE, 0, 1000),
)
"""From the richest to the leanest; the cheapest attempt that fits is taken."""

CLOSEST = {
    DetailLevel.FULL: STYLES[:3],
    DetailLevel.COMPACT: STYLES[3:5],
    DetailLevel.LINE: STYLES[5:],
    DetailLevel.GROUP: STYLES[3:],
}
"""The styles of a level that was asked for, the richest first."""

TOO_MANY = 200
"""Rows that no screen has: then the attempt with most sub-columns is made first, as no other can win."""

MOST_COLUMNS = {DetailLevel.FULL: 4, DetailLevel.COMPACT: 4, DetailLevel.LINE: 8}
"""Sub-columns of one group that are tried."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How many sub-columns the groups have; 0 for a group without boxes."""

    repositories: int
    proxies: int
    hosts: int
    abreast: bool
    """Datastores stand side by side below the hosts, even if that makes the column wider."""


def attempts(members: Members, styles: Sequence[Style] = STYLES) -> list[tuple[Style, Columns]]:
    """Every combination of these styles and sub-columns, the one that explains most first."""

    def counts(group: Group, most: int) -> range:
        size = len(members[group])
        return range(1, min(most, size) + 1) if size else range(1)

    found = [
        (style.price + 2 * (r + p) + 3 * h + (0 if abreast else 1), index, Columns(r, p, h, abreast))
        for index, style in enumerate(styles)
        for r in counts(Group.REPOSITORY, MOST_COLUMNS[style.main])
        for p in counts(Group.PROXY, MOST_COLUMNS[style.main])
        for h in counts(Group.HOST, MOST_COLUMNS[style.main])
        for abreast in ((True, False) if h == 1 and 0 < stores_width(members, style) <= ABREAST else (False,))
    ]
    found.sort(key=lambda item: item[:2])
    if all(least_height(members, styles[i], c) > TOO_MANY for _, i, c in found):
        found.reverse()
    return [(styles[index], columns) for _, index, columns in found]


def least_height(members: Members, style: Style, columns: Columns) -> int:
    """Rows below which this attempt cannot get, without measuring a single box: saves the work for large topologies."""
    box = 1 if style.main is DetailLevel.LINE else 4
    groups = ((Group.REPOSITORY, columns.repositories), (Group.PROXY, columns.proxies), (Group.HOST, columns.hosts))
    return max(-(-len(members[group]) // max(1, count)) * box - 1 for group, count in groups)


def stores_width(members: Members, style: Style) -> int:
    """Cells that all datastores side by side take; 0 if there are fewer than two."""
    stores = members[Group.DATASTORE]
    return sum(widths(s, style.store).zoned + STORE_GAP for s in stores) - STORE_GAP if len(stores) > 1 else 0
