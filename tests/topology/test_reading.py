"""The event-stream reader: YAML 1.2 core scalars, places, and the same answer from both of PyYAML's parsers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from vbtui.topology import TopologyError, parse
from vbtui.topology.yaml_events import core_scalar, read_document

SCALARS: list[tuple[str, Any]] = [
    # YAML 1.2.2 section 10.3.2, and what YAML 1.1 made of it
    ("", None), ("~", None), ("null", None), ("Null", None), ("NULL", None), ("nULL", "nULL"),
    ("true", True), ("True", True), ("FALSE", False), ("tRUE", "tRUE"),
    ("yes", "yes"), ("NO", "NO"), ("on", "on"), ("Off", "Off"), ("y", "y"),
    ("0", 0), ("-19", -19), ("+12", 12), ("0600", 600), ("0o14", 12), ("0x3A", 58), ("0b11", "0b11"), ("-0x1", "-0x1"),
    ("22:22", "22:22"), ("190:20:30", "190:20:30"), ("1_000", "1_000"), ("0o8", "0o8"),
    ("1.", 1.0), (".5", 0.5), ("-0.0", -0.0), ("12e03", 12000.0), ("-2E+05", -200000.0), ("1e5", 1e5),
    (".inf", math.inf), ("-.Inf", -math.inf), ("+.INF", math.inf), (".", "."), ("-", "-"), ("+", "+"), ("..", ".."),
    ("1.2.3", "1.2.3"), ("10.1.0.0/24", "10.1.0.0/24"), ("2027-01-01", "2027-01-01"), ("1e", "1e"), ("inf", "inf"),
    ("\u0661", "\u0661"), ("9" * 500, "9" * 500),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_a_plain_scalar(text: str, value: Any) -> None:
    assert core_scalar(text) == value
    assert type(core_scalar(text)) is type(value)


def test_not_a_number() -> None:
    assert all(math.isnan(core_scalar(text)) for text in (".nan", ".NaN", ".NAN"))  # type: ignore[arg-type]
    assert core_scalar("-.nan") == "-.nan"


@pytest.mark.parametrize("quoted", ['"22"', "'true'", '"~"', "|\n  22", '""'])
def test_a_quoted_scalar_is_text(quoted: str) -> None:
    assert isinstance(read_document(f"a: {quoted}\n").data["a"], str)


def test_keys_are_text() -> None:
    assert read_document("on: 1\n22: 2\nnull: 3\n").data == {"on": 1, "22": 2, "null": 3}


TEXT = """\
# a comment
name: x
zones:
  - {name: a, cidrs: [10.0.0.0/8, "fd00::/8"]}
  -
    name: b
"üml": [ [1],
  {deep: yes}]
"""


def test_every_value_has_its_place() -> None:
    places = read_document(TEXT).places
    assert dict(places) == {
        (): (2, 1),
        ("name",): (2, 7),
        ("zones",): (4, 3),
        ("zones", 0): (4, 5),
        ("zones", 0, "name"): (4, 12),
        ("zones", 0, "cidrs"): (4, 22),
        ("zones", 0, "cidrs", 0): (4, 23),
        ("zones", 0, "cidrs", 1): (4, 35),
        ("zones", 1): (6, 5),
        ("zones", 1, "name"): (6, 11),
        ("üml",): (7, 8),
        ("üml", 0): (7, 10),
        ("üml", 0, 0): (7, 11),
        ("üml", 1): (8, 3),
        ("üml", 1, "deep"): (8, 10),
    }
    assert len(places) == 15


def test_keys_and_missing_values_have_places() -> None:
    places = read_document(TEXT).places
    assert places.nearest_key(("zones", 0, "cidrs")) == (4, 15)
    assert places.nearest_key(("üml",)) == (7, 1)
    assert places.nearest(("zones", 1, "cidrs", 5)) == (6, 5)
    assert places.nearest_key(("zones", 7, "name")) == (4, 3)
    with pytest.raises(KeyError):
        places["zones", 2]


plain = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=6)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | plain
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain, inner, max_size=4), max_leaves=12
)


@given(trees)
@settings(max_examples=100, deadline=None)
def test_what_is_dumped_is_read_with_the_same_shape(tree: Any) -> None:
    """JSON is YAML 1.2, and json.dumps is an independent writer of it."""
    import json

    text = json.dumps(tree, ensure_ascii=False)
    assert read_document(text).data == tree
    assert read_document(text).faults == ()


@given(st.text(st.sampled_from("ab:[]{}-,&*!? \n\"'|>#0.~\t"), max_size=60))
@settings(max_examples=200, deadline=None)
def test_the_pure_parser_reads_the_same(text: str) -> None:
    """The fallback without libyaml: what both parsers accept means the same."""
    ours, pure = read_document(text), read_document(text, loader=yaml.SafeLoader)
    if ours.whole and pure.whole:
        assert [(fault.code, fault.path) for fault in ours.faults] == [
            (fault.code, fault.path) for fault in pure.faults
        ]
        assert ours.faults or repr(ours.data) == repr(pure.data)
        assert list(ours.places) == list(pure.places)


def accepted_or_refused(text: str) -> None:
    try:
        parse(text, Path("fuzz.yaml"))
    except TopologyError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.where.isprintable()
            assert all(str(value).isprintable() for _, value in problem.params)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_accepted_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    from vbtui.topology import load

    path = tmp_path_factory.mktemp("fuzz") / "file.yaml"
    path.write_bytes(data)
    with pytest.raises(TopologyError):
        load(path)


SOUND = (Path(__file__).parents[2] / "topologies" / "classroom.yaml").read_text()
PIECES = SOUND.split()


@given(
    st.integers(0, len(PIECES) - 1), st.sampled_from(["~", "1", "-1", "[]", "{}", "x", "true", ".nan", "*a", "''", "]"])
)
@settings(max_examples=120, deadline=None)
def test_a_topology_with_one_word_replaced_is_accepted_or_refused(at: int, word: str) -> None:
    lines = SOUND.split("\n")
    seen = 0
    for number, line in enumerate(lines):
        words = line.split()
        if seen <= at < seen + len(words):
            lines[number] = line.replace(words[at - seen], word, 1)
        seen += len(words)
    accepted_or_refused("\n".join(lines))


nearly = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("version", "name", "zones", "nodes", "vms", "jobs", "firewalls", "services", "paths", "datastores"), trees
    ),
)


@given(nearly)
@settings(max_examples=150, deadline=None)
def test_any_data_under_the_right_keys_is_accepted_or_refused(data: Any) -> None:
    import json

    accepted_or_refused(json.dumps(data))


@pytest.mark.parametrize("text", [SOUND, SOUND.replace("\n", "\r\n"), TEXT], ids=["sound", "other line breaks", "odd"])
def test_the_pure_parser_finds_the_same_places(text: str) -> None:
    ours, pure = read_document(text), read_document(text, loader=yaml.SafeLoader)
    assert list(ours.places.items()) == list(pure.places.items())
    assert [ours.places.nearest_key(path) for path in ours.places] == [
        pure.places.nearest_key(path) for path in pure.places
    ]
