"""One box at one level of detail: how wide it wants to be, how high it is, and its rows at a given place.

Decided here: what is given up first when space is short (role, then the text at a row's right end, then the zone, then
the end of the name, marked with an ellipsis). Where boxes stand is decided in `layout`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from vbtui.drawing.contents import Content, Item
from vbtui.drawing.scene import Box, BoxRow, DetailLevel, Group, Rect, RowKind

NAME_LIMIT = 24
"""Cells of a name that a column makes room for; longer ones are clipped if space is short."""
LEAST_NAME = 4
"""Cells of a clipped name that still say something."""
FRAME = 4
"""Borders and blanks to the left and right of what a box says."""
SYMBOL = 2
"""The symbol before an item and its blank."""


def clip(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` in at most `width` cells; a cut is marked."""
    if len(text) <= width:
        return text
    return text[: width - len(ellipsis)] + ellipsis if width >= len(ellipsis) else ""


@dataclass(frozen=True, slots=True)
class Widths:
    """What a box can do with its width, in cells, ascending."""

    least: int
    """The name and every row's text."""
    zoned: int
    """The zone as well."""
    rich: int
    """The role and every row's right end as well."""


def widths(content: Content, level: DetailLevel) -> Widths:
    """How wide one box wants to be."""
    level = level_of(content, level)
    name = min(len(content.label), NAME_LIMIT)
    zone = len(content.zone) + 3 if content.zone else 0
    role = len(content.caption) + 3 if content.caption else 0
    frame = FRAME + (1 if content.folded else 0)
    if level is DetailLevel.LINE:
        return Widths(name + frame, name + zone + frame, name + zone + role + frame)
    texts, asides = [0], [0]
    if level is DetailLevel.FULL:
        texts += [SYMBOL + min(len(item.text), NAME_LIMIT) for item in content.items]
        asides += [SYMBOL + len(item.text) + (len(item.aside) + 2 if item.aside else 0) for item in content.items]
    else:
        line = sum(SYMBOL + len(item.text) + 1 for item in compact_items(content)) - 1
        texts.append(min(line, 14))
        asides.append(line)
    least = max(name, *texts) + frame
    zoned = max(least, name + zone + frame + 1)
    return Widths(least, zoned, max(zoned, name + role + zone + frame + 2, max(asides) + frame))


def level_of(content: Content, level: DetailLevel) -> DetailLevel:
    """The level at which a box is drawn where the others are drawn at `level`: headings have one line, groups two."""
    if content.is_heading:
        return DetailLevel.LINE
    return DetailLevel.COMPACT if content.folded and level is DetailLevel.FULL else level


def compact_items(content: Content) -> tuple[Item, ...]:
    """What the one line of a compact box says: a host's VMs, otherwise its components."""
    guests = tuple(item for item in content.items if item.kind in (RowKind.VM, RowKind.MEMBERS))
    return guests or tuple(item for item in content.items if item.kind is not RowKind.PLACE)


def lines(content: Content, level: DetailLevel, width: int) -> tuple[tuple[Item, ...], ...]:
    """The items of a box of that width, line by line."""
    level = level_of(content, level)
    if level is DetailLevel.LINE:
        return ()
    if level is DetailLevel.COMPACT:
        return (compact_items(content),) if content.items else ()
    if content.group is Group.SERVER and len(content.items) > 1:
        longest = max(SYMBOL + len(item.text) + (len(item.aside) + 2 if item.aside else 0) for item in content.items)
        across = max(1, min((width - FRAME + 3) // (longest + 3), len(content.items)))
        down = -(-len(content.items) // across)
        return tuple(content.items[down_index::down] for down_index in range(down))
    return tuple((item,) for item in content.items)


def height(content: Content, level: DetailLevel, width: int) -> int:
    """Rows that the box takes."""
    return 1 if level_of(content, level) is DetailLevel.LINE else 2 + len(lines(content, level, width))


def build(content: Content, level: DetailLevel, rect: Rect, *, ascii: bool) -> Box:
    """The box at its place. `rect` has the height that `height` says, or more."""
    level = level_of(content, level)
    ellipsis = ".." if ascii else "…"
    inner = rect.width - FRAME - (1 if content.folded else 0)
    name = clip(content.label, inner, ellipsis)
    zone = content.zone if content.zone and len(name) + len(content.zone) + 3 <= inner else ""
    left = inner - (len(zone) + 3 if zone else 0)
    title = f"{name} - {content.caption}" if ascii else f"{name} · {content.caption}"
    if not content.caption or len(title) + (0 if zone or level is DetailLevel.LINE else 1) > left:
        title = name
    rows: list[BoxRow] = []
    for index, items in enumerate(lines(content, level, rect.width)):
        place = Rect(rect.x + 2, rect.y + 1 + index, inner, 1)
        rows += _compact(items, place, ellipsis) if level is DetailLevel.COMPACT else _full(items, place, ellipsis)
    members = content.folded or tuple(item.name for item in content.items if item.name is not None)
    return Box(
        content.name,
        content.group,
        content.kind,
        title,
        zone,
        rect,
        tuple(rows),
        level,
        members,
        content.unit,
        bool(content.folded),
    )


def _full(items: tuple[Item, ...], place: Rect, ellipsis: str) -> list[BoxRow]:
    share = (place.width - 3 * (len(items) - 1)) // len(items)
    rows = []
    for index, item in enumerate(items):
        text = clip(item.text, share - SYMBOL, ellipsis)
        aside = item.aside if SYMBOL + len(text) + 1 + len(item.aside) <= share else ""
        rect = Rect(place.x + index * (share + 3), place.y, share, 1)
        rows.append(BoxRow(item.kind, text, aside, rect, item.name, item.component))
    return rows


def _compact(items: tuple[Item, ...], place: Rect, ellipsis: str) -> list[BoxRow]:
    """The items that fit one line whole, and behind them how many do not: half a name says less than a number. Only
    the first is clipped, where not even that one fits."""
    rows = _fitting(items, place)
    if len(rows) == len(items):
        return rows
    if len(items) > 1:
        place = Rect(place.x, place.y, place.width - len(f" +{len(items)}"), 1)
        rows = _fitting(items, place)
    if not rows and place.width >= SYMBOL + min(len(items[0].text), LEAST_NAME):
        rows = _fitting((replace(items[0], text=clip(items[0].text, place.width - SYMBOL, ellipsis)),), place)
    if len(rows) < len(items):
        text, x = f"+{len(items) - len(rows)}", rows[-1].rect.right + 1 if rows else place.x
        rows.append(BoxRow(RowKind.MORE, text, "", Rect(x, place.y, len(text), 1), None, None))
    return rows


def _fitting(items: tuple[Item, ...], place: Rect) -> list[BoxRow]:
    """As many of the first items as fit whole."""
    rows = []
    x = place.x
    for item in items:
        if x + SYMBOL + len(item.text) > place.right:
            break
        width = SYMBOL + len(item.text)
        rows.append(BoxRow(item.kind, item.text, "", Rect(x, place.y, width, 1), item.name, item.component))
        x += width + 1
    return rows
