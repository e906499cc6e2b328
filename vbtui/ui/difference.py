"""What the edits of a plan change, as rows to be read: verdicts, goals, connections, and the lines of the file."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import islice

from vbtui.i18n import N_
from vbtui.planning.diff import diff
from vbtui.render.diff_sheets import connections_sheet, goals_sheet, jobs_sheet
from vbtui.render.sheet import Sheet
from vbtui.topology import LoadedTopology, Topology
from vbtui.topology.loading import file_text
from vbtui.ui.bench import Bench
from vbtui.ui.inks import BLANK, Row, Tone, row
from vbtui.ui.saving import ChangedMeanwhileError, edited_text
from vbtui.ui.text import clip, fit, one_cell, wrapped

_TONES = {"+": Tone.OK, "-": Tone.FAIL, "@": Tone.HEADING}


def difference_rows(bench: Bench, width: int) -> list[Row]:
    """The whole text for a width in cells."""
    plan = bench.desk.plan
    found = diff(plan.original, plan.topology, profile=plan.profile)
    rows: list[Row] = []
    for sheet in (
        jobs_sheet(bench.messages, found, bench.symbols),
        goals_sheet(bench.messages, found, bench.symbols),
        connections_sheet(bench.messages, found, bench.symbols),
    ):
        rows += [*sheet_rows(sheet, width), BLANK] if sheet.rows else []
    rows += wrapped(bench.say(N_("Lines of the file")), width, Tone.STRONG)
    try:
        lines = list(_lines(bench.loaded, plan.topology))
    except ChangedMeanwhileError:
        return [*rows, *wrapped(bench.say(N_("The file is no longer what was loaded.")), width, Tone.FAIL)]
    return [*rows, *(row((clip(one_cell(line), width), _TONES.get(line[:1], Tone.DIM))) for line in lines)]


def _lines(loaded: LoadedTopology, edited: Topology) -> Iterator[str]:
    new = edited_text(loaded, edited)
    changed = difflib.unified_diff(file_text(loaded.file).splitlines(), new.splitlines(), n=2, lineterm="")
    # Without the two lines that name the files.
    yield from islice(changed, 2, None)


def sheet_rows(sheet: Sheet, width: int) -> Iterator[Row]:
    """A sheet as aligned rows; the widest columns give way first, cells of several lines are put on one."""
    yield from wrapped(sheet.heading, width, Tone.STRONG)
    lines = [tuple(one_cell(" · ".join(cell.splitlines())) for cell in line) for line in (sheet.columns, *sheet.rows)]
    sizes = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    room = width - 2 * len(sizes)
    while sum(sizes) > room and max(sizes) > 4:
        sizes[sizes.index(max(sizes))] -= 1
    for place, line in enumerate(lines):
        text = "  ".join(fit(cell, size) for cell, size in zip(line, sizes, strict=True))
        yield row((f"  {text}".rstrip(), Tone.TEXT if place else Tone.HEADING))
