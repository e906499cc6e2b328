"""Every connection that a job could open: what a change request has to name.

In: a topology, a job, a profile. Out: `RequiredConnection`s, each row, flow and service once, with the steps, VMs and
proxies that it counts for. A VM without guest processing needs nothing in its guest, a proxy that cannot read storage
directly needs no storage network; network mode is counted where a failover can lead to it.
The addresses are those that the firewall room picks for the pair: one place decides which of several is used.
Never here: whether a connection passes (`check`), text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

from vbtui.catalogue import load_catalogue
from vbtui.firewall import Policy
from vbtui.planning.casting import Casting, Leg
from vbtui.planning.demands import Cell, Demand, JobDemands, Option
from vbtui.planning.deriving import job_demands
from vbtui.planning.estate import Estate
from vbtui.planning.folding import Axis, ByPolicy, Members, Roster, singles
from vbtui.planning.report import RequiredConnection
from vbtui.planning.surroundings import surrounding_demands
from vbtui.topology import Job, Topology
from vbtui.vocabulary import Level, Phase, Profile, Service, StepId
from vbtui.workflow import Asked

RUN_LEVELS: Final = frozenset({Level.REQUIRED, Level.INFRASTRUCTURE, Level.LOCAL})
"""What a running job needs: all but features and the installation of components."""

_ORDER: Final = {step: place for place, step in enumerate(StepId)}
_CHOSEN_PHASES: Final = (Phase.GUEST_PROCESSING, Phase.DATA_TRANSPORT)
"""Phases whose steps are alternatives: a row that names several of them does not mean all."""


def required_connections(
    topology: Topology, job: Job, profile: Profile | None = None, *, levels: Iterable[Level] = RUN_LEVELS
) -> tuple[RequiredConnection, ...]:
    """The connections of `job` for all proxies and hosts that it could be assigned to.

    `profile` replaces the file's; `levels` filters by the connection's level. Ordered by first step, source,
    destination, place among the ways, service, then by need and row.
    """
    (found,) = required_by(topology, (job,), profile, levels=levels)
    return found


def required_by(
    topology: Topology,
    jobs: Iterable[Job],
    profile: Profile | None = None,
    *,
    levels: Iterable[Level] = RUN_LEVELS,
    policy: Policy | None = None,
    between: tuple[str, str] | None = None,
) -> Iterator[tuple[RequiredConnection, ...]]:
    """The same for some jobs, one after the other; what they have in common is worked out once.

    `policy` is one of the topology, if somebody has it already. With `between` only what this source asks of this
    destination: of ten thousand machines all others are passed over before anything is listed.
    """
    wanted = frozenset(levels)
    rules = policy or Policy(topology)
    casting = Casting(Estate(topology, ByPolicy(rules)), load_catalogue(profile or topology.profile))
    for job in jobs:
        demands = job_demands(casting, job)
        listing = _Listing(casting.estate, demands, rules, between or (None, None))
        for demand in chain(demands.demands, surrounding_demands(casting, demands, frozenset(Level))):
            listing.add(demand)
        yield listing.connections(wanted)


def required_of(
    topology: Topology,
    job: Job,
    machine: str,
    profile: Profile | None = None,
    *,
    levels: Iterable[Level] = RUN_LEVELS,
    policy: Policy | None = None,
) -> tuple[tuple[RequiredConnection, ...], tuple[RequiredConnection, ...]]:
    """What the job has one machine open, and what it has it accept; each as from `required_connections`. A connection
    of the machine with itself is in both."""
    wanted = frozenset(levels)
    rules = policy or Policy(topology)
    casting = Casting(Estate(topology, ByPolicy(rules)), load_catalogue(profile or topology.profile))
    demands = job_demands(casting, job)
    opens = _Listing(casting.estate, demands, rules, (machine, None))
    accepts = _Listing(casting.estate, demands, rules, (None, machine))
    for demand in chain(demands.demands, surrounding_demands(casting, demands, frozenset(Level))):
        opens.add(demand)
        accepts.add(demand)
    return opens.connections(wanted), accepts.connections(wanted)


@dataclass(slots=True)
class _Collected:
    """One connection while the demands that ask for it come in."""

    leg: Leg
    source: str
    destination: str
    place: int
    ways: int
    steps: set[StepId] = field(default_factory=set)
    vms: Members = 0
    proxies: Members = 0


class _Listing:
    """The connections of one job, each pair of machines on its own; where sides are given, of those machines only."""

    def __init__(
        self, estate: Estate, demands: JobDemands, policy: Policy, between: tuple[str | None, str | None]
    ) -> None:
        self.found: dict[tuple[str, str, str, Service], _Collected] = {}
        self._estate = estate
        self._demands = demands
        self._policy = policy
        self._source, self._destination = between
        self._known: dict[Members, set[StepId]] = {}
        self._running: dict[Members, Members] = {}

    def add(self, demand: Demand) -> None:
        ways = tuple(dict.fromkeys((option.order, option.name) for option in demand.options))
        for option in demand.options:
            place = ways.index((option.order, option.name)) + 1
            for leg in option.legs:
                for cell in demand.cells:
                    for pair in self._pairs(leg, cell):
                        self._add(demand, option, leg, pair, (place, len(ways)))

    def _add(
        self,
        demand: Demand,
        option: Option,
        leg: Leg,
        pair: tuple[str, str, Members, Members],
        place: tuple[int, int],
    ) -> None:
        source, destination, vms, proxies = pair
        key = (leg.asked.row.id, source, destination, leg.asked.service)
        collected = self.found.get(key)
        if collected is None:
            collected = self.found[key] = _Collected(leg, source, destination, *place)
        if place[1] < collected.ways:
            collected.place, collected.ways = place
        collected.steps |= self._steps(demand, option.step, leg.asked, proxies)
        collected.vms |= vms
        collected.proxies |= proxies

    def _pairs(self, leg: Leg, cell: Cell) -> Iterator[tuple[str, str, Members, Members]]:
        """Source and destination of every flow of a leg, with the VMs and proxies for which it counts."""
        asked = leg.asked
        ours = self._ends(leg.source, asked.source.node, self._source, cell, cell.vms, cell.proxies)
        for source, vms, proxies in ours:
            theirs = self._ends(leg.destination, asked.destination.node, self._destination, cell, vms, proxies)
            for destination, mine, able in theirs:
                yield source, destination, mine, able

    def _ends(
        self, axis: Axis | None, name: str, only: str | None, cell: Cell, vms: Members, proxies: Members
    ) -> Iterator[tuple[str, Members, Members]]:
        match axis:
            case None:
                if only is None or only == name:
                    yield name, vms, proxies
            case Axis.GUEST:
                for one in _singles(self._demands.vms, vms, only):
                    yield self._demands.vms.first(one), one, proxies
            case Axis.PROXY:
                for one in _singles(self._estate.proxies, proxies, only):
                    yield self._estate.proxies.first(one), vms, one
            case Axis.HOST:
                for one in _singles(self._estate.hosts, cell.hosts, only):
                    if here := vms & self._running_on(one):
                        yield self._estate.hosts.first(one), here, proxies
            case Axis.SERVER:
                for one in _singles(self._estate.servers, cell.servers, only):
                    yield self._estate.servers.first(one), vms, proxies

    def _steps(self, demand: Demand, opened: StepId | None, asked: Asked, proxies: Members) -> set[StepId]:
        """Where a connection is opened, and of the row's other steps those that rest on it here."""
        if opened is None:
            return set(demand.rests)
        found = {opened}
        if demand.failover_step is not None:
            found.add(demand.failover_step)
        for step in asked.row.steps:
            if step.phase is Phase.DATA_TRANSPORT and opened.phase is Phase.INITIALISATION:
                found |= {step} & self._modes(proxies)
            elif step.phase not in _CHOSEN_PHASES:
                found.add(step)
        return found

    def _modes(self, proxies: Members) -> set[StepId]:
        """The steps of phase 5 that one of those proxies can go through."""
        known = self._known.get(proxies)
        if known is None:
            known = self._known[proxies] = {
                step
                for demand in self._demands.demands
                if demand.step is not None and demand.step.phase is Phase.DATA_TRANSPORT
                for step in (demand.step, demand.failover_step)
                if step is not None and any(cell.proxies & proxies for cell in demand.cells)
            }
        return known

    def _running_on(self, host: Members) -> Members:
        known = self._running.get(host)
        if known is None:
            known = self._running[host] = self._demands.running_on(host)
        return known

    def connections(self, levels: frozenset[Level]) -> tuple[RequiredConnection, ...]:
        """Everything that was listed and is of these levels, in its order."""
        found = (self._connection(one) for one in self.found.values())
        return tuple(sorted((one for one in found if one.level in levels), key=_place))

    def _connection(self, collected: _Collected) -> RequiredConnection:
        asked = collected.leg.asked
        source, destination = collected.source, collected.destination
        ours, theirs = self._policy.addresses(source, destination)
        row = asked.row
        return RequiredConnection(
            asked=Asked(
                row, replace(asked.source, node=source), replace(asked.destination, node=destination), asked.service
            ),
            steps=tuple(sorted(collected.steps, key=_ORDER.__getitem__)),
            need=row.need,
            way=row.alternative,
            order=row.order,
            place=collected.place,
            ways=collected.ways,
            source_address=ours,
            destination_address=theirs,
            level=Level.LOCAL if source == destination else row.level,
            vms=self._demands.vms.members(collected.vms),
            proxies=self._estate.proxies.members(collected.proxies),
        )


def _singles(roster: Roster, chosen: Members, only: str | None) -> Iterator[Members]:
    """The sets of one member each, or of them that of one name."""
    return singles(chosen if only is None else chosen & roster.of((only,)))


def _place(one: RequiredConnection) -> tuple[int, str, str, int, Service, str, str]:
    asked = one.asked
    return (
        _ORDER[one.steps[0]],
        asked.source.node,
        asked.destination.node,
        one.place,
        asked.service,
        str(one.need),
        asked.row.id,
    )
