"""The matrix of required connections: one row per connection under the heading of its step, one column per firewall.

Decided here: how wide each column is, and that a screen too narrow for all of them gets one column with the deciding
hop. Rows are made when they are seen, so that ten thousand cost no more than twenty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.events import Click
from textual.message import Message

from vbtui.i18n import N_
from vbtui.render.goal_texts import step_text
from vbtui.render.matrix_texts import (
    cell_text,
    column_title,
    decided_by,
    flows,
    machines_text,
    verdict_words,
)
from vbtui.ui.bench import Bench
from vbtui.ui.inks import BLANK, Row, Span, Tone
from vbtui.ui.text import clip, fit, one_cell
from vbtui.ui.widgets.lines_view import LinesView, RowsView
from vbtui.vocabulary import Action, GoalVerdict
from vbtui.walk.desk import Desk
from vbtui.walk.filters import Filter, Order
from vbtui.walk.matrix import Cell, MatrixGroup, MatrixRow

CHANGED = "*"
"""Behind a cell that the last edit has changed."""
LEAST_MACHINES = 9
"""Cells of a name below which columns are folded rather than names cut."""
MOST_MACHINES = 26
MOST_SERVICE = 15
MOST_HOP = 16
LEAST_DECIDED = 12
"""Cells that must be left before who decided gets a column beside the hops."""


def nothing_text(bench: Bench) -> str:
    """What is said where the filter leaves no connection: of what is blocked that is the best there can be."""
    wanted = bench.desk.filter
    if wanted == Filter(troubled=True):
        return bench.say(N_("Nothing is blocked; 0 shows all."))
    if wanted.troubled:
        return bench.say(N_("Nothing is blocked of what the filter looks for; 0 shows all."))
    return bench.say(N_("The filter finds no connection; 0 shows all."))


Line = MatrixGroup | MatrixRow


@dataclass(frozen=True, slots=True)
class Widths:
    """Cells of each column."""

    source: int
    destination: int
    service: int
    verdict: int
    hops: tuple[int, ...]
    """Empty where the hops are folded into the deciding one."""
    decided: int
    """0 where there is no room for it beside the hops."""
    step: int
    """0 where steps are headings."""


class MatrixHead(RowsView):
    """The names of the columns, which stay while the rows scroll."""

    def show(self, bench: Bench) -> None:
        # As wide as the matrix below, which keeps a column for its scroll bar.
        found = head(bench, widths(bench, self.content_size.width - 1)) if bench.desk.rows else BLANK
        self.show_rows([found])


class MatrixView(LinesView):
    """The matrix, with a cursor on a cell."""

    @dataclass
    class Chosen(Message):
        """A person wants the row at a place, from 0."""

        place: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._bench: Bench | None = None
        self._widths: Widths | None = None
        self._lines: tuple[Line, ...] = ()
        self._places: dict[int, int] = {}
        self._rows: tuple[int, ...] = ()

    def show(self, bench: Bench) -> None:
        """Show a bench; rows that differ are drawn again."""
        before, self._bench = self._bench, bench
        desk = bench.desk
        room = self.content_size.width - 1
        renewed = (
            before is None
            or before.desk.groups is not desk.groups
            or before.desk.plan is not desk.plan
            or before.say.language != bench.say.language
            or self._room != room
        )
        if renewed:
            self._room = room
            self._lines = lines_of(desk)
            self._rows = tuple(y for y, line in enumerate(self._lines) if isinstance(line, MatrixRow))
            self._widths = widths(bench, room)
            self.renewed(0, max(1, len(self._lines)))
        else:
            assert before is not None
            ends = (self._line(before.desk.place), self._line(desk.place))
            self.changed(ends)
        if self._rows:
            y = self._line(desk.place)
            first = y - 1 if y and isinstance(self._lines[y - 1], MatrixGroup) else y
            self.reveal(first, y)

    _room = -1

    def _line(self, place: int) -> int:
        """Row of the view for a row of the desk."""
        return self._rows[place] if 0 <= place < len(self._rows) else 0

    def on_click(self, event: Click) -> None:
        y = self.row_under(event)
        if y in self._rows:
            self.post_message(self.Chosen(self._rows.index(y)))

    def row_at(self, y: int) -> Row:
        bench, sizes = self._bench, self._widths
        if bench is None or sizes is None or not 0 <= y < len(self._lines):
            if bench is not None and y == 0 and not self._lines:
                return Row(((clip(f"  {nothing_text(bench)}", self._room), Tone.DIM),))
            return BLANK
        line = self._lines[y]
        if isinstance(line, MatrixGroup):
            return heading(bench, line, self._room)
        return matrix_row(bench, line, sizes, current=bench.desk.row is line)


def title(bench: Bench) -> str:
    """The title of the frame: what is shown of how much."""
    desk, say = bench.desk, bench.say
    shown = say(N_("Connections of job {job}")).format(job=desk.job)
    total = len(desk.matrix.rows)
    if len(desk.rows) != total:
        shown += say(N_(" · {shown} of {total} rows")).format(shown=say.number(len(desk.rows)), total=say.number(total))
    return one_cell(shown)


def lines_of(desk: Desk) -> tuple[Line, ...]:
    """Headings and rows, top to bottom; without headings in any other order than that of the steps."""
    found: list[Line] = []
    for group in desk.groups:
        if desk.order is Order.STEP:
            found.append(group)
        found += group.rows
    return tuple(found)


def widths(bench: Bench, width: int) -> Widths:
    """Widths that fit the shown rows into `width` cells."""
    desk = bench.desk
    step = 0 if desk.order is Order.STEP else 5
    rows = desk.rows
    service = min(MOST_SERVICE, max((len(row.service) for row in rows), default=0))
    verdict = max((len(verdict_words(bench.messages, bench.symbols, row)) for row in rows), default=0)
    source = min(MOST_MACHINES, max((_wanted(row.sources) for row in rows), default=0))
    destination = min(MOST_MACHINES, max((_wanted(row.destinations) for row in rows), default=0))
    hops = tuple(_hop_width(bench, place) for place in range(len(desk.matrix.columns)))
    # mark, arrow, and a blank before or behind every column
    fixed = 2 + step + 3 + 1 + service + 1 + verdict + 1
    least = fixed + 2 * LEAST_MACHINES + sum(hops) + len(hops)
    folded = least > width or not hops
    if folded:
        hops = ()
    left = width - fixed - (sum(hops) + len(hops))
    if folded:
        decided = max(0, min(_longest(bench), left - min(source + destination, left * 5 // 9)) - 1)
    else:
        decided = left - source - destination - 1
        decided = min(decided, _longest(bench)) if decided >= LEAST_DECIDED else 0
    left -= decided + (1 if decided else 0)
    while source + destination > left and source + destination > 8:
        source, destination = (source - 1, destination) if source > destination else (source, destination - 1)
    return Widths(source, destination, service, verdict, hops, decided, step)


def _wanted(names: Sequence[str]) -> int:
    return len(machines_text(names, MOST_MACHINES))


def _hop_width(bench: Bench, place: int) -> int:
    """Room for the title, and for the longest cell with the mark of a change and the bracket of the cursor."""
    texts = (len(cell_text(bench.say, bench.symbols, row.cells[place])) + 2 for row in bench.desk.rows)
    named = len(column_title(bench.say, bench.desk.matrix.columns[place]))
    return min(MOST_HOP, max(named, max(texts, default=0)))


def _longest(bench: Bench) -> int:
    return max((len(decided_by(bench.messages, row)) + 1 for row in bench.desk.rows), default=0)


def head(bench: Bench, sizes: Widths) -> Row:
    """The names of the columns."""
    say, desk = bench.say, bench.desk
    spans: list[Span] = [("  ", Tone.HEADING)]
    if sizes.step:
        spans.append((fit(say(N_("Step")), sizes.step), Tone.HEADING))
    spans += [
        (f"{fit(say(N_('From')), sizes.source)} → ", Tone.HEADING),
        (f"{fit(say(N_('To')), sizes.destination)} ", Tone.HEADING),
        (fit(say(N_("Service")), sizes.service), Tone.HEADING),
    ]
    for place, size in enumerate(sizes.hops):
        named = one_cell(column_title(say, desk.matrix.columns[place]))
        spans.append((f" {fit(named, size)}", Tone.STRONG if place == desk.cell_column else Tone.HEADING))
    spans.append((f" {fit(say(N_('Answer')), sizes.verdict)} ", Tone.HEADING))
    if sizes.decided:
        spans.append((fit(say(N_("Decided by")), sizes.decided), Tone.HEADING))
    return Row(tuple(spans))


_GOALS = {
    GoalVerdict.OK: Tone.OK,
    GoalVerdict.FALLBACK: Tone.WARN,
    GoalVerdict.UNKNOWN: Tone.WARN,
    GoalVerdict.FAIL: Tone.FAIL,
}


def goal_tone(verdict: GoalVerdict) -> Tone:
    """The tone that goes with a goal's mark and word."""
    return _GOALS[verdict]


