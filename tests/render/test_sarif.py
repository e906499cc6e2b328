"""SARIF: by the specification's rules and the official schema's names, at the right lines, the same in every run."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
import sarif_om
import sarif_schema

from vbtui.firewall import FindingKind
from vbtui.i18n import LANGUAGES, translator
from vbtui.planning import check, findings
from vbtui.render.messages import Messages
from vbtui.render.sarif import message_text, sarif_text
from vbtui.topology import LoadedTopology, load, parse, resolve, shipped
from vbtui.vocabulary import GoalVerdict

BROKEN = """\
version: 1
name: broken
zones:
  - {name: left, cidrs: [10.1.0.0/24]}
  - {name: right, cidrs: [10.2.0.0/24]}
datastores: [{name: disks}]
nodes:
  - {name: server, roles: [backup_server, proxy, repository], zone: left, address: 10.1.0.10}
  - {name: esx, roles: [esxi_host], zone: right, address: 10.2.0.11, os: esxi, datastores: [disks]}
vms:
  - {name: files, host: esx, disks: [{name: files.vmdk, datastore: disks, size: 64MiB}]}
firewalls:
  - name: core
    connects: [left, right]
    rules:
      - {name: a, source: {zone: left}, destination: {zone: right}, services: [tcp/902], action: deny}
      - {name: b, source: {zone: left}, destination: {zone: right}, services: [tcp/902], action: allow}
      - {name: c, source: {zone: right}, destination: {zone: right}, services: [tcp/1], action: allow}
      - {name: d, source: {zone: left}, destination: {any: true}, services: [tcp/25], action: allow,
         expires: 2020-01-01}
      - name: e
        source: {zone: left}
        destination: {any: true}
        services: [tcp/26]
        action: unknown
        raw: 'tcp dport { 80, {0} } [click](http://example.org) %n'
jobs:
  - {name: nightly, vms: [files], repository: server}
"""


def proper(log: Any) -> bool:
    """By the specification, and by the official schema's names."""
    jsonschema.Draft202012Validator(sarif_schema.LOG).validate(log)
    return unknown_properties(log, "SarifLog") == []


def report(loaded: LoadedTopology, language: str = "en", base: Path = Path("/repo")) -> str:
    messages = Messages(translator(language), loaded.topology)
    reports = [check(loaded.topology, job) for job in loaded.topology.jobs]
    found = findings(loaded.topology, loaded.topology.jobs, on=date(2026, 1, 1))
    return sarif_text(messages, loaded, base, reports=reports, findings=found)


@pytest.fixture
def broken() -> LoadedTopology:
    return parse(BROKEN, Path("/repo/plans/my lab.yaml"))


CLASSES = {
    "runs": "Run",
    "tool": "Tool",
    "driver": "ToolComponent",
    "rules": "ReportingDescriptor",
    "defaultConfiguration": "ReportingConfiguration",
    "shortDescription": "MultiformatMessageString",
    "fullDescription": "MultiformatMessageString",
    "help": "MultiformatMessageString",
    "results": "Result",
    "message": "Message",
    "locations": "Location",
    "relatedLocations": "Location",
    "physicalLocation": "PhysicalLocation",
    "artifactLocation": "ArtifactLocation",
    "region": "Region",
    "logicalLocations": "LogicalLocation",
}
"""Of each property that holds objects, the class of the official schema."""


def unknown_properties(value: Any, name: str) -> list[str]:
    """Properties that the official schema does not have in such an object, and required ones that are missing."""
    known = getattr(sarif_om, name).__attrs_attrs__
    names = {one.metadata["schema_property_name"] for one in known} | {"$schema"}
    required = {one.metadata["schema_property_name"] for one in known if repr(one.default) == "NOTHING"}
    wrong = [f"{name}.{key}" for key in value if key not in names]
    wrong += [f"{name} without {key}" for key in required - set(value)]
    for key, inner in value.items():
        if key in CLASSES:
            for one in inner if isinstance(inner, list) else [inner]:
                wrong += unknown_properties(one, CLASSES[key])
        else:
            assert key == "partialFingerprints" or not isinstance(inner, dict), key
    return wrong


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", shipped())
def test_every_shipped_topology_gives_what_the_specification_asks_for(name: str, language: str) -> None:
    log = json.loads(report(load(resolve(name)), language))
    assert proper(log)


def test_so_does_one_with_every_kind_of_finding(broken: LoadedTopology) -> None:
    log = json.loads(report(broken))
    assert proper(log)
    found = {result["ruleId"] for result in log["runs"][0]["results"]}
    assert found == {"goal-fail", "goal-fallback", "shadowed", "inoperative", "unused", "expired", "opaque"}


