"""A topology as a graph: who is connected to what, and which firewalls stand between two zones.

Decided here: the way between two zones. In: a topology. Out: a networkx graph for whoever exports or measures one, and
zone paths. networkx takes 150 ms to import, so only `graph` does it; the ways between a few dozen zones need no more
than a search in rows.
Never here: rules. A path says what a packet crosses, not whether it passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from vbtui.topology.model import Node, Topology, Vm, addresses_of

if TYPE_CHECKING:
    import networkx as nx


class NodeKind(StrEnum):
    """The attribute `kind` of a graph's node."""

    NODE = "node"
    VM = "vm"
    ZONE = "zone"
    FIREWALL = "firewall"
    DATASTORE = "datastore"


GraphKey = tuple[str, str]
"""A graph's node: kind and name, since a zone and a firewall may have one name."""


def graph(topology: Topology) -> nx.Graph[GraphKey]:
    """Machines, VMs, zones, firewalls and datastores with what joins them.

    Nodes are `(kind, name)` with attributes `kind` and `name`, machines also `roles` (text, joined by blanks, so that
    GraphML can hold it). Edges have `kind`: `address` (machine and zone), `connects` (zone and network firewall),
    `runs` (host and what runs on it), `guards` (host firewall and machine), `mounts` (host and datastore), `disk` (VM
    and datastore), `manages` (vCenter and host). Everything is added in file order.
    """
    import networkx as nx

    drawn: nx.Graph[GraphKey] = nx.Graph(name=topology.name)

    def join(ours: GraphKey, theirs: GraphKey, kind: str) -> None:
        if theirs in drawn:
            drawn.add_edge(ours, theirs, kind=kind)

    for zone in topology.zones:
        drawn.add_node((NodeKind.ZONE.value, zone.name), kind="zone", name=zone.name)
    for firewall in topology.firewalls:
        key = (NodeKind.FIREWALL.value, firewall.name)
        drawn.add_node(key, kind="firewall", name=firewall.name)
        for connected in firewall.connects:
            join(key, (NodeKind.ZONE.value, connected), "connects")
    for store in topology.datastores:
        drawn.add_node((NodeKind.DATASTORE.value, store.name), kind="datastore", name=store.name)
    for node in topology.nodes:
        key = (NodeKind.NODE.value, node.name)
        drawn.add_node(key, kind="node", name=node.name, roles=" ".join(node.roles))
        for store_name in node.datastores:
            join(key, (NodeKind.DATASTORE.value, store_name), "mounts")
    for vm in topology.vms:
        key = (NodeKind.VM.value, vm.name)
        drawn.add_node(key, kind="vm", name=vm.name)
        for disk in vm.disks:
            join(key, (NodeKind.DATASTORE.value, disk.datastore), "disk")
    machines: list[Node | Vm] = [*topology.nodes, *topology.vms]
    for machine in machines:
        key = (NodeKind.NODE.value, machine.name)
        if key not in drawn:
            key = (NodeKind.VM.value, machine.name)
        for address in addresses_of(machine):
            join(key, (NodeKind.ZONE.value, address.zone), "address")
        if machine.host is not None:
            join(key, (NodeKind.NODE.value, machine.host), "runs")
        if machine.firewall is not None:
            join(key, (NodeKind.FIREWALL.value, machine.firewall), "guards")
    for node in topology.nodes:
        if node.managed_by is not None:
            join((NodeKind.NODE.value, node.name), (NodeKind.NODE.value, node.managed_by), "manages")
    return drawn


class ZonePaths(Mapping[tuple[str, str], tuple[str, ...] | None]):
    """For a pair of zones the network firewalls that a packet crosses, in order.

    `()` within a zone, None where no path exists; KeyError for an unknown zone. What `paths:` names holds in its
    direction and reversed in the other; else it is the shortest way. Found on demand, per source zone, so that many
    zones cost nothing until somebody asks.
    """

    def __init__(self, topology: Topology) -> None:
        self._zones = tuple(dict.fromkeys(zone.name for zone in topology.zones))
        self._known = frozenset(self._zones)
        self._ways = _ways(topology)
        self._named = _named_paths(topology)
        self._from: dict[str, dict[GraphKey, list[GraphKey]]] = {}
        """From a zone: what is within reach, with what stands right before it on the shortest ways."""

    def __getitem__(self, pair: tuple[str, str]) -> tuple[str, ...] | None:
        source, destination = pair
        if source not in self._known or destination not in self._known:
            raise KeyError(pair)
        if source == destination:
            return ()
        if pair in self._named:
            return self._named[pair]
        if source not in self._from:
            self._from[source] = _before(self._ways, (NodeKind.ZONE.value, source))
        reached, end = self._from[source], (NodeKind.ZONE.value, destination)
        return _firewalls(_way(reached, end)) if end in reached else None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((source, destination) for source in self._zones for destination in self._zones)

    def __len__(self) -> int:
        return len(self._zones) ** 2


