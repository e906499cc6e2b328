"""Load, derive and check of a large company, a toggled rule, and the commands: prints times, memory and ratios.

    python tests/bench/bench_check.py [VMS] [RULES] [ROUNDS]

Asserts nothing. Each round runs in interpreters of their own: one for the phases, whose start and imports count for
nothing but are part of its memory, one with PyYAML's own loader for the same file, and one for each command, whole. So
what is compared takes turns. The obvious evaluator then answers an even sample of the flows that the reports stand for,
one by one, every rule with every flow; its time for all of them is scaled from that, without what it needs to begin. A
time of a machine that does other things says little; the seconds of the processor beside it say more, the ratio most.
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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TypeVar

import yaml

from vbtui.firewall import Flow, Policy, Verdict
from vbtui.firewall.class_evaluation import checkpoints_between
from vbtui.firewall.evaluation import decision, traverse
from vbtui.firewall.path import Routing
from vbtui.firewall.rules import CompiledFirewall, compile_firewalls
from vbtui.planning import CheckReport, derive, flows, judge
from vbtui.topology import Topology, load
from vbtui.topology.generate import CompanySize, generate
from vbtui.topology.graph import zone_paths
from vbtui.vocabulary import Service

SAMPLE = 5_000
COMMANDS = {
    "vbtui check": ["check"],
    "vbtui check, JSON": ["check", "--format", "json"],
    "vbtui findings": ["findings"],
    "vbtui request": ["request"],
}
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
    # As the commands do: what was loaded stays until the end, so that the collector need not walk it.
    gc.disable()
    took["load"], loaded = timed(lambda: load(file))
    gc.freeze()
    gc.enable()
    topology = loaded.topology
    took["rules"], policy = timed(lambda: Policy(topology))
    took["derive"], derived = timed(lambda: derive(topology, policy=policy))
    took["check"], _ = timed(lambda: judge(derived, policy))
    toggles = []
    for firewall in topology.firewalls:
        for rule in firewall.rules[:: max(1, len(firewall.rules) // 5)][:5]:
            seconds, _ = timed(lambda: judge(derived, policy.with_rule(firewall.name, rule.name, not rule.enabled)))  # noqa: B023
            toggles.append(seconds)
            judge(derived, policy)  # back to the file's rules, untimed
    took["toggle, slowest"] = max(toggles)
    took["toggle, median"] = sorted(toggles)[len(toggles) // 2]
    # VmHWM and not ru_maxrss: that one is inherited from the process that started this one.
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    memory = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024
    print(json.dumps({"took": took, "memory": memory}))


def plain_yaml(file: Path) -> None:
    """What PyYAML's own loader takes for the same text, without the checks; the times as JSON."""
    text = file.read_text(encoding="utf-8")
    seconds, _ = timed(lambda: yaml.load(text, yaml.CSafeLoader))
    print(json.dumps({"PyYAML, C loader": seconds}))


def whole(command: list[str]) -> tuple[float, float]:
    """Seconds by the clock and of the processor of a process, its start included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


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


def obvious(
    topology: Topology, routing: Routing, firewalls: Mapping[str, CompiledFirewall], asked: list[Asked]
) -> list[Verdict]:
    """Every rule with every flow."""
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
    if sys.argv[1:2] == ["--yaml"]:
        plain_yaml(Path(sys.argv[2]))
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
            took = found[-1]["took"]
            command[2] = "--yaml"
            took |= json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            for label, words in COMMANDS.items():
                took[label] = whole([sys.executable, "-m", "vbtui", words[0], str(file), *words[1:]])
        clock, busy = (
            {label: statistics.median(one["took"][label][kind] for one in found) for label in found[0]["took"]}
            for kind in (0, 1)
        )
        for label in busy:
            print(f"{label:18} {clock[label]:8.3f} s   {busy[label]:8.3f} s of the processor")
        phases = ("load", "rules", "derive", "check")
        print(
            f"load to report: {sum(clock[label] for label in phases):.3f} s, "
            f"{sum(busy[label] for label in phases):.3f} s of the processor; "
            f"peak memory {max(one['memory'] for one in found)} MiB; "
            f"PyYAML's loader takes {busy['PyYAML, C loader'] / busy['load']:.2f} x as long as load"
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
    routing, firewalls = Routing(topology, zone_paths(topology)), compile_firewalls(topology)
    (_, seconds), answers = timed(lambda: obvious(topology, routing, firewalls, [asked for asked, _ in pairs]))
    equal = sum(nameless(one) == nameless(answer) for (_, one), answer in zip(pairs, answers, strict=True))
    scaled = seconds * distinct / len(pairs)
    # The obvious evaluator is given its flows: deriving them is no part of what it does, and is told beside. Nor does
    # it keep anything, so in the place of a check it would answer every flow as often as jobs and steps ask for it.
    again = scaled * total / distinct
    print(f"obvious evaluator: {scaled:.1f} s for the distinct flows, {again:.1f} s for all, from {len(pairs)}")
    for label, parts in {
        "check": ("check",),
        "rules and check": ("rules", "check"),
        "rules, derive and check": ("rules", "derive", "check"),
    }.items():
        ours = sum(busy[part] for part in parts)
        print(f"  {scaled / ours:4.0f} x, {again / ours:4.0f} x the time of {label}")
    print(f"equal verdicts: {equal} of {len(pairs)}")


if __name__ == "__main__":
    main()
