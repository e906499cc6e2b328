"""What people write into a file stays text: no quote, no sign of a shell leaves its comment or cell in any format."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_boxes import SingleBox, loading
from powershell_scripts import VALUE, commands_of, value_of
from strategies import examples

from vbtui.firewall.exporters import csv_sheet, iptables, nftables, powershell, ruleset
from vbtui.firewall.exporters.nftables import comment_text as nft_comment
from vbtui.firewall.exporters.powershell import literal
from vbtui.firewall.exporters.ruleset import within
from vbtui.firewall.exporters.vendor import comment_text as vendor_comment
from vbtui.firewall.spreadsheet import cell, cell_value
from vbtui.topology import Topology

MakeRule = Callable[..., dict[str, Any]]
MakeTopology = Callable[..., Topology]

SIGNS = (
    "'\"`$(){}[];&|<>\\/*#!%@=+-,.:~^ \u2018\u2019\u201a\u201b\u201c\u201d\u2013\u00d1\u00e4\u20ac\U0001f512abcXYZ019"
)
"""Quotes of every kind (PowerShell takes five), what shells expand, and letters of two, three and four bytes."""

texts = st.text(st.sampled_from(SIGNS), max_size=150) | st.text(max_size=40).filter(str.isprintable)


def _rules(rule: MakeRule, comments: list[str]) -> list[dict[str, Any]]:
    return [
        rule(f"r{place}", f"10.0.{place}.0/24", "any", "tcp/80", "allow", comment=comment, owner=comment[:30])
        for place, comment in enumerate(comments, start=1)
    ]


def test_nftables_keeps_comments_as_comments(box: SingleBox, rule: MakeRule, topology_of: MakeTopology) -> None:
    @given(st.lists(texts, min_size=1, max_size=6))
    @examples(25)
    def check(comments: list[str]) -> None:
        rules = ruleset(topology_of(_rules(rule, comments)), "core")
        script = "nft flush ruleset\n" + loading("nft -f -", nftables(rules, heading=comments))
        listed = json.loads(box.run(script + "nft -j list ruleset\n"))["nftables"]
        found = [one["rule"]["comment"] for one in listed if "comment" in one.get("rule", {})]
        assert found == [nft_comment(entry.title) for entry in rules.entries]
        assert all(len(comment.encode()) <= 127 for comment in found)

    check()


def test_iptables_keeps_comments_as_comments(box: SingleBox, rule: MakeRule, topology_of: MakeTopology) -> None:
    @given(st.lists(texts, min_size=1, max_size=6))
    @examples(25)
    def check(comments: list[str]) -> None:
        rules = ruleset(topology_of(_rules(rule, comments)), "core")
        script = "nft flush ruleset\n" + loading("iptables-restore", iptables(rules, 4, heading=comments))
        quoted = re.findall(r'--comment "((?:[^"\\]|\\.)*)"', box.run(script + "iptables-save\n"))
        found = [re.sub(r"\\(.)", r"\1", text) for text in quoted]
        assert found == [within(entry.title, 255) for entry in rules.entries]

    check()


# --- PowerShell ------------------------------------------------------------------------------------------------------


@given(texts)
@examples(200)
def test_a_powershell_literal_is_its_text_and_ascii(text: str) -> None:
    expression = literal(text)
    assert expression.isascii()
    assert VALUE.fullmatch(expression)
    assert value_of(expression) == text


@given(st.lists(texts, min_size=1, max_size=4))
@examples(60)
def test_a_powershell_script_is_nothing_but_commands_with_values(
    rule: MakeRule, topology_of: MakeTopology, comments: list[str]
) -> None:
    rules = ruleset(topology_of(_rules(rule, comments), kind="host"), "core")
    script = powershell(rules, heading=comments)
    assert script.isascii()
    found = [options for options in commands_of(script) if options["-Direction"] == ["Inbound"]]
    assert [options["-Description"] for options in found] == [[entry.title] for entry in rules.entries]
    assert [options["-RemoteAddress"] for options in found] == [[f"10.0.{n}.0/24"] for n in range(1, 1 + len(comments))]
    assert all(options["-Group"] == ["vbtui"] and options["-Action"] == ["Allow"] for options in found)


# --- sheets and vendors ----------------------------------------------------------------------------------------------


@given(st.lists(texts, min_size=1, max_size=6))
@examples(60)
def test_no_cell_of_a_sheet_is_a_formula(rule: MakeRule, topology_of: MakeTopology, comments: list[str]) -> None:
    text = csv_sheet(ruleset(topology_of(_rules(rule, comments)), "core"))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert not [value for row in rows for value in row.values() if value.startswith(("=", "+", "-", "@"))]
    assert [cell_value(row["comment"]) for row in rows] == [cell_value(cell(comment)) for comment in comments]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "plain", "it's", "'quoted'", ""])
def test_a_cell_can_be_read_back(text: str) -> None:
    assert cell_value(cell(text)) == text


@given(texts)
@examples(100)
def test_a_comment_for_a_vendor_is_plain(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9 .,:;#_()+-]{0,90}", vendor_comment(text))
