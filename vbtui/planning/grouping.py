"""Object groups: many single holes in a firewall as few rules of sources, destinations and services.

Decided here: which flows one rule takes together. Every product is exactly a part of what was asked for: each of its
sources may reach each of its destinations at each of its services, and nothing else becomes allowed. Products do not
overlap. Finding the fewest is a set cover; here four ways of merging are tried and the one with the fewest is taken.
In: patches, each a block of sources, destinations and a range of ports. Out: products, in the order of what was asked.
Never here: what the flows are for, and which firewall they are about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol as TypingProtocol

from vbtui.firewall.ports import PortSet
from vbtui.planning.missing import End
from vbtui.vocabulary import Protocol, Service


class Patch(TypingProtocol):
    """A block of flows: every source to every destination at a range of ports."""

    @property
    def sources(self) -> tuple[End, ...]: ...
    @property
    def destinations(self) -> tuple[End, ...]: ...
    @property
    def service(self) -> Service: ...


@dataclass(frozen=True, slots=True)
class Product:
    """Every source to every destination at every service."""

    sources: tuple[End, ...]
    destinations: tuple[End, ...]
    services: tuple[Service, ...]

    @property
    def flows(self) -> int:
        """Pairs of addresses times services."""
        return len(self.sources) * len(self.destinations) * len(self.services)


Pair = tuple[int, int]
"""A class of sources and a class of destinations, by number."""
Rectangle = tuple[tuple[int, ...], tuple[int, ...]]


def products(tiers: Sequence[Sequence[Patch]]) -> tuple[tuple[Product, ...], ...]:
    """The patches of every tier as products. What an earlier tier has is left out of a later one."""
    patches = [patch for tier in tiers for patch in tier]
    sources = _Classes(patch.sources for patch in patches)
    destinations = _Classes(patch.destinations for patch in patches)
    taken: dict[Pair, PortSet] = {}
    found = []
    for tier in tiers:
        wanted = _matrix(tier, sources, destinations)
        fresh = {pair: rest for pair, ports in wanted.items() if (rest := ports - taken.get(pair, PortSet()))}
        for pair, ports in fresh.items():
            taken[pair] = taken.get(pair, PortSet()) | ports
        found.append(
            tuple(
                Product(sources.ends(rows), destinations.ends(columns), ports.services)
                for rows, columns, ports in _fewest(fresh)
            )
        )
    return tuple(found)


class _Classes:
    """Ends that always come together are one class, so that ten thousand VMs cost as much as one."""

    def __init__(self, groups: Iterable[tuple[End, ...]]) -> None:
        distinct = dict.fromkeys(groups)
        marks: dict[End, list[int]] = {}
        for number, group in enumerate(distinct):
            for end in group:
                marks.setdefault(end, []).append(number)
        members: dict[tuple[int, ...], list[End]] = {}
        for end, groups_of_end in marks.items():
            members.setdefault(tuple(groups_of_end), []).append(end)
        self._members = list(members.values())
        classes: list[list[int]] = [[] for _ in distinct]
        for place, numbers in enumerate(members):
            for number in numbers:
                classes[number].append(place)
        self._of = dict(zip(distinct, classes, strict=True))

    def of(self, group: tuple[End, ...]) -> list[int]:
        return self._of[group]

    def ends(self, classes: Iterable[int]) -> tuple[End, ...]:
        return tuple(end for place in classes for end in self._members[place])


def _matrix(patches: Iterable[Patch], sources: _Classes, destinations: _Classes) -> dict[Pair, PortSet]:
    """The ports of every pair of classes, pairs in the order in which they were first asked for."""
    collected: dict[Pair, list[Service]] = {}
    for patch in patches:
        for row in sources.of(patch.sources):
            for column in destinations.of(patch.destinations):
                collected.setdefault((row, column), []).append(patch.service)
    return {pair: PortSet.of(services) for pair, services in collected.items()}


def _fewest(wanted: Mapping[Pair, PortSet]) -> list[tuple[tuple[int, ...], tuple[int, ...], PortSet]]:
    """Products of classes, by whichever way of merging needs the fewest."""
    candidates = [merge(wanted, cover) for merge in (_by_ports, _by_service) for cover in (_by_rows, _by_columns)]
    return min(candidates, key=len)


def _by_ports(
    wanted: Mapping[Pair, PortSet], cover: Callable[[Iterable[Pair]], list[Rectangle]]
) -> list[tuple[tuple[int, ...], tuple[int, ...], PortSet]]:
    """Pairs with equal sets of ports first, then what they share."""
    alike: dict[PortSet, list[Pair]] = {}
    for pair, ports in wanted.items():
        alike.setdefault(ports, []).append(pair)
    return [(rows, columns, ports) for ports, pairs in alike.items() for rows, columns in cover(pairs)]


def _by_service(
    wanted: Mapping[Pair, PortSet], cover: Callable[[Iterable[Pair]], list[Rectangle]]
) -> list[tuple[tuple[int, ...], tuple[int, ...], PortSet]]:
    """Every service on its own first, then services with equal sources and destinations as one."""
    asked = {service for ports in wanted.values() for service in ports.services}
    edges = {(one.protocol, edge) for one in asked for edge in (one.low, one.high + 1)}
    cuts = {protocol: sorted(edge for of, edge in edges if of is protocol) for protocol in Protocol}
    pieces: dict[Service, list[Pair]] = {}
    for pair, ports in wanted.items():
        for service in ports.services:
            for piece in _cut(service, cuts[service.protocol]):
                pieces.setdefault(piece, []).append(pair)
    together: dict[Rectangle, list[Service]] = {}
    for piece, pairs in pieces.items():
        for rectangle in cover(pairs):
            together.setdefault(rectangle, []).append(piece)
    return [(rows, columns, PortSet.of(services)) for (rows, columns), services in together.items()]


def _cut(service: Service, edges: Iterable[int]) -> tuple[Service, ...]:
    """A service in parts, cut before each of the rising ports `edges` that lies inside."""
    inner = [edge for edge in edges if service.low < edge <= service.high]
    ends = (*(edge - 1 for edge in inner), service.high)
    return tuple(Service(service.protocol, *part) for part in zip((service.low, *inner), ends, strict=True))


def rectangles(pairs: Iterable[Pair]) -> list[Rectangle]:
    """Pairs of numbers as rows and columns in which every row meets every column, few of them, without overlap."""
    listed = list(pairs)
    return min((_by_rows(listed), _by_columns(listed)), key=len)


def _by_rows(pairs: Iterable[Pair]) -> list[Rectangle]:
    """Rows with equal columns as one."""
    rows: dict[int, list[int]] = {}
    for row, column in pairs:
        rows.setdefault(row, []).append(column)
    equal: dict[tuple[int, ...], list[int]] = {}
    for row, columns in rows.items():
        equal.setdefault(tuple(sorted(columns)), []).append(row)
    return [(tuple(sorted(group)), columns) for columns, group in equal.items()]


def _by_columns(pairs: Iterable[Pair]) -> list[Rectangle]:
    turned = _by_rows((column, row) for row, column in pairs)
    return [(rows, columns) for columns, rows in turned]
