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

from vbtui.firewall.intervals import Interval, common, joined, without
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


Ports = tuple[tuple[Protocol, tuple[Interval, ...]], ...]
"""Sets of ports by protocol, in the order of the protocols, without empty ones."""
Pair = tuple[int, int]
"""A class of sources and a class of destinations, by number."""
Rectangle = tuple[tuple[int, ...], tuple[int, ...]]


def products(tiers: Sequence[Sequence[Patch]]) -> tuple[tuple[Product, ...], ...]:
    """The patches of every tier as products. What an earlier tier has is left out of a later one."""
    patches = [patch for tier in tiers for patch in tier]
    sources = _Classes(patch.sources for patch in patches)
    destinations = _Classes(patch.destinations for patch in patches)
    taken: dict[Pair, Ports] = {}
    found = []
    for tier in tiers:
        wanted = _matrix(tier, sources, destinations)
        fresh = {pair: rest for pair, ports in wanted.items() if (rest := _minus(ports, taken.get(pair, ())))}
        for pair, ports in fresh.items():
            taken[pair] = _plus(taken.get(pair, ()), ports)
        found.append(
            tuple(
                Product(sources.ends(rows), destinations.ends(columns), _services(ports))
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


def _matrix(patches: Iterable[Patch], sources: _Classes, destinations: _Classes) -> dict[Pair, Ports]:
    """The ports of every pair of classes, pairs in the order in which they were first asked for."""
    collected: dict[Pair, dict[Protocol, list[Interval]]] = {}
    for patch in patches:
        service = patch.service
        for row in sources.of(patch.sources):
            for column in destinations.of(patch.destinations):
                ports = collected.setdefault((row, column), {})
                ports.setdefault(service.protocol, []).append((service.low, service.high))
    return {
        pair: tuple((protocol, joined(ports[protocol])) for protocol in Protocol if protocol in ports)
        for pair, ports in collected.items()
    }


def _fewest(wanted: Mapping[Pair, Ports]) -> list[tuple[tuple[int, ...], tuple[int, ...], Ports]]:
    """Products of classes, by whichever way of merging needs the fewest."""
    candidates = [merge(wanted, cover) for merge in (_by_ports, _by_service) for cover in (_by_rows, _by_columns)]
    return min(candidates, key=len)


def _by_ports(
    wanted: Mapping[Pair, Ports], cover: Callable[[Iterable[Pair]], list[Rectangle]]
) -> list[tuple[tuple[int, ...], tuple[int, ...], Ports]]:
    """Pairs with equal sets of ports first, then what they share."""
    alike: dict[Ports, list[Pair]] = {}
    for pair, ports in wanted.items():
        alike.setdefault(ports, []).append(pair)
    return [(rows, columns, ports) for ports, pairs in alike.items() for rows, columns in cover(pairs)]


def _by_service(
    wanted: Mapping[Pair, Ports], cover: Callable[[Iterable[Pair]], list[Rectangle]]
) -> list[tuple[tuple[int, ...], tuple[int, ...], Ports]]:
    """Every service on its own first, then services with equal sources and destinations as one."""
    pieces: dict[tuple[Protocol, Interval], list[Pair]] = {}
    edges: dict[Protocol, set[int]] = {}
    for ports in wanted.values():
        for protocol, ranges in ports:
            edges.setdefault(protocol, set()).update(edge for low, high in ranges for edge in (low, high + 1))
    cuts = {protocol: sorted(found) for protocol, found in edges.items()}
    for pair, ports in wanted.items():
        for protocol, ranges in ports:
            for low, high in ranges:
                inner = [edge for edge in cuts[protocol] if low < edge <= high]
                for piece in zip((low, *inner), (*(edge - 1 for edge in inner), high), strict=True):
                    pieces.setdefault((protocol, piece), []).append(pair)
    together: dict[Rectangle, dict[Protocol, list[Interval]]] = {}
    for (protocol, piece), pairs in pieces.items():
        for rectangle in cover(pairs):
            together.setdefault(rectangle, {}).setdefault(protocol, []).append(piece)
    return [
        (rows, columns, tuple((protocol, joined(ranges[protocol])) for protocol in Protocol if protocol in ranges))
        for (rows, columns), ranges in together.items()
    ]


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


def _minus(ports: Ports, taken: Ports) -> Ports:
    """Ports without those that are taken, which may lie anywhere."""
    found = []
    for protocol, ranges in ports:
        theirs = dict(taken).get(protocol, ())
        left = tuple(piece for whole in ranges for piece in without(whole, common((whole,), theirs)))
        if left:
            found.append((protocol, left))
    return tuple(found)


def _plus(ours: Ports, theirs: Ports) -> Ports:
    left, right = dict(ours), dict(theirs)
    both = ((protocol, joined((*left.get(protocol, ()), *right.get(protocol, ())))) for protocol in Protocol)
    return tuple((protocol, ranges) for protocol, ranges in both if ranges)


def _services(ports: Ports) -> tuple[Service, ...]:
    return tuple(Service(protocol, low, high) for protocol, ranges in ports for low, high in ranges)
