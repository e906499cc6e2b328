"""What every part of a run shares, and how a connection is tried.

A connection that the firewall allows can still be refused by a stopped service. Which outcome a blocked one has is the
caller's to say, because only the caller knows whether another way is left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from vbtui.catalogue import Catalogue, Need
from vbtui.topology import Job, Topology, Vm
from vbtui.trace import Endpoint, Event, EventKind, Value
from vbtui.vocabulary import Action, Component, Outcome, StepId
from vbtui.workflow import timing
from vbtui.workflow.parties import Asked, Cast, Way
from vbtui.workflow.simulation import Draft, Made, Part, World, happen
from vbtui.workflow.slots import Assignment, Scheduler
from vbtui.workflow.transport import ModeChoice

Blocked = Callable[[World], Outcome]


@dataclass
class VmRun:
    """One VM while it runs: what has gone wrong, and what state it leaves."""

    vm: Vm
    tasks: tuple[Assignment, ...]
    troubles: list[Event] = field(default_factory=list)
    consistent: str = "crash"
    script_failed: bool = False
    """The pre-freeze script could not do its work, so there is nothing to undo after the thaw."""
    snapshot_left: bool = False
    given_up: bool = False
    """No further step makes sense; what is open is still cleaned up."""

    def note(self, event: Event) -> Event:
        """Remember an event if it is a warning or a failure."""
        if event.outcome in (Outcome.WARNING, Outcome.FAIL):
            self.troubles.append(event)
        return event


@dataclass
class Decided:
    """What became known of a task on the way: its mode and its estimates."""

    choice: ModeChoice | None = None
    read: int = 0
    transferred: int = 0
    attached: bool = False
    failed: bool = False


@dataclass
class Stage:
    """One run of one job."""

    topology: Topology
    job: Job
    catalogue: Catalogue
    scheduler: Scheduler
    with_history: frozenset[str]
    """VMs that have a restore point already: their run is an incremental one."""
    vms: tuple[VmRun, ...]
    decided: dict[str, Decided] = field(default_factory=dict)
    """By task scope."""

    def cast(self, run: VmRun | None = None, task: Assignment | None = None) -> Cast:
        vm = task.vm if task else run.vm if run else None
        if task is None:
            return Cast(self.topology, self.job, vm=vm)
        return Cast(self.topology, self.job, vm=vm, disk=task.disk, proxy=task.proxy)

    def ways(self, cast: Cast, need: Need) -> tuple[Way, ...]:
        return cast.ways(self.catalogue, need)


def always(outcome: Outcome) -> Blocked:
    return lambda _: outcome


def simple(
    event_id: str,
    step: StepId,
    kind: EventKind,
    code: str,
    duration_ms: int,
    *,
    outcome: Outcome = Outcome.OK,
    params: tuple[tuple[str, Value], ...] = (),
    vm: str | None = None,
    disk: str | None = None,
    source: Endpoint | None = None,
    destination: Endpoint | None = None,
) -> Part[Event]:
    """An event that does not depend on the world."""
    made = Made(code, outcome, duration_ms, params)
    return happen(Draft(event_id, step, kind, lambda _: made, vm=vm, disk=disk, source=source, destination=destination))


MOVER_DEAD: Final = "mover.dead"
"""The code of what there is in place of whatever a data mover was to do that does not run any more."""


def mover_lives(world: World, server: str) -> bool:
    """The data movers of a proxy or repository run."""
    return (server, Component.DATA_MOVER) not in world.stopped


def while_alive(source: Endpoint, make: Callable[[World], Made]) -> Callable[[World], Made]:
    """What `source` does; a data mover only as long as it runs."""

    def made(world: World) -> Made:
        if source.component is Component.DATA_MOVER and not mover_lives(world, source.node):
            return Made(MOVER_DEAD, Outcome.FAIL, timing.LOCAL_MS, source_gone=True)
        return make(world)

    return made


def connect(
    asked: Asked, event_id: str, step: StepId, blocked: Blocked, *, vm: str | None = None, disk: str | None = None
) -> Part[Event]:
    """Try one connection."""

    def make(world: World) -> Made:
        verdict = world.policy.evaluate(asked.source.node, asked.destination.node, asked.service)
        if not verdict.allowed:
            if verdict.action is Action.UNKNOWN:
                # Nobody knows what the rule does, so the run takes the worst: packets that are dropped.
                return Made("connect.unknown", blocked(world), timing.TIMEOUT_MS, verdict=verdict)
            dropped = verdict.segment is None or verdict.segment.action is Action.DENY
            code = "connect.partial" if verdict.partial else "connect.dropped" if dropped else "connect.rejected"
            duration = timing.TIMEOUT_MS if dropped else timing.REJECT_MS
            return Made(code, blocked(world), duration, verdict=verdict)
        if (asked.destination.node, asked.destination.component) in world.stopped:
            return Made("connect.refused", blocked(world), timing.REJECT_MS, verdict=verdict)
        local = asked.source.node == asked.destination.node
        return Made("connect.local" if local else "connect.open", Outcome.OK, timing.CONNECT_MS, verdict=verdict)

    return happen(
        Draft(
            event_id,
            step,
            EventKind.CONNECT,
            while_alive(asked.source, make),
            vm=vm,
            disk=disk,
            source=asked.source,
            destination=asked.destination,
            services=(asked.service,),
            row=asked.row.id,
        )
    )


def reached(event: Event) -> bool:
    """The connection stands: allowed by every hop and accepted by its service."""
    return event.code in ("connect.open", "connect.local")


@dataclass(frozen=True, slots=True)
class Reached:
    """How trying a need ended: the way that stands, or none, and the last connection that was tried."""

    way: Way | None
    last: Event | None
    """None where the need asks for no connection here."""

    @property
    def ok(self) -> bool:
        return self.way is not None or self.last is None


def reach(
    ways: tuple[Way, ...],
    scope: str,
    step: StepId,
    exhausted: Blocked,
    *,
    vm: str | None = None,
    disk: str | None = None,
) -> Part[Reached]:
    """Try the ways in order until all connections of one stand."""
    last: Event | None = None
    for index, way in enumerate(ways):
        blocked = exhausted if index == len(ways) - 1 else always(Outcome.FALLBACK)
        for asked in way.asked:
            last = yield from connect(asked, connection_id(scope, step, asked), step, blocked, vm=vm, disk=disk)
            if last.code == MOVER_DEAD:
                # No other way is left to who does not run any more.
                return Reached(None, last)
            if not reached(last):
                break
        else:
            return Reached(way, last)
    return Reached(None, last)


def connection_id(scope: str, step: StepId, asked: Asked) -> str:
    """The stable id of a connection's event: `SCOPE/STEP/NEED/SOURCE/DESTINATION/PROTOCOL-PORTS`."""
    service = f"{asked.service.protocol}-{asked.service.ports}"
    return f"{scope}/{step}/{asked.row.need}/{asked.source.node}/{asked.destination.node}/{service}"
