"""Sheets as tables with rich: ruled on a terminal, plain columns for a pipe.

Cells come from files, so they are put in as text without markup, and nothing here looks for a pattern in them.
"""

from __future__ import annotations

from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vbtui.render.sheets import Sheet

_PIPE_WIDTH = 10_000
"""Columns of a pipe: nothing is wrapped or cut, whoever reads it has no edge."""


def console(stream: TextIO, *, color: bool | None = None) -> Console:
    """A console on a stream; without a terminal it writes plain text of any width."""
    terminal = stream.isatty()
    return Console(
        file=stream,
        width=None if terminal else _PIPE_WIDTH,
        no_color=None if color is None else not color,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=not terminal,
    )


def print_sheet(target: Console, sheet: Sheet) -> None:
    """The heading, then the table; a sheet without rows is only its heading."""
    target.print(Text(sheet.heading, style="bold"))
    if not sheet.rows:
        return
    table = Table(box=box.SIMPLE_HEAD if target.is_terminal else None, pad_edge=False, show_edge=False)
    for column in sheet.columns:
        table.add_column(Text(column), overflow="fold")
    for row in sheet.rows:
        table.add_row(*(Text(one) for one in row))
    if target.is_terminal:
        target.print(table)
        return
    with target.capture() as capture:
        target.print(table)
    # rich fills every cell to its column's width; at the end of a line nobody needs that
    for line in capture.get().splitlines():
        target.file.write(line.rstrip() + "\n")
