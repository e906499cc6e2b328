"""The whole trace on one line: where the phases begin, what went wrong, where breakpoints are, where we are; and where
in the process that is, in words.

Decided here: whose phases they are, those of the VM that a person has chosen, else of the one that gets farthest (a
scale that went from VM to VM with the events would tell nobody how far they are); which mark a cell shows that stands
for many events, and to which event a press on a cell leads. What the line shows of a trace is worked out once for a
width; a draw looks at its cells and at no event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual.events import MouseDown, MouseMove, MouseUp
from textual.message import Message

from vbtui.i18n import N_
from vbtui.trace import Trace
from vbtui.ui.inks import Row, Span, Tone
from vbtui.ui.moment import Moment
from vbtui.ui.text import spread
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.vocabulary import Outcome, Phase
from vbtui.walk import Breakpoints
from vbtui.walk.breakpoints import is_failure

MARGIN: Final = 2
"""Blank cells on either side."""
LEAST_CELLS: Final = 8
ROOMY: Final = 100
"""Cells from which the place is told in words."""
BREAKPOINT: Final = "●"

_GRAVITY: Final = (Outcome.FALLBACK, Outcome.WARNING, Outcome.FAIL)
_TONES: Final = {Outcome.FALLBACK: Tone.WARN, Outcome.WARNING: Tone.WARN, Outcome.FAIL: Tone.FAIL}


@dataclass(frozen=True, slots=True)
class Track:
    """What the line of one trace shows at one width, wherever the playhead is."""

    cells: int
    count: int
    """Events."""
    starts: tuple[tuple[int, Phase, int], ...]
    """Cells where phases begin, with the position of the event."""
    digits: tuple[tuple[int, Phase, int], ...]
    """Cells that have the number of a phase."""
    stops: dict[int, int]
    """Cells with breakpoints, and the first event that they hold there."""
    marks: dict[int, tuple[Outcome, int]]
    """Cells where something went wrong, the worst of each, and the first event of that sort there."""
    followed: frozenset[int] | None
    """Cells with events that belong to what is followed; None if nothing is."""

    def cell(self, position: int) -> int:
        """Where an event stands."""
        return _cell(position, self.cells, self.count)

    def position(self, cell: int) -> int:
        """The event at a cell, cut to the line."""
        share = min(max(cell, 0), self.cells - 1) / max(1, self.cells - 1)
        return round(share * (self.count - 1))

    def aimed(self, cell: int) -> int:
        """The event that a press on a cell means: that of its mark, if it has one."""
        if cell in self.marks:
            return self.marks[cell][1]
        return self.stops.get(cell, self.position(cell))


class Scrubber(RowsView):
    """` ├──1──┼──2─↪─┼─●─┼4┼━━━5━━━▼···┼───6───┤  step 5.3 · 00:03:12 `"""

    @dataclass
    class Chosen(Message):
        """A person wants to see the event at a position."""

        position: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: object = None
        self._made_for: tuple[object, ...] = ()
        self._troubles: tuple[tuple[int, Outcome], ...] | None = None
        self._track: Track | None = None
        self._chosen = -1

    # ---- the mouse --------------------------------------------------------------------------------------------------

    def on_mouse_down(self, event: MouseDown) -> None:
        """A press goes to the event at that place, and what follows is a drag until the button is let go, also beyond
        the line's ends."""
        if self._track is None or event.button != 1:
            return
        event.stop()
        self.capture_mouse()
        self._choose(self._track.aimed(event.x - MARGIN))

    def on_mouse_move(self, event: MouseMove) -> None:
        if self._track is None or self.app.mouse_captured is not self:
            return
        event.stop()
        if not event.button:  # it was let go where nobody could tell us
            self.release_mouse()
            return
        self._choose(self._track.position(event.x - MARGIN))

    def on_mouse_up(self, event: MouseUp) -> None:
        if self.app.mouse_captured is self:
            event.stop()
            self.release_mouse()

    def on_hide(self) -> None:
        if self.app.mouse_captured is self:
            self.release_mouse()

    def _choose(self, position: int) -> None:
        if position != self._chosen:
            self._chosen = position
            self.post_message(self.Chosen(position))

    # ---- drawing ----------------------------------------------------------------------------------------------------

    def show(self, moment: Moment) -> None:
        self._chosen = moment.event.position
        width = self.size.width
        end = place_text(moment, width)
        made_for = (id(moment.trace), moment.chosen, width, len(end), moment.walk.breaks, moment.walk.focus)
        if made_for != self._made_for or self._track is None:
            self._made_for = made_for
            if self._troubles is None:
                self._troubles = troubles(moment.trace)
            cells = max(LEAST_CELLS, width - 2 * MARGIN - len(end))
            self._track = track(moment, cells, self._troubles)
            self._shown = None
        shown = (moment.event.position, moment.symbols, end)
        if shown != self._shown:
            self._shown = shown
            self.show_rows([scrubber(moment, self._track, width, end)])


