"""`Policy` against the Linux kernel: the same rules as nftables, real packets through network namespaces.

    client (host firewall) -- core -- edge -- server (host firewall)

Each is a namespace of its own. The rules are written as nft text here, from the file's model and in another shape than
the product evaluates them: one nft rule per pair of selectors, two chains for deny-overrides. Whole prefixes are local
to the client and the server (AnyIP), so every address can ask and answer. Only the firewalls look at packets: no NAT.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from vbtui.firewall import Policy
from vbtui.topology import Address, Firewall, HostDefault, Node, Rule, Selector, Topology, Vm, addresses_of
from vbtui.vocabulary import Protocol, Role, Service

Scene = tuple[Topology, dict[tuple[str, str], tuple[str, ...] | None]]
Probe = tuple[str, str, Service]
"""Source name, destination name, one port."""
Shot = tuple[str, int, str, str, int]
"""Source address and port, destination address, protocol, port."""

PORTS = [99, 100, 101, 149, 150, 199, 200, 201, 202, 250, 251, 300, 301]
"""Every edge of the generator's services, and its neighbours."""
REPLY_PORTS = (1024, 65535)
"""The two ends of where replies go; with a stateless firewall a port is open only if both get their answer."""

ANY_SERVICE = ["meta l4proto tcp", "meta l4proto udp"]

SEEDS = [179, 234, 118, 75, 370, 372, 1, 5]
"""Scenes of the short run, found by search among the first 400: every wrong evaluator errs in at least two of
them. The last two are a pair of network firewalls without host firewalls."""

HERE = Path(__file__).parent / "kernel"


