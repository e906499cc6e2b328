"""Wrong evaluators of firewall rules, each by name: every oracle of the policy must catch every one it can.

Three sorts: `MUTANTS` misread rules that everybody knows, so packets through a real firewall can refute them;
`OPAQUE_MUTANTS` misread rules that were not understood; `CLASS_MUTANTS` fold machines that are not alike.
Each is a function that puts the wrong part in the place of the right one through a monkeypatch.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from vbtui.firewall import class_evaluation, classes, evaluation, rules, selectors
from vbtui.firewall.class_evaluation import ClassEvaluator, FirewallAnswers
from vbtui.firewall.classes import AddressClasses, Group
from vbtui.firewall.path import Attachment
from vbtui.firewall.rules import CompiledFirewall, CompiledRule
from vbtui.firewall.verdict import Hop, Segment
from vbtui.vocabulary import Action, Protocol, Service

Patch = pytest.MonkeyPatch
_winner = evaluation._winner
_passage = evaluation.passage
_decision = evaluation.decision
_compile_rule = rules._compile_rule
_reply = evaluation._reply
_default = CompiledFirewall.default
_runs = classes._runs
_sides = AddressClasses.sides
_way = ClassEvaluator._way
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


def _opaque_as(action: Action) -> Callable[[Patch], None]:
    return _with_rules(lambda rule: {"action": action} if rule.action is Action.UNKNOWN else {})


def _opaque_first(patch: Patch) -> None:
    """An opaque rule counts before those that deny."""

    def winner(firewall: CompiledFirewall, matching: Sequence[CompiledRule]) -> CompiledRule | None:
        opaque = [rule for rule in matching if rule.action is Action.UNKNOWN]
        return _winner(firewall, opaque or matching)

    patch.setattr(evaluation, "_winner", winner)


def _unknown_ends_the_way(patch: Patch) -> None:
    """A port that is unknown at one hop is not asked about at the next."""
    patch.setattr(Segment, "refuses", property(lambda segment: segment.action is not Action.ALLOW))


def _unknown_reply_passes(patch: Patch) -> None:
    def reply(checkpoint: Any, ask: Any) -> Hop:
        hop = _reply(checkpoint, ask)
        return replace(hop, segments=tuple(s for s in hop.segments if s.action is not Action.UNKNOWN))

    patch.setattr(evaluation, "_reply", reply)


OPAQUE_MUTANTS: dict[str, Callable[[Patch], None]] = {
    "opaque is allow": _opaque_as(Action.ALLOW),
    "opaque is deny": _opaque_as(Action.DENY),
    "opaque rules are left out": _with_rules(lambda rule: {"enabled": rule.enabled and rule.action != "unknown"}),
    "opaque before deny": _opaque_first,
    "unknown is refused": _unknown_ends_the_way,
    "unknown reply passes": _unknown_reply_passes,
    "unknown default allows": lambda patch: patch.setattr(
        CompiledFirewall, "default", lambda *which: Action.ALLOW if _default(*which) == "unknown" else _default(*which)
    ),
}


def _grouped_by(key: Callable[[Attachment, tuple[int, ...]], Hashable]) -> Callable[[Patch], None]:
    """A mutant that folds machines of one key; the first speaks for all."""

    def fold(machines: Mapping[str, Attachment], marked: AddressClasses) -> tuple[dict[str, int], tuple[Group, ...]]:
        numbers: dict[Hashable, int] = {}
        members: dict[str, int] = {}
        groups: list[Group] = []
        for name, machine in machines.items():
            marks = tuple(marked.mark(address) for address in machine.addresses)
            # A short machine must not speak for a long one: that would be an error and no answer.
            number = numbers.setdefault((len(marks), key(machine, marks)), len(numbers))
            members[name] = number
            if number == len(groups):
                groups.append(classes._group(machine.shape, machine.firewall, marks, marked))
        return members, tuple(groups)

    return lambda patch: patch.setattr(class_evaluation, "fold", fold)


def _runs_end_early(patch: Patch) -> None:
    def runs(marked: Any) -> Any:
        return _runs([([(low, max(low, high - 1)) for low, high in listed], bits) for listed, bits in marked])

    patch.setattr(classes, "_runs", runs)


def _runs_end_late(patch: Patch) -> None:
    def runs(marked: Any) -> Any:
        # An interval of everything has no later end.
        return _runs([([(low, high + (low > 0)) for low, high in listed], bits) for listed, bits in marked])

    patch.setattr(classes, "_runs", runs)


CLASS_MUTANTS: dict[str, Callable[[Patch], None]] = {
    "runs end one address early": _runs_end_early,
    "runs end one address late": _runs_end_late,
    "families are one line": lambda patch: patch.setattr(
        AddressClasses, "mark", lambda marked, address: marked._v4[1][bisect_right(marked._v4[0], int(address)) - 1]
    ),
    "sides swapped": lambda patch: patch.setattr(AddressClasses, "sides", lambda *of: _sides(*of)[::-1]),
    "rules that are switched off stay candidates": lambda patch: patch.setattr(
        ClassEvaluator, "switched_off", lambda *_: 0
    ),
    "groups forget zones": _grouped_by(lambda machine, marks: (machine.firewall, marks)),
    "groups forget host firewalls": _grouped_by(lambda machine, marks: (machine.shape, marks)),
    "groups forget the rules": _grouped_by(lambda machine, _: (machine.shape, machine.firewall)),
    "groups look at the first address": _grouped_by(
        lambda machine, marks: (machine.shape[:1], machine.firewall, marks[:1])
    ),
    "groups take addresses in any order": _grouped_by(
        lambda machine, marks: (frozenset(machine.shape), machine.firewall, frozenset(marks))
    ),
    "replies by the rules of the way there": lambda patch: patch.setattr(
        ClassEvaluator, "_way", lambda *between: _with_back(_way(*between))
    ),
}


def _with_back(pair: Any) -> Any:
    pair.back = pair.there
    return pair
