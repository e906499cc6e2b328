"""Groups of addresses, ranges and opaque rules: what a file may say with them, and what it is refused for."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from vbtui.topology import AddressRange, Problem, ProblemCode, json_schema, parse
from vbtui.topology.yaml_events import read_document
from vbtui.vocabulary import Action

C = ProblemCode
Refused = Callable[[str], tuple[Problem, ...]]

NETWORKS = """\
networks:
  partners: [192.0.2.0/28, 192.0.2.32-192.0.2.40, "2001:db8::/64", "2001:db8:1::1-2001:db8:1::ff", 198.51.100.7]
  nobody: []
"""
OPAQUE = """\
      - name: odd
        source: {network: partners}
        destination: [{range: 10.2.0.1-10.2.0.9}, {range: "fd00:2::1-fd00:2::9", role: guest}]
        services: [any]
        action: unknown
        origin: "edge.nft:12"
        raw: "meta mark 0x1 accept"
"""


@pytest.fixture
def grouped(sound: str) -> str:
    """The sound file with groups of addresses and an opaque rule that uses one."""
    marker = "  - {name: windows"
    assert sound.count(marker) == 1
    return sound.replace(marker, OPAQUE + marker) + NETWORKS


@pytest.fixture
def faults_of(grouped: str, refused: Refused) -> Callable[[str, str], tuple[Problem, ...]]:
    def problems(old: str, new: str) -> tuple[Problem, ...]:
        assert grouped.count(old) == 1, f"{old!r} must stand in the file once"
        return refused(grouped.replace(old, new))

    return problems


def test_what_the_file_says(grouped: str) -> None:
    topology = parse(grouped, Path("file.yaml")).topology
    assert topology.networks["partners"] == (
        ip_network("192.0.2.0/28"),
        AddressRange(ip_address("192.0.2.32"), ip_address("192.0.2.40")),
        ip_network("2001:db8::/64"),
        AddressRange(ip_address("2001:db8:1::1"), ip_address("2001:db8:1::ff")),
        ip_network("198.51.100.7/32"),
    )
    assert topology.networks["nobody"] == ()
    rule = topology.firewall("core").rules[-1]
    assert (rule.action, rule.origin, rule.raw) == (Action.UNKNOWN, "edge.nft:12", "meta mark 0x1 accept")
    assert rule.source[0].network == "partners"
    assert str(rule.destination[1].range) == "fd00:2::1-fd00:2::9"


def test_the_schema_accepts_it(grouped: str) -> None:
    assert not list(jsonschema.Draft7Validator(json_schema()).iter_errors(read_document(grouped).data))


V4, V6 = "range: 10.2.0.1-10.2.0.9}", '"fd00:2::1-fd00:2::9"'
BAD: list[tuple[str, str, str, ProblemCode, str, dict[str, str | int]]] = [
    # what, old, new, code, where, params
    ("a range upside down", V4, "range: 10.2.0.9-10.2.0.1}", C.BAD_RANGE, "firewalls[0].rules[1].destination[0].range",
     {"found": "10.2.0.9-10.2.0.1", "expected": "10.0.0.1-10.0.0.9", "object": "odd"}),
    ("a range of two families", V4, 'range: "10.2.0.1-fd00:2::9"}', C.BAD_RANGE,
     "firewalls[0].rules[1].destination[0].range", {"found": "10.2.0.1-fd00:2::9"}),
    ("a range without an end", V4, "range: 10.2.0.1-}", C.BAD_RANGE, "firewalls[0].rules[1].destination[0].range",
     {"found": "10.2.0.1-"}),
    ("a range of three", V4, "range: 10.2.0.1-10.2.0.2-10.2.0.3}", C.BAD_RANGE,
     "firewalls[0].rules[1].destination[0].range", {}),
    ("an address for a range", V4, "range: 10.2.0.1}", C.BAD_RANGE, "firewalls[0].rules[1].destination[0].range",
     {"found": "10.2.0.1"}),
    ("a network for a range", V4, "range: 10.2.0.0/24}", C.BAD_RANGE, "firewalls[0].rules[1].destination[0].range", {}),
    ("a range of hosts by their last byte", V4, "range: 10.2.0.1-9}", C.BAD_RANGE,
     "firewalls[0].rules[1].destination[0].range", {}),
    ("a range with a scope", V6, '"fe80::1%eth0-fe80::9%eth0"', C.BAD_RANGE,
     "firewalls[0].rules[1].destination[1].range", {}),
    ("a range as a list", V4, "range: [10.2.0.1, 10.2.0.9]}", C.BAD_RANGE, "firewalls[0].rules[1].destination[0].range",
     {"found": 2}),
    ("a range as a number", V4, "range: 10}", C.BAD_RANGE, "firewalls[0].rules[1].destination[0].range",
     {"found": "10"}),
    ("a network of the file that is none", "{network: partners}", "{network: partner}", C.UNKNOWN_REFERENCE,
     "firewalls[0].rules[1].source.network",
     {"kind": "network", "found": "partner", "suggestion": "partners", "object": "odd"}),
    ("addresses where a name belongs", "{network: partners}", "{network: 10.0.0.0/8}", C.BAD_NAME,
     "firewalls[0].rules[1].source.network", {"found": "10.0.0.0/8"}),
    ("a mistyped key", "{network: partners}", "{netwrok: partners}", C.UNKNOWN_KEY,
     "firewalls[0].rules[1].source.netwrok", {"suggestion": "network"}),
    ("a group called any", "  nobody: []", "  any: []", C.RESERVED_NAME, "networks.any", {"found": "any"}),
    ("a name with markup", "  nobody: []", '  "[red]x": []', C.BAD_NAME, "networks.[red]x", {"found": "[red]x"}),
    ("bits behind the prefix", "192.0.2.0/28", "192.0.2.1/28", C.HOST_BITS, "networks.partners[0]",
     {"found": "192.0.2.1/28", "suggestion": "192.0.2.0/28"}),
    ("a group's range upside down", "192.0.2.32-192.0.2.40", "192.0.2.40-192.0.2.32", C.BAD_RANGE,
     "networks.partners[1]", {"found": "192.0.2.40-192.0.2.32"}),
    ("no address in a group", "198.51.100.7", "198.51.100.256", C.BAD_NETWORK, "networks.partners[4]",
     {"found": "198.51.100.256", "expected": "10.0.0.0/24"}),
    ("one address where a list belongs", "nobody: []", "nobody: 10.0.0.1", C.WRONG_TYPE, "networks.nobody",
     {"expected": "list", "found_type": "text"}),
    ("a group in a group", "nobody: []", "nobody: [partners]", C.BAD_NETWORK, "networks.nobody[0]", {}),
    ("a group twice", "  nobody: []", "  partners: []", C.DUPLICATE_KEY, "networks.partners",
     {"found": "partners", "first_line": 40}),
    ("another word for unknown", "action: unknown", "action: unkown", C.BAD_VALUE, "firewalls[0].rules[1].action",
     {"found": "unkown", "suggestion": "unknown", "expected": "allow, deny, reject, unknown"}),
    ("a raw rule without end", '"meta mark 0x1 accept"', f'"{"x" * 501}"', C.TOO_MANY, "firewalls[0].rules[1].raw",
     {"found": 501, "expected": 500}),
    ("an escape sequence in a raw rule", '"meta mark', '"\\e[2J', C.NOT_PRINTABLE, "firewalls[0].rules[1].raw", {}),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "where", "params"), [pytest.param(*row[1:], id=row[0]) for row in BAD])
def test_a_fault(
    faults_of: Callable[[str, str], tuple[Problem, ...]],
    old: str,
    new: str,
    code: ProblemCode,
    where: str,
    params: dict[str, str | int],
) -> None:
    problems = faults_of(old, new)
    assert [(problem.code, problem.where) for problem in problems] == [(code, where)]
    assert {key: value for key, value in problems[0].params if key in params} == params
    assert problems[0].line is not None


def test_a_malformed_group_makes_no_second_fault_of_its_references(
    faults_of: Callable[[str, str], tuple[Problem, ...]],
) -> None:
    assert [problem.where for problem in faults_of("198.51.100.7", "nothing")] == ["networks.partners[4]"]


@pytest.mark.parametrize("instead", ["3", "nonsense", "null", "[]"])
def test_groups_that_cannot_be_read_are_one_fault(instead: str, grouped: str, refused: Refused) -> None:
    (problem,) = refused(re.sub(r"(?m)^networks:\n(?:[ ].*\n)*", f"networks: {instead}\n", grouped))
    assert problem.where == "networks"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (V4, "range: 10.2.0.1}"),
        (V4, "range: 10.2.0.0/24}"),
        ("192.0.2.0/28", "partner"),
        ("action: unknown", "action: unkown"),
        ("nobody: []", "nobody: 10.0.0.1"),
        ("{network: partners}", "{network: 10.0.0.0/8}"),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(
    grouped: str, faults_of: Callable[[str, str], tuple[Problem, ...]], old: str, new: str
) -> None:
    assert faults_of(old, new)
    data: Any = read_document(grouped.replace(old, new)).data
    assert list(jsonschema.Draft7Validator(json_schema()).iter_errors(data))
