"""Which addresses two machines use to talk, and what stands between those addresses.

Decided here: the choice among several addresses, deterministic and the same for every service. In: a topology and its
zone paths. Out: a `Route`.
Never here: rules and ports, and how a path through the zones is found (`topology.graph`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vbtui.topology import Node, Topology, Vm, ZoneAddress, addresses_of

PathsBetweenZones = Mapping[tuple[str, str], tuple[str, ...] | None]
"""Network firewalls between a pair of zones, in order; () where none stands, None or no entry where no path exists."""


@dataclass(frozen=True, slots=True)
class Route:
    """One pair of addresses and the network firewalls between them."""

    source: ZoneAddress
    destination: ZoneAddress
    firewalls: tuple[str, ...] | None
    """In the order of the packet; () where none stands, None without a path."""

    @property
    def same_zone(self) -> bool:
        return self.source.zone == self.destination.zone


_NO_PATH: Final = 2**31
"""Longer than any path."""


class Routing:
    """The routes of one topology. Does not depend on rules, so every policy of the topology may share it."""

    __slots__ = ("_machines", "_paths")

    def __init__(self, topology: Topology, paths: PathsBetweenZones) -> None:
        self._paths = paths
        self._machines: dict[str, Node | Vm] = {}
        self._machines.update((vm.name, vm) for vm in topology.vms)
        self._machines.update((node.name, node) for node in topology.nodes)

    def machine(self, name: str) -> Node | Vm:
        """The node or VM of that name. Raises KeyError."""
        return self._machines[name]

    def route(self, source: str, destination: str) -> Route | None:
        """The route from one machine to another, None if no pair of their addresses is of one family.

        Of several pairs: one within a zone first, then the one that crosses the fewest network firewalls, then the one
        whose source address, then destination address, comes first in the file. A pair without a path comes last, so
        that it is taken only when nothing else is there. Raises KeyError for an unknown name.
        """
        candidates = [
            (self._rank(ours, theirs), i, j, ours, theirs)
            for i, ours in enumerate(addresses_of(self.machine(source)))
            for j, theirs in enumerate(addresses_of(self.machine(destination)))
            if ours.address.version == theirs.address.version
        ]
        if not candidates:
            return None
        *_, ours, theirs = min(candidates, key=lambda candidate: candidate[:3])
        return Route(ours, theirs, self._firewalls(ours, theirs))

    def _firewalls(self, ours: ZoneAddress, theirs: ZoneAddress) -> tuple[str, ...] | None:
        if ours.zone == theirs.zone:
            return ()
        return self._paths.get((ours.zone, theirs.zone))

    def _rank(self, ours: ZoneAddress, theirs: ZoneAddress) -> tuple[bool, int]:
        firewalls = self._firewalls(ours, theirs)
        return (ours.zone != theirs.zone, _NO_PATH if firewalls is None else len(firewalls))
