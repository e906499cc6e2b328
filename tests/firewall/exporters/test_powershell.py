"""Which firewalls the Windows firewall can stand for: blocks win there, whatever the order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from vbtui.firewall.exporters import Obstacle, RuleNotExportableError, powershell, ruleset
from vbtui.topology import Topology

MakeRule = Callable[..., dict[str, Any]]
MakeTopology = Callable[..., Topology]


@pytest.fixture
def commands(topology_of: MakeTopology) -> Callable[..., list[str]]:
    """Action and name of every command that a host firewall of those rules becomes."""

    def made(rules: Sequence[dict[str, Any]], **firewall: Any) -> list[str]:
        topology = topology_of(rules, **({"kind": "host"} | firewall))
        lines = powershell(ruleset(topology, "core")).splitlines()
        words = [line.split() for line in lines if line.startswith("New-")]
        return [f"{line[line.index('-Action') + 1]} {line[2]}" for line in words]

    return made


@pytest.fixture
def obstacle(commands: Callable[..., list[str]]) -> Callable[..., tuple[Obstacle, tuple[int, ...]]]:
    """Why there is no such script, and the rules that stand in the way."""

    def found(rules: Sequence[dict[str, Any]], **firewall: Any) -> tuple[Obstacle, tuple[int, ...]]:
        with pytest.raises(RuleNotExportableError) as caught:
            commands(rules, **firewall)
        return caught.value.obstacle, tuple(number for number, _ in caught.value.rules)

    return found


def test_a_network_firewall_is_none_of_windows(obstacle: Callable[..., Any]) -> None:
    assert obstacle([], kind="network") == (Obstacle.NOT_A_HOST, ())


def test_windows_always_remembers_connections(obstacle: Callable[..., Any]) -> None:
    assert obstacle([], stateful=False) == (Obstacle.STATELESS, ())


def test_an_order_that_decides_cannot_be_said(rule: MakeRule, obstacle: Callable[..., Any]) -> None:
    rules = [
        rule("ssh", "10.0.0.0/24", "any", "tcp/22", "allow"),
        rule("web", "10.0.1.0/24", "any", "tcp/443", "allow"),
        rule("no-admin", "10.0.0.0/8", "any", "tcp/400-500 udp/22", "deny"),
        rule("names", "any", "any", "udp/53", "allow"),
    ]
    assert obstacle(rules) == (Obstacle.ORDER_MATTERS, (2, 3))


@pytest.mark.parametrize(
    "apart",
    [
        {"source": [{"cidr": "10.1.0.0/16"}]},
        {"destination": [{"cidr": "10.1.0.0/16"}]},
        {"source": [{"any": True}], "destination": [{"cidr": "fd00::/64"}]},
        {"services": ["tcp/23-80"]},
        {"services": ["udp/22"]},
        {"direction": "outbound"},
    ],
)
def test_rules_that_share_no_packet_may_stand_in_any_order(
    apart: dict[str, Any], rule: MakeRule, commands: Callable[..., list[str]]
) -> None:
    allow = rule("ssh", "10.0.0.0/24", "10.0.0.0/24", "tcp/22", "allow", direction="inbound")
    deny = rule("no", "10.0.0.0/24", "10.0.0.0/24", "tcp/22", "deny", direction="inbound") | apart
    last = rule("last", "any", "any", "udp/1", "allow", direction="inbound")
    assert [line.partition(" ")[0] for line in commands([allow, deny, last])] == ["Allow", "Block", "Allow"]


def test_a_refusal_before_an_allow_wins_in_both_worlds(rule: MakeRule, commands: Callable[..., list[str]]) -> None:
    rules = [
        rule("no", "10.0.0.0/24", "any", "tcp/22", "reject", direction="inbound"),
        rule("ssh", "any", "any", "tcp/22", "allow", direction="inbound"),
    ]
    assert commands(rules) == ["Block 'vb_core_1_no_in_tcp'", "Allow 'vb_core_2_ssh_in_tcp'"]


def test_refusals_at_the_end_are_left_to_a_default_that_refuses(
    rule: MakeRule, commands: Callable[..., list[str]], obstacle: Callable[..., Any]
) -> None:
    rules = [
        rule("ssh", "any", "any", "tcp/22", "allow", direction="inbound"),
        rule("rest", "any", "any", "any", "deny", direction="inbound"),
    ]
    assert commands(rules, default={"inbound": "deny"}) == ["Allow 'vb_core_1_ssh_in_tcp'"]
    assert obstacle(rules, default={"inbound": "allow"}) == (Obstacle.ORDER_MATTERS, (1, 2))


def test_nothing_ever_blocks_everything(rule: MakeRule, obstacle: Callable[..., Any]) -> None:
    rules = [rule("no", "any", "any", "any", "deny"), rule("ssh", "any", "any", "tcp/22", "allow")]
    assert obstacle(rules, evaluation="deny-overrides") == (Obstacle.BLOCKS_EVERYTHING, (1,))


def test_a_list_of_allows_is_one(rule: MakeRule, commands: Callable[..., list[str]]) -> None:
    rules = [
        rule("no", "any", "any", "tcp/22", "deny", direction="inbound"),
        rule("ssh", "any", "any", "tcp/22", "allow", direction="inbound"),
    ]
    assert commands(rules, evaluation="allow-list") == ["Allow 'vb_core_2_ssh_in_tcp'"]
