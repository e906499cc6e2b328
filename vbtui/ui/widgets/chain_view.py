"""The restore points of the selected VM, newest first: what each is, what it needs, and whether it is whole."""

from __future__ import annotations

from dataclasses import dataclass

from textual.events import Click
from textual.message import Message

from vbtui.i18n import N_
from vbtui.job import PointInfo
from vbtui.render.data_texts import NOTHING, point_kind, point_state
from vbtui.render.failures import system_failure
from vbtui.render.quantities import size as size_text
from vbtui.render.repository_sheets import moment_text
from vbtui.ui.data_bench import DataBench, DataView
from vbtui.ui.inks import BLANK, Row, Span, Tone, lines_of
from vbtui.ui.outcome import short
from vbtui.ui.text import clip, fit, one_cell, wrapped
from vbtui.ui.widgets.lines_view import LinesView

MOST_NAME = 40


@dataclass(frozen=True, slots=True)
class Widths:
    """Cells of each column; 0 for one that has no room."""

    kind: int
    name: int
    parent: int
    created: int
    size: int
    disks: int
    state: int


class ChainView(LinesView):
    """The list with its head."""

    @dataclass
    class Chosen(Message):
        """A person wants the point at a place, from 0."""

        place: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._bench: DataBench | None = None
        self._rows: tuple[Row, ...] = ()

    def show(self, bench: DataBench) -> None:
        self._bench = bench
        self.entitle(title(bench))
        before, self._rows = self._rows, tuple(chain_rows(bench, self.content_size.width - 1))
        if len(before) != len(self._rows):
            self.renewed(0, len(self._rows))
        else:
            self.changed(y for y, (a, b) in enumerate(zip(before, self._rows, strict=True)) if a != b)
        place = bench.point_place
        self.reveal(place + 1 if place else 0, place + 1)

    def copied(self, place: int) -> str:
        """The head and the row at a place, as lines of text; what stands there where there are no rows."""
        return lines_of(self.row_at(0), self.row_at(place + 1))

    def on_click(self, event: Click) -> None:
        y = self.row_under(event)
        if y is not None and self._bench is not None and 0 < y <= len(self._bench.kept.points):
            self.post_message(self.Chosen(y - 1))

    def row_at(self, y: int) -> Row:
        return self._rows[y] if 0 <= y < len(self._rows) else BLANK


def title(bench: DataBench) -> str:
    say = bench.say
    if bench.line is None:
        return say(N_("Restore points"))
    return one_cell(
        say(N_("Restore points of {vm} in {folder}")).format(vm=bench.line.vm, folder=short(bench.kept.folder))
    )


def chain_rows(bench: DataBench, width: int) -> list[Row]:
    """The head and every point, or why there are none, for a width in cells."""
    kept, say = bench.kept, bench.say
    if kept.error is not None:
        return wrapped(f"{bench.symbols.fail} {system_failure(say, kept.error)}", width, Tone.FAIL, indent=" ")
    if not kept.points:
        return wrapped(say(_why_none(bench)), width, Tone.DIM, indent=" ")
    sizes = widths(bench, width)
    return [head(bench, sizes), *(point_row(bench, place, sizes) for place in range(len(kept.points)))]


def _why_none(bench: DataBench) -> str:
    if not bench.kept.known:
        return N_("The folder is being listed.")
    return N_("There are none yet: every run leaves one for each VM that it has copied.")


def widths(bench: DataBench, width: int) -> Widths:
    """Columns that fit these points into `width` cells."""
    say, points = bench.say, bench.kept.points
    kind = max(len(say(N_("Kind"))), *(len(_kind(bench, one)) for one in points))
    size = max(len(say(N_("Size"))), *(len(size_text(say, one.file_size)) for one in points))
    state = max(len(_state(bench, one)) for one in points)
    created = max(len(say(N_("Created (UTC)"))), *(len(_created(one)) for one in points))
    longest = min(MOST_NAME, max(len(say(N_("Restore point"))), *(len(one.point) for one in points)))
    disks = max(len(_disks(bench, one)) for one in points)
    left = width - 2 - (size + 1)
    name = min(longest, max(8, left - kind - 1 - min(state, 12) - 1))
    left -= name + 1 + kind + 1
    state = max(8, min(state, left - 1))
    left -= state + 1
    # The name has the time in most points, so the time goes before what is rarer.
    created = created if created + 1 <= left else 0
    left -= created + 1 if created else 0
    parent = max(len(say(N_("Parent"))), *(len(_parent(one)) for one in points))
    parent = min(parent, MOST_NAME) if parent + 1 <= left else 0
    left -= parent + 1 if parent else 0
    disks = min(disks, left - 1) if left > 12 else 0
    return Widths(kind, name, parent, created, size, disks, state)


def head(bench: DataBench, sizes: Widths) -> Row:
    """The names of the columns."""
    say = bench.say
    parts = [f"  {fit(say(N_('Kind')), sizes.kind)} {fit(say(N_('Restore point')), sizes.name)} "]
    if sizes.parent:
        parts.append(fit(say(N_("Parent")), sizes.parent) + " ")
    if sizes.created:
        parts.append(fit(say(N_("Created (UTC)")), sizes.created) + " ")
    parts.append(f"{clip(say(N_('Size')), sizes.size):>{sizes.size}} {fit(say(N_('State')), sizes.state)} ")
    if sizes.disks:
        parts.append(fit(say(N_("Disks")), sizes.disks))
    return Row((("".join(parts), Tone.HEADING),))


def point_row(bench: DataBench, place: int, sizes: Widths) -> Row:
    """One point, exactly as wide as the columns."""
    found = bench.kept.points[place]
    selected = place == bench.point_place
    current = selected and bench.view is DataView.POINTS
    text = Tone.STRONG if current else Tone.TEXT
    quiet = Tone.TEXT if current else Tone.DIM
    mark = "▶ " if current else "› " if selected else "  "
    spans: list[Span] = [
        (mark, Tone.ACTIVE),
        (f"{fit(_kind(bench, found), sizes.kind)} ", text),
        (f"{fit(one_cell(found.point), sizes.name)} ", text),
    ]
    if sizes.parent:
        spans.append((f"{fit(_parent(found), sizes.parent)} ", quiet))
    if sizes.created:
        spans.append((f"{fit(_created(found), sizes.created)} ", quiet))
    spans.append((f"{size_text(bench.say, found.file_size):>{sizes.size}} ", text))
    spans.append((f"{fit(_state(bench, found), sizes.state)} ", Tone.OK if found.complete else Tone.FAIL))
    if sizes.disks:
        spans.append((fit(_disks(bench, found), sizes.disks), quiet))
    return Row(tuple(spans), Tone.CURRENT if current else Tone.TEXT)


def _kind(bench: DataBench, point: PointInfo) -> str:
    return point_kind(bench.say, point)


def _parent(point: PointInfo) -> str:
    return one_cell(point.parent or NOTHING)


def _created(point: PointInfo) -> str:
    return NOTHING if point.header is None else moment_text(point.header.created_ms)


def _disks(bench: DataBench, point: PointInfo) -> str:
    if point.header is None:
        return NOTHING
    return one_cell(", ".join(f"{disk.name} ({size_text(bench.say, disk.size)})" for disk in point.header.disks))


def _state(bench: DataBench, point: PointInfo) -> str:
    return one_cell(point_state(bench.say, bench.symbols, point))
