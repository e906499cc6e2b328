"""`Policy` against a second evaluator that shares nothing with it but the file.

The reference asks one port at a time, keeps no sets and no intervals, compares `ipaddress` objects, and reads the rules
as the file has them. It is slow and short, and it is written from the numbered statements of `vbtui.firewall.policy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vbtui.firewall import Policy, Reason, Verdict
from vbtui.topology import (
    Address,
    AddressRange,
    Firewall,
    HostDefault,
    Network,
    Node,
    Rule,
    Selector,
    Topology,
    Vm,
    addresses_of,
)
from vbtui.vocabulary import Action, Protocol, Role, Service

Scene = tuple[Topology, dict[tuple[str, str], tuple[str, ...] | None]]
RandomScene = Callable[..., Scene]

SOURCES = [f"left{number}" for number in range(7)] + ["both", "dual", "right2", "silent"]
DESTINATIONS = [f"right{number}" for number in range(7)] + ["both", "dual", "island", "left3", "silent"]
CROWD = ["turned", "again", "mixed", "laud", "bare-left", "bare-right", "strayed"]
"""Only in opaque scenes."""
QUESTIONS = [Service.parse(text) for text in ("tcp/99-301", "tcp/150-200", "tcp/200", "tcp/201", "udp/99-202")]


REFUSALS = ("deny", "reject")


@dataclass(frozen=True)
class Answer:
    """What one place on the way says about one port. `rule` is the rule's number."""

    name: str
    where: str
    action: Action
    rule: int | None


