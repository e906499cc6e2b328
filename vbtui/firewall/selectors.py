"""Selectors of rules as sets of addresses.

Decided here: which addresses a selector of the file stands for. In: a topology and selectors. Out: an `AddressSet`,
intervals of IPv4 and IPv6 addresses that never mix.
Never here: rules, ports, paths. Whether a name exists is checked when the file is loaded; here an unknown name simply
stands for no address.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final, Literal, Self

from vbtui.firewall.intervals import Interval, common, joined, minus, runs, size
from vbtui.topology import Address, AddressRange, Network, Node, Selector, Topology, Vm, addresses_of
from vbtui.vocabulary import Role


@dataclass(frozen=True, slots=True)
class AddressSet:
    """A set of addresses: for each family rising intervals that neither overlap nor touch.

    Equal sets are equal objects, whatever they were built from.
    """

    v4: tuple[Interval, ...] = ()
    v6: tuple[Interval, ...] = ()

    @classmethod
    def of_parts(cls, parts: Iterable[Network | AddressRange]) -> Self:
        """The addresses of networks and ranges together."""
        v4: list[Interval] = []
        v6: list[Interval] = []
        for part in parts:
            first, last = (
                (part.first, part.last)
                if isinstance(part, AddressRange)
                else (part.network_address, part.broadcast_address)
            )
            (v4 if first.version == 4 else v6).append((int(first), int(last)))
        return cls(joined(v4), joined(v6))

    @classmethod
    def of_addresses(cls, addresses: Iterable[Address]) -> Self:
        v4: list[int] = []
        v6: list[int] = []
        for address in addresses:
            (v4 if address.version == 4 else v6).append(int(address))
        return cls(runs(v4), runs(v6))

    def __bool__(self) -> bool:
        return bool(self.v4 or self.v6)

    def __contains__(self, address: Address) -> bool:
        intervals = self.v4 if isinstance(address, IPv4Address) else self.v6
        number = int(address)
        place = bisect_right(intervals, (number, _V6_LAST)) - 1
        return place >= 0 and number <= intervals[place][1]

    def __or__(self, other: AddressSet) -> AddressSet:
        return AddressSet(joined([*self.v4, *other.v4]), joined([*self.v6, *other.v6]))

    def __and__(self, other: AddressSet) -> AddressSet:
        return AddressSet(common(self.v4, other.v4), common(self.v6, other.v6))

    def __sub__(self, other: AddressSet) -> AddressSet:
        return AddressSet(minus(self.v4, other.v4), minus(self.v6, other.v6))

    @property
    def size(self) -> int:
        """How many addresses they are, of both families together."""
        return size(self.v4) + size(self.v6)

    @property
    def parts(self) -> tuple[Network | AddressRange, ...]:
        """The set as networks, and as ranges where an interval is no network: IPv4 first, rising."""
        return (*(_part(4, low, high) for low, high in self.v4), *(_part(6, low, high) for low, high in self.v6))


def _part(version: Literal[4, 6], low: int, high: int) -> Network | AddressRange:
    length = high - low + 1
    is_network = length & (length - 1) == 0 and low % length == 0
    if version == 4:
        if is_network:
            return IPv4Network((low, 33 - length.bit_length()))
        return AddressRange(IPv4Address(low), IPv4Address(high))
    if is_network:
        return IPv6Network((low, 129 - length.bit_length()))
    return AddressRange(IPv6Address(low), IPv6Address(high))


_V4_LAST: Final = 2**32 - 1
_V6_LAST: Final = 2**128 - 1

EVERYWHERE: Final = AddressSet(((0, _V4_LAST),), ((0, _V6_LAST),))
"""Every address of both families: the selector `any`."""

NOWHERE: Final = AddressSet()


class Directory:
    """The addresses behind the names of one topology: machines, roles, zones, networks.

    Every selector is compiled once. Selectors that are written alike get one and the same set, so that thousands of
    rules about a role do not hold its machines thousands of times.
    """

    __slots__ = ("_alike", "_by_name", "_by_role", "_topology")

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._alike: dict[Hashable, AddressSet] = {}
        self._by_name: dict[str, list[Node | Vm]] | None = None
        self._by_role: dict[Role, AddressSet] = {}

    def of(self, selectors: Iterable[Selector]) -> AddressSet:
        """The addresses of a list of selectors: those of any of them."""
        listed = tuple(selectors)
        words = tuple(_words(selector) for selector in listed)
        found = self._alike.get(words)
        if found is None:
            parts = [self._of_one(selector) for selector in listed]
            found = parts[0] if len(parts) == 1 else _any_of(parts)
            self._alike[words] = found
        return found

    def _of_one(self, selector: Selector) -> AddressSet:
        words = _words(selector)
        found = self._alike.get(words)
        if found is None:
            found = self._alike[words] = _all_of(self._conditions(selector))
        return found

    def _conditions(self, selector: Selector) -> Iterable[AddressSet]:
        """What every key of a selector stands for.

        A node or role stands for all addresses of its machines, in whichever zone; a zone for its address ranges.
        """
        if selector.any:
            yield EVERYWHERE
        if selector.node is not None:
            yield self._of_node(selector.node)
        if selector.role is not None:
            yield self._of_role(selector.role)
        if selector.zone is not None:
            zones = (zone for zone in self._topology.zones if zone.name == selector.zone)
            yield AddressSet.of_parts(cidr for zone in zones for cidr in zone.cidrs)
        if selector.cidr is not None:
            yield AddressSet.of_parts([selector.cidr])
        if selector.range is not None:
            yield AddressSet.of_parts([selector.range])
        if selector.network is not None:
            yield AddressSet.of_parts(self._topology.networks.get(selector.network, ()))

    def _of_node(self, name: str) -> AddressSet:
        if self._by_name is None:
            self._by_name = {}
            machines: tuple[Node | Vm, ...] = (*self._topology.nodes, *self._topology.vms)
            for machine in machines:
                self._by_name.setdefault(machine.name, []).append(machine)
        return _of_machines(self._by_name.get(name, ()))

    def _of_role(self, role: Role) -> AddressSet:
        """Every VM is a guest, whatever the file says about its roles."""
        found = self._by_role.get(role)
        if found is None:
            machines: tuple[Node | Vm, ...] = self._topology.with_role(role)
            found = _of_machines((*machines, *self._topology.vms) if role is Role.GUEST else machines)
            self._by_role[role] = found
        return found


def compile_selectors(topology: Topology, selectors: Iterable[Selector]) -> AddressSet:
    """The addresses of a list of selectors: those of any of them. For many lists a `Directory` is quicker."""
    return Directory(topology).of(selectors)


def _words(selector: Selector) -> Hashable:
    """What is written in a selector: equal for equal ones, and quicker to hash than the model itself."""
    return (
        selector.any,
        selector.node,
        selector.role,
        selector.zone,
        selector.cidr,
        selector.range,
        selector.network,
    )


def _any_of(sets: Iterable[AddressSet]) -> AddressSet:
    listed = list(sets)
    return AddressSet(
        joined(interval for one in listed for interval in one.v4),
        joined(interval for one in listed for interval in one.v6),
    )


def _all_of(conditions: Iterable[AddressSet]) -> AddressSet:
    """The addresses for which every condition holds. A selector without any key names nothing: no address."""
    found: AddressSet | None = None
    for condition in conditions:
        found = condition if found is None else found & condition
    return NOWHERE if found is None else found


def _of_machines(machines: Iterable[Node | Vm]) -> AddressSet:
    return AddressSet.of_addresses(entry.address for machine in machines for entry in addresses_of(machine))
