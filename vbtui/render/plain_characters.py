"""Plain characters: a text, turned into characters that every font and every console has.

Decided here: which plain character stands for which other one, always one cell for one cell, so that no column moves.
A check mark is `+` as corners are, an arrow down `v`, the place on the line of the whole walk `#`, and where a text was
cut is `~`; an ellipsis that a text has of its own takes the cells of the blanks or of the frame behind it for its other
two dots.
It is for texts in any language, whoever has made them: lines of the screens (`ui.plain_characters`) and lines that
commands print. Letters are left alone where the terminal's encoding has them: names from a file and German words stay
what they are. Loads nothing, so that a command that prints two lines can have it. Never here: who needs plain
characters (`plain_terminals`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SAME: Final = {
    "-": "─╌┄┈╴╶╼╾–—‐‑−⎯▃",
    "=": "━╍┅┉═╸╺▬≡▤▄",
    "|": "│╎┆┊╵╷╽╿‖¦▏▕▎▍▌",
    "#": "┃╏┇┋║╹╻█▉▊▋▐■▇▓▼",
    "+": "┌┐└┘├┤┬┴┼╭╮╰╯┍┎┏┑┒┓┕┖┗┙┚┛┝┞┟┠┡┢┣┥┦┧┨┩┪┫┭┮┯┰┱┲┳┵┶┷┸┹┺┻┽┾┿╀╁╂╃╄╅╆╇╈╉╊╋╔╗╚╝╠╣╦╩╬◇◈▅✔✓",
    ".": "·░⋅•∙▪▫▁",
    ":": "▒⋮",
    "_": "▂▔",
    "o": "●◉◍◐◑◒◓",
    "O": "○◌◯□▢",
    "*": "◆★▣▥▦▧▨▩❖✱▆",
    ">": "▶►▸→⇒⟶⟩≫",
    ")": "›",
    "<": "◀◄◂‹←⇐⟵⟨≪↩",
    "^": "▲▴↑⇑",
    "v": "▾↓⇓",
    "x": "✖✗✘×╳",
    "X": "⊘⛔⃠",
    "~": "…↪↻↺≈∼⟳",
    "s": "◩",
    "d": "Δ",
    '"': "„“”«»",
    "'": "‚‘’`´",
    " ": "\u00a0\u2007\u2009\u202f▖▗▘▝▀",
    "/": "╱⁄",
    "\\": "╲",
    "!": "⚠",
}
"""Eighths of a block are steps of a chart: `. _ - = + * # #`. `▼` is the place on the line of the whole walk: pictures
draw the heads of their lines with plain characters of their own."""
_OWN_ELLIPSIS: Final = re.compile(r"(?<= )…(?: [ ─━═]{2}|  $)")
"""One that stands apart from the words before it, as none that `clip` has put there, and that has room behind it."""
_DIGITS: Final = {chr(0x2460 + place): "1234567890123"[place] for place in range(13)}
"""Circled numbers: their last digit."""


_LETTERS: Final = ("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd")


class _Table(dict[int, str]):
    """What `str.translate` asks; answers for characters that are not listed are worked out once."""

    def __init__(self, encoding: str) -> None:
        super().__init__({ord(one): plain for plain, many in _SAME.items() for one in many})
        self.update({ord(one): plain for one, plain in _DIGITS.items()})
        self._encoding = encoding

    def __missing__(self, code: int) -> str:
        found = self[code] = self._stand_in(chr(code))
        return found

    def _stand_in(self, character: str) -> str:
        if character.isascii():
            return character
        if unicodedata.category(character) not in _LETTERS:
            return "?"
        if self._writable(character):
            return character
        base = unicodedata.normalize("NFKD", character)[0]
        return base if base.isascii() else "?"

    def _writable(self, character: str) -> bool:
        try:
            character.encode(self._encoding)
        except (UnicodeError, LookupError):
            return False
        return True


class PlainText:
    """Texts in plain characters, for a terminal with an encoding: letters that it has stay."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self._table = _Table(encoding)

    def __call__(self, text: str) -> str:
        """The text, as many characters as before."""
        if text.isascii():
            return text
        return _OWN_ELLIPSIS.sub(lambda found: "...".ljust(len(found[0])), text).translate(self._table)