class Reference:
    def __init__(self, scene: Scene) -> None:
        self.topology, self.paths = scene
        self.machines: dict[str, Node | Vm] = {node.name: node for node in self.topology.nodes}
        self.machines |= {vm.name: vm for vm in self.topology.vms}

    def addresses(self, source: str, destination: str) -> tuple[str, Address, str, Address] | None:
        """Zone and address of both sides."""
        best: tuple[int, tuple[str, Address, str, Address]] | None = None
        for ours in addresses_of(self.machines[source]):
            for theirs in addresses_of(self.machines[destination]):
                if type(ours.address) is not type(theirs.address):
                    continue
                path = self.paths.get((ours.zone, theirs.zone))
                length = -1 if ours.zone == theirs.zone else 1000 if path is None else len(path)
                if best is None or length < best[0]:
                    best = length, (ours.zone, ours.address, theirs.zone, theirs.address)
        return best[1] if best else None

    def answers(self, source: str, destination: str, protocol: Protocol, port: int) -> Iterator[Answer]:
        """What every place on the way says, up to the first that certainly refuses."""
        for answer in self._all_answers(source, destination, protocol, port):
            yield answer
            if answer.action in REFUSALS:
                return

    def _all_answers(self, source: str, destination: str, protocol: Protocol, port: int) -> Iterator[Answer]:
        if source == destination:
            return
        pair = self.addresses(source, destination)
        if pair is None:
            yield Answer("no_address", "path", Action.DENY, None)
            return
        zone, ours, far_zone, theirs = pair
        places: list[tuple[Firewall, str, str]] = []
        fixed: Answer | None = None
        if (name := self.machines[source].firewall) is not None:
            places.append((self.topology.firewall(name), "source", "outbound"))
        if zone == far_zone:
            fixed = Answer("same_zone", "path", self.topology.defaults.same_zone, None)
        elif (path := self.paths.get((zone, far_zone))) is None:
            fixed = Answer("no_path", "path", self.topology.defaults.unlisted_path, None)
        else:
            places += [(self.topology.firewall(name), "path", "") for name in path]
        before_destination = len(places)
        if (name := self.machines[destination].firewall) is not None:
            places.append((self.topology.firewall(name), "destination", "inbound"))
        for index, (firewall, where, direction) in enumerate(places):
            if fixed and index == before_destination:
                yield fixed
            action, rule = self.decide(firewall, direction, ours, theirs, protocol, port)
            yield Answer(firewall.name, where, action, rule)
        if fixed and before_destination == len(places):
            yield fixed
        for firewall, where, _ in reversed(places):
            if not firewall.stateful:
                back = {"source": "inbound", "destination": "outbound"}.get(where, "")
                replies = [
                    self.decide(firewall, back, theirs, ours, protocol, reply) for reply in self._reply_ports(firewall)
                ]
                refused = [reply for reply in replies if reply[0] in REFUSALS]
                unknown = [reply for reply in replies if reply[0] == "unknown"]
                action, rule = (refused or unknown or replies)[0]
                yield Answer(firewall.name, "reply", action, rule)

    def _reply_ports(self, firewall: Firewall) -> list[int]:
        """The high ports at which the answer of this firewall can change, and the ends."""
        services = [s for rule in firewall.rules for text in rule.services for s in self._services(text)]
        near = {edge + off for s in services for edge in (s.low, s.high) for off in (-1, 0, 1)}
        return sorted({1024, 65535} | {port for port in near if 1024 <= port <= 65535})

    def decide(
        self, firewall: Firewall, direction: str, source: Address, destination: Address, protocol: Protocol, port: int
    ) -> tuple[Action, int | None]:
        verdicts: list[tuple[Action, int]] = []
        for number, rule in enumerate(firewall.rules, start=1):
            if self._matches(rule, firewall, direction, source, destination, protocol, port):
                verdicts.append((rule.action, number))
        allowed = [verdict for verdict in verdicts if verdict[0] == "allow"]
        opaque = [verdict for verdict in verdicts if verdict[0] == "unknown"]
        if firewall.evaluation == "allow-list":
            verdicts = allowed or opaque
        if firewall.evaluation == "deny-overrides":
            verdicts = [verdict for verdict in verdicts if verdict[0] in REFUSALS] or opaque or allowed
        if verdicts:
            return verdicts[0]
        if isinstance(firewall.default, HostDefault):
            return (firewall.default.outbound if direction == "outbound" else firewall.default.inbound), None
        return firewall.default, None

    def _matches(
        self,
        rule: Rule,
        firewall: Firewall,
        direction: str,
        source: Address,
        destination: Address,
        protocol: Protocol,
        port: int,
    ) -> bool:
        if not rule.enabled:
            return False
        if firewall.kind == "host" and rule.direction != "both" and rule.direction != direction:
            return False
        if not any(self._selects(selector, source) for selector in rule.source):
            return False
        if not any(self._selects(selector, destination) for selector in rule.destination):
            return False
        services = [service for text in rule.services for service in self._services(text)]
        return any(
            service.protocol == protocol and port in range(service.low, service.high + 1) for service in services
        )

    def _services(self, text: str) -> Sequence[Service]:
        if text == "any":
            return [Service(Protocol.TCP, 1, 65535), Service(Protocol.UDP, 1, 65535)]
        return self.topology.services[text] if text in self.topology.services else [Service.parse(text)]

    def _selects(self, selector: Selector, address: Address) -> bool:
        if selector.node and address not in [entry.address for entry in addresses_of(self.machines[selector.node])]:
            return False
        if selector.role:
            guests = self.topology.vms if selector.role is Role.GUEST else ()
            machines: list[Node | Vm] = [node for node in self.topology.nodes if selector.role in node.roles]
            machines += guests
            if address not in [entry.address for machine in machines for entry in addresses_of(machine)]:
                return False
        if selector.zone and not any(address in cidr for cidr in self.topology.zone(selector.zone).cidrs):
            return False
        if selector.range and not self._within(address, selector.range):
            return False
        if selector.network and not any(
            self._within(address, part) for part in self.topology.networks[selector.network]
        ):
            return False
        return not (selector.cidr and address not in selector.cidr)

    def _within(self, address: Address, part: Network | AddressRange) -> bool:
        if not isinstance(part, AddressRange):
            return address in part
        return address.version == part.first.version and int(part.first) <= int(address) <= int(part.last)


