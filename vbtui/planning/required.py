"""Every connection that a job could open: what a change request has to name.

In: a topology, a job, a profile. Out: `RequiredConnection`s, each row, flow and service once, with the steps, VMs and
proxies that it counts for. A VM without guest processing needs nothing in its guest, a proxy that cannot read storage
directly needs no storage network; network mode is counted where a failover can lead to it.
The addresses are those that the firewall room picks for the pair: one place decides which of several is used.
Never here: whether a connection passes (`check`), text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from vbtui.catalogue import load_catalogue
from vbtui.firewall import Policy, Verdict
from vbtui.planning.demands import Demand, process_demands
from vbtui.planning.placement import placements
from vbtui.planning.report import RequiredConnection
from vbtui.planning.surroundings import surrounding_demands
from vbtui.topology import Job, Topology
from vbtui.vocabulary import Level, Phase, Profile, Service, StepId
from vbtui.workflow import Asked
from vbtui.workflow.parties import proxies_of

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
    wanted = frozenset(levels)
    catalogue = load_catalogue(profile or topology.profile)
    found: dict[tuple[str, str, str, Service], _Collected] = {}
    places = placements(topology, job)
    demands = tuple(process_demands(topology, job, catalogue, places))
    modes = _steps_by_proxy(demands)
    for demand in chain(demands, surrounding_demands(topology, job, catalogue, places, frozenset(Level))):
        ways = tuple(dict.fromkeys((option.order, option.name) for option in demand.options))
        for option in demand.options:
            place = ways.index((option.order, option.name)) + 1
            for asked in option.asked:
                key = (asked.row.id, asked.source.node, asked.destination.node, asked.service)
                collected = found.setdefault(key, _Collected(asked, place, len(ways)))
                if len(ways) < collected.ways:
                    collected.place, collected.ways = place, len(ways)
                collected.steps |= _steps(demand, option.step, asked, modes)
                collected.vms |= dict.fromkeys(demand.subject.vms)
                collected.proxies |= dict.fromkeys(demand.subject.proxies)
    vms = {item.name: place for place, item in enumerate(job.vms)}
    proxies = {node.name: place for place, node in enumerate(proxies_of(topology, job))}
    policy = Policy(topology)
    connections = (
        collected.connection(vms, proxies, policy.evaluate(source, destination, service))
        for (_, source, destination, service), collected in found.items()
    )
    return tuple(sorted((one for one in connections if one.level in wanted), key=_place))


@dataclass
class _Collected:
    """One connection while the demands that ask for it come in."""

    asked: Asked
    place: int
    ways: int
    steps: set[StepId] = field(default_factory=set)
    vms: dict[str, None] = field(default_factory=dict)
    proxies: dict[str, None] = field(default_factory=dict)

    def connection(self, vms: dict[str, int], proxies: dict[str, int], verdict: Verdict) -> RequiredConnection:
        row = self.asked.row
        local = self.asked.source.node == self.asked.destination.node
        return RequiredConnection(
            asked=self.asked,
            steps=tuple(sorted(self.steps, key=_ORDER.__getitem__)),
            need=row.need,
            way=row.alternative,
            order=row.order,
            place=self.place,
            ways=self.ways,
            source_address=verdict.source_address,
            destination_address=verdict.destination_address,
            level=Level.LOCAL if local else row.level,
            vms=tuple(sorted(self.vms, key=vms.__getitem__)),
            proxies=tuple(sorted(self.proxies, key=proxies.__getitem__)),
        )


def _steps(
    demand: Demand,
    opened: StepId | None,
    asked: Asked,
    modes: dict[str, set[StepId]],
) -> set[StepId]:
    """Where a connection is opened, and of the row's other steps those that rest on it here."""
    if opened is None:
        return set(demand.rests)
    found = {opened}
    if demand.failover_step is not None:
        found.add(demand.failover_step)
    for step in asked.row.steps:
        if step.phase is Phase.DATA_TRANSPORT and opened.phase is Phase.INITIALISATION:
            found |= {step} & {mode for proxy in demand.subject.proxies for mode in modes.get(proxy, ())}
        elif step.phase not in _CHOSEN_PHASES:
            found.add(step)
    return found


def _steps_by_proxy(demands: Iterable[Demand]) -> dict[str, set[StepId]]:
    """The steps of phase 5 that each proxy can go through."""
    found: dict[str, set[StepId]] = {}
    for demand in demands:
        if demand.step is not None and demand.step.phase is Phase.DATA_TRANSPORT:
            for proxy in demand.subject.proxies:
                steps = found.setdefault(proxy, set())
                steps.add(demand.step)
                if demand.failover_step is not None:
                    steps.add(demand.failover_step)
    return found


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
