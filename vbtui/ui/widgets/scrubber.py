"""The whole trace on one line: where the phases of the selected VM begin, where something went wrong, where we are."""

from __future__ import annotations

from dataclasses import dataclass

from textual.events import Click
from textual.message import Message

from vbtui.ui.inks import Row, Span, Tone
from vbtui.ui.moment import Moment
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.vocabulary import Outcome

MARGIN = 2
"""Blank cells on either side."""

_GRAVITY = (Outcome.FALLBACK, Outcome.WARNING, Outcome.FAIL)
_TONES = {Outcome.FALLBACK: Tone.WARN, Outcome.WARNING: Tone.WARN, Outcome.FAIL: Tone.FAIL}


class Scrubber(RowsView):
    """` ├──1──┼──2─↪─┼─3─┼4┼━━━5━━━▼···┼───6───┤ `"""

    @dataclass
    class Chosen(Message):
        """A person wants to see the event at a position."""

        position: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: tuple[int, str | None, int] | None = None
        self._count = 0

    def on_click(self, event: Click) -> None:
        """A click goes to the event at that place."""
        offset = event.get_content_offset(self)
        if offset is not None and self._count:
            share = (offset.x - MARGIN) / max(1, self.size.width - 2 * MARGIN - 1)
            self.post_message(self.Chosen(round(share * (self._count - 1))))

    def show(self, moment: Moment) -> None:
        shown = (moment.event.position, moment.vm, self.size.width)
        if shown == self._shown:
            return
        self._shown = shown
        self._count = len(moment.trace)
        self.show_rows([scrubber(moment, self.size.width)])


def scrubber(moment: Moment, width: int) -> Row:
    """The line for a width in cells. A cell stands for one event or for several neighbours."""
    cells = max(8, width - 2 * MARGIN)
    count = len(moment.trace)

    def cell(index: int) -> int:
        return index * (cells - 1) // max(1, count - 1)

    here = cell(moment.event.position)
    marks: list[Span] = [("━", Tone.OK) if x <= here else ("─", Tone.DIM) for x in range(cells)]
    starts = sorted((cell(start), phase) for phase, start in moment.walk.landmarks.bounds(moment.vm).items())
    for place, (x, phase) in enumerate(starts):
        done = x <= here
        marks[x] = (("┿" if done else "┼") if x else "┝" if done else "├", Tone.OK if done else Tone.DIM)
        following = starts[place + 1][0] if place + 1 < len(starts) else cells - 1
        middle = (x + following) // 2
        if middle > x:
            reached = moment.event.position >= moment.walk.landmarks.bounds(moment.vm)[phase]
            marks[middle] = (str(phase.value), Tone.STRONG if reached else Tone.TEXT)
    marks[-1] = ("┤", marks[-1][1])
    for outcome in _GRAVITY:
        for event in moment.trace.events:
            if event.outcome is outcome:
                marks[cell(event.position)] = (moment.symbols.outcome(outcome), _TONES[outcome])
    marks[here] = ("▼", Tone.ACTIVE)
    return Row(((" " * MARGIN, Tone.TEXT), *marks))