def zone_paths(topology: Topology) -> ZonePaths:
    """The network firewalls between every two zones.

    A loaded topology has one shortest way for each pair, because `ambiguous_paths` refused the others; for a topology
    made otherwise the first in file order is taken.
    """
    return ZonePaths(topology)


@dataclass(frozen=True, slots=True)
class AmbiguousPath:
    """Two zones with at least two shortest ways, of which no `paths:` entry names one."""

    source: str
    destination: str
    first: tuple[str, ...]
    second: tuple[str, ...]


def ambiguous_paths(topology: Topology) -> Iterator[AmbiguousPath]:
    """Pairs of zones between which the way is not decided, each pair once, in file order.

    Zones that hang on the same firewalls have the same ways; only the first two of such a group are asked.
    """
    ways = _ways(topology)
    named = _named_paths(topology)
    alike: dict[frozenset[GraphKey], list[str]] = {}
    for zone in topology.zones:
        alike.setdefault(frozenset(ways[(NodeKind.ZONE.value, zone.name)]), []).append(zone.name)
    for place, group in enumerate(alike.values()):
        for other in list(alike.values())[place:]:
            pairs = ((a, b) for a in group for b in other if a != b and (a, b) not in named)
            pair = next(pairs, None)
            if pair is None:
                continue
            source, destination = ((NodeKind.ZONE.value, name) for name in pair)
            before = _before(ways, source)
            if destination not in before:
                continue
            way = _way(before, destination)
            if (equal := _other_way(before, way)) is not None:
                first, second = sorted((_firewalls(way), _firewalls(equal)))
                yield AmbiguousPath(*pair, first, second)


def _before(ways: _Ways, source: GraphKey) -> dict[GraphKey, list[GraphKey]]:
    """For everything within reach, what stands right before it on the shortest ways from `source`, in the order in
    which a search in rows meets it."""
    before: dict[GraphKey, list[GraphKey]] = {source: []}
    row = [source]
    while row:
        following: dict[GraphKey, list[GraphKey]] = {}
        for here in row:
            for there in ways[here]:
                if there not in before:
                    following.setdefault(there, []).append(here)
        before |= following
        row = list(following)
    return before


def _way(before: dict[GraphKey, list[GraphKey]], destination: GraphKey) -> list[GraphKey]:
    """The first of the shortest ways to what is within reach, from its end to its beginning."""
    way = [destination]
    while earlier := before[way[-1]]:
        way.append(earlier[0])
    return way


def _other_way(before: dict[GraphKey, list[GraphKey]], way: list[GraphKey]) -> list[GraphKey] | None:
    """Another way as short as that one: it leaves it as near to the beginning as possible. None if there is none."""
    for place in range(len(way) - 1, -1, -1):
        if len(before[way[place]]) > 1:
            return [*way[: place + 1], *_way(before, before[way[place]][1])]
    return None


_Ways = dict[GraphKey, dict[GraphKey, None]]
"""For each zone and network firewall what it is joined to, in file order."""


def _ways(topology: Topology) -> _Ways:
    """Zones with their network firewalls, and firewalls that share a zone.

    Firewalls are joined directly, because a way is the firewalls it crosses: two ways that differ only in the zone
    between two firewalls are one.
    """
    ways: _Ways = {(NodeKind.ZONE.value, zone.name): {} for zone in topology.zones}

    def join(ours: GraphKey, theirs: GraphKey) -> None:
        ways[ours][theirs] = ways[theirs][ours] = None

    at_zone: dict[str, list[str]] = {}
    for firewall in topology.firewalls:
        if firewall.kind != "network":
            continue
        key = (NodeKind.FIREWALL.value, firewall.name)
        ways.setdefault(key, {})
        for zone_name in firewall.connects:
            if (NodeKind.ZONE.value, zone_name) not in ways:
                continue
            join(key, (NodeKind.ZONE.value, zone_name))
            for neighbour in at_zone.setdefault(zone_name, []):
                join(key, (NodeKind.FIREWALL.value, neighbour))
            at_zone[zone_name].append(firewall.name)
    return ways


def _named_paths(topology: Topology) -> dict[tuple[str, str], tuple[str, ...]]:
    named: dict[tuple[str, str], tuple[str, ...]] = {}
    for path in topology.paths:
        named.setdefault((path.source, path.destination), path.via)
        named.setdefault((path.destination, path.source), path.via[::-1])
    return named


def _firewalls(way: list[GraphKey]) -> tuple[str, ...]:
    """The firewalls on a way that is given from its end."""
    return tuple(name for kind, name in reversed(way) if kind == NodeKind.FIREWALL)
