"""The obvious evaluator against classes of machines on the same flows: prints times and ratios, asserts nothing.

    python tests/bench/bench_policy.py [VMS] [RULES] [SEED]

A generated company. The flows are those of a backup, every pair of machines that a template joins: backup server to
hosts and guests, proxies to hosts and repositories, guest interaction proxies to guests. The obvious evaluator takes
every rule with every flow, so it answers an even sample of them, and its time for all flows is scaled from that.
Classes answer all of them twice: once for each pair of groups, as a check does, and one flow after the other.
"""

# ruff: noqa: T201 - it prints a table

from __future__ import annotations

import gc
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import TypeVar

from vbtui.firewall import Flow, Policy, Verdict
from vbtui.firewall.class_evaluation import checkpoints_between
from vbtui.firewall.evaluation import decision, traverse
from vbtui.firewall.path import Routing
from vbtui.firewall.rules import compile_firewalls
from vbtui.topology import Topology, parse
from vbtui.topology.generate import CompanySize, generate
from vbtui.topology.graph import ZonePaths, zone_paths
from vbtui.vocabulary import Action, Role, Service

Question = tuple[str, str, Service]
Template = tuple[list[str], list[str], tuple[Service, ...]]
Result = TypeVar("Result")

SAMPLE = 20_000


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds, the collector's included, and what came out."""
    gc.collect()
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def templates(topology: Topology) -> list[Template]:
    def named(role: Role) -> list[str]:
        return [node.name for node in topology.with_role(role)]

    def services(*texts: str) -> tuple[Service, ...]:
        return tuple(Service.parse(text) for text in texts)

    hosts, proxies, servers = named(Role.ESXI_HOST), named(Role.PROXY), named(Role.BACKUP_SERVER)
    guests = [vm.name for vm in topology.vms]
    return [
        (servers, hosts, services("tcp/443", "tcp/902")),
        (servers, proxies, services("tcp/6160", "tcp/6162")),
        (proxies, hosts, services("tcp/443", "tcp/902")),
        (proxies, named(Role.REPOSITORY), services("tcp/2500-3300")),
        (named(Role.GUEST_INTERACTION_PROXY) or servers, guests, services("tcp/135", "tcp/445", "tcp/22")),
        (servers, guests, services("tcp/6167", "tcp/49152-65535")),
    ]


def flows_of(listed: list[Template]) -> Iterator[Question]:
    for sources, destinations, services in listed:
        yield from (flow for flow in product(sources, destinations, services) if flow[0] != flow[1])


def class_pairs(policy: Policy, listed: list[Template]) -> dict[Question, int]:
    """One flow for each pair of groups and service, and for how many flows it stands."""
    found: dict[Question, int] = {}
    for sources, destinations, services in listed:
        ours, theirs = folded(policy, sources), folded(policy, destinations)
        for here, there in product(ours.values(), theirs.values()):
            both = len(set(here) & set(there))
            pair = next(((a, b) for a in here[:2] for b in there[:2] if a != b), None)
            if pair is not None:
                for service in services:
                    found[(*pair, service)] = len(here) * len(there) - both
    return found


def folded(policy: Policy, machines: list[str]) -> dict[int, list[str]]:
    groups: dict[int, list[str]] = {}
    for machine in machines:
        groups.setdefault(policy.group_of(machine), []).append(machine)
    return groups


def obvious(topology: Topology, paths: ZonePaths, flows: list[Question]) -> list[Verdict]:
    routing, firewalls = Routing(topology, paths), compile_firewalls(topology)
    answers = []
    for source, destination, service in flows:
        ours, theirs = routing.machines[source], routing.machines[destination]
        route = routing.route(ours.shape, theirs.shape)
        assert route is not None, "every machine of a generated company has an address that every other could use"
        here, there = ours.addresses[route.source], theirs.addresses[route.destination]
        zones = ours.shape[route.source][0], theirs.shape[route.destination][0]
        flow = Flow(source, here, zones[0], destination, there, zones[1], service)
        way = checkpoints_between(topology, firewalls, route, ours.firewall, theirs.firewall)
        passed = traverse(flow, way)
        answers.append(
            Verdict(
                *(source, destination, service, here, there),
                *decision(passed.hops),
                *(passed.hops, passed.missing, passed.unknown),
            )
        )
    return answers