def troubles(trace: Trace) -> tuple[tuple[int, Outcome], ...]:
    """Everything that went another way than it should, by position. Looks at every event."""
    found = []
    for event in trace.events:
        if event.outcome in _TONES:
            found.append((event.position, event.outcome))
        elif is_failure(event):
            found.append((event.position, Outcome.FAIL))
    return tuple(found)


def track(moment: Moment, cells: int, troubled: tuple[tuple[int, Outcome], ...]) -> Track:
    """The line in so many cells. A cell stands for one event or for several neighbours."""
    walk, count = moment.walk, len(moment.trace)
    bounds = walk.landmarks.bounds(moment.chosen or walk.landmarks.farthest)
    starts = sorted((_cell(start, cells, count), phase, start) for phase, start in bounds.items())
    stops: dict[int, int] = {}
    for position in _held(walk.breaks, moment):
        stops.setdefault(_cell(position, cells, count), position)
    marks: dict[int, tuple[Outcome, int]] = {}
    for position, outcome in troubled:
        x = _cell(position, cells, count)
        if x not in marks or _GRAVITY.index(outcome) > _GRAVITY.index(marks[x][0]):
            marks[x] = (outcome, position)
    digits = []
    for place, (x, phase, start) in enumerate(starts):
        following = starts[place + 1][0] if place + 1 < len(starts) else cells - 1
        if (middle := (x + following) // 2) > x:
            # In the middle of its phase, or as near to it as no mark hides it.
            free = (at for at in range(x + 1, following) if at not in marks and at not in stops)
            digits.append((min(free, key=lambda at: abs(at - middle), default=middle), phase, start))
    followed = None
    if walk.followed is not None:
        followed = frozenset(_cell(position, cells, count) for position in walk.followed.positions)
    return Track(cells, count, tuple(starts), tuple(digits), stops, marks, followed)


def _held(breaks: Breakpoints, moment: Moment) -> tuple[int, ...]:
    return breaks.places(moment.trace, moment.walk.landmarks)


def _cell(position: int, cells: int, count: int) -> int:
    return position * (cells - 1) // max(1, count - 1)


def scrubber(moment: Moment, line: Track, width: int, end: str) -> Row:
    """The line with the playhead on it."""
    position = moment.event.position
    here = line.cell(position)
    if line.followed is None:
        spans: list[Span] = [("━", Tone.OK) if x <= here else ("─", Tone.DIM) for x in range(line.cells)]
    else:
        spans = [("━", Tone.OK) if x in line.followed else ("─", Tone.DIM) for x in range(line.cells)]
    for x, _, start in line.starts:
        done = position >= start and line.followed is None
        spans[x] = (("┿" if done else "┼") if x else "┝" if done else "├", Tone.OK if done else Tone.DIM)
    spans[-1] = ("┤", spans[-1][1])
    for x in line.stops:
        spans[x] = (BREAKPOINT, Tone.KEY)
    for x, phase, start in line.digits:
        spans[x] = (str(phase.value), Tone.STRONG if position >= start else Tone.TEXT)
    for x, (outcome, _) in line.marks.items():
        spans[x] = (moment.symbols.outcome(outcome), _TONES[outcome])
    spans[here] = ("▼", Tone.ACTIVE)
    return Row(spread([(" " * MARGIN, Tone.TEXT), *spans], [(end, Tone.DIM)], width))


def place_text(moment: Moment, width: int) -> str:
    """Where in the process the playhead is: its step and the simulated time; always as long at one width."""
    step, time = f"{moment.event.step:>3}", clock(moment.event.start_ms, moment.trace)
    if width < ROOMY:
        return f" {step} {time} "
    return f"  {moment.say(N_('step {step} · {time}')).format(step=step, time=time)} "


def clock(milliseconds: int, trace: Trace) -> str:
    """Simulated time as hours, minutes and seconds; hours only where the trace takes some."""
    seconds = milliseconds // 1000
    hours, minutes = divmod(seconds // 60, 60)
    text = f"{minutes:02}:{seconds % 60:02}"
    longest = trace.events[-1].start_ms // 3_600_000
    return text if not longest else f"{hours:0{len(str(longest))}}:{text}"
