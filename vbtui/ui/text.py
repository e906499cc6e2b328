"""Fitting text into cells: one-cell characters, clipping, wrapping. Pure; used by every view that is not the picture.

Names from topology files are hostile: what is not one printable cell wide becomes a question mark, so that no name can
move the cursor, hide a column, or be wider than it is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap as _wrap

from rich.cells import cell_len

from vbtui.ui.inks import Row, Span, Tone, row

ELLIPSIS = "…"


def one_cell(text: str) -> str:
    """The text with every character one cell wide."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(one if _plain(one) else "?" for one in text)


def _plain(character: str) -> bool:
    # The table that Textual itself counts with: what it takes for one cell is one cell on the screen.
    return character.isprintable() and cell_len(character) == 1


def clip(text: str, width: int) -> str:
    """The text in at most `width` cells; what was cut off is told by an ellipsis."""
    if len(text) <= width:
        return text
    return text[: width - 1].rstrip() + ELLIPSIS if width > 0 else ""


def fit(text: str, width: int) -> str:
    """The text in exactly `width` cells."""
    return clip(text, width).ljust(max(0, width))


def wrapped(text: str, width: int, tone: Tone = Tone.TEXT, *, indent: str = "") -> list[Row]:
    """Rows of a text, broken between words."""
    lines = _wrap(one_cell(text), max(8, width - len(indent)), break_on_hyphens=False)
    return [row((f"{indent}{line}", tone)) for line in lines]


def in_rows(parts: Iterable[str], width: int, gap: str = "  ") -> list[str]:
    """Parts one behind the other in as many rows as they take, none of them broken."""
    rows: list[str] = []
    for part in parts:
        if rows and len(rows[-1]) + len(gap) + len(part) <= width:
            rows[-1] += gap + part
        else:
            rows.append(clip(part, width))
    return rows


def spread(left: Iterable[Span], right: Iterable[Span], width: int) -> tuple[Span, ...]:
    """Spans at both ends of a line. The right end stays whole, the left one is cut at a cell's width before it."""
    end = tuple(right)
    room = width - sum(len(text) for text, _ in end)
    start: list[Span] = []
    for text, ink in left:
        part = clip(text, room)
        start.append((part, ink))
        room -= len(part)
        if len(part) < len(text):
            break
    return (*start, (" " * max(0, room), Tone.TEXT), *end)
