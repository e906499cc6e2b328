"""What each box says, before anybody decides where it stands.

In: the topology and the links. Out: per group, in the file's order, the title parts and the rows of every node and
datastore. A node with several roles is drawn once, for the first role of `ROLE_ORDER` that it has, with the
components of all its roles. The port beside a component is what the links that end there say, so no port is written
in this room.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vbtui.drawing.scene import Group, Link, RowKind
from vbtui.drawing.wording import DATASTORE_KINDS, FABRICS, Wording
from vbtui.topology import Node, Topology, Vm, addresses_of
from vbtui.vocabulary import Component, Role

ROLE_ORDER: tuple[tuple[Role, Group], ...] = (
    (Role.BACKUP_SERVER, Group.SERVER),
    (Role.VCENTER, Group.VCENTER),
    (Role.ESXI_HOST, Group.HOST),
    (Role.PROXY, Group.PROXY),
    (Role.REPOSITORY, Group.REPOSITORY),
    (Role.GATEWAY, Group.REPOSITORY),
    (Role.GUEST_INTERACTION_PROXY, Group.PROXY),
    (Role.SHARE, Group.REPOSITORY),
    (Role.STORAGE_ARRAY, Group.DATASTORE),
    (Role.ENTERPRISE_MANAGER, Group.ENTRY),
    (Role.CONSOLE, Group.ENTRY),
    (Role.REST_CLIENT, Group.ENTRY),
    (Role.CONFIG_DB, Group.ENTRY),
    (Role.DIRECTORY, Group.ENTRY),
    (Role.DNS, Group.ENTRY),
    (Role.NTP, Group.ENTRY),
    (Role.GUEST, Group.ENTRY),
)
"""The role that a node is drawn for is the first of these that it has; with the group where it then stands."""

COMPONENTS: dict[Role, tuple[Component, ...]] = {
    Role.BACKUP_SERVER: (Component.BACKUP_SERVICE, Component.BACKUP_MANAGER),
    Role.PROXY: (Component.TRANSPORT_SERVICE, Component.DATA_MOVER),
    Role.REPOSITORY: (Component.TRANSPORT_SERVICE, Component.DATA_MOVER),
    Role.GATEWAY: (Component.TRANSPORT_SERVICE, Component.DATA_MOVER),
    Role.GUEST_INTERACTION_PROXY: (Component.GUEST_INTERACTION_PROXY,),
    Role.VCENTER: (Component.VSPHERE_API,),
    Role.ESXI_HOST: (Component.NFC,),
    Role.CONSOLE: (Component.CONSOLE,),
    Role.ENTERPRISE_MANAGER: (Component.ENTERPRISE_MANAGER,),
    Role.REST_CLIENT: (Component.REST_CLIENT,),
    Role.CONFIG_DB: (Component.CONFIG_DB,),
    Role.STORAGE_ARRAY: (Component.STORAGE,),
    Role.SHARE: (Component.STORAGE,),
    Role.DNS: (Component.DNS,),
    Role.NTP: (Component.NTP,),
    Role.DIRECTORY: (Component.DIRECTORY,),
    Role.GUEST: (Component.GUEST_OS,),
}
"""What the published diagrams draw inside a machine of that role."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row to be: what `BoxRow` says, without a place."""

    kind: RowKind
    text: str
    aside: str = ""
    name: str | None = None
    component: Component | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """One box to be."""

    name: str
    group: Group
    kind: Role | None
    caption: str
    """Role or kind beside the name; empty where the name says it."""
    zone: str
    items: tuple[Item, ...]
    title: str = ""
    """What stands in the place of the name, for boxes that are no machine."""
    unit: str = ""
    """The group that this box is, or is part of, where groups are."""
    folded: tuple[str, ...] = ()
    """What a group stands for: its machines, then their VMs."""

    @property
    def label(self) -> str:
        """The words that the box is entitled with."""
        return self.title or self.name

    @property
    def is_heading(self) -> bool:
        """The line above the boxes of an opened group."""
        return bool(self.unit) and self.unit == self.name and not self.folded


