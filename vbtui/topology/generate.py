"""A large company as a topology file: what a seed and a few counts stand for.

Decided here: which storage, hosts, proxies, repositories, VMs and jobs such a company has. Its datacenters are in
`generated_sites`, its rules in `generated_rules`. In: counts and a seed. Out: the text of a topology file, the same
bytes for the same input on every system and every version of Python.
Never here: a file, a clock, a name that a reader could take for a real company's.

The company: up to four datacenters, each with a vCenter and clusters of about 20 hosts that share LUNs; every host has
a local datastore besides. The last cluster of a datacenter serves its DMZ. Three network firewalls stand in a row, so
that a connection from the backup server crosses one to reach a repository, two to an ESXi host, three to a guest. One
job fills each repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from vbtui.topology.generated_rules import Guests, firewalls, networks, services
from vbtui.topology.generated_sites import CLUSTER_ROLES, Chance, Cluster, Site, sites

LIMITS: Final[dict[str, tuple[int, int]]] = {
    "vms": (1, 100_000),
    "hosts": (1, 5_000),
    "proxies": (1, 2_000),
    "repositories": (1, 500),
    "rules": (0, 10_000),
}
"""Least and most of each count. A file needs a job, and a job a VM, a proxy and a repository; the most of everything
together stays below what the loader reads."""


class CompanySizeError(ValueError):
    """A count is out of its limits. `count` is its name, `found` its value, between `least` and `most` it may be."""

    def __init__(self, count: str, found: int) -> None:
        self.count, self.found = count, found
        self.least, self.most = LIMITS[count]
        super().__init__(f"{count} must be {self.least} to {self.most}, found {found}")


@dataclass(frozen=True, slots=True)
class CompanySize:
    """How many of each. Raises `CompanySizeError` for a count out of `LIMITS`."""

    vms: int = 1_000
    hosts: int = 50
    proxies: int = 20
    repositories: int = 8
    rules: int = 100
    """Of all firewalls together."""

    def __post_init__(self) -> None:
        for field in fields(self):
            least, most = LIMITS[field.name]
            if not least <= (found := getattr(self, field.name)) <= most:
                raise CompanySizeError(field.name, found)


def generate(size: CompanySize, seed: int) -> str:
    """The text of a topology file for a company of that size. It passes every check of the loader."""
    chance = Chance(seed)
    where = sites(size.hosts)
    clusters = [cluster for site in where for cluster in site.clusters]
    guests, vm_lines = _vms(size, chance, clusters)
    proxies = list(_proxies(size, where))
    repositories = [f"{site.name}-repository-{number:03}" for number, site in _spread(size.repositories, where)]
    lines = [
        *_header(size, seed),
        *_zones(where),
        "",
        "datastores:",
        *(line for site in where for line in _datastores(site)),
        "",
        "nodes:",
        *_servers(where),
        *(line for site in where for line in _hosts(site)),
        *(line for _, line in proxies),
        *(_repository(number, name, site) for name, (number, site) in _named(repositories, where)),
        "",
        "vms:",
        *vm_lines,
        "",
        *services(),
        "",
        *networks(),
        "",
        *firewalls(size.rules, chance, where, guests),
        "",
        "jobs:",
        *_jobs(size, chance, where, guests, repositories, [name for name, _ in proxies]),
    ]
    return "\n".join(lines) + "\n"


def _header(size: CompanySize, seed: int) -> Iterator[str]:
    words = " ".join(f"--{field.name} {getattr(size, field.name)}" for field in fields(size))
    yield "# A company that does not exist, made by"
    yield f"#   vbtui generate {words} --seed {seed}"
    yield "# The same numbers and seed make the same file again; change what you like, it is a topology as any other."
    yield "#"
    yield "#   backup networks --- inner --- middle --- outer --- guest networks"
    yield "#                                   |"
    yield "#                         vCenter and host networks"
    yield "#"
    yield "# From the backup server it is one network firewall to a repository, two to a host, three to a guest."
    yield ""
    yield "version: 1"
    yield f"name: company-{seed}"
    yield f"description: Generated; {size.vms} VMs on {size.hosts} hosts and {size.rules} rules"
    yield "profile: v13"
    yield ""


def _zones(where: tuple[Site, ...]) -> Iterator[str]:
    yield "zones:"
    yield "  - {name: management, cidrs: [10.1.0.0/16], description: backup server and name servers}"
    yield "  - {name: transit-a, cidrs: [10.2.0.0/24], description: between inner and middle}"
    yield "  - {name: transit-b, cidrs: [10.3.0.0/24], description: between middle and outer}"
    for site in where:
        for zone, prefix in site.zones.items():
            yield f"  - {{name: {site.name}-{zone}, cidrs: [{prefix}.0.0/16]}}"


def _datastores(site: Site) -> Iterator[str]:
    array = f", array: {site.name}-array" if site.iscsi else ""
    fabric = "iscsi" if site.iscsi else "fc"
    for cluster in site.clusters:
        for lun in cluster.luns:
            yield f"  - {{name: {lun}, kind: vmfs, fabric: {fabric}{array}}}"
        for host in cluster.hosts:
            yield f"  - {{name: {host}-local, kind: vmfs, fabric: local}}"


def _servers(where: tuple[Site, ...]) -> Iterator[str]:
    """What every company of this kind has, whatever its size."""
    yield (
        "  - {name: backup-server, roles: [backup_server, config_db], zone: management, address: 10.1.0.10,"
        " os: windows}"
    )
    yield "  - {name: names-1, roles: [dns, ntp], zone: management, address: 10.1.0.53}"
    yield "  - {name: names-2, roles: [dns, ntp], zone: management, address: 10.1.1.53}"
    for site in where:
        yield (
            f"  - {{name: {site.name}-vcenter, roles: [vcenter], zone: {site.name}-vsphere,"
            f" address: {site.zones['vsphere']}.0.10, os: photon}}"
        )
        if site.iscsi:
            yield (
                f"  - {{name: {site.name}-array, roles: [storage_array], zone: {site.name}-esx,"
                f" address: {site.zones['esx']}.255.10, os: appliance}}"
            )
        yield (
            f"  - {{name: {site.name}-guest-helper, roles: [guest_interaction_proxy], zone: {site.name}-backup,"
            f" address: {site.zones['backup']}.0.10, os: windows}}"
        )


def _hosts(site: Site) -> Iterator[str]:
    for cluster in site.clusters:
        for number, host in enumerate(cluster.hosts):
            stores = ", ".join((*cluster.luns, f"{host}-local"))
            yield (
                f"  - {{name: {host}, roles: [esxi_host], zone: {site.name}-esx, address: {cluster.address(number)},"
                f" os: esxi, managed_by: {site.name}-vcenter, datacenter: {site.name}, cluster: {cluster.name},"
                f" datastores: [{stores}]}}"
            )


_PROXY_KINDS: Final = ("hotadd", "san", "hotadd", "nbd", "hotadd")
"""How proxies read, in the order in which a datacenter gets them."""


def _proxies(size: CompanySize, where: tuple[Site, ...]) -> Iterator[tuple[str, str]]:
    """Name and line of every proxy: physical on the storage network, a VM in a cluster, or physical without storage."""
    for index in range(size.proxies):
        site, place = where[index % len(where)], index // len(where)
        kind = _PROXY_KINDS[place % len(_PROXY_KINDS)]
        name = f"{site.name}-proxy-{kind}-{place + 1:03}"
        start = (
            f"name: {name}, roles: [proxy], zone: {site.name}-backup, address: {site.address('backup', 100 + place)}"
        )
        match kind:
            case "san":
                stores = ", ".join(lun for cluster in site.clusters for lun in cluster.luns)
                rest = f"os: windows, task_slots: 8, firewall: windows-backup, storage_access: [{stores}]"
            case "hotadd":
                cluster = site.clusters[place % len(site.clusters)]
                rest = f"platform: vm, host: {cluster.hosts[place % len(cluster.hosts)]}"
            case _:
                rest = "os: windows, firewall: windows-backup, transport: nbd"
        yield name, f"  - {{{start}, {rest}}}"


def _spread(count: int, where: tuple[Site, ...]) -> Iterator[tuple[int, Site]]:
    """Numbers from 1 with a site each, in the order of the sites, as the VMs are."""
    return ((index + 1, where[index * len(where) // count]) for index in range(count))


def _named(names: list[str], where: tuple[Site, ...]) -> Iterator[tuple[str, tuple[int, Site]]]:
    return zip(names, _spread(len(names), where), strict=True)


def _repository(number: int, name: str, site: Site) -> str:
    kind = "hardened: true" if number % 3 == 1 else "os: windows, firewall: windows-backup" if number % 3 == 0 else ""
    rest = f"task_slots: 8, {kind}" if kind else "task_slots: 8"
    address = site.address("repository", 100 + number)
    return f"  - {{name: {name}, roles: [repository], zone: {site.name}-repository, address: {address}, {rest}}}"


_KINDS: Final = {
    "servers": (("app", "windows"), ("file", "windows"), ("erp", "linux"), ("mail", "windows"), ("build", "linux")),
    "databases": (("sql", "windows"), ("postgres", "linux"), ("ledger", "linux")),
    "dmz": (("web", "linux"), ("gateway", "linux"), ("portal", "windows")),
}
"""What runs in each guest network: the first word of a VM's name, and its system."""

