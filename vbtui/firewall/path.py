"""Which addresses two machines use to talk, and what stands between those addresses.

Decided here: the choice among several addresses, deterministic and the same for every service. In: a topology and its
zone paths. Out: a `Route`.
Never here: rules and ports, and how a path through the zones is found (`topology.graph`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vbtui.topology import Address, Node, Topology, Vm, ZoneAddress, addresses_of

PathsBetweenZones = Mapping[tuple[str, str], tuple[str, ...] | None]
"""Network firewalls between a pair of zones, in order; () where none stands, None or no entry where no path exists."""

Shape = tuple[tuple[str, int], ...]
"""Zone and IP version of every address of a machine, in file order: all that the choice of a route looks at."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """How a machine hangs on the network."""

    places: tuple[ZoneAddress, ...]
    """In file order; empty for a VM without a network."""
    shape: Shape
    """As long as `places`."""
    firewall: str | None
    """Its host firewall."""

    @property
    def addresses(self) -> tuple[Address, ...]:
        return tuple(place.address for place in self.places)


@dataclass(frozen=True, slots=True)
class Route:
    """One pair of addresses, by their places among those of their machines, and the network firewalls between them."""

    source: int
    destination: int
    same_zone: bool
    firewalls: tuple[str, ...] | None
    """In the order of the packet; () where none stands, None without a path."""
    translated: bool = False
    """The file says so of the path: `nat`."""


_NO_PATH: Final = 2**31
"""Longer than any path."""


class Routing:
    """The routes of one topology. Does not depend on rules, so every policy of the topology may share it."""

    __slots__ = ("_machines", "_paths", "_routes", "_translated")

    def __init__(self, topology: Topology, paths: PathsBetweenZones) -> None:
        self._paths = paths
        self._translated = _translated(topology)
        self._routes: dict[tuple[Shape, Shape], Route | None] = {}
        self._machines: dict[str, Attachment] = {}
        shapes: dict[Shape, Shape] = {}
        machines: tuple[Node | Vm, ...] = (*topology.nodes, *topology.vms)
        for machine in machines:
            places = addresses_of(machine)
            shape = tuple([(place.zone, place.address.version) for place in places])
            # One object per shape: thousands of machines have few of them. A node comes before a VM of its name.
            if machine.name not in self._machines:
                self._machines[machine.name] = Attachment(places, shapes.setdefault(shape, shape), machine.firewall)

    @property
    def machines(self) -> Mapping[str, Attachment]:
        """Every node and VM by name, nodes first, in file order."""
        return self._machines

    def route(self, ours: Shape, theirs: Shape) -> Route | None:
        """The route from one machine to another, None if no pair of their addresses is of one family.

        Of several pairs: one within a zone first, then the one that crosses the fewest network firewalls, then the one
        whose source address, then destination address, comes first in the file. A pair without a path comes last, so
        that it is taken only when nothing else is there.
        """
        if (ours, theirs) not in self._routes:
            self._routes[ours, theirs] = self._choose(ours, theirs)
        return self._routes[ours, theirs]

    def _choose(self, ours: Shape, theirs: Shape) -> Route | None:
        candidates = [
            (self._rank(zone, far_zone), i, j)
            for i, (zone, version) in enumerate(ours)
            for j, (far_zone, far_version) in enumerate(theirs)
            if version == far_version
        ]
        if not candidates:
            return None
        _, i, j = min(candidates)
        zone, far_zone = ours[i][0], theirs[j][0]
        return Route(i, j, zone == far_zone, self._firewalls(zone, far_zone), (zone, far_zone) in self._translated)

    def _firewalls(self, zone: str, far_zone: str) -> tuple[str, ...] | None:
        return () if zone == far_zone else self._paths.get((zone, far_zone))

    def _rank(self, zone: str, far_zone: str) -> tuple[bool, int]:
        firewalls = self._firewalls(zone, far_zone)
        return (zone != far_zone, _NO_PATH if firewalls is None else len(firewalls))


def _translated(topology: Topology) -> frozenset[tuple[str, str]]:
    """Pairs of zones between which addresses are translated. Like a path, it holds for both directions."""
    pairs = [(path.source, path.destination) for path in topology.paths if path.nat]
    return frozenset((*pairs, *((there, here) for here, there in pairs)))
