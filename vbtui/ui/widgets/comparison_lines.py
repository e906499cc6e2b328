"""What is said about two runs beside their rows: the lines at the head, the event in both, what came of it all.

Pure functions from a comparison to rows of a width. Never here: widgets, keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from textwrap import wrap

from vbtui.i18n import N_
from vbtui.render.change_texts import (
    delta_label,
    delta_values,
    fork_title,
    shown_deltas,
    with_duration,
)
from vbtui.render.comparison_texts import both_of, how_text, where_text
from vbtui.trace import Event
from vbtui.ui.halves import Halves
from vbtui.ui.inks import BLANK, Row, Span, Tone, row
from vbtui.ui.text import clip, fit, one_cell, spread, wrapped
from vbtui.ui.widgets.comparison_table import Shown, marks_for
from vbtui.ui.widgets.top_line import language_spans
from vbtui.walk.forks import Comparison, RowKind, Subject

MOST_DELTAS = 200
"""Figures that are listed: nobody reads more, and a job may have tens of thousands."""

_RESULTS = frozenset({Subject.RESULT, Subject.VM_RESULT, Subject.TASK_RESULT})
"""Deltas of which B is worth an ink."""


def header_row(shown: Shown, halves: Halves, width: int) -> Row:
    """` vbtui  what if: Block PROXY → HOST, tcp/902        EN|DE   100/121`"""
    say = shown.messages.translator
    title = one_cell(fork_title(shown.messages, halves.fork.changes))
    left: list[Span] = [(" vbtui", Tone.STRONG), (f"  {title}", Tone.LIVE)]
    right: list[Span] = [("  ", Tone.BAR)]
    right += language_spans(say)
    count = str(len(shown.comparison.rows))
    right.append((f"   {shown.row + 1:>{len(count)}}/{count} ", Tone.BAR))
    return Row(spread(left, right, width), Tone.BAR)


def said_rows(shown: Shown, width: int) -> list[Row]:
    """Where one stands between the differences, in words; two rows."""
    found = shown.comparison
    text, tone = where_text(shown.messages, found, shown.row), _tone(shown.row, found)
    rows = wrapped(text, width - 4, tone)
    if len(rows) > 2:
        rest = " ".join(one.spans[0][0] for one in rows[1:])
        rows = [rows[0], row((clip(rest, width - 4), tone))]
    different = marks_for(ascii=shown.ascii)[RowKind.DIFFERS]
    mark = {Tone.WARN: different, Tone.OK: shown.symbols.ok}.get(tone, " ")
    lines = [row((f" {mark if place == 0 else ' '} ", tone), *one.spans) for place, one in enumerate(rows)]
    return [*lines, *[BLANK] * (2 - len(lines))]


def _tone(row: int, found: Comparison) -> Tone:
    if found.first is None:
        return Tone.OK
    return Tone.WARN if row == found.first else Tone.TEXT


def detail_rows(shown: Shown, width: int) -> list[Row]:
    """The event of the row in both runs, and how they differ."""
    found, messages = shown.comparison, shown.messages
    pair, (a, b) = found.rows[shown.row], both_of(found, shown.row)
    rows = wrapped(how_text(messages, found, shown.row), width, Tone.WARN if pair.different else Tone.DIM)
    for name, one in (("A", a), ("B", b)):
        lines = wrapped(
            with_duration(messages, pair, one), width - 3, _ink(shown, name, one, alone=a is None or b is None)
        )
        rows += [row((f"{name if place == 0 else ' '}  ", Tone.KEY), *line.spans) for place, line in enumerate(lines)]
    return rows


def _ink(shown: Shown, name: str, event: Event | None, *, alone: bool) -> Tone:
    """On a narrow screen the run that is listed is the bright one."""
    if event is None or (not alone and shown.side is not None and shown.side != name.lower()):
        return Tone.DIM
    return Tone.TEXT


def detail_title(shown: Shown) -> str:
    event = shown.comparison.rows[shown.row].event
    title = shown.messages.step_title(event.step)
    return " · ".join([f"{event.step} {title}", *([one_cell(event.vm)] if event.vm else [])])


def delta_rows(shown: Shown, width: int) -> list[Row]:
    """A table of what came of both runs."""
    messages = shown.messages
    say = messages.translator
    every = shown_deltas(shown.comparison)
    deltas = every[:MOST_DELTAS]
    texts = [(delta_label(messages, one, brief=True), *delta_values(messages, one)) for one in deltas]
    widths = _column_widths(texts, width)
    rows = _cells(("", "A", "B"), widths, (Tone.DIM, Tone.KEY, Tone.KEY))
    for delta, text in zip(deltas, texts, strict=True):
        tone = (Tone.WARN if delta.subject in _RESULTS else Tone.STRONG) if delta.different else Tone.DIM
        rows += _cells(text, widths, (Tone.TEXT, Tone.TEXT if delta.different else Tone.DIM, tone))
    if len(every) > len(deltas):
        more = say.number(len(every) - len(deltas))
        rows += wrapped(say(N_("and {count} more; y copies all of them as text")).format(count=more), width, Tone.DIM)
    if not any(delta.different for delta in deltas):
        rows.append(row((say(N_("Everything comes to the same.")), Tone.DIM)))
    return rows


_GAP = 2
"""Cells between two columns."""


def _column_widths(texts: Sequence[Sequence[str]], width: int) -> list[int]:
    """As wide as the texts, and where that is too wide, the widest column gives way first: down to its longest word, as
    long as others can give way, too."""
    widths = [max([1, *(len(text[column]) for text in texts)]) for column in range(3)]
    words = [max([1, *(len(word) for text in texts for word in text[column].split())]) for column in range(3)]
    while sum(widths) + 2 * _GAP > max(width, 24):
        able = [column for column in range(3) if widths[column] > words[column]] or [0, 1, 2]
        widths[max(able, key=lambda column: widths[column])] -= 1
    return widths


def _cells(texts: Sequence[str], widths: Sequence[int], tones: Sequence[Tone]) -> list[Row]:
    """One line of the table; what is too long for its column goes on in the next row."""
    columns = [wrap(one_cell(text), cells) or [""] for text, cells in zip(texts, widths, strict=True)]
    return [
        row(*((fit(one[column], widths[column]) + " " * _GAP, tones[column]) for column in range(3)))
        for one in zip_longest(*columns, fillvalue="")
    ]
