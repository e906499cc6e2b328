"""Every firewall on a way asked alone: which of its rules would decide a flow, whatever the hops before it say.

A verdict ends where nothing gets through any more, so it tells nothing of the firewalls behind. Whoever asks what a
rule is for must not depend on that: a rule is needed although another firewall on the way is still closed.
In: a topology with its compiled firewalls, a flow. Out: a `Hop` for each firewall, the first packet's in its order,
then those of the replies at stateless ones (`where` is `reply`).
Never here: whether the flow passes in the end (`Policy.evaluate`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vbtui.firewall.boxes import bits
from vbtui.firewall.class_evaluation import checkpoints_between
from vbtui.firewall.evaluation import REPLY_PORTS, Checkpoint, PortRange, segments_of
from vbtui.firewall.path import PathsBetweenZones, Routing
from vbtui.firewall.rules import CompiledFirewall, CompiledRule, Direction
from vbtui.firewall.verdict import Hop
from vbtui.topology import Address, Topology
from vbtui.vocabulary import Protocol, Service


class FirewallsAlone:
    """The firewalls of one topology, each to be asked on its own. Which rules name an address is kept."""

    __slots__ = ("_firewalls", "_naming", "_routing", "_topology")

    def __init__(self, topology: Topology, firewalls: Mapping[str, CompiledFirewall], paths: PathsBetweenZones) -> None:
        self._topology = topology
        self._firewalls = firewalls
        self._routing = Routing(topology, paths)
        self._naming: dict[tuple[str, Address], tuple[int, int]] = {}

    def hops(self, source: str, destination: str, service: Service) -> tuple[Hop, ...]:
        """What each firewall between two machines says to a service; none within one machine or without addresses.

        Raises KeyError for an unknown machine.
        """
        ours, theirs = self._routing.machines[source], self._routing.machines[destination]
        route = None if source == destination else self._routing.route(ours.shape, theirs.shape)
        if route is None:
            return ()
        there: list[Hop] = []
        back: list[Hop] = []
        ends = (ours.addresses[route.source], theirs.addresses[route.destination])
        # Where addresses are translated, each is asked about the addresses of the file.
        plain = replace(route, translated=False)
        for one in checkpoints_between(self._topology, self._firewalls, plain, ours.firewall, theirs.firewall):
            if not isinstance(one, Checkpoint):
                continue
            ports = (service.low, service.high)
            there.append(self._hop(one.firewall, one.where, one.direction, ends, service.protocol, ports))
            if not one.firewall.stateful:
                opposite = (one.firewall, "reply", one.reply_direction, ends[::-1])
                back.append(self._hop(*opposite, service.protocol, REPLY_PORTS))
        return (*there, *reversed(back))

    def _hop(
        self,
        firewall: CompiledFirewall,
        where: str,
        direction: Direction,
        ends: tuple[Address, Address],
        protocol: Protocol,
        ports: PortRange,
    ) -> Hop:
        rules = [
            rule
            for place in bits(self._named(firewall, ends[0])[0] & self._named(firewall, ends[1])[1])
            for rule in (firewall.rules[place],)
            if rule.enabled and _looks(firewall, rule, direction)
        ]
        return Hop(firewall.name, where, segments_of(firewall, direction, protocol, (ports,), rules))

    def _named(self, firewall: CompiledFirewall, address: Address) -> tuple[int, int]:
        """The places of the rules that have the address among their sources, and among their destinations."""
        key = (firewall.name, address)
        if key not in self._naming:
            sources = sum(1 << place for place, rule in enumerate(firewall.rules) if address in rule.source)
            destinations = sum(1 << place for place, rule in enumerate(firewall.rules) if address in rule.destination)
            self._naming[key] = (sources, destinations)
        return self._naming[key]


def _looks(firewall: CompiledFirewall, rule: CompiledRule, direction: Direction) -> bool:
    return firewall.kind == "network" or rule.direction in ("both", direction)
