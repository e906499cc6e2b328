"""Coverage against brute force: every point of a small universe, with the definitions word for word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import product
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.firewall import boxes, coverage
from vbtui.firewall.coverage import Covered, covered_rules
from vbtui.firewall.rules import CompiledFirewall, CompiledRule
from vbtui.firewall.selectors import AddressSet
from vbtui.vocabulary import Action, Protocol, Service

REFUSING = (Action.DENY, Action.REJECT)
PORTS = (1, 2, 3, 4, 65534, 65535)
BETWEEN = 1000
"""Stands for all ports between two of them."""
LAST = {False: 6, True: 3}
"""Highest address of the universe, by whether it is IPv6."""


class Point(NamedTuple):
    v6: bool
    source: int
    destination: int
    protocol: Protocol
    port: int
    direction: str


POINTS = [
    Point(v6, source, destination, protocol, port, direction)
    for v6 in (False, True)
    for source, destination in product(range(LAST[v6] + 1), repeat=2)
    for protocol in Protocol
    for port in (*PORTS, BETWEEN)
    for direction in ("outbound", "inbound")
]


def random_firewall(rng: Random) -> CompiledFirewall:
    kind = rng.choice(["network", "network", "host"])
    defaults = [rng.choice([Action.ALLOW, Action.DENY, Action.REJECT]) for _ in range(2)]
    rules = [_rule(rng, number) for number in range(1, 1 + rng.randint(2, 8))]
    return CompiledFirewall(
        name="f",
        kind=kind,  # type: ignore[arg-type]
        evaluation=rng.choice(["first-match", "first-match", "deny-overrides", "allow-list"]),
        stateful=True,
        inbound=defaults[0],
        outbound=defaults[1] if kind == "host" else defaults[0],
        rules=tuple(rules),
    )


def _rule(rng: Random, number: int) -> CompiledRule:
    return CompiledRule(
        name=f"r{number}",
        number=number,
        source=_addresses(rng),
        destination=_addresses(rng),
        services=tuple(_service(rng) for _ in range(rng.choice([1, 1, 2]))),
        action=rng.choice([Action.ALLOW] * 5 + [Action.DENY] * 4 + [Action.REJECT, Action.UNKNOWN]),
        direction=rng.choice(["both", "both", "inbound", "outbound"]),
        enabled=rng.random() < 0.9,
    )


def _addresses(rng: Random) -> AddressSet:
    v4, v6 = (tuple(_numbers(rng, LAST[family])) for family in (False, True))
    kind = rng.random()
    return AddressSet(v4 if kind < 0.9 else (), v6 if kind < 0.3 or kind >= 0.9 else ())


def _numbers(rng: Random, last: int) -> Iterable[tuple[int, int]]:
    if rng.random() < 0.35:
        return [(0, last)]
    low = rng.randint(0, last)
    high = rng.randint(low, last)
    second = high + 2
    return [(low, high), (second, last)] if second <= last and rng.random() < 0.3 else [(low, high)]


def _service(rng: Random) -> Service:
    low, high = sorted((rng.choice(PORTS), rng.choice(PORTS)))
    return Service(rng.choice(list(Protocol)), *((1, 65535) if rng.random() < 0.4 else (low, high)))


# ---- the definitions, one point at a time ----------------------------------------------------------------------------


def matches(firewall: CompiledFirewall, rule: CompiledRule, point: Point) -> bool:
    def inside(addresses: AddressSet, number: int) -> bool:
        return any(low <= number <= high for low, high in (addresses.v6 if point.v6 else addresses.v4))

    return (
        rule.enabled
        and (firewall.kind == "network" or rule.direction in ("both", point.direction))
        and inside(rule.source, point.source)
        and inside(rule.destination, point.destination)
        and any(one.protocol is point.protocol and one.low <= point.port <= one.high for one in rule.services)
    )


def default(firewall: CompiledFirewall, point: Point) -> Action:
    return firewall.outbound if point.direction == "outbound" else firewall.inbound


def answer(firewall: CompiledFirewall, matching: Sequence[CompiledRule], point: Point) -> Action:
    """What becomes of a point that those rules match, as the evaluations are described."""
    refusing = [rule for rule in matching if rule.action in REFUSING]
    opaque = [rule for rule in matching if rule.action is Action.UNKNOWN]
    allowing = [rule for rule in matching if rule.action is Action.ALLOW]
    order = {
        "first-match": list(matching),
        "deny-overrides": refusing + opaque + allowing,
        "allow-list": allowing + opaque,
    }[firewall.evaluation]
    return order[0].action if order else default(firewall, point)


def in_order(firewall: CompiledFirewall) -> list[CompiledRule]:
    def rank(rule: CompiledRule) -> int:
        if firewall.evaluation == "first-match":
            return 0
        return 0 if rule.action in REFUSING else 1 if rule.action is Action.UNKNOWN else 2

    if firewall.evaluation == "allow-list":
        kept = [rule for rule in firewall.rules if rule.enabled and rule.action not in REFUSING]
        return sorted(kept, key=lambda rule: rule.action is Action.UNKNOWN)
    return sorted((rule for rule in firewall.rules if rule.enabled), key=rank)


Matching = dict[int, frozenset[Point]]


def points_of(firewall: CompiledFirewall) -> Matching:
    return {rule.number: frozenset(p for p in POINTS if matches(firewall, rule, p)) for rule in firewall.rules}


def union(matching: Matching, rules: Iterable[CompiledRule]) -> frozenset[Point]:
    return frozenset[Point]().union(*(matching[rule.number] for rule in rules))


def same_without(
    firewall: CompiledFirewall,
    matching: Matching,
    rule: CompiledRule,
    before: list[CompiledRule],
    after: Sequence[CompiledRule],
) -> bool:
    """Every packet of the rule gets its action from those behind it or the default; opaque ones before take nothing."""
    left = matching[rule.number] - union(matching, [one for one in before if one.action is not Action.UNKNOWN])
    for point in left:
        behind = next((one.action for one in after if point in matching[one.number]), default(firewall, point))
        if behind is not rule.action:
            return False
    return True


def differences(firewall: CompiledFirewall, found: Sequence[Covered]) -> list[str]:
    """What of an answer is not as the definitions have it."""
    wrong: list[str] = []
    matching, order = points_of(firewall), in_order(firewall)
    said = {one.rule.number: one for one in found}
    kept = list(order)
    for place, rule in enumerate(order):
        certain = [one for one in order[:place] if one.action is not Action.UNKNOWN]
        own, one = matching[rule.number], said.get(rule.number)
        unreachable = bool(own) and own <= union(matching, certain)
        if unreachable != (one is not None and not one.backwards):
            wrong.append(f"r{rule.number} unreachable: {unreachable}")
        if unreachable and one is not None and not one.backwards:
            kept.remove(rule)
            firsts = {next(c.action for c in certain if point in matching[c.number]) for point in own}
            if one.differs != bool(firsts - {rule.action}):
                wrong.append(f"r{rule.number} differs: {one.differs}")
            wrong += _cover(matching, order, rule, one)
    for rule in reversed(list(kept)):
        place, one = kept.index(rule), said.get(rule.number)
        before = kept[:place]
        # what was found before does not help, but stands against it
        behind = order[order.index(rule) + 1 :]
        after = [other for other in behind if other in kept or other.action is not rule.action]
        redundant = (
            rule.action is not Action.UNKNOWN
            and bool(matching[rule.number])
            and same_without(firewall, matching, rule, before, after)
        )
        if redundant != (one is not None and one.backwards):
            wrong.append(f"r{rule.number} redundant backwards: {redundant}")
        if redundant and one is not None and one.backwards:
            wrong += _needed_behind(firewall, matching, rule, before, after, one)
            kept.remove(rule)
    for gone in (set(said), *({number} for number in said)):
        for point in sorted(frozenset[Point]().union(*(matching[number] for number in gone))):
            with_all = [rule for rule in firewall.rules if point in matching[rule.number]]
            rest = [rule for rule in with_all if rule.number not in gone]
            if answer(firewall, with_all, point) is not answer(firewall, rest, point):
                wrong.append(f"without {sorted(gone)}, another answer at {point}")
                break
    return wrong


def _cover(matching: Matching, order: list[CompiledRule], rule: CompiledRule, one: Covered) -> list[str]:
    wrong = []
    own = matching[rule.number]
    earlier = order[: order.index(rule)]
    if any(other not in earlier or other.action is Action.UNKNOWN for other in one.covering):
        wrong.append(f"r{rule.number} covered by what does not come before or is opaque")
    if not own <= union(matching, one.covering):
        wrong.append(f"r{rule.number} not covered by {one.covering}")
    spare = [other for other in one.covering if own <= union(matching, [c for c in one.covering if c != other])]
    if len(spare) > (1 if one.differs else 0) or any(other.action is rule.action for other in spare):
        wrong.append(f"r{rule.number} covered without {spare}")
    if one.differs and all(other.action is rule.action for other in one.covering):
        wrong.append(f"r{rule.number} names none that decides otherwise")
    return wrong


def _needed_behind(
    firewall: CompiledFirewall,
    matching: Matching,
    rule: CompiledRule,
    before: list[CompiledRule],
    after: list[CompiledRule],
    one: Covered,
) -> list[str]:
    wrong = []
    alike = [other for other in after if other.action is rule.action]
    if any(other not in alike for other in one.covering):
        wrong.append(f"r{rule.number}: {one.covering} do not do the same behind it")
    least = [other for other in after if other not in alike or other in one.covering]
    if not same_without(firewall, matching, rule, before, least):
        wrong.append(f"r{rule.number}: {one.covering} are not enough")
    wrong += [
        f"r{rule.number}: {spare} is not needed"
        for spare in one.covering
        if same_without(firewall, matching, rule, before, [other for other in least if other != spare])
    ]
    certain = [other for other in before if other.action is not Action.UNKNOWN]
    if one.default != bool(matching[rule.number] - union(matching, [*certain, *one.covering])):
        wrong.append(f"r{rule.number} default: {one.default}")
    return wrong


def test_what_is_found_is_what_the_definitions_say(pytestconfig: pytest.Config) -> None:
    @examples(3000 if pytestconfig.getoption("--long") else 80)
    @given(st.integers(0, 2**32))
    def check(seed: int) -> None:
        firewall = random_firewall(Random(seed))
        assert differences(firewall, covered_rules(firewall)) == []

    check()


# ---- the check has teeth ---------------------------------------------------------------------------------------------

Patch = pytest.MonkeyPatch
_without = boxes.without
_compile = boxes.service_interval
_order = coverage.evaluation_order


def _drop_last_piece(patch: Patch) -> None:
    for room in (boxes, coverage):
        patch.setattr(room, "without", lambda box, taken: _without(box, taken)[1:] or _without(box, taken))


def _only_in_one_family(patch: Patch) -> None:
    def space(rules: Sequence[CompiledRule], *, v6: bool, host: bool) -> boxes.Space:  # noqa: ARG001
        return boxes.Space(rules, v6=False, host=host)

    patch.setattr(coverage, "Space", space)


def _without_directions(patch: Patch) -> None:
    patch.setattr(boxes, "_directions", lambda _: boxes.OUTBOUND)


def _one_protocol(patch: Patch) -> None:
    patch.setattr(boxes, "service_interval", lambda one: (one.low, one.high))


def _range_end_left_out(patch: Patch) -> None:
    def shorter(one: Service) -> tuple[int, int]:
        low, high = _compile(one)
        return low, max(low, high - 1)

    patch.setattr(boxes, "service_interval", shorter)


def _order_of_the_list(patch: Patch) -> None:
    patch.setattr(coverage, "evaluation_order", lambda f: tuple(rule for rule in f.rules if rule.enabled))


def _disabled_count(patch: Patch) -> None:
    def order(firewall: CompiledFirewall) -> tuple[CompiledRule, ...]:
        return _order(replace(firewall, rules=tuple(replace(rule, enabled=True) for rule in firewall.rules)))

    patch.setattr(coverage, "evaluation_order", order)


def _method(name: str, value: Callable[..., Any]) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(coverage._Coverage, name, value)


def _opaque_covers(patch: Patch) -> None:
    made = coverage._Coverage.__init__

    def init(self: Any, firewall: CompiledFirewall) -> None:
        made(self, firewall)
        self._certain = self._kept

    patch.setattr(coverage._Coverage, "__init__", init)


MUTANTS: dict[str, Callable[[Patch], None]] = {
    "pieces are lost": _drop_last_piece,
    "IPv4 only": _only_in_one_family,
    "directions do not count": _without_directions,
    "TCP is UDP": _one_protocol,
    "the last port is left out": _range_end_left_out,
    "the list's order everywhere": _order_of_the_list,
    "disabled rules count": _disabled_count,
    "opaque rules cover": _opaque_covers,
    "never shadowed": _method("_first_otherwise", lambda *_: None),
    "all of a cover is named": _method("_needed", lambda *found: sorted(found[2])),
    "the default always does the same": _method("_defaults_otherwise", lambda *_: 0),
    "nothing is redundant backwards": _method("_redundant_backwards", lambda *_: None),
    "a cover by one rule only": lambda patch: patch.setattr(boxes.Space, "cover", lambda *_: None),
    "points prove nothing wrong": lambda patch: patch.setattr(boxes.Space, "bare", lambda *_: True),
}


def _overlapping() -> CompiledFirewall:
    """Four rules, the last covered by two of the others; the first, which meets most of it, is not needed."""
    everything = (Service(Protocol.TCP, 1, 65535),)
    right = AddressSet(((0, LAST[False]),))
    rules = [
        CompiledRule(f"r{place}", place, AddressSet((run,)), right, everything, Action.ALLOW, "both", True)
        for place, run in enumerate([(1, 5), (0, 3), (4, 6), (0, 6)], start=1)
    ]
    return CompiledFirewall("f", "network", "first-match", True, Action.DENY, Action.DENY, tuple(rules))


@pytest.mark.parametrize("mutant", MUTANTS)
def test_every_wrong_way_is_caught(mutant: str, monkeypatch: Patch) -> None:
    MUTANTS[mutant](monkeypatch)
    for firewall in (_overlapping(), *(random_firewall(Random(seed)) for seed in range(400))):
        if differences(firewall, covered_rules(firewall)):
            return
    pytest.fail(f"not caught: {mutant}")


def test_following_packets_and_asking_the_rules_behind_come_to_the_same(monkeypatch: Patch) -> None:
    monkeypatch.setattr(coverage, "_MOST_PIECES", 0)
    for seed in range(60):
        firewall = random_firewall(Random(seed))
        assert differences(firewall, covered_rules(firewall)) == []


def test_points_alone_never_decide(monkeypatch: Patch) -> None:
    """`bare` is a short cut: without it everything is as before."""
    monkeypatch.setattr(boxes.Space, "bare", lambda *_: False)
    for seed in range(40):
        firewall = random_firewall(Random(seed))
        assert differences(firewall, covered_rules(firewall)) == []
