"""Where each VM of a job could run and which proxies could get each of its disks.

Decided here: the hosts of a VM. It counts for every host that it can be moved to without anybody touching the job:
the hosts of its host's cluster that mount all of its datastores (vMotion needs no more for the ports to change).
Never here: load, slots, firewall rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vbtui.planning.report import Subject
from vbtui.topology import Disk, GuestProcessing, Job, Node, Topology, Vm
from vbtui.vocabulary import Role, StepId
from vbtui.workflow import proxies_of, vms_of
from vbtui.workflow.slots import Scheduler


@dataclass(frozen=True, slots=True)
class Placement:
    """A VM on one host that could run it."""

    vm: Vm
    """As in the file, but for its host."""
    host: Node
    processing: GuestProcessing
    proxies: Mapping[str, tuple[Node, ...]]
    """By disk name: the proxies that have a transport mode for it, best mode first."""

    @property
    def guest_step(self) -> StepId:
        """Where guest processing begins."""
        return StepId.GUEST_WINDOWS if self.vm.os == "windows" else StepId.GUEST_LINUX

    def subject(self, disk: Disk | None = None, proxy: Node | None = None) -> Subject:
        """This VM here, or one of its disks on a proxy."""
        return Subject(
            vms=(self.vm.name,),
            tasks=(f"{self.vm.name}/{disk.name}",) if disk else (),
            hosts=(self.host.name,),
            proxies=(proxy.name,) if proxy else (),
        )


def placements(topology: Topology, job: Job) -> tuple[Placement, ...]:
    """Every VM of the job on every host that could run it, in the job's order, its present host first."""
    scheduler = Scheduler(topology, job)
    found = []
    for vm, processing in vms_of(topology, job):
        for host in hosts_of(topology, vm):
            here = vm if host.name == vm.host else vm.model_copy(update={"host": host.name})
            proxies = {
                disk.name: scheduler.candidates(here, disk, failover=job.failover_to_network) for disk in vm.disks
            }
            found.append(Placement(here, host, processing, MappingProxyType(proxies)))
    return tuple(found)


def hosts_of(topology: Topology, vm: Vm) -> tuple[Node, ...]:
    """The VM's host, then the other hosts of its cluster that mount all of its datastores, in the file's order."""
    host = topology.node(vm.host)
    if host.cluster is None or host.managed_by is None:
        return (host,)
    cluster = (host.managed_by, host.datacenter, host.cluster)
    stores = {disk.datastore for disk in vm.disks}
    others = (
        node
        for node in topology.with_role(Role.ESXI_HOST)
        if node.name != host.name
        and (node.managed_by, node.datacenter, node.cluster) == cluster
        and stores <= set(node.datastores)
    )
    return (host, *others)


def possible_proxies(topology: Topology, job: Job, places: Iterable[Placement]) -> tuple[Node, ...]:
    """The job's proxies that could get at least one of its tasks, in the file's or the job's order."""
    used = {node.name for place in places for nodes in place.proxies.values() for node in nodes}
    return tuple(node for node in proxies_of(topology, job) if node.name in used)
