"""The first line: which job of which topology, the language, and how the walk moves."""

from __future__ import annotations

from vbtui.i18n import N_
from vbtui.render.change_texts import fork_title
from vbtui.ui.inks import Row, Span, Tone
from vbtui.ui.moment import Moment
from vbtui.ui.text import one_cell, spread
from vbtui.ui.widgets.scrubber import BREAKPOINT
from vbtui.ui.widgets.top_line import TopLine, language_spans

_ROOMY = 100
"""Cells from which every part has its word."""


class HeaderLine(TopLine):
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
    left: list[Span] = [(" vbtui", Tone.STRONG), (gap, Tone.BAR)]
    if roomy or not moment.followed:
        left.append((f"{one_cell(trace.topology)} · {one_cell(job)} · {ports}", Tone.BAR))
    if moment.followed:
        # While something is followed a narrow line says that, and not what everybody knows by then.
        left += [(" · ", Tone.BAR)] if roomy else []
        left.append((say(N_("follows {what}")).format(what=moment.followed), Tone.LIVE))
    if moment.edited:
        left.append((f" · * {say(N_('edited rules'))}", Tone.LIVE))
    if moment.changes:
        left.append((f" · {one_cell(fork_title(moment.messages, moment.changes))}", Tone.LIVE))
    right: list[Span] = [("  ", Tone.BAR)]
    right += language_spans(say)
    if moment.is_replay:
        right += [(gap, Tone.BAR), (say(N_("replay")), Tone.LIVE)]
    if moment.walk.breaks:
        right += [(gap, Tone.BAR), (f"{BREAKPOINT} ", Tone.KEY), (_breakpoints(moment, roomy=roomy), Tone.BAR)]
    right += [(gap, Tone.BAR), *_motion(moment, roomy=roomy), (gap, Tone.BAR)]
    count = str(len(trace))
    right.append((f"{moment.event.position + 1:>{len(count)}}/{count}", Tone.BAR))
    right += [(gap, Tone.BAR), (f"{say.number(moment.walk.speed, 2).rstrip('0').rstrip('.,')}x ", Tone.BAR)]
    return Row(spread(left, right, width), Tone.BAR)


def _breakpoints(moment: Moment, *, roomy: bool) -> str:
    count = len(moment.walk.breaks)
    if not roomy:
        return moment.say.number(count)
    text = moment.say.plural("{count} breakpoint", "{count} breakpoints", count)
    return text.format(count=moment.say.number(count))


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
    if walk.halted:
        return [("‖ ", Tone.KEY), (say(N_("at a breakpoint")) if roomy else say(N_("halted")), Tone.STRONG)]
    return [("‖ ", Tone.BAR), (say(N_("paused")), Tone.BAR)]
