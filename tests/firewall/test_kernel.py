"""`Policy` against the Linux kernel: our own exports loaded into real firewalls, real packets through them.

What stands in the kernel is what `firewall.exporters` wrote, for nftables and for iptables in turn, so a disagreement
is an error of the policy or of an exporter. Wrong readings of the rules must disagree: that is what the comparison is
worth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

import pytest
from kernel_boxes import Boxes, Shot, loading, require_kernel

from vbtui.firewall import Policy
from vbtui.firewall.exporters import iptables, nftables, ruleset
from vbtui.topology import (
    Address,
    AddressRange,
    Firewall,
    HostDefault,
    Node,
    Rule,
    Selector,
    Topology,
    Vm,
    addresses_of,
)
from vbtui.vocabulary import Action, Protocol, Service

Paths = dict[tuple[str, str], tuple[str, ...] | None]
Scene = tuple[Topology, Paths]
Probe = tuple[str, str, Service]
"""Source name, destination name, one port."""

PORTS = [99, 100, 101, 149, 150, 199, 200, 201, 202, 250, 251, 300, 301]
"""Every edge of the generator's services, and its neighbours."""
REPLY_PORTS = (1024, 65535)
"""The two ends of where replies go; with a stateless firewall a port is open only if both get their answer."""

SHAPES = [(1, False), (2, False), (2, True), (1, True)]
"""Network firewalls in a row, and whether the two ends have host firewalls."""
SYNTAXES = ("nftables", "iptables")

SEEDS = [179, 195, 82, 156, 65, 0, 5, 6, 15, 2, 4, 8]
"""Scenes of the short run, found by search among the first 240: every shape in every syntax, and every wrong reading
errs in at least two of them."""
PROBES = 180
"""Of each scene, at most."""
LONG_SEEDS = range(600, 700)

RANGES = {
    "left": ["10.1.0.63-10.1.0.127", "10.1.0.64-10.1.0.254", "10.1.0.65-10.1.0.128", "fd00:a::3-fd00:a::4"],
    "right": ["10.200.0.1-10.200.0.15", "10.200.0.7-10.200.0.8", "10.200.0.8-10.200.0.16", "fd00:b::1-fd00:b::80"],
}
"""None of them is a prefix; their ends are addresses that are asked about."""


@dataclass(frozen=True)
class Shooting:
    """What the kernel made of the probes of a scene."""

    title: str
    scene: Scene
    outcomes: list[tuple[Probe, str]]


# --- scenes ----------------------------------------------------------------------------------------------------------


