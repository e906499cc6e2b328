"""The block map of the selected disk: a caption, the cells in rows with their offsets, and the legend with counts.

Decided here: how the room is shared between map and legend, and that only rows whose cells have changed are made again.
Which state a cell shows is `walk.block_cells`' rule; the marks are `render.data_texts`'.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from vbtui.i18n import N_
from vbtui.job import BlockState
from vbtui.render.data_texts import BLOCKS, block_marks
from vbtui.render.quantities import size as size_text
from vbtui.ui.data_bench import DataBench
from vbtui.ui.inks import BLANK, Row, Span, Tone, length, row
from vbtui.ui.text import clip, one_cell, wrapped
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.vocabulary import BLOCK_SIZE, GiB, MiB, TiB
from vbtui.walk.block_cells import LIFE, BlockCells, Grid, fit_grid
from vbtui.walk.disk_lines import DiskLine, DiskStage, Origin

TONES: Mapping[BlockState, Tone] = {
    BlockState.HOLE: Tone.DIM,
    BlockState.UNCHANGED: Tone.HEADING,
    BlockState.UNREAD: Tone.DIM,
    BlockState.CHANGED: Tone.WARN,
    BlockState.READING: Tone.ACTIVE,
    BlockState.READ: Tone.STRONG,
    BlockState.ZERO: Tone.HEADING,
    BlockState.DUPLICATE: Tone.OK,
    BlockState.SENT: Tone.WARN,
    BlockState.WRITTEN: Tone.OK,
}
"""The marks tell the states apart; the colours group them: left alone, in hand, on its way or to do, done."""


LEAST_GAPPED = 3
"""Characters of a cell from which there is a gap between cells."""


class BlockMapView(RowsView):
    """The map."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._cells: BlockCells | None = None
        self._made_for: tuple[object, ...] = ()
        self._grid_rows: list[Row] = []

    def show(self, bench: DataBench) -> None:
        width, height = self.content_size.width - 1, self.content_size.height
        self.entitle(title(bench))
        if not bench.states or bench.line is None:
            self._cells, self._made_for = None, ()
            self.show_rows(empty_rows(bench, width, height))
            return
        grid = grid_for(bench, width, height)
        made_for = (bench.line.id, grid, bench.symbols, bench.history)
        if made_for != self._made_for or self._cells is None:
            self._made_for, self._cells = made_for, BlockCells(grid)
            self._grid_rows = [BLANK] * grid.rows
        for y in sorted({cell // grid.columns for cell in self._cells.update(bench.states)}):
            self._grid_rows[y] = map_row(bench, self._cells, y)
        self.show_rows(_arranged(bench, self._cells, self._grid_rows, width, height))


def title(bench: DataBench) -> str:
    name = "" if bench.line is None else f" · {bench.line.id}"
    return one_cell(bench.say(N_("Block map")) + name)


def grid_for(bench: DataBench, width: int, height: int) -> Grid:
    """The grid for a view of that size."""
    blocks = len(bench.states)
    room = height - len(legend(bench, None, blocks, width)) - 3
    return fit_grid(blocks, width - LABEL - 1, max(1, room))


def _offset(bench: DataBench, grid: Grid, y: int) -> str:
    """Where a row begins, in the largest unit that all rows begin at whole numbers of."""
    step = grid.columns * grid.per_cell * BLOCK_SIZE
    unit, name = next((unit, name) for unit, name in _UNITS if step % unit == 0)
    return f"{bench.say.number(y * step // unit)} {name}" if y else "0"


_UNITS = ((TiB, "TiB"), (GiB, "GiB"), (MiB, "MiB"))
LABEL = 10
"""Cells of an offset: enough for 64 TiB in GiB."""


def map_row(bench: DataBench, cells: BlockCells, y: int) -> Row:
    """One row of cells with the offset of its first block in front."""
    grid, marks = cells.grid, block_marks(bench.symbols)
    spans: list[Span] = [(f"{_offset(bench, grid, y):>{LABEL}} ", Tone.DIM)]
    shown = cells.shown[y * grid.columns : (y + 1) * grid.columns]
    for state, run in groupby(shown):
        count = sum(1 for _ in run)
        spans.append((cell_text(marks[state], grid.cell_width) * count, TONES[state]))
    return row(*spans)


def cell_text(mark: str, width: int) -> str:
    """A cell: its mark, and where there is room a gap behind."""
    return mark * width if width < LEAST_GAPPED else mark * (width - 1) + " "


def _arranged(bench: DataBench, cells: BlockCells, grid_rows: list[Row], width: int, height: int) -> list[Row]:
    """Caption, map, and the legend at the foot."""
    foot = legend(bench, cells, cells.grid.blocks, width)
    gap = max(1, height - 2 - len(grid_rows) - len(foot))
    rows = [row((f" {clip(caption(bench, cells.grid), width - 1)}", Tone.DIM)), BLANK, *grid_rows]
    return [*rows, *[BLANK] * gap, *foot]


def caption(bench: DataBench, grid: Grid) -> str:
    """How many blocks there are, and how many of them a cell shows."""
    say = bench.say
    text = say.plural("{count} block of {size}", "{count} blocks of {size}", grid.blocks)
    blocks = text.format(count=say.number(grid.blocks), size=size_text(say, BLOCK_SIZE))
    if grid.per_cell == 1:
        return f"{blocks} · {say(N_('one mark, one block') if grid.cell_width == 1 else N_('one box, one block'))}"
    text = say(N_("one mark, {count} blocks ({size})"))
    one = text.format(count=say.number(grid.per_cell), size=size_text(say, grid.per_cell * BLOCK_SIZE))
    return f"{blocks} · {one}"


def legend(bench: DataBench, cells: BlockCells | None, blocks: int, width: int) -> list[Row]:
    """Every state with its mark, its word and how many blocks are in it; in columns of one width."""
    say, marks = bench.say, block_marks(bench.symbols)
    digits = len(say.number(blocks)) if blocks else 0
    columns = next(found for rows in range(2, len(LIFE) + 1) if (found := _columns(bench, rows, digits, width)))
    rows_needed = max(len(states) for states, _ in columns)
    rows = []
    for y in range(rows_needed):
        spans: list[Span] = [(" ", Tone.TEXT)]
        for states, words in columns:
            if y >= len(states):
                continue
            state = states[y]
            count = 0 if cells is None else cells.count(state)
            number = f" {say.number(count) if count else '·':>{digits}}" if digits else ""
            spans.append((f"{marks[state]} ", TONES[state]))
            gap = "" if states is columns[-1][0] else "   "
            tone = Tone.TEXT if count or not digits else Tone.DIM
            spans.append((f"{say(BLOCKS[state]):<{words}}{number}{gap}", tone))
        rows.append(row(*spans))
    return rows


def _columns(bench: DataBench, rows: int, digits: int, width: int) -> list[tuple[tuple[BlockState, ...], int]]:
    """The states in columns of so many rows, with the width of their words; none if they do not fit."""
    parts = [LIFE[first : first + rows] for first in range(0, len(LIFE), rows)]
    columns = [(states, max(len(bench.say(BLOCKS[state])) for state in states)) for states in parts]
    needed = sum(words + digits + (6 if digits else 5) for _, words in columns) - 2
    return columns if needed <= width or rows == len(LIFE) else []


def empty_rows(bench: DataBench, width: int, height: int) -> list[Row]:
    """Why there is no map, and what makes one; the legend below it."""
    foot = legend(bench, None, 0, width)
    told = wrapped(bench.say(_why_empty(bench.line)), min(width - 4, 70), Tone.TEXT)
    above = max(0, (height - len(foot) - len(told)) // 2 - 1)
    below = max(1, height - above - len(told) - len(foot))
    centred = [row(" " * max(0, (width - length(one.spans)) // 2), *one.spans) for one in told]
    return [*[BLANK] * above, *centred, *[BLANK] * below, *foot]


def _why_empty(line: DiskLine | None) -> str:
    if line is None:
        return N_("The job has no disks.")
    if line.origin is Origin.ESTIMATE and line.stage is DiskStage.FAILED:
        return N_("This disk would not be copied: the walkthrough (F1) shows what is in its way.")
    if line.origin is Origin.ESTIMATE:
        return N_("Nothing has been read yet. r performs the job for real, and every block shows what becomes of it.")
    if line.origin is Origin.LOG:
        return N_("The saved run has the figures, but not the blocks. r performs the job again.")
    if line.origin is Origin.RUNNING and line.stage is DiskStage.WAITING:
        return N_("This disk waits for its turn; its blocks show as soon as its copy begins.")
    return N_("This disk was not copied in this run.")
