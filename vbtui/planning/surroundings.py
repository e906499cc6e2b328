"""What a job rests on although no step opens it: names, time, identity, deployment, optional features.

Decided here: for which machines of a job such a row counts. Rows count one by one, each a demand of its own; the
machines come from `Cast.ways`, as everywhere.
Never here: the connections of the process itself (`demands`), firewall rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from vbtui.catalogue import Catalogue, Need, Party, Row, When
from vbtui.planning.demands import Demand, Option
from vbtui.planning.placement import Placement, possible_proxies
from vbtui.planning.report import Effect, Subject
from vbtui.topology import Job, Node, Topology
from vbtui.vocabulary import Level, Phase, StepId, TransportMode, Trigger
from vbtui.workflow import Asked, Cast, Way, performers
from vbtui.workflow.guest import wanted
from vbtui.workflow.parties import TRIGGERS
from vbtui.workflow.transport import choose

NEEDS: Final = (Need.NAME_RESOLUTION, Need.TIME, Need.DIRECTORY, Need.OPTIONAL, Need.DEPLOYMENT)
"""Needs that no event meets. All others are met by a step of the process."""

_OF_A_VM: Final = {Party.GUEST, Party.GUEST_INTERACTION_PROXY, Party.ESXI_HOST, Party.VCENTER, Party.STORAGE}
_OF_A_PROXY: Final = {Party.PROXY, Party.APPLIANCE}
_OF_A_TRIGGER: Final = {Party.CONSOLE, Party.POWERSHELL, Party.ENTERPRISE_MANAGER, Party.REST_CLIENT}


def surrounding_demands(
    topology: Topology, job: Job, catalogue: Catalogue, places: tuple[Placement, ...], levels: frozenset[Level]
) -> Iterator[Demand]:
    """The rows of `NEEDS` that count for the job and have one of the levels, in the catalogue's order."""
    proxies = possible_proxies(topology, job, places)
    for row in catalogue.rows:
        if row.need not in NEEDS or row.level not in levels or not _triggered(row, job):
            continue
        alone = replace(catalogue, rows=(row,))
        for cast, subject, steps in _casts(topology, job, row, places, proxies):
            if steps.isdisjoint(row.steps):
                continue
            for way in cast.ways(alone, row.need):
                for (source, target), asked in _by_machines(way).items():
                    involved = not {source, target}.isdisjoint(subject.proxies)
                    owner = subject if involved else replace(subject, proxies=())
                    option = Option(way.name, way.order, None, asked)
                    rests = steps & frozenset(row.steps)
                    yield Demand(row.need, None, (option,), owner, Effect.INFRASTRUCTURE, rests=rests)


def _by_machines(way: Way) -> dict[tuple[str, str], tuple[Asked, ...]]:
    """The connections of a row by source and destination; inside one machine nothing has to be allowed."""
    found: dict[tuple[str, str], tuple[Asked, ...]] = {}
    for asked in way.asked:
        pair = (asked.source.node, asked.destination.node)
        if pair[0] != pair[1]:
            found[pair] = (*found.get(pair, ()), asked)
    return found


def _triggered(row: Row, job: Job) -> bool:
    """Rows of a console or Enterprise Manager count only for a job that is started there."""
    if row.source not in _OF_A_TRIGGER:
        return True
    return job.trigger is not Trigger.SCHEDULE and TRIGGERS[job.trigger][2] is row.source_component


def _casts(
    topology: Topology, job: Job, row: Row, places: tuple[Placement, ...], proxies: tuple[Node, ...]
) -> Iterator[tuple[Cast, Subject, frozenset[StepId]]]:
    """One cast for every combination of machines that the row's parties can mean, with the steps they go through."""
    parties = {row.source, row.destination}
    cast = Cast(topology, job)
    here: Iterable[Placement | None] = (
        places if parties & _OF_A_VM or row.when & {When.VCENTER, When.STANDALONE} else (None,)
    )
    with_proxies: tuple[Node | None, ...] = proxies if parties & _OF_A_PROXY else (None,)
    if Party.APPLIANCE in parties:
        with_proxies = (None, *proxies)  # the repository server may be one without any proxy
    for place in here:
        for proxy in with_proxies:
            among = (place,) if place else places
            chosen = replace(cast, vm=place.vm if place else None, proxy=proxy, performer=_performer(topology, place))
            subject = place.subject(proxy=proxy) if place else Subject(proxies=(proxy.name,) if proxy else ())
            yield chosen, subject, passable_steps(topology, job, among, proxy)


def _performer(topology: Topology, place: Placement | None) -> Node | None:
    return performers(topology, place.vm, place.processing)[0] if place and wanted(place.processing) else None


def passable_steps(
    topology: Topology, job: Job, places: Iterable[Placement], proxy: Node | None = None
) -> frozenset[StepId]:
    """Steps that those VMs can go through by configuration, in phase 5 on that proxy or on any."""
    found = {step for step in StepId if step.phase not in (Phase.GUEST_PROCESSING, Phase.DATA_TRANSPORT)}
    for place in places:
        if wanted(place.processing):
            windows = place.vm.os == "windows"
            found |= {StepId.GUEST_WINDOWS, StepId.GUEST_WINDOWS_VIX} if windows else {StepId.GUEST_LINUX}
        for disk in place.vm.disks:
            for candidate in place.proxies[disk.name]:
                if proxy is None or candidate.name == proxy.name:
                    mode = choose(topology, place.vm, disk, candidate, failover=job.failover_to_network).mode
                    found.add(mode.step if mode else TransportMode.NBD.step)
    return frozenset(found)
