"""The one place where a connection is allowed or not: `Policy.evaluate`.

How it works, from the question to the answer:

1. Selectors compile to sets of IPv4 and IPv6 intervals. A node stands for all its addresses, a role for all addresses
   of the nodes that have it (the role guest for all VMs), a zone for its ranges. The keys of one selector must all
   hold, a list of selectors is an alternative. A selector that matches nothing never matches.
2. A machine may have several addresses, one per zone. Of all pairs of one family: first a pair within one zone, then
   the pair with the shortest path, then the one that comes first in the file. The choice is the same for every
   service. Without such a pair the answer is deny, `Reason.NO_ADDRESS`.
3. A flow is looked at by the source's host firewall outbound, every network firewall on the path in order, and the
   destination's host firewall inbound. The first hop that does not allow decides; it is allowed only if all allow.
   Within one machine nothing is crossed: allow, no hops. Within one zone `defaults.same_zone` stands in the place of
   the network firewalls, and between zones without a path `defaults.unlisted_path`; host firewalls still count.
4. At each hop one of three evaluations. First-match: the first matching rule of the list. Deny-overrides: the first
   matching rule that denies or rejects, wherever it stands, else the first that allows. Allow-list: only rules that
   allow count. Then the default. Host firewall rules hold in their `direction`; for network rules it is ignored.
   Disabled rules do not count. There is no clock here, so `expires` never changes an answer; that a rule has expired
   is a finding about the rule.
5. A stateful firewall implies the replies. A stateless one must also allow the mirrored flow: from the destination to
   the source, same protocol, destination ports 1024-65535, all of them, because the initiator's port may be any; a host
   firewall sees it in the other direction. This is a hop of its own (`where` is `reply`, its segments are reply ports).
   Replies travel last and backwards, so their hops come after all others, in reverse. Whatever becomes of a reply,
   the initiator hears nothing: a rejected one is reported to its sender, so the verdict's action is deny. A refusal of
   the first packet is taken to find its way back to the initiator.
6. Port ranges are segmented. Each hop answers for exactly the ports that reached it, and only what it allows reaches
   the next. `missing` holds the ranges that do not get through in the end. The action is allow if nothing is missing;
   otherwise action, hop and segment are those of the first hop with a segment that does not allow.

In: a topology, which rules are switched otherwise than in its file, and a question. Out: a `Verdict`.
Never here: what the connection is for, networkx, a clock, a change to a policy that somebody else holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self

from vbtui.firewall.evaluation import Checkpoint, FixedHop, Where, traverse
from vbtui.firewall.path import PathsBetweenZones, Route, Routing
from vbtui.firewall.rules import CompiledFirewall, Direction, compile_firewalls
from vbtui.firewall.verdict import Flow, Hop, Reason, Segment, Verdict
from vbtui.topology import Topology, addresses_of
from vbtui.vocabulary import Action, Service


class Policy:
    """The rules of a topology, ready for questions. Immutable; answers are kept, so equal questions get one object."""

    __slots__ = ("_answers", "_firewalls", "_routing", "_switched", "_topology")

    _topology: Topology
    _routing: Routing
    _firewalls: Mapping[str, CompiledFirewall]
    _switched: tuple[tuple[str, str, bool], ...]
    _answers: dict[tuple[str, str, Service], Verdict]

    def __init__(self, topology: Topology, *, paths: PathsBetweenZones | None = None) -> None:
        """Compile every rule of `topology`.

        `paths` are the network firewalls between zones, by default those of the topology's graph. Raises
        UnknownServiceError for a service that the file does not define, and whatever the graph raises for zones
        between which it cannot decide.
        """
        if paths is None:
            # Loads networkx, which a policy with given paths can do without.
            from vbtui.topology.graph import zone_paths

            paths = zone_paths(topology)
        self._topology = topology
        self._routing = Routing(topology, paths)
        self._firewalls = compile_firewalls(topology)
        self._switched = ()
        self._answers = {}

    @property
    def topology(self) -> Topology:
        return self._topology

    @property
    def toggled_rules(self) -> tuple[tuple[str, str, bool], ...]:
        """Firewall, rule and present state of every rule that is not as in the file, in the file's order."""
        return self._switched

    def with_rule(self, firewall: str, rule: str, enabled: bool) -> Self:
        """A policy with that rule switched on or off; this one stays as it is.

        A policy that is already so is returned itself. Raises KeyError for an unknown firewall or rule.
        """
        changed = self._firewalls[firewall].with_rule(rule, enabled)
        if changed == self._firewalls[firewall]:
            return self
        policy = object.__new__(type(self))
        policy._topology = self._topology
        policy._routing = self._routing
        policy._firewalls = MappingProxyType(
            {name: changed if name == firewall else compiled for name, compiled in self._firewalls.items()}
        )
        policy._switched = tuple(
            (written.name, original.name, current.enabled)
            for written in self._topology.firewalls
            for original, current in zip(written.rules, policy._firewalls[written.name].rules, strict=True)
            if original.enabled != current.enabled
        )
        policy._answers = {}
        return policy

    def evaluate(self, source: str, destination: str, service: Service) -> Verdict:
        """Whether `source` reaches `service` at `destination`, both names of nodes or VMs. Raises KeyError."""
        question = (source, destination, service)
        answer = self._answers.get(question)
        if answer is None:
            # setdefault, so that two threads that ask at once still get one object.
            answer = self._answers.setdefault(question, self._evaluate(source, destination, service))
        return answer

    def _evaluate(self, source: str, destination: str, service: Service) -> Verdict:
        ours, theirs = self._routing.machine(source), self._routing.machine(destination)
        if source == destination:
            own = next((entry.address for entry in addresses_of(ours)), None)
            return Verdict(source, destination, service, own, own, Action.ALLOW, None, None, ())
        route = self._routing.route(source, destination)
        if route is None:
            return _without_address(source, destination, service)
        checkpoints = [
            *self._host(ours.firewall, "outbound"),
            *self._between(route),
            *self._host(theirs.firewall, "inbound"),
        ]
        flow = Flow(
            source=source,
            source_address=route.source.address,
            source_zone=route.source.zone,
            destination=destination,
            destination_address=route.destination.address,
            destination_zone=route.destination.zone,
            service=service,
        )
        passage = traverse(flow, checkpoints)
        action, hop, segment = _decision(passage.hops)
        return Verdict(
            source=source,
            destination=destination,
            service=service,
            source_address=route.source.address,
            destination_address=route.destination.address,
            action=action,
            hop=hop,
            segment=segment,
            hops=passage.hops,
            missing=passage.missing,
        )

    def _host(self, firewall: str | None, direction: Direction) -> tuple[Checkpoint, ...]:
        if firewall is None:
            return ()
        where: Where = "source" if direction == "outbound" else "destination"
        return (Checkpoint(self._firewalls[firewall], where, direction),)

    def _between(self, route: Route) -> tuple[Checkpoint | FixedHop, ...]:
        if route.same_zone:
            return (FixedHop(Reason.SAME_ZONE, self._topology.defaults.same_zone),)
        if route.firewalls is None:
            return (FixedHop(Reason.NO_PATH, self._topology.defaults.unlisted_path),)
        return tuple(Checkpoint(self._firewalls[name], "path") for name in route.firewalls)


def _without_address(source: str, destination: str, service: Service) -> Verdict:
    segment = Segment(service.low, service.high, Action.DENY, Reason.NO_ADDRESS, None, None)
    hop = Hop(Reason.NO_ADDRESS.value, "path", (segment,))
    return Verdict(
        source, destination, service, None, None, Action.DENY, hop, segment, (hop,), ((service.low, service.high),)
    )


def _decision(hops: tuple[Hop, ...]) -> tuple[Action, Hop | None, Segment | None]:
    """Action, hop and segment of the first that does not allow; otherwise of the last before the replies, if any."""
    for hop in hops:
        for segment in hop.segments:
            if segment.action is not Action.ALLOW:
                return (Action.DENY if hop.where == "reply" else segment.action), hop, segment
    crossed = [hop for hop in hops if hop.where != "reply"]
    if not crossed:
        return Action.ALLOW, None, None
    return Action.ALLOW, crossed[-1], crossed[-1].segments[0]
