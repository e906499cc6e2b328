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

from vbtui.firewall.class_evaluation import checkpoints_between
from vbtui.firewall.evaluation import REPLY_PORTS, Checkpoint, traverse
from vbtui.firewall.path import PathsBetweenZones, Routing
from vbtui.firewall.rules import CompiledFirewall
from vbtui.firewall.verdict import Flow, Hop
from vbtui.topology import Topology
from vbtui.vocabulary import Service


class FirewallsAlone:
    """The firewalls of one topology, each to be asked on its own."""

    __slots__ = ("_firewalls", "_routing", "_topology")

    def __init__(self, topology: Topology, firewalls: Mapping[str, CompiledFirewall], paths: PathsBetweenZones) -> None:
        self._topology = topology
        self._firewalls = firewalls
        self._routing = Routing(topology, paths)

    def hops(self, source: str, destination: str, service: Service) -> tuple[Hop, ...]:
        """What each firewall between two machines says to a service; none within one machine or without addresses.

        It compares every rule with the flow. Raises KeyError for an unknown machine.
        """
        ours, theirs = self._routing.machines[source], self._routing.machines[destination]
        route = None if source == destination else self._routing.route(ours.shape, theirs.shape)
        if route is None:
            return ()
        flow = Flow(
            source=source,
            source_address=ours.addresses[route.source],
            source_zone=ours.shape[route.source][0],
            destination=destination,
            destination_address=theirs.addresses[route.destination],
            destination_zone=theirs.shape[route.destination][0],
            service=service,
        )
        reply = Flow(
            source=destination,
            source_address=flow.destination_address,
            source_zone=flow.destination_zone,
            destination=source,
            destination_address=flow.source_address,
            destination_zone=flow.source_zone,
            service=Service(service.protocol, *REPLY_PORTS),
        )
        there: list[Hop] = []
        back: list[Hop] = []
        for one in checkpoints_between(self._topology, self._firewalls, route, ours.firewall, theirs.firewall):
            if not isinstance(one, Checkpoint):
                continue
            there.append(traverse(flow, [one]).hops[0])
            if not one.firewall.stateful:
                opposite = Checkpoint(one.firewall, one.where, one.reply_direction)
                back.append(replace(traverse(reply, [opposite]).hops[0], where="reply"))
        return (*there, *reversed(back))
