"""Selectors of rules as sets of addresses.

Decided here: which addresses a selector of the file stands for. In: a topology and selectors. Out: an `AddressSet`,
intervals of IPv4 and IPv6 addresses that never mix.
Never here: rules, ports, paths. Whether a name exists is checked when the file is loaded; here an unknown name simply
stands for no address.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final, Self

from vbtui.topology import Address, AddressRange, Network, Node, Selector, Topology, Vm, addresses_of
from vbtui.vocabulary import Role

Interval = tuple[int, int]
"""First and last address of a run, both included, as numbers."""


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
        return cls(_joined(v4), _joined(v6))

    @classmethod
    def of_addresses(cls, addresses: Iterable[Address]) -> Self:
        v4: list[Interval] = []
        v6: list[Interval] = []
        for address in addresses:
            (v4 if address.version == 4 else v6).append((int(address), int(address)))
        return cls(_joined(v4), _joined(v6))

    def __bool__(self) -> bool:
        return bool(self.v4 or self.v6)

    def __contains__(self, address: Address) -> bool:
        intervals = self.v4 if isinstance(address, IPv4Address) else self.v6
        number = int(address)
        place = bisect_right(intervals, (number, _V6_LAST)) - 1
        return place >= 0 and number <= intervals[place][1]

    def __or__(self, other: AddressSet) -> AddressSet:
        return AddressSet(_joined([*self.v4, *other.v4]), _joined([*self.v6, *other.v6]))

    def __and__(self, other: AddressSet) -> AddressSet:
        return AddressSet(_common(self.v4, other.v4), _common(self.v6, other.v6))


_V4_LAST: Final = 2**32 - 1
_V6_LAST: Final = 2**128 - 1

EVERYWHERE: Final = AddressSet(((0, _V4_LAST),), ((0, _V6_LAST),))
"""Every address of both families: the selector `any`."""

NOWHERE: Final = AddressSet()


def compile_selectors(topology: Topology, selectors: Iterable[Selector]) -> AddressSet:
    """The addresses of a list of selectors: those of any of them."""
    found = NOWHERE
    for selector in selectors:
        found |= compile_selector(topology, selector)
    return found


def compile_selector(topology: Topology, selector: Selector) -> AddressSet:
    """The addresses for which every key of one selector holds.

    A node or role stands for all addresses of its machines, in whichever zone; a zone for its address ranges. A
    selector without any key names nothing and stands for no address.
    """
    conditions: list[AddressSet] = []
    if selector.any:
        conditions.append(EVERYWHERE)
    if selector.node is not None:
        conditions.append(_of_machines(machine for machine in _machines(topology) if machine.name == selector.node))
    if selector.role is not None:
        conditions.append(_of_machines(_with_role(topology, selector.role)))
    if selector.zone is not None:
        zones = (zone for zone in topology.zones if zone.name == selector.zone)
        conditions.append(AddressSet.of_parts(cidr for zone in zones for cidr in zone.cidrs))
    if selector.cidr is not None:
        conditions.append(AddressSet.of_parts([selector.cidr]))
    if selector.range is not None:
        conditions.append(AddressSet.of_parts([selector.range]))
    if selector.network is not None:
        conditions.append(AddressSet.of_parts(topology.networks.get(selector.network, ())))
    if not conditions:
        return NOWHERE
    found = EVERYWHERE
    for condition in conditions:
        found &= condition
    return found


def _machines(topology: Topology) -> tuple[Node | Vm, ...]:
    return (*topology.nodes, *topology.vms)


def _with_role(topology: Topology, role: Role) -> tuple[Node | Vm, ...]:
    """Every VM is a guest, whatever the file says about its roles."""
    nodes: tuple[Node | Vm, ...] = topology.with_role(role)
    return (*nodes, *topology.vms) if role is Role.GUEST else nodes


def _of_machines(machines: Iterable[Node | Vm]) -> AddressSet:
    return AddressSet.of_addresses(entry.address for machine in machines for entry in addresses_of(machine))


def _joined(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Intervals in rising order with those that overlap or touch made one."""
    joined: list[Interval] = []
    for low, high in sorted(intervals):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return tuple(joined)


def _common(left: tuple[Interval, ...], right: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """What two rising runs of intervals share."""
    common: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            common.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(common)
