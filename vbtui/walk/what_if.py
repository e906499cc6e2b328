"""What can be changed at an event: the what-ifs that make sense there, the most instructive first.

In: a topology, a trace, one of its events. Out: `WhatIf`s, each with a change of the world that acts from that event
on. Decided here: which changes can lead to something else at all (nothing that is already so, nothing that has passed)
and their order: the connection, the rule behind it, the service at its end, then what the task and the VM depend on.
Never here: text, and what becomes of a change; that is for a simulation to say, after a person has guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from vbtui.firewall import Reason
from vbtui.topology import Job, Topology
from vbtui.trace import Event, EventKind, Trace
from vbtui.vocabulary import Component, Phase, TransportMode
from vbtui.walk.inspection import can_differ
from vbtui.workflow import (
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
from vbtui.workflow.changes import MOST_SLOTS

_DIRECT: Final = frozenset({TransportMode.SAN, TransportMode.NFS})
"""Modes that fail over to network mode when the storage cannot be reached."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One thing that can be changed from an event on."""

    what: WorldChange
    about: Event
    """The event that it is about: the one it is bound to, or the next connection after that."""


def what_ifs(topology: Topology, trace: Trace, event: Event) -> tuple[WhatIf, ...]:
    """What can be changed at `event` of `trace`; empty where nothing comes after it that could change."""
    job = topology.job(trace.job)
    found: dict[WorldChange, WhatIf] = {}
    for one in _found(topology, job, trace, event):
        found.setdefault(one.what, one)
    return tuple(found.values())


def _found(topology: Topology, job: Job, trace: Trace, event: Event) -> Iterator[WhatIf]:
    connection = event if can_differ(event) else _next_connection(trace, event)
    if connection is event:
        yield from _at_connection(topology, connection)
        if _is_storage(event) and event.verdict is not None and not event.verdict.allowed:
            yield WhatIf(FailoverSet(not _failover(job, trace, event)), event)
    yield from _at_decision(topology, job, trace, event)
    yield from _at_task(trace, event)
    yield from _at_vm(trace, event)
    if connection is not None and connection is not event:
        yield from _at_connection(topology, connection)


def _next_connection(trace: Trace, event: Event) -> Event | None:
    """The connection after `event` that comes first: of the same VM if there is one."""
    later = [one for one in trace.events[event.position + 1 :] if can_differ(one)]
    own = (one for one in later if one.vm == event.vm)
    return next(own, later[0] if later else None)


def _is_storage(event: Event) -> bool:
    return event.destination is not None and event.destination.component is Component.STORAGE


def _at_connection(topology: Topology, event: Event) -> Iterator[WhatIf]:
    verdict = event.verdict
    assert verdict is not None
    source, destination, service = verdict.source, verdict.destination, verdict.service
    yield WhatIf(ConnectionSet(source, destination, service, not verdict.allowed), event)
    segment, hop = verdict.segment, verdict.hop
    if hop is not None and segment is not None and segment.reason is Reason.RULE and segment.rule is not None:
        # Whatever the rule does, without it something else decides.
        yield WhatIf(RuleSet(hop.name, segment.rule, False), event)
    if verdict.allowed and event.destination is not None and destination in _machines(topology):
        yield WhatIf(ServiceSet(destination, event.destination.component, event.code == "connect.refused"), event)


def _machines(topology: Topology) -> set[str]:
    return {*(node.name for node in topology.nodes), *(vm.name for vm in topology.vms)}


def _at_decision(topology: Topology, job: Job, trace: Trace, event: Event) -> Iterator[WhatIf]:
    """Slots where tasks get or miss them, failover where a mode is chosen."""
    if event.kind is not EventKind.DECISION or event.vm is None or event.disk is None:
        return
    task = trace.task(event.vm, event.disk)
    if event.code == "task.waits":
        for name in (task.repository, task.proxy):
            more = None if name is None else 2 * _slots(topology, trace, event, name)
            if name is not None and more and more <= MOST_SLOTS:
                yield WhatIf(SlotsSet(name, more), event)
    elif event.code == "task.assigned" and task.proxy is not None:
        later = (one.param("proxy") for one in trace.events[event.position + 1 :] if one.code == "task.assigned")
        if task.proxy in later:
            yield WhatIf(SlotsSet(task.proxy, 0), event)
    elif event.param("mode") in _DIRECT:
        yield WhatIf(FailoverSet(not _failover(job, trace, event)), event)


def _at_task(trace: Trace, event: Event) -> Iterator[WhatIf]:
    """The data movers, until their copy is over."""
    if event.task is None or event.vm is None or event.disk is None or event.step.phase is not Phase.DATA_TRANSPORT:
        return
    copy = _coming(trace, event, lambda one: one.code == "transfer.done" and one.task == event.task)
    task = trace.task(event.vm, event.disk)
    if copy is not None and task.proxy is not None:
        yield WhatIf(ProcessKilled(task.proxy), copy)
        if task.repository != task.proxy:
            yield WhatIf(ProcessKilled(task.repository), copy)


def _at_vm(trace: Trace, event: Event) -> Iterator[WhatIf]:
    """VMware Tools while the guest is dealt with, changed block tracking until the copies have asked for it."""
    if event.vm is None:
        return
    vm = event.vm
    if event.step.phase is Phase.GUEST_PROCESSING:
        tools = _coming(trace, event, lambda one: one.vm == vm and _by_tools(one))
        if tools is not None:
            yield WhatIf(ServiceSet(vm, Component.VMWARE_TOOLS, False), tools)
    if event.step.phase is not Phase.INITIALISATION:
        copy = _coming(trace, event, lambda one: one.vm == vm and one.param("cbt") is True)
        if copy is not None:
            yield WhatIf(CbtReset(vm), copy)


def _by_tools(event: Event) -> bool:
    """It comes about by VMware Tools: the guest's addresses are asked for, or it is entered without the network."""
    return event.code in ("guest.address", "guest.vix")


def _coming(trace: Trace, event: Event, wanted: Callable[[Event], bool]) -> Event | None:
    """The first such event from `event` on."""
    return next((one for one in trace.events[event.position :] if wanted(one)), None)


# ---- what is so already ----------------------------------------------------------------------------------------------


def _failover(job: Job, trace: Trace, event: Event) -> bool:
    """Whether tasks fail over to network mode just before `event`."""
    now = job.failover_to_network
    for what in _before(trace, event):
        if isinstance(what, FailoverSet):
            now = what.enabled
    return now


def _slots(topology: Topology, trace: Trace, event: Event, node: str) -> int:
    """The task slots of a server just before `event`."""
    now = topology.node(node).task_slots
    for what in _before(trace, event):
        if isinstance(what, SlotsSet) and what.node == node:
            now = what.slots
    return now


def _before(trace: Trace, event: Event) -> Iterator[WorldChange]:
    """The changes of the trace that act already, in the order in which they came to act."""
    made = [Change.parse(text) for text in trace.changes]
    for change in sorted(made, key=lambda one: trace.by_id[one.event].position):
        if trace.by_id[change.event].position <= event.position:
            yield change.what
