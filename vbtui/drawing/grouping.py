"""Machines of one role in one zone as one box, and machines of one zone side by side.

Decided here: what is folded together, what a group is called, what its box says. A group's name, such as
`group:esxi_host:esx`, is the same for the same topology every time; no machine can be called so, as names have no
colon. Datastores have no zone: their kind stands in its place. A group of one is no group.
In: the boxes to be. Out: the boxes to be. Never here: places.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from vbtui.drawing.contents import Content, Item, contents
from vbtui.drawing.glyphs import glyphs
from vbtui.drawing.scene import Group, RowKind
from vbtui.drawing.wording import Wording
from vbtui.topology import Topology

Members = Mapping[Group, tuple[Content, ...]]

_FOLDING = frozenset({Group.ENTRY, Group.REPOSITORY, Group.PROXY, Group.VCENTER, Group.HOST, Group.DATASTORE})
"""Parts of the picture whose boxes are folded. There is one backup server, and it stays what it is."""


def by_zone(members: Members) -> dict[Group, tuple[Content, ...]]:
    """The columns with the boxes of one zone together, the zones in the order in which they first occur."""
    found = dict(members)
    for group in (Group.REPOSITORY, Group.PROXY, Group.HOST):
        first: dict[str, int] = {}
        for content in members[group]:
            first.setdefault(content.zone, len(first))
        found[group] = tuple(sorted(members[group], key=lambda content: first[content.zone]))
    return found


def unit_of(content: Content) -> str:
    """Name of the group that a box belongs to; empty for what is only counted and has no name of its own."""
    if content.title or content.group not in _FOLDING:
        return ""
    kind = content.kind.value if content.kind is not None else "datastore"
    return f"group:{kind}:{content.zone if content.kind is not None else content.caption.lower()}"


def group_names(topology: Topology, wording: Wording) -> frozenset[str]:
    """Names of all groups that there are: what can be opened and closed."""
    members = contents(topology, (), wording)
    counts = Counter(unit_of(content) for column in members.values() for content in column)
    return frozenset(unit for unit, count in counts.items() if unit and count > 1)


def fold(members: Members, opened: Iterable[str], wording: Wording, *, ascii: bool) -> dict[Group, tuple[Content, ...]]:
    """Every role and zone with several boxes as one; of those in `opened` a heading and its boxes."""
    open_ones = frozenset(opened)
    found: dict[Group, tuple[Content, ...]] = {}
    for group, column in members.items():
        units: dict[str, list[Content]] = {}
        for content in column:
            units.setdefault(unit_of(content) or content.name, []).append(content)
        boxes: list[Content] = []
        for unit, parts in units.items():
            if len(parts) == 1:
                boxes += parts
            elif unit in open_ones:
                boxes.append(_heading(unit, parts, wording, ascii=ascii))
                boxes += [replace(part, unit=unit) for part in parts]
            else:
                boxes.append(_group(unit, parts, wording, ascii=ascii))
        found[group] = tuple(boxes)
    return found


def _title(parts: list[Content], wording: Wording, *, ascii: bool) -> str:
    kind = parts[0].kind
    return f"{parts[0].caption if kind is None else wording.roles[kind]} {'x' if ascii else '×'}{len(parts)}"


def _heading(unit: str, parts: list[Content], wording: Wording, *, ascii: bool) -> Content:
    title = f"{glyphs(ascii).opened} {_title(parts, wording, ascii=ascii)}"
    return Content(unit, parts[0].group, parts[0].kind, "", parts[0].zone, (), title=title, unit=unit)


def _group(unit: str, parts: list[Content], wording: Wording, *, ascii: bool) -> Content:
    guests = tuple(item.name for part in parts for item in part.items if item.name is not None)
    uncounted = sum(int(item.text) for part in parts for item in part.items if item.kind is RowKind.MORE)
    items: tuple[Item, ...]
    if guests or uncounted:
        items = (Item(RowKind.MEMBERS, f"{len(guests) + uncounted} {wording.guests}"),)
    else:
        seen = {item.text: replace(item, aside="") for part in parts for item in part.items if item.kind in _COMMON}
        items = tuple(seen.values())
    title = f"{glyphs(ascii).closed} {_title(parts, wording, ascii=ascii)}"
    names = tuple(part.name for part in parts)
    return Content(
        unit, parts[0].group, parts[0].kind, "", parts[0].zone, items, title=title, unit=unit, folded=names + guests
    )


_COMMON = frozenset({RowKind.COMPONENT, RowKind.MEDIUM})
"""Rows that machines of one role have alike."""
