"""A rule's sides and services as lines of text: what is written is read back, and what cannot be read says why."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbtui.topology import ProblemCode, Selector, Topology, load, parse, resolve
from vbtui.walk.rule_text import (
    RuleField,
    RuleTextError,
    nodes_text,
    parse_name,
    parse_remark,
    parse_selectors,
    parse_services,
    selectors_text,
    unused_name,
)


@cache
def topology() -> Topology:
    file = resolve("locked-down")
    text = file.read_text(encoding="utf-8").replace(
        "services:\n", "networks:\n  admins: [10.70.0.8/30, 10.70.0.40-10.70.0.44]\n\nservices:\n", 1
    )
    return parse(text, file).topology


def read(text: str) -> tuple[Selector, ...]:
    return parse_selectors(text, topology(), RuleField.SOURCE)


@pytest.mark.parametrize("name", ["classroom", "small-office", "two-site", "locked-down"])
def test_every_rule_of_the_shipped_topologies_reads_back(name: str) -> None:
    given = load(resolve(name)).topology
    for firewall in given.firewalls:
        for rule in firewall.rules:
            for side in (rule.source, rule.destination):
                assert parse_selectors(selectors_text(side), given, RuleField.SOURCE) == side
            assert parse_services(", ".join(rule.services), given) == rule.services


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("any", {"any": True}),
        ("node:px11", {"node": "px11"}),
        ("px11", {"node": "px11"}),
        ("db11", {"node": "db11"}),
        ("proxy", {"role": "proxy"}),
        ("role:guest", {"role": "guest"}),
        ("secure", {"zone": "secure"}),
        ("zone:esx+role:esxi_host", {"zone": "esx", "role": "esxi_host"}),
        ("admins", {"network": "admins"}),
        ("10.0.0.0/24", {"cidr": "10.0.0.0/24"}),
        ("10.0.0.1", {"cidr": "10.0.0.1"}),
        ("fd00::/64", {"cidr": "fd00::/64"}),
        ("fd00::1-fd00::9", {"range": "fd00::1-fd00::9"}),
        ("10.0.0.1-10.0.0.9", {"range": "10.0.0.1-10.0.0.9"}),
        ("cidr:10.0.0.0/24", {"cidr": "10.0.0.0/24"}),
    ],
)
def test_what_a_word_means(text: str, meant: dict[str, object]) -> None:
    assert read(text) == (Selector.model_validate(meant),)
    assert read(selectors_text(read(text))) == read(text)


def test_commas_are_alternatives_and_blanks_do_not_matter() -> None:
    assert read(" px11 ,role:proxy,, 10.0.0.0/24 ") == (*read("px11"), *read("role:proxy"), *read("10.0.0.0/24"))


@pytest.mark.parametrize(
    ("text", "code", "params"),
    [
        ("", ProblemCode.TOO_FEW, {}),
        (" , ", ProblemCode.TOO_FEW, {}),
        ("rep11", ProblemCode.UNKNOWN_REFERENCE, {"kind": "machine", "found": "rep11", "suggestion": "repo11"}),
        ("zone:secur", ProblemCode.UNKNOWN_REFERENCE, {"kind": "zone", "suggestion": "secure"}),
        ("role:proxi", ProblemCode.UNKNOWN_REFERENCE, {"kind": "role", "suggestion": "proxy"}),
        ("network:none", ProblemCode.UNKNOWN_REFERENCE, {"kind": "network"}),
        ("node:", ProblemCode.UNKNOWN_REFERENCE, {"kind": "machine"}),
        ("10.0.0.1/24", ProblemCode.HOST_BITS, {"suggestion": "10.0.0.0/24"}),
        ("10.0.0.300", ProblemCode.BAD_NETWORK, {"found": "10.0.0.300"}),
        ("10.0.0.9-10.0.0.1", ProblemCode.BAD_RANGE, {}),
        ("node:px11+node:px12", ProblemCode.BAD_VALUE, {}),
        ("x" * 3000, ProblemCode.TOO_MANY, {}),
        ("\x1b[31m", ProblemCode.UNKNOWN_REFERENCE, {"found": "\\x1b[31m"}),
    ],
)
def test_what_cannot_be_a_side_says_why(text: str, code: ProblemCode, params: dict[str, str]) -> None:
    with pytest.raises(RuleTextError) as caught:
        read(text)
    assert caught.value.code is code
    assert caught.value.field is RuleField.SOURCE
    assert params.items() <= dict(caught.value.params).items()


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("tcp/902", ("tcp/902",)),
        ("tcp/902, udp/53 ,tcp/902", ("tcp/902", "udp/53")),
        ("transport", ("transport",)),
        ("any", ("any",)),
    ],
)
def test_services(text: str, services: tuple[str, ...]) -> None:
    assert parse_services(text, topology()) == services


@pytest.mark.parametrize(
    ("text", "code", "suggestion"),
    [
        ("", ProblemCode.TOO_FEW, None),
        ("902", ProblemCode.BAD_SERVICE, "tcp/902"),
        ("53/udp", ProblemCode.BAD_SERVICE, "udp/53"),
        ("tcp/70000", ProblemCode.PORT_OUT_OF_RANGE, None),
        ("tcp/20-10", ProblemCode.BAD_SERVICE, None),
        ("transprt", ProblemCode.UNKNOWN_REFERENCE, "transport"),
        ("icmp", ProblemCode.UNKNOWN_REFERENCE, None),
    ],
)
def test_what_is_no_service_says_why(text: str, code: ProblemCode, suggestion: str | None) -> None:
    with pytest.raises(RuleTextError) as caught:
        parse_services(text, topology())
    assert caught.value.code is code
    assert dict(caught.value.params).get("suggestion") == suggestion


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for reader in (lambda: read(text), lambda: parse_services(text, topology())):
        try:
            reader()
        except RuleTextError as error:
            assert all(str(value).isprintable() for _, value in error.params)


def test_a_name_is_one_and_no_other_rule_has_it() -> None:
    assert parse_name("  allow-nfc ", ("other",)) == "allow-nfc"
    for text, code in (
        ("", ProblemCode.BAD_NAME),
        ("two words", ProblemCode.BAD_NAME),
        ("\x1b[31m", ProblemCode.BAD_NAME),
        ("a" * 64, ProblemCode.BAD_NAME),
        ("other", ProblemCode.DUPLICATE_NAME),
    ):
        with pytest.raises(RuleTextError) as caught:
            parse_name(text, ("other",))
        assert (caught.value.field, caught.value.code) == (RuleField.NAME, code)


def test_a_remark_is_any_text_that_a_file_may_have() -> None:
    assert parse_remark(" CHG-17, [red]ü[/] ", RuleField.TICKET) == "CHG-17, [red]ü[/]"
    assert parse_remark("", RuleField.OWNER) == ""
    for text in ("\x1b[31m", "a" * 501):
        with pytest.raises(RuleTextError) as caught:
            parse_remark(text, RuleField.TICKET)
        assert caught.value.field is RuleField.TICKET


def test_an_unused_name_is_the_first_free_one() -> None:
    assert unused_name(()) == "new-1"
    assert unused_name(("new-1", "new-3")) == "new-2"


def test_a_side_of_machines_is_read_back_and_one_that_fits_no_line_is_left_to_the_person() -> None:
    assert nodes_text(("a", "b")) == "node:a, node:b"
    assert nodes_text([f"machine-{number}" for number in range(500)]) == ""