def differences(verdict: Verdict, reference: Reference) -> list[str]:
    """What of a verdict is not as the reference has it."""
    service = verdict.service
    found: list[str] = []
    missing: list[int] = []
    unknown: list[int] = []
    refusals: list[Answer] = []
    doubts: list[Answer] = []
    if verdict.source != verdict.destination:
        pair = reference.addresses(verdict.source, verdict.destination)
        used = (verdict.source_address, verdict.destination_address)
        if used != ((pair[1], pair[3]) if pair else (None, None)):
            found.append(f"from {used[0]} to {used[1]}, expected {pair}")
    for port in range(service.low, service.high + 1):
        answers = list(reference.answers(verdict.source, verdict.destination, service.protocol, port))
        forward = [answer for answer in answers if answer.where != "reply"]
        said = [
            Answer(hop.name, hop.where, segment.action, segment.rule_number)
            for hop in verdict.hops
            if hop.where != "reply"
            for segment in hop.segments
            if segment.low <= port <= segment.high
        ]
        if said != forward:
            found.append(f"{port}: {said}, expected {forward}")
        if answers and answers[-1].action in REFUSALS:
            missing.append(port)
            refusals.append(answers[-1])
        elif any(answer.action == "unknown" for answer in answers):
            unknown.append(port)
            doubts.append(next(answer for answer in answers if answer.action == "unknown"))
    for name, ranges, ports in (("missing", verdict.missing, missing), ("unknown", verdict.unknown, unknown)):
        if ports != [port for low, high in ranges for port in range(low, high + 1)]:
            found.append(f"{name} {ranges}, expected {ports}")
    if refusals or doubts:
        order = [(hop.name, hop.where) for hop in verdict.hops]
        # First in path order; min keeps the lowest port among equals.
        first = min(
            refusals or doubts, key=lambda r: order.index((r.name, r.where)) if (r.name, r.where) in order else -1
        )
        action = Action.DENY if first.where == "reply" and refusals else first.action
        decided = verdict.hop and verdict.segment and (verdict.hop.name, verdict.hop.where, verdict.segment.rule_number)
        if (verdict.action, decided) != (action, (first.name, first.where, first.rule)):
            found.append(f"{verdict.action} by {decided}, expected {action} by {first}")
    elif verdict.action is not Action.ALLOW:
        found.append(f"{verdict.action}, expected allow")
    return found


def ill_formed(verdict: Verdict) -> list[str]:
    """Promises of the types: segments tile what reached the hop, are as few as possible, and name their rule."""
    found: list[str] = []
    reaching = set(range(verdict.service.low, verdict.service.high + 1))
    for hop in verdict.hops:
        ports = [port for segment in hop.segments for port in range(segment.low, segment.high + 1)]
        if hop.where == "reply":
            reaching = set(range(1024, 65536))
        if ports != sorted(reaching):
            found.append(f"{hop.name} answers for other ports than reached it")
        for earlier, later in zip(hop.segments, hop.segments[1:], strict=False):
            same = (earlier.action, earlier.reason, earlier.rule_number) == (
                later.action,
                later.reason,
                later.rule_number,
            )
            if same and earlier.high + 1 == later.low:
                found.append(f"{hop.name} splits {earlier} and {later}")
        for segment in hop.segments:
            named = (segment.rule is not None, segment.rule_number is not None)
            if named != (segment.reason is Reason.RULE,) * 2:
                found.append(f"{segment} names a rule without one, or none where one matched")
        if hop.where != "reply":
            reaching = {p for s in hop.segments if s.action not in REFUSALS for p in range(s.low, s.high + 1)}
    return found


def _scene(rng: Random, random_scene: RandomScene) -> Scene:
    return random_scene(rng, boxes=rng.choice([1, 2]), hosts=rng.random() < 0.6, opaque=rng.random() < 0.5)


def _names(scene: Scene, listed: list[str]) -> list[str]:
    return [*listed, *(node.name for node in scene[0].nodes if node.name in CROWD)]


def test_policy_answers_as_the_reference_does(random_scene: RandomScene, pytestconfig: pytest.Config) -> None:
    @settings(
        max_examples=2000 if pytestconfig.getoption("--long") else 60,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(seed=st.integers(0, 2**32), data=st.data())
    def check(seed: int, data: st.DataObject) -> None:
        scene = _scene(Random(seed), random_scene)
        policy = Policy(scene[0], paths=scene[1])
        reference = Reference(scene)
        for _ in range(4):
            source = data.draw(st.sampled_from(_names(scene, SOURCES)))
            destination = data.draw(st.sampled_from(_names(scene, DESTINATIONS)))
            verdict = policy.evaluate(source, destination, data.draw(st.sampled_from(QUESTIONS)))
            assert differences(verdict, reference) == []
            assert ill_formed(verdict) == []

    check()


def test_the_reference_catches_every_wrong_evaluator(random_scene: RandomScene, mutant: str) -> None:
    for seed in range(400):
        rng = Random(seed)
        scene = _scene(rng, random_scene)
        policy = Policy(scene[0], paths=scene[1])
        reference = Reference(scene)
        sources, destinations = _names(scene, SOURCES), _names(scene, DESTINATIONS)
        for _ in range(6):
            verdict = policy.evaluate(rng.choice(sources), rng.choice(destinations), rng.choice(QUESTIONS))
            if differences(verdict, reference):
                return
    pytest.fail(f"not caught: {mutant}")
