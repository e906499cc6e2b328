"""On what a change can act, and what there is in its place: asked before a run is simulated with it.

A change that could not make any run of the topology different is refused, so that nobody takes "nothing is different"
for an answer about it. Decided here from what the simulation goes by: the machines on which tasks have slots and data
movers, the rows of the catalogue that a running job opens, VMware Tools and changed block tracking of the file's VMs.
Whether a change does make this run different is for the run to say.
Never here: what a change does (`simulation`), text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vbtui.catalogue import Party, Row, load_catalogue
from vbtui.topology import Job, Node, Topology, Vm
from vbtui.vocabulary import Component, Level, Profile, Role
from vbtui.workflow.changes import (
    CbtReset,
    ConnectionSet,
    FailoverSet,
    ProcessKilled,
    RuleSet,
    ServiceSet,
    SlotsSet,
    WorldChange,
)
from vbtui.workflow.guest import guest_need
from vbtui.workflow.parties import Cast, backup_server
from vbtui.workflow.transfer import can_track

_OPENED: Final = frozenset({Level.REQUIRED, Level.LOCAL})
"""Levels of the rows that events of a run open; no event needs the others."""


class Lack(StrEnum):
    """What a change would need."""

    FIREWALL = "firewall"
    RULE = "rule"
    MACHINE = "machine"
    COMPONENT = "component"
    """Something on that machine that a run connects to, or cannot do without."""
    SLOTS = "slots"
    """Task slots: it is neither a proxy nor a repository server."""
    DATA_MOVER = "data_mover"
    TRACKING = "tracking"
    """A VM of the job with changed block tracking."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a change cannot act."""

    change: WorldChange
    lack: Lack
    found: str
    """The name that has it not."""
    expected: tuple[str, ...]
    """The names that would do, sorted; those of components where the machine has another."""


def objection_to(
    topology: Topology,
    job: Job,
    change: WorldChange,
    *,
    profile: Profile | None = None,
    with_history: Collection[str] = (),
) -> Objection | None:
    """Why `change` has nothing to act on in a run of `job`; None where it has.

    `profile` replaces the file's; `with_history` are the VMs that have a restore point.
    """
    match change:
        case RuleSet(firewall, rule):
            rules = {one.name: {item.name for item in one.rules} for one in topology.firewalls}
            if firewall not in rules:
                return _lacks(change, Lack.FIREWALL, firewall, rules)
            return None if rule in rules[firewall] else _lacks(change, Lack.RULE, rule, rules[firewall])
        case ConnectionSet(source, destination):
            machines = _machines(topology)
            unknown = next((one for one in (source, destination) if one not in machines), None)
            return None if unknown is None else _lacks(change, Lack.MACHINE, unknown, machines)
        case ServiceSet(node, component):
            machines = _machines(topology)
            if node not in machines:
                return _lacks(change, Lack.MACHINE, node, machines)
            known = components_of(topology, node, profile)
            return None if component in known else _lacks(change, Lack.COMPONENT, node, known)
        case SlotsSet(node):
            movers = data_movers(topology)
            return None if node in movers else _lacks(change, Lack.SLOTS, node, movers)
        case ProcessKilled(node):
            movers = data_movers(topology)
            return None if node in movers else _lacks(change, Lack.DATA_MOVER, node, movers)
        case CbtReset(vm):
            tracked = {
                one.name for one in job.vms if can_track(topology.vm(one.name), has_point=one.name in with_history)
            }
            return None if vm in tracked else _lacks(change, Lack.TRACKING, vm, tracked)
        case FailoverSet():
            return None


def _lacks(change: WorldChange, lack: Lack, found: str, expected: Collection[str]) -> Objection:
    return Objection(change, lack, found, tuple(sorted(expected)))


def _machines(topology: Topology) -> set[str]:
    return {*(one.name for one in topology.nodes), *(one.name for one in topology.vms)}


def data_movers(topology: Topology) -> frozenset[str]:
    """The machines that run data movers, and have task slots: proxies and repository servers. Of a repository that is a
    share behind a gateway server it is the gateway."""
    proxies = (node.name for node in topology.with_role(Role.PROXY))
    return frozenset((*proxies, *(node.gateway or node.name for node in topology.with_role(Role.REPOSITORY))))


def components_of(topology: Topology, name: str, profile: Profile | None = None) -> frozenset[Component]:
    """What can be stopped on a node or VM of the topology so that a run, of whichever job, may notice."""
    rows = [row for row in load_catalogue(profile or topology.profile).rows if row.level in _OPENED]
    found = {row.destination_component for cast in _casts(topology, name) for row in rows if _accepts(cast, row, name)}
    if name in data_movers(topology):
        found.add(Component.DATA_MOVER)
    if any(vm.name == name and vm.tools == "running" for vm in topology.vms):
        found.add(Component.VMWARE_TOOLS)
    return frozenset(found)


def _accepts(cast: Cast, row: Row, name: str) -> bool:
    if row.destination is Party.GUEST and (cast.vm is None or row.need is not guest_need(cast.vm)):
        return False
    return name in cast.names(row.destination) and row.when <= cast.facts(row)


def _casts(topology: Topology, name: str) -> Iterator[Cast]:
    """A machine in every part that it can play: as a proxy, as a VM or what one rests on, for each job."""
    node = next((one for one in topology.nodes if one.name == name), None)
    vm = _vm_for(topology, name)
    proxy = node if node is not None and node.has(Role.PROXY) else topology.first(Role.PROXY)
    performer = node if node is not None and _performs(topology, node) else None
    for job in topology.jobs:
        yield Cast(topology, job, vm=vm, proxy=proxy, performer=performer)


def _performs(topology: Topology, node: Node) -> bool:
    return node.has(Role.GUEST_INTERACTION_PROXY) or node == backup_server(topology)


def _vm_for(topology: Topology, name: str) -> Vm:
    """A VM that is the machine, runs on it, is managed by it or lies on it. Where none is yet, one that could run on
    it; the file's checks guarantee that there is a VM."""
    hosts = [one for one in topology.with_role(Role.ESXI_HOST) if name in (one.name, one.managed_by)]
    names = {one.name for one in hosts}
    stores = {one.name for one in topology.datastores if one.array == name}
    for vm in topology.vms:
        if vm.name == name or vm.host in names or any(disk.datastore in stores for disk in vm.disks):
            return vm
    first = topology.vms[0]
    return first.model_copy(update={"host": hosts[0].name}) if hosts else first
