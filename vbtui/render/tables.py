"""Sheets as tables: ruled with rich on a terminal, plain columns for a pipe.

Cells come from files, so they are put in as text without markup, and nothing here looks for a pattern in them.
Decided here: when a terminal is too narrow for a sheet, so that it takes the one with fewer columns. Plain columns are
put together here, not by rich: they have no edge to break at, and a sheet may have tens of thousands of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len

from vbtui.render.sheet import Sheet

if TYPE_CHECKING:
    from rich.table import Table


def print_sheet(stream: TextIO, sheet: Sheet) -> None:
    """The heading and the table, ruled, as wide as the terminal behind `stream`."""
    from rich.console import Console
    from rich.text import Text

    target = Console(file=stream, highlight=False, markup=False, emoji=False)
    target.print(Text(sheet.heading, style="bold"))
    if not sheet.rows:
        return
    if sheet.narrow is not None and not _comfortable(sheet, target.width):
        sheet = sheet.narrow
    target.print(_table(sheet, _widths(sheet, target.width)))


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


def _table(sheet: Sheet, widths: Sequence[int]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column, width in zip(sheet.columns, widths, strict=True):
        table.add_column(Text(column), overflow="fold", width=width)
    for row in sheet.rows:
        table.add_row(*(Text(one) for one in row))
    return table


_BETWEEN = "  "
"""What two columns of a pipe are apart."""
_TAB = 8


def sheet_lines(sheet: Sheet) -> list[str]:
    """The same for a pipe: aligned columns without rules, of any width, nothing at the ends of lines."""
    if not sheet.rows:
        return [sheet.heading]
    rows = [[_lines_of(cell) for cell in row] for row in (sheet.columns, *sheet.rows)]
    widths = [max(width for cell in column for _, width in cell) for column in zip(*rows, strict=True)]
    return [sheet.heading, *(line for row in rows for line in _aligned(row, widths))]


_Line = tuple[str, int]
"""A line of a cell and how many columns of a terminal it takes."""


def _lines_of(cell: str) -> list[_Line]:
    return [(line, cell_len(line)) for line in cell.translate(_UNSEEN).expandtabs(_TAB).split("\n")]


_UNSEEN = dict.fromkeys(map(ord, "\a\b\v\f\r"))
"""Characters that would move the cursor out of its column. What else is dangerous no file may have."""


def _aligned(row: Sequence[list[_Line]], widths: Sequence[int]) -> Iterator[str]:
    for number in range(max(map(len, row))):
        padded = []
        for cell, width in zip(row, widths, strict=True):
            line, own = cell[number] if number < len(cell) else ("", 0)
            padded.append(line + " " * (width - own))
        yield _BETWEEN.join(padded).rstrip()
