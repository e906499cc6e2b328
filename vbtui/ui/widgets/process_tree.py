"""The process so far: the phases of the selected VM with its tasks, and below them where every VM stands."""

from __future__ import annotations

from collections.abc import Iterator

from vbtui.i18n import N_
from vbtui.trace import Status, Trace
from vbtui.ui.inks import BLANK, Row, Span, Tone, row, tone_of
from vbtui.ui.moment import Moment
from vbtui.ui.text import clip, fit, one_cell, spread
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.vocabulary import Phase

_PER_VM = tuple(Phase)[1:]


class ProcessTree(RowsView):
    """Phases, tasks and VMs, each with symbol and word."""

    def show(self, moment: Moment) -> None:
        width = self.scrollable_content_region.width
        self.entitle(moment.say(N_("Process")))
        rows, current = process_rows(moment, width)
        self.show_rows(rows)
        self.reveal(current)


def rows_needed(trace: Trace) -> int:
    """Rows that the pane has at most, whichever VM is selected: so its frame never moves."""
    tasks = max((sum(task.vm == vm.vm for task in trace.tasks) for vm in trace.vms), default=0)
    return len(Phase) + 1 + tasks + 2 + len(trace.vms)


def process_rows(moment: Moment, width: int) -> tuple[list[Row], int]:
    """The rows for a width in cells, and which of them the event belongs to."""
    rows: list[Row] = []
    current = 0
    vm = moment.vm
    here = moment.event.step.phase
    rows.append(_phase(moment, Phase.INITIALISATION, None, width))
    if vm is not None:
        names = [one.vm for one in moment.trace.vms]
        place = moment.say(N_("VM {place} of {count}")).format(place=names.index(vm) + 1, count=len(names))
        rows.append(Row(spread([(f" {one_cell(vm)}", Tone.STRONG)], [(f"{place} ", Tone.DIM)], width)))
        for phase in _PER_VM:
            if phase is here and moment.event.vm == vm:
                current = len(rows)
            rows.append(_phase(moment, phase, vm, width))
            if phase is Phase.DATA_TRANSPORT:
                rows += _tasks(moment, vm, width)
    rows.append(BLANK)
    rows += _lanes(moment, vm, width)
    return rows, current


def _phase(moment: Moment, phase: Phase, vm: str | None, width: int) -> Row:
    status = moment.state.phases.get((vm, phase), Status.PENDING)
    here = moment.event.step.phase is phase and (vm is None or moment.event.vm == vm)
    title = f" {phase.value} {moment.messages.phase_title(phase)}"
    left: list[Span] = [(title, Tone.STRONG if here else Tone.DIM if status is Status.PENDING else Tone.TEXT)]
    return Row(spread(left, _status(moment, status), width), Tone.CURRENT if here else Tone.TEXT)


def _status(moment: Moment, status: Status) -> tuple[Span, ...]:
    tone = tone_of(status)
    return ((f" {moment.symbols.status(status)} ", tone), (f"{moment.messages.status(status)} ", tone))


def _tasks(moment: Moment, vm: str, width: int) -> Iterator[Row]:
    """One line per disk: its name, its transport mode, how far it is. Modes and symbols stand in columns."""
    tasks = [(name, task) for name, task in moment.state.tasks.items() if task.vm == vm]
    stands = {name: moment.task(name) for name, _ in tasks}
    most = max((len(word) for _, word in stands.values()), default=0)
    modes = max((len(task.mode or "") for _, task in tasks), default=0)
    for name, task in tasks:
        status, word = stands[name]
        tone = tone_of(status)
        right: tuple[Span, ...] = (
            (f" {task.mode or '':<{modes}} ", Tone.TEXT),
            (f"{moment.symbols.status(status)} ", tone),
            (f"{word:>{most}} ", tone),
        )
        yield Row(
            spread(
                [(f"   {one_cell(task.disk)}", Tone.STRONG if moment.event.task == name else Tone.TEXT)], right, width
            )
        )


def _lanes(moment: Moment, selected: str | None, width: int) -> Iterator[Row]:
    """One line per VM: its phases as symbols, and what it does now."""
    vms = [one.vm for one in moment.trace.vms]
    names = min(max((len(vm) for vm in vms), default=0), max(8, width - 24))
    heading = f"   {fit('VM', names)}  " + " ".join(str(phase.value) for phase in _PER_VM)
    yield row((heading, Tone.HEADING))
    longest = max(len(moment.messages.status(status)) for status in Status)
    # The wide gap only where the longest word has room behind it, whatever the words are now.
    gap = 1 if len(heading) + 2 + longest < width else 0
    for vm in vms:
        marker = "▸" if vm == selected else " "
        spans: list[Span] = [(f" {marker} {fit(one_cell(vm), names)}  ", Tone.STRONG if vm == selected else Tone.TEXT)]
        word = Status.PENDING
        for phase in _PER_VM:
            status = moment.state.phases.get((vm, phase), Status.PENDING)
            spans.append((f"{moment.symbols.status(status)} ", tone_of(status)))
            if status is not Status.PENDING:
                word = status
        word = moment.state.results.get(vm, word)
        room = width - sum(len(text) for text, _ in spans) - gap
        spans.append((" " * gap + clip(moment.messages.status(word), room), tone_of(word)))
        yield Row(tuple(spans))
