"""The statements of `vbtui.firewall.policy`, one table of cases each, under their numbers."""

from __future__ import annotations

from typing import Any

import pytest

from vbtui.firewall import Policy, Reason, UnknownServiceError, Verdict
from vbtui.topology import Topology
from vbtui.vocabulary import Action, Service

ANY = {"any": True}
DISK = {"name": "d", "datastore": "store", "size": "1MiB"}


def rule(name: str, action: str, *services: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "source": ANY, "destination": ANY, "services": services or ("any",), "action": action} | more


def firewall(name: str, *rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "rules": rules} | more


def host(name: str, *rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return firewall(name, *rules, kind="host", **({"default": {"inbound": "deny", "outbound": "allow"}} | more))


OPEN = rule("open", "allow")


def topology(*firewalls: dict[str, Any], **more: Any) -> Topology:
    """a -core- b -edge- c; island alone. `host-a` and `host-c` are at a1 and c1 where they are given."""
    given = {entry["name"]: dict(entry) for entry in firewalls}
    given.setdefault("core", firewall("core", OPEN))
    given.setdefault("edge", firewall("edge", OPEN))
    given["core"] |= {"connects": ["a", "b"]}
    given["edge"] |= {"connects": ["b", "c"]}
    hosts = {side: {"firewall": f"host-{side}"} for side in "ac" if f"host-{side}" in given}
    nodes: list[dict[str, Any]] = [
        {"name": "a1", "zone": "a", "address": "10.0.0.1"} | hosts.get("a", {}),
        {"name": "a2", "zone": "a", "address": "10.0.0.2"},
        {"name": "a6", "zone": "a", "address": "fd00:a::1"},
        {"name": "b1", "zone": "b", "address": "10.0.1.1"},
        {"name": "c1", "zone": "c", "address": "10.0.2.1"} | hosts.get("c", {}),
        {"name": "c6", "zone": "c", "address": "fd00:c::1"},
        {"name": "far", "zone": "island", "address": "10.0.9.1"},
        *more.pop("nodes", ()),
    ]
    return Topology.model_validate(
        {
            "version": 1,
            "name": "cases",
            "zones": [
                {"name": "a", "cidrs": ["10.0.0.0/24", "fd00:a::/64"]},
                {"name": "b", "cidrs": ["10.0.1.0/24"]},
                {"name": "c", "cidrs": ["10.0.2.0/24", "fd00:c::/64"]},
                {"name": "island", "cidrs": ["10.0.9.0/24"]},
            ],
            "datastores": [{"name": "store"}],
            "nodes": [{"roles": ["proxy"]} | node for node in nodes],
            "vms": [{"name": "mute", "host": "a1", "disks": [DISK]}],
            "firewalls": list(given.values()),
            "jobs": [{"name": "daily", "vms": ["mute"], "repository": "c1"}],
        }
        | more
    )


def ask(made: Topology, source: str, destination: str, service: str = "tcp/902") -> Verdict:
    return Policy(made).evaluate(source, destination, Service.parse(service))


def short(verdict: Verdict) -> str:
    """`deny by core#2 late (path)`"""
    if verdict.hop is None or verdict.segment is None:
        return verdict.action.value
    named = f"#{verdict.segment.rule_number} {verdict.segment.rule}" if verdict.segment.rule else ""
    return f"{verdict.action.value} by {verdict.hop.name}{named} ({verdict.hop.where})"


def way(verdict: Verdict) -> list[str]:
    return [f"{hop.name} {hop.where}" for hop in verdict.hops]


# 2. addresses

TWO_HOMED = {"name": "both", "addresses": [{"zone": "c", "address": "10.0.2.9"}, {"zone": "a", "address": "10.0.0.9"}]}
DUAL = {"name": "dual", "addresses": [{"zone": "a", "address": "fd00:a::8"}, {"zone": "a", "address": "10.0.0.8"}]}
TWICE = {"name": "twice", "addresses": [{"zone": "b", "address": "10.0.1.8"}, {"zone": "b", "address": "10.0.1.9"}]}
LOST = {"name": "lost", "addresses": [{"zone": "island", "address": "10.0.9.9"}, {"zone": "c", "address": "10.0.2.8"}]}


@pytest.mark.parametrize(
    ("source", "destination", "expected"),
    [
        ("a1", "both", ("10.0.0.1", "10.0.0.9")),  # one zone before everything
        ("c1", "both", ("10.0.2.1", "10.0.2.9")),
        ("b1", "both", ("10.0.1.1", "10.0.2.9")),  # equally near: first in the file
        ("both", "b1", ("10.0.2.9", "10.0.1.1")),
        ("a1", "dual", ("10.0.0.1", "10.0.0.8")),  # only one family fits
        ("a6", "dual", ("fd00:a::1", "fd00:a::8")),
        ("c6", "dual", ("fd00:c::1", "fd00:a::8")),
        ("c1", "dual", ("10.0.2.1", "10.0.0.8")),
        ("both", "dual", ("10.0.0.9", "10.0.0.8")),
        ("a1", "twice", ("10.0.0.1", "10.0.1.8")),
        ("a1", "lost", ("10.0.0.1", "10.0.2.8")),  # any path before none
        ("far", "lost", ("10.0.9.1", "10.0.9.9")),
        ("a1", "a6", None),  # families differ
        ("a1", "mute", None),
        ("mute", "a1", None),
    ],
)
def test_2_the_pair_of_addresses(source: str, destination: str, expected: tuple[str, str] | None) -> None:
    verdict = ask(topology(nodes=[TWO_HOMED, DUAL, TWICE, LOST]), source, destination)
    if expected is None:
        assert (verdict.source_address, verdict.destination_address) == (None, None)
        assert short(verdict) == "deny by no_address (path)"
        assert verdict.segment is not None and verdict.segment.reason is Reason.NO_ADDRESS
        assert verdict.missing == ((902, 902),)
    else:
        assert (str(verdict.source_address), str(verdict.destination_address)) == expected


# 3. hops


def test_3_hops_stand_in_the_order_of_the_packet() -> None:
    made = topology(host("host-a", OPEN), host("host-c", OPEN))
    there = ask(made, "a1", "c1")
    assert way(there) == ["host-a source", "core path", "edge path", "host-c destination"]
    assert short(there) == "allow by host-c#1 open (destination)"
    assert way(ask(made, "c1", "a1")) == ["host-c source", "edge path", "core path", "host-a destination"]
    assert way(ask(made, "a1", "b1")) == ["host-a source", "core path"]


@pytest.mark.parametrize(
    ("firewalls", "expected"),
    [
        ([host("host-a", rule("no", "reject")), firewall("core", default="deny")], "reject by host-a#1 no (source)"),
        ([firewall("core"), firewall("edge", default="reject")], "deny by core (path)"),
        ([firewall("edge", default="reject"), host("host-c")], "reject by edge (path)"),
        ([host("host-c", default="reject")], "reject by host-c (destination)"),
        ([host("host-c")], "deny by host-c (destination)"),
        ([host("host-a")], "allow by edge#1 open (path)"),
    ],
)
def test_3_the_first_hop_that_does_not_allow_decides(firewalls: list[dict[str, Any]], expected: str) -> None:
    verdict = ask(topology(*firewalls), "a1", "c1")
    assert short(verdict) == expected
    if not verdict.allowed:
        assert verdict.hops[-1] is verdict.hop


def test_3_within_one_machine_nothing_is_crossed() -> None:
    for name in ("a1", "mute"):
        verdict = ask(topology(host("host-a", rule("no", "deny"))), name, name)
        assert (verdict.action, verdict.hops, verdict.hop, verdict.missing) == (Action.ALLOW, (), None, ())


@pytest.mark.parametrize("action", ["allow", "deny", "reject"])
@pytest.mark.parametrize(
    ("key", "destination", "reason"), [("same_zone", "a2", Reason.SAME_ZONE), ("unlisted_path", "far", Reason.NO_PATH)]
)
def test_3_defaults_stand_where_no_firewall_does(action: str, key: str, destination: str, reason: Reason) -> None:
    verdict = ask(topology(firewall("core", default="reject"), defaults={key: action}), "a1", destination)
    assert short(verdict) == f"{action} by {reason.value} (path)"
    assert verdict.segment is not None and verdict.segment.reason is reason


def test_3_host_firewalls_count_where_no_firewall_stands_between() -> None:
    made = topology(host("host-a", rule("no", "deny", direction="inbound")), defaults={"unlisted_path": "allow"})
    assert short(ask(made, "a1", "a2")) == "allow by same_zone (path)"
    assert short(ask(made, "a2", "a1")) == "deny by host-a#1 no (destination)"
    assert way(ask(made, "far", "a1")) == ["no_path path", "host-a destination"]


def test_3_a_named_path_without_firewalls_has_no_hop() -> None:
    verdict = ask(topology(paths=[{"from": "a", "to": "island", "via": []}]), "a1", "far")
    assert (verdict.action, verdict.hops, verdict.hop) == (Action.ALLOW, (), None)


# 4. one hop

DENY, REJECT, ALLOW = rule("deny", "deny"), rule("reject", "reject"), rule("allow", "allow")
OTHER = rule("other", "allow", "tcp/443", "udp/902")


@pytest.mark.parametrize(
    ("rules", "first_match", "deny_overrides", "allow_list"),
    [
        ([], "deny by core (path)", "deny by core (path)", "deny by core (path)"),
        ([OTHER], "deny by core (path)", "deny by core (path)", "deny by core (path)"),
        ([OTHER, ALLOW], *["allow by core#2 allow (path)"] * 3),
        ([DENY, ALLOW], "deny by core#1 deny (path)", "deny by core#1 deny (path)", "allow by core#2 allow (path)"),
        ([ALLOW, DENY], "allow by core#1 allow (path)", "deny by core#2 deny (path)", "allow by core#1 allow (path)"),
        (
            [ALLOW, REJECT],
            "allow by core#1 allow (path)",
            "reject by core#2 reject (path)",
            "allow by core#1 allow (path)",
        ),
        ([REJECT], "reject by core#1 reject (path)", "reject by core#1 reject (path)", "deny by core (path)"),
        ([ALLOW, rule("late", "allow")], *["allow by core#1 allow (path)"] * 3),
        ([DENY | {"enabled": False}, ALLOW], *["allow by core#2 allow (path)"] * 3),
        ([ALLOW | {"enabled": False}], *["deny by core (path)"] * 3),
        ([ALLOW | {"expires": "1999-12-31"}], *["allow by core#1 allow (path)"] * 3),
        ([ALLOW | {"direction": "inbound"}], *["allow by core#1 allow (path)"] * 3),
        ([ALLOW | {"direction": "outbound"}], *["allow by core#1 allow (path)"] * 3),
    ],
)
def test_4_which_rule_wins(rules: list[dict[str, Any]], first_match: str, deny_overrides: str, allow_list: str) -> None:
    expected = {"first-match": first_match, "deny-overrides": deny_overrides, "allow-list": allow_list}
    for evaluation, answer in expected.items():
        assert short(ask(topology(firewall("core", *rules, evaluation=evaluation)), "a1", "b1")) == answer


@pytest.mark.parametrize("default", ["allow", "deny", "reject"])
@pytest.mark.parametrize("evaluation", ["first-match", "deny-overrides", "allow-list"])
def test_4_the_default_speaks_where_no_rule_does(default: str, evaluation: str) -> None:
    made = topology(firewall("core", OTHER, evaluation=evaluation, default=default))
    assert short(ask(made, "a1", "b1")) == f"{default} by core (path)"


@pytest.mark.parametrize(
    ("direction", "out", "inwards"),
    [("both", "reject", "reject"), ("outbound", "reject", "allow"), ("inbound", "allow", "reject")],
)
def test_4_host_rules_hold_in_their_direction(direction: str, out: str, inwards: str) -> None:
    made = topology(host("host-a", rule("no", "reject", direction=direction), default="allow"))
    assert ask(made, "a1", "b1").action == out
    assert ask(made, "b1", "a1").action == inwards


@pytest.mark.parametrize(
    ("services", "asked", "allowed"),
    [
        (["any"], "udp/53", True),
        (["backup"], "tcp/6162", True),
        (["backup"], "udp/53", True),
        (["backup"], "tcp/53", False),
        (["tcp/902"], "udp/902", False),
        (["tcp/2500-3300"], "tcp/2500", True),
        (["tcp/2500-3300"], "tcp/3300", True),
        (["tcp/2500-3300"], "tcp/2499", False),
        (["tcp/2500-3300"], "tcp/3301", False),
        (["tcp/1-65535"], "tcp/65535", True),
    ],
)
def test_4_services(services: list[str], asked: str, allowed: bool) -> None:
    made = topology(firewall("core", rule("r", "allow", *services)), services={"backup": ["tcp/6162", "udp/53"]})
    assert ask(made, "a1", "b1", asked).allowed is allowed


def test_4_a_service_that_nobody_defined_is_an_error() -> None:
    with pytest.raises(UnknownServiceError) as raised:
        Policy(topology(firewall("core", rule("r", "allow", "backup"))))
    assert (raised.value.firewall, raised.value.rule, raised.value.service) == ("core", "r", "backup")


# 5. replies


def back(*services: str, action: str = "allow", **more: Any) -> dict[str, Any]:
    return rule("back", action, *services, source={"zone": "b"}, destination={"zone": "a"}, **more)


THERE = rule("there", "allow", "tcp/902", source={"zone": "a"})


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], "deny by core (reply)"),
        ([back("any")], "allow by core#1 there (path)"),
        ([back("tcp/1024-65535")], "allow by core#1 there (path)"),
        ([back("tcp/1024-40000", "tcp/40001-65535")], "allow by core#1 there (path)"),
        ([back("udp/1024-65535")], "deny by core (reply)"),
        ([back("tcp/1025-65535")], "deny by core (reply)"),
        ([back("tcp/1024-65534")], "deny by core (reply)"),
        ([back("tcp/902")], "deny by core (reply)"),
        ([back("any", action="reject")], "deny by core#2 back (reply)"),
    ],
)
def test_5_a_stateless_firewall_must_allow_the_whole_reply(rules: list[dict[str, Any]], expected: str) -> None:
    verdict = ask(topology(firewall("core", THERE, *rules, stateful=False)), "a1", "b1")
    assert short(verdict) == expected
    assert way(verdict) == ["core path", "core reply"]
    assert (verdict.hops[-1].segments[0].low, verdict.hops[-1].segments[-1].high) == (1024, 65535)
    assert verdict.missing == (() if verdict.allowed else ((902, 902),))


