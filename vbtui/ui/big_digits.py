"""Numbers that can be read from the last row: digits of three rows and three columns, as a table."""

from __future__ import annotations

from typing import Final

ROWS: Final = 3

_DRAWN: Final = {
    "0": ("┏━┓", "┃ ┃", "┗━┛"),
    "1": ("╺┓ ", " ┃ ", "╺┻╸"),
    "2": ("╺━┓", "┏━┛", "┗━╸"),
    "3": ("╺━┓", " ━┫", "╺━┛"),
    "4": ("╻ ╻", "┗━┫", "  ╹"),
    "5": ("┏━╸", "┗━┓", "╺━┛"),
    "6": ("┏━╸", "┣━┓", "┗━┛"),
    "7": ("╺━┓", "  ┃", "  ╹"),
    "8": ("┏━┓", "┣━┫", "┗━┛"),
    "9": ("┏━┓", "┗━┫", "╺━┛"),
    ".": (" ", " ", "▪"),
    ":": (" ", "▪", "▪"),
}
_TYPED: Final = {
    "0": (" _ ", "| |", "|_|"),
    "1": ("   ", "  |", "  |"),
    "2": (" _ ", " _|", "|_ "),
    "3": (" _ ", " _|", " _|"),
    "4": ("   ", "|_|", "  |"),
    "5": (" _ ", "|_ ", " _|"),
    "6": (" _ ", "|_ ", "|_|"),
    "7": (" _ ", "  |", "  |"),
    "8": (" _ ", "|_|", "|_|"),
    "9": (" _ ", "|_|", " _|"),
    ".": (" ", " ", "."),
    ":": (" ", ".", "."),
}
_NOTHING: Final = (" ", " ", " ")


def big(text: str, *, ascii: bool = False) -> tuple[str, str, str]:
    """The three rows of a number such as `5.3`, all equally wide; what is no digit is left blank."""
    table = _TYPED if ascii else _DRAWN
    glyphs = [table.get(one, _NOTHING) for one in text]
    first, second, third = (" ".join(glyph[number] for glyph in glyphs) for number in range(ROWS))
    return first, second, third
