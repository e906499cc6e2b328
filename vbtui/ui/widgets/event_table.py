"""The list of all events, with the row of the playhead. Rows are made when they are seen."""

from __future__ import annotations

from dataclasses import dataclass

from textual.events import Click
from textual.message import Message

from vbtui.firewall import Reason
from vbtui.i18n import N_
from vbtui.job import RunLog
from vbtui.trace import Event
from vbtui.ui.inks import BLANK, Row, Span, Tone, tone_of
from vbtui.ui.moment import Moment
from vbtui.ui.text import clip, fit, one_cell
from vbtui.ui.widgets.lines_view import LinesView
from vbtui.vocabulary import services_text

LEAST_STORY = 44
"""Cells that must be left before the event's sentence gets a column."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells. `rule` takes what is left, up to the longest; what is left then is for the sentence."""

    number: int
    pair: int
    service: int
    verdict: int
    rule: int
    whole: bool
    """Rules are shown with their firewall and number; where that does not fit, by their names alone."""
    story: int
    time: int


class EventTable(LinesView):
    """One row per event: number, step, source → destination, service, verdict, rule, time."""

    @dataclass
    class Chosen(Message):
        """A person wants to see the event at a position."""

        position: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._moment: Moment | None = None
        self._columns: Columns | None = None
        self._made_for: tuple[int, str, RunLog | None] | None = None

    def show(self, moment: Moment) -> None:
        before, self._moment = self._moment, moment
        self.entitle(moment.say(N_("Events · simulated time in seconds")))
        # One column stays free for the scroll bar.
        made_for = (self.content_size.width - 1, moment.say.language, moment.log)
        if self._columns is None or self._made_for is None or not _same(made_for, self._made_for):
            self._made_for = made_for
            self._columns = columns(moment, made_for[0])
            self.renewed(0, len(moment.trace))
        elif before is not None and before.event.position != moment.event.position:
            ends = before.event.position, moment.event.position
            self.changed(range(min(ends), max(ends) + 1))
        elif moment.is_live:
            # Its bytes are counted while it is shown.
            self.changed((moment.event.position,))
        self.reveal(moment.event.position)

    def on_click(self, event: Click) -> None:
        """A click on a row goes to its event, as the keys do."""
        offset = event.get_content_offset(self)
        if offset is not None and self._moment is not None:
            position = offset.y + self.scroll_offset.y
            if position < len(self._moment.trace):
                self.post_message(self.Chosen(position))

    def row_at(self, y: int) -> Row:
        moment = self._moment
        if moment is None or self._columns is None or not 0 <= y < len(moment.trace):
            return BLANK
        return event_row(moment, moment.trace[y], self._columns)


def _same(one: tuple[int, str, RunLog | None], other: tuple[int, str, RunLog | None]) -> bool:
    """Nothing that all rows depend on has changed. A log is compared by what it is, not by its thousands of records."""
    return one[:2] == other[:2] and one[2] is other[2]


def columns(moment: Moment, width: int) -> Columns:
    """Widths that fit the texts of this trace into `width` cells."""
    events = moment.trace.events
    number = len(str(len(events)))
    pair = min(34, max((len(_pair(event)) for event in events), default=0))
    service = min(16, max((len(_service(moment, event)) for event in events), default=0))
    verdict = max((len(_verdict(moment, event)) for event in events), default=0)
    time = max((len(_time(moment, event)) for event in events), default=0)
    # marker, blanks between the columns, step id, margins
    left = width - (2 + number + 2 + 3 + 2 + pair + 1 + service + 1 + verdict + 1 + 1 + time + 1)
    if left < 0:
        pair, left = max(8, pair + left), 0
    longest = max((len(_rule(moment, event, whole=True)) for event in events), default=0)
    rule = min(left, longest)
    story = left - rule - 2 if left - rule > LEAST_STORY else 0
    return Columns(number, pair, service, verdict, rule if story else left, left >= longest, story, time)


def event_row(moment: Moment, event: Event, widths: Columns) -> Row:
    """One row, exactly as wide as the columns."""
    place = moment.event.position
    current, future = event.position == place, event.position > place
    text = Tone.STRONG if current else Tone.DIM if future else Tone.TEXT
    outcome = Tone.DIM if future else _tone(event)
    spans: tuple[Span, ...] = (
        ("▶ " if current else "  ", Tone.ACTIVE),
        (f"{event.position + 1:>{widths.number}}  ", text),
        (f"{event.step:<3}  ", text),
        (f"{fit(_pair(event), widths.pair)} ", text),
        (f"{fit(_service(moment, event), widths.service)} ", text),
        (f"{fit(_verdict(moment, event), widths.verdict)} ", outcome),
        (f"{fit(_rule(moment, event, whole=widths.whole), widths.rule)} ", Tone.DIM if not current else Tone.TEXT),
        (f" {moment.story(event, widths.story):<{widths.story}} " if widths.story else "", text),
        (f"{clip(_time(moment, event), widths.time):>{widths.time}} ", Tone.DIM if not current else Tone.TEXT),
    )
    return Row(spans, Tone.CURRENT if current else Tone.TEXT)


def _tone(event: Event) -> Tone:
    if event.verdict is not None and not event.verdict.allowed:
        return Tone.FAIL
    return tone_of(event.outcome)


def _pair(event: Event) -> str:
    ends = [endpoint.node for endpoint in (event.source, event.destination) if endpoint is not None]
    return one_cell(" → ".join(dict.fromkeys(ends)))


def _service(moment: Moment, event: Event) -> str:
    return services_text(event.services) if event.services else moment.messages.kind(event.kind)


def _verdict(moment: Moment, event: Event) -> str:
    if event.verdict is not None:
        action = event.verdict.action
        return f"{moment.symbols.action(action)} {moment.messages.action(action)}"
    return f"{moment.symbols.outcome(event.outcome)} {moment.messages.outcome(event.outcome)}"


def _rule(moment: Moment, event: Event, *, whole: bool) -> str:
    verdict = event.verdict
    if verdict is None:
        return one_cell(event.disk or event.vm or "")
    if verdict.hop is None:
        return moment.say(N_("local"))
    segment = verdict.segment
    if segment is not None and segment.rule is not None:
        return one_cell(f"{verdict.hop.name}#{segment.rule_number} {segment.rule}" if whole else segment.rule)
    if segment is not None and segment.reason is Reason.DEFAULT:
        return one_cell(moment.say(N_("{firewall}, default")).format(firewall=verdict.hop.name))
    # The action stands in its own column, so what comes behind the comma would say it twice.
    return one_cell(moment.messages.verdict(verdict).partition(",")[0])


def _time(moment: Moment, event: Event) -> str:
    return moment.say.number(event.start_ms / 1000, 3)
