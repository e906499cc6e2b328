"""The process so far: the phases of the selected VM with its tasks, and below them where every VM stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from vbtui.i18n import N_
from vbtui.trace import Status, Trace
from vbtui.ui.inks import BLANK, Row, Span, Tone, row, tone_of
from vbtui.ui.moment import Moment
from vbtui.ui.text import clip, fit, one_cell, spread
from vbtui.ui.widgets.lines_view import LinesView
from vbtui.vocabulary import Phase

_PER_VM = tuple(Phase)[1:]

WIDEST = 56
"""Cells that the rows take at most: farther apart, a phase and its state would not be read as one line."""


class ProcessTree(LinesView):
    """Phases, tasks and VMs, each with symbol and word. The lines of VMs are made when they are seen: there may be
    thousands."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lanes: Lanes | None = None
        self._moment: Moment | None = None
        self._made_for: tuple[object, ...] = ()
        self._head: list[Row] = []
        self._seen: dict[int, Row] = {}

    def show(self, moment: Moment) -> None:
        width = min(self.scrollable_content_region.width, WIDEST)
        self.entitle(moment.say(N_("Process")))
        self._moment = moment
        made_for = (id(moment.trace), moment.say.language, width)
        if made_for != self._made_for or self._lanes is None:
            self._made_for = made_for
            self._lanes = Lanes.of(moment, width)
        self._head, current = process_rows(moment, width)
        self._head.append(self._lanes.heading)
        height = len(self._head) + len(moment.trace.vms)
        if height != self.virtual_size.height:
            self._seen = {}
            self.renewed(0, height)
        self._draw_seen()
        self.reveal(current)

    def row_at(self, y: int) -> Row:
        if self._moment is None or self._lanes is None or not 0 <= y < self.virtual_size.height:
            return BLANK
        if y < len(self._head):
            return self._head[y]
        return self._lanes.row(self._moment, y - len(self._head))

    def _draw_seen(self) -> None:
        """Draw the rows again that can be seen and differ; what cannot be seen is forgotten."""
        top = self.scroll_offset.y
        seen = {y: self.row_at(y) for y in range(top, top + self.scrollable_content_region.height)}
        for y in self._strips.keys() - seen.keys():
            del self._strips[y]
        before, self._seen = self._seen, seen
        self.changed([y for y, found in seen.items() if before.get(y) != found])

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        # Rows that come into view were made for another moment, if they were made at all.
        self._strips.clear()
        self._seen = {}


def rows_needed(trace: Trace) -> int:
    """Rows that the pane has at most, whichever VM is selected: so its frame never moves."""
    tasks = max(Counter(task.vm for task in trace.tasks).values(), default=0)
    return len(Phase) + 1 + tasks + 2 + len(trace.vms)


def process_rows(moment: Moment, width: int) -> tuple[list[Row], int]:
    """The rows of the job and the selected VM for a width in cells, and which of them the event belongs to."""
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


@dataclass(frozen=True, slots=True)
class Lanes:
    """One line per VM: its phases as symbols, and what it does now. Widths are those of one trace and language."""

    vms: tuple[str, ...]
    width: int
    names: int
    """Cells of the longest name, as far as there is room."""
    gap: int
    """Before the word: only where the longest one has room behind it, whatever the words are now."""
    heading: Row

    @classmethod
    def of(cls, moment: Moment, width: int) -> Lanes:
        vms = tuple(one.vm for one in moment.trace.vms)
        names = min(max((len(vm) for vm in vms), default=0), max(8, width - 24))
        heading = f"   {fit('VM', names)}  " + " ".join(str(phase.value) for phase in _PER_VM)
        longest = max(len(moment.messages.status(status)) for status in Status)
        gap = 1 if len(heading) + 2 + longest < width else 0
        return cls(vms, width, names, gap, row((heading, Tone.HEADING)))

    def row(self, moment: Moment, place: int) -> Row:
        """The line of a VM by its place in the job."""
        vm = self.vms[place]
        chosen = vm == moment.vm
        name = f" {'▸' if chosen else ' '} {fit(one_cell(vm), self.names)}  "
        spans: list[Span] = [(name, Tone.STRONG if chosen else Tone.TEXT)]
        word = Status.PENDING
        for phase in _PER_VM:
            status = moment.state.phases.get((vm, phase), Status.PENDING)
            spans.append((f"{moment.symbols.status(status)} ", tone_of(status)))
            if status is not Status.PENDING:
                word = status
        word = moment.state.results.get(vm, word)
        room = self.width - sum(len(text) for text, _ in spans) - self.gap
        spans.append((" " * self.gap + clip(moment.messages.status(word), room), tone_of(word)))
        return Row(tuple(spans))
