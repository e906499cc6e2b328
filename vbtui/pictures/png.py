"""From SVG to PNG, with resvg (extra `png`).

Decided here: which font is taken, and what stands for a number in a circle that it does not have. resvg leaves out text
whose font is missing and says nothing, so a picture without a single letter would look like success; here the font is
tried first. In: an SVG of ours. Out: the bytes of a PNG. Never here: a font from anywhere but this machine.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from html import escape, unescape
from typing import Any, Final

from vbtui.pictures.svg import FONTS

FAMILIES: Final = (
    *(name for name in FONTS if name != "monospace"),
    "Liberation Mono",
    "Noto Sans Mono",
    "Cascadia Mono",
)
"""Fonts with the lines of boxes, the best first."""

PACKAGE: Final = "fonts-dejavu-core"
"""Debian's and Ubuntu's package with the first of them."""

_IN_CIRCLES: Final = re.compile("([\u246a-\u2473])")
"""11 to 20: numbers of the process diagrams that some of these fonts do not have."""
_TEXT: Final = re.compile(r'(<text [^>]*?x=")([0-9.]+)("[^>]*? textLength=")([0-9.]+)("[^>]*?)>([^<]*)</text>')
_NOBODY_HAS: Final = "\U0010fffd"


class NoPngError(Exception):
    """resvg-py is not installed."""


class NoFontError(Exception):
    """None of FAMILIES is installed."""


def png_of(svg: str, *, zoom: float = 2.0) -> bytes:
    """The picture at `zoom` pixels for each unit of the SVG. Raises NoPngError, NoFontError."""
    resvg = _resvg()
    family = _family()
    if family is None:
        raise NoFontError
    first = f"'{FONTS[0]}'"
    drawable = _TEXT.sub(lambda found: _drawable(found, family), svg)
    drawn: bytes = bytes(
        resvg.svg_to_bytes(
            svg_string=drawable.replace(f"font-family: {first}", f"font-family: '{family}'"),
            zoom=zoom,
            monospace_family=family,
            sans_serif_family="DejaVu Sans",
        )
    )
    return drawn


@cache
def _family() -> str | None:
    """The first font that leaves a trace when a letter is drawn with it."""
    empty = _letter("", FAMILIES[0])
    return next((family for family in FAMILIES if _letter("M", family) != empty), None)


def _drawable(found: re.Match[str], family: str) -> str:
    """A text of the SVG; where it has numbers in circles and the font has none, as several texts with small digits."""
    before, x, between, length, behind, text = found.groups()
    if _IN_CIRCLES.search(text) is None or _has(text, family):
        return found[0]
    cells = unescape(text)
    width, left, drawn = float(length) / len(cells), float(x), []
    for part in _IN_CIRCLES.split(cells):
        size = ""
        if _IN_CIRCLES.fullmatch(part):
            size, said, wide = ' dy="-3.4" style="font-size: 50%"', f"{unicodedata.numeric(part):.0f}", width
        else:
            said, wide = escape(part).replace(" ", "&#160;").replace("\xa0", "&#160;"), width * len(part)
        if said:
            drawn.append(f"{before}{left:g}{between}{wide:g}{behind}{size}>{said}</text>")
        left += wide
    return "".join(drawn)


@cache
def _has(text: str, family: str) -> bool:
    """The font has the numbers in circles of a text."""
    return all(_letter(char, family) != _letter(_NOBODY_HAS, family) for char in _IN_CIRCLES.findall(text))


def _letter(text: str, family: str) -> bytes:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">'
        f'<text x="2" y="16" font-family="{family}" font-size="16">{text}</text></svg>'
    )
    # Other families would stand in for a missing one: they are given names that no font has.
    nobody = dict.fromkeys(("serif_family", "sans_serif_family", "monospace_family", "font_family"), "vbtui-no-font")
    return bytes(_resvg().svg_to_bytes(svg_string=svg, **nobody))


def _resvg() -> Any:
    try:
        import resvg_py
    except ImportError:
        raise NoPngError from None
    return resvg_py
