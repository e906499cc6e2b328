"""The last line: the keys, as many as there is room for, the most needed first; and on small screens the tabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.events import Click
from textual.message import Message

from vbtui.i18n import N_, Translator
from vbtui.ui.inks import Row, Span, Tone, length
from vbtui.ui.keys import WALKTHROUGH_KEYS, Key, said_keys
from vbtui.ui.keys.keyed import keys_of, possible_keys
from vbtui.ui.looks import looks_of
from vbtui.ui.moment import Moment
from vbtui.ui.tabs import Tab
from vbtui.ui.text import clip
from vbtui.ui.widgets.event_table import filter_text, listed_share
from vbtui.ui.widgets.lines_view import RowsView


class KeyLine(RowsView):
    """` space play  ← → event  PgUp PgDn step  …  ? help  q quit`"""

    _made_for: tuple[object, ...] = ()
    """What the line was made for last: every picture of a movement shows it, and it is nearly always the same."""

    def show(self, moment: Moment) -> None:
        self.show_keys(moment.say, possible_keys(self.screen, keys_of(self.screen))[0])

    def show_keys(self, say: Translator, keys: Sequence[Key]) -> None:
        """Those of any screen."""
        made_for = (say.language, self.size.width, looks_of(self.app).ascii, tuple(keys))
        if made_for != self._made_for:
            self._made_for = made_for
            self.show_rows([key_line(say, self.size.width, keys, plain=looks_of(self.app).ascii)])


def key_line(say: Translator, width: int, keys: Sequence[Key] = WALKTHROUGH_KEYS, *, plain: bool = False) -> Row:
    """The line for a width in cells: keys of lower rank are left out whole, none is cut."""
    begin: list[Span] = [(" ", Tone.BAR)]
    told: dict[int, list[Span]] = {
        place: [(said_keys(say, key.shown, plain=plain), Tone.KEY), (f" {say(key.short)}  ", Tone.BAR)]
        for place, key in enumerate(keys)
        if key.rank
    }
    needed = length(begin) + sum(length(spans) for spans in told.values())
    for place in sorted(told, key=lambda place: (keys[place].rank, place), reverse=True):
        if needed <= width:
            break
        needed -= length(told.pop(place))
    if not told:
        return Row((), Tone.BAR)
    return Row((*begin, *(span for spans in told.values() for span in spans)), Tone.BAR)


class TabLine(RowsView):
    """The tabs of a small screen, and the key that changes between them."""

    @dataclass
    class Chosen(Message):
        """A person wants to see a view."""

        tab: Tab

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._cells: dict[int, Tab] = {}
        """Which tab stands at a cell; behind the last one is what Tab goes to."""

    def on_click(self, event: Click) -> None:
        if event.x in self._cells:
            self.post_message(self.Chosen(self._cells[event.x]))

    def show(self, moment: Moment, tab: Tab) -> None:
        spans: list[Span] = [(" ", Tone.BAR)]
        self._cells = {}
        for one in Tab:
            title = f" {moment.say(one.heading)} "
            self._cells.update(dict.fromkeys(range(length(spans), length(spans) + len(title)), one))
            spans.append((title, Tone.CURRENT) if one is tab else (title, Tone.DIM))
            spans.append((" ", Tone.BAR))
        self._cells.update(dict.fromkeys(range(length(spans), self.size.width), tab.following))
        hint: list[Span] = [("Tab", Tone.KEY), (f" {moment.say(N_('next view'))} ", Tone.BAR)]
        if length(spans) + length(hint) > self.size.width:
            hint = [("Tab ", Tone.KEY)]
        if moment.listed.text:
            # A filter is told wherever one is, or events would seem to be lost.
            room = self.size.width - length(spans) - 1
            hint = [(f"{clip(f'{listed_share(moment)} {filter_text(moment)}', room)} ", Tone.LIVE)]
        blank = max(0, self.size.width - length(spans) - length(hint))
        self.show_rows([Row((*spans, (" " * blank, Tone.BAR), *hint))])
