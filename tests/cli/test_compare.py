"""`play --compare`: what a change makes different, as text and for programs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]

GOLDENS = Path(__file__).parent / "golden"
BLOCK = "legacy01/legacy01.vmdk/5.3/nfc/px-vm/esx02/tcp-902:block=px-vm,esx02,tcp/902"
OPEN = "legacy01/2.1/guest-windows/vbr01/legacy01/tcp-445:allow=vbr01,legacy01,tcp/445"


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_comparison_reads_as_a_text(language: str, call: Call) -> None:
    called = call("play", "classroom", "--change", BLOCK, "--compare", "--lang", language)
    golden = GOLDENS / f"compare-{language}.txt"
    if os.environ.get("VBTUI_UPDATE"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(called.out, encoding="utf-8", newline="\n")
    assert called.out == golden.read_text(encoding="utf-8")
    assert (called.code, called.err) == (1, "")


def test_a_fork_that_does_not_fail_ends_with_code_0(call: Call) -> None:
    called = call("play", "classroom", "--change", OPEN, "--compare")
    assert called.code == 0
    assert "From here on it is different" in called.out


def test_what_changes_nothing_is_said_in_one_sentence(call: Call) -> None:
    called = call("play", "classroom", "--change", "job/6/result:failover=off", "--compare")
    assert called.code == 0
    assert "Nothing is different" in called.out
    assert "difference in" not in called.out and "differences in" not in called.out


def test_the_document_has_every_event_of_both_runs(call: Call) -> None:
    called = call("play", "classroom", "--change", BLOCK, "--compare", "--json")
    document = json.loads(called.out)
    assert (called.code, document["schema"], document["version"]) == (1, "vbtui-comparison", 1)
    assert document["changes"] == [BLOCK]
    assert document["first_difference"] == BLOCK.partition(":")[0]
    before = json.loads(call("play", "classroom", "--json").out)
    after = json.loads(call("play", "classroom", "--json", "--change", BLOCK).out)
    for side, trace in (("a", before), ("b", after)):
        rows = [row for row in document["rows"] if row[side] is not None]
        assert [row["event"] for row in rows] == [event["id"] for event in trace["events"]]
        assert [row[side]["start_ms"] for row in rows] == [event["start_ms"] for event in trace["events"]]
    assert sum(row["different"] for row in document["rows"]) == document["differences"] == 7
    figures = {(one["subject"], one["name"]): (one["a"], one["b"]) for one in document["figures"]}
    assert figures["result", None] == ("warning", "error")
    assert figures["read", "legacy01/legacy01.vmdk"] == (12582912, 0)


def test_what_follows_something_else_names_both(call: Call) -> None:
    change = "sql01/3/snapshot-create/vbr01/vc01/tcp-443:slots=px-vm,0"
    lines = call("play", "classroom", "--change", change, "--compare").out.splitlines()
    place = next(place for place, line in enumerate(lines) if line.endswith("different: what it follows"))
    a, b = lines[place + 1 : place + 3]
    assert a.endswith("It follows event 68 in step 1.6: px-vm connects to repo01 on tcp/6162 (Data Mover).")
    assert b.endswith("It follows event 68 in step 1.6: px-san connects to repo01 on tcp/6162 (Data Mover).")
    document = json.loads(call("play", "classroom", "--change", change, "--compare", "--json").out)
    (row,) = (row for row in document["rows"] if row["event"] == "app01/2.3/guest-address")
    causes = [row[side]["cause"] for side in "ab"]
    assert causes[0] != causes[1]
    assert set(causes) <= {row["event"] for row in document["rows"]}


def test_what_is_wrong_with_the_settings_is_told_beside_the_text_only(call: Call, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("theme: drak\n", encoding="utf-8")
    asked = ("play", "classroom", "--change", OPEN, "--compare", "--config", str(config))
    assert f"{config}:1:8: theme" in call(*asked).err
    assert call(*asked, "--json").err == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--compare needs --change"),
        (("--change", BLOCK, "--plain"), "the comparison is text already"),
        (("--change", BLOCK, "--step", "5.3"), "the comparison is about the whole run"),
        (("--change", BLOCK, "--run", "run.jsonl"), "simulated runs are compared"),
        (("--change", BLOCK, "--predict"), "it is about two whole runs"),
        (("--change", BLOCK, "--explain", "1"), "it is about two whole runs"),
        (("--change", "job/1.0/start:block=px-vm,px-vm,tcp/902"), "expected EVENT:block=SOURCE,DESTINATION,PROTOCOL"),
        (("--change", "job/1.0/start:block=px-vm,nobody,tcp/902"), "block=px-vm,nobody,tcp/902"),
        (("--change", "job/1.0/start:blok=px-vm,esx02,tcp/902"), "block"),
    ],
)
def test_what_does_not_go_together_is_named(arguments: tuple[str, ...], said: str, call: Call) -> None:
    called = call("play", "classroom", "--compare", *arguments)
    assert called.code == 2
    assert said in called.err
    assert called.out == ""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("kill=vbr01", "kill=vbr01: no data mover runs on vbr01; data movers run on: px-san, px-vm, repo01"),
        ("slots=esx01,2", "slots=esx01,2: esx01 has no task slots; these machines have some: px-san, px-vm, repo01"),
        (
            "service=vbr01,transport_service,off",
            "vbr01 has no transport_service that can be stopped or started; it has: backup_service, guest_inter",
        ),
        ("service=dns01,dns,off", "dns01 has no dns that can be stopped or started; it has: –"),
        (
            "cbt-reset=px-vm",
            "px-vm is no VM of the job with changed block tracking; these are: app01, legacy01, sql01, web01",
        ),
        ("rule=core,proxy-nf,off", "there is no rule proxy-nf on this firewall"),
        ("rule=core,proxy-nf,off", "(did you mean 'proxy-nfc'?)"),
    ],
)
def test_a_change_that_could_make_nothing_different_is_refused(change: str, told: str, call: Call) -> None:
    called = call("play", "classroom", "--change", f"job/1.0/start:{change}", "--compare")
    assert (called.code, called.out) == (2, "")
    assert told in called.err


def test_a_change_is_refused_in_german_too(call: Call) -> None:
    called = call("play", "classroom", "--change", "job/1.0/start:kill=vbr01", "--compare", "--lang", "de")
    assert called.code == 2
    assert "kill=vbr01: auf vbr01 läuft kein Data Mover; Data Mover laufen auf: px-san, px-vm, repo01" in called.err


@pytest.mark.parametrize("event", ["71", " 71 ", "2.3"])
def test_a_change_names_its_event_as_an_explanation_does(event: str, call: Call) -> None:
    explained = call("play", "classroom", "--explain", event).out
    number = int(explained.removeprefix("Event ").partition(" of ")[0])
    ids = [one["id"] for one in json.loads(call("play", "classroom", "--json").out)["events"]]
    called = call("play", "classroom", "--change", f"{event}:kill=px-san", "--compare", "--json")
    document = json.loads(called.out)
    assert document["changes"] == [f"{ids[number - 1]}:kill=px-san"]
    by_id = call("play", "classroom", "--change", f"{ids[number - 1]}:kill=px-san", "--compare", "--json")
    assert called == by_id


def test_a_number_is_that_of_the_run_with_the_changes_before(call: Call) -> None:
    after = ("--change", "sql01/2.1/guest-windows/vbr01/sql01/tcp-445:block=vbr01,sql01,tcp/445")
    without, changed = (json.loads(call("play", "classroom", "--json", *one).out)["events"] for one in ((), after))
    kept = {one["id"] for one in changed}
    pairs = enumerate(zip(without, changed, strict=False))
    place = next(place for place, (one, other) in pairs if one["id"] != other["id"] and one["id"] in kept)
    number = f"{place + 1}:failover=off"
    document = json.loads(call("play", "classroom", *after, "--change", number, "--compare", "--json").out)
    assert document["changes"][1] == f"{changed[place]['id']}:failover=off"
    first = json.loads(call("play", "classroom", "--change", number, *after, "--compare", "--json").out)
    assert first["changes"][0] == f"{without[place]['id']}:failover=off"


@pytest.mark.parametrize("event", ["0", "120", "9.9", "²", "job", "1e1"])
def test_an_event_that_the_run_does_not_have_is_refused_with_the_numbers_it_has(event: str, call: Call) -> None:
    called = call("play", "classroom", "--change", f"{event}:kill=px-san")
    assert (called.code, called.out) == (2, "")
    assert f"the run has no event '{event}'; events are numbers from 1 to 119, or ids" in called.err


def test_an_event_that_an_earlier_change_keeps_away_is_not_proposed_instead(call: Call) -> None:
    stop = "job/1.2/task-list:service=vbr01,backup_service,off"
    called = call("play", "classroom", "--change", stop, "--change", "sql01/3/snapshot:failover=off")
    assert called.code == 2
    assert "the run has no event 'sql01/3/snapshot'" in called.err
    assert "did you mean" not in called.err
