"""Findings on rules as rules: each kind in a case, with the words, the numbers and the rules that are named."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from vbtui.firewall import FindingKind, Inoperative, Policy, RuleFinding, rule_findings
from vbtui.firewall.rules import compile_firewalls
from vbtui.topology import Topology, load, resolve, shipped
from vbtui.vocabulary import Service

ANY = {"any": True}
LEFT, RIGHT = {"zone": "left"}, {"zone": "right"}


def rule(
    name: str, source: Any, destination: Any, *services: str, action: str = "allow", **more: Any
) -> dict[str, Any]:
    listed = list(services or ("any",))
    return {"name": name, "source": source, "destination": destination, "services": listed, "action": action, **more}


def topology(*rules: dict[str, Any], host: tuple[dict[str, Any], ...] = (), **firewall: Any) -> Topology:
    """left -> core -> right, with a host firewall on the machine at the right; `far` hangs on another firewall."""
    core = {"name": "core", "connects": ["left", "right"], "default": "deny", "rules": list(rules)} | firewall
    return Topology.model_validate(
        {
            "version": 1,
            "name": "cases",
            "zones": [
                {"name": "left", "cidrs": ["10.1.0.0/24", "fd00:1::/64"]},
                {"name": "right", "cidrs": ["10.2.0.0/24", "fd00:2::/64"]},
                {"name": "far", "cidrs": ["10.3.0.0/24"]},
            ],
            "services": {"web": ["tcp/80", "tcp/443"], "nothing": []},
            "networks": {"halves": ["10.1.0.0/25", "10.1.0.128/25"], "empty": []},
            "nodes": [
                {"name": "server", "roles": ["backup_server"], "zone": "left", "address": "10.1.0.10"},
                {"name": "esx", "roles": ["esxi_host"], "zone": "right", "address": "10.2.0.10"},
                {"name": "repo", "roles": ["repository"], "zone": "right", "address": "10.2.0.20", "firewall": "guard"},
                {"name": "stranger", "roles": ["dns"], "zone": "far", "address": "10.3.0.1"},
            ],
            "vms": [
                {"name": "guest", "host": "esx", "disks": [{"name": "d", "datastore": "store", "size": "1MiB"}]},
            ],
            "datastores": [{"name": "store"}],
            "firewalls": [
                core,
                {"name": "edge", "connects": ["right", "far"], "default": "deny"},
                {"name": "guard", "kind": "host", "evaluation": "deny-overrides", "rules": list(host)},
            ],
            "jobs": [{"name": "daily", "vms": ["guest"], "repository": "repo"}],
        }
    )


def told(found: tuple[RuleFinding, ...]) -> list[tuple[str, int, str, tuple[int, ...]]]:
    return [(one.firewall, one.number, one.kind.value, one.covering_numbers) for one in found]


def test_a_rule_behind_one_that_does_otherwise_is_shadowed() -> None:
    (found,) = rule_findings(
        topology(rule("stop", LEFT, RIGHT, "tcp/1-1000", action="deny"), rule("go", LEFT, RIGHT, "tcp/443"))
    )
    assert (found.kind, found.rule, found.number, found.covering) == (FindingKind.SHADOWED, "go", 2, ("stop",))


def test_a_rule_behind_one_that_does_the_same_is_redundant() -> None:
    (found,) = rule_findings(topology(rule("all", LEFT, RIGHT, "web"), rule("one", LEFT, RIGHT, "tcp/443")))
    assert (found.kind, found.rule, found.covering) == (FindingKind.REDUNDANT, "one", ("all",))
    assert (found.param("backwards"), found.param("default")) == (False, False)


def test_a_rule_covered_by_several_together_names_those_that_are_needed() -> None:
    found = rule_findings(
        topology(
            rule("low", {"cidr": "10.1.0.0/25"}, RIGHT, "tcp/443"),
            rule("beside", LEFT, RIGHT, "tcp/22"),
            rule("high", {"cidr": "10.1.0.128/25"}, RIGHT, "tcp/1-1000"),
            rule("v6", {"cidr": "fd00:1::/64"}, RIGHT, "tcp/443"),
            rule("whole", LEFT, RIGHT, "tcp/443"),
        )
    )
    assert told(found) == [("core", 5, "redundant", (1, 3, 4))]


def test_one_of_several_that_does_otherwise_makes_it_shadowed() -> None:
    found = rule_findings(
        topology(
            rule("host", {"node": "server"}, RIGHT, "tcp/443", action="reject"),
            rule("all", LEFT, RIGHT, "tcp/443"),
            rule("again", LEFT, RIGHT, "tcp/443"),
        )
    )
    assert told(found) == [("core", 3, "shadowed", (1, 2))]


def test_deny_and_reject_are_not_the_same() -> None:
    rules = [rule(name, LEFT, RIGHT, "tcp/22", action=name) for name in ("deny", "reject")]
    assert told(rule_findings(topology(*rules, default="allow"))) == [("core", 2, "shadowed", (1,))]


def test_a_rule_that_the_default_repeats_is_redundant_backwards() -> None:
    (found,) = rule_findings(topology(rule("clean-up", ANY, ANY, action="deny")))
    assert (found.kind, found.covering, found.param("default")) == (FindingKind.REDUNDANT, (), True)


def test_a_rule_inside_a_later_one_is_redundant_backwards() -> None:
    found = rule_findings(topology(rule("one", LEFT, RIGHT, "tcp/443"), rule("all", LEFT, RIGHT, "web")))
    assert told(found) == [("core", 1, "redundant", (2,))]
    assert (found[0].param("backwards"), found[0].param("default")) == (True, False)


def test_an_exception_before_the_rule_is_not_redundant() -> None:
    rules = (
        rule("exception", {"node": "server"}, RIGHT, "tcp/22"),
        rule("but", LEFT, RIGHT, "tcp/22", action="deny"),
        rule("all", LEFT, RIGHT),
    )
    assert rule_findings(topology(*rules)) == ()


@pytest.mark.parametrize("evaluation", ["deny-overrides", "allow-list"])
def test_where_the_order_does_not_matter_a_wider_rule_behind_covers_too(evaluation: str) -> None:
    rules = (rule("one", LEFT, RIGHT, "tcp/443"), rule("all", LEFT, RIGHT, "web"))
    assert told(rule_findings(topology(*rules, evaluation=evaluation))) == [("core", 1, "redundant", (2,))]


def test_a_block_anywhere_shadows_where_blocks_win() -> None:
    rules = (rule("go", LEFT, RIGHT, "tcp/443"), rule("stop", LEFT, RIGHT, "web", action="deny"))
    found = rule_findings(topology(*rules, evaluation="deny-overrides", default="allow"))
    assert told(found) == [("core", 1, "shadowed", (2,))]


def test_opaque_rules_cover_nothing_and_are_listed_with_their_words() -> None:
    opaque = rule("odd", LEFT, RIGHT, action="unknown", raw="ct mark 5 accept", origin="edge.nft:12")
    (found,) = rule_findings(topology(opaque, rule("after", LEFT, RIGHT, "tcp/443")))
    assert (found.kind, found.number, found.covering) == (FindingKind.OPAQUE, 1, ())
    assert (found.param("raw"), found.param("origin")) == ("ct mark 5 accept", "edge.nft:12")


def test_an_opaque_rule_that_never_decides_says_why() -> None:
    opaque = rule("odd", LEFT, RIGHT, "tcp/443", action="unknown")
    found = rule_findings(topology(rule("before", LEFT, RIGHT), opaque))
    assert told(found) == [("core", 2, "opaque", (1,))]


@pytest.mark.parametrize(
    ("written", "firewall", "reason"),
    [
        (rule("r", {"role": "gateway"}, RIGHT), {}, Inoperative.NO_SOURCE),
        (rule("r", {"network": "empty"}, RIGHT), {}, Inoperative.NO_SOURCE),
        (rule("r", {"zone": "left", "cidr": "10.2.0.0/24"}, RIGHT), {}, Inoperative.NO_SOURCE),
        (rule("r", LEFT, {"role": "gateway"}), {}, Inoperative.NO_DESTINATION),
        (rule("r", LEFT, RIGHT, "nothing"), {}, Inoperative.NO_SERVICE),
        (rule("r", {"cidr": "10.1.0.0/24"}, {"cidr": "fd00:2::/64"}), {}, Inoperative.FAMILIES),
        (rule("r", LEFT, RIGHT, action="deny"), {"evaluation": "allow-list"}, Inoperative.REFUSES),
        (rule("r", LEFT, {"cidr": "192.168.0.0/24"}), {}, Inoperative.NO_PATH),
        (rule("r", RIGHT, {"zone": "far"}), {}, Inoperative.NO_PATH),
        (rule("r", LEFT, LEFT), {}, Inoperative.NO_PATH),
        (rule("r", LEFT, RIGHT), {}, None),
        (rule("r", LEFT, {"zone": "far"}), {}, None),
        (rule("r", ANY, ANY), {}, None),
        (rule("r", RIGHT, LEFT), {"stateful": False}, None),
    ],
)
def test_a_rule_that_nothing_can_match_is_inoperative(
    written: dict[str, Any], firewall: dict[str, Any], reason: Inoperative | None
) -> None:
    found = [one for one in rule_findings(topology(written, **firewall)) if one.kind is FindingKind.INOPERATIVE]
    assert [one.param("reason") for one in found] == ([] if reason is None else [reason.value])


@pytest.mark.parametrize(
    ("written", "stands"),
    [
        (rule("r", ANY, {"node": "repo"}, "tcp/22", direction="inbound"), True),
        (rule("r", ANY, {"node": "esx"}, "tcp/22", direction="inbound"), False),
        (rule("r", {"node": "repo"}, ANY, "tcp/22", action="deny", direction="outbound"), True),
        (rule("r", {"node": "esx"}, ANY, "tcp/22", action="deny", direction="outbound"), False),
        (rule("r", {"node": "esx"}, {"node": "repo"}, "tcp/22"), True),
        (rule("r", {"node": "esx"}, {"node": "server"}, "tcp/22"), False),
    ],
)
def test_a_host_firewall_sees_its_own_machines_only(written: dict[str, Any], stands: bool) -> None:
    found = rule_findings(topology(host=(written,)))
    reasons = [one.param("reason") for one in found if one.kind is FindingKind.INOPERATIVE]
    assert reasons == ([] if stands else [Inoperative.NO_MACHINE.value])


@pytest.mark.parametrize(
    ("on", "expired"), [(date(2026, 12, 31), False), (date(2027, 1, 1), False), (date(2027, 1, 2), True), (None, False)]
)
def test_a_rule_has_expired_after_its_day(on: date | None, expired: bool) -> None:
    found = rule_findings(topology(rule("r", LEFT, RIGHT, expires="2027-01-01")), on)
    assert [one.kind for one in found] == ([FindingKind.EXPIRED] if expired else [])
    if expired:
        assert dict(found[0].params) == {"expires": "2027-01-01", "on": "2027-01-02"}


def test_a_disabled_rule_has_no_finding_and_covers_nothing() -> None:
    rules = (rule("off", LEFT, RIGHT, enabled=False, expires="2020-01-01"), rule("on", LEFT, RIGHT, "tcp/443"))
    assert rule_findings(topology(*rules), date(2030, 1, 1)) == ()


def test_rules_that_are_switched_count_as_they_are() -> None:
    file = topology(rule("all", LEFT, RIGHT), rule("one", LEFT, RIGHT, "tcp/443"))
    compiled = dict(compile_firewalls(file))
    compiled["core"] = compiled["core"].with_rule("all", False)
    assert rule_findings(file, firewalls=compiled) == ()


@pytest.mark.parametrize("name", shipped())
def test_without_what_is_found_every_verdict_stays(name: str) -> None:
    """Shadowed, redundant and inoperative rules of shipped topologies, all left out at once."""
    file = load(resolve(name)).topology
    spare = {FindingKind.SHADOWED, FindingKind.REDUNDANT, FindingKind.INOPERATIVE}
    before = after = Policy(file)
    for one in rule_findings(file):
        if one.kind in spare:
            after = after.with_rule(one.firewall, one.rule, False)
    services = [Service.parse(text) for text in ("tcp/443", "tcp/902", "tcp/2500-3300", "udp/53")]
    machines = [node.name for node in file.nodes] + [vm.name for vm in file.vms]
    for source in machines:
        for destination in machines:
            for service in services:
                ours, theirs = (policy.evaluate(source, destination, service) for policy in (before, after))
                assert (ours.action, ours.missing) == (theirs.action, theirs.missing), (source, destination, service)
