"""Painted cells: rows of runs of characters of one ink, for a line-based view or for text.

In: single characters and texts at positions, later ones on top. Out: an immutable `Canvas`. Texts are literal; what
would not be one printable cell wide becomes a question mark, so nothing from a file can move the cursor.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from vbtui.drawing.picture import Ink


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one ink, side by side."""

    x: int
    text: str
    ink: Ink


@dataclass(frozen=True, slots=True)
class Canvas:
    """A painted scene. Cells that no run covers are blank."""

    width: int
    height: int
    rows: tuple[tuple[Run, ...], ...]

    def to_lines(self) -> list[str]:
        """The characters alone, without blanks at the ends."""
        lines = []
        for row in self.rows:
            line, x = "", 0
            for run in row:
                line += " " * (run.x - x) + run.text
                x = run.x + len(run.text)
            lines.append(line.rstrip())
        return lines


def diff(old: Canvas, new: Canvas) -> set[int]:
    """Numbers of the rows that look different, including rows that only one of the two has."""
    changed = {y for y, (a, b) in enumerate(zip(old.rows, new.rows, strict=False)) if a != b}
    shorter, longer = sorted((len(old.rows), len(new.rows)))
    return changed | set(range(shorter, longer))


class Cells:
    """The canvas while it is painted: for each row within the window its characters and inks."""

    def __init__(self, width: int, height: int, window: range) -> None:
        self.width, self.height = width, height
        self.window = range(max(0, window.start), min(height, window.stop))
        self._texts = {y: [" "] * width for y in self.window}
        self._inks: dict[int, list[Ink | None]] = {y: [None] * width for y in self.window}

    def put(self, x: int, y: int, text: str, ink: Ink) -> None:
        """Write `text` from (x, y) to the right; what lies outside is cut off."""
        if y not in self.window:
            return
        texts, inks = self._texts[y], self._inks[y]
        for character in text:
            if 0 <= x < self.width:
                texts[x] = character if character < "\x7f" or _is_one_cell(character) else "?"
                inks[x] = ink
            x += 1

    def blank(self, x: int, y: int, length: int) -> bool:
        """Nothing has been written from (x, y) on for `length` cells, all of which are on the canvas."""
        if y not in self.window or x < 0 or x + length > self.width:
            return False
        return all(ink is None for ink in self._inks[y][x : x + length])

    def finish(self) -> Canvas:
        return Canvas(self.width, self.height, tuple(self._runs(y) for y in range(self.height)))

    def _runs(self, y: int) -> tuple[Run, ...]:
        if y not in self.window:
            return ()
        texts, inks = self._texts[y], self._inks[y]
        runs: list[Run] = []
        start = 0
        for x in range(1, self.width + 1):
            if x == self.width or inks[x] is not inks[start]:
                ink = inks[start]
                if ink is not None:
                    runs.append(Run(start, "".join(texts[start:x]), ink))
                start = x
        return tuple(runs)


def _is_one_cell(character: str) -> bool:
    return (
        character.isprintable()
        and unicodedata.east_asian_width(character) not in "WF"
        and not unicodedata.category(character).startswith("M")
    )
