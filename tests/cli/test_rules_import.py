"""`rules import` and `rules collector` from outside: where the result goes, what is said, how it ends."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from vbtui.cli.rules_import import FORMATS, HOOKS
from vbtui.firewall.importers import Hook, NoteCode, OpaqueReason, RulesFormat, RulesProblemCode, SkipReason, Trait
from vbtui.render import import_texts
from vbtui.topology import load, resolve
from vbtui.vocabulary import Action

Call = Callable[..., Any]

SHEET = """Name;Quelle;Ziel;Dienst;Aktion
web;10.10.0.0/24;any;https;erlauben
odd;server.example.com;any;ssh;erlauben
ping;any;any;icmp;erlauben
"""
SAVED = """*filter
:FORWARD {policy} [0:0]
-A FORWARD -m state --state ESTABLISHED -j ACCEPT
-A FORWARD -i eth0 -p tcp --dport 443 -j ACCEPT
COMMIT
"""


@pytest.fixture
def sheet(tmp_path: Path) -> str:
    path = tmp_path / "rules.csv"
    path.write_text(SHEET, encoding="utf-8")
    return str(path)


@pytest.fixture
def saved(tmp_path: Path) -> str:
    path = tmp_path / "edge.rules"
    path.write_text(SAVED.format(policy="DROP"), encoding="utf-8")
    return str(path)


def test_the_choices_are_those_of_the_importers() -> None:
    assert (*RulesFormat,) == FORMATS[1:] and (*Hook,) == HOOKS


def test_every_code_has_its_sentence() -> None:
    assert set(import_texts.PROBLEMS) == set(RulesProblemCode)
    assert set(import_texts.OPAQUE) == set(OpaqueReason)
    assert set(import_texts.SKIPPED) == set(SkipReason)
    assert set(import_texts.NOTES) == set(NoteCode)
    assert set(import_texts.TRAITS) == set(Trait)


def test_without_a_topology_the_rules_are_printed_as_its_text(call: Call, sheet: str) -> None:
    done = call("rules", "import", sheet, "--firewall", "edge")
    assert done.code == 0
    (firewall,) = yaml.safe_load(done.out)["firewalls"]
    assert firewall["name"] == "edge"
    assert [(rule["name"], rule["action"]) for rule in firewall["rules"]] == [("web", "allow"), ("odd", "unknown")]
    assert firewall["rules"][1]["origin"] == "rules.csv:3" and "server.example.com" in firewall["rules"][1]["raw"]
    lines = done.err.splitlines()
    assert lines[0] == "edge: 3 rules read, 2 written, 1 opaque, 1 left out"
    assert lines[1].startswith(
        "rules.csv:3: opaque: neither an address nor a known name: server.example.com (in: odd |"
    )
    assert "left out: neither TCP nor UDP (1): line 4" in lines
    assert (
        "columns: 'Name' as name, 'Quelle' as source, 'Ziel' as destination, 'Dienst' as service, 'Aktion' as action"
        in lines
    )


def test_an_account_stays_short_however_wide_a_sheet_is(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    header = "Source,Destination,Service,Action,Comment,Hits,Zone id,Expires"
    path.write_text(f"{header}\nsomewhere,any,ssh,allow,{'word ' * 200},7,3,03/04/2027\n", encoding="utf-8")
    lines = call("rules", "import", str(path), "--firewall", "edge").err.splitlines()
    assert all(len(line) <= 240 for line in lines) and len(lines) == 5
    assert lines[3] == "columns not read: 'Hits', 'Zone id'"
    assert lines[4].startswith(
        "days on which a rule expires, left out because they are not like 2027-01-31 or 31.01.2027: 1"
    )


def test_what_was_left_out_is_found_again_by_line_or_handle(call: Call, tmp_path: Path, saved: str) -> None:
    assert "line 3" in call("rules", "import", saved, "--firewall", "edge", "--interface", "eth0=any").err
    rules = [
        {"rule": {"family": "ip", "table": "t", "chain": "c", "handle": handle, "expr": [
            {"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": "icmp"}}, {"accept": None}]}}
        for handle in (12, 4)
    ]  # fmt: skip
    chain = {
        "family": "ip",
        "table": "t",
        "name": "c",
        "handle": 1,
        "type": "filter",
        "hook": "forward",
        "prio": 0,
        "policy": "drop",
    }
    document = {"nftables": [{"table": {"family": "ip", "name": "t", "handle": 1}}, {"chain": chain}, *rules]}
    path = tmp_path / "edge.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert (
        "left out: neither TCP nor UDP (2): handle 4, 12" in call("rules", "import", str(path), "--firewall", "e").err
    )


def test_a_problem_names_the_file_as_it_was_given(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "turned.csv"
    path.write_text("Source,Destination,Service,Action\nany,any,tcp/9-1,allow\n", encoding="utf-8")
    assert call("rules", "import", str(path), "--firewall", "edge").err.startswith(f"{path}:2: ")
    assert call("rules", "import", str(tmp_path), "--firewall", "edge").err.startswith(f"{tmp_path}: ")


def test_json_that_is_neither_says_both(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("{}", encoding="utf-8")
    done = call("rules", "import", str(path), "--firewall", "edge")
    assert done.code == 2 and "neither what nft -j list ruleset nor what the collector for Windows writes" in done.err


def test_strict_ends_with_3_for_an_opaque_rule_and_still_writes(call: Call, sheet: str) -> None:
    done = call("rules", "import", sheet, "--firewall", "edge", "--strict")
    assert done.code == 3 and "firewalls:" in done.out


def test_into_a_topology_everything_else_stays_as_it_is(call: Call, sheet: str, tmp_path: Path) -> None:
    output = tmp_path / "new.yaml"
    assert call("rules", "import", sheet, "--firewall", "core", "--into", "classroom", "-o", str(output)).code == 0
    old, new = load(resolve("classroom")).topology, load(output).topology
    assert [rule.name for rule in new.firewall("core").rules] == ["web", "odd"]
    assert new.model_copy(update={"firewalls": ()}) == old.model_copy(update={"firewalls": ()})
    before, after = resolve("classroom").read_text(encoding="utf-8"), output.read_text(encoding="utf-8")
    assert before.split("firewalls:")[0] == after.split("firewalls:")[0]


def test_a_file_is_replaced_only_by_force(call: Call, sheet: str, tmp_path: Path) -> None:
    source = tmp_path / "mine.yaml"
    source.write_bytes(resolve("classroom").read_bytes())
    arguments = ("rules", "import", sheet, "--firewall", "core", "--into", str(source), "-o", str(source))
    refused = call(*arguments)
    assert refused.code == 2 and "--force" in refused.err
    assert source.read_bytes() == resolve("classroom").read_bytes()
    assert call(*arguments, "--force").code == 0
    assert load(source).topology.firewall("core").rules[0].name == "web"


def test_byte_order_mark_and_line_ends_of_the_topology_stay(call: Call, sheet: str, tmp_path: Path) -> None:
    marked, output = tmp_path / "marked.yaml", tmp_path / "new.yaml"
    marked.write_bytes(b"\xef\xbb\xbf" + resolve("classroom").read_bytes().replace(b"\n", b"\r\n"))
    assert call("rules", "import", sheet, "--firewall", "core", "--into", str(marked), "-o", str(output)).code == 0
    data = output.read_bytes()
    assert data.startswith((b"\xef\xbb\xbfversion", b"\xef\xbb\xbf#"))
    assert data.count(b"\n") == data.count(b"\r\n") > 50


def test_a_default_that_differs_becomes_the_last_rule(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "open.rules"
    path.write_text(SAVED.format(policy="ACCEPT"), encoding="utf-8")
    output = tmp_path / "new.yaml"
    arguments = ("rules", "import", str(path), "--firewall", "core", "--into", "classroom", "-o", str(output))
    assert call(*arguments, "--interface", "eth0=backup").code == 0
    rules = load(output).topology.firewall("core").rules
    assert [(rule.name, rule.action) for rule in rules][-1] == ("default", Action.ALLOW)
    assert rules[0].source[0].zone == "backup"


def test_rules_that_need_another_kind_of_firewall_are_refused(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "stateless.rules"
    path.write_text("*filter\n:FORWARD DROP [0:0]\n-A FORWARD -p tcp --dport 22 -j ACCEPT\nCOMMIT\n", encoding="utf-8")
    done = call("rules", "import", str(path), "--firewall", "core", "--into", "classroom")
    assert done.code == 2 and done.out == ""
    assert "firewall core has stateful: true, the rules were written for false" in done.err


def test_standard_input_is_read_for_a_dash(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SAVED.format(policy="DROP").encode())))
    done = call("rules", "import", "-", "--firewall", "edge", "--interface", "eth0=lan,dmz")
    assert done.code == 0
    assert yaml.safe_load(done.out)["firewalls"][0]["rules"][0]["source"] == [
        {"zone": "dmz", "cidr": "0.0.0.0/0"},
        {"zone": "lan", "cidr": "0.0.0.0/0"},
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gone.csv"], "gone.csv: there is no such file"),
        (["."], "no regular file"),
        (["SHEET", "--columns", "source=Nowhere"], r"rules.csv:1: no column for Nowhere; found Name, Quelle"),
        (["SHEET", "--columns", "sauce=x"], "--columns has no field 'sauce'"),
        (["SHEET", "--columns", "source"], "--columns takes FIELD=NAME,..., found 'source'"),
        (["SHEET", "--format", "nft"], "rules.csv:1: this is not JSON"),
        (["SHEET", "--format", "xlsx"], "not an XLSX workbook"),
        (["SHEET", "--hook", "host"], "--hook does not go with a file of the format csv"),
        (["SAVED", "--hook", "host"], "no chain filters on hook input output; chains are on forward"),
        (["SAVED", "--interface", "eth0"], "--interface takes NAME=ZONE,..."),
        (["SAVED", "--into", "classroom", "--interface", "eth0=lann"], "there is no zone 'lann'"),
        (["SHEET", "--local-subnet", "10.0.0.1/8"], "--local-subnet takes 10.0.0.0/24"),
        (["SHEET", "--into", "classroom", "--firewall", "cor"], "did you mean 'core'"),
        (["SHEET", "--into", "nowhere"], "neither a file nor a shipped topology"),
        (["SHEET", "--firewall", "[red]x"], "is no name"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_nothing_is_written(
    arguments: list[str], said: str, call: Call, sheet: str, saved: str
) -> None:
    words = [{"SHEET": sheet, "SAVED": saved}.get(word, word) for word in arguments]
    done = call("rules", "import", "--firewall", "core", *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err and "Traceback" not in done.err


def test_control_characters_of_a_file_never_reach_the_terminal(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "evil.csv"
    path.write_text("Source,Destination,Service,Action\n\x1b[31mx,any,ssh,allow\n", encoding="utf-8")
    done = call("rules", "import", str(path), "--firewall", "edge")
    assert done.code == 0 and "\x1b" not in done.out + done.err


def test_a_gigabyte_is_refused_at_once(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(2**30)
    done = call("rules", "import", str(path), "--firewall", "edge", "--format", "nft")
    assert done.code == 2 and "larger than 64 MiB" in done.err


def test_a_group_without_a_command_shows_its_help_in_lines(call: Call) -> None:
    done = call("rules")
    assert (done.code, done.out) == (2, "")
    assert done.err == call("rules", "--help").out
    german = call("rules", "--lang", "de")
    assert (german.code, german.err) == (2, call("rules", "--lang", "de", "--help").out)


def test_the_collector_is_printed_and_what_it_collects_is_read(call: Call, tmp_path: Path) -> None:
    assert "Get-NetFirewallPortFilter -PolicyStore" in call("rules", "collector").out
    document = {"format": "vbtui-windows-firewall", "version": 1, "active": "Public",
                "profiles": {"name": "Public", "enabled": "True"}, "rules": []}  # fmt: skip
    path = tmp_path / "host.json"
    path.write_text(json.dumps(document), encoding="utf-16")
    done = call("rules", "import", str(path), "--firewall", "host")
    assert done.code == 0
    (firewall,) = yaml.safe_load(done.out)["firewalls"]
    assert (firewall["kind"], firewall["evaluation"]) == ("host", "deny-overrides")


def test_german(call: Call, sheet: str) -> None:
    done = call("rules", "import", sheet, "--firewall", "edge", "--lang", "de")
    assert "3 Regeln gelesen" in done.err
