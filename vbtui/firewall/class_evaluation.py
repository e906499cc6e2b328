"""Answers for classes of machines instead of machines, each found once.

Decided here: what is kept between questions, and for how long it holds. Two groups of machines share their rules that
can match (`classes`), so the way between them is asked once per service, and again only when one of those rules has
been switched. What a firewall answers depends on the rules that can match and nothing else of the flow, so that is
kept as well, across all pairs of groups.
In: compiled firewalls, routes, and which rules are switched off. Out: the verdict that `evaluation.traverse` leads to.
Never here: the meaning of rules; that is `evaluation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vbtui.firewall.classes import AddressClasses, Group, fold
from vbtui.firewall.evaluation import (
    Checkpoint,
    FixedHop,
    PortRange,
    decision,
    passage,
    segments_of,
)
from vbtui.firewall.path import Route, Routing
from vbtui.firewall.rules import CompiledFirewall, CompiledRule, Direction
from vbtui.firewall.selectors import AddressSet
from vbtui.firewall.verdict import Hop, Reason, Segment, Verdict
from vbtui.topology import Address, Topology
from vbtui.vocabulary import Action, Protocol, Service

Outcome = tuple[Action, Hop | None, Segment | None, tuple[Hop, ...], tuple[PortRange, ...], tuple[PortRange, ...]]
"""Of a `Verdict` all that depends on classes only, in its order: action, hop, segment, hops, missing, unknown."""


class FirewallAnswers:
    """One firewall's answers by the rules that can match. Bit n of a mask is its rule n, from 0."""

    __slots__ = ("_answers", "_firewall", "_holding", "_serving")

    def __init__(self, firewall: CompiledFirewall) -> None:
        self._firewall = firewall
        self._holding: dict[Direction, int] = {
            direction: _mask(
                firewall.kind == "network" or rule.direction in ("both", direction) for rule in firewall.rules
            )
            for direction in _DIRECTIONS
        }
        self._serving: dict[tuple[Protocol, int, int], int] = {}
        self._answers: dict[tuple[int, Direction, Protocol, tuple[PortRange, ...]], tuple[Segment, ...]] = {}

    def segments(
        self, candidates: int, direction: Direction, protocol: Protocol, ports: tuple[PortRange, ...]
    ) -> tuple[Segment, ...]:
        """The answer for `ports` of a flow whose addresses the rules `candidates` name, those switched off left out."""
        candidates &= self._holding[direction] & self._serving_any(protocol, ports[0][0], ports[-1][1])
        question = (candidates, direction, protocol, ports)
        answer = self._answers.get(question)
        if answer is None:
            answer = segments_of(self._firewall, direction, protocol, ports, tuple(self._rules(candidates)))
            self._answers[question] = answer
        return answer

    def _serving_any(self, protocol: Protocol, low: int, high: int) -> int:
        """The rules with a service among those ports."""
        found = self._serving.get((protocol, low, high))
        if found is None:
            found = self._serving[protocol, low, high] = _mask(
                any(
                    service.protocol is protocol and service.low <= high and low <= service.high
                    for service in rule.services
                )
                for rule in self._firewall.rules
            )
        return found

    def _rules(self, mask: int) -> Iterator[CompiledRule]:
        """The rules of a mask in their order."""
        while mask:
            lowest = mask & -mask
            yield self._firewall.rules[lowest.bit_length() - 1]
            mask ^= lowest


_DIRECTIONS: tuple[Direction, ...] = ("inbound", "outbound")


def _mask(bits: Iterator[bool]) -> int:
    return sum(1 << number for number, bit in enumerate(bits) if bit)


@dataclass(slots=True)
class _Pair:
    """The way from the machines of one group to those of another."""

    route: Route | None
    checkpoints: tuple[Checkpoint | FixedHop, ...]
    there: int
    """Rules of all firewalls that name both addresses, for the first packet."""
    back: int
    """The same for its reply."""
    relevant: int
    """The rules of the firewalls on the way that can have a say; the outcome depends on no other."""
    outcomes: dict[tuple[Service, int], Outcome] = field(default_factory=dict)
    """By service and those of the relevant rules that are switched off. So switching a rule on again finds the answers
    from before, and a rule that is not relevant changes nothing."""


