"""The lines above and below the disks: which job, what the run does, what goes on with a restore point."""

from __future__ import annotations

from collections.abc import Iterator

from vbtui.i18n import N_
from vbtui.job import WorkKind, WorkProgress
from vbtui.render.data_texts import rate
from vbtui.render.quantities import size as size_text
from vbtui.ui.data_bench import DataBench
from vbtui.ui.inks import BLANK, Row, Span, Tone, length
from vbtui.ui.point_work import work_notice
from vbtui.ui.text import clip, one_cell, spread
from vbtui.ui.widgets.disk_table import bar
from vbtui.ui.widgets.event_line import notice_rows
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.ui.widgets.top_line import TopLine, language_spans
from vbtui.walk.disk_lines import Origin

ROOMY = 100
"""Cells from which every part has its word."""


class DataHeader(TopLine):
    """` vbtui   classroom · Data · job daily        ● live   EN|DE   2/5`"""

    def show(self, bench: DataBench) -> None:
        self.show_rows([header(bench, self.size.width)])


def header(bench: DataBench, width: int) -> Row:
    """The first line, for a width in cells."""
    say, gap = bench.say, "   " if width >= ROOMY else "  "
    job = say(N_("job {name}")).format(name=bench.job)
    left: list[Span] = [
        (" vbtui", Tone.STRONG),
        (f"{gap}{one_cell(bench.topology)} · {say(N_('Data'))} · {one_cell(job)}", Tone.BAR),
    ]
    right: list[Span] = [("  ", Tone.BAR)]
    if bench.origin is Origin.RUNNING:
        paced = width >= ROOMY and bench.pace == "paced"
        word = say(N_("live · paced to about 20 s")) if paced else say(N_("live"))
        right += [("● ", Tone.LIVE), (word, Tone.STRONG), (gap, Tone.BAR)]
    elif bench.origin is Origin.LOG:
        right += [(say(N_("replay")), Tone.LIVE), (gap, Tone.BAR)]
    right += language_spans(say)
    count = str(len(bench.lines))
    right += [(gap, Tone.BAR), (f"{bench.place + 1 if bench.lines else 0:>{len(count)}}/{count} ", Tone.BAR)]
    return Row(spread(left, right, width), Tone.BAR)


class DataOutcome(RowsView):
    """Two rows: what goes on with a restore point or came of it, else the run, else what a key would do."""

    def show(self, bench: DataBench) -> None:
        self.show_rows(outcome(bench, self.size.width))


def outcome(bench: DataBench, width: int) -> list[Row]:
    """The two rows, for a width in cells."""
    if bench.notice is not None:
        rows = notice_rows(bench.notice, width)
    elif bench.work is not None:
        rows = list(_work(bench, bench.work, width))
    elif bench.run_notice is not None:
        rows = notice_rows(bench.run_notice, width)
    else:
        rows = list(_idle(bench, width))
    return [*rows, BLANK, BLANK][:2]


def _idle(bench: DataBench, width: int) -> Iterator[Row]:
    """What the first key would be."""
    say = bench.say
    if bench.origin is Origin.RUNNING:
        stops: list[Span] = [(" c ", Tone.KEY), (say(N_("stops the run")), Tone.HINT), ("  ·  ", Tone.DIM)]
        told = clip(say(N_("what is shown is measured while it happens")), width - length(stops) - 1)
        yield Row((*stops, (told, Tone.DIM)), Tone.HINT)
        return
    text = (
        N_("performs this job for real, on your disks after a question")
        if bench.own_images
        else N_("performs this job for real on sample disks")
    )
    spans: list[Span] = [(" r ", Tone.KEY), (clip(say(text), width - 4), Tone.HINT)]
    for key, words in (("v", N_("verifies the restore point")), ("F1", N_("back"))):
        more: list[Span] = [("  ·  ", Tone.DIM), (f"{key} ", Tone.KEY), (say(words), Tone.HINT)]
        if key == "v" and bench.point is None:
            continue
        if length((*spans, *more)) > width:
            break
        spans += more
    yield Row(tuple(spans), Tone.HINT)
    yield Row(
        (("   ", Tone.HINT), (clip(say(N_("as it is shown; again: an incremental run")), width - 4), Tone.DIM)),
        Tone.HINT,
    )


_DOING = {
    WorkKind.VERIFY: N_("Verifying {subject}"),
    WorkKind.RESTORE: N_("Restoring from {subject}"),
    WorkKind.HEALTH: N_("Checking all restore points of {subject}"),
}

# ---- work on a restore point ----------------------------------------------------------------------------------------


def _work(bench: DataBench, work: WorkProgress, width: int) -> Iterator[Row]:
    if work.finished:
        yield from notice_rows(work_notice(bench.say, work), width)
        return
    say = bench.say
    what = clip(one_cell(say(_DOING[work.kind]).format(subject=work.subject)), width - 4)
    yield Row(((f" {bench.symbols.active} ", Tone.LIVE), (what, Tone.HINT)), Tone.HINT)
    amounts = say(N_("{part} of {all}")).format(part=size_text(say, work.done), all=size_text(say, work.total))
    speed = rate(say, work.done / work.elapsed) if work.elapsed > 0 else ""
    told = f"{say.number(int(work.fraction * 100)):>3} %  {amounts}  {speed}"
    keys: list[Span] = [("   c ", Tone.KEY), (say(N_("cancels")), Tone.HINT), (" ", Tone.HINT)]
    room = width - 4 - len(told) - 2 - length(keys)
    shown = bar(work.fraction, max(4, min(40, room)), Tone.HINT)
    yield Row((("   ", Tone.HINT), *shown, (f"  {told}", Tone.HINT), *keys), Tone.HINT)