def missing_for_kernel() -> str | None:
    if os.geteuid() != 0:
        return "not root"
    for program in ("ip", "nft"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    name = f"vbt{os.getpid()}try"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return None if tried.returncode == 0 else f"ip netns add: {tried.stderr.strip()}"


# --- rules as nft text -----------------------------------------------------------------------------------------------


def _machines(topology: Topology) -> list[Node | Vm]:
    return [*topology.nodes, *topology.vms]


def _has(machine: Node | Vm, role: Role) -> bool:
    return role is Role.GUEST if isinstance(machine, Vm) else role in machine.roles


def _family(address: Any) -> str:
    return "ip" if address.version == 4 else "ip6"


def _conditions(topology: Topology, selector: Selector, family: str, side: str) -> str | None:
    """nft matches that hold for one selector in one family; None where it can hold for no address."""
    listed: list[list[Any]] = []
    if selector.node:
        listed.append(
            [entry.address for m in _machines(topology) if m.name == selector.node for entry in addresses_of(m)]
        )
    if selector.role:
        members = [m for m in _machines(topology) if _has(m, selector.role)]
        listed.append([entry.address for m in members for entry in addresses_of(m)])
    if selector.zone:
        listed.append(list(topology.zone(selector.zone).cidrs))
    if selector.cidr:
        listed.append([selector.cidr])
    matches = []
    for wanted in listed:
        texts = [str(member) for member in wanted if _family(member) == family]
        if not texts:
            return None
        matches.append(f"{family} {side} {{ {', '.join(texts)} }}")
    return " ".join(matches)


def _services(topology: Topology, rule: Rule) -> list[str]:
    texts = []
    for text in rule.services:
        if text == "any":
            texts += ANY_SERVICE
            continue
        for service in topology.services.get(text, ()) or (Service.parse(text),):
            texts.append(f"{service.protocol} dport {service.low}-{service.high}")
    return texts


def _line(match: str, action: str) -> str:
    """One nft rule. Plain `reject` tells by ICMP, also for TCP, and nobody filters ICMP here."""
    return f"{match} {({'allow': 'accept', 'deny': 'drop'}).get(action, action)}"


def _rules(topology: Topology, firewall: Firewall, hook: str, actions: set[str]) -> list[str]:
    direction = {"input": "inbound", "output": "outbound"}.get(hook)
    lines = []
    for rule in firewall.rules:
        if not rule.enabled or rule.action.value not in actions:
            continue
        if direction and rule.direction not in ("both", direction):
            continue
        for family in ("ip", "ip6"):
            for source in rule.source:
                for destination in rule.destination:
                    ours = _conditions(topology, source, family, "saddr")
                    theirs = _conditions(topology, destination, family, "daddr")
                    if ours is None or theirs is None:
                        continue
                    version = f"meta nfproto {'ipv4' if family == 'ip' else 'ipv6'}"
                    matches = [f"{version} {ours} {theirs} {service}" for service in _services(topology, rule)]
                    lines += [_line(match, rule.action.value) for match in matches]
    return lines


def nft_of(topology: Topology, firewall: Firewall | None, hooks: tuple[str, ...]) -> str:
    lines = ["flush ruleset"]
    if firewall is None:
        return lines[0]
    lines.append("table inet vb {")
    for hook in hooks:
        default = firewall.default
        if isinstance(default, HostDefault):
            default = default.outbound if hook == "output" else default.inbound
        last = [_line(match, default.value) for match in ANY_SERVICE]
        everything = {"allow", "deny", "reject"}
        # An accept ends only its own chain, so a first chain of refusals is what "deny overrides" means.
        chains = {
            "first-match": [_rules(topology, firewall, hook, everything) + last],
            "allow-list": [_rules(topology, firewall, hook, {"allow"}) + last],
            "deny-overrides": [
                _rules(topology, firewall, hook, {"deny", "reject"}),
                _rules(topology, firewall, hook, {"allow"}) + last,
            ],
        }[firewall.evaluation]
        for number, chain in enumerate(chains):
            known = ["ct state established,related accept"] if firewall.stateful else []
            lines += [f" chain vb_{hook}{number} {{ type filter hook {hook} priority {number}; policy accept;"]
            lines += [f"  {line}" for line in known + chain] + [" }"]
    return "\n".join([*lines, "}"])


# --- the boxes -------------------------------------------------------------------------------------------------------


class Lab:
    """Four namespaces in a row; every object made here is removed by `close`."""

    def __init__(self) -> None:
        self.name = f"vbt{os.getpid()}"
        self.processes: list[subprocess.Popen[str]] = []
        self.boxes = [self.name + letter for letter in "cfgs"]
        self.shots: set[Shot] = set()

    def build(self) -> None:
        client, core, edge, server = self.boxes
        self._ip("".join(f"netns add {box}\n" for box in self.boxes))
        quiet = ["net.ipv4.icmp_ratelimit=0", "net.ipv4.icmp_ratemask=0", "net.ipv6.icmp.ratelimit=0"]
        quiet += ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv6.conf.default.accept_dad=0"]
        quiet += ["net.ipv6.ip_nonlocal_bind=1"]
        for box in self.boxes:
            self._in(box, ["sysctl", "-qw", *quiet])
            self._ip("link set lo up\n", box)
        for number, (left, right) in enumerate(zip(self.boxes, self.boxes[1:], strict=False)):
            self._ip(f"link add r{number} netns {left} type veth peer name l{number} netns {right}\n")
            for box, end, host in ((left, f"r{number}", 1), (right, f"l{number}", 2)):
                self._ip(
                    f"link set {end} up\n"
                    f"addr add 192.168.{number}.{host}/30 dev {end}\n"
                    f"addr add fd00:f:{number}::{host}/64 dev {end} nodad\n",
                    box,
                )
        self._ip("route add local 10.0.0.0/9 dev lo\nroute add local fd00:a::/32 dev lo\n", client)
        self._ip("route add local 10.128.0.0/9 dev lo\nroute add local fd00:b::/32 dev lo\n", server)
        self._ip("route add default via 192.168.0.2\nroute add default via fd00:f:0::2\n", client)
        self._ip("route add default via 192.168.2.1\nroute add default via fd00:f:2::1\n", server)
        for box, onward, back in ((core, 1, 0), (edge, 2, 1)):
            self._ip(
                f"route add 10.128.0.0/9 via 192.168.{onward}.2\nroute add fd00:b::/32 via fd00:f:{onward}::2\n"
                f"route add 10.0.0.0/9 via 192.168.{back}.1\nroute add fd00:a::/32 via fd00:f:{back}::1\n",
                box,
            )
        echo = self._start(server, "echo.py", *map(str, PORTS))
        assert echo.stdout is not None and echo.stdout.readline() == "ready\n"
        self.prober = self._start(client, "prober.py")

    def load(self, box: int, text: str) -> None:
        self._in(self.boxes[box], ["nft", "-f", "-"], text)

    def shoot(self, shots: list[Shot], seconds: float) -> list[str]:
        assert self.prober.stdin is not None and self.prober.stdout is not None
        self.prober.stdin.write(json.dumps([seconds, shots]) + "\n")
        self.prober.stdin.flush()
        answers: list[str] = json.loads(self.prober.stdout.readline())
        return answers

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()
        for box in self.boxes:
            subprocess.run(["ip", "netns", "del", box], capture_output=True, check=False)

    def _start(self, box: str, script: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            ["ip", "netns", "exec", box, sys.executable, "-I", str(HERE / script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def _in(self, box: str, command: list[str], text: str = "") -> None:
        self._run(["ip", "netns", "exec", box, *command], text)

    def _ip(self, batch: str, box: str | None = None) -> None:
        self._run(["ip", *(["-n", box] if box else []), "-batch", "-"], batch)

    def _run(self, command: list[str], text: str) -> None:
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}\n{text}"


def fire(lab: Lab, scene: Scene, probes: list[Probe]) -> list[tuple[Probe, str]]:
    """What the kernel makes of every probe under the rules of a scene."""
    topology, paths = scene
    policy = Policy(topology, paths=paths)
    hosts = {firewall.name: firewall for firewall in topology.firewalls}
    lab.load(0, nft_of(topology, hosts.get("host-left"), ("input", "output")))
    lab.load(3, nft_of(topology, hosts.get("host-right"), ("input", "output")))
    for box, name in ((1, "core"), (2, "edge")):
        lab.load(box, nft_of(topology, hosts.get(name), ("forward",)))
    addresses: dict[str, Address] = {
        machine.name: addresses_of(machine)[0].address for machine in _machines(topology) if addresses_of(machine)
    }
    shots: list[list[Shot]] = []
    kept: list[Probe] = []
    for source, destination, service in probes:
        ends: list[Shot] = [
            (str(addresses[source]), end, str(addresses[destination]), service.protocol.value, service.low)
            for end in REPLY_PORTS
        ]
        # A stateful firewall remembers a header that it has let through; so no header is sent twice.
        if not lab.shots.intersection(ends):
            lab.shots.update(ends)
            kept.append((source, destination, service))
            shots.append(ends)
    outcomes = _ask(lab, shots, 0.35)
    # Silence where the model expects an answer is asked about once more, with patience: on a busy machine an answer may
    # be late, and a TCP connection that its own host rejects hears of it only when it repeats its SYN after a second
    # (the first time the ICMP message finds the socket still locked by connect).
    expected = [policy.evaluate(*probe).action.value for probe in kept]
    late = [i for i, outcome in enumerate(outcomes) if outcome == "deny" != expected[i]]
    for i, outcome in zip(late, _ask(lab, [shots[i] for i in late], 3.0), strict=True):
        outcomes[i] = outcome
    return list(zip(kept, outcomes, strict=True))


def _ask(lab: Lab, shots: list[list[Shot]], seconds: float) -> list[str]:
    """Allow for every group of headers that all came through, otherwise what the first of them met that did not."""
    flat = [shot for ends in shots for shot in ends]
    answers = dict(zip(flat, lab.shoot(flat, seconds), strict=True)) if flat else {}
    return [next((answers[end] for end in ends if answers[end] != "allow"), "allow") for ends in shots]


def disagreements(scene: Scene, outcomes: list[tuple[Probe, str]]) -> list[str]:
    policy = Policy(scene[0], paths=scene[1])
    return [
        f"{source} -> {destination} {service}: model {verdict.action.value} ({verdict.hop}), kernel {outcome}"
        for (source, destination, service), outcome in outcomes
        if (verdict := policy.evaluate(source, destination, service)).action.value != outcome
    ]


def scenes_and_probes(
    random_scene: Callable[..., Scene], seeds: Iterable[int], size: int
) -> Iterator[tuple[str, Scene, list[Probe]]]:
    """One network firewall or two, with host firewalls and without, in turn.

    Three of four probes are such that a rule decides, so that not all the packets meet defaults.
    """
    for seed in seeds:
        rng = Random(1000 + seed)
        boxes, hosts = [(1, False), (2, False), (2, True), (1, True)][seed % 4]
        scene = random_scene(rng, boxes=boxes, hosts=hosts)
        policy = Policy(scene[0], paths=scene[1])
        asked: dict[Probe, None] = {}
        for _ in range(40 * size):
            # Both addresses of one family; left5, left6, right5 and right6 speak IPv6.
            sides = range(5, 7) if rng.random() < 0.25 else range(5)
            port, protocol = rng.choice(PORTS), rng.choice(list(Protocol))
            probe = (f"left{rng.choice(sides)}", f"right{rng.choice(sides)}", Service(protocol, port, port))
            rule_decides = any(s.rule for hop in policy.evaluate(*probe).hops for s in hop.segments)
            if rule_decides or rng.random() < 0.05:
                asked[probe] = None
        yield f"{boxes} boxes, hosts {hosts}, seed {seed}", scene, list(asked)[:size]


def test_the_kernel_decides_as_the_policy_says(
    random_scene: Callable[..., Scene],
    mutants: Mapping[str, Callable[[pytest.MonkeyPatch], None]],
    pytestconfig: pytest.Config,
) -> None:
    """One test, so that the packets are sent once: the policy agrees with the kernel, and no wrong evaluator does."""
    if (reason := missing_for_kernel()) is not None:
        pytest.skip(f"no kernel to compare with: {reason}")
    seeds = [*SEEDS, *range(600, 720)] if pytestconfig.getoption("--long") else SEEDS
    lab = Lab()
    try:
        lab.build()
        shooting = [
            (title, scene, fire(lab, scene, probes))
            for title, scene, probes in scenes_and_probes(random_scene, seeds, 40)
        ]
    finally:
        lab.close()
    assert [f"{title}: {line}" for title, scene, outcomes in shooting for line in disagreements(scene, outcomes)] == []

    words = [outcome for _, _, outcomes in shooting for _, outcome in outcomes]
    assert len(words) >= 250
    assert all(words.count(word) >= 20 for word in ("allow", "deny", "reject"))

    believed = []
    for name, mutate in mutants.items():
        with pytest.MonkeyPatch.context() as patch:
            mutate(patch)
            if not any(disagreements(scene, outcomes) for _, scene, outcomes in shooting):
                believed.append(name)
    assert believed == []
