"""What is wrong with the rules, seen from the jobs too: unused and over-permissive, beside the findings on rules alone.

What a rule is needed for. A rule *decides* a connection at its firewall if it is the one that matches there, asked
alone: so a rule counts also behind a firewall that is still closed, and for the replies at a stateless one. The
connections are all that a check of the jobs judges, the ways that stand in for others and names, time and identity
among them. Besides, what the catalogue lists for installation and for features counts between all machines of the
roles: it is not needed for a run, but nobody wants to be told to close it.

* *unused*: a rule that allows decides none of these connections. By the model, not by traffic: others than backup may
  need it. A rule that refuses is there for what nobody needs, so it is never called unused; nor is one that never
  decides anything (shadowed, redundant before, inoperative), since that is said already.
* *over-permissive*: a rule that allows and is used, and allows more than the connections that it decides need, counted
  on each side by itself: ports (of TCP and UDP together), source addresses, destination addresses. What no packet can
  have there does not count: at a host firewall one side is the machine itself. Parameters: `allowed_ports` and
  `needed_ports`, `allowed_sources` and `needed_sources`, `allowed_destinations` and `needed_destinations`.

Nothing is held against the rules of a firewall on a path that translates addresses (`nat`): what they are for is not
known.

Connections stand for many flows (`ConnectionVerdict`), and nothing here takes them apart; an address is looked up for
each machine, not for each pair, unless a machine has several.
In: a topology, jobs. Out: `RuleFinding`s. Never here: traffic, text, a clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from vbtui.catalogue import Party, Row, When, load_catalogue
from vbtui.catalogue.model import ROLE_OF_PARTY
from vbtui.firewall import FindingKind, Policy, Reason, RuleFinding, rule_findings
from vbtui.firewall.alone import FirewallsAlone
from vbtui.firewall.ports import PortSet
from vbtui.firewall.rules import CompiledFirewall, CompiledRule, compile_firewalls
from vbtui.firewall.selectors import AddressSet
from vbtui.planning.check import check_all
from vbtui.planning.report import CheckReport
from vbtui.topology import Address, Job, Node, Topology, Vm, addresses_of
from vbtui.topology.graph import zone_paths
from vbtui.vocabulary import Action, Level, Profile, Role, Service
from vbtui.workflow.parties import SERVERS

_ORDER = {kind: place for place, kind in enumerate(FindingKind)}
_BESIDES = frozenset({Level.OPTIONAL, Level.DEPLOYMENT})
_NEVER_DECIDES = frozenset({FindingKind.SHADOWED, FindingKind.INOPERATIVE})


def findings(
    topology: Topology,
    jobs: Sequence[Job],
    *,
    profile: Profile | None = None,
    on: date | None = None,
    policy: Policy | None = None,
    reports: Sequence[CheckReport] | None = None,
) -> tuple[RuleFinding, ...]:
    """Every finding on the rules of `topology`: by firewall in the file's order, then by number, then by kind.

    `on` is the day against which `expires` is held; without it nothing has expired. `profile` replaces the file's,
    `policy` the file's firewall rules, with what is switched in it. `reports` are those of the jobs under the same
    profile and policy, if somebody has them already. Raises firewall.UnknownServiceError for a topology whose rules
    were never checked.
    """
    rules = policy or Policy(topology)
    topology = rules.topology
    compiled = dict(compile_firewalls(topology))
    for firewall, rule, enabled in rules.toggled_rules:
        compiled[firewall] = compiled[firewall].with_rule(rule, enabled)
    paths = zone_paths(topology)
    found = list(rule_findings(topology, on, firewalls=compiled, paths=paths))
    if reports is None:
        reports = check_all(topology, jobs, profile=profile, policy=rules)
    uses = _Uses(topology, rules, FirewallsAlone(topology, compiled, paths))
    for report in reports:
        for one in report.connections:
            uses.add(one.sources, one.destinations, one.asked.service)
    for sources, destinations, service in _besides(topology, rules, profile or topology.profile):
        uses.add(sources, destinations, service)
    found += _against_needs(topology, compiled, uses, found)
    order = {firewall.name: place for place, firewall in enumerate(topology.firewalls)}
    return tuple(sorted(found, key=lambda one: (order[one.firewall], one.number, _ORDER[one.kind])))


def _against_needs(
    topology: Topology, compiled: Mapping[str, CompiledFirewall], uses: _Uses, found: Sequence[RuleFinding]
) -> Iterator[RuleFinding]:
    silent = {(one.firewall, one.number) for one in found if _decides_nothing(one)}
    guarded = _guarded(topology)
    doubtful = {name for path in topology.paths if path.nat for name in path.via}
    for firewall in compiled.values():
        for rule in firewall.rules:
            key = (firewall.name, rule.number)
            if not rule.enabled or rule.action is not Action.ALLOW or key in silent or firewall.name in doubtful:
                continue
            need = uses.needs.get(key)
            if need is None:
                yield RuleFinding(FindingKind.UNUSED, firewall.name, rule.name, rule.number)
                continue
            counts = _allowed(firewall, rule, guarded.get(firewall.name, AddressSet()))
            needed = need.counts()
            if any(ours > theirs for ours, theirs in zip(counts, needed, strict=True)):
                names = ("ports", "sources", "destinations")
                params = [
                    param
                    for name, ours, theirs in zip(names, counts, needed, strict=True)
                    for param in ((f"allowed_{name}", ours), (f"needed_{name}", theirs))
                ]
                kind = FindingKind.OVER_PERMISSIVE
                yield RuleFinding(kind, firewall.name, rule.name, rule.number, params=tuple(params))


def _decides_nothing(one: RuleFinding) -> bool:
    return one.kind in _NEVER_DECIDES or (one.kind is FindingKind.REDUNDANT and not one.param("backwards"))


Counts = tuple[int, int, int]
"""Ports, source addresses, destination addresses."""


def _allowed(firewall: CompiledFirewall, rule: CompiledRule, guarded: AddressSet) -> Counts:
    source, destination = rule.source, rule.destination
    if firewall.kind == "host" and rule.direction != "both":
        inbound = rule.direction == "inbound"
        source, destination = (source, destination & guarded) if inbound else (source & guarded, destination)
    return PortSet.of(rule.services).size, source.size, destination.size


def _guarded(topology: Topology) -> dict[str, AddressSet]:
    """By host firewall the addresses of its machines."""
    found: dict[str, list[Address]] = {}
    machines: list[Node | Vm] = [*topology.nodes, *topology.vms]
    for machine in machines:
        if machine.firewall is not None:
            found.setdefault(machine.firewall, []).extend(entry.address for entry in addresses_of(machine))
    return {name: AddressSet.of_addresses(addresses) for name, addresses in found.items()}


@dataclass(slots=True)
class _Need:
    """What one rule is needed for."""

    services: set[Service] = field(default_factory=set)
    sources: set[Address] = field(default_factory=set)
    destinations: set[Address] = field(default_factory=set)
    pairs: set[tuple[int, int]] = field(default_factory=set)
    """Sides whose addresses are in the sets already."""

    def counts(self) -> Counts:
        return PortSet.of(self.services).size, len(self.sources), len(self.destinations)


Sides = tuple[frozenset[Address], frozenset[Address]]


class _Uses:
    """What the rules of all firewalls are needed for, as connections come in."""

    def __init__(self, topology: Topology, policy: Policy, alone: FirewallsAlone) -> None:
        self.needs: dict[tuple[str, int], _Need] = {}
        self._policy = policy
        self._alone = alone
        self._firewalls = frozenset(firewall.name for firewall in topology.firewalls)
        machines: list[Node | Vm] = [*topology.vms, *topology.nodes]
        self._addresses = {
            machine.name: tuple(entry.address for entry in addresses_of(machine)) for machine in machines
        }
        self._numbers: dict[tuple[str, ...], int] = {}
        self._sides: dict[tuple[int, int], Sides] = {}
        self._seen: set[tuple[int, int, Service]] = set()

    def add(self, sources: tuple[str, ...], destinations: tuple[str, ...], service: Service) -> None:
        """One connection between machines that all get the same answers."""
        pair = (self._number(sources), self._number(destinations))
        between = next(((ours, theirs) for ours in sources for theirs in destinations if ours != theirs), None)
        if between is None or (*pair, service) in self._seen:
            return
        self._seen.add((*pair, service))
        verdict = self._policy.evaluate(*between, service)
        # What is allowed has met every firewall on its way.
        hops = verdict.hops if verdict.allowed else self._alone.hops(*between, service)
        for hop in hops:
            for segment in hop.segments:
                if segment.reason is not Reason.RULE or segment.rule_number is None or hop.name not in self._firewalls:
                    continue
                need = self.needs.setdefault((hop.name, segment.rule_number), _Need())
                need.services.add(Service(service.protocol, segment.low, segment.high))
                way = pair if hop.where != "reply" else pair[::-1]
                if way in need.pairs:
                    continue
                need.pairs.add(way)
                ours, theirs = self._of_sides(pair, sources, destinations)
                need.sources |= ours if hop.where != "reply" else theirs
                need.destinations |= theirs if hop.where != "reply" else ours

    def _number(self, names: tuple[str, ...]) -> int:
        return self._numbers.setdefault(names, len(self._numbers))

    def _of_sides(self, pair: tuple[int, int], sources: tuple[str, ...], destinations: tuple[str, ...]) -> Sides:
        """The addresses that two sets of machines use with each other."""
        found = self._sides.get(pair)
        if found is None:
            ours = frozenset(self._used(sources, destinations, 0))
            theirs = frozenset(self._used(destinations, sources, 1))
            found = self._sides[pair] = (ours, theirs)
        return found

    def _used(self, machines: tuple[str, ...], others: tuple[str, ...], side: int) -> Iterator[Address]:
        for name in machines:
            addresses = self._addresses[name]
            if len(addresses) < 2:
                yield from addresses
                continue
            for other in others:
                pair = self._policy.addresses(name, other) if side == 0 else self._policy.addresses(other, name)
                address = pair[side]
                if address is not None:
                    yield address


def _besides(
    topology: Topology, policy: Policy, profile: Profile
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], Service]]:
    """What rows for installation and features connect, for all machines of the roles that get the same answers."""
    for row in load_catalogue(profile).rows:
        if row.level not in _BESIDES:
            continue
        sources = policy.grouped(_machines(topology, row.source, row))
        destinations = policy.grouped(_machines(topology, row.destination, row, destination=True))
        for ours in sources:
            for theirs in destinations:
                for service in row.services:
                    yield ours, theirs, service


def _machines(topology: Topology, party: Party, row: Row, *, destination: bool = False) -> tuple[str, ...]:
    """The machines of a party, whatever job or task they are chosen for."""
    if party is Party.GUEST:
        return tuple(vm.name for vm in topology.vms)
    if party is Party.ANY_SERVER:
        nodes = tuple(node for node in topology.nodes if not SERVERS.isdisjoint(node.roles))
    elif party is Party.APPLIANCE:
        nodes = tuple(node for node in topology.nodes if node.appliance)
    else:
        roles = {ROLE_OF_PARTY[party]} | ({Role.GATEWAY} if party is Party.REPOSITORY else set())
        # Without a server of its own for guests, and where it is out of reach, the backup server acts.
        roles |= {Role.BACKUP_SERVER} if party is Party.GUEST_INTERACTION_PROXY and not destination else set()
        nodes = tuple(node for node in topology.nodes if not roles.isdisjoint(node.roles))
    if destination and When.WINDOWS_DESTINATION in row.when:
        nodes = tuple(node for node in nodes if node.os == "windows")
    if destination and When.LINUX_DESTINATION in row.when:
        nodes = tuple(node for node in nodes if node.os == "linux")
    return tuple(node.name for node in nodes)