class ClassEvaluator:
    """All answers of one list of rules, whichever of them are switched off. Filled as questions come."""

    __slots__ = ("_answers", "_firewalls", "_groups", "_members", "_pairs", "_places", "_routing", "_topology")

    def __init__(
        self,
        topology: Topology,
        routing: Routing,
        firewalls: Mapping[str, CompiledFirewall],
        answers: Mapping[str, FirewallAnswers] | None = None,
    ) -> None:
        """`answers` are those of firewalls whose rules are known from an earlier evaluator."""
        self._topology = topology
        self._routing = routing
        self._firewalls = firewalls
        self._answers = {name: FirewallAnswers(firewall) for name, firewall in firewalls.items()} | dict(answers or {})
        self._places: dict[str, tuple[int, int]] = {}
        sides: list[tuple[AddressSet, AddressSet]] = []
        for name, firewall in firewalls.items():
            self._places[name] = (len(sides), (1 << len(firewall.rules)) - 1)
            sides += [(rule.source, rule.destination) for rule in firewall.rules]
        self._members, self._groups = fold(routing.machines, AddressClasses(sides))
        self._pairs: dict[tuple[int, int], _Pair] = {}

    def with_firewall(self, firewall: CompiledFirewall) -> ClassEvaluator:
        """One for the same machines, with another list of rules at that firewall."""
        firewalls = {**self._firewalls, firewall.name: firewall}
        kept = {name: answers for name, answers in self._answers.items() if name != firewall.name}
        return ClassEvaluator(self._topology, self._routing, firewalls, kept)

    @property
    def groups(self) -> Mapping[str, int]:
        """Of every machine by name."""
        return self._members

    def group_of(self, machine: str) -> int:
        """Raises KeyError."""
        return self._members[machine]

    def switched_off(self, firewalls: Mapping[str, CompiledFirewall]) -> int:
        """The rules that are disabled, as bits among those of all firewalls."""
        return sum(
            _mask(not rule.enabled for rule in firewalls[name].rules) << shift
            for name, (shift, _) in self._places.items()
        )

    def addresses(self, source: str, destination: str) -> tuple[Address | None, Address | None]:
        """The addresses that two different machines use; both None without such a pair. Raises KeyError."""
        return self._ends(self._pair(self._members[source], self._members[destination]).route, source, destination)

    def _ends(self, route: Route | None, source: str, destination: str) -> tuple[Address, Address] | tuple[None, None]:
        if route is None:
            return None, None
        machines = self._routing.machines
        return (
            machines[source].places[route.source].address,
            machines[destination].places[route.destination].address,
        )

    def evaluate(self, source: str, destination: str, service: Service, off: int) -> Verdict:
        """What becomes of a service between two different machines while the rules `off` are switched off.

        Raises KeyError.
        """
        pair = self._pair(self._members[source], self._members[destination])
        question = (service, pair.relevant & off)
        outcome = pair.outcomes.get(question)
        if outcome is None:
            outcome = pair.outcomes[question] = self._outcome(pair, service, off)
        here, there = self._ends(pair.route, source, destination)
        return Verdict(source, destination, service, here, there, *outcome)

    def _outcome(self, pair: _Pair, service: Service, off: int) -> Outcome:
        if pair.route is None:
            segment = Segment(service.low, service.high, Action.DENY, Reason.NO_ADDRESS, None, None)
            hop = Hop(Reason.NO_ADDRESS.value, "path", (segment,))
            return Action.DENY, hop, segment, (hop,), ((service.low, service.high),), ()

        def ask(checkpoint: Checkpoint, reply: bool, ports: tuple[PortRange, ...]) -> tuple[Segment, ...]:
            shift, own = self._places[checkpoint.firewall.name]
            candidates = (pair.back if reply else pair.there) & ~off
            direction = checkpoint.reply_direction if reply else checkpoint.direction
            answers = self._answers[checkpoint.firewall.name]
            return answers.segments(candidates >> shift & own, direction, service.protocol, ports)

        passed = passage(service, pair.checkpoints, ask)
        return *decision(passed.hops), passed.hops, passed.missing, passed.unknown

    def _pair(self, ours: int, theirs: int) -> _Pair:
        pair = self._pairs.get((ours, theirs))
        if pair is None:
            # setdefault, so that two threads that ask at once still fill one.
            pair = self._pairs.setdefault((ours, theirs), self._way(self._groups[ours], self._groups[theirs]))
        return pair

    def _way(self, ours: Group, theirs: Group) -> _Pair:
        route = self._routing.route(ours.shape, theirs.shape)
        if route is None:
            return _Pair(None, (), 0, 0, 0)
        checkpoints = checkpoints_between(self._topology, self._firewalls, route, ours.firewall, theirs.firewall)
        there = ours.sources[route.source] & theirs.destinations[route.destination]
        back = theirs.sources[route.destination] & ours.destinations[route.source]
        relevant = 0
        for checkpoint in checkpoints:
            if isinstance(checkpoint, Checkpoint):
                shift, own = self._places[checkpoint.firewall.name]
                relevant |= (there if checkpoint.firewall.stateful else there | back) & own << shift
        return _Pair(route, checkpoints, there, back, relevant)


def checkpoints_between(
    topology: Topology,
    firewalls: Mapping[str, CompiledFirewall],
    route: Route,
    source_firewall: str | None,
    destination_firewall: str | None,
) -> tuple[Checkpoint | FixedHop, ...]:
    """What stands on a route, host firewalls at its ends, in the order of the packet."""
    between: Sequence[Checkpoint | FixedHop]
    if route.translated:
        # Also the host firewalls see other addresses than the file's, so that not even a refusal is certain.
        return (FixedHop(Reason.TRANSLATED, Action.UNKNOWN),)
    if route.same_zone:
        between = [FixedHop(Reason.SAME_ZONE, topology.defaults.same_zone)]
    elif route.firewalls is None:
        between = [FixedHop(Reason.NO_PATH, topology.defaults.unlisted_path)]
    else:
        between = [Checkpoint(firewalls[name], "path") for name in route.firewalls]
    there = [] if source_firewall is None else [Checkpoint(firewalls[source_firewall], "source", "outbound")]
    here = (
        [] if destination_firewall is None else [Checkpoint(firewalls[destination_firewall], "destination", "inbound")]
    )
    return (*there, *between, *here)
