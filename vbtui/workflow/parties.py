"""Who is who: the machines behind the catalogue's parties for one job, VM and proxy.

Decided here and nowhere else: which node a party of a catalogue row means, which conditions of rows hold, and which
connections a need therefore asks for. The simulation and the policy check both ask here, so they cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from vbtui.catalogue import Catalogue, Need, Party, Row, When
from vbtui.topology import Disk, GuestProcessing, Job, Node, Topology, Vm, addresses_of
from vbtui.trace import Endpoint
from vbtui.vocabulary import Component, Role, Service, Trigger

_WHENEVER = frozenset(When)
"""Every condition: what holds is asked row by row."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One connection that a need asks for: a row between two machines, one service at a time."""

    row: Row
    source: Endpoint
    destination: Endpoint
    service: Service


@dataclass(frozen=True, slots=True)
class Way:
    """One alternative of a need, with machines: every connection is required."""

    need: Need
    name: str
    order: int
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """The machines that play in one part of a job. `performer` acts for the guest interaction proxy."""

    topology: Topology
    job: Job
    vm: Vm | None = None
    disk: Disk | None = None
    """The task's disk; without it storage stands for that of all the VM's disks."""
    proxy: Node | None = None
    performer: Node | None = None

    @property
    def backup_server(self) -> Node:
        return backup_server(self.topology)

    @property
    def repository(self) -> Node:
        """The server whose data mover writes: the repository or the gateway in front of its share."""
        node = self.topology.node(self.job.repository)
        return self.topology.node(node.gateway) if node.gateway else node

    @property
    def host(self) -> Node | None:
        return self.topology.node(self.vm.host) if self.vm else None

    def names(self, party: Party) -> tuple[str, ...]:
        """Names of the machines behind a party; empty if this part of the job has none."""
        match party:
            case Party.BACKUP_SERVER:
                return (self.backup_server.name,)
            case Party.PROXY:
                return (self.proxy.name,) if self.proxy else ()
            case Party.REPOSITORY:
                return (self.repository.name,)
            case Party.SHARE:
                share = self.topology.node(self.job.repository).share
                return (share,) if share else ()
            case Party.ESXI_HOST:
                return (self.host.name,) if self.host else ()
            case Party.VCENTER:
                return (self.host.managed_by,) if self.host and self.host.managed_by else ()
            case Party.GUEST_INTERACTION_PROXY:
                return ((self.performer or self.backup_server).name,)
            case Party.GUEST:
                return (self.vm.name,) if self.vm else ()
            case Party.STORAGE:
                return self._storage()
            case Party.CONSOLE | Party.POWERSHELL | Party.ENTERPRISE_MANAGER | Party.REST_CLIENT:
                node = trigger_node(self.topology, self.job)
                return (node.name,) if node else ()
            case Party.CONFIG_DB:
                node = config_database(self.topology)
                return (node.name,) if node else ()
            case Party.ANY_SERVER:
                return tuple(node.name for node in self.topology.nodes if not SERVERS.isdisjoint(node.roles))
            case Party.APPLIANCE:
                return tuple(
                    node.name
                    for node in (self.proxy, self.repository)
                    if node is not None and node.appliance and Role.BACKUP_SERVER not in node.roles
                )
            case Party.DNS:
                return tuple(node.name for node in self.topology.with_role(Role.DNS))
            case Party.NTP:
                return tuple(node.name for node in self.topology.with_role(Role.NTP))
            case Party.DIRECTORY:
                return tuple(node.name for node in self.topology.with_role(Role.DIRECTORY))

    def _storage(self) -> tuple[str, ...]:
        if self.vm is None:
            return ()
        disks = self.vm.disks if self.disk is None else (self.disk,)
        stores = [self.topology.datastore(disk.datastore) for disk in disks]
        return tuple(dict.fromkeys(store.array for store in stores if store.array))

    def facts(self, row: Row) -> frozenset[When]:
        """The conditions that hold for a row in this cast."""
        found: set[When] = set()
        if self.host is not None:
            found.add(When.VCENTER if self.host.managed_by else When.STANDALONE)
        database = config_database(self.topology)
        if database is not None:
            postgresql = database.database == "postgresql"
            found.add(When.REMOTE_DATABASE_POSTGRESQL if postgresql else When.REMOTE_DATABASE_MSSQL)
        repository = self.topology.node(self.job.repository)
        if repository.share:
            found.add(When.SHARE_SMB if repository.share_protocol == "smb" else When.SHARE_NFS)
        if repository.gateway:
            found.add(When.GATEWAY)
        windows = self.backup_server.os == "windows"
        found.add(When.WINDOWS_BACKUP_SERVER if windows else When.LINUX_BACKUP_SERVER)
        systems = {_system(self.topology, name) for name in self.names(row.destination)}
        if systems == {"windows"}:
            found.add(When.WINDOWS_DESTINATION)
        elif systems == {"linux"}:
            found.add(When.LINUX_DESTINATION)
        if self.names(Party.APPLIANCE):
            found.add(When.APPLIANCE)
        return frozenset(found)

    def ways(self, catalogue: Catalogue, need: Need) -> tuple[Way, ...]:
        """The alternatives of a need with their machines, in the order in which they are tried.

        Rows that join a machine to itself stay: a view shows them as local. Alternatives whose parties do not exist
        here are left out.
        """
        found = []
        every = catalogue.alternatives(need, _WHENEVER)
        # By destination, all that facts ask of a row: large jobs ask for ways thousands of times.
        facts = {row.destination: self.facts(row) for one in every for row in one.rows}
        for alternative in every:
            asked = tuple(
                Asked(row, Endpoint(source, row.source_component), Endpoint(target, row.destination_component), service)
                for row in alternative.rows
                if row.when <= facts[row.destination]
                for source in self.names(row.source)
                for target in self.names(row.destination)
                for service in row.services
            )
            if asked:
                found.append(Way(need, alternative.name, alternative.order, _without_repeats(asked)))
        return tuple(found)

    def proxy_callbacks(self, catalogue: Catalogue) -> tuple[Way, ...]:
        """The calls with which an appliance that is the proxy here answers the backup server.

        Empty for any other proxy, and for one that is the repository server too: that has called back already.
        """
        if self.proxy is None or not self.proxy.appliance or self.proxy.name == self.repository.name:
            return ()
        own = (
            replace(way, asked=tuple(one for one in way.asked if one.source.node == self.proxy.name))
            for way in self.ways(catalogue, Need.APPLIANCE_CALLBACK)
        )
        return tuple(way for way in own if way.asked)


