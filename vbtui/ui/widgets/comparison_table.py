"""Two runs side by side: one row for each event, A on the left, B on the right; on a narrow screen one of them.

Rows are made when they are seen. Decided here: the columns, and the mark between the halves. What is alike is dim, so
that the eye finds what is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from textual.events import Click
from textual.message import Message

from vbtui.i18n import N_
from vbtui.render import Messages, Symbols
from vbtui.trace import Event
from vbtui.ui.inks import BLANK, AnyInk, Row, Span, Tone, tone_of
from vbtui.ui.text import fit, one_cell
from vbtui.ui.widgets.lines_view import LinesView
from vbtui.vocabulary import services_text
from vbtui.walk.forks import Comparison, RowKind
from vbtui.walk.forks import Row as Pair

_MARKS: Final = {
    RowKind.SAME: " ",
    RowKind.DIFFERS: "≠",
    RowKind.ONLY_A: "-",
    RowKind.ONLY_B: "+",
    RowKind.MOVED: "↕",
}
_PLAIN_MARKS: Final = _MARKS | {RowKind.DIFFERS: "*", RowKind.MOVED: ":"}

_TONES: Final = {
    RowKind.SAME: Tone.DIM,
    RowKind.DIFFERS: Tone.WARN,
    RowKind.ONLY_A: Tone.FAIL,
    RowKind.ONLY_B: Tone.OK,
    RowKind.MOVED: Tone.DIM,
}

_LEAST_STORY: Final = 30
"""Cells of a half that must be left before an event's sentence stands beside its names."""


def marks_for(*, ascii: bool) -> Mapping[RowKind, str]:
    """The mark of each kind of row, one cell each; `ascii` for terminals that have plain characters only."""
    return _PLAIN_MARKS if ascii else _MARKS


@dataclass(frozen=True, slots=True)
class Shown:
    """What a table shows and how."""

    comparison: Comparison
    row: int
    side: str | None
    """`a` or `b` where there is room for one of them only."""
    messages: Messages
    symbols: Symbols
    ascii: bool = False
    low: bool = False
    """There is room for the rows or for the pictures, not for both."""


_SIDES: Final = {"a": N_("A · original"), "b": N_("B · what if")}


def rows_title(shown: Shown) -> str:
    """Whose rows they are, and which keys show what there is no room for."""
    say = shown.messages.translator
    if shown.side is None:
        pictures = (say(N_("Tab shows the pictures")),) if shown.low else ()
        return " · ".join((say(N_("A · original | B · what if")), *pictures))
    picture = (say(N_("Tab shows the picture")),) if shown.low else ()
    return " · ".join((*_side(shown, shown.side), *picture))


def half_title(shown: Shown, side: str) -> str:
    """The same for the picture of a run."""
    rows = (shown.messages.translator(N_("Tab shows the rows")),) if shown.low else ()
    return " · ".join((*_side(shown, side), *rows))


def _side(shown: Shown, side: str) -> tuple[str, ...]:
    say = shown.messages.translator
    name = say(_SIDES[side])
    if shown.side is None:
        return (name,)
    return name, say(N_("v shows {run}")).format(run="B" if side == "a" else "A")


