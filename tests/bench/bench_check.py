"""Load, derive and check of a large company, and a toggled rule: prints times, memory and ratios, asserts nothing.

    python tests/bench/bench_check.py [VMS] [RULES] [ROUNDS]

Each round runs in an interpreter of its own, whose start and imports count for nothing but are part of its memory. The
obvious evaluator then answers an even sample of the flows that the reports stand for, one by one, every rule with every
flow; its time for all of them is scaled from that. A time of a machine that does other things says little; the seconds
of the processor beside it say more, the ratio most.
"""

# ruff: noqa: T201 - it prints a table

from __future__ import annotations

import gc
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TypeVar

from vbtui.firewall import Flow, Policy, Verdict
from vbtui.firewall.class_evaluation import checkpoints_between
from vbtui.firewall.evaluation import decision, traverse
from vbtui.firewall.path import Routing
from vbtui.firewall.rules import compile_firewalls
from vbtui.planning import CheckReport, derive, flows, judge
from vbtui.topology import Topology, load
from vbtui.topology.generate import CompanySize, generate
from vbtui.topology.graph import zone_paths
from vbtui.vocabulary import Service

SAMPLE = 5_000
Asked = tuple[str, str, Service]
Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[tuple[float, float], Result]:
    """Seconds by the clock and of the processor, and what came out."""
    start, busy = time.perf_counter(), time.process_time()
    result = work()
    return (time.perf_counter() - start, time.process_time() - busy), result


def one_round(file: Path) -> None:
    """What `vbtui check` does, then every firewall's first rules toggled; the times as JSON."""
    took: dict[str, tuple[float, float]] = {}
    took["load"], loaded = timed(lambda: load(file))
    # As the command does: what was loaded stays until the end, so that the collector need not walk it.
    gc.collect()
    gc.freeze()
    topology = loaded.topology
    took["rules"], policy = timed(lambda: Policy(topology))
    took["derive"], derived = timed(lambda: derive(topology, policy=policy))
    took["check"], _ = timed(lambda: judge(derived, policy))
    toggles = []
    for firewall in topology.firewalls:
        for rule in firewall.rules[:: max(1, len(firewall.rules) // 5)][:5]:
            seconds, _ = timed(lambda: judge(derived, policy.with_rule(firewall.name, rule.name, not rule.enabled)))  # noqa: B023
            toggles.append(seconds)
    took["toggle, slowest"] = max(toggles)
    took["toggle, median"] = sorted(toggles)[len(toggles) // 2]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"took": took, "memory": memory}))


def sampled(reports: tuple[CheckReport, ...], total: int) -> Iterator[tuple[Asked, Verdict]]:
    """An even sample of the flows that the reports stand for, each with its verdict there."""
    step = max(1, total // SAMPLE)
    place = 0
    for report in reports:
        for one in report.connections:
            for source, destination in product(one.sources, one.destinations):
                place += 1
                if place % step == 0:
                    yield (source, destination, one.asked.service), one.verdict


def obvious(topology: Topology, asked: list[Asked]) -> list[Verdict]:
    """Every rule with every flow."""
    routing, firewalls = Routing(topology, zone_paths(topology)), compile_firewalls(topology)
    answers = []
    for source, destination, service in asked:
        ours, theirs = routing.machines[source], routing.machines[destination]
        route = routing.route(ours.shape, theirs.shape)
        assert route is not None, "every machine of a generated company has an address that every other could use"
        here, there = ours.addresses[route.source], theirs.addresses[route.destination]
        zones = ours.shape[route.source][0], theirs.shape[route.destination][0]
        flow = Flow(source, here, zones[0], destination, there, zones[1], service)
        passed = traverse(flow, checkpoints_between(topology, firewalls, route, ours.firewall, theirs.firewall))
        found = (*decision(passed.hops), passed.hops, passed.missing, passed.unknown)
        answers.append(Verdict(source, destination, service, here, there, *found))
    return answers


def nameless(verdict: Verdict) -> Verdict:
    return replace(verdict, source="", destination="", source_address=None, destination_address=None)


def main() -> None:
    if sys.argv[1:2] == ["--round"]:
        one_round(Path(sys.argv[2]))
        return
    vms, rules, rounds = (int(text) for text in (*sys.argv[1:], *("10000", "500", "3")[len(sys.argv) - 1 :]))
    size = CompanySize(vms=vms, hosts=max(1, vms // 20), proxies=max(1, vms // 50), repositories=40, rules=rules)
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "company.yaml"
        file.write_text(generate(size, 1), encoding="utf-8")
        print(f"{vms} VMs, {size.hosts} hosts, {size.proxies} proxies, 40 repositories, {rules} rules; {rounds} rounds")
        found = []
        for _ in range(rounds):
            command = [sys.executable, __file__, "--round", str(file)]
            found.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        busy = {}
        for label in found[0]["took"]:
            clock, busy[label] = (statistics.median(one["took"][label][kind] for one in found) for kind in (0, 1))
            print(f"{label:16} {clock:8.3f} s   {busy[label]:8.3f} s of the processor")
        together = sum(busy[label] for label in ("load", "rules", "derive", "check"))
        print(
            f"load to report: {together:.3f} s of the processor; peak memory {max(one['memory'] for one in found)} MiB"
        )
        topology = load(file).topology
    policy = Policy(topology)
    reports = judge(derive(topology, policy=policy), policy)
    distinct = flows(one for report in reports for one in report.connections)
    goals = sum(len(report.goals) for report in reports)
    print(f"{len(reports)} jobs, {goals} goals, {sum(len(one.connections) for one in reports)} connections that stand")
    total = sum(one.flows for report in reports for one in report.connections)
    print(f"for {total} flows, {distinct} of them distinct")
    pairs = [pair for pair in sampled(reports, total) if pair[0][0] != pair[0][1]]
    (_, seconds), answers = timed(lambda: obvious(topology, [asked for asked, _ in pairs]))
    equal = sum(nameless(one) == nameless(answer) for (_, one), answer in zip(pairs, answers, strict=True))
    scaled = seconds * distinct / len(pairs)
    # The obvious evaluator is given the flows: deriving them is no part of what it does, and is told beside.
    alone, derived = busy["rules"] + busy["check"], busy["rules"] + busy["derive"] + busy["check"]
    print(
        f"obvious evaluator {scaled:.1f} s for the distinct flows (from {len(pairs)}): {scaled / alone:.0f} x the check,"
    )
    print(f"{scaled / derived:.0f} x the check with the derivation of the flows")
    print(f"equal verdicts: {equal} of {len(pairs)}")


if __name__ == "__main__":
    main()
