"""Everything that is known about one event: why it happens now, who let it through, what would have happened otherwise.

In: a trace, one of its events, and the file that the topology came from. Out: `EventFacts`; and for a connection
`Otherwise`, which is computed and not claimed: the job is simulated once more with just this connection decided the
other way, and laid beside what happened.
Never here: text, a screen, what is true of a machine (`machine_facts`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vbtui.firewall import Hop, Segment
from vbtui.topology import LoadedTopology, Topology
from vbtui.trace import Event, RejectedMode, Trace
from vbtui.vocabulary import Result
from vbtui.walk.forks import Row, compare
from vbtui.workflow import Change, ConnectionSet, UnknownChangeError, forked


@dataclass(frozen=True, slots=True)
class HopFact:
    """One firewall on the way, or what stands for one, and its answer."""

    hop: Hop
    segment: Segment
    """The part of the ports that decided here: the first that does not pass, otherwise the first."""
    decides: bool
    """It is this hop that the whole answer comes from."""
    line: int | None
    """Line of the file where the rule stands; None for a default, and for a rule that is not in the file."""


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What a trace knows about one event."""

    event: Event
    causes: tuple[Event, ...]
    """Why it happens now: its cause, the cause of that, and so on to the start of the job."""
    effects: tuple[Event, ...]
    """What follows from it, in the run's order."""
    hops: tuple[HopFact, ...]
    """In the order of the way; empty where no firewall is crossed."""
    rejected: tuple[RejectedMode, ...]
    """For the choice of a transport mode: what spoke against the others."""


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What a run comes to in which one connection was decided the other way."""

    change: ConnectionSet
    first: Row | None
    """The first thing after the connection itself that is different; None if nothing is."""
    differences: int
    """How many events are different, the connection itself among them."""
    job: tuple[Result, Result]
    """The job's result: as it was, and as it would have been."""
    vm: tuple[Result, Result] | None
    """The same of the connection's VM; None for a connection of the job as a whole."""
    vm_name: str | None


def event_facts(trace: Trace, event: Event, loaded: LoadedTopology | None = None) -> EventFacts:
    """What is known about `event` of `trace`. `loaded` gives the lines of rules; without it, as for rules that were
    edited since, no lines are told."""
    effects = tuple(one for one in trace.events[event.position + 1 :] if one.cause == event.id)
    return EventFacts(
        event, tuple(_causes(trace, event)), effects, tuple(_hops(event, loaded)), _rejected(trace, event)
    )


def otherwise(topology: Topology, trace: Trace, event: Event) -> Otherwise | None:
    """What would have happened if the connection had been blocked, or if it had got through; None for an event that is
    no connection between two machines. Simulates the job once: milliseconds for an office, a second for a company."""
    if not can_differ(event):
        return None
    assert event.verdict is not None
    verdict = event.verdict
    change = ConnectionSet(verdict.source, verdict.destination, verdict.service, not verdict.allowed)
    fork = _with(topology, trace, Change(event.id, change))
    comparison = compare(trace, fork)
    different = [comparison.rows[place] for place in comparison.differences]
    after = (one for one in different if one.event.id != event.id and one.event.start_ms >= event.start_ms)
    results = ({one.vm: one.result for one in of.vms} for of in (trace, fork))
    before, then = results
    vm = None if event.vm is None else (before[event.vm], then[event.vm])
    return Otherwise(change, next(after, None), len(different), (trace.result, fork.result), vm, event.vm)


def _with(topology: Topology, trace: Trace, change: Change) -> Trace:
    try:
        return forked(topology, trace, change)
    except UnknownChangeError as error:
        # An event that does not happen any more never brings its change about: the run is the one without it.
        return forked(topology, trace, change, without=error.changes)


def can_differ(event: Event) -> bool:
    """The event is a connection between two machines, so that it can be decided the other way."""
    return event.verdict is not None and not event.verdict.is_local


def rule_line(loaded: LoadedTopology | None, firewall: str, number: int | None) -> int | None:
    """Line of the file where a rule stands, by its place in the list from 1; None if the file does not have it."""
    if loaded is None or number is None:
        return None
    names = [one.name for one in loaded.topology.firewalls]
    path = ("firewalls", names.index(firewall) if firewall in names else -1, "rules", number - 1)
    return loaded.places[path][0] if path in loaded.places else None


def _causes(trace: Trace, event: Event) -> Iterator[Event]:
    cause = event.cause
    while cause is not None:
        found = trace.by_id[cause]
        yield found
        cause = found.cause


def _hops(event: Event, loaded: LoadedTopology | None) -> Iterator[HopFact]:
    verdict = event.verdict
    if verdict is None:
        return
    for hop in verdict.hops:
        decides = hop == verdict.hop
        segment = verdict.segment if decides and verdict.segment is not None else _telling(hop)
        line = rule_line(loaded, hop.name, segment.rule_number) if segment.rule is not None else None
        yield HopFact(hop, segment, decides, line)


def _telling(hop: Hop) -> Segment:
    return next((one for one in hop.segments if one.refuses), hop.segments[0])


def _rejected(trace: Trace, event: Event) -> tuple[RejectedMode, ...]:
    named = event.param("rejected")
    if not isinstance(named, tuple) or event.vm is None or event.disk is None:
        return ()
    return tuple(one for one in trace.task(event.vm, event.disk).rejected if one.mode in named)