def main() -> None:
    vms, rules, seed = (int(text) for text in (*sys.argv[1:], *("10000", "500", "1")[len(sys.argv) - 1 :]))
    size = CompanySize(vms=vms, hosts=max(1, vms // 20), proxies=max(1, vms // 50), repositories=40, rules=rules)
    topology = parse(generate(size, seed), Path("company.yaml")).topology
    paths = zone_paths(topology)
    listed = templates(topology)
    flows = list(flows_of(listed))
    machines = len(topology.nodes) + len(topology.vms)
    print(f"{machines} machines, {rules} rules, {len(topology.firewalls)} firewalls, {len(flows)} flows")

    compile_seconds, policy = timed(lambda: Policy(topology, paths=paths))
    groups = len({policy.group_of(machine.name) for machine in topology.nodes})
    groups += len({policy.group_of(machine.name) for machine in topology.vms})
    print(f"rules compiled and machines folded   {compile_seconds:8.3f} s   about {groups} groups")

    sample = flows[:: max(1, len(flows) // SAMPLE)]
    sampled_seconds, expected = timed(lambda: obvious(topology, paths, sample))
    obvious_seconds = sampled_seconds * len(flows) / len(sample)
    print(f"obvious evaluator                    {obvious_seconds:8.3f} s   scaled from {len(sample)} flows")

    def by_pairs() -> tuple[int, Counter[Action]]:
        pairs = class_pairs(policy, listed)
        counted: Counter[Action] = Counter()
        for question, count in pairs.items():
            counted[policy.evaluate(*question).action] += count
        return len(pairs), counted

    pair_seconds, (pairs, counted) = timed(by_pairs)
    print(
        f"classes, each pair of groups once    {pair_seconds:8.3f} s   {ratio(obvious_seconds, pair_seconds)}, "
        f"{pairs} pairs"
    )

    one_by_one = Policy(topology, paths=paths)
    flow_seconds, each = timed(lambda: Counter(one_by_one.evaluate(*flow).action for flow in flows))
    print(f"classes, flow after flow             {flow_seconds:8.3f} s   {ratio(obvious_seconds, flow_seconds)}")
    equal = sum(policy.evaluate(*flow) == answer for flow, answer in zip(sample, expected, strict=True))
    print(
        f"equal verdicts: {equal} of {len(sample)} sampled; pairs and flows count alike: {counted == each}, "
        + ", ".join(f"{action} {count}" for action, count in sorted(each.items()))
    )

    asked = list(class_pairs(policy, listed))
    before = [policy.evaluate(*question).action for question in asked]
    slowest, changed = 0.0, 0
    for firewall in topology.firewalls:
        for rule in firewall.rules[:: max(1, len(firewall.rules) // 20)]:

            def toggled(
                firewall: str = firewall.name, rule: str = rule.name, on: bool = not rule.enabled
            ) -> list[Action]:
                other = policy.with_rule(firewall, rule, on)
                return [other.evaluate(*question).action for question in asked]

            seconds, after = timed(toggled)
            slowest = max(slowest, seconds)
            changed = max(changed, sum(a is not b for a, b in zip(before, after, strict=True)))
    print(
        f"a rule switched, all pairs asked     {slowest:8.3f} s   the slowest of some; up to {changed} answers change"
    )

    busiest = max(topology.firewalls, key=lambda firewall: len(firewall.rules))
    edit_seconds, _ = timed(lambda: policy.with_rules(busiest.name, busiest.rules[1:]))
    print(f"a firewall's list replaced           {edit_seconds:8.3f} s")


def ratio(slow: float, fast: float) -> str:
    return f"{slow / fast:.0f} times the obvious evaluator"


if __name__ == "__main__":
    main()
