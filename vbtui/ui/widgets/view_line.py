"""The line of tabs above the one view that a small screen shows of the Firewall or the Data screen."""

from __future__ import annotations

from collections.abc import Iterable

from vbtui.i18n import N_, Translator
from vbtui.ui.inks import Row, Span, Tone, length
from vbtui.ui.widgets.lines_view import RowsView


class ViewLine(RowsView):
    """The views of a small screen, and the key that goes from one to the next."""

    def show(self, say: Translator, views: Iterable[tuple[str, bool]]) -> None:
        """`views`: the heading of each, in English, and whether it is the one that is shown."""
        spans: list[Span] = [(" ", Tone.BAR)]
        for heading, shown in views:
            title = f" {say(heading)} "
            spans.append((title, Tone.CURRENT) if shown else (title, Tone.DIM))
            spans.append((" ", Tone.BAR))
        hint: list[Span] = [("Tab", Tone.KEY), (f" {say(N_('next view'))} ", Tone.BAR)]
        if length(spans) + length(hint) > self.size.width:
            hint = [("Tab ", Tone.KEY)]
        blank = max(0, self.size.width - length(spans) - length(hint))
        self.show_rows([Row((*spans, (" " * blank, Tone.BAR), *hint))])
