"""Topologies to draw: the shipped ones and made-up ones of any size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from vbtui.drawing import Link
from vbtui.topology import Topology, addresses_of, load, resolve
from vbtui.vocabulary import Component, Role

Links = tuple[Link, ...]


@cache
def _shipped(name: str) -> Topology:
    return load(resolve(name)).topology


def typical_links(topology: Topology) -> Links:
    """The connections that a job of this topology would open, by role; ports as a catalogue would say them."""
    found: list[Link] = []
    server = topology.with_role(Role.BACKUP_SERVER)[0].name
    for role in (Role.CONSOLE, Role.ENTERPRISE_MANAGER):
        found += [
            Link(n.name, server, "443", Component.CONSOLE, Component.BACKUP_SERVICE) for n in topology.with_role(role)
        ]
    for role, component, ports in (
        (Role.CONFIG_DB, Component.CONFIG_DB, "5432"),
        (Role.DNS, Component.DNS, "53"),
        (Role.VCENTER, Component.VSPHERE_API, "443"),
        (Role.PROXY, Component.TRANSPORT_SERVICE, "6162"),
        (Role.REPOSITORY, Component.TRANSPORT_SERVICE, "6162"),
    ):
        found += [Link(server, n.name, ports, Component.BACKUP_MANAGER, component) for n in topology.with_role(role)]
    for vm in topology.vms:
        ports = "135,445,6173" if vm.os == "windows" else "22"
        found.append(Link(server, vm.name, ports, Component.BACKUP_MANAGER, Component.GUEST_OS))
    for proxy in topology.with_role(Role.PROXY):
        for repository in topology.with_role(Role.REPOSITORY):
            found.append(Link(proxy.name, repository.name, "6162", Component.DATA_MOVER, Component.TRANSPORT_SERVICE))
        for host in topology.with_role(Role.ESXI_HOST):
            found.append(Link(proxy.name, host.name, "902", Component.DATA_MOVER, Component.NFC))
        found += [Link(proxy.name, store, "FC", Component.DATA_MOVER) for store in proxy.storage_access]
    for host in topology.with_role(Role.ESXI_HOST):
        found.append(Link(server, host.name, "443", Component.BACKUP_MANAGER, Component.VSPHERE_API))
    return tuple(dict.fromkeys(found))


def made_up(
    *, proxies: int = 2, repositories: int = 1, hosts: int = 2, vms: int = 2, entries: int = 0, word: str = "n"
) -> Topology:
    """A topology of that many machines, `vms` per host; `word` begins every name."""
    nodes: list[dict[str, object]] = [{"name": f"{word}-server", "roles": ["backup_server"], "zone": "core"}]
    nodes += [{"name": f"{word}-vc", "roles": ["vcenter"], "zone": "core"}] if hosts > 1 else []
    for index in range(entries):
        role = ("console", "config_db", "dns", "ntp", "enterprise_manager")[index % 5]
        nodes.append({"name": f"{word}-entry{index}", "roles": [role], "zone": "core"})
    nodes += [{"name": f"{word}-px{i}", "roles": ["proxy"], "zone": "backup"} for i in range(proxies)]
    nodes += [{"name": f"{word}-repo{i}", "roles": ["repository"], "zone": "backup"} for i in range(repositories)]
    guests: list[dict[str, object]] = []
    for index in range(hosts):
        host: dict[str, object] = {"name": f"{word}-esx{index}", "roles": ["esxi_host"], "zone": "esx"}
        nodes.append(host | ({"managed_by": f"{word}-vc"} if hosts > 1 else {}))
        for number in range(vms):
            disk = {"name": "d", "datastore": f"{word}-store", "size": "1GiB"}
            guests.append({"name": f"{word}-vm{index}-{number}", "host": f"{word}-esx{index}", "disks": [disk]})
    return Topology.model_validate(
        {
            "version": 1,
            "name": "made-up",
            "zones": [{"name": z, "cidrs": [f"10.{i}.0.0/16"]} for i, z in enumerate(("core", "backup", "esx"))],
            "datastores": [{"name": f"{word}-store"}],
            "nodes": nodes,
            "vms": guests,
            "jobs": [{"name": "job", "vms": ["any"], "repository": "any"}],
        }
    )


@pytest.fixture(scope="session")
def shipped_topology() -> Callable[[str], Topology]:
    return _shipped


@pytest.fixture(scope="session")
def links_of() -> Callable[[Topology], Links]:
    return typical_links


@pytest.fixture(scope="session")
def make() -> Callable[..., Topology]:
    return made_up


_TOLD: dict[Component | None, tuple[str, str]] = {
    Component.NFC: ("NFC", "12"),
    Component.VSPHERE_API: ("vSphere API", "7"),
    Component.TRANSPORT_SERVICE: ("transport", "4"),
    Component.GUEST_OS: ("", "8"),
}
"""Service and number of the process diagrams of what is connected to."""


def told_links(topology: Topology) -> Links:
    """The same with firewalls, services and numbers: every network firewall of the file on what leaves a zone."""
    walls = tuple(wall.name for wall in topology.firewalls if wall.kind == "network")
    zones = {node.name: addresses_of(node)[0].zone for node in topology.nodes if addresses_of(node)}
    zones |= {vm.name: addresses_of(vm)[0].zone for vm in topology.vms if addresses_of(vm)}
    found = []
    for link in typical_links(topology):
        service, badge = _TOLD.get(link.destination_component, ("", ""))
        crosses = zones.get(link.source) != zones.get(link.destination, zones.get(link.source))
        found.append(replace(link, firewalls=walls if crosses else (), service=service, badge=badge))
    return tuple(found)


@pytest.fixture(scope="session")
def told_links_of() -> Callable[[Topology], Links]:
    return told_links
