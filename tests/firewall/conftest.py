"""Random policies whose rules overlap on purpose, and wrong evaluators that every oracle must catch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import pytest
from wrong_evaluators import CLASS_MUTANTS, MUTANTS, OPAQUE_MUTANTS, Patch

from vbtui.topology import Topology

Scene = tuple[Topology, dict[tuple[str, str], tuple[str, ...] | None]]

# Few addresses, few prefixes, few ports, all of them on each other's edges: sparse rules hardly ever meet, and a wrong
# evaluator would pass for a right one.
ADDRESSES = {
    "left": ["10.1.0.63", "10.1.0.64", "10.1.0.127", "10.1.0.128", "10.1.0.255", "fd00:a::3", "fd00:a::4"],
    "right": ["10.200.0.0", "10.200.0.7", "10.200.0.8", "10.200.0.15", "10.200.0.16", "fd00:b::7f", "fd00:b::80"],
}
CIDRS = {
    "left": ["10.1.0.0/25", "10.1.0.64/26", "10.1.0.128/25", "10.1.0.0/24", "fd00:a::/126", "fd00:a::4/128"],
    "right": ["10.200.0.0/29", "10.200.0.8/29", "10.200.0.0/28", "10.200.0.16/32", "fd00:b::/121", "fd00:b::80/121"],
}
ZONES = {
    "left": ["10.0.0.0/9", "fd00:a::/32"],
    "middle": ["172.20.0.0/24"],
    "right": ["10.128.0.0/9", "fd00:b::/32"],
    "island": ["172.30.0.0/24"],
}
SERVICES = ["tcp/100-200", "tcp/150-250", "tcp/200", "tcp/201-300", "udp/100-200", "udp/150-201", "named", "any"]
REPLIES = ["tcp/1024-65535", "udp/1024-65535", "tcp/1025-65535", "udp/1-65534", "tcp/1024", "udp/65535", "any", "any"]
ACTIONS = ["allow", "allow", "deny", "reject"]


def _selector(rng: Random, side: str) -> dict[str, Any]:
    role = rng.choice(["proxy", "console"] if side == "left" else ["repository", "guest"])
    kinds: list[dict[str, Any]] = [
        {"any": True},
        {"any": True},
        {"cidr": rng.choice(CIDRS[side])},
        {"cidr": rng.choice(CIDRS[side])},
        {"cidr": rng.choice(CIDRS[side])},
        {"role": role},
        {"node": f"{side}{rng.randrange(7)}"},
        {"zone": side},
        {"role": role, "cidr": rng.choice(CIDRS[side])},
        {"zone": rng.choice(["left", "right"]), "cidr": rng.choice(CIDRS[side])},
    ]
    return rng.choice(kinds)


def _rule(rng: Random, number: int, stateful: bool) -> dict[str, Any]:
    backwards = rng.random() < (0.1 if stateful else 0.4)
    sides = ("right", "left") if backwards else ("left", "right")
    # Replies must meet a rule often enough to be worth asking about.
    wide = backwards and rng.random() < 0.7
    services = REPLIES if backwards else SERVICES
    return {
        "name": f"r{number}",
        "source": [{"zone": sides[0]}] if wide else _selectors(rng, sides[0]),
        "destination": [{"any": True}] if wide else _selectors(rng, sides[1]),
        "services": rng.sample(services, 1 if backwards else rng.choice([1, 2])),
        "action": rng.choice(ACTIONS),
        "direction": rng.choice(["both", "both", "inbound", "outbound"]),
        "enabled": rng.random() < 0.9,
    }


def _selectors(rng: Random, side: str) -> list[dict[str, Any]]:
    return [_selector(rng, side) for _ in range(rng.choice([1, 1, 2]))]


def _firewall(rng: Random, name: str, kind: str, others: int) -> dict[str, Any]:
    """`others` are the firewalls beside it: the more there are, the more of them let nearly everything through.

    Otherwise hardly anything would reach the last.
    """
    busy = rng.random() < 1.2 / (1 + others)
    stateful = not busy or rng.random() < 0.6
    defaults = ["allow", "deny", "reject"] if busy else ["allow"]
    return {
        "name": name,
        "kind": kind,
        "connects": [] if kind == "host" else ["left", "middle"] if name == "core" else ["middle", "right"],
        "evaluation": rng.choice(["first-match", "first-match", "deny-overrides", "allow-list"]),
        "stateful": stateful,
        "default": {"inbound": rng.choice(["allow", *defaults]), "outbound": rng.choice(["allow", *defaults])}
        if kind == "host"
        else rng.choice(defaults),
        "rules": [_rule(rng, number, stateful) for number in range(1, 1 + (rng.randint(5, 10) if busy else 1))],
    }


def _at(zone: str, address: str) -> dict[str, str]:
    return {"zone": zone, "address": address}


RANGES = {
    "left": ["10.1.0.63-10.1.0.64", "10.1.0.64-10.1.0.127", "10.1.0.65-10.1.0.200", "fd00:a::3-fd00:a::4"],
    "right": ["10.200.0.7-10.200.0.8", "10.200.0.8-10.200.0.15", "10.200.0.1-10.200.0.16", "fd00:b::7f-fd00:b::ff"],
}
NETWORKS = {
    "some-left": ["10.1.0.63-10.1.0.64", "10.1.0.128/25", "fd00:a::4/128"],
    "some-right": ["10.200.0.0/29", "10.200.0.15-10.200.0.16", "fd00:b::80/121"],
}


CROWD: list[dict[str, Any]] = [
    # like `both`, once with the same addresses in the other order, once with neighbours
    {"name": "turned", "addresses": [_at("right", "10.200.0.9"), _at("left", "10.1.0.65")]},
    {"name": "again", "addresses": [_at("left", "10.1.0.66"), _at("right", "10.200.0.10")]},
    {"name": "mixed", "addresses": [_at("left", "10.1.0.66"), _at("right", "10.200.0.16")]},
    # like `dual`, with the families the other way round
    {"name": "laud", "addresses": [_at("right", "10.200.0.17"), _at("right", "fd00:b::81")]},
    # like `left2` and `right1`, without their host firewalls, and the first in another zone
    {"name": "bare-left", "zone": "left", "address": "10.1.0.127"},
    {"name": "bare-right", "zone": "right", "address": "10.200.0.7"},
    {"name": "strayed", "zone": "middle", "address": "10.1.0.127"},
]
"""Machines that are easily taken for others."""


def _blur(rng: Random, document: dict[str, Any]) -> None:
    """Make rules opaque, defaults unknown, and selectors ranges and groups, here and there."""
    document["networks"] = NETWORKS
    document["nodes"] += [machine | {"roles": ["esxi_host"]} for machine in CROWD]
    for firewall in document["firewalls"]:
        if rng.random() < 0.1:
            firewall["default"] = "unknown"
        for rule in firewall["rules"]:
            if rng.random() < 0.3:
                rule["action"] = "unknown"
            for side in ("source", "destination"):
                rule[side] = [_imported(rng, selector) for selector in rule[side]]
    if rng.random() < 0.2:
        document["defaults"]["same_zone"] = "unknown"
    if rng.random() < 0.2:
        document["defaults"]["unlisted_path"] = "unknown"


def _imported(rng: Random, selector: dict[str, Any]) -> dict[str, Any]:
    """The selector, or one of the same side as imported rules have them."""
    text = str(selector)
    sides = ["left"] if "10.1." in text or "fd00:a" in text else ["right"] if "10.200." in text else ["left", "right"]
    side = rng.choice(sides)
    if "any" in selector or rng.random() < 0.6:
        return selector
    return {"network": f"some-{side}"} if rng.random() < 0.4 else {"range": rng.choice(RANGES[side])}


def _random_scene(rng: Random, *, boxes: int, hosts: bool, opaque: bool = False) -> Scene:
    """left -> core (-> edge) -> right, single addresses `left0`.. and `right0`.., and machines that are harder.

    `both` stands in both zones, `dual` has both families, `island` has no path, `silent` has no address. `opaque`
    scenes have rules and defaults that nobody understands, address ranges and networks, and more machines.
    """
    machines: dict[str, list[dict[str, Any]]] = {
        side: [
            {"name": f"{side}{number}", "zone": side, "address": address}
            | ({"firewall": f"host-{side}"} if hosts else {})
            for number, address in enumerate(ADDRESSES[side])
        ]
        for side in ("left", "right")
    }
    left = [m | {"roles": [rng.choice(["proxy", "console"])]} for m in machines["left"]]
    right = [m | {"roles": ["repository"]} for m in machines["right"][::2]]
    disk = {"name": "d", "datastore": "store", "size": "1MiB"}
    guests = [m | {"host": "esx", "disks": [disk]} for m in machines["right"][1::2]]
    extra: list[dict[str, Any]] = [
        {"name": "both", "addresses": [_at("left", "10.1.0.65"), _at("right", "10.200.0.9")]},
        {"name": "dual", "addresses": [_at("right", "fd00:b::81"), _at("right", "10.200.0.17")]},
        {"name": "island", "zone": "island", "address": "172.30.0.5"},
    ]
    names = ["core", "edge"][:boxes]
    firewalls = [(name, "network") for name in names]
    if hosts:
        firewalls += [(f"host-{side}", "host") for side in ("left", "right")]
    document: dict[str, Any] = {
        "version": 1,
        "name": "random",
        "zones": [{"name": name, "cidrs": cidrs} for name, cidrs in ZONES.items()],
        "datastores": [{"name": "store"}],
        "services": {"named": ["tcp/300", "udp/200-201", "tcp/99"]},
        "nodes": [*left, *right, *(m | {"roles": ["esxi_host"]} for m in [*extra, {"name": "esx"}])],
        "vms": [*guests, {"name": "silent", "host": "esx", "disks": [disk]}],
        "firewalls": [_firewall(rng, name, kind, len(firewalls) - 1) for name, kind in firewalls],
        "defaults": {
            "same_zone": rng.choice(["allow", "deny"]),
            "unlisted_path": rng.choice(["deny", "reject", "allow"]),
        },
        "jobs": [{"name": "daily", "vms": ["silent"], "repository": "right0"}],
    }
    if opaque:
        _blur(rng, document)
    return Topology.model_validate(document), {
        ("left", "right"): tuple(names),
        ("right", "left"): tuple(reversed(names)),
    }


@pytest.fixture(scope="session")
def random_scene() -> Callable[..., Scene]:
    return _random_scene


@pytest.fixture
def mutants() -> Mapping[str, Callable[[Patch], None]]:
    """Wrong readings of the rules by name, for packets to refute; each holds until the patch is undone."""
    return MUTANTS


@pytest.fixture(params=[*MUTANTS, *OPAQUE_MUTANTS, *CLASS_MUTANTS])
def mutant(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Each wrong evaluator in turn, in the place of the right one."""
    name: str = request.param
    (MUTANTS | OPAQUE_MUTANTS | CLASS_MUTANTS)[name](monkeypatch)
    yield name


@pytest.fixture(params=CLASS_MUTANTS)
def class_mutant(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Each wrong folding in turn; what a rule means is as it was."""
    name: str = request.param
    CLASS_MUTANTS[name](monkeypatch)
    yield name
