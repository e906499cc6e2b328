"""The line of tabs above the one view that a small screen shows of the Firewall or the Data screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vbtui.i18n import N_, Translator
from vbtui.ui.inks import Row, Span, Tone, length
from vbtui.ui.text import clip
from vbtui.ui.widgets.lines_view import RowsView

LEAST_TITLE: Final = 4
"""Cells of a title that is cut, so that the key beside it stays."""


def _tabs(titles: Iterable[tuple[str, bool]], before: str, beside: str) -> list[Span]:
    """The titles, each with a blank before and behind it: one of its own on either side, or none."""
    spans: list[Span] = [(" ", Tone.BAR)] if not before else []
    for title, shown in titles:
        spans += [(before, Tone.BAR), (f"{beside}{title}{beside}", Tone.CURRENT if shown else Tone.DIM)]
        if not before:
            spans.append((" ", Tone.BAR))
    return [*spans, (before, Tone.BAR)]


class ViewLine(RowsView):
    """The views of a small screen, and the key that goes from one to the next."""

    def show(self, say: Translator, views: Iterable[tuple[str, bool]]) -> None:
        """`views`: the heading of each, in English, and whether it is the one that is shown."""
        titles = [(say(heading), shown) for heading, shown in views]
        hint: list[Span] = [("Tab", Tone.KEY), (f" {say(N_('next view'))} ", Tone.BAR)]
        spans = _tabs(titles, "", " ")
        if length(spans) + length(hint) > self.size.width:
            hint = [("Tab ", Tone.KEY)]
        if length(spans) + length(hint) > self.size.width:
            spans = _tabs(titles, " ", "")
        most = max((len(title) for title, _ in titles), default=0)
        while length(spans) + length(hint) > self.size.width and most > LEAST_TITLE:
            most -= 1
            spans = _tabs([(clip(title, most), shown) for title, shown in titles], " ", "")
        blank = max(0, self.size.width - length(spans) - length(hint))
        self.show_rows([Row((*spans, (" " * blank, Tone.BAR), *hint))])
