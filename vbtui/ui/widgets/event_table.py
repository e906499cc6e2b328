"""The list of events, with the row of the playhead: all of them, or those that are followed and have a filter's words.

Decided here: the columns and how wide they are. Rows are made when they are seen, and widths are asked of one event of
each sort: there may be hundreds of thousands.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.events import Click
from textual.message import Message

from vbtui.firewall import Reason
from vbtui.i18n import N_
from vbtui.trace import Event, Trace
from vbtui.ui.inks import BLANK, Row, Span, Tone, tone_of
from vbtui.ui.moment import Moment
from vbtui.ui.text import clip, fit, one_cell
from vbtui.ui.widgets.lines_view import LinesView
from vbtui.ui.widgets.scrubber import BREAKPOINT
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
    """One row per listed event: number, step, source → destination, service, verdict, rule, time."""

    @dataclass
    class Chosen(Message):
        """A person wants to see the event at a position."""

        position: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._moment: Moment | None = None
        self._kinds: Kinds | None = None
        self._columns: Columns | None = None
        self._columns_for: tuple[int, str] | None = None
        self._made_for: tuple[object, ...] = ()
        self._kept: tuple[object, ...] = ()

    def show(self, moment: Moment) -> None:
        before, self._moment = self._moment, moment
        self.entitle(table_title(moment, self.content_size.width - 2))
        # One column stays free for the scroll bar.
        columns_for = (self.content_size.width - 1, moment.say.language)
        if self._columns is None or columns_for != self._columns_for:
            self._columns_for = columns_for
            self._kinds = self._kinds or Kinds.of(moment.trace)
            self._columns = columns(moment, columns_for[0], self._kinds)
        listed = moment.listed
        # Compared by what they are, not by their thousands of members.
        made_for = (*columns_for, id(moment.log), id(listed.positions), listed.text, moment.walk.breaks, moment.veil)
        place = moment.event.position
        if made_for != self._made_for:
            self._made_for = made_for
            self._kept = (moment.log, listed.positions)  # while they are kept, no other has their id
            self.renewed(0, len(listed))
        elif before is not None and before.event.position != place:
            rows = sorted((listed.row(before.event.position), listed.row(place)))
            self.changed(range(rows[0], rows[1] + 1))
        elif moment.is_live:
            # Its bytes are counted while it is shown.
            self.changed((listed.row(place),))
        self.reveal(listed.row(place))

    def on_click(self, event: Click) -> None:
        """A click on a row goes to its event, as the keys do."""
        y = self.row_under(event)
        if y is not None and self._moment is not None and y < len(listed := self._moment.listed):
            self.post_message(self.Chosen(listed.positions[y]))

    def row_at(self, y: int) -> Row:
        moment = self._moment
        if moment is None or self._columns is None or not 0 <= y < len(moment.listed):
            return BLANK
        return event_row(moment, moment.trace[moment.listed.positions[y]], self._columns)


def table_title(moment: Moment, width: int) -> str:
    """What is listed, and how much of it there is, in at most so many cells."""
    say = moment.say
    if moment.listed.whole:
        return say(N_("Events · simulated time in seconds"))
    parts = [say(N_("Events")), listed_share(moment)]
    if moment.followed:
        parts.append(say(N_("follows {what}")).format(what=moment.followed))
    if moment.listed.text:
        parts.append(filter_text(moment))
    return clip(" · ".join(parts), width)


def listed_share(moment: Moment) -> str:
    """How many events are listed, of how many."""
    say = moment.say
    count, every = say.number(len(moment.listed)), say.number(len(moment.trace))
    return say(N_("{count} of {all}")).format(count=count, all=every)


def filter_text(moment: Moment) -> str:
    """The words that listed events have."""
    return moment.say(N_("with: {words}")).format(words=one_cell(" ".join(moment.listed.text.split())))


@dataclass(frozen=True, slots=True)
class Kinds:
    """One event of every sort that has texts of its own, so that widths need not be asked of every event."""

    pairs: tuple[Event, ...]
    services: tuple[Event, ...]
    verdicts: tuple[Event, ...]
    rules: tuple[Event, ...]
    last: Event

    @classmethod
    def of(cls, trace: Trace) -> Kinds:
        """Looks at every event once."""
        pairs: dict[object, Event] = {}
        services: dict[object, Event] = {}
        verdicts: dict[object, Event] = {}
        rules: dict[object, Event] = {}
        for event in trace.events:
            source, destination, verdict = event.source, event.destination, event.verdict
            pairs.setdefault((source and source.node, destination and destination.node), event)
            services.setdefault((event.services, event.kind), event)
            verdicts.setdefault(event.outcome if verdict is None else verdict.action, event)
            if verdict is None:
                rules.setdefault(event.disk or event.vm, event)
            else:
                segment = verdict.segment
                rule = None if segment is None else (segment.rule_number, segment.rule, segment.reason)
                rules.setdefault((verdict.hop and verdict.hop.name, rule), event)
        # Times only rise, and so do their lengths.
        return cls(
            pairs=tuple(pairs.values()),
            services=tuple(services.values()),
            verdicts=tuple(verdicts.values()),
            rules=tuple(rules.values()),
            last=trace.events[-1],
        )


def columns(moment: Moment, width: int, kinds: Kinds) -> Columns:
    """Widths that fit the texts of this trace into `width` cells."""
    number = len(str(len(moment.trace)))
    pair = min(34, max(len(_pair(event)) for event in kinds.pairs))
    service = min(16, max(len(_service(moment, event)) for event in kinds.services))
    verdict = max(len(_verdict(moment, event)) for event in kinds.verdicts)
    time = len(_time(moment, kinds.last))
    # marker, blanks between the columns, step id, margins
    left = width - (2 + number + 2 + 3 + 2 + pair + 1 + service + 1 + verdict + 1 + 1 + time + 1)
    if left < 0:
        pair, left = max(8, pair + left), 0
    longest = max(len(_rule(moment, event, whole=True)) for event in kinds.rules)
    rule = min(left, longest)
    story = left - rule - 2 if left - rule > LEAST_STORY else 0
    return Columns(number, pair, service, verdict, rule if story else left, left >= longest, story, time)


def event_row(moment: Moment, event: Event, widths: Columns) -> Row:
    """One row, exactly as wide as the columns."""
    place = moment.event.position
    current, future = event.position == place, event.position > place
    text = Tone.STRONG if current else Tone.DIM if future else Tone.TEXT
    outcome = Tone.DIM if future else _tone(event)
    stops = moment.walk.breaks.holds(event, moment.walk.landmarks)
    if moment.veil is not None and event.position >= moment.veil:
        return Row((("  ", Tone.TEXT), (f"{event.position + 1:>{widths.number}}  {event.step:<3}  …", Tone.DIM)))
    spans: tuple[Span, ...] = (
        ("▶" if current else " ", Tone.ACTIVE),
        (BREAKPOINT if stops else " ", Tone.KEY),
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
