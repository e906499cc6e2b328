"""The first line: which job of which topology, the language, and how the walk moves."""

from __future__ import annotations

from vbtui.i18n import LANGUAGES, N_
from vbtui.ui.inks import Row, Span, Tone
from vbtui.ui.moment import Moment
from vbtui.ui.text import one_cell, spread
from vbtui.ui.widgets.lines_view import RowsView

_ROOMY = 100
"""Cells from which every part has its word."""


class HeaderLine(RowsView):
    """` vbtui  classroom · job daily · ports v13        EN|DE   paused   42/119   1x`"""

    def show(self, moment: Moment) -> None:
        self.show_rows([header(moment, self.size.width)])


def header(moment: Moment, width: int) -> Row:
    """The line for a width in cells."""
    say, trace = moment.say, moment.trace
    roomy = width >= _ROOMY
    words = (N_("job {name}"), N_("ports {name}")) if roomy else ("{name}", "{name}")
    job, ports = say(words[0]).format(name=moment.job), say(words[1]).format(name=trace.profile)
    gap = "   " if roomy else "  "
    left: list[Span] = [
        (" vbtui", Tone.STRONG),
        (f"{gap}{one_cell(trace.topology)} · {one_cell(job)} · {ports}", Tone.BAR),
    ]
    if moment.edited:
        left.append((f" · * {say(N_('edited rules'))}", Tone.LIVE))
    right: list[Span] = [("  ", Tone.BAR)]
    for place, language in enumerate(LANGUAGES):
        right += [("|", Tone.DIM)] if place else []
        right.append((language.upper(), Tone.STRONG if language == say.language else Tone.DIM))
    if moment.is_replay:
        right += [(gap, Tone.BAR), (say(N_("replay")), Tone.LIVE)]
    right += [(gap, Tone.BAR), *_motion(moment, roomy=roomy), (gap, Tone.BAR)]
    count = str(len(trace))
    right.append((f"{moment.event.position + 1:>{len(count)}}/{count}", Tone.BAR))
    right += [(gap, Tone.BAR), (f"{say.number(moment.walk.speed, 2).rstrip('0').rstrip('.,')}x ", Tone.BAR)]
    return Row(spread(left, right, width), Tone.BAR)


def _motion(moment: Moment, *, roomy: bool) -> list[Span]:
    say, walk = moment.say, moment.walk
    if moment.is_live:
        if not walk.following:
            return [("● ", Tone.LIVE), (say(N_("live, detached · End rejoins") if roomy else N_("detached")), Tone.BAR)]
        paced = roomy and moment.pace == "paced"
        word = say(N_("live · paced to about 20 s")) if paced else say(N_("live"))
        return [("● ", Tone.LIVE), (word, Tone.STRONG)]
    if walk.playing:
        return [("▶ ", Tone.OK), (say(N_("playing")), Tone.BAR)]
    return [("‖ ", Tone.BAR), (say(N_("paused")), Tone.BAR)]
