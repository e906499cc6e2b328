"""What is wrong with rules as rules, whatever anybody needs: the findings that take no job to see.

The words are those of the commercial analysers and of Batfish:
* *shadowed*, *redundant*: every packet that the rule matches is decided otherwise, or the same, without it; exactly
  what that means in each evaluation, and which rules are named, stands in `coverage`;
* *inoperative*: no packet can ever match, and `Inoperative` says why;
* *opaque*: imported and not understood. `raw` and `origin` are its own words and place, and `covering` the rules that
  take all that it could match, if there are any, so that it never decides anything;
* *expired*: `expires` is before the given day. It still holds: nothing here knows a clock, and a firewall may not
  either.
The other two kinds, *unused* and *over-permissive*, need to know what is needed; `planning` finds them.

Disabled rules have no findings. A rule may have several, but an inoperative one is neither shadowed nor redundant.
In: a topology, a day. Out: `RuleFinding`s in the order of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from vbtui.firewall.coverage import Covered, covered_rules
from vbtui.firewall.path import PathsBetweenZones
from vbtui.firewall.rules import CompiledFirewall, CompiledRule, compile_firewalls
from vbtui.firewall.selectors import NOWHERE, AddressSet
from vbtui.topology import Address, Node, Rule, Topology, Vm, addresses_of
from vbtui.topology.graph import zone_paths
from vbtui.vocabulary import Action


class FindingKind(StrEnum):
    """What is wrong with a rule. The values stand in JSON, SARIF and on the command line."""

    SHADOWED = "shadowed"
    REDUNDANT = "redundant"
    INOPERATIVE = "inoperative"
    UNUSED = "unused"
    OVER_PERMISSIVE = "over-permissive"
    EXPIRED = "expired"
    OPAQUE = "opaque"


class Inoperative(StrEnum):
    """Why no packet can match a rule: the parameter `reason`."""

    NO_SOURCE = "no-source"
    """Its source stands for no address."""
    NO_DESTINATION = "no-destination"
    NO_SERVICE = "no-service"
    """Its services are a name that stands for none."""
    FAMILIES = "families"
    """One side has only IPv4 addresses, the other only IPv6."""
    REFUSES = "refuses"
    """It denies or rejects in an allow-list, where only rules that allow are looked at."""
    NO_PATH = "no-path"
    """No two zones have such addresses and a path between them that crosses this firewall."""
    NO_MACHINE = "no-machine"
    """No machine with this host firewall has such an address on its side."""


Param = tuple[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """One thing that is wrong with one rule.

    Parameters by kind: redundant `backwards` (the covering rules come later) and `default` (the default answers for
    some packet); inoperative `reason`; opaque `raw`, `origin`; expired `expires`, `on` (ISO dates); over-permissive as
    in `planning.findings`.
    """

    kind: FindingKind
    firewall: str
    rule: str
    number: int
    """The rule's place in the list, counted from 1."""
    covering: tuple[str, ...] = ()
    """Names of the rules of the same firewall because of which it is so."""
    covering_numbers: tuple[int, ...] = ()
    """Their places, in the same order."""
    params: tuple[Param, ...] = ()

    def param(self, name: str) -> str | int | bool | None:
        return dict(self.params).get(name)


def rule_findings(
    topology: Topology,
    on: date | None = None,
    *,
    firewalls: Mapping[str, CompiledFirewall] | None = None,
    paths: PathsBetweenZones | None = None,
) -> tuple[RuleFinding, ...]:
    """The findings of every firewall: by firewall in the file's order, then by the rule's number, then by kind.

    `on` is the day against which `expires` is held; without it nothing has expired. `firewalls` are the topology's,
    compiled, if some rules are switched otherwise than in the file. `paths` are those of the topology's graph, if
    somebody has them already. Raises UnknownServiceError for a topology whose services were never checked.
    """
    compiled = compile_firewalls(topology) if firewalls is None else firewalls
    reach = _Reach(topology, zone_paths(topology) if paths is None else paths)
    return tuple(
        finding
        for written in topology.firewalls
        for finding in _of_firewall(compiled[written.name], written.rules, on, reach)
    )


def _of_firewall(
    firewall: CompiledFirewall, written: tuple[Rule, ...], on: date | None, reach: _Reach
) -> Iterator[RuleFinding]:
    covered = {one.rule.number: one for one in covered_rules(firewall)}
    for rule, text in zip(firewall.rules, written, strict=True):
        if not rule.enabled:
            continue
        reason = reach.inoperative(firewall, rule)
        one = covered.get(rule.number)
        if reason is not None:
            yield _finding(FindingKind.INOPERATIVE, firewall, rule, params=(("reason", reason.value),))
        elif one is not None and rule.action is not Action.UNKNOWN:
            yield _covered(firewall, one)
        if text.expires is not None and on is not None and text.expires < on:
            params = (("expires", text.expires.isoformat()), ("on", on.isoformat()))
            yield _finding(FindingKind.EXPIRED, firewall, rule, params=params)
        if rule.action is Action.UNKNOWN:
            covering = one.covering if one is not None and reason is None else ()
            params = (("origin", text.origin), ("raw", text.raw))
            yield _finding(FindingKind.OPAQUE, firewall, rule, covering, params)


