"""How one flow gets through its hops: which rule of a firewall wins, how a port range splits, what replies need.

Decided here: the three-valued meaning of rules along a way. An opaque rule makes a port unknown: it goes on, because a
later hop may still refuse it for certain. In: a flow and the firewalls on its way, as `Checkpoint`s. Out: the hops with
their segments, the ranges that certainly do not get through, and those of which it is not known.
`traverse` is the obvious evaluator: it compares every rule with every flow and keeps nothing between questions.
`passage` is the same way with the candidates among the rules found by somebody else, who must answer exactly so.
Never here: selectors, addresses' choice, paths; they are settled before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from vbtui.firewall.intervals import common, joined, without
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
    """What became of a flow: the hops it reached or may have reached, and two sets of ports, ascending and disjoint."""

    hops: tuple[Hop, ...]
    missing: tuple[PortRange, ...]
    """Certainly refused somewhere."""
    unknown: tuple[PortRange, ...]
    """Refused nowhere for certain, and not certainly allowed everywhere."""


Ask = Callable[[Checkpoint, bool, tuple[PortRange, ...]], tuple[Segment, ...]]
"""What a checkpoint answers for ports, to the first packet (False) or to its reply (True)."""


def traverse(flow: Flow, checkpoints: Sequence[Checkpoint | FixedHop]) -> Passage:
    """Send `flow` along `checkpoints` and its reply back, every rule compared with every flow."""
    mirrored = _mirrored(flow)

    def ask(checkpoint: Checkpoint, reply: bool, ports: tuple[PortRange, ...]) -> tuple[Segment, ...]:
        firewall, asked = checkpoint.firewall, mirrored if reply else flow
        direction = checkpoint.reply_direction if reply else checkpoint.direction
        rules = [rule for rule in firewall.rules if _concerns(rule, firewall, direction, asked)]
        return segments_of(firewall, direction, asked.service.protocol, ports, rules)

    return passage(flow.service, checkpoints, ask)


def passage(service: Service, checkpoints: Sequence[Checkpoint | FixedHop], ask: Ask) -> Passage:
    """Send ports along `checkpoints`, then the reply back through the stateless ones.

    Only the ports that a hop lets through, or may let through, reach the next one; a hop that no port reaches is not
    listed. Replies are looked at last and in reverse, as the packets travel: they exist only for what arrived.
    """
    hops: list[Hop] = []
    reaching: tuple[PortRange, ...] = ((service.low, service.high),)
    doubtful: list[PortRange] = []
    for checkpoint in checkpoints:
        hop = _forward(checkpoint, reaching, ask)
        hops.append(hop)
        reaching = joined((segment.low, segment.high) for segment in hop.segments if not segment.refuses)
        doubtful += _unknown(hop)
        if not reaching:
            break
    if reaching:
        for checkpoint in reversed(checkpoints):
            if isinstance(checkpoint, FixedHop) or checkpoint.firewall.stateful:
                continue
            hop = _reply(checkpoint, ask)
            hops.append(hop)
            if hop.refuses:
                reaching = ()
                break
            if _unknown(hop):
                # Which of the initiator's ports it concerns does not matter: it may be the one that was taken.
                doubtful += reaching
    return Passage(tuple(hops), without((service.low, service.high), reaching), common(joined(doubtful), reaching))


def _forward(checkpoint: Checkpoint | FixedHop, ports: tuple[PortRange, ...], ask: Ask) -> Hop:
    if isinstance(checkpoint, FixedHop):
        action, reason = checkpoint.action, checkpoint.reason
        return Hop(reason.value, "path", tuple(Segment(low, high, action, reason, None, None) for low, high in ports))
    return Hop(checkpoint.firewall.name, checkpoint.where, ask(checkpoint, False, ports))


def _reply(checkpoint: Checkpoint, ask: Ask) -> Hop:
    """The mirrored flow: from the destination back to the initiator's high ports.

    Which of the asked ports it answers makes no difference: rules look at destination ports only.
    """
    return Hop(checkpoint.firewall.name, "reply", ask(checkpoint, True, (REPLY_PORTS,)))


def _unknown(hop: Hop) -> list[PortRange]:
    return [(segment.low, segment.high) for segment in hop.segments if segment.action is Action.UNKNOWN]


def _mirrored(flow: Flow) -> Flow:
    return Flow(
        source=flow.destination,
        source_address=flow.destination_address,
        source_zone=flow.destination_zone,
        destination=flow.source,
        destination_address=flow.source_address,
        destination_zone=flow.source_zone,
        service=Service(flow.service.protocol, *REPLY_PORTS),
    )


def _concerns(rule: CompiledRule, firewall: CompiledFirewall, direction: Direction, flow: Flow) -> bool:
    """Whether the rule counts for this flow, ports aside."""
    return (
        rule.enabled
        and (firewall.kind == "network" or rule.direction in ("both", direction))
        and flow.source_address in rule.source
        and flow.destination_address in rule.destination
    )


def segments_of(
    firewall: CompiledFirewall,
    direction: Direction,
    protocol: Protocol,
    ports: Iterable[PortRange],
    rules: Sequence[CompiledRule],
) -> tuple[Segment, ...]:
    """The answer of one firewall for `ports` (ascending ranges), as few segments as possible.

    `rules` are those of its rules that concern the flow, ports aside, in their order.
    """
    segments: list[Segment] = []
    for low, high in _cut(ports, rules, protocol):
        # Between two cuts no rule begins or ends, so the first port speaks for the whole piece.
        winner = _winner(firewall, [rule for rule in rules if _covers(rule, protocol, low)])
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


def _covers(rule: CompiledRule, protocol: Protocol, port: int) -> bool:
    return any(service.protocol is protocol and service.low <= port <= service.high for service in rule.services)


def _winner(firewall: CompiledFirewall, matching: Sequence[CompiledRule]) -> CompiledRule | None:
    """The rule that decides among those that match one port, None for the default."""
    if firewall.evaluation == "first-match":
        return matching[0] if matching else None
    allowing = [rule for rule in matching if rule.action is Action.ALLOW]
    opaque = [rule for rule in matching if rule.action is Action.UNKNOWN]
    if firewall.evaluation == "deny-overrides":
        refusing = [rule for rule in matching if rule.action in (Action.DENY, Action.REJECT)]
        ordered = [*refusing, *opaque, *allowing]
    else:
        ordered = [*allowing, *opaque]
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


def decision(hops: Sequence[Hop]) -> tuple[Action, Hop | None, Segment | None]:
    """Action, hop and segment that decide: the first that refuses, else the first that is unknown, else the last that
    allows before the replies, if any.
    """
    unknown: tuple[Hop, Segment] | None = None
    for hop in hops:
        for segment in hop.segments:
            if segment.refuses:
                # Whoever sent the reply hears of its rejection, and the initiator hears nothing.
                return (Action.DENY if hop.where == "reply" else segment.action), hop, segment
            if segment.action is Action.UNKNOWN and unknown is None:
                unknown = hop, segment
    if unknown is not None:
        return Action.UNKNOWN, *unknown
    crossed = [hop for hop in hops if hop.where != "reply"]
    if not crossed:
        return Action.ALLOW, None, None
    return Action.ALLOW, crossed[-1], crossed[-1].segments[0]
