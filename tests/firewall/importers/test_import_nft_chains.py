"""`nft -j list ruleset` as a whole: chains that call chains, base chains, policies, replies, and broken files."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest
from nft_documents import ACCEPT, DPORT, DROP, ESTABLISHED, SADDR, match, ruleset

from vbtui.firewall.importers import (
    Hook,
    ImportedRules,
    NoteCode,
    OpaqueReason,
    RulesFileError,
    RulesProblemCode,
    read_nft,
)
from vbtui.topology import HostDefault, Topology
from vbtui.vocabulary import Action

Ask = Callable[..., str]
Asking = Callable[[ImportedRules], Ask]


def read(*rules: list[Any], **kwargs: Any) -> ImportedRules:
    return read_nft(ruleset(*rules, **kwargs), file="edge.json")


# --- chains and bases


def test_chains_that_lead_to_themselves_are_opaque(asking: Asking) -> None:
    chains = {"a": [[{"jump": {"target": "b"}}]], "b": [[{"goto": {"target": "a"}}]]}
    imported = read([match(DPORT, 80), {"jump": {"target": "a"}}], chains=chains)
    assert {one.reason for one in imported.opaque} == {OpaqueReason.LOOP}
    assert asking(imported)("10.0.0.1", "10.0.0.2", "tcp", 80) == "unknown"
    assert asking(imported)("10.0.0.1", "10.0.0.2", "tcp", 81) == "deny"


def test_chains_that_multiply_are_refused_in_time() -> None:
    names = [f"c{number}" for number in range(14)]
    chains: dict[str, list[list[Any]]] = {
        name: [[{"jump": {"target": other}}]] * 8 for name, other in itertools.pairwise(names)
    }
    chains[names[-1]] = [[match(DPORT, 1), ACCEPT]]
    with pytest.raises(RulesFileError) as error:
        read([{"jump": {"target": "c0"}}], chains=chains)
    assert error.value.code is RulesProblemCode.TOO_COMPLEX


def test_a_long_blocklist_in_many_rules_is_not_too_much() -> None:
    listed = [f"10.{number >> 8}.{number & 255}.1" for number in range(20_000)]
    body = {"family": "inet", "table": "t", "name": "bad", "type": "ipv4_addr", "elem": listed}
    rules = [[match(SADDR, "@bad"), match(DPORT, port), DROP] for port in range(1, 150)]
    imported = read(*rules, [match(SADDR, "@bad", "!="), ACCEPT], extra=({"set": body},))
    assert imported.opaque == () and imported.stateful and "bad" in imported.networks


def base(name: str, family: str, priority: int, policy: str, *rules: list[Any]) -> tuple[dict[str, Any], ...]:
    chain = {"family": family, "table": f"t{family}", "name": name, "type": "filter", "hook": "forward",
             "prio": priority, "policy": policy}  # fmt: skip
    own = ({"rule": {"family": family, "table": f"t{family}", "chain": name, "handle": 90 + number, "expr": line}}
           for number, line in enumerate(rules))  # fmt: skip
    return ({"chain": chain}, *own)


def test_accept_in_one_base_chain_goes_on_to_the_next_and_drop_is_final(asking: Asking) -> None:
    late = base("late", "ip", 10, "accept", ESTABLISHED, [match(DPORT, 22), DROP], [match(DPORT, 23), ACCEPT])
    imported = read([match(DPORT, {"set": [22, 443]}), ACCEPT], extra=late)
    ask = asking(imported)
    assert ask("10.0.0.1", "10.0.0.2", "tcp", 22) == "deny", "accepted first, dropped by the next"
    assert ask("fd00::1", "fd00::2", "tcp", 22) == "allow", "the next is for IPv4 only"
    assert ask("10.0.0.1", "10.0.0.2", "tcp", 443) == "allow"
    assert ask("10.0.0.1", "10.0.0.2", "tcp", 23) == "deny", "dropped by the policy of the first"


def test_policies_of_two_families_are_both_kept(asking: Asking) -> None:
    documents = (*base("four", "ip", 0, "accept"), *base("six", "ip6", 0, "drop"))
    imported = read_nft(json.dumps({"nftables": documents}).encode(), file="edge.json")
    ask = asking(imported)
    assert ask("10.0.0.1", "10.0.0.2", "tcp", 1) == "allow"
    assert ask("fd00::1", "fd00::2", "tcp", 1) == "deny"


def test_a_family_without_rules_is_unknown_where_it_matters(asking: Asking, classroom: Topology) -> None:
    four = json.dumps({"nftables": base("four", "ip", 0, "drop", ESTABLISHED, [match(DPORT, 22), ACCEPT])}).encode()
    imported = read_nft(four, file="edge.json")
    assert NoteCode.ONE_FAMILY in {note.code for note in imported.notes} and imported.opaque == ()
    assert asking(imported)("fd00::1", "fd00::2", "tcp", 22) == "deny", "by the default, which no file speaks against"
    node = classroom.nodes[0]
    six = node.model_copy(update={"addresses": (), "zone": "z", "address": ip_address("fd00::1")})
    topology = classroom.model_copy(update={"nodes": (six, *classroom.nodes[1:])})
    imported = read_nft(four, file="edge.json", topology=topology)
    assert [one.reason for one in imported.opaque] == [OpaqueReason.FAMILY]
    assert asking(imported)("fd00::1", "fd00::2", "tcp", 22) == "unknown"
    assert asking(imported)("10.0.0.1", "10.0.0.2", "tcp", 22) == "allow"


def test_a_host_firewall_has_both_directions_and_their_defaults(asking: Asking) -> None:
    document = json.loads(ruleset([match(DPORT, 22), ACCEPT], hook="input"))
    out = json.loads(ruleset([match(DPORT, 25), DROP], hook="output", policy="accept"))["nftables"]
    for one in out:
        for kind in ("chain", "rule"):
            if kind in one:
                one[kind]["table"] = "out"
    document["nftables"] += out
    imported = read_nft(json.dumps(document).encode(), file="host.json", hook=Hook.HOST)
    assert imported.kind == "host" and imported.default == HostDefault(inbound=Action.DENY, outbound=Action.ALLOW)
    assert [(rule.direction, rule.services) for rule in imported.rules] == [
        ("inbound", ("tcp/22",)),
        ("outbound", ("tcp/25",)),
    ]
    ask = asking(imported)
    assert ask("10.0.0.1", "10.0.0.2", "tcp", 25, direction="outbound") == "deny"
    assert ask("10.0.0.1", "10.0.0.2", "tcp", 26, direction="outbound") == "allow"
    assert ask("10.0.0.1", "10.0.0.2", "tcp", 25, direction="inbound") == "deny"


def test_a_hook_without_a_chain_is_an_error_that_names_the_others() -> None:
    with pytest.raises(RulesFileError) as error:
        read([ACCEPT], hook="input")
    assert error.value.code is RulesProblemCode.NO_CHAIN
    assert dict(error.value.params) == {"hook": "forward", "known": "input"}


def test_address_translation_and_other_hooks_are_told() -> None:
    nat = {"chain": {"family": "ip", "table": "t", "name": "pre", "type": "nat", "hook": "prerouting", "prio": -100}}
    rule = {
        "rule": {"family": "ip", "table": "t", "chain": "pre", "handle": 1, "expr": [{"dnat": {"addr": "10.0.0.1"}}]}
    }
    raw = {"chain": {"family": "inet", "table": "r", "name": "raw", "type": "filter", "hook": "prerouting",
                     "prio": -300, "policy": "drop"}}  # fmt: skip
    codes = {note.code for note in read([ACCEPT], extra=(nat, rule, raw)).notes}
    assert codes == {NoteCode.TRANSLATION, NoteCode.OTHER_CHAIN}


# --- replies


def test_without_any_state_the_firewall_is_stateless() -> None:
    lines = base("four", "inet", 0, "drop", [match(DPORT, 22), ACCEPT])
    imported = read_nft(json.dumps({"nftables": lines}).encode(), file="edge.json")
    assert imported.stateful is False and NoteCode.STATELESS in {note.code for note in imported.notes}


def test_an_accept_of_replies_behind_a_drop_that_takes_them_does_not_count(asking: Asking) -> None:
    lines = base(
        "four", "inet", 0, "drop", [match(SADDR, {"prefix": {"addr": "10.9.0.0", "len": 16}}), DROP], ESTABLISHED,
        [match(DPORT, 22), ACCEPT],
    )  # fmt: skip
    imported = read_nft(json.dumps({"nftables": lines}).encode(), file="edge.json")
    assert [one.reason for one in imported.opaque] == [OpaqueReason.REPLIES]
    assert asking(imported)("10.0.0.1", "10.9.0.1", "tcp", 22) == "unknown"


# --- files that are not what they should be


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", RulesProblemCode.FILE_EMPTY),
        (b'{"nftables": [', RulesProblemCode.BAD_JSON),
        (b"[" * 100_000, RulesProblemCode.BAD_JSON),
        (b'{"nftables": [1' + b"0" * 5000 + b"]}", RulesProblemCode.BAD_JSON),
        (b"\xff\x00", RulesProblemCode.NOT_TEXT),
        (b"{}", RulesProblemCode.NOT_NFTABLES),
        (b"[]", RulesProblemCode.NOT_NFTABLES),
        (b'{"nftables": [3]}', RulesProblemCode.BAD_SHAPE),
        (b'{"nftables": [{"rule": {"family": "ip", "table": "t", "chain": "c"}}]}', RulesProblemCode.BAD_SHAPE),
        (b'{"nftables": [{"chain": {"family": "ip", "table": [], "name": "c"}}]}', RulesProblemCode.BAD_SHAPE),
        (b'{"nftables": []}', RulesProblemCode.NO_CHAIN),
    ],
)
def test_a_file_that_is_no_ruleset_is_refused(data: bytes, code: RulesProblemCode) -> None:
    with pytest.raises(RulesFileError) as error:
        read_nft(data, file="edge.json")
    assert error.value.code is code


def test_json_that_is_cut_off_is_told_with_its_place() -> None:
    whole = json.dumps(json.loads(ruleset([ACCEPT])), indent=1).encode()
    with pytest.raises(RulesFileError) as error:
        read_nft(whole[: len(whole) // 2], file="edge.json")
    assert error.value.line == whole[: len(whole) // 2].count(b"\n") + 1


def test_a_jump_to_a_chain_that_is_not_there_is_an_error() -> None:
    with pytest.raises(RulesFileError) as error:
        read([{"jump": {"target": "gone"}}])
    assert error.value.code is RulesProblemCode.UNKNOWN_CHAIN
