"""`nft -j list ruleset`, expression by expression: what is understood, what is opaque, what is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from nft_documents import ACCEPT, DPORT, DROP, SADDR, STATE, match, payload, ruleset

from vbtui.firewall.importers import (
    ImportedRules,
    OpaqueReason,
    SkipReason,
    read_nft,
)
from vbtui.topology import Topology
from vbtui.vocabulary import Action

Ask = Callable[..., str]
Asking = Callable[[ImportedRules], Ask]


def read(*rules: list[Any], **kwargs: Any) -> ImportedRules:
    return read_nft(ruleset(*rules, **kwargs), file="edge.json")


ALLOWED: list[tuple[str, list[Any], str, bool]] = [
    ("a port", [match(DPORT, 443)], "10.0.0.1 10.9.0.1 tcp 443", True),
    ("another port", [match(DPORT, 443)], "10.0.0.1 10.9.0.1 tcp 444", False),
    ("another protocol", [match(DPORT, 443)], "10.0.0.1 10.9.0.1 udp 443", False),
    ("both protocols", [match(payload("th", "dport"), 53)], "10.0.0.1 10.9.0.1 udp 53", True),
    ("the last of a range", [match(DPORT, {"range": [80, 90]})], "10.0.0.1 10.9.0.1 tcp 90", True),
    ("behind a range", [match(DPORT, {"range": [80, 90]})], "10.0.0.1 10.9.0.1 tcp 91", False),
    ("of a set", [match(DPORT, {"set": [22, {"range": [80, 90]}]})], "10.0.0.1 10.9.0.1 tcp 81", True),
    ("not of a set", [match(DPORT, {"set": [22, 23]}, "!=")], "10.0.0.1 10.9.0.1 tcp 23", False),
    ("others than a set", [match(DPORT, {"set": [22, 23]}, "!=")], "10.0.0.1 10.9.0.1 tcp 24", True),
    ("no port means its own protocol", [match(DPORT, 22, "!=")], "10.0.0.1 10.9.0.1 udp 24", False),
    ("greater", [match(DPORT, 1000, ">")], "10.0.0.1 10.9.0.1 tcp 1000", False),
    ("greater or equal", [match(DPORT, 1000, ">=")], "10.0.0.1 10.9.0.1 tcp 1000", True),
    ("less or equal", [match(DPORT, 1000, "<=")], "10.0.0.1 10.9.0.1 tcp 1000", True),
    ("less", [match(DPORT, 1000, "<")], "10.0.0.1 10.9.0.1 tcp 1000", False),
    ("a prefix", [match(SADDR, {"prefix": {"addr": "10.0.0.0", "len": 30}})], "10.0.0.3 10.9.0.1 udp 9", True),
    ("outside a prefix", [match(SADDR, {"prefix": {"addr": "10.0.0.0", "len": 30}})], "10.0.0.4 10.9.0.1 udp 9", False),
    ("an address range", [match(SADDR, {"range": ["10.0.0.1", "10.0.0.5"]})], "10.0.0.5 10.9.0.1 udp 9", True),
    ("not an address", [match(SADDR, "10.0.0.1", "!=")], "10.0.0.1 10.9.0.1 udp 9", False),
    ("an IPv4 match is none of IPv6", [match(SADDR, "10.0.0.1", "!=")], "fd00::1 fd00::2 udp 9", False),
    ("an element with a comment", [match(SADDR, {"set": [{"elem": {"val": "10.0.0.1", "comment": "x"}}]})],
     "10.0.0.1 10.9.0.1 udp 9", True),
    ("a family", [match({"meta": {"key": "nfproto"}}, "ipv6")], "fd00::1 fd00::2 udp 9", True),
    ("the other family", [match({"meta": {"key": "nfproto"}}, "ipv6")], "10.0.0.1 10.0.0.2 udp 9", False),
    ("not a family", [match({"meta": {"key": "nfproto"}}, "ipv6", "!=")], "10.0.0.1 10.0.0.2 udp 9", True),
    ("a protocol", [match({"meta": {"key": "l4proto"}}, {"set": ["tcp", 17]})], "10.0.0.1 10.0.0.2 udp 9", True),
    ("not a protocol", [match({"meta": {"key": "l4proto"}}, "tcp", "!=")], "10.0.0.1 10.0.0.2 tcp 9", False),
    ("the header's protocol", [match(payload("ip", "protocol"), "tcp")], "10.0.0.1 10.0.0.2 tcp 9", True),
    ("the next header", [match(payload("ip6", "nexthdr"), "tcp")], "10.0.0.1 10.0.0.2 tcp 9", False),
    ("a new connection", [match(STATE, "new", "in")], "10.0.0.1 10.0.0.2 tcp 9", True),
    ("a set with new in it", [match(STATE, {"set": ["invalid", "new"]})], "10.0.0.1 10.0.0.2 tcp 9", True),
    ("not new", [match(STATE, "new", "!=")], "10.0.0.1 10.0.0.2 tcp 9", False),
    ("SYN", [match({"&": [payload("tcp", "flags"), ["fin", "syn", "rst", "ack"]]}, "syn")], "10.0.0.1 10.0.0.2 tcp 9",
     True),
    ("every high source port", [match(payload("tcp", "sport"), {"range": [1024, 65535]}), match(DPORT, 9)],
     "10.0.0.1 10.0.0.2 tcp 9", True),
    ("anything but loopback", [match({"meta": {"key": "iifname"}}, "lo", "!=")], "10.0.0.1 10.0.0.2 tcp 9", True),
    ("a concatenation", [match({"concat": [SADDR, DPORT]}, {"set": [{"concat": ["10.0.0.1", 22]},
                                                                  {"concat": ["10.0.0.2", {"range": [8, 9]}]}]})],
     "10.0.0.2 10.0.0.9 tcp 9", True),
    ("another pair", [match({"concat": [SADDR, DPORT]}, {"set": [{"concat": ["10.0.0.1", 22]},
                                                                {"concat": ["10.0.0.2", {"range": [8, 9]}]}]})],
     "10.0.0.1 10.0.0.9 tcp 9", False),
    ("counted, logged and marked on the way", [{"counter": {"packets": 1, "bytes": 2}}, {"log": None},
     {"mangle": {"key": {"meta": {"key": "mark"}}, "value": 1}}], "10.0.0.1 10.0.0.2 tcp 9", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("expressions", "flow", "allowed"), [one[1:] for one in ALLOWED], ids=[one[0] for one in ALLOWED]
)
def test_what_is_understood(expressions: list[Any], flow: str, allowed: bool, asking: Asking) -> None:
    imported = read([*expressions, ACCEPT])
    source, destination, protocol, port = flow.split()
    assert imported.opaque == ()
    assert asking(imported)(source, destination, protocol, int(port)) == ("allow" if allowed else "deny")


OPAQUE: list[tuple[list[Any], OpaqueReason]] = [
    ([match({"meta": {"key": "mark"}}, 3)], OpaqueReason.MATCH),
    ([match({"fib": {"result": "type", "flags": ["daddr"]}}, "local")], OpaqueReason.MATCH),
    ([match({"ct": {"key": "status"}}, "dnat")], OpaqueReason.MATCH),
    ([match({"&": [SADDR, "0.0.0.255"]}, "0.0.0.1")], OpaqueReason.MATCH),
    ([match(DPORT, "https-of-somebody")], OpaqueReason.MATCH),
    ([match(payload("tcp", "sport"), 443)], OpaqueReason.SOURCE_PORT),
    ([match({"meta": {"key": "iifname"}}, "eth0")], OpaqueReason.INTERFACE),
    ([match({"meta": {"key": "oif"}}, "eth0", "!=")], OpaqueReason.INTERFACE),
    ([match(SADDR, "@unknown")], OpaqueReason.SET),
    ([match(SADDR, "@growing")], OpaqueReason.SET),
    ([match(SADDR, "@terse")], OpaqueReason.SET),
    ([match({"concat": [SADDR, DPORT]}, {"set": []}, "!=")], OpaqueReason.MATCH),
    ([{"limit": {"rate": 5, "per": "second"}}], OpaqueReason.RATE),
    ([{"quota": {"val": 5}}], OpaqueReason.RATE),
    ([{"xt": {"type": "match", "name": "recent"}}], OpaqueReason.MATCH),
    ([{"xt": None}], OpaqueReason.MATCH),
    ([{"something new": {}}], OpaqueReason.STATEMENT),
]

SETS = (
    {"set": {"family": "inet", "table": "t", "name": "growing", "type": "ipv4_addr", "flags": ["dynamic"], "elem": []}},
    {"set": {"family": "inet", "table": "t", "name": "terse", "type": "ipv4_addr"}},
)  # fmt: skip


@pytest.mark.parametrize(("expressions", "reason"), OPAQUE)
@pytest.mark.parametrize("verdict", [ACCEPT, DROP, {"reject": None}], ids=["accept", "drop", "reject"])
def test_what_is_opaque_is_neither_allowed_nor_refused(
    expressions: list[Any], reason: OpaqueReason, verdict: dict[str, Any], asking: Asking
) -> None:
    narrow = match(payload("ip", "daddr"), "10.0.0.9")
    imported = read([narrow, *expressions, verdict], [ACCEPT], extra=SETS)
    (opaque,) = imported.opaque
    assert (opaque.place, opaque.reason, opaque.rules) == ("edge.json:11", reason, ("base-11",))
    assert imported.rules[0].action is Action.UNKNOWN and imported.rules[0].raw == opaque.words != ""
    ask = asking(imported)
    assert ask("10.0.0.1", "10.0.0.9", "tcp", 80) == "unknown"
    assert ask("10.0.0.1", "10.0.0.8", "tcp", 80) == "allow", "what was understood narrows it"


@pytest.mark.parametrize("verdict", [{"queue": {"num": 1}}, {"xt": {"type": "target", "name": "TPROXY"}}, {"dup": {}}])
def test_a_verdict_from_elsewhere_is_unknown(verdict: dict[str, Any], asking: Asking) -> None:
    imported = read([match(DPORT, 80), verdict], policy="accept")
    assert asking(imported)("10.0.0.1", "10.0.0.2", "tcp", 80) == "unknown"
    assert asking(imported)("10.0.0.1", "10.0.0.2", "tcp", 81) == "allow"


SKIPPED: list[tuple[list[Any], SkipReason]] = [
    ([match(payload("icmp", "type"), "echo-request"), ACCEPT], SkipReason.PROTOCOL),
    ([match({"meta": {"key": "l4proto"}}, "icmp"), ACCEPT], SkipReason.PROTOCOL),
    ([match(STATE, "invalid", "in"), DROP], SkipReason.STATE),
    ([match({"meta": {"key": "iif"}}, "lo"), ACCEPT], SkipReason.LOOPBACK),
    ([{"log": {"prefix": "x"}}], SkipReason.NO_VERDICT),
    ([match(SADDR, "10.0.0.1"), match(SADDR, "10.0.0.2"), ACCEPT], SkipReason.NOTHING),
]


@pytest.mark.parametrize(("line", "reason"), SKIPPED)
def test_what_no_new_connection_can_match_is_left_out_and_told(line: list[Any], reason: SkipReason) -> None:
    imported = read(line)
    assert imported.rules == () and imported.read == 2
    assert [(one.place, one.reason) for one in imported.skipped][1:] == [("edge.json:11", reason)]


def test_interfaces_stand_for_the_zones_that_are_named() -> None:
    line = [
        match({"meta": {"key": "iifname"}}, {"set": ["eth0", "eth1"]}),
        match({"meta": {"key": "oif"}}, "eth2"),
        ACCEPT,
    ]
    zones = {"eth0": ("backup",), "eth1": ("lan", "dmz"), "eth2": ("esx",)}
    imported = read_nft(ruleset(line), file="edge.json", interfaces=zones)
    (rule,) = imported.rules
    assert [selector.zone for selector in rule.source] == ["backup", "dmz", "lan"]
    assert [selector.zone for selector in rule.destination] == ["esx"]


def test_a_verdict_map_is_one_rule_for_each_case_and_the_rest_last(asking: Asking) -> None:
    cases = [[{"range": [80, 90]}, {"jump": {"target": "web"}}], ["*", DROP], [22, ACCEPT]]
    imported = read(
        [{"vmap": {"key": DPORT, "data": {"set": cases}}}], chains={"web": [[match(DPORT, 81), {"reject": None}]]},
        policy="accept",
    )  # fmt: skip
    ask = asking(imported)
    asked = {port: ask("10.0.0.1", "10.0.0.2", "tcp", port) for port in (22, 80, 81, 91)}
    assert asked == {22: "allow", 80: "deny", 81: "reject", 91: "deny"}


def test_a_map_by_name_and_a_map_of_states() -> None:
    named = {"map": {"family": "inet", "table": "t", "name": "m", "type": "inet_service", "map": "verdict",
                     "elem": [[443, ACCEPT], [23, DROP]]}}  # fmt: skip
    states = {"vmap": {"key": STATE, "data": {"set": [["established", ACCEPT], ["invalid", DROP]]}}}
    imported = read([states], [{"vmap": {"key": DPORT, "data": "@m"}}], extra=(named,))
    assert imported.opaque == () and [rule.services for rule in imported.rules] == [("tcp/443",), ("tcp/23",)]
    assert imported.stateful


def test_a_map_that_is_not_understood_leaves_its_flows_unknown(asking: Asking) -> None:
    for data in ("@missing", {"set": [[443, {"queue": None}]]}, {"set": [[{"odd": 1}, ACCEPT]]}):
        imported = read([match(SADDR, "10.0.0.1"), {"vmap": {"key": DPORT, "data": data}}])
        assert asking(imported)("10.0.0.1", "10.0.0.2", "tcp", 443) == "unknown"
        assert asking(imported)("10.0.0.2", "10.0.0.2", "tcp", 443) == "deny"


def test_a_named_set_becomes_an_address_group_of_its_name() -> None:
    elements = [{"prefix": {"addr": "10.0.0.0", "len": 8}}, {"range": ["192.0.2.1", "192.0.2.5"]}]
    hosts = {"set": {"family": "inet", "table": "t", "name": "hosts", "type": "ipv4_addr", "elem": elements}}
    imported = read([match(SADDR, "@hosts"), ACCEPT], extra=(hosts,))
    assert imported.rules[0].source[0].network == "hosts"
    assert [str(part) for part in imported.networks["hosts"]] == ["10.0.0.0/8", "192.0.2.1-192.0.2.5"]


def test_a_long_list_becomes_a_group_and_a_group_of_the_topology_is_used(classroom: Topology) -> None:
    listed = [f"10.0.{number}.1" for number in range(6)]
    first = read([match(SADDR, {"set": listed}), ACCEPT], [match(SADDR, {"set": listed[::-1]}), DROP])
    assert list(first.networks) == ["base-11-source"]
    assert {rule.source[0].network for rule in first.rules} == {"base-11-source"}
    known = classroom.model_copy(update={"networks": {"our-hosts": first.networks["base-11-source"]}})
    again = read_nft(ruleset([match(SADDR, {"set": listed}), ACCEPT]), file="edge.json", topology=known)
    assert again.rules[0].source[0].network == "our-hosts" and again.networks == {}


def test_names_come_from_comments_or_handles_and_are_all_different() -> None:
    document = json.loads(ruleset([ACCEPT], [ACCEPT], [ACCEPT]))
    commented = [one["rule"] for one in document["nftables"] if "rule" in one]
    commented[1]["comment"] = "Für das Backup! (neu)"
    commented[2]["comment"] = "Für das Backup! (neu)\u001b[31m"
    imported = read_nft(json.dumps(document).encode(), file="edge.json")
    assert [rule.name for rule in imported.rules] == ["Fuer-das-Backup-neu", "Fuer-das-Backup-neu-31m", "base-13"]
    assert all(rule.comment.isprintable() for rule in imported.rules)
    assert [rule.origin for rule in imported.rules] == ["edge.json:11", "edge.json:12", "edge.json:13"]
