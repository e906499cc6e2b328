"""`points`, `rescan`, `expire`, `synthetic`: a repository from the outside, with the files as the only truth."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from patience import outlasting
from restore_chains import read_back, write_point
from restore_points import content_of

from vbtui.engine import Repository
from vbtui.engine.repository.lock import lock_path
from vbtui.engine.repository.retention import DAY_MS, Fate, Reason
from vbtui.render.repository_sheets import FATES, KINDS, REASONS, STATES

Call = Callable[..., Any]
BEGIN_MS = 1_790_000_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two VMs with three points each, a day apart."""
    folder = tmp_path / "repository"
    repository = Repository(folder)
    for vm in ("sql01", "web01"):
        parent = None
        for day, letters in enumerate(["abcrab", "bbcrab", "crrabb"]):
            point = f"{vm}-{day + 1:04}"
            write_point(
                repository, point, {"disk": content_of(letters)}, parent, vm=vm, created_ms=BEGIN_MS + day * DAY_MS
            )
            parent = point
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.vbx"))


def test_every_code_has_its_words() -> None:
    from vbtui.engine.repository import PointKind, PointState

    assert set(KINDS) == {kind.name.lower() for kind in PointKind}
    assert set(STATES) == set(PointState) - {PointState.DAMAGED}
    assert set(FATES) == set(Fate)
    assert set(REASONS) == set(Reason)


def test_points_are_listed_by_vm_and_chain(folder: Path, call: Call) -> None:
    called = call("points", str(folder))
    assert (called.code, called.err) == (0, "")
    lines = called.out.splitlines()
    assert lines[0] == f"Restore points in {folder}: 6"
    assert [line for line in lines if "chain" in line] == ["sql01, chain sql01-0001", "web01, chain web01-0001"]
    assert [line.split("  ")[0] for line in lines if "web01-000" in line and "chain" not in line] == [
        "web01-0001",
        "├ web01-0002",
        "└ web01-0003",
    ]
    assert sum("incremental" in line for line in lines) == 4
    assert not any(path.name.startswith((".", "catalogue")) for path in folder.iterdir())  # looking writes nothing


def test_points_for_a_program(folder: Path, call: Call) -> None:
    document = json.loads(call("points", str(folder), "--json").out)
    assert (document["schema"], document["version"], document["health"]) == ("vbtui-points", 1, [])
    found = {one["point"]: one for one in document["points"]}
    assert (
        found["web01-0003"]
        | {
            "vm": "web01",
            "chain": "web01-0001",
            "kind": "incremental",
            "sequence": 3,
            "parent": "web01-0002",
            "state": "whole",
            "bytes": (folder / "web01-0003.vbx").stat().st_size,
            "disks": [{"name": "disk", "bytes": 6 * 4096}],
            "damage": [],
            "read": None,
        }
        == found["web01-0003"]
    )
    assert found["web01-0001"]["parent"] is None


def test_a_point_whose_parent_is_gone_says_where_the_chain_is_broken(folder: Path, call: Call) -> None:
    (folder / "web01-0001.vbx").unlink()
    called = call("points", str(folder))
    assert called.code == 1
    assert called.out.count("cannot be restored: the parent of web01-0002 is missing") == 2


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_rescan_makes_the_catalogue_and_tells_every_difference(folder: Path, call: Call, lang: str) -> None:
    first = call("rescan", str(folder), "--lang", lang)
    assert (first.code, first.err) == (0, "")
    assert "catalogue.sqlite" in first.out
    (folder / "sql01-0003.vbx").unlink()
    (folder / "web01-0009.vbx.part").write_bytes(b"begun")
    (folder / "web01-0001.vbx").write_bytes(b"x" * 5000)
    second = call("rescan", str(folder), "--lang", lang)
    assert second.code == 1
    for said in ("sql01-0003", "web01-0009.vbx.part", "web01-0001", "web01-0002", "web01-0003"):
        assert said in second.out
    document = json.loads(call("rescan", str(folder), "--json").out)
    assert (document["added"], document["removed"], document["changed"]) == ([], [], [])
    assert [one["point"] for one in document["damaged"]] == ["web01-0001", "web01-0002", "web01-0003"]
    assert document["unfinished"] == [{"bytes": 5, "file": "web01-0009.vbx.part", "live": False}]


def test_a_catalogue_that_is_garbage_hinders_nobody(folder: Path, call: Call, tmp_path: Path) -> None:
    (folder / "catalogue.sqlite").write_bytes(b"garbage" * 100)
    listed = call("points", str(folder))
    assert listed.code == 0
    assert "catalogue.sqlite is not used: it is damaged" in listed.err
    assert call("verify", str(folder)).code == 0
    output = str(tmp_path / "disk.img")
    assert call("restore", str(folder), "web01-0003", "--disk", "disk", "-o", output).code == 0
    assert Path(output).read_bytes() == content_of("crrabb")
    assert "catalogue.sqlite.aside-1" in call("rescan", str(folder)).out
    assert (folder / "catalogue.sqlite.aside-1").read_bytes() == b"garbage" * 100
    assert call("points", str(folder)).err == ""


def test_rules_let_the_oldest_go_and_what_stays_is_the_same(folder: Path, call: Call) -> None:
    dry = call("expire", str(folder), "--keep-points", "1", "--dry-run")
    assert (dry.code, len(names(folder))) == (0, 6)
    assert "4 restore points" in dry.out and "would go" in dry.out
    done = call("expire", str(folder), "--keep-points", "1")
    assert (done.code, names(folder)) == (0, ["sql01-0003", "web01-0003"])
    assert done.out.count("merged into") == 4
    for point in names(folder):
        assert read_back(Repository(folder), point) == {"disk": content_of("crrabb")}
    again = json.loads(call("expire", str(folder), "--keep-points", "1", "--json").out)
    assert again["removed"] == []
    with sqlite3.connect(folder / "catalogue.sqlite") as catalogue:
        kept = catalogue.execute("SELECT id FROM point").fetchall()
        sessions = catalogue.execute("SELECT operation, vm, outcome FROM session").fetchall()
    catalogue.close()
    assert kept == [("sql01-0003",), ("web01-0003",)]
    assert sessions == [("expire", "sql01", "done"), ("expire", "web01", "done")]