def scenes(random_scene: Callable[..., Scene], seeds: Iterable[int]) -> Iterator[tuple[str, str, Scene, list[Probe]]]:
    """Title, syntax, scene and probes; shapes and syntaxes take turns."""
    for seed in seeds:
        rng = Random(1000 + seed)
        boxes, hosts = SHAPES[seed % len(SHAPES)]
        syntax = SYNTAXES[seed // len(SHAPES) % len(SYNTAXES)]
        topology, paths = random_scene(rng, boxes=boxes, hosts=hosts)
        scene = with_ranges(rng, topology), paths
        yield f"seed {seed}, {boxes} boxes, hosts {hosts}, {syntax}", syntax, scene, _probes(rng, scene)


def _probes(rng: Random, scene: Scene) -> list[Probe]:
    """Mostly such that a rule decides, so that not all the packets meet defaults."""
    policy = Policy(scene[0], paths=scene[1])
    asked: dict[Probe, None] = {}
    for _ in range(20 * PROBES):
        # Both addresses of one family; left5, left6, right5 and right6 speak IPv6.
        sides = range(5, 7) if rng.random() < 0.25 else range(5)
        port, protocol = rng.choice(PORTS), rng.choice(list(Protocol))
        probe = (f"left{rng.choice(sides)}", f"right{rng.choice(sides)}", Service(protocol, port, port))
        rule_decides = any(s.rule for hop in policy.evaluate(*probe).hops for s in hop.segments)
        if rule_decides or rng.random() < 0.05:
            asked[probe] = None
        if len(asked) == PROBES:
            break
    return list(asked)


def with_ranges(rng: Random, topology: Topology) -> Topology:
    """The topology with some prefixes of its rules replaced by ranges, and by groups of a prefix and a range."""
    networks: dict[str, list[str]] = {}

    def change(selector: Selector) -> Selector:
        if selector.cidr is None or rng.random() < 0.5:
            return selector
        side = "left" if str(selector.cidr).startswith(("10.1.", "fd00:a:")) else "right"
        words = rng.choice(RANGES[side])
        if rng.random() < 0.5:
            return selector.model_copy(update={"cidr": None, "range": Selector.model_validate({"range": words}).range})
        name = f"group{len(networks)}"
        networks[name] = [str(selector.cidr), words]
        return selector.model_copy(update={"cidr": None, "network": name})

    changed = with_selectors(topology, change)
    groups = Topology.model_validate(topology.model_dump(by_alias=True) | {"networks": networks}).networks
    return changed.model_copy(update={"networks": groups})


# --- the same rules read wrongly -------------------------------------------------------------------------------------


def with_firewalls(topology: Topology, change: Callable[[Firewall], Firewall]) -> Topology:
    return topology.model_copy(update={"firewalls": tuple(map(change, topology.firewalls))})


def with_rules(topology: Topology, change: Callable[[Rule], Rule]) -> Topology:
    return with_firewalls(topology, lambda one: one.model_copy(update={"rules": tuple(map(change, one.rules))}))


def with_selectors(topology: Topology, change: Callable[[Selector], Selector]) -> Topology:
    def changed(rule: Rule) -> Rule:
        sides = {"source": tuple(map(change, rule.source)), "destination": tuple(map(change, rule.destination))}
        return rule.model_copy(update=sides)

    return with_rules(topology, changed)


def _last_match(one: Firewall) -> Firewall:
    return one.model_copy(update={"rules": one.rules[::-1]}) if one.evaluation == "first-match" else one


def _deny_overrides(one: Firewall) -> Firewall:
    return one.model_copy(update={"evaluation": "deny-overrides"}) if one.evaluation == "first-match" else one


def _shorter(services: Iterable[Service]) -> tuple[Service, ...]:
    return tuple(Service(one.protocol, one.low, max(one.low, one.high - 1)) for one in services)


def _range_end_exclusive(scene: Scene) -> Scene:
    topology, paths = scene
    words = {"any"} | set(topology.services)

    def change(rule: Rule) -> Rule:
        cut = (word if word in words else str(*_shorter([Service.parse(word)])) for word in rule.services)
        return rule.model_copy(update={"services": tuple(cut)})

    named = {name: _shorter(services) for name, services in topology.services.items()}
    return with_rules(topology, change).model_copy(update={"services": named}), paths


def _last_address_excluded(selector: Selector) -> Selector:
    cidr = selector.cidr
    if cidr is None or cidr.num_addresses == 1:
        return selector
    cut = AddressRange(cidr.network_address, cidr.broadcast_address - 1)
    return selector.model_copy(update={"cidr": None, "range": cut})


def _any_is_tcp(rule: Rule) -> Rule:
    tcp = ("tcp/1-65535" if word == "any" else word for word in rule.services)
    return rule.model_copy(update={"services": tuple(tcp)})


def _default_allows(one: Firewall) -> Firewall:
    allows = HostDefault(inbound=Action.ALLOW, outbound=Action.ALLOW) if one.kind == "host" else Action.ALLOW
    return one.model_copy(update={"default": allows})


def _dropped(action: Action) -> Action:
    return Action.DENY if action is Action.REJECT else action


def _reject_is_drop(one: Firewall) -> Firewall:
    default = one.default
    return one.model_copy(
        update={
            "rules": tuple(rule.model_copy(update={"action": _dropped(rule.action)}) for rule in one.rules),
            "default": HostDefault(inbound=_dropped(default.inbound), outbound=_dropped(default.outbound))
            if isinstance(default, HostDefault)
            else _dropped(default),
        }
    )


def _first_hop_only(scene: Scene) -> Scene:
    topology, paths = scene
    if any(firewall.kind == "host" for firewall in topology.firewalls):
        far = tuple(one.model_copy(update={"firewall": None}) if one.zone == "right" else one for one in topology.nodes)
        vms = tuple(one.model_copy(update={"firewall": None}) for one in topology.vms)
        return topology.model_copy(update={"nodes": far, "vms": vms}), dict.fromkeys(paths, ())
    return topology, {pair: via[:1] if via else via for pair, via in paths.items()}


MISREADINGS: dict[str, Callable[[Scene], Scene]] = {
    "last match wins": lambda scene: (with_firewalls(scene[0], _last_match), scene[1]),
    "port range end exclusive": _range_end_exclusive,
    "last address of a prefix excluded": lambda scene: (with_selectors(scene[0], _last_address_excluded), scene[1]),
    "protocol any is tcp": lambda scene: (with_rules(scene[0], _any_is_tcp), scene[1]),
    "deny overrides": lambda scene: (with_firewalls(scene[0], _deny_overrides), scene[1]),
    "default allows": lambda scene: (with_firewalls(scene[0], _default_allows), scene[1]),
    "reject is drop": lambda scene: (with_firewalls(scene[0], _reject_is_drop), scene[1]),
    "first hop only": _first_hop_only,
}
"""Eight classic errors, each as the scene that an evaluator with this error takes the true scene for."""


# --- the kernel ------------------------------------------------------------------------------------------------------


def rules_script(topology: Topology, firewall: str, syntax: str) -> str:
    """Shell text that loads our export of a firewall, nothing where the scene has none of that name."""
    if all(one.name != firewall for one in topology.firewalls):
        return ""
    rules = ruleset(topology, firewall)
    if syntax == "nftables":
        return loading("nft -f -", nftables(rules, heading=[f"Rules of {firewall}"]))
    return loading("iptables-restore", iptables(rules, 4)) + loading("ip6tables-restore", iptables(rules, 6))


def fire(boxes: Boxes, syntax: str, scene: Scene, probes: list[Probe]) -> list[tuple[Probe, str]]:
    """What the kernel makes of every probe under the rules of a scene."""
    topology, paths = scene
    boxes.load([rules_script(topology, name, syntax) for name in ("host-left", "core", "edge", "host-right")])
    machines: tuple[Node | Vm, ...] = (*topology.nodes, *topology.vms)
    addresses: dict[str, Address] = {one.name: addresses_of(one)[0].address for one in machines if addresses_of(one)}
    shots: list[list[Shot]] = [
        [
            (str(addresses[ours]), end, str(addresses[theirs]), service.protocol.value, service.low)
            for end in REPLY_PORTS
        ]
        for ours, theirs, service in probes
    ]
    outcomes = _ask(boxes, shots, 0.35)
    # Silence where the model expects an answer is asked about again, with patience: on a busy machine an answer may be
    # late, and a TCP connection that its own host rejects hears of it only when it repeats its SYN after a second (the
    # first time the ICMP message finds the socket still locked by connect).
    policy = Policy(topology, paths=paths)
    expected = [policy.evaluate(*probe).action.value for probe in probes]
    for patience in (1.5, 4.0):
        late = [i for i, outcome in enumerate(outcomes) if outcome == "deny" != expected[i]]
        for i, outcome in zip(late, _ask(boxes, [shots[i] for i in late], patience), strict=True):
            outcomes[i] = outcome
    return list(zip(probes, outcomes, strict=True))


def _ask(boxes: Boxes, shots: list[list[Shot]], seconds: float) -> list[str]:
    """Allow for every group of headers that all came through, otherwise what the first of them met that did not."""
    flat = [shot for ends in shots for shot in ends]
    answers = dict(zip(flat, boxes.shoot(flat, seconds), strict=True)) if flat else {}
    return [next((answers[end] for end in ends if answers[end] != "allow"), "allow") for ends in shots]


def disagreements(scene: Scene, outcomes: Iterable[tuple[Probe, str]]) -> Iterator[str]:
    policy = Policy(scene[0], paths=scene[1])
    for (source, destination, service), outcome in outcomes:
        verdict = policy.evaluate(source, destination, service)
        if verdict.action.value != outcome:
            yield f"{source} -> {destination} {service}: model {verdict.action.value} ({verdict.hop}), kernel {outcome}"


def test_the_kernel_decides_as_the_policy_says(
    random_scene: Callable[..., Scene],
    mutants: Mapping[str, Callable[[pytest.MonkeyPatch], None]],
    pytestconfig: pytest.Config,
) -> None:
    """One test, so that the packets are sent once: the policy agrees with the kernel, and no wrong reading does."""
    require_kernel()
    long = pytestconfig.getoption("--long")
    with Boxes() as boxes:
        boxes.build(PORTS)
        shootings = [
            Shooting(title, scene, fire(boxes, syntax, scene, probes))
            for title, syntax, scene, probes in scenes(random_scene, [*SEEDS, *LONG_SEEDS] if long else SEEDS)
        ]
    wrong = [f"{one.title}: {line}" for one in shootings for line in disagreements(one.scene, one.outcomes)]
    assert wrong == []

    words = [outcome for one in shootings for _, outcome in one.outcomes]
    assert len(words) >= (16_000 if long else 2_000)
    assert all(words.count(word) >= len(words) // 20 for word in ("allow", "deny", "reject"))

    believed = [
        name
        for name, misread in MISREADINGS.items()
        if not any(any(disagreements(misread(one.scene), one.outcomes)) for one in shootings)
    ]
    for name, mutate in mutants.items():
        with pytest.MonkeyPatch.context() as patch:
            mutate(patch)
            if not any(any(disagreements(one.scene, one.outcomes)) for one in shootings):
                believed.append(name)
    assert believed == []
