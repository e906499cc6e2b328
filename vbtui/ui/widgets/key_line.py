"""The last line: the keys, as many as there is room for, the most needed first; and on small screens the tabs."""

from __future__ import annotations

from collections.abc import Sequence

from vbtui.i18n import N_, Translator
from vbtui.ui.inks import Row, Span, Tone, length
from vbtui.ui.keyed import keys_of
from vbtui.ui.keys import KEYS, Key, said_keys
from vbtui.ui.looks import looks_of
from vbtui.ui.moment import Moment
from vbtui.ui.tabs import Tab
from vbtui.ui.text import clip
from vbtui.ui.widgets.event_table import filter_text, listed_share
from vbtui.ui.widgets.lines_view import RowsView


class KeyLine(RowsView):
    """` space play  ← → event  PgUp PgDn step  …  ? help  q quit`"""

    def show(self, moment: Moment) -> None:
        self.show_keys(moment.say, keys_of(self.screen))

    def show_keys(self, say: Translator, keys: Sequence[Key]) -> None:
        """Those of any screen."""
        self.show_rows([key_line(say, self.size.width, keys, plain=looks_of(self.app).ascii)])


def key_line(say: Translator, width: int, keys: Sequence[Key] = KEYS, *, plain: bool = False) -> Row:
    """The line for a width in cells: keys of lower rank are left out whole, none is cut."""
    shown = sorted((key for key in keys if key.rank), key=lambda key: key.rank)
    while shown:
        spans: list[Span] = [(" ", Tone.BAR)]
        for key in keys:
            if key in shown:
                spans += [(said_keys(say, key.shown, plain=plain), Tone.KEY), (f" {say(key.short)}  ", Tone.BAR)]
        if length(spans) <= width:
            return Row(tuple(spans), Tone.BAR)
        shown.pop()
    return Row((), Tone.BAR)


class TabLine(RowsView):
    """The tabs of a small screen, and the key that changes between them."""

    def show(self, moment: Moment, tab: Tab) -> None:
        spans: list[Span] = [(" ", Tone.BAR)]
        for one in Tab:
            title = f" {moment.say(one.heading)} "
            spans.append((title, Tone.CURRENT) if one is tab else (title, Tone.DIM))
            spans.append((" ", Tone.BAR))
        hint: list[Span] = [("Tab", Tone.KEY), (f" {moment.say(N_('next view'))} ", Tone.BAR)]
        if length(spans) + length(hint) > self.size.width:
            hint = [("Tab ", Tone.KEY)]
        if moment.listed.text:
            # A filter is told wherever one is, or events would seem to be lost.
            room = self.size.width - length(spans) - 1
            hint = [(f"{clip(f'{listed_share(moment)} {filter_text(moment)}', room)} ", Tone.LIVE)]
        blank = max(0, self.size.width - length(spans) - length(hint))
        self.show_rows([Row((*spans, (" " * blank, Tone.BAR), *hint))])
