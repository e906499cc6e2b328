"""Plain characters on the screens: every line that goes to the terminal, in characters that every console has.

It works on the lines that are drawn, whoever has made them: our views, Textual's frames and scroll bars, texts in any
language. Views that have better marks of their own for plain terminals draw those at once (`Looks.symbols`).
Never here: which character stands for which (`render.plain_characters`).
"""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from vbtui.render.plain_characters import PlainText


class PlainCharacters(LineFilter):
    """Draws every line with plain characters."""

    def __init__(self, encoding: str = "utf-8", *, enabled: bool = True) -> None:
        """`encoding` is that of the terminal; letters that it has stay."""
        super().__init__(enabled)
        self.plain = PlainText(encoding)
        """The text, as many characters as before."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        if all(segment.text.isascii() for segment in segments):
            return segments
        # As a whole line, because what stands behind an ellipsis may have another style.
        line, made, start = self.plain("".join(segment.text for segment in segments)), list[Segment](), 0
        for text, style, control in segments:
            made.append(Segment(line[start : start + len(text)], style, control))
            start += len(text)
        return made