def _covered(firewall: CompiledFirewall, one: Covered) -> RuleFinding:
    if one.differs:
        return _finding(FindingKind.SHADOWED, firewall, one.rule, one.covering)
    params: tuple[Param, ...] = (("backwards", one.backwards), ("default", one.default))
    return _finding(FindingKind.REDUNDANT, firewall, one.rule, one.covering, params)


def _finding(
    kind: FindingKind,
    firewall: CompiledFirewall,
    rule: CompiledRule,
    covering: tuple[CompiledRule, ...] = (),
    params: tuple[Param, ...] = (),
) -> RuleFinding:
    names = tuple(other.name for other in covering)
    numbers = tuple(other.number for other in covering)
    return RuleFinding(kind, firewall.name, rule.name, rule.number, names, numbers, params)


class _Reach:
    """Between which addresses packets can come to a firewall at all.

    A zone stands for its ranges and whatever addresses its machines have, should one lie outside.
    """

    def __init__(self, topology: Topology, paths: PathsBetweenZones) -> None:
        spaces = {zone.name: AddressSet.of_parts(zone.cidrs) for zone in topology.zones}
        machines: list[Node | Vm] = [*topology.nodes, *topology.vms]
        outside: dict[str, list[Address]] = {}
        guarded: dict[str, list[Address]] = {}
        for machine in machines:
            for entry in addresses_of(machine):
                if entry.zone in spaces and entry.address not in spaces[entry.zone]:
                    outside.setdefault(entry.zone, []).append(entry.address)
                if machine.firewall is not None:
                    guarded.setdefault(machine.firewall, []).append(entry.address)
        self._zones = tuple(
            space | AddressSet.of_addresses(outside[zone]) if zone in outside else space
            for zone, space in spaces.items()
        )
        self._guarded = {name: AddressSet.of_addresses(addresses) for name, addresses in guarded.items()}
        self._between = _zone_pairs(tuple(spaces), paths)
        self._touched: dict[AddressSet, tuple[int, int]] = {}

    def inoperative(self, firewall: CompiledFirewall, rule: CompiledRule) -> Inoperative | None:
        """Why no packet can match the rule, None if one can."""
        if not rule.source:
            return Inoperative.NO_SOURCE
        if not rule.destination:
            return Inoperative.NO_DESTINATION
        if not rule.services:
            return Inoperative.NO_SERVICE
        if not _of_one_family(rule.source, rule.destination):
            return Inoperative.FAMILIES
        if firewall.evaluation == "allow-list" and rule.action in (Action.DENY, Action.REJECT):
            return Inoperative.REFUSES
        if firewall.kind == "network":
            return None if self._crosses(firewall, rule) else Inoperative.NO_PATH
        return None if self._comes_by(firewall, rule) else Inoperative.NO_MACHINE

    def _crosses(self, firewall: CompiledFirewall, rule: CompiledRule) -> bool:
        pairs = self._between.get(firewall.name, {})
        for sources, destinations in zip(self._zones_of(rule.source), self._zones_of(rule.destination), strict=True):
            for zone, beyond in pairs.items():
                if sources >> zone & 1 and destinations & beyond:
                    return True
                # Replies come back the way of the first packet and meet the rules of a stateless firewall.
                if not firewall.stateful and destinations >> zone & 1 and sources & beyond:
                    return True
        return False

    def _comes_by(self, firewall: CompiledFirewall, rule: CompiledRule) -> bool:
        guarded = self._guarded.get(firewall.name, NOWHERE)
        inbound, outbound = rule.destination & guarded, rule.source & guarded
        return (rule.direction != "outbound" and _of_one_family(rule.source, inbound)) or (
            rule.direction != "inbound" and _of_one_family(outbound, rule.destination)
        )

    def _zones_of(self, addresses: AddressSet) -> tuple[int, int]:
        """The zones that share an address with the set, by family, as masks."""
        found = self._touched.get(addresses)
        if found is None:
            v4 = v6 = 0
            for place, zone in enumerate(self._zones):
                common = zone & addresses
                v4 |= bool(common.v4) << place
                v6 |= bool(common.v6) << place
            found = self._touched[addresses] = (v4, v6)
        return found


def _zone_pairs(zones: tuple[str, ...], paths: PathsBetweenZones) -> dict[str, dict[int, int]]:
    """By firewall and source zone the zones beyond it, as a mask."""
    found: dict[str, dict[int, int]] = {}
    for ours, source in enumerate(zones):
        for theirs, destination in enumerate(zones):
            for firewall in (paths.get((source, destination)) or ()) if ours != theirs else ():
                beyond = found.setdefault(firewall, {})
                beyond[ours] = beyond.get(ours, 0) | 1 << theirs
    return found


def _of_one_family(ours: AddressSet, theirs: AddressSet) -> bool:
    return bool((ours.v4 and theirs.v4) or (ours.v6 and theirs.v6))