def test_days_count_from_now(folder: Path, call: Call) -> None:
    """The points of the fixture are of a day in 2026 that will be long gone, or lies ahead: then all of them stay."""
    document = json.loads(call("expire", str(folder), "--keep-days", "1000000", "--dry-run", "--json").out)
    assert {one["fate"] for one in document["points"]} == {"keep"}
    assert all("within-days" in one["reasons"] for one in document["points"])


def test_a_point_goes_by_name_into_its_child(folder: Path, call: Call) -> None:
    document = json.loads(call("expire", str(folder), "web01-0002", "--json").out)
    assert document["removed"] == ["web01-0002"]
    assert names(folder) == ["sql01-0001", "sql01-0002", "sql01-0003", "web01-0001", "web01-0003"]
    assert read_back(Repository(folder), "web01-0003") == {"disk": content_of("crrabb")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name the restore points that are to go"),
        (("web01-0001", "--keep-points", "1"), "either name restore points"),
        (("web01-0009",), "there is no restore point 'web01-0009'"),
        (("web01-0001", "web01-0003"), "web01-0003 has to stay: the newest of the VM always stays"),
        (("--keep-points", "0"), "--keep-points"),
        (("--keep-days", "x"), "--keep-days"),
    ],
)
def test_what_does_not_go_is_said_before_anything_is_done(
    arguments: tuple[str, ...], said: str, folder: Path, call: Call
) -> None:
    called = call("expire", str(folder), *arguments)
    assert called.code == 2
    assert said in called.err
    assert len(names(folder)) == 6


@pytest.mark.parametrize("command", [("expire", "--keep-points", "1"), ("synthetic", "web01-0002")])
def test_a_vm_that_somebody_works_on_is_busy(command: tuple[str, ...], folder: Path, call: Call) -> None:
    command_line = ["flock", str(lock_path(folder, "web01")), "sh", "-c", "echo held; exec cat"]
    with (
        subprocess.Popen(command_line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder,
        outlasting(holder),
    ):
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        name, *rest = command
        called = call(name, str(folder), *rest)
        assert called.code == 4
        assert "another run is working here" in called.err
        assert [point for point in names(folder) if point.startswith("web01")] == [
            "web01-0001",
            "web01-0002",
            "web01-0003",
        ]


def test_a_synthetic_full_needs_no_other_and_keeps_its_name(folder: Path, call: Call) -> None:
    called = call("synthetic", str(folder), "web01-0002")
    assert called.code == 0
    assert "web01-0002 is a synthetic full now" in called.out
    assert "is a full already" in call("synthetic", str(folder), "web01-0002").out
    (folder / "web01-0001.vbx").unlink()
    assert read_back(Repository(folder), "web01-0003") == {"disk": content_of("crrabb")}
    assert call("verify", str(folder)).code == 0
    assert call("synthetic", str(folder), "nothing").code == 2


def test_damage_that_is_needed_refuses_the_merge(folder: Path, call: Call) -> None:
    path = folder / "web01-0001.vbx"
    data = bytearray(path.read_bytes())
    data[4096 + 64 + 2] ^= 1
    path.write_bytes(data)
    before = names(folder)
    for command in (("synthetic", "web01-0003"), ("expire", "--keep-points", "1")):
        name, *rest = command
        called = call(name, str(folder), *rest)
        assert called.code == 1
        assert [point for point in names(folder) if point.startswith("web01")] == before[3:]
    with sqlite3.connect(folder / "catalogue.sqlite") as catalogue:
        sessions = catalogue.execute("SELECT operation, vm, outcome FROM session").fetchall()
    catalogue.close()
    assert sessions == [
        ("synthetic", "web01", "damaged-blocks"),
        ("expire", "sql01", "done"),
        ("expire", "web01", "damaged-blocks"),
    ]


def test_a_disk_that_is_full_is_said_before_anything_begins(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vbtui.engine.repository.space.free_bytes", lambda _: 5)
    before = {path.name: path.read_bytes() for path in folder.glob("*.vbx")}
    for command in (("synthetic", "web01-0003"), ("expire", "--keep-points", "1")):
        name, *rest = command
        called = call(name, str(folder), *rest)
        assert called.code == 4
        assert "has not enough room" in called.err and "5 B free" in called.err
    assert {path.name: path.read_bytes() for path in folder.glob("*.vbx")} == before
    assert list(folder.glob("*.part")) == []


def test_a_narrow_terminal_gets_fewer_columns() -> None:
    from vbtui.i18n import translator
    from vbtui.render.repository_sheets import DiskFacts, PointFacts, points_sheets

    found = PointFacts(
        "p-0002", "p-0002.vbx", 2048, "whole", "", (), "vm", "p-0001", "incremental", 2, "p-0001", None, 0, 4096, 4096,
        1024, "fast", (DiskFacts("a", 4096), DiskFacts("b", 512)),
    )  # fmt: skip
    narrow = points_sheets(translator("en"), "x", [found])[1].narrow
    assert narrow is not None
    assert narrow.rows == (
        (
            "└ p-0002\n  incremental 2",
            "1970-01-01 00:00:00",
            "a (4 KiB)\nb (512 B)",
            "2 KiB\n4 KiB / 1 KiB",
            "whole",
        ),
    )
