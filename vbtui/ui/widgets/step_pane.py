"""What happens at the playhead and why: the event, who decided, what happens instead, and the step it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vbtui.i18n import N_
from vbtui.render.words import BOTTLENECKS
from vbtui.trace import Event, EventKind
from vbtui.ui.inks import BLANK, Row, Span, Tone, row, tone_of
from vbtui.ui.moment import Moment
from vbtui.ui.outcome import origin
from vbtui.ui.text import one_cell, wrapped
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.vocabulary import Outcome, Phase, Result, services_text

GAUGE = 16
"""Cells of a bar at most."""


class StepPane(RowsView):
    """Text about the event and its step, from what matters most to the sources."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._about: str | None = None
        self._shown: tuple[object, ...] = ()

    def show(self, moment: Moment) -> None:
        event, width = moment.event, self.content_size.width
        figures = [of.get(event.task) if event.task else None for of in (moment.figures, moment.totals)]
        shown = (event.id, moment.say.language, moment.symbols, width, *figures, moment.log is not None)
        if shown == self._shown:
            return
        self._shown = shown
        end = _is_end(event)
        self.entitle(moment.say(N_("Result")) if end else f"{moment.say(N_('Step'))} {event.step}")
        self.show_rows(step_rows(moment, max(16, width - 3)))
        if self._about != moment.event.id:
            self._about = moment.event.id
            self.scroll_to(y=0, animate=False, immediate=True)

    def read_on(self, rows: int) -> None:
        """Scroll by rows."""
        self.scroll_relative(y=rows, animate=False, immediate=True)


def step_rows(moment: Moment, width: int) -> list[Row]:
    """The pane's rows for a width in cells, with one blank cell on the left."""
    parts: tuple[Iterable[Row], ...]
    if _is_end(moment.event):
        parts = (_event(moment, width), _results(moment, width), wrapped(origin(moment), width, Tone.DIM))
    else:
        parts = (_event(moment, width), _copy(moment, width), _modes(moment, width), _step(moment, width))
    rows: list[Row] = []
    for part in parts:
        found = list(part)
        if found and rows:
            rows.append(BLANK)
        rows += found
    return [Row(((" ", Tone.TEXT), *one.spans), one.fill) for one in rows]


def _event(moment: Moment, width: int) -> Iterator[Row]:
    event, messages, say = moment.event, moment.messages, moment.say
    yield from wrapped(moment.story(event), width, Tone.STRONG)
    if event.outcome is not Outcome.OK and event.verdict is None and not _is_end(event):
        tone = tone_of(event.outcome)
        yield row((f"{moment.symbols.outcome(event.outcome)} {messages.outcome(event.outcome)}", tone))
    if event.verdict is not None:
        action = event.verdict.action
        tone = Tone.OK if event.verdict.allowed else Tone.FAIL
        verdict = f"{moment.symbols.action(action)} {messages.action(action)}"
        yield row((f"{services_text(event.services)} ", Tone.TEXT), (verdict, tone))
        yield from wrapped(messages.verdict(event.verdict), width, Tone.TEXT, indent="  ")
        if instead := messages.blocked(event):
            mark = moment.symbols.outcome(event.outcome)
            yield from wrapped(f"{mark} {say(N_('Instead:'))} {instead}", width, tone_of(event.outcome))


def _is_end(event: Event) -> bool:
    """The job's own result, which belongs to no step's story."""
    return event.kind is EventKind.RESULT and event.vm is None


def _results(moment: Moment, width: int) -> Iterator[Row]:
    """Every VM with its result and what led to it, the worst first."""
    messages, worst = moment.messages, (Result.ERROR, Result.WARNING, Result.SUCCESS)
    for vm in sorted(moment.trace.vms, key=lambda one: worst.index(one.result)):
        tone = {Result.SUCCESS: Tone.OK, Result.WARNING: Tone.WARN, Result.ERROR: Tone.FAIL}[vm.result]
        consistent = messages.consistent(vm)
        yield from wrapped(f"{moment.symbols.result(vm.result)} {vm.vm}: {messages.result(vm.result)}", width, tone)
        for reason in vm.reasons:
            yield from wrapped(messages.event(moment.trace.by_id[reason]), width, indent="  ")
        yield from wrapped(consistent, width, Tone.DIM, indent="  ")


def _copy(moment: Moment, width: int) -> Iterator[Row]:
    """The figures of a copy, and whether they were measured."""
    event, say, size = moment.event, moment.say, moment.messages.size
    if event.kind is not EventKind.TRANSFER or event.task is None:
        return
    figures = moment.figures.get(event.task)
    if figures is None:
        return
    bar = min(GAUGE, width - 8)
    full = round(min(1.0, figures.fraction) * bar)
    spans: tuple[Span, ...] = (
        ("█" * full, Tone.OK),
        ("░" * (bar - full), Tone.DIM),
        (f" {say.number(figures.fraction * 100)} %", Tone.STRONG),
    )
    yield row(*spans)
    label = say(N_("measured")) if figures.measured else say(N_("estimate"))
    yield row((label, Tone.LIVE if figures.measured else Tone.DIM))
    lines = [(say(N_("read")), size(figures.read)), (say(N_("transferred")), size(figures.transferred))]
    if figures.bottleneck is not None:
        lines.append((say(N_("bottleneck")), BOTTLENECKS.get(figures.bottleneck, figures.bottleneck)))
    names = max(len(name) for name, _ in lines)
    for name, value in lines:
        yield row((f"{name:<{names}}  ", Tone.DIM), (value, Tone.TEXT))


def _modes(moment: Moment, width: int) -> Iterator[Row]:
    """Why this transport mode: the chosen one and what spoke against the others."""
    event = moment.event
    if event.step.phase is not Phase.DATA_TRANSPORT or event.vm is None or event.disk is None:
        return
    task = moment.trace.task(event.vm, event.disk)
    if task.mode is None and not task.rejected:
        return
    messages = moment.messages
    if task.mode is not None:
        yield from wrapped(f"{moment.symbols.ok} {messages.mode(task.mode)}", width, Tone.OK)
    for rejected in task.rejected:
        yield from wrapped(f"{moment.symbols.fail} {messages.rejected(rejected)}", width, Tone.DIM)


def _step(moment: Moment, width: int) -> Iterator[Row]:
    event, say = moment.event, moment.say
    story = moment.messages.narration(event.step)
    yield from wrapped(story.title, width, Tone.HEADING)
    yield from wrapped(story.what, width)
    for label, text in ((say(N_("Who")), story.who), (say(N_("Why")), story.why)):
        yield BLANK
        yield row((label, Tone.HEADING))
        yield from wrapped(text, width)
    for why in moment.messages.why(event):
        if why.text != story.why:
            yield BLANK
            yield row((why.label, Tone.HEADING))
            yield from wrapped(one_cell(why.text), width, Tone.DIM)
