"""Proposed rules: what they say, where they go, and a topology that has them.

Decided here: how a proposal is written as a rule (names of machines where a machine has one address, else the very
address; never `any`), what it is called, and its place: on top where the first match decides, at the end elsewhere,
where the order says nothing. A block that has to let go is replaced by the pieces of it that remain.
In: products of gaps with what they are for. Out: `ProposedRule`s; `applied` topologies.
Never here: which flows are needed (`request`), sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_network
from itertools import count
from typing import Literal

from vbtui.catalogue import Need, Row
from vbtui.firewall.ports import PortSet
from vbtui.firewall.rules import compile_firewall
from vbtui.firewall.selectors import AddressSet
from vbtui.planning.carving import Flows, carved
from vbtui.planning.missing import End
from vbtui.planning.report import Effect
from vbtui.topology import Firewall, Rule, Selector, Topology
from vbtui.vocabulary import Action, Service, StepId


class Change(StrEnum):
    """What a proposal does to a firewall. The values stand in change requests."""

    ADD = "add"
    MODIFY = "modify"
    """An existing rule no longer matches these flows."""


class Requirement(StrEnum):
    """How much a proposal matters: the worst of the goals that it is for. The values stand in change requests."""

    REQUIRED = "required"
    """Without it a restore point is lost."""
    FALLBACK = "fallback"
    """Without it the job runs, but otherwise than it was meant."""
    INFRASTRUCTURE = "infrastructure"
    """Names, time and identity, on which the process rests."""


@dataclass(frozen=True, slots=True)
class Paperwork:
    """What the forms of a change request ask for besides the rules; it goes into every rule that is added."""

    owner: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class ProposedRule:
    """One line of a change request: flows that a firewall should let through.

    Every source to every destination at every service; nothing else becomes allowed at this firewall.
    """

    change: Change
    firewall: str
    name: str
    """Of the rule to add; of the rule to modify, as it is called now."""
    source_ends: tuple[End, ...]
    destination_ends: tuple[End, ...]
    services: tuple[Service, ...]
    direction: Literal["inbound", "outbound", "both"]
    reply: bool
    """It lets the answers of a stateless firewall's flows back, to the initiators' ports 1024-65535."""
    requirement: Requirement
    jobs: tuple[str, ...]
    steps: tuple[StepId, ...]
    """Steps that open the flows; empty for surroundings."""
    rows: tuple[Row, ...]
    """The rows of the catalogue that ask for the flows, with purpose and source of the fact."""
    effects: tuple[Effect, ...]
    """What happens without it, worst first."""
    present: tuple[str, ...]
    """Rules that decide about the flows now, in the firewall's order; empty where it is the default alone."""
    opaque: tuple[str, ...]
    """Those of them that were imported and not understood: whether the proposal is needed is not certain."""
    paperwork: Paperwork = Paperwork()

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the machines."""
        return tuple(dict.fromkeys(end.machine for end in self.source_ends))

    @property
    def destinations(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(end.machine for end in self.destination_ends))

    @property
    def flows(self) -> int:
        """Pairs of addresses times services."""
        return len(self.source_ends) * len(self.destination_ends) * len(self.services)

    @property
    def rule(self) -> Rule | None:
        """The rule to add, None for a modification."""
        if self.change is Change.MODIFY:
            return None
        return Rule(
            name=self.name,
            source=tuple(selector(end) for end in self.source_ends),
            destination=tuple(selector(end) for end in self.destination_ends),
            services=tuple(str(service) for service in self.services),
            action=Action.ALLOW,
            direction=self.direction,
            owner=self.paperwork.owner,
            ticket=self.paperwork.ticket,
        )


def selector(end: End) -> Selector:
    """Exactly the address that the machine uses: by name where it has no other."""
    return Selector(node=end.machine) if end.sole else Selector(cidr=ip_network(end.address))


# ---- names ---------------------------------------------------------------------------------------------------------

MAX_NAME = 63
_SHORT = {
    Need.TRANSPORT_PROXY: "transport",
    Need.TRANSPORT_REPOSITORY: "transport",
    Need.RULES_PROXY: "rules",
    Need.RULES_REPOSITORY: "rules",
    Need.PROXY_VSPHERE: "vsphere",
    Need.NAME_RESOLUTION: "names",
    Need.GUEST_INTERACTION_PROXY: "gip",
}
"""Needs whose value is longer than a rule's name has room for."""


