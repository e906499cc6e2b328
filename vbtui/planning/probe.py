"""What to try from one node, and what an observed answer says about the plan.

Decided here: which planned connections can be tried at all, on which ports of a range, and whether plan and observation
agree. In: a topology, its jobs, the node that tries; later what was observed. Out: a `ProbePlan` and `Comparison`s.
Never here: a socket (`job.probing` opens them), text, a guess about the source of a difference beyond a code.

How an answer is read:

* *Open* proves path and listener. *Timed out* means dropped on the way, no route, or a machine that is down.
* *Refused* came from somewhere: mostly the path is open and nothing listens, but a firewall may reject so. Ports that
  open on demand (data movers, the runtime in a guest, dynamic RPC) have no listener outside a job: there a refusal is a
  pass for the path. Elsewhere the service would have to listen, so a planned connection that is refused differs.
* A name that is not found says something about name resolution and nothing about a firewall.
* What the plan does not know (an opaque rule in the way) can neither agree nor differ: the observation is the answer.

UDP has no handshake, so without sending anything nothing can be learned: such connections are left out and listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vbtui.firewall import Policy, Verdict
from vbtui.planning.check import check_all
from vbtui.planning.explain import UnknownMachineError
from vbtui.planning.report import ConnectionVerdict
from vbtui.topology import Address, Job, Topology
from vbtui.vocabulary import Action, Profile, Protocol, Service, StepId


class Answer(StrEnum):
    """What came back from one attempt to connect."""

    OPEN = "open"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    """A router or this machine itself said that there is no way: no route, or refused by an ICMP message."""
    NAME_NOT_FOUND = "name_not_found"
    NAME_ELSEWHERE = "name_elsewhere"
    """The name leads to an address that the file does not give to this machine, so nothing was opened."""


class Agreement(StrEnum):
    """Plan against observation. The values are message codes."""

    AGREES = "probe.agrees"
    PATH_OPEN = "probe.path-open"
    """Refused at a port that opens on demand: a pass for the path."""
    BLOCKED_OTHERWISE = "probe.blocked-otherwise"
    """Blocked as planned, but told in another way: a reject in the place of a drop, or the other way round."""
    NOT_LISTENING = "probe.not-listening"
    """Planned to get through, refused: nothing listens, or a firewall rejects."""
    BLOCKED = "probe.blocked"
    """Planned to get through, but nothing came back."""
    OPEN_UNPLANNED = "probe.open-unplanned"
    """Planned as blocked, but it got through."""
    NO_NAME = "probe.no-name"
    """Name resolution failed, so the path was not tried."""
    LEARNED = "probe.learned"
    """The plan does not know: an opaque rule is in the way."""

    @property
    def differs(self) -> bool:
        """Reality is not as planned."""
        return self in (Agreement.NOT_LISTENING, Agreement.BLOCKED, Agreement.OPEN_UNPLANNED, Agreement.NO_NAME)


class NotTried(StrEnum):
    """Why a planned connection is left out. The values are message codes."""

    UDP = "probe.udp"
    NO_ADDRESS = "probe.no-address"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One port of one machine to try, and what the plan says about it."""

    destination: str
    address: Address
    source_address: Address
    port: int
    service: Service
    """The connection's whole service; `port` lies in it."""
    planned: Action
    on_demand: bool
    """Something listens there during a job only."""
    steps: tuple[StepId, ...]
    jobs: tuple[str, ...]

    @property
    def key(self) -> tuple[str, int]:
        return self.destination, self.port


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A planned connection that is not tried."""

    destination: str
    service: Service
    reason: NotTried


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """Everything that one node would try, ordered by destination in the file's order, then port."""

    topology: str
    source: str
    attempts: tuple[Attempt, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def destinations(self) -> tuple[str, ...]:
        """The machines that would be connected to, each once."""
        return tuple(dict.fromkeys(one.destination for one in self.attempts))


@dataclass(frozen=True, slots=True)
class Observation:
    """What one attempt from `source` showed."""

    source: str
    destination: str
    port: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Comparison:
    """One attempt with its answer, and what both say together."""

    source: str
    attempt: Attempt
    answer: Answer
    agreement: Agreement


def probe_plans(
    topology: Topology,
    jobs: Sequence[Job],
    sources: Sequence[str],
    *,
    profile: Profile | None = None,
    policy: Policy | None = None,
) -> tuple[ProbePlan, ...]:
    """What each of the nodes or VMs `sources` opens in a run of `jobs`, over all proxies and hosts they could get.

    Of a range the first and last port of every part that the firewalls answer alike is tried: any port in between is
    answered by the same rules. Raises UnknownMachineError.
    """
    machines = (*(node.name for node in topology.nodes), *(vm.name for vm in topology.vms))
    place = {name: number for number, name in enumerate(machines)}
    for source in sources:
        if source not in place:
            raise UnknownMachineError(source, machines)
    rules = policy or Policy(topology)
    drafts = {source: _Draft(source, rules) for source in sources}
    for report in check_all(topology, jobs, profile=profile, policy=rules):
        for goal in report.goals:
            for way in goal.ways:
                steps = tuple(StepId) if way.step is None else (way.step,)
                for one in way.connections:
                    for source in drafts.keys() & set(one.sources):
                        drafts[source].add(one, steps, report.job)
    return tuple(draft.plan(topology.name, place) for draft in drafts.values())


class _Draft:
    """The plan of one source while the connections come in."""

    def __init__(self, source: str, rules: Policy) -> None:
        self.source = source
        self._rules = rules
        self._attempts: dict[tuple[str, int], Attempt] = {}
        self._left_out: dict[tuple[str, Service], LeftOut] = {}

    def add(self, one: ConnectionVerdict, steps: tuple[StepId, ...], job: str) -> None:
        service = one.asked.service
        for destination in one.destinations:
            if destination == self.source:
                continue
            verdict = self._rules.evaluate(self.source, destination, service)
            if (reason := _not_tried(verdict)) is not None:
                self._left_out.setdefault((destination, service), LeftOut(destination, service, reason))
                continue
            for port, planned in _ports(verdict):
                attempt = _attempt(verdict, port, planned, one.asked.row.on_demand, steps, job)
                self._attempts[attempt.key] = _joined(self._attempts.get(attempt.key), attempt)

    def plan(self, topology: str, place: Mapping[str, int]) -> ProbePlan:
        return ProbePlan(
            topology,
            self.source,
            tuple(sorted(self._attempts.values(), key=lambda one: (place[one.destination], one.port))),
            tuple(sorted(self._left_out.values(), key=lambda one: (place[one.destination], one.service))),
        )


def _not_tried(verdict: Verdict) -> NotTried | None:
    if verdict.source_address is None or verdict.destination_address is None:
        return NotTried.NO_ADDRESS
    return NotTried.UDP if verdict.service.protocol is Protocol.UDP else None


def _ports(verdict: Verdict) -> Iterable[tuple[int, Action]]:
    """The ports of a service that are worth trying, each with the plan's answer."""
    service = verdict.service
    edges = {service.low, service.high}
    for hop in verdict.hops:
        if hop.where != "reply":
            edges |= {edge for segment in hop.segments for edge in (segment.low, segment.high)}
    for port in sorted(edges):
        yield port, _planned(verdict, port)


def _planned(verdict: Verdict, port: int) -> Action:
    """What the initiator notices at one port."""
    for hop in verdict.hops:
        if hop.where == "reply":
            continue
        for segment in hop.segments:
            if segment.low <= port <= segment.high and segment.action in (Action.DENY, Action.REJECT):
                return segment.action
    if any(low <= port <= high for low, high in verdict.missing):
        return Action.DENY  # the reply is lost
    unknown = any(low <= port <= high for low, high in verdict.unknown)
    return Action.UNKNOWN if unknown else Action.ALLOW


def _attempt(
    verdict: Verdict, port: int, planned: Action, on_demand: bool, steps: tuple[StepId, ...], job: str
) -> Attempt:
    assert verdict.source_address is not None and verdict.destination_address is not None
    return Attempt(
        destination=verdict.destination,
        address=verdict.destination_address,
        source_address=verdict.source_address,
        port=port,
        service=verdict.service,
        planned=planned,
        on_demand=on_demand,
        steps=steps,
        jobs=(job,),
    )


_ORDER: Mapping[StepId, int] = {step: place for place, step in enumerate(StepId)}


def _joined(ours: Attempt | None, theirs: Attempt) -> Attempt:
    """Two connections that meet in one port are one attempt; it listens always if one of them needs that."""
    if ours is None:
        return theirs
    return Attempt(
        destination=ours.destination,
        address=ours.address,
        source_address=ours.source_address,
        port=ours.port,
        service=ours.service,
        planned=ours.planned,
        on_demand=ours.on_demand and theirs.on_demand,
        steps=tuple(sorted({*ours.steps, *theirs.steps}, key=_ORDER.__getitem__)),
        jobs=tuple(dict.fromkeys((*ours.jobs, *theirs.jobs))),
    )


def compared(plan: ProbePlan, observations: Iterable[Observation]) -> tuple[Comparison, ...]:
    """The plan's attempts that were observed, in the plan's order. Of several observations the last one counts.

    Observations of other sources, machines or ports are not of this plan and say nothing here (`strangers`).
    """
    seen = {(one.destination, one.port): one.answer for one in observations if one.source == plan.source}
    return tuple(
        Comparison(plan.source, attempt, seen[attempt.key], agreement(attempt, seen[attempt.key]))
        for attempt in plan.attempts
        if attempt.key in seen
    )


def strangers(plans: Iterable[ProbePlan], observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """Observations that none of the plans asks for, because the topology has changed since or is another one."""
    known = {(plan.source, *attempt.key) for plan in plans for attempt in plan.attempts}
    return tuple(one for one in observations if (one.source, one.destination, one.port) not in known)


def agreement(attempt: Attempt, answer: Answer) -> Agreement:
    """What plan and answer say together; the module docstring has the reasons."""
    if answer in (Answer.NAME_NOT_FOUND, Answer.NAME_ELSEWHERE):
        return Agreement.NO_NAME
    match attempt.planned:
        case Action.UNKNOWN:
            return Agreement.LEARNED
        case Action.ALLOW:
            if answer is Answer.OPEN:
                return Agreement.AGREES
            if answer is Answer.REFUSED:
                return Agreement.PATH_OPEN if attempt.on_demand else Agreement.NOT_LISTENING
            return Agreement.BLOCKED
        case Action.DENY:
            if answer is Answer.TIMED_OUT:
                return Agreement.AGREES
        case Action.REJECT:
            if answer in (Answer.REFUSED, Answer.UNREACHABLE):
                return Agreement.AGREES
    if answer is Answer.OPEN or (answer is Answer.REFUSED and attempt.on_demand):
        return Agreement.OPEN_UNPLANNED
    return Agreement.BLOCKED_OTHERWISE
