"""Shadow analysis of growing policies against pairwise containment and plain subtraction of single boxes, in one run.

    python tests/bench/bench_findings.py [RULES...]

Prints seconds, what each finds, and ratios; asserts nothing. The policies are generated with forced overlap: prefixes
and hosts of a few zones, wide rules and `any` rather towards the end as in real lists, some rules written again, some
covered by several earlier ones together. Plain subtraction is exact and has no search, so it stops at a few hundred.
"""

# ruff: noqa: T201 - it prints a table

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence

from vbtui.firewall.coverage import covered_rules
from vbtui.firewall.rules import ANY_SERVICE, CompiledFirewall, CompiledRule
from vbtui.firewall.selectors import EVERYWHERE, AddressSet
from vbtui.vocabulary import Action, Protocol, Service

PORTS = (22, 53, 80, 111, 123, 135, 389, 443, 445, 902, 1433, 2049, 3260, 3389, 5432, 6160, 6162, 9392)
RANGES = ((2500, 3300), (2500, 2600), (1024, 65535), (49152, 65535), (1, 1023))
ACTIONS = (Action.ALLOW,) * 7 + (Action.DENY,) * 2 + (Action.REJECT,)


def policy(count: int, seed: int = 1) -> CompiledFirewall:
    """A first-match firewall of so many rules."""
    rng = random.Random(seed)
    rules: list[CompiledRule] = []
    while len(rules) < count:
        if rules and rng.random() < 0.15:
            rules += _parts_of(rng, max(rng.sample(rules, min(3, len(rules))), key=_width), len(rules))
            continue
        wide = len(rules) / count
        rules.append(_rule(rng, len(rules) + 1, _side(rng, wide), _side(rng, wide), _services(rng, wide)))
    return CompiledFirewall("core", "network", "first-match", True, Action.DENY, Action.DENY, tuple(rules[:count]))


def _rule(
    rng: random.Random, number: int, source: AddressSet, destination: AddressSet, services: tuple[Service, ...]
) -> CompiledRule:
    action = rng.choice(ACTIONS)
    return CompiledRule(f"r{number}", number, source, destination, services, action, "both", True)


def _parts_of(rng: random.Random, rule: CompiledRule, count: int) -> list[CompiledRule]:
    """The same rule again, or two halves of its source before all of it."""
    low, high = max(rule.source.v4, key=lambda interval: interval[1] - interval[0])
    middle = (low + high) // 2
    halves = [AddressSet(((low, middle),)), AddressSet(((middle + 1, high),))] if low < high else []
    sources = [*halves, AddressSet(((low, high),))] if rng.random() < 0.5 else [rule.source]
    return [
        _rule(rng, count + place, source, rule.destination, rule.services)
        for place, source in enumerate(sources, start=1)
    ]


def _width(rule: CompiledRule) -> int:
    return max(high - low for low, high in rule.source.v4)


def _side(rng: random.Random, wide: float) -> AddressSet:
    """`wide` from 0 to 1: how likely it names more than a few hosts."""
    kind = rng.random()
    if kind < 0.08 * wide:
        return EVERYWHERE
    zone = (10 << 24) + (rng.randrange(30) << 16)
    if kind < 0.3 * wide:
        return AddressSet(((zone, zone + 0xFFFF),))
    if kind < 0.3 + 0.3 * wide:
        start = zone + (rng.randrange(256) << 8)
        return AddressSet(((start, start + 0xFF),))
    hosts = sorted(rng.sample(range(zone, zone + 0xFFFF, 2), rng.choice((1, 1, 1, 2, 4))))
    return AddressSet(tuple((host, host) for host in hosts))


def _services(rng: random.Random, wide: float) -> tuple[Service, ...]:
    if rng.random() < 0.1 * wide:
        return ANY_SERVICE
    found = {Service(Protocol.TCP, *rng.choice(RANGES))} if rng.random() < 0.2 else set()
    ports = rng.sample(PORTS, rng.choice((1, 1, 2, 3)))
    return tuple(sorted(found | {Service(Protocol.TCP, port, port) for port in ports}))


# ---- the others ------------------------------------------------------------------------------------------------------

Plain = tuple[int, int, int, int, int, int]
"""Source, destination and service, each as first and last."""


def boxes_of(rule: CompiledRule) -> list[Plain]:
    base = {Protocol.TCP: 0, Protocol.UDP: 65535}
    return [
        (*source, *destination, base[service.protocol] + service.low, base[service.protocol] + service.high)
        for source in rule.source.v4
        for destination in rule.destination.v4
        for service in rule.services
    ]


def pairwise(firewall: CompiledFirewall) -> int:
    """Rules of which every box lies in a box of one earlier rule: what a check without unions finds."""
    rules = [boxes_of(rule) for rule in firewall.rules]
    return sum(
        any(all(any(_inside(box, other) for other in theirs) for box in ours) for theirs in rules[:place])
        for place, ours in enumerate(rules)
    )


def subtraction(firewall: CompiledFirewall) -> int:
    """Rules of which nothing is left after taking out every box of every earlier rule: exact, and no search."""
    rules = [boxes_of(rule) for rule in firewall.rules]
    count = 0
    for place, ours in enumerate(rules):
        left = ours
        for theirs in rules[:place]:
            for box in theirs:
                if any(_meets(piece, box) for piece in left):
                    left = [rest for piece in left for rest in _minus(piece, box)]
            if not left:
                count += 1
                break
    return count


def _inside(box: Plain, other: Plain) -> bool:
    return all(other[i] <= box[i] and box[i + 1] <= other[i + 1] for i in (0, 2, 4))


def _meets(box: Plain, other: Plain) -> bool:
    return all(other[i] <= box[i + 1] and box[i] <= other[i + 1] for i in (0, 2, 4))


def _minus(box: Plain, taken: Plain) -> list[Plain]:
    if not _meets(box, taken):
        return [box]
    left, rest = [], list(box)
    for i in (0, 2, 4):
        for low, high in ((rest[i], taken[i] - 1), (taken[i + 1] + 1, rest[i + 1])):
            if low <= high:
                piece = list(rest)
                piece[i : i + 2] = (low, high)
                left.append((piece[0], piece[1], piece[2], piece[3], piece[4], piece[5]))
        rest[i : i + 2] = (max(rest[i], taken[i]), min(rest[i + 1], taken[i + 1]))
    return left


def ours(firewall: CompiledFirewall) -> int:
    return sum(not one.backwards for one in covered_rules(firewall))


def main(counts: Sequence[int]) -> None:
    most = 500
    contenders: dict[str, Callable[[CompiledFirewall], int]] = {
        "vbtui": ours,
        "pairwise containment": pairwise,
        "plain subtraction": subtraction,
    }
    for count in counts:
        firewall = policy(count)
        print(f"{count} rules")
        own = 0.0
        for label, contender in contenders.items():
            if contender is subtraction and count > most:
                print(f"  {label:22} left out above {most} rules")
                continue
            begin = time.perf_counter()
            found = contender(firewall)
            seconds = time.perf_counter() - begin
            own = own or seconds
            print(f"  {label:22} {seconds:8.2f} s   ratio {seconds / own:7.1f}   unreachable rules {found}")


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or (500, 2000, 5000))
