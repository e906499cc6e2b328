"""What `check` can be asked for besides a job and a form: a mode, every VM, a threshold, strictness."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vbtui.cli.check import MODES
from vbtui.topology import resolve
from vbtui.vocabulary import TransportMode

Call = Callable[..., Any]
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(call: Call) -> Run:
    """Runs `vbtui check`; answers with the exit code and standard output."""

    def check(*arguments: str) -> tuple[int, str]:
        called = call("check", *arguments)
        return called.code, called.out

    return check


def test_the_modes_are_those_of_the_vocabulary() -> None:
    assert set(TransportMode) == set(MODES)


def test_an_assumed_mode_changes_the_verdict(run: Run) -> None:
    assert run("small-office")[0] == 0
    code, text = run("small-office", "--assume-mode", "san")
    assert code == 1
    assert "the datastore lies on the host's own disks" in text


def test_every_vm_is_listed_where_asked(run: Run) -> None:
    _, short = run("classroom")
    _, long = run("classroom", "--vms")
    assert "Job daily: 2 of 4 VMs ok" in short
    assert "sql01     ✔ ok" not in short
    assert "sql01     ✔ ok" in long


def test_json_tells_every_vm_with_its_goals(run: Run) -> None:
    _, text = run("locked-down", "--job", "nightly", "--format", "json")
    document: dict[str, Any] = json.loads(text)
    (job,) = document["jobs"]
    assert document["version"] == 2
    vms = {vm["vm"]: vm for vm in job["vms"]}
    assert {vm["verdict"] for vm in vms.values()} == {"fail"}
    assert vms["db11"]["losses"] == ["loss.restore-point"]
    assert [job["goals"][place]["need"] for place in vms["db11"]["goals"]] == ["data-movers", "guest-windows"]
    named = {name for goal in job["goals"] for way in goal["ways"] for one in way["connections"] for name in one}
    assert {"source", "destination", "flows", "service", "action"} <= named


def test_csv_of_vms(run: Run) -> None:
    _, text = run("classroom", "--vms", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["vm"]: row["verdict"] for row in rows} == {
        "sql01": "ok",
        "web01": "ok",
        "legacy01": "fallback",
        "app01": "fallback",
    }


@pytest.mark.parametrize("form", ["sarif", "junit", "markdown"])
def test_forms_for_other_programs(run: Run, form: str) -> None:
    code, text = run("locked-down", "--format", form)
    assert code == 1
    assert {"sarif": '"version": "2.1.0"', "junit": "<testsuites", "markdown": "| --- |"}[form] in text


def test_a_finding_reaches_only_its_own_threshold(run: Run) -> None:
    assert run("two-site")[0] == 0
    assert run("two-site", "--fail-on", "fallback")[0] == 0
    code, text = run("two-site", "--fail-on", "finding", "--format", "json")
    assert (code == 1) == bool(json.loads(text).get("findings"))


def test_what_nobody_understood_is_unknown_and_strict_says_so(run: Run, tmp_path: Path) -> None:
    text = resolve("small-office").read_text(encoding="utf-8")
    file = tmp_path / "opaque.yaml"
    opaque = "{name: odd, source: {any: true}, destination: {any: true}, services: [tcp/902], action: unknown}"
    rules = text.replace("    rules:\n", f"    rules:\n      - {opaque}\n", 1)
    assert rules != text
    file.write_text(rules, encoding="utf-8")
    code, shown = run(str(file))
    assert (code, "? unknown" in shown) == (0, True)
    connections = [
        connection
        for goal in json.loads(run(str(file), "--format", "json")[1])["jobs"][0]["goals"]
        for way in goal["ways"]
        for connection in way["connections"]
        if connection["action"] == "unknown"
    ]
    assert connections and all((one["missing"], one["unknown"]) == ([], [[902, 902]]) for one in connections)
    rows = list(csv.DictReader(io.StringIO(run(str(file), "--format", "csv")[1])))
    assert {(row["missing"], row["unknown"]) for row in rows if row["action"] == "unknown"} == {("", "902")}
    assert run(str(file), "--strict")[0] == 3
    assert run(str(file), "--strict", "--fail-on", "fallback")[0] == 3
    assert run("locked-down", "--strict")[0] == 1


def test_several_jobs_end_with_all_of_them_at_a_glance(call: Call) -> None:
    glance = call("check", "locked-down").out.split("\n\n")[-1].splitlines()
    assert glance[0] == "0 of 2 jobs ok"
    assert [re.split(r"  +", line) for line in glance[1:]] == [
        ["Job", "Verdict", "VMs ok", "Steps that are not ok"],
        ["nightly", "✖ fail", "0 of 4", "1.6, 2.1, 2.2, 5.3"],
        ["nightly-strict", "✖ fail", "1 of 4", "1.6, 2.1, 2.2, 5.3"],
    ]
    assert "jobs ok" not in call("check", "locked-down", "--job", "nightly").out


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("10.1.10.21", ""),
        ("10.1.30.21", "10.1.30.21 is an address of px-hq, which uses 10.1.10.21 for this connection\n"),
    ],
)
def test_explain_takes_an_address_and_says_whose_it_is(call: Call, source: str, told: str) -> None:
    called = call("explain", "two-site", source, "repo-hq", "tcp/2500")
    assert called.out.startswith("px-hq (10.1.10.21) → repo-hq (")
    assert called.err == told


def test_explain_proposes_a_service_for_a_port(call: Call) -> None:
    called = call("explain", "classroom", "vbr01", "web01", "22")
    assert called.code == 2
    assert "(did you mean 'tcp/22'?)" in called.err