STATELESS = [(host, "host-a"), (firewall, "core"), (host, "host-c")]


def test_5_replies_travel_back_last_and_through_stateless_firewalls_only() -> None:
    made = topology(*(make(name, OPEN, stateful=False) for make, name in STATELESS))
    there = ["host-a source", "core path", "edge path", "host-c destination"]
    assert way(ask(made, "a1", "c1")) == [*there, "host-c reply", "core reply", "host-a reply"]


def test_5_nothing_replies_to_what_did_not_arrive() -> None:
    made = topology(firewall("core", THERE, stateful=False), firewall("edge", default="reject"))
    assert short(ask(made, "a1", "c1")) == "reject by edge (path)"


@pytest.mark.parametrize(
    ("direction", "expected"), [("inbound", "allow by core#1 open (path)"), ("outbound", "deny by host-a (reply)")]
)
def test_5_a_host_firewall_sees_the_reply_from_the_other_side(direction: str, expected: str) -> None:
    made = topology(host("host-a", back("any", direction=direction), stateful=False))
    assert short(ask(made, "a1", "b1")) == expected


# 6. port ranges


def segments(verdict: Verdict) -> list[list[tuple[int, int, str, str | None]]]:
    return [
        [(segment.low, segment.high, segment.action.value, segment.rule) for segment in hop.segments]
        for hop in verdict.hops
    ]