class ComparisonTable(LinesView):
    """The rows of a comparison."""

    @dataclass
    class Chosen(Message):
        """A person wants to look at a row."""

        row: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: Shown | None = None
        self._made_for: tuple[object, ...] = ()
        self._widths = (0, 0, 0)

    def show(self, shown: Shown) -> None:
        before, self._shown = self._shown, shown
        say, width = shown.messages.translator, self.content_size.width - 1
        self.entitle(rows_title(shown))
        made_for = (width, shown.side, say.language, shown.ascii, id(shown.comparison))
        if made_for != self._made_for:
            self._made_for = made_for
            self._widths = _widths(shown, width if shown.side is not None else (width - 3) // 2)
            self.renewed(0, len(shown.comparison.rows))
        elif before is not None and before.row != shown.row:
            self.changed((before.row, shown.row))
        self.reveal(shown.row)

    def on_click(self, event: Click) -> None:
        """A click on a row goes there, as the keys do."""
        y = self.row_under(event)
        if y is not None and self._shown is not None and y < len(self._shown.comparison.rows):
            self.post_message(self.Chosen(y))

    def row_at(self, y: int) -> Row:
        shown = self._shown
        if shown is None or not 0 <= y < len(shown.comparison.rows):
            return BLANK
        pair, here = shown.comparison.rows[y], y == shown.row
        mark = marks_for(ascii=shown.ascii)[pair.kind]
        gutter: Span = (f" {mark} ", _TONES[pair.kind])
        spans: list[Span]
        if shown.side is None:
            spans = [*self._half(shown, pair, pair.a, here=here), gutter, *self._half(shown, pair, pair.b, here=here)]
        else:
            spans = [gutter, *self._half(shown, pair, pair.a if shown.side == "a" else pair.b, here=here)]
        return Row(tuple(spans), Tone.CURRENT if here else Tone.TEXT)

    def _half(self, shown: Shown, pair: Pair, event: Event | None, *, here: bool) -> list[Span]:
        """One event, exactly as wide as its half."""
        number, names, story = self._widths
        whole = 1 + number + 2 + 3 + 2 + names + 1 + _ANSWER + (story + 1 if story else 0)
        if event is None:
            word = "" if pair.kind is RowKind.MOVED else shown.messages.translator(N_("does not happen"))
            return [(fit(" " * (number + 8) + word, whole), Tone.DIM)]
        text: AnyInk = Tone.STRONG if here else Tone.TEXT if pair.different else Tone.DIM
        spans: list[Span] = [
            (f" {event.position + 1:>{number}}  {event.step:<3}  ", text),
            (f"{fit(one_cell(names_of(shown.messages, event)), names)} ", text),
            (fit(answer(shown, event), _ANSWER), _tone(event) if pair.different or here else Tone.DIM),
        ]
        if story:
            spans.append((f" {fit(one_cell(shown.messages.event(event)), story)}", text))
        return spans


_ANSWER: Final = 13
"""Cells of the verdict or outcome."""


_MEASURED: Final = 2000
"""Rows whose names are measured for their column; longer ones after them are cut."""


def _widths(shown: Shown, half: int) -> tuple[int, int, int]:
    """Cells of an event's number, of who takes part, and of its sentence, which is left out where there is no room."""
    rows = shown.comparison.rows
    number = len(str(len(rows)))
    events = [row.event for row in rows[:_MEASURED]]
    left = half - (1 + number + 2 + 3 + 2 + 1 + _ANSWER)
    if shown.side is not None:
        left -= 3
    longest = min(46, max((len(names_of(shown.messages, event)) for event in events), default=0))
    story = left - longest - 1
    return (number, longest, story) if story >= _LEAST_STORY else (number, max(8, left), 0)


def names_of(messages: Messages, event: Event) -> str:
    """Who takes part, and in what: `PROXY → HOST tcp/902`, `SERVER → VM release`."""
    ends = [endpoint.node for endpoint in (event.source, event.destination) if endpoint is not None]
    about = services_text(event.services) or messages.kind(event.kind)
    return f"{' → '.join(dict.fromkeys(ends))} {about}".strip()


def answer(shown: Shown, event: Event) -> str:
    """What the firewalls say to a connection that they block, otherwise how the event turned out."""
    if event.verdict is not None and not event.verdict.allowed:
        action = event.verdict.action
        return f"{shown.symbols.action(action)} {shown.messages.action(action)}"
    return f"{shown.symbols.outcome(event.outcome)} {shown.messages.outcome(event.outcome)}"


def _tone(event: Event) -> Tone:
    if event.verdict is not None and not event.verdict.allowed:
        return Tone.FAIL
    return tone_of(event.outcome)
