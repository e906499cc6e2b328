"""The event for people who sit far away: the number of the step in large digits, its title, the whole sentence, and who
decided. Shown while somebody presents, in place of every pane with small print.
"""

from __future__ import annotations

from vbtui.trace import EventKind
from vbtui.ui.big_digits import big
from vbtui.ui.inks import BLANK, Row, Span, Tone, row, tone_of
from vbtui.ui.moment import Moment
from vbtui.ui.text import clip, one_cell, spread, wrapped
from vbtui.ui.widgets.event_line import hint, notice_rows
from vbtui.ui.widgets.lines_view import RowsView

ROWS = 7
"""One that is blank, the title, four for the sentence and the decision, one that is blank."""
SENTENCE = 3
"""Rows of the sentence at most; the decision has the others of the four."""


class StageLine(RowsView):
    """Seven rows."""

    def show(self, moment: Moment, *, ascii: bool, aside: str = "") -> None:
        self.show_rows(stage_rows(moment, self.size.width, ascii=ascii, aside=aside))


def stage_rows(moment: Moment, width: int, *, ascii: bool, aside: str = "") -> list[Row]:
    """The rows for a width in cells; `aside` is what who presents has to know all the time."""
    event, messages = moment.event, moment.messages
    is_end = event.kind is EventKind.RESULT and event.vm is None
    digits = big(str(event.step), ascii=ascii)
    indent = len(digits[0]) + 5
    room = max(20, width - indent - 2)
    mark, tone = _mark(moment)
    title = one_cell(messages.result(moment.trace.result) if is_end else messages.step_title(event.step))
    place = f"{event.position + 1}/{len(moment.trace)}"
    head = spread(((clip(title, room - len(place) - 2), Tone.KEY),), ((place, Tone.HEADING),), room)
    told = wrapped(moment.story(event), room - 2, Tone.STRONG)
    if len(told) > SENTENCE:
        rest = " ".join(text for line in told[SENTENCE - 1 :] for text, _ in line.spans)
        told = [*told[: SENTENCE - 1], row((clip(rest, room - 2), Tone.STRONG))]
    lines: list[tuple[Span, ...]] = [head]
    for number, line in enumerate(told):
        lines.append(((f"{mark} " if number == 0 else "  ", tone), *line.spans))
    decided = _decision(moment, room, 1 + SENTENCE - len(told))
    lines += [()] * (2 + SENTENCE - len(lines) - max(1, len(decided)))
    lines += decided or [()]
    rows = [BLANK]
    for number, spans in enumerate(lines):
        digit = digits[number] if number < len(digits) else " " * len(digits[0])
        rows.append(row(("  ", Tone.TEXT), (digit, Tone.ACTIVE), ("   ", Tone.TEXT), *spans))
    below = _below(moment, width, aside)
    if len(below) > 1:
        # In the place of a row that is blank, so that it takes none from the event.
        del rows[-1 if not lines[-1] and len(lines) > len(digits) else 0]
    return [*rows, *below]


def _mark(moment: Moment) -> tuple[str, Tone]:
    event = moment.event
    if event.verdict is not None and not event.verdict.allowed:
        return moment.symbols.action(event.verdict.action), Tone.FAIL
    if event.kind is EventKind.TRANSFER and not moment.is_copied:
        return moment.symbols.active, Tone.ACTIVE
    return moment.symbols.outcome(event.outcome), tone_of(event.outcome)


def _decision(moment: Moment, room: int, most: int) -> list[tuple[Span, ...]]:
    """Who decided, or what happens instead, in the rows that the sentence leaves."""
    event, messages = moment.event, moment.messages
    if event.verdict is None:
        return []
    text = messages.verdict(event.verdict)
    if instead := messages.blocked(event):
        text = f"{text} · {instead}"
    tone = Tone.HEADING if event.verdict.allowed else Tone.FAIL
    told = ["".join(part for part, _ in line.spans) for line in wrapped(text, room - 2)]
    if len(told) > most:
        told[most - 1 :] = [clip(" ".join(told[most - 1 :]), room - 2)]
    return [(("  ", tone), (line, tone)) for line in told]


def _below(moment: Moment, width: int, aside: str) -> list[Row]:
    """What must be told now: the run first, then the hint of the start, then `aside`; most of the time nothing."""
    if moment.notice is not None:
        return notice_rows(moment.notice, width)
    if not moment.started:
        return [Row(hint(moment, width), Tone.HINT)]
    if aside:
        return [row((f" {moment.symbols.waiting} ", Tone.WARN), (clip(aside, width - 4), Tone.DIM))]
    return [BLANK]