def action_tone(action: Action | None) -> Tone:
    """The tone that goes with an answer's mark and word."""
    if action is None:
        return Tone.DIM
    return {Action.ALLOW: Tone.OK, Action.UNKNOWN: Tone.WARN}.get(action, Tone.FAIL)


def heading(bench: Bench, group: MatrixGroup, width: int) -> Row:
    """A step with its verdict and how many of its connections are in trouble."""
    say, marks = bench.say, bench.symbols
    asked = sum(row.connection.flows for row in group.rows if row.connection is not None and not row.spare)
    blocked = sum(row.connection.flows for row in group.rows if row.connection is not None and row.troubled)
    verdict = f"{marks.goal(group.verdict)} {bench.messages.goal(group.verdict)}"
    counted = f" · {flows(say, asked)}"
    if blocked:
        counted += say(N_(", {count} not open")).format(count=say.number(blocked))
    room = width - len(verdict) - len(counted) - 4
    named = clip(step_text(bench.messages, group.step), room)
    rule = " " + "─" * max(0, room - len(named) - 1) + " "
    return Row(
        (
            (f" {named}", Tone.STRONG),
            (rule, Tone.DIM),
            (verdict, goal_tone(group.verdict)),
            (f"{counted} ", Tone.HEADING),
        )
    )


