"""The state of the world at a playhead: what is open, frozen, attached, running and done at one moment of a trace.

A moment is an event and a fraction of the way to the next one. The state is folded from events alone, starting at the
nearest keyframe, and never by simulating again; so going back costs what going forward costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from vbtui.trace.event import Event, EventKind
from vbtui.trace.trace import Trace
from vbtui.vocabulary import Outcome, Phase, Service, StepId, TransportMode

KEYFRAME_EVERY = 64
"""Events between two keyframes: at most so many are folded for one look."""


class Status(StrEnum):
    """How far a phase, step or task is, and how it went."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    OK = "ok"
    SKIPPED = "skipped"
    FALLBACK = "fallback"
    WARNING = "warning"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """A connection that stands. `event` is the id of the event that opened it."""

    source: str
    destination: str
    service: Service
    event: str
    scope: tuple[str | None, str | None]
    """VM and disk that it belongs to; both None for the job's own."""


@dataclass(frozen=True, slots=True)
class TaskState:
    """One VM disk. Bytes are the estimates, scaled by how much of the copy has passed."""

    vm: str
    disk: str
    status: Status = Status.PENDING
    proxy: str | None = None
    mode: TransportMode | None = None
    fraction: float = 0.0
    """Share of the copy that is done, 0 to 1."""
    processed: int = 0
    read: int = 0
    transferred: int = 0

    @property
    def id(self) -> str:
        return f"{self.vm}/{self.disk}"


@dataclass(frozen=True, slots=True)
class State:
    """Everything that views show of a moment."""

    index: int
    moment_ms: int
    phases: Mapping[tuple[str | None, Phase], Status]
    """Phase 1 under None; phases 2 to 6 under each VM's name."""
    steps: Mapping[tuple[str | None, StepId], Status]
    results: Mapping[str | None, Status]
    """How VMs ended, as far as they have: ok, warning or fail; the job's own result under None."""
    tasks: Mapping[str, TaskState]
    """By task id, in the job's order."""
    connections: tuple[OpenConnection, ...]
    frozen: frozenset[str]
    """VMs whose guest holds its writes back."""
    snapshots: frozenset[str]
    """VMs with the job's snapshot."""
    left: frozenset[str]
    """VMs whose snapshot could not be removed."""
    attached: frozenset[tuple[str, str]]
    """Proxy and task id of every disk that is attached by HotAdd."""


_SEVERITY = (
    Status.PENDING,
    Status.SKIPPED,
    Status.OK,
    Status.RUNNING,
    Status.WAITING,
    Status.FALLBACK,
    Status.WARNING,
    Status.FAIL,
)

_STATUS = {
    Outcome.OK: Status.OK,
    Outcome.WAITING: Status.WAITING,
    Outcome.FALLBACK: Status.FALLBACK,
    Outcome.SKIPPED: Status.SKIPPED,
    Outcome.WARNING: Status.WARNING,
    Outcome.FAIL: Status.FAIL,
}


def _sums_up(event: Event) -> bool:
    """The result of a VM or of the job: it stands at the last step, but is about all of them."""
    return event.kind is EventKind.RESULT and event.disk is None and event.step is StepId.COMMIT


def worse(one: Status, other: Status) -> Status:
    """The graver of two statuses, for summing up."""
    return max(one, other, key=_SEVERITY.index)


_ENDED = (Status.OK, Status.FAIL)
_PHASE_OF = {step: step.phase for step in StepId}
"""Looked up here, as it is asked for every step of every VM."""


