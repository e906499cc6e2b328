"""`findings` and `graph` from the door: every format, the threshold, the day, and what is asked wrongly."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from vbtui.cli.findings import FORMATS, KINDS
from vbtui.firewall import FindingKind
from vbtui.i18n import LANGUAGES
from vbtui.topology import resolve, shipped

Call = Callable[..., Any]


@pytest.fixture
def shadowed(tmp_path: Path) -> str:
    """`locked-down` with a rule that is written again behind itself, and one that has expired long ago."""
    text = resolve("locked-down").read_text(encoding="utf-8")
    again = """      - name: nfc-again
        source: {role: proxy}
        destination: {node: esx11}
        services: [tcp/902]
        action: deny
        expires: 2020-01-31
      - name: nfc-esx12
"""
    changed = text.replace("      - name: nfc-esx12\n", again)
    assert changed != text
    file = tmp_path / "here" / "changed.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(changed, encoding="utf-8")
    return str(file)


def test_the_kinds_are_those_of_the_room() -> None:
    assert tuple(kind.value for kind in FindingKind) == KINDS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", shipped())
def test_every_format_in_every_language(call: Call, name: str, form: str, language: str) -> None:
    done = call("findings", name, "--format", form, "--lang", language, "--on", "2026-06-01")
    assert (done.code, done.err) == (0, "")
    assert call("findings", name, "--format", form, "--lang", language, "--on", "2026-06-01").out == done.out
    if form in ("json", "sarif"):
        json.loads(done.out)
    elif form == "csv":
        assert next(csv.reader(io.StringIO(done.out)))[0] == "topology"
    elif form == "junit":
        Xml.fromstring(done.out.encode())
    else:
        assert name in done.out


def test_a_finding_comes_with_its_line_and_the_rules_because_of_which(call: Call, shadowed: str) -> None:
    done = call("findings", shadowed)
    (row,) = [line for line in done.out.splitlines() if "nfc-again" in line and "shadowed" in line]
    line = Path(shadowed).read_text(encoding="utf-8").splitlines().index("      - name: nfc-again") + 1
    assert row.startswith("main#6 nfc-again")
    assert "#5 nfc-esx11" in row
    assert row.endswith(f"changed.yaml:{line}")
    found = json.loads(call("findings", shadowed, "--format", "json").out)["findings"]
    (one,) = [one for one in found if one["kind"] == "shadowed"]
    assert (one["line"], one["covering"]) == (line, [{"rule": "nfc-esx11", "rule_number": 5}])
    rows = list(csv.DictReader(io.StringIO(call("findings", shadowed, "--format", "csv").out)))
    assert [(row["rule"], row["covering_numbers"]) for row in rows if row["kind"] == "shadowed"] == [("nfc-again", "5")]


@pytest.mark.parametrize(("day", "expired"), [("2020-01-31", False), ("2020-02-01", True)])
def test_the_day_decides_what_has_expired_and_is_said(call: Call, shadowed: str, day: str, expired: bool) -> None:
    done = call("findings", shadowed, "--on", day)
    assert ("expired" in done.out) == expired
    assert day in done.out.splitlines()[0]


def test_the_day_is_today_unless_it_is_said(call: Call, shadowed: str) -> None:
    before = date.today()
    heading = call("findings", shadowed).out.splitlines()[0]
    assert any(day.isoformat() in heading for day in (before, date.today()))
    assert "1 expired" in heading


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 0),
        (("--fail-on", "shadowed"), 1),
        (("--fail-on", "opaque"), 0),
        (("--fail-on", "opaque", "--fail-on", "any"), 1),
        (("--fail-on", "expired", "--on", "2019-01-01"), 0),
        (("--fail-on", "shadowed", "--kind", "expired"), 0),
        (("--fail-on", "any", "--kind", "opaque"), 0),
    ],
)
def test_the_exit_code_is_what_was_asked_for(call: Call, shadowed: str, options: tuple[str, ...], code: int) -> None:
    for form in FORMATS:
        assert call("findings", shadowed, "--format", form, *options).code == code


def test_only_the_kinds_that_are_wanted(call: Call, shadowed: str) -> None:
    found = json.loads(call("findings", shadowed, "--format", "json", "--kind", "expired").out)["findings"]
    assert [one["kind"] for one in found] == ["expired"]


def test_sarif_names_the_file_from_here(call: Call, shadowed: str) -> None:
    results = json.loads(call("findings", shadowed, "--format", "sarif").out)["runs"][0]["results"]
    places = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results}
    assert places == {"changed.yaml"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("findings", "classroom", "--on", "31.1.2027"), "2027-01-31"),
        (("findings", "classroom", "--on", "2027-02-30"), "2027-01-31"),
        (("findings", "classroom", "--kind", "wrong"), "shadowed"),
        (("findings", "classroom", "--job", "nightly-"), "daily"),
        (("findings", "nowhere"), "nowhere"),
        (("graph", "classroom", "--format", "svg"), "mermaid"),
        (("graph", "classroom", "--of", "world"), "zones"),
        (("graph", "nowhere"), "nowhere"),
    ],
)
def test_what_is_asked_wrongly_is_said_with_what_would_be_right(
    call: Call, arguments: tuple[str, ...], said: str
) -> None:
    done = call(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("form", ["mermaid", "dot", "graphml"])
@pytest.mark.parametrize("subject", ["topology", "zones", "connections"])
def test_every_picture_in_every_language(call: Call, form: str, subject: str) -> None:
    for language in LANGUAGES:
        done = call("graph", "two-site", "--format", form, "--of", subject, "--lang", language)
        assert (done.code, done.err) == (0, "")
        begin = {"mermaid": "flowchart LR", "dot": "digraph", "graphml": "<?xml"}[form]
        assert done.out.startswith(begin)
        assert re.search(r"hq|branch", done.out)


def test_a_picture_of_one_job(call: Call) -> None:
    whole = call("graph", "locked-down", "--of", "connections").out
    part = call("graph", "locked-down", "--of", "connections", "--job", "nightly").out
    arrows = [{line.split("|")[1] for line in text.splitlines() if "|" in line} for text in (whole, part)]
    assert arrows[1] <= arrows[0]
    assert arrows[1]


def test_a_shipped_topology_is_told_by_its_name_not_by_where_it_is_installed(call: Call) -> None:
    lines = call("findings", "locked-down").out.splitlines()[2:]
    assert lines and all(re.search(r"  locked-down\.yaml:[0-9]+$", line) for line in lines)
