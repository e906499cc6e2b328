"""What a job rests on although no step opens it: names, time, identity, deployment, optional features.

Decided here: for which machines of a job such a row counts. Rows count one by one, each a demand of its own; the
machines come from `Casting`, as everywhere.
Never here: the connections of the process itself (`demands`), firewall rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from vbtui.catalogue import Need, Party, Row, When
from vbtui.planning.casting import Casting, Part, WayOnAxes
from vbtui.planning.demands import Cell, Demand, JobDemands, Option
from vbtui.planning.estate import Shape
from vbtui.planning.folding import Axis, Members, singles
from vbtui.planning.report import Effect
from vbtui.topology import Job
from vbtui.vocabulary import Level, StepId, Trigger
from vbtui.workflow.guest import wanted
from vbtui.workflow.parties import TRIGGERS

NEEDS: Final = (Need.NAME_RESOLUTION, Need.TIME, Need.DIRECTORY, Need.OPTIONAL, Need.DEPLOYMENT)
"""Needs that no event meets. All others are met by a step of the process."""

_OF_A_VM: Final = {Party.GUEST, Party.GUEST_INTERACTION_PROXY, Party.ESXI_HOST, Party.VCENTER, Party.STORAGE}
_OF_A_PROXY: Final = {Party.PROXY, Party.APPLIANCE}
_OF_A_TRIGGER: Final = {Party.CONSOLE, Party.POWERSHELL, Party.ENTERPRISE_MANAGER, Party.REST_CLIENT}


def surrounding_demands(casting: Casting, demands: JobDemands, levels: frozenset[Level]) -> Iterator[Demand]:
    """The rows of `NEEDS` that count for the job and have one of the levels, in the catalogue's order."""
    for row in casting.catalogue.rows:
        if row.need in NEEDS and row.level in levels and _triggered(row, demands.job):
            for part, cell, steps in _parts(casting, demands, row):
                rests = steps & frozenset(row.steps)
                if rests:
                    for way in casting.ways_of_row(row, demands.job, part):
                        yield from _by_machines(casting, row, way, cell, rests)


def _by_machines(casting: Casting, row: Row, way: WayOnAxes, cell: Cell, rests: frozenset[StepId]) -> Iterator[Demand]:
    """The connections of a row by who asks whom; inside one machine nothing has to be allowed."""
    proxies = casting.estate.proxies
    for pair in casting.pairs(way):
        involved = Axis.PROXY in (pair.source, pair.destination) or any(
            cell.proxies & proxies.bit(side) for side in (pair.source, pair.destination) if side in proxies.index
        )
        mine = cell._replace(servers=pair.servers, proxies=cell.proxies if involved else 0)
        option = Option(way.name, way.order, None, pair.legs)
        yield Demand(row.need, None, (option,), (mine,), Effect.INFRASTRUCTURE, rests=rests)


def _triggered(row: Row, job: Job) -> bool:
    """Rows of a console or Enterprise Manager count only for a job that is started there."""
    if row.source not in _OF_A_TRIGGER:
        return True
    return job.trigger is not Trigger.SCHEDULE and TRIGGERS[job.trigger][2] is row.source_component


def _parts(casting: Casting, demands: JobDemands, row: Row) -> Iterator[tuple[Part, Cell, frozenset[StepId]]]:
    """The machines that the row's parties can mean, as far as it makes a difference, with the steps they go through."""
    parties = {row.source, row.destination}
    of_a_vm = bool(parties & _OF_A_VM or row.when & {When.VCENTER, When.STANDALONE})
    of_a_proxy = bool(parties & _OF_A_PROXY)
    for part, cell in _placed(casting, demands, parties) if of_a_vm else ((Part(), Cell()),):
        vms = cell.vms if of_a_vm else None
        # The repository server may be an appliance without any proxy.
        if not of_a_proxy or Party.APPLIANCE in parties:
            yield part, cell, demands.steps(vms)
        if of_a_proxy:
            for shape, proxies in _shapes(casting, demands):
                for alike in _with_equal_steps(demands, vms, proxies):
                    yield replace(part, proxy=shape), cell._replace(proxies=alike), demands.steps(vms, alike)


def _placed(casting: Casting, demands: JobDemands, parties: set[Party]) -> Iterator[tuple[Part, Cell]]:
    """Every VM on its hosts, those together that a row of these parties cannot tell apart."""
    for guests in demands.guests:
        performer = casting.performers(guests.vm, guests.processing)[0] if wanted(guests.processing) else None
        # Without guest processing its guest was not looked at, and nowhere the storage of all its disks.
        apart = Party.STORAGE in parties or (Party.GUEST in parties and performer is None)
        for vms in singles(guests.cell.vms) if apart else _alike(demands, guests.cell.vms):
            vm = casting.topology.vm(demands.vms.first(vms))
            for shape in casting.estate.host_shapes:
                if hosts := guests.cell.hosts & shape.members:
                    cell = guests.cell._replace(vms=vms, hosts=hosts, guest=guests.cell.guest or vm.name)
                    yield Part(vm, shape, performer=performer), cell


def _alike(demands: JobDemands, vms: Members) -> Iterable[Members]:
    """Those VMs by the transport modes that their disks have."""
    parts = [vms]
    for disks in demands.disks:
        mine = disks.cell.vms
        parts = [piece for part in parts for piece in (part & mine, part & ~mine) if piece]
    return parts


def _shapes(casting: Casting, demands: JobDemands) -> Iterator[tuple[Shape, Members]]:
    possible = demands.proxies
    for shape in casting.estate.proxy_shapes:
        if proxies := possible & shape.members:
            yield shape, proxies


def _with_equal_steps(demands: JobDemands, vms: Members | None, proxies: Members) -> Iterable[Members]:
    """Those proxies by the transport modes that they could take for those VMs."""
    by_step: dict[StepId, Members] = {}
    for disks in demands.disks:
        if vms is None or vms & disks.cell.vms:
            by_step[disks.mode.step] = by_step.get(disks.mode.step, 0) | disks.cell.proxies
    parts = [proxies]
    for taking in by_step.values():
        parts = [piece for part in parts for piece in (part & taking, part & ~taking) if piece]
    return parts
