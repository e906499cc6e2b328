"""The event in two lines, on every size of screen: what happens, and below it who decided, or what a person should know.

At the start the second line is the hint; during and after a run it tells about the run.
"""

from __future__ import annotations

from vbtui.i18n import N_
from vbtui.ui.inks import BLANK, Row, Span, Tone, row, tone_of
from vbtui.ui.moment import Moment, NoticeKind
from vbtui.ui.text import clip, one_cell, wrapped
from vbtui.ui.widgets.lines_view import RowsView

_NOTICES = {
    NoticeKind.LIVE: ("●", Tone.LIVE),
    NoticeKind.DONE: ("✔", Tone.OK),
    NoticeKind.WARNING: ("!", Tone.WARN),
    NoticeKind.ERROR: ("✖", Tone.FAIL),
}


class EventLine(RowsView):
    """Two rows."""

    def show(self, moment: Moment) -> None:
        self.show_rows(event_lines(moment, self.size.width))


def event_lines(moment: Moment, width: int) -> list[Row]:
    """The two rows for a width in cells."""
    event = moment.event
    mark = (f" {moment.symbols.outcome(event.outcome)} ", tone_of(event.outcome))
    if event.verdict is not None and not event.verdict.allowed:
        mark = (f" {moment.symbols.action(event.verdict.action)} ", Tone.FAIL)
    story = wrapped(moment.messages.event(event), width - 4, Tone.STRONG)
    rows = [Row((mark, *story[0].spans))] if story else [BLANK]
    if (below := _below(moment, width)) is not None:
        if len(story) > 1:
            text = one_cell(moment.messages.event(event))
            rows = [Row((mark, (clip(text, width - 4), Tone.STRONG)))]
        rows.append(below)
    elif len(story) > 1:
        rest = " ".join(part.spans[0][0] for part in story[1:])
        rows.append(row(("   ", Tone.TEXT), (clip(rest, width - 4), Tone.STRONG)))
    else:
        rows.append(_decision(moment, width))
    return rows


def _below(moment: Moment, width: int) -> Row | None:
    """What must be told now: the run first, then the hint of the start."""
    if moment.notice is not None:
        symbol, tone = _NOTICES[moment.notice.kind]
        text = clip(one_cell(moment.notice.text), width - 4)
        return row((f" {symbol} ", tone), (text, Tone.HINT), fill=Tone.HINT)
    if not moment.started:
        return Row(hint(moment, width), Tone.HINT)
    return None


def hint(moment: Moment, width: int) -> tuple[Span, ...]:
    """The first thing to read: two keys, and what they do."""
    say = moment.say
    disks = (
        N_("performs this job for real, on your disks after a question")
        if moment.own_images
        else N_("performs this job for real on sample disks")
    )
    spans: list[Span] = [
        (" → ", Tone.KEY),
        (say(N_("shows the next event")), Tone.HINT),
        ("  ·  ", Tone.DIM),
        ("r ", Tone.KEY),
        (say(disks), Tone.HINT),
    ]
    more: list[Span] = [("  ·  ", Tone.DIM), ("? ", Tone.KEY), (say(N_("help")), Tone.HINT)]
    if sum(len(text) for text, _ in (*spans, *more)) < width:
        spans += more
    return tuple(spans)


def _decision(moment: Moment, width: int) -> Row:
    """Which firewall and rule decided, or what happens instead."""
    event, messages = moment.event, moment.messages
    if event.verdict is None:
        title = f"{event.step} · {messages.step_title(event.step)}"
        return row((f"   {clip(title, width - 4)}", Tone.DIM))
    text = messages.verdict(event.verdict)
    if instead := messages.blocked(event):
        text = f"{text} · {instead}"
    return row((f"   {clip(one_cell(text), width - 4)}", Tone.DIM))
