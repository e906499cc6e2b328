"""Whether the parts of a topology fit together.

Decided here: every rule that needs two values: references, roles, names, paths, jobs; addresses are in
`address_checks`. In: a topology whose values are sound one by one, and the folder of its file. Out: findings.
Never here: whether a backup would work. A topology in which everything is blocked is a sound topology, and a zone that
no path reaches is a verdict, not an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from vbtui.topology.address_checks import check_addresses, check_zones
from vbtui.topology.fields import meant_service, service_fault
from vbtui.topology.graph import ambiguous_paths
from vbtui.topology.model import (
    SAMPLE_IMAGE,
    Disk,
    Firewall,
    GuestProcessing,
    HostDefault,
    Job,
    Node,
    Rule,
    Selector,
    Topology,
    Vm,
    addresses_of,
)
from vbtui.topology.names import Names, unique_entries, unique_names
from vbtui.topology.problems import DataPath, Finding, ProblemCode, visible
from vbtui.vocabulary import Role, Trigger

ANY_SERVICE = "any"
"""What a rule writes for every service; so no service of the file has this name."""

ANY_ADDRESS = "any"
"""The key that selects every address; a group of addresses of this name would be read as that."""

WHOLE_JOB = "job"
"""What event ids begin with where they belong to no VM (`job/1.7/...`), so no VM has this name."""


def check(
    topology: Topology, folder: Path, *, left_out: frozenset[str] | None = None, lost: frozenset[str] = frozenset()
) -> Iterator[Finding]:
    """Everything that does not fit. `folder` is the file's; images must lie inside.

    `left_out` is given when parts of the file were malformed and are missing here: their names. References to them
    pass, and so do all to parts of the sections `lost`; checks that need the whole file are not made.
    """
    names = Names(topology, left_out or frozenset(), lost)
    images = _Images(folder)
    yield from _names(topology)
    yield from check_zones(topology)
    yield from check_addresses(topology, names)
    for index, store in enumerate(topology.datastores):
        path = ("datastores", index, "array")
        yield from names.node_with((Role.STORAGE_ARRAY, Role.SHARE), store.array, path)
    for index, node in enumerate(topology.nodes):
        yield from _node(node, ("nodes", index), names)
    for index, vm in enumerate(topology.vms):
        yield from _vm(vm, ("vms", index), names, images)
    for index, firewall in enumerate(topology.firewalls):
        yield from _firewall(firewall, ("firewalls", index), names)
    yield from _paths(topology, names)
    for index, limit in enumerate(topology.throttling):
        yield from names.reference("zone", limit.source, ("throttling", index, "from"))
        yield from names.reference("zone", limit.destination, ("throttling", index, "to"))
    for index, job in enumerate(topology.jobs):
        yield from _job(job, ("jobs", index), names)
    if left_out is None:
        yield from _missing_roles(topology)
        yield from _lonely_zones(topology)
        yield from _ambiguous_paths(topology)


def _names(topology: Topology) -> Iterator[Finding]:
    yield from unique_names("zone", ((zone.name, ("zones", i)) for i, zone in enumerate(topology.zones)))
    yield from unique_names("datastore", ((part.name, ("datastores", i)) for i, part in enumerate(topology.datastores)))
    machines: list[tuple[str, DataPath]] = [(node.name, ("nodes", i)) for i, node in enumerate(topology.nodes)]
    machines += [(vm.name, ("vms", i)) for i, vm in enumerate(topology.vms)]
    yield from unique_names("machine", machines)
    yield from unique_names("firewall", ((part.name, ("firewalls", i)) for i, part in enumerate(topology.firewalls)))
    yield from unique_names("job", ((job.name, ("jobs", i)) for i, job in enumerate(topology.jobs)))
    for i, vm in enumerate(topology.vms):
        if vm.name == WHOLE_JOB:
            yield Finding(ProblemCode.RESERVED_NAME, ("vms", i, "name"), (("found", WHOLE_JOB),))
    if ANY_SERVICE in topology.services:
        yield Finding(ProblemCode.RESERVED_NAME, ("services", ANY_SERVICE), (("found", ANY_SERVICE),), at_key=True)
    if ANY_ADDRESS in topology.networks:
        yield Finding(ProblemCode.RESERVED_NAME, ("networks", ANY_ADDRESS), (("found", ANY_ADDRESS),), at_key=True)


def _node(node: Node, path: DataPath, names: Names) -> Iterator[Finding]:
    roles = [(role.value, (*path, "roles", i)) for i, role in enumerate(node.roles)]
    yield from unique_entries(roles)
    for role, where in roles:
        if role == Role.GUEST:
            known = tuple(role.value for role in Role if role is not Role.GUEST)
            yield Finding(ProblemCode.BAD_VALUE, where, (("found", role), ("expected", ", ".join(known))))
    if node.platform == "vm" and node.host is None:
        yield Finding(ProblemCode.VM_WITHOUT_HOST, path, (("found", node.name),))
    if node.platform != "vm" and node.host is not None:
        yield Finding(ProblemCode.HOST_WITHOUT_VM, (*path, "host"), (("found", node.host),))
    yield from names.node_with((Role.ESXI_HOST,), node.host, (*path, "host"))
    yield from names.node_with((Role.VCENTER,), node.managed_by, (*path, "managed_by"))
    yield from names.node_with((Role.GATEWAY,), node.gateway, (*path, "gateway"))
    yield from names.node_with((Role.SHARE,), node.share, (*path, "share"))
    yield from names.firewall_of_kind("host", node.firewall, (*path, "firewall"))
    for key, stores in (("datastores", node.datastores), ("storage_access", node.storage_access)):
        entries = [(name, (*path, key, i)) for i, name in enumerate(stores)]
        yield from unique_entries(entries)
        for name, where in entries:
            yield from names.reference("datastore", name, where)


def _vm(vm: Vm, path: DataPath, names: Names, images: _Images) -> Iterator[Finding]:
    host = names.nodes.get(vm.host)
    if host is None or Role.ESXI_HOST not in host.roles:
        yield from names.node_with((Role.ESXI_HOST,), vm.host, (*path, "host"))
        host = None
    if vm.firewall is not None:
        yield from names.firewall_of_kind("host", vm.firewall, (*path, "firewall"))
    if len(vm.disks) > 1:
        yield from unique_names("disk", ((disk.name, (*path, "disks", i)) for i, disk in enumerate(vm.disks)))
    for index, disk in enumerate(vm.disks):
        # thousands of disks, hardly ever one with a fault: the path of a sound one is never made
        seen = host is None or disk.datastore in host.datastores
        if not seen or disk.datastore not in names.datastores or disk.used is not None or disk.image != SAMPLE_IMAGE:
            yield from _disk(disk, (*path, "disks", index), host, names, images)


def _disk(disk: Disk, path: DataPath, host: Node | None, names: Names, images: _Images) -> Iterator[Finding]:
    """`host` is the VM's, if it is one at all."""
    unknown = list(names.reference("datastore", disk.datastore, (*path, "datastore")))
    yield from unknown
    if not unknown and host is not None and disk.datastore not in host.datastores:
        seen = ", ".join(host.datastores)
        params = (("found", disk.datastore), ("host", host.name), ("expected", seen))
        yield Finding(ProblemCode.DATASTORE_NOT_SEEN, (*path, "datastore"), params)
    if disk.used is not None and disk.used > disk.size:
        yield Finding(ProblemCode.USED_OVER_SIZE, (*path, "used"), (("found", disk.used), ("expected", disk.size)))
    if disk.image not in images:
        yield Finding(ProblemCode.IMAGE_OUTSIDE, (*path, "image"), (("found", visible(disk.image)),))


