"""The disks of a job: one row per disk with how far it is and what was moved, and a cursor.

Decided here: which columns a width has room for. The disk, its state and its bar always stand; the others come in the
order of `_COLUMNS`' ranks, and what has no room is in the figures of the selected disk. Rows are made when they are
seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.events import Click
from textual.message import Message

from vbtui.i18n import N_
from vbtui.render.data_texts import NOTHING, ORIGINS, amount, bottleneck, kind_word, rate, stage_mark, stage_text
from vbtui.ui.data_bench import DataBench, DataView
from vbtui.ui.inks import BLANK, Row, Span, Tone, lines_of
from vbtui.ui.text import clip, fit, one_cell
from vbtui.ui.widgets.lines_view import LinesView
from vbtui.walk.disk_lines import DiskLine, DiskStage

LEAST_NAME, MOST_NAME = 12, 34
LEAST_BAR, MOST_BAR = 10, 30
MOST_MEASURED = 300
"""Disks whose texts decide how wide the columns are; those of more are cut to them."""
_PERCENT = 6
"""Cells of ` 100 %`."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of figures."""

    title: str
    text: Callable[[DataBench, DiskLine], str]
    rank: int
    """Place in the queue for the width, from 1."""
    least: int
    """Cells that its texts get at least, so that growing figures do not move the columns."""
    right: bool = True
    """Figures stand at the right."""


_COLUMNS = (
    Column(N_("Mode"), lambda _, line: line.mode or NOTHING, 1, 6, right=False),
    Column(N_("Processed"), lambda bench, line: amount(bench.say, line.processed), 7, 9),
    Column(N_("Read"), lambda bench, line: amount(bench.say, line.read), 2, 9),
    Column(N_("Transferred"), lambda bench, line: amount(bench.say, line.transferred), 3, 9),
    Column(N_("Unchanged"), lambda bench, line: amount(bench.say, line.unchanged), 8, 9),
    Column(N_("Zeros"), lambda bench, line: amount(bench.say, line.zero), 9, 9),
    Column(N_("Duplicate"), lambda bench, line: amount(bench.say, line.duplicate), 10, 9),
    Column(N_("Speed"), lambda bench, line: rate(bench.say, bench.speed(line)), 4, 11),
    Column(N_("Bottleneck"), lambda _, line: bottleneck(line), 5, 7, right=False),
    Column(N_("Kind"), lambda bench, line: kind_word(bench.say, line), 6, 4, right=False),
)
_STAGE_TONES = {
    DiskStage.WAITING: Tone.DIM,
    DiskStage.COPYING: Tone.ACTIVE,
    DiskStage.DONE: Tone.OK,
    DiskStage.FAILED: Tone.FAIL,
    DiskStage.STOPPED: Tone.DIM,
}


@dataclass(frozen=True, slots=True)
class Widths:
    """Cells of each part of a row."""

    name: int
    state: int
    bar: int
    columns: tuple[tuple[Column, int], ...]
    """Those that are shown, from left to right."""


class DiskTable(LinesView):
    """The table with its head."""

    @dataclass
    class Chosen(Message):
        """A person wants the disk at a place, from 0."""

        place: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._bench: DataBench | None = None
        self._widths: Widths | None = None

    def show(self, bench: DataBench) -> None:
        before, self._bench = self._bench, bench
        self.entitle(title(bench))
        known = self._widths
        self._widths = widths(bench, self.content_size.width - 1)
        if before is None or known != self._widths or len(before.lines) != len(bench.lines):
            self.renewed(0, len(bench.lines) + 1)
        else:
            self.changed(range(self.scroll_offset.y, self.scroll_offset.y + self.size.height))
        self.reveal(bench.place + 1 if bench.place else 0, bench.place + 1)

    def copied(self, place: int) -> str:
        """The head and the row at a place, as lines of text."""
        return lines_of(self.row_at(0), self.row_at(place + 1))

    def on_click(self, event: Click) -> None:
        y = self.row_under(event)
        if y is not None and self._bench is not None and 0 < y <= len(self._bench.lines):
            self.post_message(self.Chosen(y - 1))

    def row_at(self, y: int) -> Row:
        bench, sizes = self._bench, self._widths
        if bench is None or sizes is None:
            return BLANK
        if y == 0:
            return head(bench, sizes)
        return disk_row(bench, y - 1, sizes) if y <= len(bench.lines) else BLANK


