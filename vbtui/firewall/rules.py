"""Firewalls of the file in the form that evaluation reads: numbered rules over address sets and services.

Decided here: what the words of a rule mean (services by name, `any`, which default holds in which direction).
In: a topology. Out: a `CompiledFirewall` per firewall of the file.
Never here: which rule wins; that is `evaluation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from vbtui.firewall.selectors import AddressSet, Directory
from vbtui.topology import Firewall, HostDefault, Rule, Topology
from vbtui.vocabulary import Action, Protocol, Service

Direction = Literal["inbound", "outbound"]
"""How a packet passes a host firewall, as seen from its machine."""

ANY_SERVICE: Final = tuple(Service(protocol, 1, 65535) for protocol in Protocol)
"""What `any` stands for: every port of every protocol."""


class UnknownServiceError(ValueError):
    """A rule asks for a service that is neither written out nor in the file's `services:`."""

    def __init__(self, firewall: str, rule: str, service: str) -> None:
        super().__init__(firewall, rule, service)
        self.firewall = firewall
        self.rule = rule
        self.service = service


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """One rule. `number` is its place in the file's list, from 1, disabled rules counted."""

    name: str
    number: int
    source: AddressSet
    destination: AddressSet
    services: tuple[Service, ...]
    action: Action
    direction: Literal["inbound", "outbound", "both"]
    enabled: bool


@dataclass(frozen=True, slots=True)
class CompiledFirewall:
    name: str
    kind: Literal["network", "host"]
    evaluation: Literal["first-match", "deny-overrides", "allow-list"]
    stateful: bool
    inbound: Action
    """Default for packets towards the machine of a host firewall; the only default of a network firewall."""
    outbound: Action
    rules: tuple[CompiledRule, ...]

    def default(self, direction: Direction) -> Action:
        return self.inbound if direction == "inbound" else self.outbound

    def with_rule(self, name: str, enabled: bool) -> CompiledFirewall:
        """A copy with that rule switched, itself if it is so already. Raises KeyError for a name that no rule has."""
        states = [rule.enabled for rule in self.rules if rule.name == name]
        if not states:
            raise KeyError(name)
        if all(state is enabled for state in states):
            return self
        return replace(
            self, rules=tuple(replace(rule, enabled=enabled) if rule.name == name else rule for rule in self.rules)
        )


def compile_firewalls(topology: Topology, directory: Directory | None = None) -> Mapping[str, CompiledFirewall]:
    """Every firewall of the file by name, in the file's order. Raises UnknownServiceError.

    `directory` is that of the topology, if somebody has it already.
    """
    directory = directory or Directory(topology)
    return MappingProxyType(
        {firewall.name: compile_firewall(topology, firewall, directory) for firewall in topology.firewalls}
    )


def compile_firewall(topology: Topology, firewall: Firewall, directory: Directory | None = None) -> CompiledFirewall:
    directory = directory or Directory(topology)
    default = firewall.default
    # A network firewall has no inside: both directions share its default. A pair of defaults given to one all the same
    # counts as its inbound one, the stricter by custom, in both directions.
    inbound = default.inbound if isinstance(default, HostDefault) else default
    outbound = default.outbound if isinstance(default, HostDefault) and firewall.kind == "host" else inbound
    return CompiledFirewall(
        name=firewall.name,
        kind=firewall.kind,
        evaluation=firewall.evaluation,
        stateful=firewall.stateful,
        inbound=inbound,
        outbound=outbound,
        rules=tuple(
            _compile_rule(topology, directory, firewall.name, number, rule)
            for number, rule in enumerate(firewall.rules, start=1)
        ),
    )


def _compile_rule(topology: Topology, directory: Directory, firewall: str, number: int, rule: Rule) -> CompiledRule:
    return CompiledRule(
        name=rule.name,
        number=number,
        source=directory.of(rule.source),
        destination=directory.of(rule.destination),
        services=tuple(service for text in rule.services for service in _services(topology, firewall, rule, text)),
        action=rule.action,
        direction=rule.direction,
        enabled=rule.enabled,
    )


def _services(topology: Topology, firewall: str, rule: Rule, text: str) -> tuple[Service, ...]:
    if text == "any":
        return ANY_SERVICE
    if text in topology.services:
        return topology.services[text]
    try:
        return (Service.parse(text),)
    except ValueError:
        raise UnknownServiceError(firewall, rule.name, text) from None
