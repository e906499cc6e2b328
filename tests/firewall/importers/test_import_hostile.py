"""Any bytes give rules or an error that says where, and nothing else; large files are refused before they are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chain_policies import iptables_text, random_filter
from hypothesis import given, settings
from hypothesis import strategies as st
from nft_documents import ACCEPT, DPORT, SADDR, match, ruleset

from vbtui.firewall.importers import (
    LIMITS,
    Hook,
    ImportedRules,
    RulesFileError,
    RulesFormat,
    RulesProblemCode,
    file_bytes,
    read_iptables,
    read_nft,
    read_sheet,
    read_windows,
    recognised,
    within_limit,
)

READERS: dict[str, Callable[[bytes], ImportedRules]] = {
    "nft": lambda data: read_nft(data, file="x"),
    "nft host": lambda data: read_nft(data, file="x", hook=Hook.HOST),
    "iptables": lambda data: read_iptables(data, file="x"),
    "windows": lambda data: read_windows(data, file="x"),
    "csv": lambda data: read_sheet(data, file="x", format=RulesFormat.CSV),
    "xlsx": lambda data: read_sheet(data, file="x", format=RulesFormat.XLSX),
}


def survives(read: Callable[[bytes], ImportedRules], data: bytes) -> None:
    try:
        imported = read(data)
    except RulesFileError as error:
        assert error.problems
        return
    names = [rule.name for rule in imported.rules]
    assert len(set(names)) == len(names)
    imported.firewall("x")


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=400))
def test_any_bytes(reader: str, data: bytes) -> None:
    survives(READERS[reader], data)


def damaged(data: bytes) -> st.SearchStrategy[bytes]:
    """The same bytes with some of them replaced, left out or repeated."""
    spots = st.integers(0, len(data))
    cut = st.tuples(spots, spots, st.binary(max_size=12))
    return st.lists(cut, min_size=1, max_size=4).map(
        lambda cuts: _damaged(data, cuts)
    )  # fmt: skip


def _damaged(data: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    for start, length, new in cuts:
        data = data[:start] + new + data[start + length % 20 :]
    return data


SHEET = b"""Name,Source,Destination,Protocol,Port,Service,Action,Enabled
a,10.0.0.0/8,not 10.1.0.0/16,TCP,"443, 80-90",,allow,yes
b,10.0.0.1-10.0.0.9;fd00::/8,any,,,https ssh udp/53,deny,no
"""
WINDOWS = json.dumps(
    {
        "format": "vbtui-windows-firewall",
        "version": 1,
        "active": ["Public"],
        "profiles": [{"name": "Public", "enabled": "True", "defaultInbound": "Block", "defaultOutbound": "Allow"}],
        "rules": [{"name": "a", "enabled": "True", "direction": "Inbound", "action": "Allow", "profile": "Any",
                   "protocol": "TCP", "localPort": ["1-9", "RPC"], "remotePort": "Any", "localAddress": ["Any"],
                   "remoteAddress": ["10.0.0.0/8", "LocalSubnet"], "program": "Any"}],
    }
).encode()  # fmt: skip
NFT = ruleset(
    [match(SADDR, {"set": ["10.0.0.1", {"range": ["10.0.0.5", "10.0.0.9"]}]}), {"jump": {"target": "web"}}],
    [{"vmap": {"key": DPORT, "data": {"set": [[443, ACCEPT], [{"range": [80, 90]}, {"goto": {"target": "web"}}]]}}}],
    chains={"web": [[match(DPORT, 1, ">"), {"return": None}], [{"reject": {"type": "tcp reset"}}]]},
)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize(("reader", "whole"), [("csv", SHEET), ("windows", WINDOWS), ("nft", NFT)])
def test_damaged_files(reader: str, whole: bytes, data: st.DataObject) -> None:
    survives(READERS[reader], data.draw(damaged(whole)))


@settings(max_examples=100, deadline=None)
@given(data=st.data(), rng=st.randoms(use_true_random=False))
def test_damaged_saves(data: st.DataObject, rng: Any) -> None:
    whole = iptables_text(random_filter(rng, versions=(4,), one_base=True), 4).encode()
    survives(READERS["iptables"], data.draw(damaged(whole)))


WORDS = ["tcp", "@s", "10.0.0.1", "lo", "accept", "*", ""]
KEYS = ["set", "range", "prefix", "addr", "len", "elem", "val", "concat", "payload", "protocol", "field"]
KEYS += ["meta", "key", "ct", "&", "target", "data", "type"]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 70000) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(
    left=json_values,
    right=json_values,
    verdict=json_values,
    key=st.sampled_from(["match", "vmap", "jump", "set", "xt", "reject"]),
)
def test_any_json_in_the_place_of_an_expression(left: Any, right: Any, verdict: Any, key: str) -> None:
    lines = [match(left, right), match(DPORT, right), match(SADDR, right, "!="), {key: verdict},
             {"vmap": {"key": left, "data": {"set": [[right, verdict]]}}}]  # fmt: skip
    for line in lines:
        survives(READERS["nft"], ruleset([line, ACCEPT]))


@settings(max_examples=150, deadline=None)
@given(
    cells=st.lists(st.text(st.sampled_from("0123456789./:-,; \n!*anytcpud=é\x1b"), max_size=30), min_size=5, max_size=5)
)
def test_any_text_in_cells(cells: list[str]) -> None:
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    survives(READERS["csv"], f"Name,Source,Destination,Service,Action\n{quoted}\n".encode())


def test_a_file_of_a_gigabyte_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2**30)
    for format in (None, *RulesFormat):
        with pytest.raises(RulesFileError) as error:
            file_bytes(path, "huge.csv", format)
        assert error.value.code is RulesProblemCode.FILE_TOO_LARGE
        limit = max(LIMITS.values()) if format is None else LIMITS[format]
        assert dict(error.value.params)["limit"] == limit


def test_the_limit_of_the_recognised_format_holds_too() -> None:
    within_limit(b"x" * (LIMITS[RulesFormat.CSV] + 1), "x", None)
    with pytest.raises(RulesFileError):
        within_limit(b"x" * (LIMITS[RulesFormat.CSV] + 1), "x", RulesFormat.CSV)


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    for path, code in (
        (tmp_path, RulesProblemCode.FILE_NOT_REGULAR),
        (tmp_path / "gone", RulesProblemCode.FILE_MISSING),
        (Path("/dev/zero"), RulesProblemCode.FILE_NOT_REGULAR),
        (Path("a\0b"), RulesProblemCode.FILE_UNREADABLE),
    ):
        with pytest.raises(RulesFileError) as error:
            file_bytes(path, "x", None)
        assert error.value.code is code


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (b'\xef\xbb\xbf{"nftables": []}', RulesFormat.NFT),
        ('{"format": "vbtui-windows-firewall"}'.encode("utf-16"), RulesFormat.WINDOWS),
        (b"[{}]", RulesFormat.WINDOWS),
        (b"# Generated by iptables-save\n*filter\n", RulesFormat.IPTABLES),
        (b"*nat\nCOMMIT\n*filter\n", RulesFormat.IPTABLES),
        (b"PK\x03\x04", RulesFormat.XLSX),
        (b"Source;Destination\n", RulesFormat.CSV),
        (b"caf\xe9;x\n", RulesFormat.CSV),
    ],
)
def test_a_format_is_recognised_by_its_beginning(data: bytes, format: RulesFormat) -> None:
    assert recognised(data, "x") is format


@pytest.mark.parametrize("data", [b"a\0b", b"table inet f {\n chain c {\n"])
def test_a_format_that_is_none_of_them_is_told(data: bytes) -> None:
    with pytest.raises(RulesFileError):
        recognised(data, "x")