class _Images:
    """The image paths that stay in the file's folder, on every system and through every link. Each is looked at once:
    resolving a path asks the system several times."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found = {SAMPLE_IMAGE: True}  # no path: such a disk is generated

    def __contains__(self, image: str) -> bool:
        if image not in self._found:
            self._found[image] = self._inside(image)
        return self._found[image]

    def _inside(self, image: str) -> bool:
        windows, posix = PureWindowsPath(image), PurePosixPath(image)
        strange = image != image.strip() or not windows.parts or windows.anchor or posix.is_absolute()
        if strange or ".." in windows.parts:
            return False
        try:
            return (self._folder / image).resolve().is_relative_to(self._folder.resolve())
        except (OSError, RuntimeError, ValueError):  # a loop of links, a name that the system refuses
            return False


def _firewall(firewall: Firewall, path: DataPath, names: Names) -> Iterator[Finding]:
    connects = [(zone, (*path, "connects", i)) for i, zone in enumerate(firewall.connects)]
    yield from unique_entries(connects)
    for zone, where in connects:
        yield from names.reference("zone", zone, where)
    network = firewall.kind == "network"
    if network and (found := len(set(firewall.connects))) < 2:
        where = (*path, "connects")
        yield Finding(ProblemCode.TOO_FEW_ZONES, where, (("found", found), ("expected", 2)))
    if not network and firewall.connects:
        yield Finding(ProblemCode.HOST_FIREWALL_CONNECTS, (*path, "connects"), (("found", firewall.name),), at_key=True)
    if network and isinstance(firewall.default, HostDefault):
        params = (("expected", "allow, deny, reject, unknown"),)
        yield Finding(ProblemCode.HOST_DEFAULT_ON_NETWORK, (*path, "default"), params)
    yield from unique_names("rule", ((rule.name, (*path, "rules", i)) for i, rule in enumerate(firewall.rules)))
    for index, rule in enumerate(firewall.rules):
        yield from _rule(rule, (*path, "rules", index), names, network=network)


def _rule(rule: Rule, path: DataPath, names: Names, *, network: bool) -> Iterator[Finding]:
    for key, selectors in (("source", rule.source), ("destination", rule.destination)):
        for index, selector in enumerate(selectors):
            yield from _selector(selector, (*path, key, index), names)
    for index, service in enumerate(rule.services):
        where = (*path, "services", index)
        if service == ANY_SERVICE or service in names.services or names.is_left_out(service):
            continue
        if "/" not in service and meant_service(service) is None:
            yield from names.reference("service", service, where)
        elif (code := service_fault(service)) is not None:
            expected = "1-65535" if code is ProblemCode.PORT_OUT_OF_RANGE else "tcp/902"
            near = (("suggestion", meant),) if (meant := meant_service(service)) else ()
            yield Finding(code, where, (("found", visible(service)), ("expected", expected), *near))
    if network and rule.direction != "both":
        yield Finding(ProblemCode.DIRECTION_ON_NETWORK, (*path, "direction"), (("found", rule.direction),))


def _selector(selector: Selector, path: DataPath, names: Names) -> Iterator[Finding]:
    if not selector.model_fields_set or all(getattr(selector, key) is None for key in selector.model_fields_set):
        yield Finding(ProblemCode.EMPTY_SELECTOR, path, (("expected", ", ".join(Selector.model_fields)),))
    yield from names.reference("machine", selector.node, (*path, "node"))
    yield from names.reference("zone", selector.zone, (*path, "zone"))
    yield from names.reference("network", selector.network, (*path, "network"))


def _paths(topology: Topology, names: Names) -> Iterator[Finding]:
    pairs: list[tuple[str, DataPath]] = []
    for index, way in enumerate(topology.paths):
        path: DataPath = ("paths", index)
        yield from names.reference("zone", way.source, (*path, "from"))
        yield from names.reference("zone", way.destination, (*path, "to"))
        if way.source == way.destination:
            yield Finding(ProblemCode.PATH_TO_ITSELF, path, (("found", way.source),))
        pairs.append((", ".join(sorted((way.source, way.destination))), path))
        crossed = [(name, (*path, "via", i)) for i, name in enumerate(way.via)]
        yield from unique_entries(crossed)
        for name, where in crossed:
            yield from names.firewall_of_kind("network", name, where)
    yield from unique_entries(pairs)


def _job(job: Job, path: DataPath, names: Names) -> Iterator[Finding]:
    yield from unique_entries((vm.name, (*path, "vms", i)) for i, vm in enumerate(job.vms))
    yield from names.node_with((Role.REPOSITORY,), job.repository, (*path, "repository"))
    yield from names.reference("node", job.trigger_from, (*path, "trigger_from"))
    yield from _guest_processing(job.guest_processing, (*path, "guest_processing"), names)
    for index, vm in enumerate(job.vms):
        where = (*path, "vms", index)
        yield from names.reference("vm", vm.name, (*where, "name"))
        if vm.guest_processing is not None:
            yield from _guest_processing(vm.guest_processing, (*where, "guest_processing"), names)
    if job.proxies != "auto":
        proxies = [(name, (*path, "proxies", i)) for i, name in enumerate(job.proxies)]
        yield from unique_entries(proxies)
        for name, where in proxies:
            yield from names.node_with((Role.PROXY,), name, where)


def _guest_processing(processing: GuestProcessing, path: DataPath, names: Names) -> Iterator[Finding]:
    where = (*path, "interaction_proxy")
    yield from names.node_with((Role.GUEST_INTERACTION_PROXY,), processing.interaction_proxy, where)


_ROLE_OF_TRIGGER = {Trigger.ENTERPRISE_MANAGER: Role.ENTERPRISE_MANAGER, Trigger.REST: Role.REST_CLIENT}
"""Triggers that need a machine of their own; console and PowerShell may run on the backup server."""


def _missing_roles(topology: Topology) -> Iterator[Finding]:
    """Roles without which no job can be simulated at all."""
    if topology.first(Role.BACKUP_SERVER) is None:
        yield Finding(ProblemCode.NO_ROLE, ("nodes",), (("expected", Role.BACKUP_SERVER.value),), at_key=True)
    no_proxy = topology.first(Role.PROXY) is None
    for index, job in enumerate(topology.jobs):
        if no_proxy and job.proxies == "auto":
            yield Finding(ProblemCode.NO_ROLE, ("jobs", index), (("expected", Role.PROXY.value),))
        role = _ROLE_OF_TRIGGER.get(job.trigger)
        if role is not None and job.trigger_from is None and topology.first(role) is None:
            yield Finding(ProblemCode.NO_ROLE, ("jobs", index, "trigger"), (("expected", role.value),))


def _lonely_zones(topology: Topology) -> Iterator[Finding]:
    """A zone whose machines nothing joins to another zone is a slip of the file.

    A machine with an address in each of two zones joins them for this purpose, as a storage network does. Two zones
    that are joined, only not to each other, are no slip: between them the answer is the file's default.
    """
    machines: tuple[Node | Vm, ...] = (*topology.nodes, *topology.vms)
    settled = [{one.zone for one in addresses_of(machine)} for machine in machines]
    joined = {zone for firewall in topology.firewalls for zone in firewall.connects}
    joined |= {zone for path in topology.paths for zone in (path.source, path.destination)}
    joined |= {zone for zones in settled if len(zones) > 1 for zone in zones}
    inhabited = {zone for zones in settled for zone in zones}
    for index, zone in enumerate(topology.zones):
        if len(inhabited) > 1 and zone.name in inhabited - joined:
            yield Finding(ProblemCode.LONELY_ZONE, ("zones", index, "name"), (("zone", zone.name),))


def _ambiguous_paths(topology: Topology) -> Iterator[Finding]:
    if sum(firewall.kind == "network" for firewall in topology.firewalls) < 2:
        return
    for found in ambiguous_paths(topology):
        params = (
            ("source", found.source),
            ("destination", found.destination),
            ("first", ", ".join(found.first)),
            ("second", ", ".join(found.second)),
        )
        yield Finding(ProblemCode.AMBIGUOUS_PATH, ("paths",), params, at_key=True)
