"""A rule that leaves certain flows out: what remains of a block when others have to pass it.

Decided here: into which pieces a rule falls. Together they match exactly what the rule matched, less what is left out;
they do not overlap. A side that is cut is written as the addresses that remain, a side that is not stays as it was.
In: a rule, what it has to leave out. Out: rules. Exact, over direction, ports, destinations and sources.
Never here: which flows have to be left out (`missing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from vbtui.firewall.ports import PortSet
from vbtui.firewall.rules import CompiledRule
from vbtui.firewall.selectors import AddressSet
from vbtui.topology import Rule, Selector

Direction = Literal["inbound", "outbound", "both"]


@dataclass(frozen=True, slots=True)
class Flows:
    """What a rule or a piece of one matches, or has to let go: all of these together."""

    source: AddressSet
    destination: AddressSet
    ports: PortSet
    direction: Direction


def carved(rule: Rule, compiled: CompiledRule, left_out: Sequence[Flows], names: Iterable[str]) -> tuple[Rule, ...]:
    """The pieces of `rule` without `left_out`; empty if nothing of it remains.

    `compiled` is the same rule as address sets. The first piece keeps the rule's name, `names` are for the others.
    """
    whole = Flows(compiled.source, compiled.destination, PortSet.of(compiled.services), compiled.direction)
    pieces = [whole]
    for one in left_out:
        pieces = [rest for piece in pieces for rest in _minus(piece, one)]
    more = iter(names)
    return tuple(
        _written(rule, whole, piece, rule.name if place == 0 else next(more)) for place, piece in enumerate(pieces)
    )


def _minus(flows: Flows, out: Flows) -> Iterator[Flows]:
    """Flows less others: what differs in direction, then in ports, then in destination, then in source."""
    source, destination, ports = flows.source & out.source, flows.destination & out.destination, flows.ports & out.ports
    directions = _directions(flows.direction) & _directions(out.direction)
    if not source or not destination or not ports or not directions:
        yield flows
        return
    if others := _directions(flows.direction) - directions:
        yield replace(flows, direction=_written_direction(others))
    flows = replace(flows, direction=_written_direction(directions))
    if rest := flows.ports - ports:
        yield replace(flows, ports=rest)
    flows = replace(flows, ports=ports)
    if far := flows.destination - destination:
        yield replace(flows, destination=far)
    flows = replace(flows, destination=destination)
    if near := flows.source - source:
        yield replace(flows, source=near)


def _directions(direction: Direction) -> frozenset[Literal["inbound", "outbound"]]:
    return frozenset(("inbound", "outbound")) if direction == "both" else frozenset((direction,))


def _written_direction(directions: frozenset[Literal["inbound", "outbound"]]) -> Direction:
    return "both" if len(directions) == 2 else next(iter(directions))


def _written(rule: Rule, whole: Flows, piece: Flows, name: str) -> Rule:
    changed: dict[str, object] = {"name": name, "direction": piece.direction}
    if piece.source != whole.source:
        changed["source"] = _selectors(piece.source)
    if piece.destination != whole.destination:
        changed["destination"] = _selectors(piece.destination)
    if piece.ports != whole.ports:
        changed["services"] = tuple(str(one) for one in piece.ports.services)
    return rule.model_copy(update=changed)


def _selectors(addresses: AddressSet) -> tuple[Selector, ...]:
    return tuple(Selector.of_part(part) for part in addresses.parts)