_SIZES: Final = ("40GiB", "60GiB", "80GiB", "100GiB", "200GiB", "500GiB")


def _vms(size: CompanySize, chance: Chance, clusters: list[Cluster]) -> tuple[Guests, list[str]]:
    """Every VM, in the order of the clusters, one line each."""
    lines = []
    guests = Guests()
    placed: dict[str, int] = {}
    for index in range(size.vms):
        cluster = clusters[index * len(clusters) // size.vms]
        zone = cluster.serves or CLUSTER_ROLES[index * len(CLUSTER_ROLES) // size.vms]
        kind, system = chance.pick(_KINDS[zone])
        name = f"{cluster.site}-{kind}-{index + 1:05}"
        number = placed[f"{cluster.site}-{zone}"] = placed.get(f"{cluster.site}-{zone}", 0) + 1
        host = chance.pick(cluster.hosts)
        # a VM on its host's own disks never moves
        stores = (f"{host}-local",) if chance.one_in(25) else cluster.luns
        hard = cluster.hardened and system == "windows"
        details = [f"name: {name}, host: {host}, zone: {cluster.site}-{zone}"]
        details.append(f"address: {cluster.guest_address(zone, 10 + number)}")
        details.append("os: windows" if system == "windows" else "")
        # where the odd VM would spoil the verdict of every job, none would tell anything
        odd = cluster.hardened or zone == "dmz"
        details.append("tools: stopped" if chance.one_in(200) and odd else "")
        details.append("encrypted: true" if chance.one_in(100) else "")
        details.append("snapshots: 1" if chance.one_in(50) else "")
        details.append("credentials: {account: sudo}" if system == "linux" and chance.one_in(3) else "")
        details.append("firewall: windows-hardened" if hard else "")
        details.append("firewall: windows-baseline" if system == "windows" and not hard and chance.one_in(3) else "")
        controller = ", controller: ide" if chance.one_in(60) else ""
        disks = [f"{{name: disk0.vmdk, datastore: {chance.pick(stores)}, size: {chance.pick(_SIZES)}{controller}}}"]
        if zone == "databases" or chance.one_in(5):
            disks.append(f"{{name: disk1.vmdk, datastore: {chance.pick(stores)}, size: {chance.pick(_SIZES)}}}")
        details.append(f"disks: [{', '.join(disks)}]")
        lines.append(f"  - {{{', '.join(one for one in details if one)}}}")
        guests.names.append(name)
        guests.systems.append(system)
    return guests, lines


_PROCESSING: Final = (
    "application_aware: true, on_failure: try",
    "application_aware: true, on_failure: require",
    "application_aware: true, on_failure: try",
    "on_failure: disable",
)
"""Guest processing of the jobs, in turn."""

_SCRIPTS: Final = "scripts: {pre_freeze: /opt/backup/pre-freeze.sh, post_thaw: /opt/backup/post-thaw.sh}"


def _jobs(
    size: CompanySize,
    chance: Chance,
    where: tuple[Site, ...],
    guests: Guests,
    repositories: list[str],
    proxies: list[str],
) -> Iterator[str]:
    """A job for each repository, as long as there are VMs, each with its share of them."""
    count = min(size.repositories, size.vms)
    for index in range(count):
        site = where[index * len(where) // count]
        own = [name for name in proxies if name.startswith(f"{site.name}-")]
        yield f"  - name: nightly-{index + 1:03}"
        yield f"    repository: {repositories[index * len(repositories) // count]}"
        if own and index % 4 == 3:
            yield f"    proxies: [{', '.join(own)}]"
        yield f"    guest_processing: {{{_PROCESSING[index % len(_PROCESSING)]}}}"
        yield "    vms:"
        for vm in range(index * size.vms // count, (index + 1) * size.vms // count):
            yield f"      - {_member(chance, guests, vm)}"


def _member(chance: Chance, guests: Guests, vm: int) -> str:
    """A VM of a job; some have guest processing of their own."""
    name = guests.names[vm]
    if guests.systems[vm] == "linux" and chance.one_in(40):
        return f"{{name: {name}, guest_processing: {{application_aware: true, on_failure: try, {_SCRIPTS}}}}}"
    if chance.one_in(60):
        return f"{{name: {name}, guest_processing: {{on_failure: disable}}}}"
    return name