@dataclass
class _Fold:
    """State while it is built: how things went so far, by key, and what is open."""

    disks: tuple[tuple[str, str], ...]
    """VM and disk of every task of the trace."""
    outcomes: dict[tuple[str | None, StepId], Status] = field(default_factory=dict)
    current: dict[str | None, StepId] = field(default_factory=dict)
    done: set[str | None] = field(default_factory=set)
    results: dict[str | None, Status] = field(default_factory=dict)
    tasks: dict[str, TaskState] = field(default_factory=dict)
    copying: dict[str, Event] = field(default_factory=dict)
    connections: tuple[OpenConnection, ...] = ()
    frozen: set[str] = field(default_factory=set)
    snapshots: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    attached: set[tuple[str, str]] = field(default_factory=set)

    def copy(self) -> _Fold:
        """The same state, free to go on. Events and task states are immutable and shared."""
        return replace(
            self,
            outcomes=dict(self.outcomes),
            current=dict(self.current),
            done=set(self.done),
            results=dict(self.results),
            tasks=dict(self.tasks),
            copying=dict(self.copying),
            frozen=set(self.frozen),
            snapshots=set(self.snapshots),
            left=set(self.left),
            attached=set(self.attached),
        )

    def add(self, event: Event) -> None:
        phase = _PHASE_OF[event.step]
        scope = event.vm if phase is not Phase.INITIALISATION else None
        self.current[scope] = event.step
        if event.outcome is not Outcome.WAITING and not _sums_up(event):
            # Waiting passes; it is added at the end for as long as a task waits. What sums up says nothing of its step.
            key = (scope, event.step)
            self.outcomes[key] = worse(self.outcomes.get(key, Status.PENDING), _STATUS[event.outcome])
        if event.task is not None:
            self._task(event, event.task)
        if event.vm is not None and phase is Phase.DATA_TRANSPORT:
            # What the guest and the snapshot needed is over once data moves, the post-thaw script included.
            self._close((event.vm, None))
        ok = event.outcome is Outcome.OK
        match event.kind:
            case EventKind.CONNECT if ok and event.source and event.destination:
                one = OpenConnection(
                    event.source.node, event.destination.node, event.services[0], event.id, (event.vm, event.disk)
                )
                self.connections = (*self.connections, one)
            case EventKind.FREEZE if event.vm:
                self.frozen.add(event.vm)
            case EventKind.THAW if event.vm:
                self.frozen.discard(event.vm)
            case EventKind.SNAPSHOT if event.vm and ok:
                self.snapshots.add(event.vm)
            case EventKind.COMMIT if event.vm:
                (self.snapshots.discard if ok else self.left.add)(event.vm)
            case EventKind.ATTACH if event.task and event.source and ok:
                self.attached.add((event.source.node, event.task))
            case EventKind.DETACH if event.task and event.source and ok:
                self.attached.discard((event.source.node, event.task))
            case EventKind.RESULT:
                self._result(event)
            case _:
                pass

    def _task(self, event: Event, task: str) -> None:
        before = self.tasks.get(task) or TaskState(str(event.vm), str(event.disk))
        status = Status.RUNNING
        if event.outcome is Outcome.WAITING:
            status = Status.WAITING
        elif event.outcome is Outcome.FAIL or before.status is Status.FAIL:
            status = Status.FAIL
        elif event.kind is EventKind.RESULT:
            status = Status.OK
        proxy, mode = event.param("proxy"), event.param("mode")
        if event.kind is EventKind.TRANSFER:
            self.copying[task] = event
        self.tasks[task] = TaskState(
            before.vm,
            before.disk,
            status,
            proxy if isinstance(proxy, str) else before.proxy,
            TransportMode(mode) if isinstance(mode, str) else before.mode,
        )

    def _result(self, event: Event) -> None:
        if event.disk is not None:
            self._close((event.vm, event.disk))
        elif event.step is StepId.COMMIT:
            if event.vm is not None:
                self.connections = tuple(one for one in self.connections if one.scope[0] != event.vm)
            else:
                self.connections = ()
            self.done.add(event.vm)
            self.results[event.vm] = _STATUS[event.outcome]
            self._give_up_tasks(event.vm)

    def _give_up_tasks(self, vm: str | None) -> None:
        """A task without a result of its own when its VM or the job ends has failed with it."""
        for owner, disk in self.disks:
            if vm not in (None, owner):  # asked first, as every VM asks it of every disk
                continue
            state = self.tasks.get(f"{owner}/{disk}") or TaskState(owner, disk)
            if state.status not in _ENDED:
                self.tasks[state.id] = replace(state, status=Status.FAIL)

    def steps(self) -> dict[tuple[str | None, StepId], Status]:
        found = dict(self.outcomes)
        if any(task.status is Status.WAITING for task in self.tasks.values()):
            key = (None, StepId.SCHEDULE)
            found[key] = worse(found.get(key, Status.PENDING), Status.WAITING)
        return found

    def _close(self, scope: tuple[str | None, str | None]) -> None:
        self.connections = tuple(one for one in self.connections if one.scope != scope)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a state says of phases, steps and VMs."""

    phases: Mapping[tuple[str | None, Phase], Status]
    steps: Mapping[tuple[str | None, StepId], Status]
    results: Mapping[str | None, Status]


class States:
    """States of one trace. Keyframes are made on first use and kept."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._keyframes: list[_Fold] = [_Fold(tuple((task.vm, task.disk) for task in trace.tasks))]
        self._last: tuple[int, _Fold] | None = None
        self._told: tuple[_Fold, _Told] | None = None

    def at(self, index: int, fraction: float = 1.0) -> State:
        """The state in event `index`, `fraction` (0 to 1) of the way to the next one. Raises IndexError."""
        if not 0 <= index < len(self._trace):
            raise IndexError(index)
        event = self._trace[index]
        following = self._trace[index + 1].start_ms if index + 1 < len(self._trace) else event.end_ms
        moment = event.start_ms + round((following - event.start_ms) * fraction)
        return self._state(self._fold(index), index, moment)

    def _fold(self, index: int) -> _Fold:
        if self._last is not None and self._last[0] == index:
            return self._last[1]
        wanted = (index + 1) // KEYFRAME_EVERY
        while len(self._keyframes) <= wanted:
            fold = self._keyframes[-1].copy()
            start = (len(self._keyframes) - 1) * KEYFRAME_EVERY
            for event in self._trace.events[start : start + KEYFRAME_EVERY]:
                fold.add(event)
            self._keyframes.append(fold)
        fold = self._keyframes[wanted].copy()
        for event in self._trace.events[wanted * KEYFRAME_EVERY : index + 1]:
            fold.add(event)
        self._last = (index, fold)
        return fold

    def _state(self, fold: _Fold, index: int, moment: int) -> State:
        tasks = {}
        for task in self._trace.tasks:
            state = fold.tasks.get(task.id) or TaskState(task.vm, task.disk)
            tasks[task.id] = _with_bytes(state, fold.copying.get(task.id), moment)
        if self._told is None or self._told[0] is not fold:
            # Within an event only the bytes of its copies change, so the rest is worked out once.
            steps = fold.steps()
            self._told = (
                fold,
                _Told(
                    MappingProxyType(self._phases(fold, steps)),
                    MappingProxyType(steps),
                    MappingProxyType(self._results(fold)),
                ),
            )
        told = self._told[1]
        return State(
            index=index,
            moment_ms=moment,
            phases=told.phases,
            steps=told.steps,
            results=told.results,
            tasks=MappingProxyType(tasks),
            connections=fold.connections,
            frozen=frozenset(fold.frozen),
            snapshots=frozenset(fold.snapshots),
            left=frozenset(fold.left),
            attached=frozenset(fold.attached),
        )

    def _results(self, fold: _Fold) -> dict[str | None, Status]:
        found = dict(fold.results)
        if None in found:
            # A job that ended before its VMs began took them with it.
            found.update({one.vm: Status.FAIL for one in self._trace.vms if one.vm not in found})
        return found

    def _phases(
        self, fold: _Fold, steps: Mapping[tuple[str | None, StepId], Status]
    ) -> dict[tuple[str | None, Phase], Status]:
        worst: dict[tuple[str | None, Phase], Status] = {}
        for (who, step), outcome in steps.items():
            key = (who, _PHASE_OF[step])
            worst[key] = worse(worst[key], outcome) if key in worst else outcome
        found = {}
        vms_begun = any(who is not None for who in fold.current)
        for scope in (None, *(one.vm for one in self._trace.vms)):
            phases = (Phase.INITIALISATION,) if scope is None else tuple(Phase)[1:]
            reached = _PHASE_OF[fold.current[scope]] if scope in fold.current else None
            for phase in phases:
                status = worst.get((scope, phase), Status.PENDING)
                finished = scope in fold.done or (scope is None and vms_begun)
                if phase is reached and not finished and status in (Status.PENDING, Status.OK, Status.SKIPPED):
                    status = Status.RUNNING
                if status is Status.PENDING and (scope in fold.done or None in fold.done):
                    status = Status.SKIPPED
                if finished and status is Status.WAITING:
                    # The job has gone on; that a task still waits for its slot is told at the task and its step.
                    status = Status.OK
                found[scope, phase] = status
        return found


def _with_bytes(state: TaskState, copy: Event | None, moment: int) -> TaskState:
    if copy is None or copy.outcome is not Outcome.OK:
        return state
    fraction = min(1.0, max(0.0, (moment - copy.start_ms) / copy.duration_ms))
    amounts = {name: value for name, value in copy.params if isinstance(value, int)}
    return TaskState(
        state.vm,
        state.disk,
        state.status,
        state.proxy,
        state.mode,
        fraction,
        round(amounts["processed"] * fraction),
        round(amounts["read"] * fraction),
        round(amounts["transferred"] * fraction),
    )
