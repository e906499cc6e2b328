"""The lines above and below the matrix: which topology, what the jobs come to, what the last edit has done."""

from __future__ import annotations

from collections.abc import Iterator

from vbtui.i18n import N_
from vbtui.planning import CheckReport
from vbtui.render.change_texts import change_text
from vbtui.render.goal_texts import step_text
from vbtui.render.matrix_texts import consequence_text, edit_text, job_text, machines_text
from vbtui.ui.bench import Bench
from vbtui.ui.inks import BLANK, Row, Span, Tone, length
from vbtui.ui.moment import NoticeKind
from vbtui.ui.text import clip, one_cell, spread, wrapped
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.ui.widgets.matrix_view import CHANGED, goal_tone
from vbtui.ui.widgets.top_line import TopLine, language_spans
from vbtui.vocabulary import GoalVerdict, StepId
from vbtui.walk.filters import Filter, Order
from vbtui.walk.plan import Move

ROOMY = 100
"""Cells from which every part has its word."""


class PlanningHeader(TopLine):
    """` vbtui   locked-down · Firewall · ports v12        unsaved edits   EN|DE   8/37`"""

    def show(self, bench: Bench) -> None:
        self.show_rows([header(bench, self.size.width)])


def header(bench: Bench, width: int) -> Row:
    """The first line, for a width in cells."""
    say, desk, gap = bench.say, bench.desk, "   " if width >= ROOMY else "  "
    ports = say(N_("ports {name}")).format(name=desk.plan.profile)
    parts = f"{one_cell(bench.loaded.topology.name)} · {say(N_('Firewall'))} · {ports}"
    left: list[Span] = [(" vbtui", Tone.STRONG), (gap + parts, Tone.BAR)]
    right: list[Span] = [("  ", Tone.BAR)]
    if desk.plan.unsaved:
        right += [(f"{CHANGED} {say(N_('unsaved edits'))}", Tone.LIVE), (gap, Tone.BAR)]
    right += language_spans(say)
    count = str(len(desk.rows))
    place_text = f"{desk.place + 1 if desk.rows else 0:>{len(count)}}/{count} "
    right += [(gap, Tone.BAR), (place_text, Tone.BAR)]
    return Row(spread(left, right, width), Tone.BAR)


class WhatIfLine(RowsView):
    """One row, or two where it is narrow: that the what-ifs of the walk are not in these rules. Not there without."""

    def show(self, bench: Bench) -> None:
        self.display = bool(bench.changes)
        self.show_rows(what_if_rows(bench, self.size.width or self.screen.size.width))


def what_if_rows(bench: Bench, width: int) -> list[Row]:
    """The rows, for a width in cells; none without a what-if."""
    if not bench.changes:
        return []
    say, plan, count = bench.say, bench.desk.plan, len(bench.changes)
    rules = say(N_("The edited rules")) if plan.edited else say(N_("The file's rules"))
    text = N_("{rules}, without the what-if: {change}")
    if count > 1:
        text = N_("{rules}, without {count} what-ifs, last: {change}")
    change = one_cell(change_text(bench.messages, bench.changes[-1].what))
    told = say(text).format(rules=rules, count=say.number(count), change=change)
    lines = wrapped(told, width - 4, Tone.TEXT)[:2]
    return [Row(((f" {' ' if place else '!'} ", Tone.WARN), *line.spans)) for place, line in enumerate(lines)]


class SummaryView(RowsView):
    """Two rows: every job with its verdict, and the VMs of the shown job."""

    def show(self, bench: Bench) -> None:
        self.show_rows(summary(bench, self.size.width))


def summary(bench: Bench, width: int) -> list[Row]:
    """The two rows, for a width in cells."""
    return [Row(tuple(_jobs(bench, width))), Row(tuple(_vms(bench, width)))]


def _jobs(bench: Bench, width: int) -> Iterator[Span]:
    """The shown job first to be seen; what has no room is counted."""
    say, desk = bench.say, bench.desk
    label = f" {say(N_('Jobs'))}  "
    yield (label, Tone.HEADING)
    more, total = say(N_("and {count} more")), say.number(len(desk.plan.jobs))
    room, reports = width - len(label) - len(more.format(count=total)), desk.plan.judged()
    shown = [report for report in reports if report.job == desk.job]
    shown += [report for report in reports if report.job != desk.job]
    told = 0
    for place, report in enumerate(shown):
        mark = "▶ " if report.job == desk.job else "  "
        text = one_cell(job_text(bench.messages, bench.symbols, report.job, report.verdict))
        if len(mark + text) + 3 > room and place:
            break
        room -= len(mark + text) + 3
        yield (mark, Tone.ACTIVE)
        yield (clip(text, width - len(label) - 2) + "   ", goal_tone(report.verdict))
        told += 1
    if left := len(desk.plan.jobs) - told:
        yield (more.format(count=say.number(left)), Tone.DIM)


_WORST = (GoalVerdict.FAIL, GoalVerdict.UNKNOWN, GoalVerdict.FALLBACK, GoalVerdict.OK)