def _without_repeats(asked: tuple[Asked, ...]) -> tuple[Asked, ...]:
    """Two rows may mean one connection, such as when the backup server is the guest interaction proxy."""
    seen: dict[tuple[str, str, Service], Asked] = {}
    for one in asked:
        seen.setdefault((one.source.node, one.destination.node, one.service), one)
    return tuple(seen.values())


SERVERS: Final = frozenset(
    {
        Role.BACKUP_SERVER,
        Role.PROXY,
        Role.REPOSITORY,
        Role.GATEWAY,
        Role.GUEST_INTERACTION_PROXY,
        Role.ENTERPRISE_MANAGER,
    }
)
"""Roles of the servers of the backup infrastructure."""


def _system(topology: Topology, name: str) -> str:
    try:
        return topology.node(name).os
    except KeyError:
        return topology.vm(name).os


def backup_server(topology: Topology) -> Node:
    """The backup server; the file's checks guarantee that there is one."""
    node = topology.first(Role.BACKUP_SERVER)
    if node is None:
        raise LookupError("a topology without a backup server")
    return node


def config_database(topology: Topology) -> Node | None:
    """The configuration database's machine if it is not the backup server itself."""
    node = topology.first(Role.CONFIG_DB)
    return node if node is not None and Role.BACKUP_SERVER not in node.roles else None


TRIGGERS: dict[Trigger, tuple[Need, Role, Component]] = {
    Trigger.CONSOLE: (Need.TRIGGER_CONSOLE, Role.CONSOLE, Component.CONSOLE),
    Trigger.ENTERPRISE_MANAGER: (
        Need.TRIGGER_ENTERPRISE_MANAGER,
        Role.ENTERPRISE_MANAGER,
        Component.ENTERPRISE_MANAGER,
    ),
    Trigger.POWERSHELL: (Need.TRIGGER_POWERSHELL, Role.CONSOLE, Component.POWERSHELL),
    Trigger.REST: (Need.TRIGGER_REST, Role.REST_CLIENT, Component.REST_CLIENT),
}
"""Who starts a job from outside. The schedule is the backup server's own."""


def trigger_node(topology: Topology, job: Job) -> Node | None:
    """The machine that starts the job; None for the schedule or where the file has no such machine."""
    if job.trigger_from is not None:
        return topology.node(job.trigger_from)
    if job.trigger not in TRIGGERS:
        return None
    return topology.first(TRIGGERS[job.trigger][1])


def proxies_of(topology: Topology, job: Job) -> tuple[Node, ...]:
    """The proxies that the job may use, in the file's or the job's order."""
    if job.proxies == "auto":
        return topology.with_role(Role.PROXY)
    return tuple(topology.node(name) for name in job.proxies)


def vms_of(topology: Topology, job: Job) -> tuple[tuple[Vm, GuestProcessing], ...]:
    """The job's VMs in its order, each with the guest processing that holds for it."""
    return tuple((topology.vm(item.name), item.guest_processing or job.guest_processing) for item in job.vms)


def performers(topology: Topology, vm: Vm, processing: GuestProcessing) -> tuple[Node, ...]:
    """Who may act inside the guest, in order: the guest interaction proxy, then the backup server in its place.

    Order of choice: in the guest's network before any other, there and elsewhere another server before the backup
    server, which can always do it (Help Center, guest interaction proxy); among equals the file's order.
    """
    server = backup_server(topology)
    if processing.interaction_proxy is not None:
        chosen = topology.node(processing.interaction_proxy)
    else:
        zones = {one.zone for one in addresses_of(vm)}
        nodes = [node for node in topology.with_role(Role.GUEST_INTERACTION_PROXY) if node is not server]
        chosen = min(
            (*nodes, server), key=lambda node: (not zones & {one.zone for one in addresses_of(node)}, node is server)
        )
    return (chosen,) if chosen is server else (chosen, server)
