"""What is written and in which order: the same for every format."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.firewall.exporters import Obstacle, Omission, RuleNotExportableError, ruleset
from vbtui.firewall.exporters.ruleset import identifiers
from vbtui.topology import Topology
from vbtui.topology.fields import NAME_PATTERN
from vbtui.vocabulary import Protocol

MakeRule = Callable[..., dict[str, Any]]
MakeTopology = Callable[..., Topology]


@pytest.fixture
def mixed(rule: MakeRule) -> list[dict[str, Any]]:
    actions = ("allow", "deny", "allow", "reject")
    return [rule(f"r{place}", "any", "any", "tcp/80", action) for place, action in enumerate(actions, start=1)]


@pytest.mark.parametrize(
    ("evaluation", "written"),
    [("first-match", [1, 2, 3, 4]), ("deny-overrides", [2, 4, 1, 3]), ("allow-list", [1, 3])],
)
def test_the_order_of_the_rules_says_what_the_evaluation_says(
    evaluation: str, written: list[int], mixed: list[dict[str, Any]], topology_of: MakeTopology
) -> None:
    found = ruleset(topology_of(mixed, evaluation=evaluation), "core")
    assert [entry.rule.number for entry in found.entries] == written
    assert {one.why for one in found.left_out} == ({Omission.NOT_COUNTED} if evaluation == "allow-list" else set())


def test_rules_that_mean_nothing_are_named_with_the_reason(
    rules_of_both_families: Sequence[dict[str, Any]], topology_of: MakeTopology
) -> None:
    found = ruleset(topology_of(rules_of_both_families), "core")
    assert [str(one) for one in found.left_out] == ["#4 old-console: disabled", "#7 crossed: matches_nothing"]


def test_an_opaque_rule_is_refused_unless_it_is_to_be_skipped(rule: MakeRule, topology_of: MakeTopology) -> None:
    rules = [rule("known", "any", "any", "any", "allow"), rule("strange", "any", "any", "any", "unknown")]
    with pytest.raises(RuleNotExportableError) as caught:
        ruleset(topology_of(rules), "core")
    assert (caught.value.obstacle, caught.value.rules) == (Obstacle.OPAQUE, ((2, "strange"),))
    found = ruleset(topology_of(rules), "core", skip_opaque=True)
    assert [str(one) for one in found.left_out] == ["#2 strange: opaque"]


def test_an_opaque_rule_that_is_switched_off_stands_in_nobodys_way(rule: MakeRule, topology_of: MakeTopology) -> None:
    rules = [rule("strange", "any", "any", "any", "unknown", enabled=False)]
    assert ruleset(topology_of(rules), "core").entries == ()


def test_an_unknown_default_is_refused_always(topology_of: MakeTopology) -> None:
    with pytest.raises(RuleNotExportableError) as caught:
        ruleset(topology_of([], default="unknown"), "core", skip_opaque=True)
    assert caught.value.obstacle is Obstacle.UNKNOWN_DEFAULT


def test_ports_are_joined_where_they_touch(rule: MakeRule, topology_of: MakeTopology) -> None:
    services = "tcp/5-9 tcp/1-3 tcp/4 tcp/11 udp/7 udp/1-65535"
    (entry,) = ruleset(topology_of([rule("r", "any", "any", services, "allow")]), "core").entries
    assert entry.ports() == {Protocol.TCP: ((1, 9), (11, 11)), Protocol.UDP: ((1, 65535),)}


@given(
    st.lists(st.from_regex(NAME_PATTERN, fullmatch=True) | st.sampled_from(("a-b", "a.b", "A_B", "a" * 63))),
    st.integers(4, 40),
)
@examples(100)
def test_no_two_firewalls_share_an_identifier(names: list[str], longest: int) -> None:
    found = identifiers(names, longest=longest)
    assert set(found) == set(names)
    assert len({word.lower() for word in found.values()}) == len(found)
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", word) and len(word) <= longest for word in found.values())


def test_firewalls_of_nearly_the_same_name_are_told_apart(topology_of: MakeTopology) -> None:
    topology = topology_of([], name="c-re")
    assert [ruleset(topology, name).identifier(longest=20) for name in ("c-re", "c.re")] == ["c_re", "c_re_2"]
