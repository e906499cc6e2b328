"""Firewalls asked alone: the same answers as in a verdict wherever a verdict has one, and answers where it has none."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from vbtui.firewall import Policy, Reason
from vbtui.firewall.alone import FirewallsAlone
from vbtui.firewall.rules import compile_firewalls
from vbtui.topology import Topology
from vbtui.vocabulary import Service

RandomScene = Callable[..., tuple[Topology, Any]]

FIXED = {reason.value for reason in (Reason.SAME_ZONE, Reason.NO_PATH, Reason.NO_ADDRESS)}
QUESTIONS = [Service.parse(text) for text in ("tcp/100-300", "udp/150-201", "tcp/200", "tcp/1-65535")]


def test_a_hop_that_everything_reached_answers_the_same_alone(random_scene: RandomScene) -> None:
    alike = later = 0
    for seed in range(60):
        rng = Random(seed)
        topology, paths = random_scene(rng, boxes=2, hosts=seed % 2 == 0)
        policy = Policy(topology, paths=paths)
        alone = FirewallsAlone(topology, compile_firewalls(topology), paths)
        machines = [node.name for node in topology.nodes] + [vm.name for vm in topology.vms]
        for _ in range(20):
            source, destination = rng.choice(machines), rng.choice(machines)
            service = rng.choice(QUESTIONS)
            verdict = policy.evaluate(source, destination, service)
            hops = alone.hops(source, destination, service)
            told = [hop for hop in verdict.hops if hop.name not in FIXED]
            if verdict.allowed:
                assert hops == tuple(told)
                alike += 1
            else:
                # until the first that holds something up, then those that the verdict never came to
                for mine, theirs in zip(hops, told, strict=False):
                    assert mine == theirs
                    if not mine.allows:
                        break
                later += len(hops) > len(told)
    assert alike > 100
    assert later > 50