def rule_name(
    sources: Sequence[End],
    destinations: Sequence[End],
    steps: Sequence[StepId],
    rows: Sequence[Row],
    *,
    reply: bool,
    taken: set[str],
) -> str:
    """A name that tells what the rule is for, such as `vb-5.3-nfc-px01`; it is added to `taken`."""
    need = rows[0].need
    ends = {end.machine for end in sources}, {end.machine for end in destinations}
    sole = next((next(iter(one)) for one in ends if len(one) == 1), None)
    parts = ("vb", *steps[:1], _SHORT.get(need, need.value), *(("reply",) if reply else ()), *((sole,) if sole else ()))
    return unique_name(re.sub(r"[^A-Za-z0-9_.-]", "-", "-".join(parts)), taken)


def unique_name(wanted: str, taken: set[str]) -> str:
    """`wanted`, shortened to what a name may have and with a number where it is taken; it is added to `taken`."""
    name, number = wanted[:MAX_NAME].rstrip("-."), 2
    while name in taken:
        tail = f"-{number}"
        name, number = wanted[: MAX_NAME - len(tail)].rstrip("-.") + tail, number + 1
    taken.add(name)
    return name


# ---- applied -------------------------------------------------------------------------------------------------------


def applied(topology: Topology, proposals: Iterable[ProposedRule]) -> Topology:
    """The topology with those proposals in it; any choice of a request's proposals goes together.

    Raises KeyError for a firewall or a rule to modify that the topology does not have.
    """
    by_firewall: dict[str, list[ProposedRule]] = {}
    for one in proposals:
        topology.firewall(one.firewall)
        by_firewall.setdefault(one.firewall, []).append(one)
    if not by_firewall:
        return topology
    firewalls = tuple(
        _changed(topology, firewall, by_firewall[firewall.name]) if firewall.name in by_firewall else firewall
        for firewall in topology.firewalls
    )
    return topology.model_copy(update={"firewalls": firewalls})


def _changed(topology: Topology, firewall: Firewall, proposals: Sequence[ProposedRule]) -> Firewall:
    new = tuple(rule for one in proposals if (rule := one.rule) is not None)
    letting_go: dict[str, list[ProposedRule]] = {}
    for one in proposals:
        if one.change is Change.MODIFY:
            letting_go.setdefault(one.name, []).append(one)
    taken = {rule.name for rule in (*firewall.rules, *new)}
    kept = tuple(_pieces(topology, firewall, letting_go, taken))
    rules = (*new, *kept) if firewall.evaluation == "first-match" else (*kept, *new)
    return firewall.model_copy(update={"rules": rules})


def _pieces(
    topology: Topology, firewall: Firewall, letting_go: dict[str, list[ProposedRule]], taken: set[str]
) -> Iterator[Rule]:
    """The rules of a firewall, a modified one as its pieces; if nothing of it remains, it stays, switched off."""
    if not letting_go:
        yield from firewall.rules
        return
    if missing := letting_go.keys() - {rule.name for rule in firewall.rules}:
        raise KeyError(min(missing))
    concerned = firewall.model_copy(update={"rules": tuple(r for r in firewall.rules if r.name in letting_go)})
    compiled = {rule.name: rule for rule in compile_firewall(topology, concerned).rules}
    for rule in firewall.rules:
        if rule.name not in letting_go:
            yield rule
            continue
        left_out = [
            Flows(
                _addresses(one.source_ends), _addresses(one.destination_ends), PortSet.of(one.services), one.direction
            )
            for one in letting_go[rule.name]
        ]
        names = (unique_name(rule.name, taken) for _ in count())
        pieces = carved(rule, compiled[rule.name], left_out, names)
        yield from pieces or (rule.model_copy(update={"enabled": False}),)


def _addresses(ends: Iterable[End]) -> AddressSet:
    return AddressSet.of_addresses(end.address for end in ends)
