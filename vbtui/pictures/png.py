"""From SVG to PNG, with resvg (extra `png`).

Decided here: which font is taken. resvg leaves out text whose font is missing and says nothing, so a picture without a
single letter would look like success; here the font is tried first. In: an SVG of ours. Out: the bytes of a PNG.
Never here: a font from anywhere but this machine.
"""

from __future__ import annotations

from functools import cache
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
    drawn: bytes = bytes(
        resvg.svg_to_bytes(
            svg_string=svg.replace(f"font-family: {first}", f"font-family: '{family}'"),
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
