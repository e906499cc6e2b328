"""What each firewall on the way of a connection would still have to allow.

Decided here: that every hop is asked, also those behind one that refuses, since a rule at the first alone would only
move the trouble to the next; that a stateless firewall needs the mirrored flow as well; and what would help at a hop:
an allow that is added, or, where a block beats every allow, a block that lets go. What a hop answers is decided by
`firewall.evaluation` alone: a rule that is in the way is switched off and the same question is asked again.
In: connections of a report, a topology. Out: `Gap`s, or the code of why no rule of a firewall can help.
Never here: which connections are wanted (`request`), how gaps become rules (`grouping`, `proposals`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from vbtui.firewall import Policy
from vbtui.firewall.classes import AddressClasses
from vbtui.firewall.evaluation import REPLY_PORTS, Checkpoint, traverse
from vbtui.firewall.intervals import joined
from vbtui.firewall.path import Attachment, Route, Routing
from vbtui.firewall.rules import CompiledFirewall, Direction, compile_firewalls
from vbtui.firewall.verdict import Flow
from vbtui.planning.report import ConnectionVerdict
from vbtui.topology import Address
from vbtui.topology.graph import zone_paths
from vbtui.vocabulary import Action, Service


@dataclass(frozen=True, slots=True, order=True)
class End:
    """A machine at one end of a flow, with the address that it really uses there."""

    machine: str
    address: Address
    zone: str
    sole: bool
    """The machine has no other address, so that its name means exactly this one."""

    def __hash__(self) -> int:
        # Groups of thousands are looked up by their members, and an address takes long to hash.
        return hash(self.machine)


class Hopeless(StrEnum):
    """Why no rule of a firewall lets a connection through. The values are message codes."""

    NO_ADDRESS = "request.no-address"
    """The two share no family of addresses."""
    NO_PATH = "request.no-path"
    """No firewall joins the zones, and the file's default for that refuses."""
    TRANSLATED = "request.translated"
    """Addresses are translated on the way, and the file does not say to which."""
    SAME_ZONE = "request.same-zone"
    """Within the zone the file's default refuses."""
    OPAQUE = "request.opaque"
    """A rule that was not understood beats every allow of its firewall."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Packets that one firewall does not certainly allow: every source to every destination, at a range of ports."""

    firewall: str
    direction: Literal["inbound", "outbound", "both"]
    """Both for a network firewall, which has no sides."""
    reply: bool
    """The way back through a stateless firewall; source and destination are those of the reply."""
    block: str | None
    """Name of the rule that has to let go; None where an allow has to be added."""
    present: str | None
    """Name of the rule that decides now; None for the default."""
    sources: tuple[End, ...]
    destinations: tuple[End, ...]
    service: Service


@dataclass(frozen=True, slots=True)
class Shortage:
    """What a connection lacks. Without gaps and without a code it gets through."""

    gaps: tuple[Gap, ...] = ()
    opened: tuple[Gap, ...] = ()
    """The parts of the connection itself that do not get through from end to end, `firewall` left empty."""
    hopeless: Hopeless | None = None