def matrix_row(bench: Bench, row: MatrixRow, sizes: Widths, *, current: bool) -> Row:
    """One connection, exactly as wide as the columns."""
    text = Tone.DIM if row.spare else Tone.STRONG if current else Tone.TEXT
    spans: list[Span] = [("▶ " if current else "  ", Tone.ACTIVE)]
    if sizes.step:
        spans.append((fit("" if row.step is None else str(row.step), sizes.step), text))
    if row.connection is None:
        room = sizes.source + 3 + sizes.destination + 1 + sizes.service
        told = ": ".join(part for part in (row.way.performer, decided_by(bench.messages, row)) if part)
        spans.append((fit(one_cell(told), room), text))
    else:
        source = fit(one_cell(machines_text(row.sources, sizes.source)), sizes.source)
        destination = fit(one_cell(machines_text(row.destinations, sizes.destination)), sizes.destination)
        spans.append((f"{source} → {destination} {fit(row.service, sizes.service)}", text))
    marked = bench.changed_cells(row)
    spans += _hops(bench, row, sizes, marked, current=current)
    tone = action_tone(None if row.verdict is None else row.verdict.action)
    tone = Tone.DIM if row.spare else Tone.FAIL if row.verdict is None else tone
    spans.append((f" {fit(verdict_words(bench.messages, bench.symbols, row), sizes.verdict)} ", tone))
    if sizes.decided:
        star = CHANGED if not sizes.hops and any(marked) else ""
        room = sizes.decided - len(star)
        # Beside the hops the column tells the firewall; folded there is nothing else that does.
        words = one_cell(decided_by(bench.messages, row, room if sizes.hops else None))
        words = clip(words, room) + star
        spans.append((words.ljust(sizes.decided), Tone.TEXT if current else Tone.DIM))
    return Row(tuple(spans), Tone.CURRENT if current else Tone.TEXT)


def _hops(bench: Bench, row: MatrixRow, sizes: Widths, marked: Sequence[bool], *, current: bool) -> Iterator[Span]:
    """The cells, each with the blank before it; the brackets of the cursor stand in the blanks beside its cell."""
    for place, size in enumerate(sizes.hops):
        cell = row.cells[place]
        text = cell_text(bench.say, bench.symbols, cell) + (CHANGED if marked[place] else "")
        under = current and place == bench.desk.cell_column
        tone = _cell_tone(row, cell)
        yield ("[" if under else " ", Tone.ACTIVE)
        yield (clip(text, size), tone)
        left = size - min(size, len(text))
        if under:
            yield ("]".ljust(left)[:left], Tone.ACTIVE)
        else:
            yield (" " * left, Tone.TEXT)


def _cell_tone(row: MatrixRow, cell: Cell) -> Tone:
    return Tone.DIM if row.spare else action_tone(cell.action)