@dataclass(frozen=True, slots=True)
class Folded:
    """Machines of a larger topology that are not placed, only counted: one box for each kind says `+199 proxy`."""

    roles: Mapping[Role, int] = field(default_factory=dict)
    """By the role that they would be drawn for."""
    datastores: int = 0
    guests: Mapping[str, int] = field(default_factory=dict)
    """VMs by the host that they run on; a row of its box."""


NOTHING_FOLDED = Folded()


def drawn_role(node: Node) -> Role:
    """The role that a node is drawn for."""
    return next(role for role, _ in ROLE_ORDER if role in node.roles)


def contents(
    topology: Topology, links: Iterable[Link], wording: Wording, folded: Folded = NOTHING_FOLDED
) -> dict[Group, tuple[Content, ...]]:
    """Every group with its boxes to be; groups without any are there and empty."""
    ports = _ports(links)
    vms: dict[str, list[Vm]] = {}
    for vm in topology.vms:
        vms.setdefault(vm.host, []).append(vm)
    found: dict[Group, list[Content]] = {group: [] for group in Group}
    for node in topology.nodes:
        kind, group = next((role, group) for role, group in ROLE_ORDER if role in node.roles)
        components = list(dict.fromkeys(c for role, _ in ROLE_ORDER if role in node.roles for c in COMPONENTS[role]))
        if kind is Role.ESXI_HOST and node.managed_by is None:
            components.append(Component.VSPHERE_API)
        items = [
            Item(RowKind.COMPONENT, wording.components[c], ports.get((node.name, c), ""), component=c)
            for c in components
        ]
        items += [Item(RowKind.VM, vm.name, _zone(vm), name=vm.name) for vm in vms.get(node.name, ())]
        if more := folded.guests.get(node.name, 0):
            items.append(Item(RowKind.MORE, f"+{more}"))
        if node.host is not None:
            items.append(Item(RowKind.PLACE, wording.vm_on.format(host=node.host)))
        found[group].append(Content(node.name, group, kind, wording.roles[kind], _zone(node), tuple(items)))
    for store in topology.datastores:
        kind_name, fabric = DATASTORE_KINDS[store.kind], FABRICS[store.fabric]
        item = Item(RowKind.MEDIUM, kind_name, "" if fabric == kind_name else fabric)
        found[Group.DATASTORE].append(Content(store.name, Group.DATASTORE, None, kind_name, "", (item,)))
    for entries in found[Group.ENTRY], found[Group.PROXY], found[Group.REPOSITORY]:
        order = [role for role, _ in ROLE_ORDER]
        entries.sort(key=lambda content: order.index(content.kind) if content.kind is not None else len(order))
    for role, group in ROLE_ORDER:
        if more := folded.roles.get(role, 0):
            # No machine can be called so: names begin with a letter or a digit.
            name = f"+{more} {wording.roles[role]}"
            found[group].append(Content(name, group, role, "", "", (), title=name))
    if folded.datastores:
        name = f"+{folded.datastores} {wording.datastores}"
        found[Group.DATASTORE].append(Content(name, Group.DATASTORE, None, "", "", (), title=name))
    return {group: tuple(members) for group, members in found.items()}


def _zone(machine: Node | Vm) -> str:
    addresses = addresses_of(machine)
    return addresses[0].zone if addresses else machine.zone or ""


def _ports(links: Iterable[Link]) -> dict[tuple[str, Component], str]:
    labels: dict[tuple[str, Component], list[str]] = {}
    for link in links:
        if link.destination_component is not None and link.label:
            seen = labels.setdefault((link.destination, link.destination_component), [])
            if link.label not in seen:
                seen.append(link.label)
    return {key: ",".join(seen) for key, seen in labels.items()}
