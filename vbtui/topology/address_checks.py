"""Whether zones and addresses fit together.

Decided here: what is wrong with an address beyond its spelling. In: zones, nodes and VMs of a topology. Out: findings.
Never here: routing; which of several addresses a connection uses is decided in `firewall`.
"""

from __future__ import annotations

from collections.abc import Iterator

from vbtui.topology.fields import Address
from vbtui.topology.model import Node, Topology, Vm
from vbtui.topology.names import Names
from vbtui.topology.problems import DataPath, Finding, ProblemCode


def check_zones(topology: Topology) -> Iterator[Finding]:
    """Networks of different zones that share addresses; found in one sweep over the sorted networks."""
    ranges = sorted(
        (network.version, int(network.network_address), -int(network.broadcast_address), zone, index)
        for zone, part in enumerate(topology.zones)
        for index, network in enumerate(part.cidrs)
    )
    # CIDR blocks nest or are apart, so the open ones are a stack: each inside the one before
    around: list[tuple[int, int, int, int]] = []
    before = None
    for version, low, minus_high, zone, index in ranges:
        if before == (version, low, minus_high, zone):  # the same network again in the same zone
            continue
        before = (version, low, minus_high, zone)
        while around and (around[-1][0] != version or around[-1][1] < low):
            around.pop()
        other = next((outer for outer in reversed(around) if outer[2] != zone), None)
        if other is not None:
            yield _overlap(topology, (zone, index), other[2:])
        around.append((version, -minus_high, zone, index))


def _overlap(topology: Topology, ours: tuple[int, int], theirs: tuple[int, int]) -> Finding:
    (first_zone, first), (zone, index) = sorted((ours, theirs))
    earlier, later = topology.zones[first_zone], topology.zones[zone]
    params = (
        ("found", str(later.cidrs[index])),
        ("other", earlier.name),
        ("other_cidr", str(earlier.cidrs[first])),
    )
    path = ("zones", zone, "cidrs", index)
    return Finding(ProblemCode.OVERLAPPING_ZONES, path, params, first=("zones", first_zone, "cidrs", first))


def check_addresses(topology: Topology, names: Names) -> Iterator[Finding]:
    """Addresses of nodes and VMs: complete, in their zone, and nobody else's."""
    taken: dict[tuple[int, int], tuple[str, DataPath]] = {}
    machines: list[tuple[Node | Vm, DataPath]] = [(node, ("nodes", i)) for i, node in enumerate(topology.nodes)]
    machines += [(vm, ("vms", i)) for i, vm in enumerate(topology.vms)]
    prefixes = _Prefixes(names)
    for machine, path in machines:
        # nearly every machine has one address, and a new one; nothing is made for it but an entry in a table
        if machine.address is None or machine.zone is None or machine.addresses:
            yield from _complete(machine, path)
        for zone, address, where in _written(machine, path):
            number = (address.version, int(address))
            if not prefixes.hold(zone, number):
                yield from _address(zone, address, where, names)
            owner, first = taken.setdefault(number, (machine.name, where))
            if first is not where:
                params = (("found", str(address)), ("other", owner))
                yield Finding(ProblemCode.DUPLICATE_ADDRESS, (*where, "address"), params, first=(*first, "address"))
        if machine.address is None:
            yield from names.reference("zone", machine.zone, (*path, "zone"))


def _complete(machine: Node | Vm, path: DataPath) -> Iterator[Finding]:
    one = machine.zone is not None or machine.address is not None
    if one and machine.addresses:
        yield Finding(ProblemCode.ADDRESS_TWICE, (*path, "addresses"), (("found", machine.name),), at_key=True)
    elif machine.zone is None and machine.address is not None:
        yield Finding(ProblemCode.INCOMPLETE_ADDRESS, (*path, "address"), (("expected", "zone"),), at_key=True)
    elif machine.zone is not None and machine.address is None:
        yield Finding(ProblemCode.INCOMPLETE_ADDRESS, (*path, "zone"), (("expected", "address"),), at_key=True)
    elif isinstance(machine, Node) and not one and not machine.addresses:
        yield Finding(ProblemCode.NO_ADDRESS, path, (("expected", "zone, address"),))


def _written(machine: Node | Vm, path: DataPath) -> list[tuple[str, Address, DataPath]]:
    """Every address with its zone, and where the two stand."""
    found = [(one.zone, one.address, (*path, "addresses", index)) for index, one in enumerate(machine.addresses)]
    if machine.zone is not None and machine.address is not None:
        found.insert(0, (machine.zone, machine.address, path))
    return found


class _Prefixes:
    """The zones' networks as pairs of first and last address, each a family with a number."""

    def __init__(self, names: Names) -> None:
        self._of = {
            name: [
                ((net.version, int(net.network_address)), (net.version, int(net.broadcast_address)))
                for net in zone.cidrs
            ]
            for name, zone in names.zones.items()
        }

    def hold(self, zone: str, address: tuple[int, int]) -> bool:
        """Whether there is such a zone, and the address is in one of its networks."""
        return any(low <= address <= high for low, high in self._of.get(zone, ()))


def _address(zone_name: str, address: Address, path: DataPath, names: Names) -> Iterator[Finding]:
    """What is wrong with an address that its zone does not hold."""
    yield from names.reference("zone", zone_name, (*path, "zone"))
    zone = names.zones.get(zone_name)
    if zone is not None:
        cidrs = ", ".join(str(network) for network in zone.cidrs)
        params = (("found", str(address)), ("zone", zone.name), ("expected", cidrs))
        yield Finding(ProblemCode.ADDRESS_OUTSIDE_ZONE, (*path, "address"), params)
