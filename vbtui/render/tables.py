"""Sheets as tables with rich: ruled on a terminal, plain columns for a pipe.

Cells come from files, so they are put in as text without markup, and nothing here looks for a pattern in them.
Decided here: when a terminal is too narrow for a sheet, so that it takes the one with fewer columns.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vbtui.render.sheets import Sheet

_PIPE_WIDTH = 10_000
"""Columns of a pipe: nothing is wrapped or cut, whoever reads it has no edge."""


def print_sheet(stream: TextIO, sheet: Sheet) -> None:
    """The heading and the table, ruled, as wide as the terminal behind `stream`."""
    target = Console(file=stream, highlight=False, markup=False, emoji=False)
    target.print(Text(sheet.heading, style="bold"))
    if not sheet.rows:
        return
    if sheet.narrow is not None and not _comfortable(sheet, target.width):
        sheet = sheet.narrow
    target.print(_table(sheet, box.SIMPLE_HEAD, _widths(sheet, target.width)))


_GAP = 3
"""What two columns of a ruled table are apart."""
_READABLE = 20
"""A cell of this width can still be read, though its text takes several lines."""


def _comfortable(sheet: Sheet, width: int) -> bool:
    """No word breaks and no text is squeezed into a column of single words."""
    pairs = zip(_least(sheet), _natural(sheet), strict=True)
    return sum(max(least, min(natural, _READABLE)) for least, natural in pairs) <= _room(sheet, width)


def _widths(sheet: Sheet, width: int) -> list[int]:
    """Every column as wide as its longest word; what is left goes to the narrowest that want more."""
    least, natural, room = _least(sheet), _natural(sheet), _room(sheet, width)
    if sum(least) > room:
        # A terminal too narrow for the words: they break, the shorter ones last.
        while sum(least) > room and max(least) > 1:
            least[least.index(max(least))] -= 1
        return least
    for _ in range(min(room, sum(natural)) - sum(least)):
        wanting = [place for place, few in enumerate(least) if few < natural[place]]
        least[min(wanting, key=least.__getitem__)] += 1
    return least


def _room(sheet: Sheet, width: int) -> int:
    return width - _GAP * len(sheet.columns)


def _least(sheet: Sheet) -> list[int]:
    """The longest word of each column."""
    return [max((cell_len(word) for cell in column for word in cell.split()), default=0) for column in _cells(sheet)]


def _natural(sheet: Sheet) -> list[int]:
    """The longest line of each column."""
    return [max(cell_len(line) for cell in column for line in cell.split("\n")) for column in _cells(sheet)]


def _cells(sheet: Sheet) -> tuple[tuple[str, ...], ...]:
    return tuple(zip(sheet.columns, *sheet.rows, strict=True))


def sheet_lines(sheet: Sheet) -> list[str]:
    """The same for a pipe: aligned columns without rules, of any width, nothing at the ends of lines."""
    target = Console(file=io.StringIO(), width=_PIPE_WIDTH, color_system=None, markup=False, emoji=False)
    if not sheet.rows:
        return [sheet.heading]
    with target.capture() as capture:
        target.print(_table(sheet, None, [None] * len(sheet.columns)))
    return [sheet.heading, *(line.rstrip() for line in capture.get().splitlines())]


def _table(sheet: Sheet, ruled: box.Box | None, widths: Sequence[int | None]) -> Table:
    table = Table(box=ruled, pad_edge=False, show_edge=False)
    for column, width in zip(sheet.columns, widths, strict=True):
        table.add_column(Text(column), overflow="fold", width=width)
    for row in sheet.rows:
        table.add_row(*(Text(one) for one in row))
    return table
