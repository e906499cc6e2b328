"""Where a generated company stands: its datacenters, clusters and address ranges, and its chance.

Decided here: how many datacenters and clusters a number of hosts makes, what each cluster is for, which addresses a
zone has. In: a number of hosts. Out: `Site`s. Never here: text of a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

_HOSTS_PER_CLUSTER: Final = 20
_CLUSTERS_PER_SITE: Final = 3
_MOST_SITES: Final = 4
_LUNS: Final = 4

ItemT = TypeVar("ItemT")


class Chance:
    """Numbers that look random and follow from a seed alone: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).

    `random.Random` promises the same sequence only for some of its methods, and a file must not change with Python.
    """

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def below(self, bound: int) -> int:
        """A number from 0 to `bound` - 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((mixed ^ (mixed >> 31)) * bound) >> 64

    def one_in(self, count: int) -> bool:
        return self.below(count) == 0

    def pick(self, items: Sequence[ItemT]) -> ItemT:
        return items[self.below(len(items))]


_MASK: Final = 2**64 - 1

CLUSTER_ROLES: Final = ("servers", "databases", "dmz")
"""The guest networks of a datacenter."""

_ZONES: Final = {"backup": 10, "repository": 20, "vsphere": 30, "esx": 40, "servers": 100, "databases": 110, "dmz": 120}
"""The zones of a datacenter, with the second byte of their addresses in the first one."""


@dataclass(frozen=True, slots=True)
class Cluster:
    name: str
    site: str
    hosts: tuple[str, ...]
    luns: tuple[str, ...]
    serves: str | None
    """The guest network of its VMs; each for some where a datacenter has only one cluster."""
    hardened: bool
    """Its Windows VMs let nothing in, not even backup."""
    prefix: str
    """The first two bytes of its hosts' addresses."""
    first: int
    """Number of its first host's address in the datacenter."""
    guest_prefixes: dict[str, str]

    def address(self, host: int) -> str:
        return _address(self.prefix, self.first + host)

    def guest_address(self, zone: str, number: int) -> str:
        return _address(self.guest_prefixes[zone], number)


@dataclass(frozen=True, slots=True)
class Site:
    """A datacenter with a vCenter."""

    name: str
    clusters: tuple[Cluster, ...]
    iscsi: bool
    """Its storage is reached over IP."""
    zones: dict[str, str]
    """Its zones by their last word, with the first two bytes of their addresses."""

    def address(self, zone: str, number: int) -> str:
        return _address(self.zones[zone], number)


def _address(prefix: str, number: int) -> str:
    """The `number`th address of a /16; the last byte is never 0 or 255."""
    return f"{prefix}.{number // 250}.{number % 250 + 1}"


def sites(hosts: int) -> tuple[Site, ...]:
    """The datacenters for so many hosts (at least 1): clusters of about 20 hosts, up to four datacenters."""
    clusters = -(-hosts // _HOSTS_PER_CLUSTER)
    count = min(_MOST_SITES, -(-clusters // _CLUSTERS_PER_SITE))
    bounds = [index * clusters // count for index in range(count + 1)]
    return tuple(_site(number, bounds[number], bounds[number + 1], clusters, hosts) for number in range(count))


def _site(number: int, first: int, end: int, clusters: int, hosts: int) -> Site:
    name = f"dc{number + 1}"
    zones = {zone: f"10.{byte + number}" for zone, byte in _ZONES.items()}
    start = first * hosts // clusters
    made = []
    for index in range(first, end):
        low, high = index * hosts // clusters, (index + 1) * hosts // clusters
        place, cluster = index - first, f"{name}-c{index - first + 1:02}"
        made.append(
            Cluster(
                name=cluster,
                site=name,
                hosts=tuple(f"{name}-esx-{host - start + 1:04}" for host in range(low, high)),
                luns=tuple(f"{cluster}-lun{lun + 1}" for lun in range(_LUNS)),
                serves=None if end - first == 1 else _serves(place, end - first),
                hardened=number % 2 == 0 and end - first > 2 and place == 1,
                prefix=zones["esx"],
                first=10 + low - start,
                guest_prefixes={zone: zones[zone] for zone in CLUSTER_ROLES},
            )
        )
    return Site(name, tuple(made), iscsi=number == 1, zones=zones)


def _serves(place: int, count: int) -> str:
    """The last cluster stands in the DMZ, one in four holds databases."""
    return "dmz" if place == count - 1 else "databases" if place % 4 == 3 else "servers"
