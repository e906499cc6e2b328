"""Which character draws what: lines by their arms, heads, symbols, in the rich and in the plain set.

Decided here: every character of the picture that is not text. All are one cell wide (a test asks the Unicode tables).
Lines have two weights; a cell knows the weight of each of its four arms, and the table below has the glyph for every
combination, so that crossings, forks and changes of weight are drawn properly.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from vbtui.drawing.scene import Direction


class Weight(IntEnum):
    """How an arm of a line is drawn."""

    NONE = 0
    LIGHT = 1
    HEAVY = 2


_LINES = (
    # north, east, south, west as digits: 0 none, 1 light, 2 heavy
    "1000╵ 0100╶ 0010╷ 0001╴ 2000╹ 0200╺ 0020╻ 0002╸ 1020╽ 2010╿ 0102╾ 0201╼ "
    "0101─ 0202━ 1010│ 2020┃ "
    "0110┌ 0210┍ 0120┎ 0220┏ 0011┐ 0012┑ 0021┒ 0022┓ 1100└ 1200┕ 2100┖ 2200┗ 1001┘ 1002┙ 2001┚ 2002┛ "
    "1110├ 1210┝ 2110┞ 1120┟ 2120┠ 2210┡ 1220┢ 2220┣ 1011┤ 1012┥ 2011┦ 1021┧ 2021┨ 2012┩ 1022┪ 2022┫ "
    "0111┬ 0112┭ 0211┮ 0212┯ 0121┰ 0122┱ 0221┲ 0222┳ 1101┴ 1102┵ 1201┶ 1202┷ 2101┸ 2102┹ 2201┺ 2202┻ "
    "1111┼ 1112┽ 1211┾ 1212┿ 2111╀ 1121╁ 2121╂ 2112╃ 2211╄ 1122╅ 1221╆ 2212╇ 1222╈ 2122╉ 2221╊ 2222╋"
)

Arms = tuple[Weight, Weight, Weight, Weight]
"""Weights of the arms to north, east, south, west."""

_JUNCTIONS: dict[Arms, str] = {
    (Weight(int(e[0])), Weight(int(e[1])), Weight(int(e[2])), Weight(int(e[3]))): e[4] for e in _LINES.split()
}

_ORDER = (Direction.NORTH, Direction.EAST, Direction.SOUTH, Direction.WEST)


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of characters."""

    component: str
    vm: str
    place: str
    medium: str
    packet: str
    blocked: str
    beyond: str
    """Cells of a route behind the place where it was blocked."""
    fallback: str
    snapshot: str
    frozen: str
    done: str
    warning: str
    failed: str
    gauge_full: str
    gauge_empty: str
    ellipsis: str
    closed: str
    """Before the title of a group that is folded."""
    opened: str
    """Before the title of a group whose machines are shown."""
    tie: str
    """What holds boxes of one zone together, one above the other."""
    walls: tuple[str, str]
    """A firewall on a line that runs across, and on one that runs up and down."""
    heads: tuple[str, str, str, str]
    """Arrow heads to north, east, south, west."""
    dashed: tuple[str, str]
    """Horizontal and vertical piece of a blocked line."""
    plain: bool

    def head(self, towards: Direction) -> str:
        return self.heads[_ORDER.index(towards)]

    def line(self, arms: Arms) -> str:
        """The glyph for a cell whose arms have these weights; a blank for none."""
        if not any(arms):
            return " "
        if not self.plain:
            return _JUNCTIONS[arms]
        north, east, south, west = (weight > 0 for weight in arms)
        if not (north or south):
            return "=" if Weight.HEAVY in arms else "-"
        if not (east or west):
            return "#" if Weight.HEAVY in arms else "|"
        return "+"

    def border(self, arms: Direction) -> str:
        """The glyph of a light line with these arms."""
        n, e, s, w = (Weight.LIGHT if arms & way else Weight.NONE for way in _ORDER)
        return self.line((n, e, s, w))


RICH = Glyphs(
    component="◆",
    vm="▣",
    place="▫",
    medium="▤",
    packet="●",
    blocked="✖",
    beyond="·",
    fallback="↪",
    snapshot="◩",
    frozen="‖",
    done="✔",
    warning="!",
    failed="✖",
    gauge_full="█",
    gauge_empty="░",
    ellipsis="…",
    closed="▸",
    opened="▾",
    tie="┊",
    walls=("╫", "╪"),
    heads=("▲", "▶", "▼", "◀"),
    dashed=("┄", "┆"),
    plain=False,
)
"""Box drawing, block elements and geometric shapes."""

ASCII = Glyphs(
    component="*",
    vm="@",
    place="^",
    medium="=",
    packet="o",
    blocked="x",
    beyond=".",
    fallback="~",
    snapshot="s",
    frozen="f",
    done="+",
    warning="!",
    failed="x",
    gauge_full="#",
    gauge_empty=".",
    ellipsis="..",
    closed="+",
    opened="-",
    tie=":",
    walls=("%", "%"),
    heads=("^", ">", "v", "<"),
    dashed=("~", ":"),
    plain=True,
)
"""For fonts and terminals without them."""


_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬"


def badge_text(badge: str, ascii: bool) -> str:
    """A number of the process diagrams as it stands on a line: one cell, or in brackets in the plain set."""
    if not ascii and badge.isascii() and badge.isdigit() and 1 <= int(badge) <= len(_CIRCLED):
        return _CIRCLED[int(badge) - 1]
    return f"({badge})" if badge else ""


def glyphs(ascii: bool) -> Glyphs:
    return ASCII if ascii else RICH
