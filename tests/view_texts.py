"""Whole views as text, those parts too that a screen would have to be scrolled to: for goldens a person can read."""

from __future__ import annotations

from vbtui.ui.bench import Bench
from vbtui.ui.data_bench import DataBench
from vbtui.ui.inks import Row, length
from vbtui.ui.widgets import block_map, disk_table, matrix_view
from vbtui.ui.widgets.chain_view import chain_rows
from vbtui.walk.block_cells import BlockCells
from vbtui.walk.matrix import MatrixGroup


def _texts(rows: list[Row], width: int) -> list[str]:
    assert all(length(one.spans) <= width for one in rows), max(length(one.spans) for one in rows)
    return ["".join(text for text, _ in one.spans).rstrip() for one in rows]


def matrix_lines(bench: Bench, width: int) -> list[str]:
    """The matrix, without its cursor's colours."""
    sizes = matrix_view.widths(bench, width)
    lines = (
        matrix_view.heading(bench, line, width)
        if isinstance(line, MatrixGroup)
        else matrix_view.matrix_row(bench, line, sizes, current=bench.desk.row is line)
        for line in matrix_view.lines_of(bench.desk)
    )
    return _texts([matrix_view.head(bench, sizes), *lines], width)


def table_lines(bench: DataBench, width: int) -> list[str]:
    """The disks."""
    sizes = disk_table.widths(bench, width)
    places = range(len(bench.lines))
    return _texts(
        [disk_table.head(bench, sizes), *(disk_table.disk_row(bench, place, sizes) for place in places)], width
    )


def chain_lines(bench: DataBench, width: int) -> list[str]:
    """The restore points."""
    return _texts(chain_rows(bench, width), width)


def map_lines(bench: DataBench, width: int, height: int) -> list[str]:
    """The blocks of a disk."""
    if not bench.states:
        return _texts(block_map.empty_rows(bench, width, height), width + 1)
    cells = BlockCells(block_map.grid_for(bench, width, height))
    cells.update(bench.states)
    rows = [block_map.map_row(bench, cells, y) for y in range(cells.grid.rows)]
    return _texts(block_map._arranged(bench, cells, rows, width, height), width + 1)
