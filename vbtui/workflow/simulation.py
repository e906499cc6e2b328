"""The clock of a run: processes that take turns in simulated time, and the world they act in.

A *process* is a generator. It yields a `Draft` and is resumed with the finished `Event` when that has ended, or it
yields `Acquire`, `Spawn` or `Join` and is resumed when a slot is free, at once, or when the spawned processes are done.

The rule that makes a fork equal its original up to the change: events come into being in the order (`start_ms`, `id`),
a change that is bound to an id is applied at the moment before the event of that id comes into being, and everything in
an event that depends on the world is computed at that moment, in `Draft.make`. Within one millisecond all processes
that wake up do so before any event of that millisecond is made; every event takes at least one millisecond, so a cause
always stands before its effect.
"""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from vbtui.firewall import Policy, Verdict
from vbtui.trace import Endpoint, Event, EventKind, Value
from vbtui.vocabulary import Component, Outcome, Service, StepId
from vbtui.workflow.changes import (
    CbtReset,
    Change,
    ConnectionSet,
    FailoverSet,
    ProcessKilled,
    RuleSet,
    ServiceSet,
    SlotsSet,
    WorldChange,
)


@dataclass
class World:
    """What a change can change. Owned by the simulation; processes read it only in `Draft.make`."""

    policy: Policy
    failover: bool
    stopped: set[tuple[str, Component]] = field(default_factory=set)
    slots: dict[str, int] = field(default_factory=dict)
    cbt_reset: set[str] = field(default_factory=set)

    def apply(self, change: WorldChange) -> None:
        """Change the world. Raises KeyError for a rule or machine that does not exist; `simulate` has made sure of it
        before."""
        match change:
            case RuleSet(firewall, rule, enabled):
                self.policy = self.policy.with_rule(firewall, rule, enabled)
            case ConnectionSet(source, destination, service, allowed):
                self.policy = self.policy.with_connection(source, destination, service, allowed=allowed)
            case ServiceSet(node, component, running):
                (self.stopped.discard if running else self.stopped.add)((node, component))
            case SlotsSet(node, slots):
                self.slots[node] = slots
            case FailoverSet(enabled):
                self.failover = enabled
            case CbtReset(vm):
                self.cbt_reset.add(vm)
            case ProcessKilled(node):
                self.stopped.add((node, Component.DATA_MOVER))


@dataclass(frozen=True, slots=True)
class Made:
    """What an event turns out to be at its moment."""

    code: str
    outcome: Outcome
    duration_ms: int
    params: tuple[tuple[str, Value], ...] = ()
    verdict: Verdict | None = None
    step: StepId | None = None
    """Only where the step itself is what is decided."""
    source_gone: bool = False
    """The draft's source does not run any more, so nothing goes out from it: who watches over the job finds it gone."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that a process wants to happen now."""

    id: str
    step: StepId
    kind: EventKind
    make: Callable[[World], Made]
    vm: str | None = None
    disk: str | None = None
    source: Endpoint | None = None
    destination: Endpoint | None = None
    services: tuple[Service, ...] = ()
    row: str | None = None
    cause: str | None = None
    """Only where it is not the process's last event, such as the release of a slot."""


@dataclass(frozen=True, slots=True)
class Acquire:
    """Wait until `take` has taken what is waited for and says so.

    It is asked again whenever something has become free or the world has changed, and at no other time: until then it
    must stay with its answer. Where several wait, the lowest `priority` asks first. When nothing else can happen any
    more, all are resumed with empty hands.
    """

    take: Callable[[World], bool]
    priority: tuple[int, ...]
    gate: Callable[[World], bool] | None = None
    """Says no where none of all that wait at the same gate would be given anything; they are thousands at times."""


@dataclass(frozen=True, slots=True)
class Spawn:
    """Start processes beside this one, by name."""

    processes: tuple[tuple[str, Process], ...]


@dataclass(frozen=True, slots=True)
class Join:
    """Wait until the processes of these names have ended."""

    names: frozenset[str]


Step = Draft | Acquire | Spawn | Join
T = TypeVar("T")
Part = Generator[Step, Event | None, T]
"""A stretch of a process that answers with a T when it is done; used with `yield from`."""
Process = Part[None]


def happen(draft: Draft) -> Part[Event]:
    """Let one event happen and answer with it."""
    event = yield draft
    if event is None:
        raise RuntimeError(f"no event came of {draft.id}")
    return event


@dataclass
class _Running:
    name: str
    generator: Process
    last: str | None
    """Id of the event that the next one follows from."""


