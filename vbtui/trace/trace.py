"""A whole trace: the events of one job over one topology, with the estimates and results that they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from vbtui.trace.event import Event
from vbtui.vocabulary import Outcome, Profile, Result, TransportMode


@dataclass(frozen=True, slots=True)
class RejectedMode:
    """A transport mode that was considered and why it was not taken: a code with parameters."""

    mode: TransportMode
    code: str
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """One VM disk: what was decided for it and what it is estimated to move. Bytes throughout."""

    vm: str
    disk: str
    proxy: str | None
    repository: str
    mode: TransportMode | None
    """None if the task never got a mode."""
    rejected: tuple[RejectedMode, ...]
    processed: int
    """The disk's size."""
    read: int
    """After CBT: what is read from the source."""
    transferred: int
    """After zero elimination, deduplication and compression: what goes to the repository."""
    result: Result

    @property
    def id(self) -> str:
        return f"{self.vm}/{self.disk}"


@dataclass(frozen=True, slots=True)
class VmResult:
    vm: str
    result: Result
    reasons: tuple[str, ...]
    """Ids of the events that made it a warning or an error, in order."""
    snapshot_left: bool
    """The snapshot could not be removed: a person must clean up."""
    consistent: str
    """`application`, `crash`, `script` or `none` (no restore point)."""


@dataclass(frozen=True)
class Trace:
    """What happened, complete and unchangeable. Everything a person sees is a view of it."""

    topology: str
    job: str
    profile: Profile
    changes: tuple[str, ...]
    """Canonical text of every change that was applied, in order."""
    events: tuple[Event, ...]
    tasks: tuple[Task, ...]
    vms: tuple[VmResult, ...]
    result: Result
    history: tuple[str, ...] = ()
    """Names of the VMs that had a restore point before, by name: their run is an incremental one."""

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __getitem__(self, position: int) -> Event:
        return self.events[position]

    @cached_property
    def by_id(self) -> dict[str, Event]:
        return {event.id: event for event in self.events}

    def first_of(self, step: str) -> Event | None:
        """The first event of the step of that id; None if the job does not go through one that is called so."""
        return next((event for event in self.events if event.step == step), None)

    @property
    def duration_ms(self) -> int:
        return max((event.end_ms for event in self.events), default=0)

    def blocked(self) -> tuple[Event, ...]:
        """Connections that a firewall did not let through, in order."""
        return tuple(event for event in self.events if event.verdict is not None and not event.verdict.allowed)

    def failed(self) -> tuple[Event, ...]:
        return tuple(event for event in self.events if event.outcome is Outcome.FAIL)

    def task(self, vm: str, disk: str) -> Task:
        """The task of that disk. Raises KeyError."""
        for task in self.tasks:
            if (task.vm, task.disk) == (vm, disk):
                return task
        raise KeyError(f"{vm}/{disk}")
