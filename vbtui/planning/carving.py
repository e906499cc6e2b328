"""A rule that leaves certain flows out: what remains of a block when others have to pass it.

Decided here: into which pieces a rule falls. Together they match exactly what the rule matched, less what is left out;
they do not overlap. A side that is cut is written as the addresses that remain, a side that is not stays as it was.
In: a rule, what it has to leave out. Out: rules. Exact, over direction, services, destinations and sources.
Never here: which flows have to be left out (`missing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, summarize_address_range
from typing import Literal

from vbtui.firewall.intervals import Interval, common, joined, without
from vbtui.firewall.rules import CompiledRule
from vbtui.firewall.selectors import AddressSet
from vbtui.topology import AddressRange, Rule, Selector
from vbtui.vocabulary import Protocol, Service

Direction = Literal["inbound", "outbound", "both"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Flows that a rule has to let go."""

    source: AddressSet
    destination: AddressSet
    services: tuple[Service, ...]
    direction: Direction


@dataclass(frozen=True, slots=True)
class _Box:
    """What a piece matches."""

    source: AddressSet
    destination: AddressSet
    services: tuple[Service, ...]
    direction: Direction


def carved(rule: Rule, compiled: CompiledRule, left_out: Sequence[LeftOut], names: Iterable[str]) -> tuple[Rule, ...]:
    """The pieces of `rule` without `left_out`; empty if nothing of it remains.

    `compiled` is the same rule as address sets. The first piece keeps the rule's name, `names` are for the others.
    """
    whole = _Box(compiled.source, compiled.destination, _merged(compiled.services), compiled.direction)
    boxes = [whole]
    for one in left_out:
        boxes = [piece for box in boxes for piece in _minus(box, one)]
    more = iter(names)
    return tuple(_written(rule, whole, box, rule.name if place == 0 else next(more)) for place, box in enumerate(boxes))


def _minus(box: _Box, out: LeftOut) -> Iterator[_Box]:
    """A box less another: what differs in direction, then in services, then in destination, then in source."""
    source, destination = box.source & out.source, box.destination & out.destination
    services = _shared(box.services, out.services)
    directions = _directions(box.direction) & _directions(out.direction)
    if not source or not destination or not services or not directions:
        yield box
        return
    others = _directions(box.direction) - directions
    if others:
        yield replace(box, direction=_written_direction(others))
    box = replace(box, direction=_written_direction(directions))
    if rest := _less(box.services, services):
        yield replace(box, services=rest)
    box = replace(box, services=services)
    if far := minus(box.destination, destination):
        yield replace(box, destination=far)
    box = replace(box, destination=destination)
    if near := minus(box.source, source):
        yield replace(box, source=near)


def minus(ours: AddressSet, theirs: AddressSet) -> AddressSet:
    """The addresses of one set that are not in the other."""
    return AddressSet(_apart(ours.v4, theirs.v4), _apart(ours.v6, theirs.v6))


def _apart(ours: Sequence[Interval], theirs: Sequence[Interval]) -> tuple[Interval, ...]:
    return tuple(piece for whole in ours for piece in without(whole, common((whole,), theirs)))


def _merged(services: Iterable[Service]) -> tuple[Service, ...]:
    """The same ports in ranges that neither overlap nor touch."""
    found = list(services)
    return tuple(
        Service(protocol, low, high)
        for protocol in Protocol
        for low, high in joined((one.low, one.high) for one in found if one.protocol is protocol)
    )


def _ranges(services: Iterable[Service], protocol: Protocol) -> tuple[Interval, ...]:
    return joined((one.low, one.high) for one in services if one.protocol is protocol)


def _shared(ours: Sequence[Service], theirs: Sequence[Service]) -> tuple[Service, ...]:
    return tuple(
        Service(protocol, low, high)
        for protocol in Protocol
        for low, high in common(_ranges(ours, protocol), _ranges(theirs, protocol))
    )


def _less(ours: Sequence[Service], theirs: Sequence[Service]) -> tuple[Service, ...]:
    return tuple(
        Service(protocol, low, high)
        for protocol in Protocol
        for low, high in _apart(_ranges(ours, protocol), _ranges(theirs, protocol))
    )


def _directions(direction: Direction) -> frozenset[Literal["inbound", "outbound"]]:
    return frozenset(("inbound", "outbound")) if direction == "both" else frozenset((direction,))


def _written_direction(directions: frozenset[Literal["inbound", "outbound"]]) -> Direction:
    return "both" if len(directions) == 2 else next(iter(directions))


def _written(rule: Rule, whole: _Box, box: _Box, name: str) -> Rule:
    return rule.model_copy(
        update={
            "name": name,
            "source": rule.source if box.source == whole.source else selectors(box.source),
            "destination": rule.destination if box.destination == whole.destination else selectors(box.destination),
            "services": rule.services if box.services == whole.services else tuple(str(one) for one in box.services),
            "direction": box.direction,
        }
    )


def selectors(addresses: AddressSet) -> tuple[Selector, ...]:
    """Exactly these addresses: a network where a run is one, a range otherwise."""
    ends: list[AddressRange] = [AddressRange(IPv4Address(low), IPv4Address(high)) for low, high in addresses.v4]
    ends += [AddressRange(IPv6Address(low), IPv6Address(high)) for low, high in addresses.v6]
    return tuple(_selector(one) for one in ends)


def _selector(run: AddressRange) -> Selector:
    networks: Iterator[IPv4Network | IPv6Network] = summarize_address_range(run.first, run.last)
    first = next(networks)
    return Selector(cidr=first) if next(networks, None) is None else Selector(range=run)
