"""The walk as text: one line for each event, no drawing, no colours, no cursor movement; made to be read aloud.

In: a trace. Out: lines. Words stand for what the screens draw, so nothing needs a mark or a column. A phase, a step and
a connection's purpose are told once, where they first come up; after that the lines carry only what is new. VMs run
side by side, so lines of several steps mix: each line carries its step. The end of the job has a heading of its own.
Never here: figures that were measured (the caller appends them), decisions.
"""

from __future__ import annotations

from collections.abc import Iterator

from vbtui.i18n import N_
from vbtui.render.messages import Messages
from vbtui.trace import Event, EventKind, Task, Trace, VmResult
from vbtui.vocabulary import Outcome, Phase, StepId

_AMOUNTS = frozenset({"processed", "read", "transferred"})
"""Parameters of events that are figures of the model."""

_PREFIXED = (Outcome.FALLBACK, Outcome.SKIPPED, Outcome.WARNING, Outcome.FAIL)
"""Outcomes whose word stands before the sentence: the others say it themselves."""


def walk(messages: Messages, trace: Trace, *, first: int = 0) -> Iterator[str]:
    """The whole walk from the event at `first`, as lines without line ends: heading, events by step, results."""
    yield from heading(messages, trace)
    yield from events(messages, trace, first=first)
    yield from results(messages, trace)


def heading(messages: Messages, trace: Trace) -> Iterator[str]:
    """What is walked through."""
    say = messages.translator
    yield say(N_("Topology {topology}, job {job}, ports of {profile}")).format(
        topology=trace.topology, job=trace.job, profile=trace.profile
    )
    for change in trace.changes:
        yield say(N_("Changed: {change}")).format(change=change)
    yield say(N_("Times are simulated, amounts of data are estimates. Each line: number, time, step, VM, event."))
    yield say(
        N_(
            "VMs run at the same time: under the heading of a step there are also lines of other steps, which were "
            "introduced before it. The number in each line says which step it belongs to."
        )
    )


def events(
    messages: Messages, trace: Trace, *, first: int = 0, last: int | None = None, since: int | None = None
) -> Iterator[str]:
    """Every event from `first` to before `last` in order, under the phases and steps that it introduces. What the
    events from `since` on have introduced is not told again; without it the telling begins at `first`."""
    say = messages.translator
    phases: set[Phase] = set()
    steps: set[StepId] = set()
    rows: set[str] = set()
    for event in trace.events[first if since is None else since : first]:
        phases.add(event.step.phase)
        steps.add(event.step)
        if event.row is not None:
            rows.add(event.row)
    for event in trace.events[first:last]:
        if event.kind is EventKind.RESULT and event.vm is None:
            yield ""
            yield say(N_("Result of the job"))
            yield event_line(messages, trace, event)
            continue
        if event.step.phase not in phases:
            phases.add(event.step.phase)
            yield ""
            title = messages.phase_title(event.step.phase)
            yield say(N_("Phase {number}: {title}")).format(number=int(event.step.phase), title=title)
            yield messages.phase_text(event.step.phase)
        if event.step not in steps:
            steps.add(event.step)
            told = messages.narration(event.step)
            yield ""
            yield say(N_("Step {number}: {title}")).format(number=event.step, title=told.title)
            yield f"{told.what} {told.why}"
        yield event_line(messages, trace, event, tell_purpose=event.row is not None and event.row not in rows)
        if event.row is not None:
            rows.add(event.row)


def event_line(messages: Messages, trace: Trace, event: Event, *, tell_purpose: bool = False) -> str:
    """One event as one line: its number, time, step and VM, then sentences."""
    say = messages.translator
    parts = [_estimated(messages, event)]
    if event.outcome in _PREFIXED and event.kind is not EventKind.RESULT:
        parts.insert(0, f"{_capital(messages.outcome(event.outcome))}:")
    if tell_purpose:
        parts.append(say(N_("Purpose: {purpose}")).format(purpose=messages.purpose(event)))
    if event.verdict is not None and not event.verdict.is_local:
        parts.append(say(N_("Firewall: {verdict}.")).format(verdict=messages.verdict(event.verdict)))
    if event.kind is EventKind.CONNECT:
        parts.append(messages.blocked(event))
    if event.kind is EventKind.DECISION and event.param("rejected") and event.vm and event.disk:
        rejected = trace.task(event.vm, event.disk).rejected
        modes = "; ".join(messages.rejected(one) for one in rejected)
        parts.append(say(N_("Not possible: {modes}.")).format(modes=modes))
    head = [
        str(event.position + 1),
        messages.moment(event.start_ms),
        str(event.step),
        *([event.vm] if event.vm else []),
    ]
    return f"{', '.join(head)}: {' '.join(part for part in parts if part)}"


def _estimated(messages: Messages, event: Event) -> str:
    """The event's sentence; where it has amounts of data, that they are estimates stands at its end."""
    sentence = messages.event(event)
    if not any(name in _AMOUNTS for name, _ in event.params):
        return sentence
    return messages.translator(N_("{sentence} (estimated).")).format(sentence=sentence.removesuffix("."))


def results(messages: Messages, trace: Trace) -> Iterator[str]:
    """How it ended: every VM, every disk, the job."""
    say = messages.translator
    yield ""
    yield say(N_("Results of the VMs and disks"))
    for vm in trace.vms:
        yield _vm_line(messages, vm)
        for identifier in vm.reasons:
            yield "  " + messages.event(trace.by_id[identifier])
        for task in trace.tasks:
            if task.vm == vm.vm:
                yield "  " + task_line(messages, task)
    yield say(N_("Job {job}: {result}, after {duration} of simulated time.")).format(
        job=trace.job, result=messages.result(trace.result), duration=messages.duration(trace.duration_ms)
    )


def _vm_line(messages: Messages, vm: VmResult) -> str:
    say = messages.translator
    line = f"{vm.vm}: {messages.result(vm.result)}, {messages.consistent(vm)}"
    if vm.snapshot_left:
        line += ", " + say(N_("the snapshot is left behind"))
    return line + "."


def task_line(messages: Messages, task: Task) -> str:
    """One disk: how it was read, by whom, and how much is estimated to move."""
    say = messages.translator
    if task.mode is None or task.proxy is None:
        return say(N_("{disk}: not read.")).format(disk=task.disk)
    return say(
        N_("{disk}: {mode} by {proxy}, {read} of {size} read, {transferred} transferred (estimated); {result}.")
    ).format(
        disk=task.disk,
        mode=messages.mode(task.mode),
        proxy=task.proxy,
        read=messages.size(task.read),
        size=messages.size(task.processed),
        transferred=messages.size(task.transferred),
        result=messages.result(task.result),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
