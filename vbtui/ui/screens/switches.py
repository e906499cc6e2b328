"""A list of switches over another screen: each is on or off, and turning one takes effect at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message

from vbtui.i18n import N_, Translator
from vbtui.ui.inks import BLANK, Row, Span, Tone, row
from vbtui.ui.screens.dialogue import Dialogue
from vbtui.ui.text import clip, one_cell, spread
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.ui.widgets.scrubber import BREAKPOINT


@dataclass(frozen=True, slots=True)
class Switch:
    """One line. All texts are in the language of the moment."""

    text: str
    detail: str
    """At the right end."""
    on: bool
    group: str = ""
    """Heading of the lines that it belongs to."""


Turn = Callable[[int | None], tuple[Switch, ...]]
"""Turns the switch at a place, or all off for None, and gives what is shown then."""


class SwitchesView(RowsView):
    """The lines."""

    @dataclass
    class Clicked(Message):
        """A person has pressed on a row."""

        row: int

    def on_click(self, event: events.Click) -> None:
        if (y := self.row_under(event)) is not None:
            self.post_message(self.Clicked(y))


class SwitchesScreen(Dialogue[None]):
    """Escape closes it. The first nine lines have their number as a key."""

    CSS_PATH = Path(__file__).with_suffix(".tcss")
    BINDINGS = [
        Binding("escape,q,B", "dismiss", N_("close"), show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("home", "move(-1000)", show=False),
        Binding("end", "move(1000)", show=False),
        Binding("enter,space", "turn", show=False),
        Binding("delete,backspace,0", "clear", show=False),
        *(Binding(str(number), f"turn({number - 1})", show=False) for number in range(1, 10)),
    ]

    def __init__(self, say: Translator, title: str, switches: tuple[Switch, ...], turn: Turn) -> None:
        super().__init__()
        self._say, self._heading, self._switches, self._turn = say, title, switches, turn
        self._place = 0
        self._rows_of: list[int] = []
        """The row of every switch."""

    def compose(self) -> ComposeResult:
        yield SwitchesView(id="switches")

    def fill(self) -> None:
        view, say = self.query_one(SwitchesView), self._say
        view.entitle(one_cell(self._heading))
        view.border_subtitle = f"{say(N_('space'))} {say(N_('on, off'))} · 0 {say(N_('all off'))} · Esc"
        width = max(20, view.content_size.width - 1)
        rows: list[Row] = []
        self._rows_of = []
        group = ""
        for place, one in enumerate(self._switches):
            if one.group != group:
                group = one.group
                rows += [BLANK, row((f" {group}", Tone.HEADING))]
            self._rows_of.append(len(rows))
            rows.append(_line(one, place, width, here=place == self._place))
        view.styles.height = len(rows) + 2
        view.show_rows(rows)
        view.reveal(self._rows_of[self._place])

    def action_move(self, by: int) -> None:
        self._place = min(max(self._place + by, 0), len(self._switches) - 1)
        self.fill()

    def action_turn(self, place: int | None = None) -> None:
        if place is not None:
            if place >= len(self._switches):
                return
            self._place = place
        self._switches = self._turn(self._place)
        self._place = min(self._place, len(self._switches) - 1)
        self.fill()

    def action_clear(self) -> None:
        self._switches = self._turn(None)
        self._place = min(self._place, len(self._switches) - 1)
        self.fill()

    def on_switches_view_clicked(self, message: SwitchesView.Clicked) -> None:
        if message.row in self._rows_of:
            self.action_turn(self._rows_of.index(message.row))


def _line(one: Switch, place: int, width: int, *, here: bool) -> Row:
    number = f"{place + 1}" if place < 9 else " "
    word: list[Span] = [(f"{BREAKPOINT} " if one.on else "· ", Tone.KEY if one.on else Tone.DIM)]
    right: list[Span] = [(f"  {one.detail} ", Tone.DIM)]
    room = width - sum(len(text) for text, _ in (*word, *right)) - 4
    text = clip(one_cell(one.text), room)
    left: list[Span] = [(f" {number}  ", Tone.KEY), *word, (text, Tone.STRONG if one.on or here else Tone.TEXT)]
    return Row(spread(left, right, width), Tone.CURRENT if here else Tone.TEXT)
