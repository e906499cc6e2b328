"""The figures of the selected disk: what was moved, throughput over time, the redo logs and stuns of its VM.

Decided here: the order, how a series becomes a chart of block characters, and what is said where nothing is measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vbtui.i18n import N_
from vbtui.job import SnapshotState
from vbtui.render.data_texts import (
    NOTHING,
    SNAPSHOTS,
    amount,
    bottleneck,
    kind_text,
    mode_text,
    rate,
    stun_text,
)
from vbtui.render.failures import run_failure
from vbtui.render.quantities import duration
from vbtui.ui.data_bench import DataBench
from vbtui.ui.inks import BLANK, Row, Span, Tone, row
from vbtui.ui.text import clip, one_cell, wrapped
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.walk.disk_lines import DiskLine, Origin, SnapshotLine

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_ASCII_LEVELS = " ._-=+*#@"
LEAST_FIGURE = 9
"""Cells of a figure from which two stand side by side."""
CHART_ROWS = 3
REDO_ROWS = 2
MOST_GROWN = 6
"""Rows that a chart may get beyond these where there is room."""


class FiguresView(RowsView):
    """Text and two charts."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._about: object = None

    def show(self, bench: DataBench) -> None:
        self.entitle(title(bench))
        width = max(20, self.content_size.width - 3)
        rows = figure_rows(bench, width, self.content_size.height)
        self.show_rows(Row(((" ", Tone.TEXT), *one.spans), one.fill) for one in rows)
        about = None if bench.line is None else bench.line.id
        if about != self._about:
            self._about = about
            self.scroll_to(y=0, animate=False, immediate=True)

    def read_on(self, rows: int) -> None:
        """Scroll by rows."""
        self.scroll_relative(y=rows, animate=False, immediate=True)


def title(bench: DataBench) -> str:
    say = bench.say
    if bench.line is None:
        return say(N_("Figures"))
    word = N_("Estimate · {disk}") if bench.origin is Origin.ESTIMATE else N_("Measured · {disk}")
    return one_cell(say(word).format(disk=bench.line.id))


