"""Where each VM could run, and which proxies could get each of its disks in which transport mode.

Decided here: the hosts of a VM. It counts for every host that it can be moved to without anybody touching the job:
the hosts of its host's cluster that mount all of its datastores (vMotion needs no more for the ports to change).
Which mode a proxy takes is decided in `workflow.transport` alone. It is asked once for each combination of what it
looks at: the facts of VM and disk, the facts of the proxy, and whether the proxy has access to the datastore, its host
mounts all of the VM's datastores, and the two stand in one datacenter.
In: a topology, a folding. Out: an `Estate`, shared by all jobs of the topology.
Never here: load, slots, firewall rules.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from vbtui.planning.folding import Axis, Folding, MachineClass, Members, Roster, classes
from vbtui.topology import Disk, Node, Topology, Vm
from vbtui.vocabulary import Role, TransportMode
from vbtui.workflow.parties import SERVERS
from vbtui.workflow.transport import PREFERENCE, choose, objection


@dataclass(frozen=True, slots=True)
class Shape:
    """Hosts or proxies in which the process sees no difference."""

    node: Node
    """The one that is cast for all."""
    members: Members
    folds: bool
    """It stands for all of them; otherwise for itself, because it has other roles too."""


@dataclass(frozen=True, slots=True)
class TaskModes:
    """The proxies that could get a disk, by the mode that they would take, best mode first."""

    proxies: tuple[tuple[TransportMode, Members], ...]
    obstacles: tuple[tuple[str, Members], ...] = ()
    """Codes of what keeps the others from the one mode that is assumed of all."""


class Placement(NamedTuple):
    """A disk of a VM on some of the hosts that the VM could run on, all in one location."""

    modes: TaskModes
    hosts: Members
    kind: int
    """Equal where modes, array and kinds of hosts are: to the process such disks are one."""


class _DiskFacts(NamedTuple):
    """What the choice of a mode looks at of a disk, its VM and the job."""

    kind: str
    fabric: str
    ide: bool
    encrypted: bool
    with_snapshots: bool
    on_volumes: bool
    """One of the VM's disks lies on virtual volumes."""
    failover: bool
    assumed: TransportMode | None
    name: Hashable
    """Where nothing folds: the VM and the disk."""


Location = Hashable
"""What a transport mode depends on of a VM's host: its datacenter, or a standalone host that runs a proxy."""

_BITS: Final = ((True, True), (True, False), (False, True), (False, False))