class Simulation:
    """Runs processes to their end and keeps the events in order."""

    def __init__(self, world: World, changes: Iterable[Change], freed: Callable[[], int], watcher: Endpoint) -> None:
        """`freed` counts how often something that a process may wait for has become free so far; `watcher` finds out
        what does not run any more."""
        self.world = world
        self._watcher = watcher
        self._freed = freed
        self._changed = 0
        self._asked_at = (-1, -1)
        """What had become free and changed when all that wait were asked last."""
        self.events: list[Event] = []
        self._changes: dict[str, list[WorldChange]] = {}
        for change in changes:
            self._changes.setdefault(change.event, []).append(change.what)
        self._resumes: list[tuple[int, str, Event | None]] = []
        self._drafts: list[tuple[int, str, str, Draft]] = []
        self._running: dict[str, _Running] = {}
        self._waiting: list[tuple[tuple[int, ...], str, Acquire]] = []
        """Priority, name and wish, in the order in which they are asked."""
        self._joining: dict[str, set[str]] = {}
        """What each joining process still waits for; `_joined_by` is the other way round."""
        self._joined_by: dict[str, list[str]] = {}
        self._used: set[str] = set()

    def run(self, name: str, process: Process) -> None:
        """Run `process` and everything it spawns."""
        self._start(name, process, None, 0)
        now = 0
        while self._resumes or self._drafts or self._waiting:
            if not self._resumes and not self._drafts:
                self._give_up(now + 1)
            now = min(heap[0][0] for heap in (self._resumes, self._drafts) if heap)
            if self._resumes and self._resumes[0][0] == now:
                _, who, event = heapq.heappop(self._resumes)
                self._advance(who, event, now)
            else:
                _, _, who, draft = heapq.heappop(self._drafts)
                self._emit(who, draft, now)

    def unused_changes(self) -> tuple[str, ...]:
        """Event ids of changes that never came to act, because no event of that id happened."""
        return tuple(sorted(self._changes))

    def _give_up(self, now: int) -> None:
        for _, who, _ in self._waiting:
            heapq.heappush(self._resumes, (now, who, None))
        self._waiting.clear()

    def _start(self, name: str, process: Process, last: str | None, now: int) -> None:
        self._running[name] = _Running(name, process, last)
        heapq.heappush(self._resumes, (now, name, None))

    def _advance(self, who: str, event: Event | None, now: int) -> None:
        running = self._running[who]
        if event is not None:
            running.last = event.id
        try:
            step = running.generator.send(event)
        except StopIteration:
            del self._running[who]
            self._ended(who, running.last, now)
            self._wake(now)
            return
        match step:
            case Draft():
                heapq.heappush(self._drafts, (now, step.id, who, step))
            case Spawn(processes):
                for name, process in processes:
                    self._start(name, process, running.last, now)
                heapq.heappush(self._resumes, (now, who, None))
            case Acquire():
                # Where nothing is new, everybody else has been asked already.
                if not (self._nothing_new and self._take(who, step, now)):
                    insort(self._waiting, (step.priority, who, step))
            case Join(names):
                self._join(who, names, now)
        self._wake(now)

    def _join(self, who: str, names: frozenset[str], now: int) -> None:
        left = {name for name in names if name in self._running}
        if not left:
            heapq.heappush(self._resumes, (now, who, None))
            return
        self._joining[who] = left
        for name in left:
            self._joined_by.setdefault(name, []).append(who)

    def _ended(self, who: str, last: str | None, now: int) -> None:
        """Let those go on that have waited for this process as their last one."""
        for joining in self._joined_by.pop(who, ()):
            self._running[joining].last = last
            left = self._joining[joining]
            left.discard(who)
            if not left:
                del self._joining[joining]
                heapq.heappush(self._resumes, (now, joining, None))

    @property
    def _nothing_new(self) -> bool:
        """Nothing has become free and the world is the same since all that wait were asked."""
        return self._asked_at == (self._freed(), self._changed)

    def _take(self, who: str, step: Acquire, now: int) -> bool:
        if not step.take(self.world):
            return False
        heapq.heappush(self._resumes, (now, who, None))
        return True

    def _wake(self, now: int) -> None:
        """Ask all that wait, if there may be something for them: they are many, and mostly there is not."""
        if self._nothing_new:
            return
        self._asked_at = (self._freed(), self._changed)
        left, closed = [], set()
        for one in self._waiting:
            _, who, step = one
            if step.gate in closed:
                left.append(one)
            elif not self._take(who, step, now):
                left.append(one)
                if step.gate is not None and not step.gate(self.world):
                    closed.add(step.gate)
        self._waiting = left

    def _watched(self, draft: Draft) -> Draft:
        """What is left of a draft whose source is gone: no connection, no call; only its end is still what it was."""
        kind = draft.kind if draft.kind is EventKind.RESULT else EventKind.PROCESS
        return replace(draft, kind=kind, source=self._watcher, destination=draft.source, services=(), row=None)

    def _emit(self, who: str, draft: Draft, now: int) -> None:
        for change in self._changes.pop(draft.id, ()):
            self.world.apply(change)
            self._changed += 1
        made = draft.make(self.world)
        if made.source_gone:
            draft = self._watched(draft)
        if draft.id in self._used:
            raise RuntimeError(f"two events of one id: {draft.id}")
        self._used.add(draft.id)
        event = Event(
            position=len(self.events),
            id=draft.id,
            step=made.step or draft.step,
            kind=draft.kind,
            code=made.code,
            params=made.params,
            outcome=made.outcome,
            start_ms=now,
            duration_ms=max(1, made.duration_ms),
            cause=draft.cause or self._running[who].last,
            vm=draft.vm,
            disk=draft.disk,
            source=draft.source,
            destination=draft.destination,
            services=draft.services,
            verdict=made.verdict,
            row=draft.row,
        )
        self.events.append(event)
        heapq.heappush(self._resumes, (event.end_ms, who, event))
        # A change may have freed what somebody waits for; a millisecond later, so that order by (start, id) holds.
        self._wake(now + 1)