def test_6_a_range_splits_where_rules_begin_and_end() -> None:
    made = topology(
        firewall("core", rule("low", "allow", "tcp/2500-2600"), rule("mid", "reject", "tcp/2590-2700")),
        firewall("edge", rule("all", "allow", "tcp/2550-3300")),
    )
    verdict = ask(made, "a1", "c1", "tcp/2500-3300")
    assert segments(verdict) == [
        [(2500, 2600, "allow", "low"), (2601, 2700, "reject", "mid"), (2701, 3300, "deny", None)],
        [(2500, 2549, "deny", None), (2550, 2600, "allow", "all")],
    ]
    assert short(verdict) == "reject by core#2 mid (path)"
    assert verdict.missing == ((2500, 2549), (2601, 3300))
    assert verdict.partial and not verdict.allowed


def test_6_only_what_passed_reaches_the_next_hop() -> None:
    made = topology(
        firewall("core", rule("hole", "deny", "tcp/20"), OPEN), firewall("edge", rule("no", "reject", "tcp/20"), OPEN)
    )
    verdict = ask(made, "a1", "c1", "tcp/10-30")
    assert segments(verdict)[1] == [(10, 19, "allow", "open"), (21, 30, "allow", "open")]
    assert (short(verdict), verdict.missing) == ("deny by core#1 hole (path)", ((20, 20),))