class Estate:
    """Hosts, proxies and servers of a topology with their classes, and what a VM's place there means."""

    def __init__(self, topology: Topology, folding: Folding) -> None:
        self.topology = topology
        self.folding = folding
        hosts, proxies = topology.with_role(Role.ESXI_HOST), topology.with_role(Role.PROXY)
        servers = tuple(node for node in topology.nodes if not SERVERS.isdisjoint(node.roles))
        self.hosts = Roster(node.name for node in hosts)
        self.proxies = Roster(node.name for node in proxies)
        self.servers = Roster(node.name for node in servers)
        self.vms = {vm.name: place for place, vm in enumerate(topology.vms)}
        self.classes: dict[Axis, tuple[MachineClass, ...]] = {
            Axis.HOST: classes(self.hosts, (self._class(node) for node in hosts)),
            Axis.PROXY: classes(self.proxies, (self._class(node) for node in proxies)),
            Axis.SERVER: classes(self.servers, (folding.group(node.name) for node in servers)),
        }
        running = {node.host for node in proxies if node.host is not None}
        self.host_shapes = self._shapes(self.hosts, hosts, lambda node: (node.os, node.managed_by))
        self.proxy_shapes = self._shapes(
            self.proxies, proxies, lambda node: (node.os, node.appliance, node.run_server_on_this_side)
        )
        self._location = {node.name: self._location_of(node, node.name in running) for node in hosts}
        self._locations: dict[Location, Members] = {}
        clusters: dict[Hashable, Members] = {}
        self._mounting: dict[str, Members] = {}
        for place, node in enumerate(hosts):
            here = self._location[node.name]
            self._locations[here] = self._locations.get(here, 0) | 1 << place
            if (cluster := _cluster(node)) is not None:
                clusters[cluster] = clusters.get(cluster, 0) | 1 << place
            for store in node.datastores:
                self._mounting[store] = self._mounting.get(store, 0) | 1 << place
        self._cluster = {node.name: clusters.get(_cluster(node), 0) for node in hosts}
        self._stores = {store.name: store for store in reversed(topology.datastores)}
        self._access: dict[str, Members] = {}
        self._seen: dict[str, Members] = {}
        self._near: dict[Location, Members] = {}
        self._kinds: dict[Hashable, Members] = {}
        for place, node in enumerate(proxies):
            self._note_proxy(node, 1 << place)
        self._examples: dict[Hashable, str] = {}
        self._patterns: dict[Members, int] = {}
        self._numbers: dict[Hashable, int] = {}
        self._placements: dict[Hashable, tuple[tuple[Placement, ...], ...]] = {}
        self._modes: dict[Hashable, TaskModes] = {}
        self._chosen: dict[Hashable, TransportMode | str | None] = {}

    def _class(self, node: Node) -> Hashable:
        return (self.folding.group(node.name),) if len(node.roles) == 1 else node.name

    def _shapes(self, roster: Roster, nodes: Iterable[Node], facts: Callable[[Node], Hashable]) -> tuple[Shape, ...]:
        known = tuple(nodes)
        folds = [len(node.roles) == 1 and self.folding.mark(node.name) is None for node in known]
        keys = [(facts(node),) if alike else node.name for node, alike in zip(known, folds, strict=True)]
        found = classes(roster, keys)
        return tuple(Shape(known[roster.index[one.name]], one.members, folds[roster.index[one.name]]) for one in found)

    def _location_of(self, host: Node, runs_proxy: bool) -> Location:
        if host.managed_by is not None:
            return (host.managed_by, host.datacenter, self.folding.mark(host.name))
        # A standalone host can only attach disks to its own proxies (`workflow.transport`).
        return host.name if runs_proxy else (None, None, self.folding.mark(host.name))

    def _note_proxy(self, proxy: Node, bit: Members) -> None:
        network_only = proxy.hardened and Role.REPOSITORY in proxy.roles
        facts = (proxy.transport, proxy.platform, proxy.host is None, proxy.scsi_controllers < 1, network_only)
        kind = (*facts, proxy.appliance, self.folding.mark(proxy.name))
        self._kinds[kind] = self._kinds.get(kind, 0) | bit
        for store in proxy.storage_access:
            self._access[store] = self._access.get(store, 0) | bit
        if proxy.host is None:
            return
        host = self.topology.node(proxy.host)
        for store in host.datastores:
            self._seen[store] = self._seen.get(store, 0) | bit
        for location, members in self._locations.items():
            there = self.topology.node(self.hosts.first(members))
            apart = host.managed_by is None and host.name != there.name
            if not apart and (host.managed_by, host.datacenter) == (there.managed_by, there.datacenter):
                self._near[location] = self._near.get(location, 0) | bit

    # ---- hosts -------------------------------------------------------------------------------------------------------

    def hosts_of(self, vm: Vm) -> Members:
        """The VM's host and the other hosts of its cluster that mount all of its datastores."""
        found = self._cluster[vm.host]
        for disk in vm.disks:
            found &= self._mounting.get(disk.datastore, 0)
        return found | self.hosts.bit(vm.host)

    def pattern(self, hosts: Members) -> int:
        """A number for which kinds of hosts those are: VMs with equal patterns have one of each, whichever it is.

        Nothing that the process or the firewalls say of a VM on a host depends on more than the host's kind.
        """
        known = self._patterns.get(hosts)
        if known is None:
            kinds = [one.members for one in self.classes[Axis.HOST]] + [one.members for one in self.host_shapes]
            here = tuple(place for place, alike in enumerate(kinds) if alike & hosts)
            known = self._patterns[hosts] = self._numbers.setdefault(here, len(self._numbers))
        return known

    def locations(self, hosts: Members) -> Iterable[tuple[Location, Members]]:
        """Those hosts by what makes a difference to transport modes: as a rule all of them together."""
        first = self._location[self.hosts.first(hosts)]
        if not hosts & ~self._locations[first]:
            return ((first, hosts),)
        return tuple((key, common) for key, members in self._locations.items() if (common := members & hosts))

    def example_of(self, vm: str) -> str:
        """The VM that is asked for all that the firewalls cannot tell from this one: the first that came up."""
        return self._examples.setdefault(self.folding.group(vm), vm)

    # ---- transport modes ---------------------------------------------------------------------------------------------

    def placements(
        self, vm: Vm, hosts: Members, *, failover: bool, assumed: TransportMode | None
    ) -> tuple[tuple[Placement, ...], ...]:
        """For each disk of a VM that could run on those hosts: its modes there, location by location.

        Found once for all VMs that show no difference to `modes`, which of thousands only a few do.
        """
        apart = vm.name if self.folding.mark(vm.name) else None
        stored = tuple([(disk.datastore, disk.controller) for disk in vm.disks])
        key = (hosts, stored, vm.encrypted, vm.snapshots > 0, failover, assumed, apart)
        known = self._placements.get(key)
        if known is None:
            located = [(location, here, self.pattern(here)) for location, here in self.locations(hosts)]
            known = self._placements[key] = tuple(
                tuple(
                    self._placement(self.modes(vm, disk, location, failover=failover, assumed=assumed), disk, *there)
                    for location, *there in located
                )
                for disk in vm.disks
            )
        return known

    def _placement(self, modes: TaskModes, disk: Disk, hosts: Members, pattern: int) -> Placement:
        alike = (id(modes), self.array_of(disk), pattern)
        return Placement(modes, hosts, self._numbers.setdefault(alike, len(self._numbers)))

    def modes(
        self, vm: Vm, disk: Disk, location: Location, *, failover: bool, assumed: TransportMode | None
    ) -> TaskModes:
        """Which proxies of the topology could get a disk of a VM that runs there, and how each would read it.

        With an assumed mode every proxy takes that one or none, whatever its settings and the job's say.
        """
        store = self._stores[disk.datastore]
        access, seen, volumes = self._access.get(store.name, 0), self.proxies.everyone, False
        for one in vm.disks:
            seen &= self._seen.get(one.datastore, 0)
            volumes = volumes or self._stores[one.datastore].kind == "vvol"
        known_by_name = (vm.name, disk.name) if self.folding.mark(vm.name) else None
        facts = _DiskFacts(
            *(store.kind, store.fabric, disk.controller == "ide"),
            *(vm.encrypted, vm.snapshots > 0, volumes),
            *(failover, assumed, known_by_name),
        )
        key = (facts, access, seen, location)
        known = self._modes.get(key)
        if known is None:
            known = self._modes[key] = self._find_modes(vm, disk, location, facts, access, seen)
        return known

    def _find_modes(
        self, vm: Vm, disk: Disk, location: Location, facts: _DiskFacts, access: Members, seen: Members
    ) -> TaskModes:
        near, found = self._near.get(location, 0), dict.fromkeys(PREFERENCE, 0)
        against: dict[str, Members] = {}
        for kind, members in self._kinds.items():
            for reached in (access, ~access):
                for mounted, close in _BITS:
                    alike = members & reached & (seen if mounted else ~seen) & (near if close else ~near)
                    if not alike:
                        continue
                    key = (facts, kind, reached is access, mounted, close, location if facts.name else None)
                    if key not in self._chosen:
                        self._chosen[key] = self._choose(vm, disk, location, self.proxies.first(alike), facts)
                    mode = self._chosen[key]
                    if isinstance(mode, TransportMode):
                        found[mode] |= alike
                    elif mode is not None:
                        against[mode] = against.get(mode, 0) | alike
        return TaskModes(tuple((mode, proxies) for mode, proxies in found.items() if proxies), tuple(against.items()))

    def _choose(
        self, vm: Vm, disk: Disk, location: Location, proxy: str, facts: _DiskFacts
    ) -> TransportMode | str | None:
        """The mode, None where there is none, or the code of what is against the assumed one."""
        if self._location[vm.host] != location:
            there = self.hosts.first(self._locations[location])
            vm = vm.model_copy(update={"host": there})
        node = self.topology.node(proxy)
        if facts.assumed is not None:
            reason = objection(self.topology, vm, disk, node, facts.assumed)
            return facts.assumed if reason is None else reason.code
        return choose(self.topology, vm, disk, node, failover=facts.failover).mode

    def array_of(self, disk: Disk) -> str | None:
        """The node that serves the disk's datastore over IP."""
        return self._stores[disk.datastore].array


def _cluster(host: Node) -> Hashable:
    """The cluster of a host, None if it stands alone; two datacenters may have clusters of one name."""
    if host.cluster is None or host.managed_by is None:
        return None
    return (host.managed_by, host.datacenter, host.cluster)
