"""Sheets as tables with rich: ruled on a terminal, plain columns for a pipe.

Cells come from files, so they are put in as text without markup, and nothing here looks for a pattern in them.
"""

from __future__ import annotations

import io
from typing import TextIO

from rich import box
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
    if sheet.rows:
        target.print(_table(sheet, box.SIMPLE_HEAD))


def sheet_lines(sheet: Sheet) -> list[str]:
    """The same for a pipe: aligned columns without rules, of any width, nothing at the ends of lines."""
    target = Console(file=io.StringIO(), width=_PIPE_WIDTH, color_system=None, markup=False, emoji=False)
    if not sheet.rows:
        return [sheet.heading]
    with target.capture() as capture:
        target.print(_table(sheet, None))
    return [sheet.heading, *(line.rstrip() for line in capture.get().splitlines())]


def _table(sheet: Sheet, ruled: box.Box | None) -> Table:
    table = Table(box=ruled, pad_edge=False, show_edge=False)
    for column in sheet.columns:
        table.add_column(Text(column), overflow="fold")
    for row in sheet.rows:
        table.add_row(*(Text(one) for one in row))
    return table
