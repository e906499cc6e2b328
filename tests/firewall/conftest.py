"""Random policies whose rules overlap on purpose, and wrong evaluators that every oracle must catch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

import pytest

from vbtui.firewall import class_evaluation, evaluation, rules, selectors
from vbtui.firewall.class_evaluation import FirewallAnswers
from vbtui.firewall.rules import CompiledFirewall, CompiledRule
from vbtui.firewall.verdict import Hop
from vbtui.topology import Topology
from vbtui.vocabulary import Action, Protocol, Service

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


def _random_scene(rng: Random, *, boxes: int, hosts: bool) -> Scene:
    """left -> core (-> edge) -> right, single addresses `left0`.. and `right0`.., and machines that are harder.

    `both` stands in both zones, `dual` has both families, `island` has no path, `silent` has no address.
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
    topology = Topology.model_validate(
        {
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
    )
    return topology, {("left", "right"): tuple(names), ("right", "left"): tuple(reversed(names))}


def _at(zone: str, address: str) -> dict[str, str]:
    return {"zone": zone, "address": address}


@pytest.fixture(scope="session")
def random_scene() -> Callable[..., Scene]:
    return _random_scene


# --- wrong evaluators ------------------------------------------------------------------------------------------------

Patch = pytest.MonkeyPatch
_winner = evaluation._winner
_passage = evaluation.passage
_decision = evaluation.decision
_compile_rule = rules._compile_rule
_of_parts = selectors.AddressSet.of_parts


def _with_winner(
    evaluations: str, order: Callable[[Sequence[CompiledRule]], list[CompiledRule]]
) -> Callable[[Patch], None]:
    """A mutant that takes the first of `order(matching)` in firewalls of those evaluations."""

    def winner(firewall: CompiledFirewall, matching: Sequence[CompiledRule]) -> CompiledRule | None:
        if firewall.evaluation not in evaluations:
            return _winner(firewall, matching)
        return next(iter(order(matching)), None)

    return lambda patch: patch.setattr(evaluation, "_winner", winner)


def _with_default(action: Action) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(CompiledFirewall, "default", lambda *_: action)


def _with_rules(change: Callable[[CompiledRule], dict[str, Any]]) -> Callable[[Patch], None]:
    def compile_rule(*arguments: Any) -> CompiledRule:
        rule = _compile_rule(*arguments)
        fields = {name: getattr(rule, name) for name in CompiledRule.__slots__}
        return CompiledRule(**(fields | change(rule)))

    return lambda patch: patch.setattr(rules, "_compile_rule", compile_rule)


def _with_hops(choose: Callable[[Sequence[Any]], Sequence[Any]]) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(
        class_evaluation, "passage", lambda service, hops, ask: _passage(service, choose(hops), ask)
    )


def _reject_as_drop(patch: Patch) -> None:
    def decision(hops: Any) -> Any:
        action, hop, segment = _decision(hops)
        return (Action.DENY if action is Action.REJECT else action), hop, segment

    patch.setattr(class_evaluation, "decision", decision)


def _reject_reply_as_reject(patch: Patch) -> None:
    def decision(hops: Any) -> Any:
        _, hop, segment = _decision(hops)
        return (segment.action if segment else Action.ALLOW), hop, segment

    patch.setattr(class_evaluation, "decision", decision)


def _cidr_without_last(patch: Patch) -> None:
    def of_parts(networks: Any) -> Any:
        whole = _of_parts(networks)
        cut = [tuple((low, max(low, high - 1)) for low, high in family) for family in (whole.v4, whole.v6)]
        return selectors.AddressSet(*cut)

    patch.setattr(selectors.AddressSet, "of_parts", of_parts)


def _range_end_exclusive(patch: Patch) -> None:
    def covers(rule: CompiledRule, protocol: Protocol, port: int) -> bool:
        return any(s.protocol is protocol and s.low <= port < max(s.high, s.low + 1) for s in rule.services)

    patch.setattr(evaluation, "_covers", covers)


def _protocol_ignored(patch: Patch) -> None:
    patch.setattr(evaluation, "_covers", lambda rule, _, port: any(s.low <= port <= s.high for s in rule.services))
    patch.setattr(FirewallAnswers, "_serving_any", lambda *_: -1)


def _keys_as_alternatives(patch: Patch) -> None:
    patch.setattr(selectors, "_all_of", selectors._any_of)


def _only_first_selector(patch: Patch) -> None:
    whole = selectors.Directory.of
    patch.setattr(selectors.Directory, "of", lambda directory, listed: whole(directory, listed[:1]))


def _only_tcp_in_any(patch: Patch) -> None:
    patch.setattr(rules, "ANY_SERVICE", (Service(Protocol.TCP, 1, 65535),))


MUTANTS: dict[str, Callable[[Patch], None]] = {
    "last match wins": _with_winner("first-match", lambda matching: list(reversed(matching))),
    "deny wins in first-match": _with_winner(
        "first-match", lambda matching: sorted(matching, key=lambda rule: rule.action is Action.ALLOW)
    ),
    "allow wins in first-match": _with_winner(
        "first-match", lambda matching: sorted(matching, key=lambda rule: rule.action is not Action.ALLOW)
    ),
    "deny-overrides read as first match": _with_winner("deny-overrides", list),
    "allow-list read as first match": _with_winner("allow-list", list),
    "default allow": _with_default(Action.ALLOW),
    "default deny": _with_default(Action.DENY),
    "reject is drop": _reject_as_drop,
    "rejected reply is reject": _reject_reply_as_reject,
    "range end exclusive": _range_end_exclusive,
    "protocol ignored": _protocol_ignored,
    "any means tcp": _only_tcp_in_any,
    "last address of a prefix excluded": _cidr_without_last,
    "keys of a selector are alternatives": _keys_as_alternatives,
    "only the first selector counts": _only_first_selector,
    "disabled rules count": _with_rules(lambda _: {"enabled": True}),
    "direction ignored": _with_rules(lambda _: {"direction": "both"}),
    "ports ignored": _with_rules(lambda _: {"services": rules.ANY_SERVICE}),
    "source ignored": _with_rules(lambda _: {"source": selectors.EVERYWHERE}),
    "IPv6 ignored": _with_rules(lambda rule: {"destination": selectors.AddressSet(rule.destination.v4)}),
    "first hop only": _with_hops(lambda hops: hops[:1]),
    "last hop only": _with_hops(lambda hops: hops[-1:]),
    "replies always pass": lambda patch: patch.setattr(
        evaluation, "_reply", lambda checkpoint, _: Hop(checkpoint.firewall.name, "reply", ())
    ),
    "one reply port is enough": lambda patch: patch.setattr(evaluation, "REPLY_PORTS", (32768, 32768)),
    "replies keep the direction": lambda patch: patch.setattr(
        evaluation.Checkpoint, "reply_direction", property(lambda checkpoint: checkpoint.direction)
    ),
}


@pytest.fixture
def mutants() -> Mapping[str, Callable[[Patch], None]]:
    """Every wrong evaluator by name; each takes the place of the right one until the patch is undone."""
    return MUTANTS


@pytest.fixture(params=MUTANTS)
def mutant(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Each wrong evaluator in turn, in the place of the right one."""
    name: str = request.param
    MUTANTS[name](monkeypatch)
    yield name
