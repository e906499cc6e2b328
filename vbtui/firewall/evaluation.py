"""The obvious evaluator: one flow through its hops, rule by rule.

Decided here: which rule of a firewall wins, how a port range splits, which hop decides. In: a flow and the firewalls on
its way, as `Checkpoint`s. Out: the hops with their segments, and the ranges that get through nowhere.
It compares every rule with every flow and keeps nothing between questions. A faster evaluator must answer exactly as
this one does.
Never here: selectors, addresses' choice, paths; they are settled before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from vbtui.firewall.rules import CompiledFirewall, CompiledRule, Direction
from vbtui.firewall.verdict import Flow, Hop, Reason, Segment
from vbtui.vocabulary import Action, Protocol, Service

PortRange = tuple[int, int]
"""First and last port, both included."""

REPLY_PORTS: Final[PortRange] = (1024, 65535)
"""Where replies go: the initiator's source port is any of them, so a stateless firewall must let all of them pass."""

Where = Literal["source", "path", "destination"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A firewall on the way of a flow. `direction` is how the first packet passes it, for a host firewall."""

    firewall: CompiledFirewall
    where: Where
    direction: Direction = "inbound"

    @property
    def reply_direction(self) -> Direction:
        return "outbound" if self.direction == "inbound" else "inbound"


@dataclass(frozen=True, slots=True)
class FixedHop:
    """A place on the way where no firewall stands but a default of the file speaks for all ports."""

    reason: Reason
    action: Action


@dataclass(frozen=True, slots=True)
class Passage:
    """What became of a flow: the hops it reached and the port ranges that did not get through, ascending."""

    hops: tuple[Hop, ...]
    missing: tuple[PortRange, ...]


def traverse(flow: Flow, checkpoints: Sequence[Checkpoint | FixedHop]) -> Passage:
    """Send `flow` along `checkpoints`, then its reply back through the stateless ones.

    Only the ports that a hop lets through reach the next one; a hop that no port reaches is not listed. Replies are
    looked at last and in reverse, as the packets travel: they exist only for what arrived.
    """
    ports = (flow.service.low, flow.service.high)
    hops: list[Hop] = []
    reaching: tuple[PortRange, ...] = (ports,)
    for checkpoint in checkpoints:
        hop = _forward(checkpoint, flow, reaching)
        hops.append(hop)
        reaching = _allowed(hop)
        if not reaching:
            break
    if reaching:
        for checkpoint in reversed(checkpoints):
            if isinstance(checkpoint, FixedHop) or checkpoint.firewall.stateful:
                continue
            hop = _reply(checkpoint, flow)
            hops.append(hop)
            if not hop.allows:
                reaching = ()
                break
    return Passage(tuple(hops), _without(ports, reaching))


def _forward(checkpoint: Checkpoint | FixedHop, flow: Flow, ports: tuple[PortRange, ...]) -> Hop:
    if isinstance(checkpoint, FixedHop):
        action, reason = checkpoint.action, checkpoint.reason
        return Hop(reason.value, "path", tuple(Segment(low, high, action, reason, None, None) for low, high in ports))
    segments = segments_of(checkpoint.firewall, checkpoint.direction, flow, ports)
    return Hop(checkpoint.firewall.name, checkpoint.where, segments)


def _reply(checkpoint: Checkpoint, flow: Flow) -> Hop:
    """The mirrored flow: from the destination back to the initiator's high ports.

    Which of the asked ports it answers makes no difference: rules look at destination ports only.
    """
    mirrored = Flow(
        source=flow.destination,
        source_address=flow.destination_address,
        source_zone=flow.destination_zone,
        destination=flow.source,
        destination_address=flow.source_address,
        destination_zone=flow.source_zone,
        service=Service(flow.service.protocol, *REPLY_PORTS),
    )
    segments = segments_of(checkpoint.firewall, checkpoint.reply_direction, mirrored, (REPLY_PORTS,))
    return Hop(checkpoint.firewall.name, "reply", segments)


def segments_of(
    firewall: CompiledFirewall, direction: Direction, flow: Flow, ports: Iterable[PortRange]
) -> tuple[Segment, ...]:
    """The answer of one firewall for those `ports` of a flow (ascending ranges), as few segments as possible."""
    rules = [rule for rule in firewall.rules if _concerns(rule, firewall, direction, flow)]
    segments: list[Segment] = []
    for low, high in _cut(ports, rules, flow.service.protocol):
        # Between two cuts no rule begins or ends, so the first port speaks for the whole piece.
        winner = _winner(firewall, [rule for rule in rules if _covers(rule, flow.service.protocol, low)])
        segment = (
            Segment(low, high, firewall.default(direction), Reason.DEFAULT, None, None)
            if winner is None
            else Segment(low, high, winner.action, Reason.RULE, winner.name, winner.number)
        )
        if segments and _continues(segments[-1], segment):
            segment = Segment(
                segments.pop().low, high, segment.action, segment.reason, segment.rule, segment.rule_number
            )
        segments.append(segment)
    return tuple(segments)


def _concerns(rule: CompiledRule, firewall: CompiledFirewall, direction: Direction, flow: Flow) -> bool:
    """Whether the rule counts for this flow, ports aside."""
    return (
        rule.enabled
        and (firewall.kind == "network" or rule.direction in ("both", direction))
        and flow.source_address in rule.source
        and flow.destination_address in rule.destination
    )


def _covers(rule: CompiledRule, protocol: Protocol, port: int) -> bool:
    return any(service.protocol is protocol and service.low <= port <= service.high for service in rule.services)


def _winner(firewall: CompiledFirewall, matching: Sequence[CompiledRule]) -> CompiledRule | None:
    """The rule that decides among those that match one port, None for the default."""
    allowing = [rule for rule in matching if rule.action is Action.ALLOW]
    refusing = [rule for rule in matching if rule.action is not Action.ALLOW]
    match firewall.evaluation:
        case "first-match":
            ordered = list(matching)
        case "deny-overrides":
            ordered = refusing + allowing
        case "allow-list":
            ordered = allowing
    return ordered[0] if ordered else None


def _cut(ports: Iterable[PortRange], rules: Sequence[CompiledRule], protocol: Protocol) -> Iterable[PortRange]:
    """The ranges cut wherever a service of a rule begins or has ended."""
    services = [service for rule in rules for service in rule.services if service.protocol is protocol]
    starts = sorted({edge for service in services for edge in (service.low, service.high + 1)})
    for low, high in ports:
        inner = [start for start in starts if low < start <= high]
        yield from zip([low, *inner], [*(start - 1 for start in inner), high], strict=True)


def _continues(earlier: Segment, later: Segment) -> bool:
    """Whether two pieces are one: adjacent ports with the same answer for the same reason."""
    return earlier.high + 1 == later.low and (earlier.action, earlier.reason, earlier.rule_number) == (
        later.action,
        later.reason,
        later.rule_number,
    )


def _allowed(hop: Hop) -> tuple[PortRange, ...]:
    """The port ranges that a hop lets through, joined where they touch."""
    ranges: list[PortRange] = []
    for segment in hop.segments:
        if segment.action is not Action.ALLOW:
            continue
        if ranges and ranges[-1][1] + 1 == segment.low:
            ranges[-1] = (ranges[-1][0], segment.high)
        else:
            ranges.append((segment.low, segment.high))
    return tuple(ranges)


def _without(ports: PortRange, passed: Iterable[PortRange]) -> tuple[PortRange, ...]:
    """What is left of a range when ascending ranges inside it are taken out."""
    missing: list[PortRange] = []
    start = ports[0]
    for low, high in passed:
        if start < low:
            missing.append((start, low - 1))
        start = high + 1
    if start <= ports[1]:
        missing.append((start, ports[1]))
    return tuple(missing)