def figure_rows(bench: DataBench, width: int, height: int) -> list[Row]:
    """Everything, for a size in cells; the charts take the height that is left."""
    line = bench.line
    if line is None:
        return wrapped(bench.say(N_("The job has no disks.")), width, Tone.DIM)
    facts = [*_facts(bench, line, width), BLANK]
    rates, levels = _rates(bench, width), _levels(bench, width)

    def rows(grown: int) -> list[Row]:
        throughput = _throughput(bench, width, rates, CHART_ROWS + grown)
        return [*facts, *throughput, BLANK, *_snapshot(bench, line, width, levels, REDO_ROWS + grown // 2)]

    least = rows(0)
    room = height - len(least)
    grown = next((by for by in range(MOST_GROWN, 0, -1) if bool(rates) * by + bool(levels) * (by // 2) <= room), 0)
    return rows(grown) if grown and (rates or levels) else least


def _rates(bench: DataBench, width: int) -> tuple[float, ...]:
    """Bytes read a second, for a chart of that width; empty where nothing was read."""
    rates = () if bench.reading is None else bench.reading.rates(width)
    return rates if any(rates) else ()


def _levels(bench: DataBench, width: int) -> tuple[float, ...]:
    """Bytes of the redo logs, for a chart of that width; empty where there were none."""
    levels = () if bench.redo is None else bench.redo.levels(width)
    return levels if any(levels) and bench.snapshot is not None else ()


def _facts(bench: DataBench, line: DiskLine, width: int) -> Iterator[Row]:
    say = bench.say
    if line.failure is not None:
        yield from wrapped(f"{bench.symbols.fail} {run_failure(say, line.failure)}", width, Tone.FAIL)
    yield from wrapped(kind_text(say, line), width, Tone.STRONG)
    yield from wrapped(mode_text(bench.messages, line), width)
    facts = (
        (N_("Read"), amount(say, line.read)),
        (N_("Transferred"), amount(say, line.transferred)),
        (N_("Unchanged"), amount(say, line.unchanged)),
        (N_("Zeros"), amount(say, line.zero)),
        (N_("Duplicate"), amount(say, line.duplicate)),
        (N_("Bottleneck"), bottleneck(line)),
    )
    # Nothing is processed before a run: what is known then is how large the disk is.
    whole = N_("Size") if line.origin is Origin.ESTIMATE else N_("Processed")
    names = max(len(say(label)) for label in (whole, *(label for label, _ in facts))) + 1
    yield row(*_fact(say(whole), _of(bench, line), names, width - names))
    half = (width - 1) // 2 - names
    columns = 2 if half >= LEAST_FIGURE else 1
    for place in range(0, len(facts), columns):
        spans: list[Span] = []
        for label, value in facts[place : place + columns]:
            spans += _fact(say(label), value, names, half if columns == 2 else width - names)
        yield row(*spans)


def _fact(label: str, value: str, names: int, room: int) -> tuple[Span, Span]:
    tone = Tone.DIM if value == NOTHING else Tone.TEXT
    return (f"{label:<{names}}", Tone.DIM), (f"{clip(value, room):<{room}} ", tone)


def _of(bench: DataBench, line: DiskLine) -> str:
    say = bench.say
    if line.origin is Origin.ESTIMATE:
        return amount(say, line.total)
    if line.processed is None:
        return NOTHING
    return say(N_("{part} of {all}")).format(part=amount(say, line.processed), all=amount(say, line.total))


def _throughput(bench: DataBench, width: int, rates: Sequence[float], rows: int) -> Iterator[Row]:
    """The newest or average speed beside the heading, then the chart."""
    say, line, series = bench.say, bench.line, bench.reading
    yield _heading(say(N_("Throughput of all disks") if bench.all_disks else N_("Throughput")), _speed(bench), width)
    if not rates:
        yield from wrapped(say(_no_throughput(line)), width, Tone.DIM)
        return
    yield from (row((text, Tone.OK)) for text in chart(rates, rows))
    seconds = 0.0 if series is None else series.seconds
    yield _ends("0 s", say(N_("peak {rate}")).format(rate=rate(say, max(rates))), _seconds(bench, seconds), width)


def _speed(bench: DataBench) -> str:
    say, line = bench.say, bench.line
    if bench.all_disks:
        series = bench.history.all_read
        running = bench.origin is Origin.RUNNING
        if len(series) < 2:
            return ""
        return rate(say, series.recent_rate() if running else series.last / series.seconds if series.seconds else None)
    speed = None if line is None else bench.speed(line)
    if speed is None:
        return ""
    text = rate(say, speed)
    return say(N_("about {rate}")).format(rate=text) if bench.origin is Origin.ESTIMATE else text


def _no_throughput(line: DiskLine | None) -> str:
    if line is None or line.origin is Origin.ESTIMATE:
        return N_("Not measured yet: r performs the job.")
    if line.origin is Origin.LOG:
        return N_("The saved run has totals only.")
    return N_("Nothing has been read of it.")


def _snapshot(bench: DataBench, line: DiskLine, width: int, levels: Sequence[float], rows: int) -> Iterator[Row]:
    """The redo logs of the VM over time, how long it was stunned, and how the commit goes."""
    say, found, series = bench.say, bench.snapshot, bench.redo
    state = "" if found is None or found.state is None else say(SNAPSHOTS[found.state])
    yield _heading(one_cell(say(N_("Snapshot of {vm}")).format(vm=line.vm)), state, width)
    if found is None:
        yield from wrapped(say(_no_snapshot(line)), width, Tone.DIM)
        return
    if not found.converged:
        text = say(N_("does not converge: the guest writes faster than the commit merges; it is stunned for the rest"))
        yield from wrapped(f"{bench.symbols.warning} {text}", width, Tone.WARN)
    if levels:
        yield from (row((text, Tone.WARN)) for text in chart(levels, rows))
        # The looks at a run come between the last growth and the commit at best.
        peak = max(0 if series is None else series.peak, found.before_commit or 0)
        most = say(N_("redo logs, at most {size}")).format(size=amount(say, peak))
        yield _ends("0 s", most, _seconds(bench, 0.0 if series is None else series.seconds), width)
    facts = []
    if found.redo_bytes is not None and found.state is not SnapshotState.COMMITTED:
        facts.append((N_("Redo logs"), amount(say, found.redo_bytes)))
    if found.create_stun is not None or found.commit_stun is not None:
        facts.append((N_("Stun"), stun_text(say, found)))
    if found.merged:
        facts.append((N_("Merged"), _merged(bench, found)))
    if found.round and found.state in (SnapshotState.COMMITTING, SnapshotState.COMMITTED):
        facts.append((N_("Commit"), say(N_("round {count}")).format(count=say.number(found.round))))
    names = max((len(say(label)) for label, _ in facts), default=0) + 1
    for label, value in facts:
        lines = wrapped(value, max(10, width - names))
        for place, one in enumerate(lines):
            yield row((f"{'' if place else say(label):<{names}}", Tone.DIM), *one.spans)


def _merged(bench: DataBench, found: SnapshotLine) -> str:
    """More than the logs ever were, where the guest went on writing: then how much of it came during the commit."""
    say, late = bench.say, 0 if found.before_commit is None else (found.merged or 0) - found.before_commit
    if late <= 0:
        return amount(say, found.merged)
    text = say(N_("{size}, of these {late} written during the commit"))
    return text.format(size=amount(say, found.merged), late=amount(say, late))


def _no_snapshot(line: DiskLine) -> str:
    if line.origin is Origin.ESTIMATE:
        return N_("Redo logs and stuns are measured while the job runs.")
    return N_("Nothing was measured of a snapshot.")


def _heading(left: str, right: str, width: int) -> Row:
    right = clip(right, max(0, width - 8))
    left = clip(left, max(0, width - len(right) - 1))
    return row((left, Tone.HEADING), " " * max(0, width - len(left) - len(right)), (right, Tone.STRONG))


def _ends(left: str, middle: str, right: str, width: int) -> Row:
    """Three texts below a chart: at both its ends and in the middle."""
    room = width - len(left) - len(right)
    text = f"{left}{clip(middle, room - 2):^{room}}{right}"
    return row((text, Tone.DIM))


def _seconds(bench: DataBench, seconds: float) -> str:
    return duration(bench.say, round(seconds * 1000))


def chart(values: Sequence[float], rows: int, *, ascii: bool = False) -> list[str]:
    """Values as columns, one character wide, the highest `rows` high; what is not nought is seen."""
    most, levels = max(values, default=0.0), _ASCII_LEVELS if ascii else _EIGHTHS
    heights = [max(1, round(value / most * rows * 8)) if value > 0 else 0 for value in values]
    return [
        "".join(levels[max(0, min(8, height - 8 * below))] for height in heights) for below in reversed(range(rows))
    ]
