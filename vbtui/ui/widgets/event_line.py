"""The event in two lines, on every size of screen: what happens, and below it who decided, or what a person should
know.

At the start the second line is the hint; during and after a run it tells about the run.
"""

from __future__ import annotations

from vbtui.i18n import N_
from vbtui.render import RICH
from vbtui.trace import EventKind
from vbtui.ui.inks import BLANK, Row, Span, Tone, row, tone_of
from vbtui.ui.keys import said_keys
from vbtui.ui.moment import Moment, Notice, NoticeKind
from vbtui.ui.outcome import origin
from vbtui.ui.text import clip, one_cell, wrapped
from vbtui.ui.widgets.lines_view import RowsView

ROWS = 2
BREAK = " · "
"""Between the parts of a notice, where it may go on in the next row."""

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
    if moment.notice is not None and len(notice := notice_rows(moment.notice, width)) > 1:
        return notice
    mark = (f" {moment.symbols.outcome(event.outcome)} ", tone_of(event.outcome))
    if event.kind is EventKind.TRANSFER and not moment.is_copied:
        mark = (f" {moment.symbols.active} ", Tone.ACTIVE)
    if event.verdict is not None and not event.verdict.allowed:
        mark = (f" {moment.symbols.action(event.verdict.action)} ", Tone.FAIL)
    story = wrapped(moment.story(event), width - 4, Tone.STRONG)
    rows = [Row((mark, *story[0].spans))] if story else [BLANK]
    if (below := _below(moment, width)) is not None:
        if len(story) > 1:
            rows = [Row((mark, (moment.story(event, width - 4), Tone.STRONG)))]
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
        return notice_rows(moment.notice, width)[0]
    if not moment.started:
        return Row(hint(moment, width), Tone.HINT)
    return None


def notice_rows(notice: Notice, width: int, most: int = ROWS) -> list[Row]:
    """A notice on one row, or on two where there are so many; it is broken between its parts, and between the words of
    a part that is longer than a row."""
    symbol, tone = _NOTICES[notice.kind]
    room, lines = width - 4, list[str]()
    for part in one_cell(notice.text).split(BREAK):
        if lines and len(lines[-1]) + len(BREAK) + len(part) <= room:
            lines[-1] += BREAK + part
        elif len(lines) < most:
            lines += _broken(part, room, most - len(lines))
        else:
            lines[-1] = clip(lines[-1] + BREAK + part, room)
    marks = [symbol, *" " * (len(lines) - 1)]
    return [
        row((f" {mark} ", tone), (line, Tone.HINT), fill=Tone.HINT) for mark, line in zip(marks, lines, strict=True)
    ]


def _broken(part: str, room: int, most: int) -> list[str]:
    """A part of a notice on at most so many rows; only what the last has no room for is cut."""
    lines = ["".join(text for text, _ in one.spans) for one in wrapped(part, room)] or [""]
    return [*lines[: most - 1], clip(" ".join(lines[most - 1 :]), room)] if len(lines) > most else lines


def hint(moment: Moment, width: int) -> tuple[Span, ...]:
    """The first thing to read: two keys, and what they do."""
    say = moment.say
    disks = (
        N_("performs this job for real, on your disks after a question")
        if moment.own_images
        else N_("performs this job for real on sample disks")
    )
    keys: list[Span] = [
        (f" {said_keys(say, '→', plain=moment.symbols is not RICH)} ", Tone.KEY),
        (say(N_("shows the next event")), Tone.HINT),
        ("  ·  ", Tone.DIM),
        ("r ", Tone.KEY),
    ]
    spans = [*keys, (say(disks), Tone.HINT)]
    if sum(len(text) for text, _ in spans) >= width:
        # On which disks is told again, and asked where it matters, once somebody presses the key.
        spans = [*keys, (say(N_("performs this job for real")), Tone.HINT)]
    if sum(len(text) for text, _ in spans) > width:
        spans = [*keys, (say(N_("performs this job")), Tone.HINT)]
    more: list[Span] = [("  ·  ", Tone.DIM), ("? ", Tone.KEY), (say(N_("help")), Tone.HINT)]
    if sum(len(text) for text, _ in (*spans, *more)) < width:
        spans += more
    return tuple(spans)


def _decision(moment: Moment, width: int) -> Row:
    """Which firewall and rule decided, or what happens instead."""
    event, messages = moment.event, moment.messages
    if event.kind is EventKind.RESULT and event.vm is None:
        return row((f"   {clip(origin(moment), width - 4)}", Tone.DIM))
    if event.verdict is None:
        title = f"{event.step} · {messages.step_title(event.step)}"
        return row((f"   {clip(title, width - 4)}", Tone.DIM))
    text = messages.verdict(event.verdict)
    if (instead := messages.blocked(event)) and len(text) + len(instead) + 3 <= width - 4:
        text = f"{text} · {instead}"
    return row((f"   {clip(one_cell(text), width - 4)}", Tone.DIM))
