"""The one place where a connection is allowed or not: `Policy.evaluate`.

How it works, from the question to the answer:

1. Selectors compile to sets of IPv4 and IPv6 intervals. A node stands for all its addresses, a role for all addresses
   of the nodes that have it (the role guest for all VMs), a zone for its ranges, a network for the addresses of that
   group. The keys of one selector must all hold, a list of selectors is an alternative. A selector that matches nothing
   never matches.
2. A machine may have several addresses, one per zone. Of all pairs of one family: first a pair within one zone, then
   the pair with the shortest path, then the one that comes first in the file. The choice is the same for every
   service. Without such a pair the answer is deny, `Reason.NO_ADDRESS`.
3. A flow is looked at by the source's host firewall outbound, every network firewall on the path in order, and the
   destination's host firewall inbound. It is allowed only if all allow; the first that refuses decides. Within one
   machine nothing is crossed: allow, no hops. Within one zone `defaults.same_zone` stands in the place of the network
   firewalls, and between zones without a path `defaults.unlisted_path`; host firewalls still count. Where the file
   says that a path translates addresses (`nat`), nobody knows which ones rules see: unknown, and no firewall is asked.
4. At each hop one of three evaluations. First-match: the first matching rule of the list. Deny-overrides: the first
   matching rule that denies or rejects, wherever it stands, else the first that is opaque, else the first that allows.
   Allow-list: the first that allows, else the first that is opaque; others do not count. Then the default. Host
   firewall rules hold in their `direction`; for network rules it is ignored. Disabled rules do not count. There is no
   clock here, so `expires` never changes an answer; that a rule has expired is a finding about the rule.
5. A stateful firewall implies the replies. A stateless one must also allow the mirrored flow: from the destination to
   the source, same protocol, destination ports 1024-65535, all of them, because the initiator's port may be any; a host
   firewall sees it in the other direction. This is a hop of its own (`where` is `reply`, its segments are reply ports).
   Replies travel last and backwards, so their hops come after all others, in reverse. Whatever becomes of a reply,
   the initiator hears nothing: a rejected one is reported to its sender, so the verdict's action is deny. A refusal of
   the first packet is taken to find its way back to the initiator.
6. Port ranges are segmented. Each hop answers for exactly the ports that reached it or may have reached it, and only
   what it does not refuse reaches the next. `missing` holds the ranges that certainly do not get through in the end.
   The action is allow if all do; otherwise action, hop and segment are those of the first hop that refuses any.
7. An opaque rule, or a default of the file that is `unknown`, may do anything to what it matches. Where it decides at a
   hop, the port is unknown and goes on: a port that any hop refuses for certain is missing all the same, since the
   others can only refuse it too; a port that is left, and unknown anywhere, is in `unknown`. A reply that is unknown
   for some of the initiator's ports makes all ports unknown that it would answer. If nothing is missing but something
   unknown, the action is unknown, and hop and segment are the first that are. Nothing unknown is ever allowed.
8. Machines that no rule can tell apart are one group (`classes`), and an answer is found once for two groups and a
   service. That is quick and changes nothing: `evaluation.traverse`, which compares every rule with every flow, gives
   the same answers.
9. A what-if may say what becomes of the connections between two machines at some ports (`with_connection`). A question
   for nothing but such ports is answered by it, before all firewalls and without asking them, and the verdict says so:
   `Reason.WHAT_IF`. What was said last counts. Every other question is the firewalls' own.

In: a topology, which rules are switched otherwise than in its file, what-ifs, and a question. Out: a `Verdict`.
Never here: what the connection is for, a clock, a change to a policy that somebody else holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Self

from vbtui.firewall.class_evaluation import ClassEvaluator
from vbtui.firewall.path import PathsBetweenZones, Routing
from vbtui.firewall.rules import CompiledFirewall, compile_firewall, compile_firewalls
from vbtui.firewall.selectors import Directory
from vbtui.firewall.verdict import Hop, Reason, Segment, Verdict
from vbtui.topology import Address, Rule, Topology
from vbtui.topology.graph import zone_paths
from vbtui.vocabulary import Action, Service


class Policy:
    """The rules of a topology, ready for questions. Immutable; what classes of machines get is kept for next time."""

    __slots__ = ("_directory", "_evaluator", "_firewalls", "_off", "_routing", "_said", "_topology")

    _topology: Topology
    _directory: Directory
    _routing: Routing
    _firewalls: Mapping[str, CompiledFirewall]
    """As they are now, rules switched."""
    _evaluator: ClassEvaluator
    """Shared by all policies that differ only in which rules are switched."""
    _off: int
    """The rules that are switched off now, as the evaluator counts them."""
    _said: Mapping[tuple[str, str], tuple[tuple[Service, bool], ...]]
    """By source and destination: what a what-if says of services, and whether it lets them through; the last first."""

    def __init__(self, topology: Topology, *, paths: PathsBetweenZones | None = None) -> None:
        """Compile every rule of `topology`.

        `paths` are the network firewalls between zones, by default those of the topology's graph. Raises
        UnknownServiceError for a service that the file does not define, and whatever the graph raises for zones
        between which it cannot decide.
        """
        self._topology = topology
        self._directory = Directory(topology)
        self._routing = Routing(topology, zone_paths(topology) if paths is None else paths)
        self._firewalls = compile_firewalls(topology, self._directory)
        self._evaluator = ClassEvaluator(topology, self._routing, self._firewalls)
        self._off = self._evaluator.switched_off(self._firewalls)
        self._said = MappingProxyType({})

    @property
    def topology(self) -> Topology:
        """The file with the rules that this policy was made of or given since; switched rules are as written."""
        return self._topology

    @property
    def toggled_rules(self) -> tuple[tuple[str, str, bool], ...]:
        """Firewall, rule and present state of every rule that is not as in the topology, in the file's order."""
        return tuple(
            (written.name, original.name, current.enabled)
            for written in self._topology.firewalls
            for original, current in zip(written.rules, self._firewalls[written.name].rules, strict=True)
            if original.enabled != current.enabled
        )

    def with_rule(self, firewall: str, rule: str, enabled: bool) -> Self:
        """A policy with that rule switched on or off; this one stays as it is.

        The groups stay, and so does every answer in which that rule has no say. A policy that is already so is returned
        itself. Raises KeyError for an unknown firewall or rule.
        """
        changed = self._firewalls[firewall].with_rule(rule, enabled)
        if changed is self._firewalls[firewall]:
            return self
        return self._with(self._topology, changed, self._evaluator)

    def with_rules(self, firewall: str, rules: Sequence[Rule]) -> Self:
        """A policy with another list of rules at that firewall, also in its `topology`; this one stays as it is.

        The rules are switched as they say themselves; those of the other firewalls stay as they are switched. Machines
        may fall into other groups. The rules may use what the topology has: an unknown name in a selector stands for
        no address, as in a file that nobody checked. Raises KeyError for an unknown firewall, UnknownServiceError.
        """
        written = self._topology.firewall(firewall).model_copy(update={"rules": tuple(rules)})
        others = (written if old.name == firewall else old for old in self._topology.firewalls)
        topology = self._topology.model_copy(update={"firewalls": tuple(others)})
        changed = compile_firewall(topology, written, self._directory)
        return self._with(topology, changed, self._evaluator.with_firewall(changed))

    def with_connection(self, source: str, destination: str, service: Service, *, allowed: bool) -> Self:
        """A policy that says itself what becomes of that service between two machines, whatever the firewalls would.

        This one stays as it is; rules and groups are the same in both. Within one machine nothing can be blocked, so
        nothing is said of it. Raises KeyError for an unknown machine.
        """
        for name in (source, destination):
            self.group_of(name)
        if source == destination:
            return self
        policy = self._copied()
        before = tuple(one for one in self._said.get((source, destination), ()) if one[0] != service)
        policy._said = MappingProxyType({**self._said, (source, destination): ((service, allowed), *before)})
        return policy

    def _with(self, topology: Topology, changed: CompiledFirewall, evaluator: ClassEvaluator) -> Self:
        policy = self._copied()
        policy._topology = topology
        policy._firewalls = MappingProxyType({**self._firewalls, changed.name: changed})
        policy._evaluator = evaluator
        policy._off = evaluator.switched_off(policy._firewalls)
        return policy

    def _copied(self) -> Self:
        policy = object.__new__(type(self))
        policy._topology, policy._directory, policy._routing = self._topology, self._directory, self._routing
        policy._firewalls, policy._evaluator, policy._off = self._firewalls, self._evaluator, self._off
        policy._said = self._said
        return policy

    @property
    def groups(self) -> Mapping[str, int]:
        """`group_of` every machine, by name. Policies that differ in switched rules only have one and the same."""
        return self._evaluator.groups

    def group_of(self, machine: str) -> int:
        """The number of a machine's group, from 0. Raises KeyError.

        Machines of one group get the same answer to every question, with every third machine on the other side and in
        both directions, names and addresses aside; so do two of them with each other. Switching a rule with `with_rule`
        keeps all groups. What was said with `with_connection` is about two machines alone and makes no group.
        """
        return self._evaluator.group_of(machine)

    def grouped(self, machines: Iterable[str]) -> tuple[tuple[str, ...], ...]:
        """The machines by their groups, groups and members in the order in which they come. Raises KeyError."""
        found: dict[int, list[str]] = {}
        for name in machines:
            found.setdefault(self.group_of(name), []).append(name)
        return tuple(tuple(names) for names in found.values())

    def addresses(self, source: str, destination: str) -> tuple[Address | None, Address | None]:
        """The pair of addresses that two machines use for every service, as in `Verdict`. Raises KeyError."""
        if source == destination:
            own = next(iter(self._routing.machines[source].addresses), None)
            return own, own
        return self._evaluator.addresses(source, destination)

    def evaluate(self, source: str, destination: str, service: Service) -> Verdict:
        """Whether `source` reaches `service` at `destination`, both names of nodes or VMs. Raises KeyError."""
        if source == destination:
            own, _ = self.addresses(source, destination)
            return Verdict(source, destination, service, own, own, Action.ALLOW, None, None, ())
        if self._said:
            for said, allowed in self._said.get((source, destination), ()):
                if service.protocol is said.protocol and said.low <= service.low and service.high <= said.high:
                    return self._what_if(source, destination, service, allowed=allowed)
        return self._evaluator.evaluate(source, destination, service, self._off)

    def _what_if(self, source: str, destination: str, service: Service, *, allowed: bool) -> Verdict:
        """The answer that was given in the firewalls' place: silence, as most of them drop, or a free way."""
        action = Action.ALLOW if allowed else Action.DENY
        segment = Segment(service.low, service.high, action, Reason.WHAT_IF, None, None)
        hop = Hop(Reason.WHAT_IF.value, "path", (segment,))
        missing = () if allowed else ((service.low, service.high),)
        ends = self.addresses(source, destination)
        return Verdict(source, destination, service, *ends, action, hop, segment, (hop,), missing)
