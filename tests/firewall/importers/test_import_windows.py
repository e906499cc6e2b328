"""Windows rules from the collector's JSON; judged from the documented wording, since there is no Windows here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest

from vbtui.firewall.importers import (
    ImportedRules,
    NoteCode,
    OpaqueReason,
    RulesFileError,
    RulesProblemCode,
    SkipReason,
    collector,
    read_windows,
)
from vbtui.topology import HostDefault
from vbtui.vocabulary import Action

Asking = Callable[[ImportedRules], Callable[..., str]]

RULE = {
    "id": "{1}", "name": "Backup", "group": "", "enabled": "True", "direction": "Inbound", "action": "Allow",
    "profile": "Any", "edge": "Block", "protocol": "TCP", "localPort": ["6160"], "remotePort": ["Any"],
    "dynamicTarget": "Any", "localAddress": ["Any"], "remoteAddress": ["Any"], "program": "Any", "package": "",
    "service": "Any", "interface": ["Any"], "interfaceType": "Any", "authentication": "NotRequired",
    "encryption": "NotRequired", "overrideBlockRules": "False", "localUser": "Any", "remoteUser": "Any",
    "remoteMachine": "Any",
}  # fmt: skip
DOMAIN = {"name": "Domain", "enabled": "True", "defaultInbound": "NotConfigured", "defaultOutbound": "NotConfigured",
          "allowInboundRules": "NotConfigured"}  # fmt: skip


def document(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"format": "vbtui-windows-firewall", "version": 1, "computer": "X", "active": ["DomainAuthenticated"],
            "profiles": [DOMAIN, {**DOMAIN, "name": "Public"}], "rules": [{**RULE, **rule} for rule in rules],
            **more}  # fmt: skip


def read(*rules: dict[str, Any], profile: str | None = None, **more: Any) -> ImportedRules:
    return read_windows(json.dumps(document(*rules, **more)).encode("utf-16"), file="host.json", profile=profile)


def test_a_plain_rule_and_the_defaults_of_the_profile(asking: Asking) -> None:
    imported = read(
        {"remoteAddress": ["10.0.0.0/255.255.255.0", "10.1.0.1-10.1.0.9"], "localPort": ["6160", "2500-2510"]}
    )
    assert (imported.kind, imported.evaluation, imported.stateful) == ("host", "deny-overrides", True)
    assert imported.default == HostDefault(inbound=Action.DENY, outbound=Action.ALLOW)
    (rule,) = imported.rules
    assert (rule.name, rule.direction, rule.origin) == ("Backup", "inbound", "host.json:rules[1]")
    ask = asking(imported)
    assert ask("10.0.0.255", "10.5.0.1", "tcp", 2510) == "allow"
    assert ask("10.1.0.10", "10.5.0.1", "tcp", 2510) == "deny"
    assert ask("10.0.0.255", "10.5.0.1", "tcp", 2511) == "deny"
    assert ask("10.0.0.255", "10.5.0.1", "tcp", 2511, direction="outbound") == "allow"


def test_a_block_beats_every_allow_wherever_it_stands(asking: Asking) -> None:
    imported = read({}, {"action": "Block", "remoteAddress": ["10.0.0.0/24"]})
    ask = asking(imported)
    assert ask("10.0.0.1", "10.5.0.1", "tcp", 6160) == "deny"
    assert ask("10.0.1.1", "10.5.0.1", "tcp", 6160) == "allow"


def test_outbound_local_is_the_source_and_remote_the_destination(asking: Asking) -> None:
    rule = {"direction": "Outbound", "action": "Block", "localPort": "Any", "remotePort": "445",
            "remoteAddress": "10.9.0.0/16"}  # fmt: skip
    ask = asking(read(rule))
    assert ask("10.0.0.1", "10.9.0.1", "tcp", 445, direction="outbound") == "deny"
    assert ask("10.9.0.1", "10.0.0.1", "tcp", 445, direction="outbound") == "allow"


OPAQUE = [
    ({"program": "C:\\x.exe"}, OpaqueReason.PROGRAM),
    ({"service": "RpcSs"}, OpaqueReason.PROGRAM),
    ({"package": "S-1-15-2"}, OpaqueReason.PROGRAM),
    ({"program": "System"}, OpaqueReason.PROGRAM),
    ({"authentication": "Required"}, OpaqueReason.SECURITY),
    ({"overrideBlockRules": "True"}, OpaqueReason.SECURITY),
    ({"remoteUser": "D:(A;;CC;;;SY)"}, OpaqueReason.SECURITY),
    ({"interface": ["Ethernet 2"]}, OpaqueReason.INTERFACE),
    ({"interfaceType": "Wireless"}, OpaqueReason.INTERFACE),
    ({"remoteAddress": ["LocalSubnet"]}, OpaqueReason.KEYWORD),
    ({"remoteAddress": ["Internet"]}, OpaqueReason.KEYWORD),
    ({"localPort": ["IPHTTPSIn"]}, OpaqueReason.KEYWORD),
    ({"localPort": ["9-8"]}, OpaqueReason.KEYWORD),
    ({"remotePort": ["20"]}, OpaqueReason.SOURCE_PORT),
    ({"action": "Allow, Block"}, OpaqueReason.ACTION),
    ({"enabled": "perhaps"}, OpaqueReason.ENABLED),
    ({"localPort": None}, OpaqueReason.FIELD_MISSING),
    ({"localPort": "System.Object[]"}, OpaqueReason.CUT_OFF),
    ({"remoteAddress": ["@{a=b}"]}, OpaqueReason.CUT_OFF),
]


@pytest.mark.parametrize(("changes", "reason"), OPAQUE)
def test_what_cannot_be_relied_upon_is_opaque(changes: dict[str, Any], reason: OpaqueReason, asking: Asking) -> None:
    imported = read({"localAddress": ["10.5.0.1"], **changes})
    assert [one.reason for one in imported.opaque] == [reason]
    ask = asking(imported)
    assert ask("10.0.0.1", "10.5.0.1", "tcp", 6160) == "unknown"
    assert ask("10.0.0.1", "10.5.0.2", "tcp", 6160) == "deny"


def test_an_opaque_rule_that_allows_what_is_allowed_anyway_is_left_out(asking: Asking) -> None:
    imported = read({}, {"program": "C:\\x.exe"}, {"direction": "Outbound", "program": "C:\\y.exe"})
    assert imported.opaque == ()
    assert [one.reason for one in imported.skipped] == [SkipReason.COVERED, SkipReason.COVERED]
    assert asking(imported)("10.0.0.1", "10.5.0.1", "tcp", 6160) == "allow"


def test_an_opaque_rule_that_blocks_stays(asking: Asking) -> None:
    imported = read({}, {"action": "Block", "program": "C:\\x.exe"})
    assert asking(imported)("10.0.0.1", "10.5.0.1", "tcp", 6160) == "unknown"


def test_rpc_words_are_the_ports_that_they_stand_for() -> None:
    imported = read({"localPort": ["RPC"]}, {"localPort": ["RPCEPMap"]})
    assert [rule.services for rule in imported.rules] == [("tcp/49152-65535",), ("tcp/135",)]
    assert NoteCode.RPC in {note.code for note in imported.notes}


def test_the_local_subnet_may_be_told(asking: Asking) -> None:
    data = json.dumps(document({"remoteAddress": ["LocalSubnet"]}, {"remoteAddress": ["LocalSubnet6"]})).encode()
    imported = read_windows(data, file="x", local_subnets=[ip_network("10.0.0.0/24"), ip_network("fd00::/64")])
    assert imported.opaque == ()
    assert asking(imported)("10.0.0.1", "10.5.0.1", "tcp", 6160) == "allow"


def test_rules_that_are_switched_off_stay_switched_off_and_are_not_opaque(asking: Asking) -> None:
    imported = read({"enabled": "False"}, {"enabled": "False", "program": "C:\\x.exe", "localPort": ["1"]})
    assert [rule.enabled for rule in imported.rules] == [False, False] and imported.opaque == ()
    assert asking(imported)("10.0.0.1", "10.5.0.1", "tcp", 6160) == "deny"


def test_other_profiles_protocols_and_ignored_rules_are_left_out() -> None:
    strict = {**DOMAIN, "allowInboundRules": "False"}
    imported = read({"profile": "Private, Public"}, {"protocol": "ICMPv4"}, {}, profiles=[strict])
    reasons = [SkipReason.OTHER_PROFILE, SkipReason.PROTOCOL, SkipReason.INBOUND_OFF]
    assert [one.reason for one in imported.skipped] == reasons
    assert len(read({"profile": "Private, Domain"}).rules) == 1


def test_a_firewall_that_is_switched_off_allows_everything(asking: Asking) -> None:
    imported = read({"action": "Block"}, profiles=[{**DOMAIN, "enabled": "False"}])
    assert asking(imported)("10.0.0.1", "10.5.0.1", "tcp", 6160) == "allow"
    assert NoteCode.PROFILE_OFF in {note.code for note in imported.notes}


def test_the_quirks_of_convertto_json_do_not_matter() -> None:
    """A list of one as the one, a text in the place of a list, and what 5.1 makes of an array."""
    plain = read({"localPort": "6160", "interface": {"value": ["Any"], "Count": 1}})
    single = document({})
    single.update(rules=single["rules"][0], profiles=single["profiles"][0], active="DomainAuthenticated")
    assert read_windows(json.dumps(single).encode(), file="x").rules[0].services == plain.rules[0].services


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ([{"InstanceID": "a", "DisplayName": "b", "Direction": 1}], RulesProblemCode.RULES_WITHOUT_FILTERS),
        ({"InstanceID": "a", "DisplayName": "b"}, RulesProblemCode.RULES_WITHOUT_FILTERS),
        ({"format": "vbtui-windows-firewall", "version": 2}, RulesProblemCode.NOT_COLLECTED),
        ([], RulesProblemCode.NOT_COLLECTED),
        (3, RulesProblemCode.NOT_COLLECTED),
        ({**document(), "rules": "System.Object[]"}, RulesProblemCode.CUT_OFF),
        ({**document(), "rules": ["@{id=1}"]}, RulesProblemCode.CUT_OFF),
        ({**document(), "rules": [3]}, RulesProblemCode.BAD_SHAPE),
        ({**document(), "active": ["Public", "Domain"]}, RulesProblemCode.PROFILE_NEEDED),
        ({**document(), "active": []}, RulesProblemCode.PROFILE_NEEDED),
        ({**document(), "profiles": [DOMAIN], "active": ["Private"]}, RulesProblemCode.PROFILE_NEEDED),
    ],
)
def test_json_that_is_not_the_collectors_is_refused(value: Any, code: RulesProblemCode) -> None:
    with pytest.raises(RulesFileError) as error:
        read_windows(json.dumps(value).encode(), file="host.json")
    assert error.value.code is code


def test_a_profile_that_is_not_there_is_an_error() -> None:
    with pytest.raises(RulesFileError) as error:
        read({}, profile="private")
    assert error.value.code is RulesProblemCode.UNKNOWN_PROFILE


def test_the_script_writes_every_field_that_is_read_and_fetches_filters_at_once() -> None:
    script = collector()
    assert set(RULE) == set(re.findall(r"^        (\w+) = ", script.split("$profiles")[0], re.MULTILINE))
    assert "-AssociatedNetFirewallRule" not in script and "-Depth 6" in script
    assert script.isascii(), "Windows PowerShell reads a script without a mark as the machine's code page"
    assert not re.search(r"\b(Set|New|Remove|Enable|Disable)-", script), "it only reads"
