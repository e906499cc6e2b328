"""What every command prints and how it exits, over the shipped topologies."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from vbtui.catalogue import load_catalogue
from vbtui.cli.entry import group
from vbtui.cli.options import PROFILES
from vbtui.i18n import LANGUAGES
from vbtui.topology import shipped
from vbtui.vocabulary import Profile

Call = Callable[..., Any]
"""The fixture `call`: arguments of the command line to code, out and err."""

EXITS = [
    (("--version",), 0),
    (("--help",), 0),
    (("play", "classroom"), 0),
    (("play", "small-office"), 0),
    (("play", "locked-down"), 1),
    (("play", "locked-down", "--json"), 1),
    (("check", "classroom"), 0),
    (("check", "classroom", "--fail-on", "fallback"), 1),
    (("check", "locked-down"), 1),
    (("explain", "classroom", "vbr01", "repo01", "tcp/6162"), 0),
    (("explain", "classroom", "vbr01", "app01", "ssh"), 1),
    (("ports", "classroom"), 0),
    (("validate", "classroom"), 0),
    (("schema",), 0),
    (("clean",), 0),
    (("nothing",), 2),
]


@pytest.mark.parametrize(("arguments", "code"), EXITS, ids=lambda one: " ".join(one) if isinstance(one, tuple) else "")
def test_the_exit_code_follows_the_contract(arguments: tuple[str, ...], code: int, call: Call) -> None:
    called = call(*arguments)
    assert called.code == code
    assert (called.err == "") == (code != 2)


def test_profiles_of_the_options_are_those_of_the_vocabulary() -> None:
    assert tuple(Profile) == PROFILES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", [(), *((name,) for name in group.commands)], ids=lambda one: " ".join(one) or "-")
def test_every_command_has_help_in_every_language(command: tuple[str, ...], language: str, call: Call) -> None:
    called = call(*command, "--help", "--lang", language)
    assert called.code == 0
    assert called.out.startswith("Usage: vbtui" if language == "en" else "Aufruf: vbtui")
    assert ("--lang" in called.out) and ("Show this message" in called.out) == (language == "en")


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("command", ["play", "check", "ports"])
def test_without_a_terminal_nothing_is_drawn(command: str, name: str, call: Call) -> None:
    out = call(command, name).out
    assert out
    assert not re.search("[\x1b\u2500-\u257f\u2580-\u259f]", out)
    assert all(line == line.rstrip() for line in out.splitlines())


@pytest.mark.parametrize("name", shipped())
def test_json_does_not_depend_on_the_language(name: str, call: Call) -> None:
    for arguments, version in (
        (("play", name, "--json"), 1),
        (("check", name, "--format", "json"), 2),
        (("ports", name, "--format", "json"), 1),
    ):
        english, german = call(*arguments, "--lang", "en").out, call(*arguments, "--lang", "de").out
        assert english == german
        assert english.isascii()
        assert json.loads(english)["version"] == version


@pytest.mark.parametrize("command", ["check", "ports"])
def test_csv_has_a_header_and_rows_of_equal_length(command: str, call: Call) -> None:
    rows = list(csv.reader(io.StringIO(call(command, "classroom", "--format", "csv").out)))
    assert len(rows) > 10
    assert {len(row) for row in rows} == {len(rows[0])}


def test_a_profile_on_the_command_line_replaces_the_files(call: Call) -> None:
    assert json.loads(call("play", "classroom", "--profile", "v12", "--json").out)["profile"] == "v12"
    assert "ports of diagram" in call("play", "classroom", "--profile", "diagram").out


def test_a_step_begins_the_walk_there(call: Call) -> None:
    out = call("play", "classroom", "--step", "5.1").out
    assert "Step 5.1" in out and "Step 1.0" not in out


def test_a_change_changes_the_run_and_is_named(call: Call) -> None:
    change = "job/1.0/start:rule=core,proxy-nfc,off"
    called = call("play", "classroom", "--change", change)
    assert called.code == 1
    assert f"Changed: {change}" in called.out
    assert json.loads(call("play", "classroom", "--json", "--change", change).out)["changes"] == [change]


def test_check_names_the_blocked_connection_its_rule_and_what_happens_instead(call: Call) -> None:
    out = call("check", "classroom").out
    line = next(line for line in out.splitlines() if "dmz-no-ssh" in line)
    assert "vbr01 → app01 tcp/22" in line and "core#8 dmz-no-ssh rejects" in line and "fallback" in line


def test_explain_shows_every_hop_and_what_needs_the_flow(call: Call) -> None:
    out = call("explain", "classroom", "vbr01", "sql01", "windows-guest").out
    assert out.count("core#6 guest-windows allows") >= 3
    assert "What needs this flow" in out and "daily" in out


def test_ports_names_purpose_and_source(call: Call) -> None:
    out = call("ports", "classroom").out
    assert "tcp/902" in out and "NFC" in out and "Help Center" in out
    assert len(call("ports", "classroom", "--all").out) > len(out)


def test_points_on_which_the_sources_disagree_are_shown_not_decided_in_silence(call: Call) -> None:
    for arguments in (("ports", "classroom"), ("explain", "classroom", "px-san", "repo01", "tcp/6162")):
        assert "Where public sources disagree" in call(*arguments).out
        assert "Quellen" in call(*arguments, "--lang", "de").out


@pytest.mark.parametrize("profile", ["diagram", "v12", "v13"])
def test_ports_shows_every_open_point_that_no_single_row_names(profile: str, call: Call) -> None:
    general = [one for one in load_catalogue(Profile(profile)).disagreements if one.general]
    assert general
    out = call("ports", "small-office", "--profile", profile).out
    assert [one.id for one in general if one.text["en"] not in out] == []


def test_the_json_of_ports_explains_the_sources_and_points_that_it_names(call: Call) -> None:
    document = json.loads(call("ports", "classroom", "--all", "--format", "json").out)
    connections = [one for job in document["jobs"] for one in job["connections"]]
    points = {one["id"]: one for one in document["disagreements"]}
    assert {name for one in connections for name in one["disagreements"]} <= set(points)
    cited = {citation["source"] for one in connections for citation in one["citations"]}
    cited |= {key for one in points.values() for key in one["sources"]}
    assert cited == set(document["sources"])
    assert all(source["address"].startswith("https://") for source in document["sources"].values())


def test_the_schema_is_a_json_schema(call: Call) -> None:
    schema = json.loads(call("schema").out)
    assert "zones" in schema["properties"]


def test_alone_and_without_a_terminal_it_tells_the_default_walk(call: Call) -> None:
    called = call("--no-run")
    assert called.code == 0
    assert called.out == call("play").out


def test_own_images_are_not_read_without_asking(call: Call, tmp_path: object) -> None:
    from pathlib import Path

    from vbtui.topology import resolve

    folder = Path(str(tmp_path))
    text = resolve("classroom").read_text(encoding="utf-8")
    file = folder / "own.yaml"
    file.write_text(text.replace("controller: ide}", "controller: ide, image: mine.img}"), encoding="utf-8")
    (folder / "mine.img").write_bytes(bytes(512))
    called = call("backup", str(file), "--repo", str(folder / "repo"))
    assert called.code == 2
    assert "legacy01/legacy01.vmdk" in called.err and "--yes" in called.err
    assert not (folder / "repo").exists()