def _vms(bench: Bench, width: int) -> Iterator[Span]:
    """How many VMs come to what, with as many names as there is room for."""
    say = bench.say
    label = f" {say(N_('VMs'))}  "
    yield (label, Tone.HEADING)
    found = by_verdict(bench.desk.report)
    parts = [(one, found[one]) for one in _WORST if found.get(one)]
    room = max(12, (width - len(label)) // max(1, len(parts)) - 3)
    for verdict, names in parts:
        head = f"{bench.symbols.goal(verdict)} {say.number(len(names))} {bench.messages.goal(verdict)}: "
        text = clip(one_cell(machines_text(names, room - len(head))), max(8, room - len(head)))
        yield (f"  {head}", goal_tone(verdict))
        yield (f"{text} ", Tone.TEXT)


def by_verdict(report: CheckReport) -> dict[GoalVerdict, tuple[str, ...]]:
    """The VMs of a job by what they come to."""
    found: dict[GoalVerdict, list[str]] = {}
    for one in report.vms:
        found.setdefault(one.verdict, []).append(one.vm)
    return {verdict: tuple(names) for verdict, names in found.items()}


_NOTICES = {
    NoticeKind.LIVE: ("●", Tone.LIVE),
    NoticeKind.DONE: ("✔", Tone.OK),
    NoticeKind.WARNING: ("!", Tone.WARN),
    NoticeKind.ERROR: ("✖", Tone.FAIL),
}


class OutcomeLine(RowsView):
    """Two rows: what was done last, and what came of it; below a filter, the filter."""

    def show(self, bench: Bench) -> None:
        self.show_rows(outcome(bench, self.size.width))


def outcome(bench: Bench, width: int) -> list[Row]:
    """The two rows, for a width in cells."""
    rows = list(_told(bench, width)) or list(_done(bench, width))
    shown = filter_text(bench)
    if len(rows) < 2 and shown:
        rows.append(Row(((f" {bench.symbols.active} ", Tone.HEADING), (clip(shown, width - 4), Tone.TEXT))))
    if not rows:
        rows = [Row((("   ", Tone.TEXT), (clip(_idle(bench), width - 4), Tone.DIM)))]
    return [*rows, BLANK, BLANK][:2]


def _told(bench: Bench, width: int) -> Iterator[Row]:
    notice = bench.notice
    if notice is None:
        return
    symbol, tone = _NOTICES[notice.kind]
    for place, line in enumerate(wrapped(notice.text, width - 4, Tone.HINT)[:2]):
        yield Row(((f" {' ' if place else symbol} ", tone), *line.spans), Tone.HINT)


def _done(bench: Bench, width: int) -> Iterator[Row]:
    """The last edit, undo or redo, and what it has changed."""
    plan, consequence = bench.desk.plan, bench.desk.consequence
    edit = plan.last_edit
    if edit is None:
        if not bench.started:
            yield Row(_hint(bench, width), Tone.HINT)
        return
    text = one_cell(edit_text(bench.say, edit, plan.move or Move.EDIT))
    yield Row(((f" {CHANGED} ", Tone.ACTIVE), (clip(text, width - 4), Tone.STRONG)))
    if consequence is None:
        counts = {"count": bench.say.number(len(plan.judged())), "total": bench.say.number(len(plan.jobs))}
        told = bench.say(N_("judging the other jobs: {count} of {total}")).format(**counts)
    else:
        told = one_cell(consequence_text(bench.messages, bench.symbols, consequence))
    yield Row((("   ", Tone.TEXT), (clip(told, width - 4), Tone.TEXT)))


def _hint(bench: Bench, width: int) -> tuple[Span, ...]:
    """The first keys to know, as many as there is room for."""
    say = bench.say
    spans: list[Span] = [(" ", Tone.HINT)]
    for key, text in (
        (say(N_("space")), N_("switches the rule that decides")),
        ("Tab", N_("shows the rules")),
        ("F2", N_("back")),
    ):
        more: list[Span] = [("  ·  ", Tone.DIM)] if len(spans) > 1 else []
        more += [(f"{key} ", Tone.KEY), (say(text), Tone.HINT)]
        if length((*spans, *more)) > width:
            break
        spans += more
    return tuple(spans)


def _idle(bench: Bench) -> str:
    return bench.say(N_("What is tried here changes no file; s saves as a new one."))


def filter_text(bench: Bench) -> str:
    """The filter and the order in words; empty for everything in the order of the steps."""
    say, wanted, parts = bench.say, bench.desk.filter, []
    if wanted != Filter():
        if wanted.troubled:
            parts.append(say(N_("only blocked")))
        if wanted.node is not None:
            parts.append(say(N_("only {node}")).format(node=wanted.node))
        if wanted.steps is not None:
            parts.append(say(N_("only {step}")).format(step=_steps(bench, wanted.steps)))
        if wanted.text:
            parts.append(say(N_("with '{text}'")).format(text=wanted.text))
        parts.append(say(N_("0 shows all")))
    if bench.desk.order is not Order.STEP:
        parts.append(say(_ORDERS[bench.desk.order]))
    return one_cell(" · ".join(parts))


_ORDERS = {
    Order.STEP: N_("ordered by step"),
    Order.SOURCE: N_("ordered by source"),
    Order.SERVICE: N_("ordered by service"),
    Order.VERDICT: N_("ordered by answer"),
}


def _steps(bench: Bench, steps: frozenset[StepId | None]) -> str:
    """One step with its title, or the phase that they make."""
    if len(steps) == 1:
        return step_text(bench.messages, next(iter(steps)))
    phases = sorted({step.phase for step in steps if step is not None})
    return ", ".join(f"{phase} {bench.messages.phase_title(phase)}" for phase in phases)