def test_6_neighbours_with_one_answer_are_one_segment() -> None:
    made = topology(firewall("core", rule("parts", "allow", "tcp/1-10", "tcp/11-20", "tcp/5-15")))
    assert segments(ask(made, "a1", "b1", "tcp/1-20")) == [[(1, 20, "allow", "parts")]]


def test_6_the_whole_range_of_ports_has_its_ends() -> None:
    made = topology(firewall("core", rule("first", "deny", "tcp/1"), rule("last", "deny", "tcp/65535"), OPEN))
    assert ask(made, "a1", "b1", "tcp/1-65535").missing == ((1, 1), (65535, 65535))


def test_6_a_blocked_reply_blocks_every_port_that_arrived() -> None:
    made = topology(firewall("core", rule("r", "allow", "tcp/10-20"), stateful=False))
    verdict = ask(made, "a1", "b1", "tcp/5-30")
    assert verdict.missing == ((5, 30),)
    assert short(verdict) == "deny by core (path)"
    assert not verdict.partial


# the object itself


def test_equal_questions_get_equal_answers_and_share_what_is_large() -> None:
    policy = Policy(topology())
    first, again = (policy.evaluate("a1", "c1", Service.parse("tcp/902")) for _ in range(2))
    assert first == again and first.hops is again.hops
    assert policy.evaluate("a2", "c1", Service.parse("tcp/902")).hops is first.hops