def test_the_check_of_properties_has_teeth() -> None:
    wrong = {"version": "2.1.0", "runs": [{"tools": 1}]}
    assert unknown_properties(wrong, "SarifLog") == ["Run.tools", "Run without tool"]


def test_every_result_points_at_the_line_of_its_rule(broken: LoadedTopology) -> None:
    lines = BROKEN.splitlines()
    for result in json.loads(report(broken))["runs"][0]["results"]:
        (location,) = result["locations"]
        line = lines[location["physicalLocation"]["region"]["startLine"] - 1]
        name = location["logicalLocations"][0]["fullyQualifiedName"].split("/")[1]
        if result["ruleId"].startswith("goal-"):
            assert "name: a," in line or "name: core" in line or "name: nightly" in line
        else:
            assert re.search(rf"name: {name}\b", line), (result, line)


def test_a_covering_rule_is_a_related_location(broken: LoadedTopology) -> None:
    results = json.loads(report(broken))["runs"][0]["results"]
    (shadowed,) = (one for one in results if one["ruleId"] == "shadowed")
    (related,) = shadowed["relatedLocations"]
    assert related["message"]["text"] == "core#1 a"
    assert "name: a," in BROKEN.splitlines()[related["physicalLocation"]["region"]["startLine"] - 1]
    assert "#1 a" in shadowed["message"]["text"]


def test_a_goal_points_at_what_blocked_it_first(broken: LoadedTopology) -> None:
    results = json.loads(report(broken))["runs"][0]["results"]
    goals = [one for one in results if one["ruleId"] == "goal-fail"]
    nfc = next(one for one in goals if "tcp/902" in one["message"]["text"])
    assert "name: a," in BROKEN.splitlines()[nfc["locations"][0]["physicalLocation"]["region"]["startLine"] - 1]
    assert nfc["level"] == "error"


def test_rules_are_listed_with_their_index_and_in_the_language(broken: LoadedTopology) -> None:
    for language in LANGUAGES:
        run = json.loads(report(broken, language))["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in rules][3:] == [kind.value for kind in FindingKind]
        assert len(rules) == len(FindingKind) + len(GoalVerdict) - 1
        assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
        assert all(rules[one["ruleIndex"]]["defaultConfiguration"]["level"] == one["level"] for one in run["results"])
        assert run["language"] == language


@pytest.mark.parametrize(
    ("file", "base", "uri"),
    [
        ("/repo/plans/lab.yaml", "/repo", "plans/lab.yaml"),
        ("plans/lab.yaml", "/repo", "plans/lab.yaml"),
        ("./plans/../lab.yaml", "/repo", "lab.yaml"),
        ("/repo/my plans/ä#b.yaml", "/repo", "my%20plans/%C3%A4%23b.yaml"),
        ("/elsewhere/lab.yaml", "/repo", "file:///elsewhere/lab.yaml"),
        ("../lab.yaml", "/repo", "file:///lab.yaml"),
        ("/repo/a%20b.yaml", "/repo", "a%2520b.yaml"),
    ],
)
def test_the_address_is_relative_where_it_can_be(file: str, base: str, uri: str) -> None:
    loaded = parse(BROKEN, Path(file))
    log = json.loads(report(loaded, base=Path(base)))
    assert proper(log)
    found = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in log["runs"][0]["results"]}
    assert found == {uri}
    assert unquote(uri).endswith(Path(file).name)


def fingerprints(text: str) -> list[str]:
    return [one["partialFingerprints"]["vbtui/v1"] for one in json.loads(text)["runs"][0]["results"]]


def test_fingerprints_stay_when_lines_move_and_never_meet(broken: LoadedTopology) -> None:
    moved = parse(
        "# a comment\n\n" + BROKEN.replace("      - {name: a,", "      # another\n      - {name: a,"), broken.file
    )
    first, second = report(broken), report(moved)
    assert first != second
    assert fingerprints(first) == fingerprints(second)
    assert len(set(fingerprints(first))) == len(fingerprints(first))
    for name in shipped():
        found = fingerprints(report(load(resolve(name))))
        assert len(set(found)) == len(found)


def test_it_is_the_same_text_in_every_run(broken: LoadedTopology) -> None:
    text = report(broken)
    assert text == report(broken)
    assert text.isascii()
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("{ 80, 443 }", "{{ 80, 443 }}"),
        ("{0}", "{{0}}"),
        ("[click](http://example.org)", "\\[click](http://example.org)"),
        ("[1.2.3.4]", "[1.2.3.4]"),
    ],
)
def test_a_message_is_taken_literally(text: str, shown: str) -> None:
    assert message_text(text) == shown