def title(bench: DataBench) -> str:
    """What the table is of, and where its figures come from."""
    say = bench.say
    text = say(N_("Disks of job {job} · {origin}")).format(job=bench.job, origin=say(ORIGINS[bench.origin]))
    return one_cell(text)


def widths(bench: DataBench, width: int) -> Widths:
    """Columns that fit the figures of these disks into `width` cells."""
    say, lines = bench.say, bench.lines[:MOST_MEASURED]
    name = min(MOST_NAME, max(LEAST_NAME, *(len(line.id) for line in lines), 0) if lines else LEAST_NAME)
    state = max(8, *(len(stage_text(say, line)) for line in lines)) + 2 if lines else 10
    name = min(name, max(LEAST_NAME, width * 2 // 5))
    # Cursor, a blank behind every part.
    left = width - (2 + name + 1 + state + 1 + LEAST_BAR + _PERCENT + 1)
    chosen: list[tuple[Column, int]] = []
    for column in sorted(_COLUMNS, key=lambda one: one.rank):
        size = max(column.least, len(say(column.title)), *(len(column.text(bench, line)) for line in lines or ()), 0)
        if size + 1 > left:
            break
        left -= size + 1
        chosen.append((column, size))
    bar = min(MOST_BAR, LEAST_BAR + left)
    return Widths(name, state, bar, tuple(sorted(chosen, key=lambda one: _COLUMNS.index(one[0]))))


def head(bench: DataBench, sizes: Widths) -> Row:
    """The names of the columns."""
    say = bench.say
    parts = [f"  {fit(say(N_('Disk')), sizes.name)} "]
    mode = [(column, size) for column, size in sizes.columns if column is _COLUMNS[0]]
    rest = [(column, size) for column, size in sizes.columns if column is not _COLUMNS[0]]
    parts += [_placed(say(column.title), column, size) for column, size in mode]
    parts += [f"{fit(say(N_('State')), sizes.state)} ", fit(say(N_("Progress")), sizes.bar + _PERCENT) + " "]
    parts += [_placed(say(column.title), column, size) for column, size in rest]
    return Row((("".join(parts), Tone.HEADING),))


def _placed(text: str, column: Column, size: int) -> str:
    cut = clip(text, size)
    return f"{cut:>{size}} " if column.right else f"{cut:<{size}} "


def disk_row(bench: DataBench, place: int, sizes: Widths) -> Row:
    """One disk, exactly as wide as the columns."""
    line = bench.lines[place]
    current = place == bench.place
    text = Tone.STRONG if current else Tone.TEXT
    quiet = Tone.TEXT if current else Tone.DIM
    tone = _STAGE_TONES[line.stage]
    if line.stage is DiskStage.WAITING and current:
        tone = Tone.TEXT
    state = f"{stage_mark(bench.symbols, line.stage)} {stage_text(bench.say, line)}"
    mark = "  "
    if current:
        mark = "› " if bench.wide and bench.view is DataView.POINTS else "▶ "
    spans: list[Span] = [(mark, Tone.ACTIVE), (f"{fit(one_cell(line.id), sizes.name)} ", text)]
    figures = {column: (column.text(bench, line), size) for column, size in sizes.columns}
    for column, (found, size) in figures.items():
        if column is _COLUMNS[0]:
            spans.append((_placed(found, column, size), text))
    spans.append((f"{fit(state, sizes.state)} ", tone))
    spans += bar(line.fraction, sizes.bar, quiet)
    spans.append((_percent(bench, line), text if line.fraction else quiet))
    for column, (found, size) in figures.items():
        if column is not _COLUMNS[0]:
            spans.append((_placed(found, column, size), quiet if found == NOTHING else text))
    return Row(tuple(spans), Tone.CURRENT if current else Tone.TEXT)


def bar(fraction: float, width: int, empty: Tone = Tone.DIM) -> list[Span]:
    """A bar of `width` cells."""
    full = min(width, round(width * fraction))
    return [("█" * full, Tone.OK), ("░" * (width - full), empty)]


def _percent(bench: DataBench, line: DiskLine) -> str:
    """` 58 %`; 100 only when all is there."""
    share = 100 if line.fraction >= 1.0 else min(99, int(line.fraction * 100))
    return f" {bench.say.number(share):>3} % "