class Missing:
    """The gaps of one policy's firewalls. Keeps its answers: equal connections are asked about once."""

    def __init__(self, policy: Policy) -> None:
        """`policy` has every rule as it is written in its topology."""
        topology = policy.topology
        self.topology = topology
        self._policy = policy
        self._routing = Routing(topology, zone_paths(topology))
        self._firewalls = compile_firewalls(topology)
        self._classes = {
            name: AddressClasses([(rule.source, rule.destination) for rule in firewall.rules])
            for name, firewall in self._firewalls.items()
        }
        self._narrowed: dict[tuple[str, int], CompiledFirewall] = {}
        self._known: dict[tuple[str, int], End] = {}
        self._answers: dict[tuple[tuple[str, ...], tuple[str, ...], Service], Shortage] = {}

    def of(self, connection: ConnectionVerdict) -> Shortage:
        """What is missing for all pairs of a connection. Any pair without hope leaves the whole without."""
        question = (connection.sources, connection.destinations, connection.asked.service)
        answer = self._answers.get(question)
        if answer is None:
            answer = self._answers[question] = self._ask(*question)
        return answer

    def _ask(self, sources: tuple[str, ...], destinations: tuple[str, ...], service: Service) -> Shortage:
        gaps: list[Gap] = []
        opened: list[Gap] = []
        for ours, theirs in self._alike(sources, destinations):
            if ours == theirs:
                continue
            found = self._between(ours, theirs, service)
            if found.hopeless is not None:
                return found
            gaps += found.gaps
            opened += found.opened
        return Shortage(tuple(gaps), tuple(opened))

    def _alike(
        self, sources: tuple[str, ...], destinations: tuple[str, ...]
    ) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """The pairs in parts whose machines get the same answers here.

        A report may have been made of other rules, and put together what these tell apart.
        """
        if not set(sources).isdisjoint(destinations):
            yield from (((ours,), (theirs,)) for ours in sources for theirs in destinations)
            return
        for ours in self._policy.grouped(sources):
            for theirs in self._policy.grouped(destinations):
                yield ours, theirs

    def _between(self, sources: tuple[str, ...], destinations: tuple[str, ...], service: Service) -> Shortage:
        """Of machines that are alike the first pair speaks for all, but for their addresses."""
        ours, theirs = self._routing.machines[sources[0]], self._routing.machines[destinations[0]]
        route = self._routing.route(ours.shape, theirs.shape)
        if route is None:
            return Shortage(hopeless=Hopeless.NO_ADDRESS)
        if route.translated:
            return Shortage(hopeless=Hopeless.TRANSLATED)
        defaults = self.topology.defaults
        if route.same_zone and defaults.same_zone is not Action.ALLOW:
            return Shortage(hopeless=Hopeless.SAME_ZONE)
        if route.firewalls is None and defaults.unlisted_path is not Action.ALLOW:
            return Shortage(hopeless=Hopeless.NO_PATH)
        near, far = self._ends(sources, route.source), self._ends(destinations, route.destination)
        gaps: list[Gap] = []
        try:
            for firewall, direction in self._hops(ours, theirs, route):
                gaps += _gaps(self._about(firewall, near[0], far[0]), direction, near, far, service, reply=False)
                if not firewall.stateful:
                    back: Direction = "inbound" if direction == "outbound" else "outbound"
                    replies = Service(service.protocol, *REPLY_PORTS)
                    gaps += _gaps(self._about(firewall, far[0], near[0]), back, far, near, replies, reply=True)
        except _OpaqueBlockError:
            return Shortage(hopeless=Hopeless.OPAQUE)
        return Shortage(tuple(gaps), tuple(_from_end_to_end(gaps, near, far, service)))

    def _hops(self, ours: Attachment, theirs: Attachment, route: Route) -> Iterator[tuple[CompiledFirewall, Direction]]:
        """Every firewall on the way with the direction in which the first packet passes it."""
        if ours.firewall is not None:
            yield self._firewalls[ours.firewall], "outbound"
        for name in route.firewalls or ():
            yield self._firewalls[name], "inbound"
        if theirs.firewall is not None:
            yield self._firewalls[theirs.firewall], "inbound"

    def _about(self, firewall: CompiledFirewall, source: End, destination: End) -> CompiledFirewall:
        """The firewall with the rules that name both addresses and no others: of hundreds few can ever match."""
        classes = self._classes[firewall.name]
        ours, _ = classes.sides(classes.mark(source.address))
        _, theirs = classes.sides(classes.mark(destination.address))
        key = (firewall.name, ours & theirs)
        known = self._narrowed.get(key)
        if known is None:
            rules = tuple(rule for place, rule in enumerate(firewall.rules) if ours & theirs & 1 << place)
            known = self._narrowed[key] = replace(firewall, rules=rules)
        return known

    def _ends(self, machines: tuple[str, ...], place: int) -> tuple[End, ...]:
        return tuple(self._end(name, place) for name in machines)

    def _end(self, machine: str, place: int) -> End:
        """One object for each address of a machine."""
        known = self._known.get((machine, place))
        if known is None:
            attached = self._routing.machines[machine]
            sole = len(attached.addresses) == 1
            known = End(machine, attached.addresses[place], attached.shape[place][0], sole)
            self._known[machine, place] = known
        return known


class _OpaqueBlockError(Exception):
    """A rule that was not understood and that no allow can overrule."""


def _gaps(
    firewall: CompiledFirewall,
    direction: Direction,
    sources: tuple[End, ...],
    destinations: tuple[End, ...],
    service: Service,
    *,
    reply: bool,
) -> Iterator[Gap]:
    ours, theirs = sources[0], destinations[0]
    flow = Flow(ours.machine, ours.address, ours.zone, theirs.machine, theirs.address, theirs.zone, service)
    for low, high, block, present in _refusals(firewall, direction, flow, service.low, service.high):
        yield Gap(
            firewall=firewall.name,
            direction=direction if firewall.kind == "host" else "both",
            reply=reply,
            block=block,
            present=present,
            sources=sources,
            destinations=destinations,
            service=Service(service.protocol, low, high),
        )


def _refusals(
    firewall: CompiledFirewall, direction: Direction, flow: Flow, low: int, high: int
) -> Iterator[tuple[int, int, str | None, str | None]]:
    """Ports, the rule that has to let go, the rule that decides now; of several blocks each comes after the other."""
    alone = replace(flow, service=Service(flow.service.protocol, low, high))
    # Replies are asked about on their own, so here no firewall has any.
    hop = Checkpoint(replace(firewall, stateful=True), "path", direction)
    for segment in traverse(alone, (hop,)).hops[0].segments:
        if segment.action is Action.ALLOW:
            continue
        if firewall.evaluation != "deny-overrides" or segment.rule is None:
            yield segment.low, segment.high, None, segment.rule
        elif segment.action is Action.UNKNOWN:
            raise _OpaqueBlockError
        else:
            yield segment.low, segment.high, segment.rule, segment.rule
            yield from _refusals(firewall.with_rule(segment.rule, False), direction, flow, segment.low, segment.high)


def _from_end_to_end(
    gaps: Iterable[Gap], sources: tuple[End, ...], destinations: tuple[End, ...], service: Service
) -> Iterator[Gap]:
    """The ports of the connection that some hop refuses; all of them if its replies are lost."""
    lost = [(service.low, service.high) if gap.reply else (gap.service.low, gap.service.high) for gap in gaps]
    for low, high in joined(lost):
        ports = Service(service.protocol, low, high)
        yield Gap("", "both", False, None, None, sources, destinations, ports)