def test_unknown_names_are_key_errors() -> None:
    policy = Policy(topology())
    for source, destination in (("nobody", "a1"), ("a1", "nobody"), ("nobody", "nobody")):
        with pytest.raises(KeyError):
            policy.evaluate(source, destination, Service.parse("tcp/902"))
    for name, rule_name in (("nothing", "open"), ("core", "nothing")):
        with pytest.raises(KeyError):
            policy.with_rule(name, rule_name, False)


def test_a_switched_rule_changes_a_copy_only() -> None:
    asked = ("a1", "c1", Service.parse("tcp/902"))
    late = rule("late", "allow", enabled=False)
    policy = Policy(topology(firewall("core", OPEN), firewall("edge", OPEN, late)))
    before = policy.evaluate(*asked)
    closed = policy.with_rule("edge", "open", False)
    assert (short(closed.evaluate(*asked)), closed.toggled_rules) == ("deny by edge (path)", (("edge", "open", False),))
    other = closed.with_rule("edge", "late", True).with_rule("core", "open", False)
    assert other.toggled_rules == (("core", "open", False), ("edge", "open", False), ("edge", "late", True))
    assert short(other.with_rule("core", "open", True).evaluate(*asked)) == "allow by edge#2 late (path)"
    assert policy.evaluate(*asked) == before and policy.toggled_rules == ()
    restored = closed.with_rule("edge", "open", True)
    assert restored.toggled_rules == () and restored.evaluate(*asked) == before
    assert policy.with_rule("edge", "open", True) is policy
