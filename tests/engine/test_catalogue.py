"""The catalogue is a cache: written from the files, read by others, and nobody's loss when it is gone."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from catalogues import HEALTH, SESSION, dump, fill, garbage, points_of
from patience import PATIENCE
from restore_points import FIRST, begin, place, restored

from vbtui.engine import PointMetadata, Repository
from vbtui.engine.errors import CatalogueUnusable
from vbtui.engine.repository.catalogue import Catalogue, HealthResult
from vbtui.engine.repository.catalogue.database import CATALOGUE, Flaw
from vbtui.engine.repository.catalogue.rescan import open_catalogue, rescan


@pytest.fixture
def filled(repository: Repository, finished: Path) -> Repository:
    """A repository with a point, and a catalogue that has a session and a health result."""
    assert finished.is_file()
    fill(repository)
    return repository


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_rescan_writes_what_the_files_say_and_tells_what_changed(repository: Repository, finished: Path) -> None:
    first = rescan(repository)
    assert (first.renewal.created, first.added, first.removed, first.changed) == (True, ("vm-0001",), (), ())
    with Catalogue(repository.path) as catalogue:
        (point,) = catalogue.points()
    assert (point.point, point.file, point.bytes) == ("vm-0001", "vm-0001.vbx", finished.stat().st_size)
    assert (point.vm, point.kind, point.sequence, point.job, point.state) == ("vm", "full", 1, "daily", "whole")
    assert [(disk.name, disk.size, disk.transport) for disk in point.disks] == [
        ("first", len(FIRST), "san"),
        ("second", 4 * 4096, "nbd"),
    ]
    again = rescan(repository)
    assert (again.renewal.created, again.added, again.removed, again.changed) == (False, (), (), ())
    with begin(repository, "vm-0002", disk=4096) as writer:
        place(writer, "disk", b"x" * 4096)
        writer.finish(PointMetadata())
    finished.unlink()
    third = rescan(repository)
    assert (third.added, third.removed, third.changed) == (("vm-0002",), ("vm-0001",), ())


def test_a_file_that_is_damaged_since_is_told_as_changed(filled: Repository, finished: Path) -> None:
    data = bytearray(finished.read_bytes())
    data[-1] ^= 1
    finished.write_bytes(data)
    report = rescan(filled)
    assert report.changed == ("vm-0001",)
    assert [info.point for info in report.damaged] == ["vm-0001"]
    with Catalogue(filled.path) as catalogue:
        assert catalogue.points()[0].vm is None


def test_other_programs_read_it(filled: Repository) -> None:
    shown = subprocess.run(
        [
            "sqlite3",
            "-readonly",
            filled.path / CATALOGUE,
            "SELECT vm, kind, sequence FROM point; PRAGMA integrity_check",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert shown.stdout == "vm|full|1\nok\n"
    facts = subprocess.run(
        ["sqlite3", filled.path / CATALOGUE, "PRAGMA journal_mode; PRAGMA user_version"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert facts.stdout == "wal\n1\n"


def test_sessions_and_health_are_read_as_they_were_written(filled: Repository) -> None:
    with Catalogue(filled.path) as catalogue:
        assert catalogue.sessions() == (SESSION,)
        assert catalogue.health("vm") == HEALTH
        assert catalogue.health("another") is None
        better = HealthResult("vm", "vm-0001", 6_000, (), ())
        catalogue.store_health(better)
        assert catalogue.health("vm") == better


def test_a_rescan_keeps_what_is_in_no_file_and_lets_go_of_vms_that_are_gone(filled: Repository, finished: Path) -> None:
    rescan(filled)
    with Catalogue(filled.path) as catalogue:
        assert catalogue.sessions() == (SESSION,)
        assert catalogue.health("vm") == HEALTH
    finished.unlink()
    rescan(filled)
    with Catalogue(filled.path) as catalogue:
        assert catalogue.sessions() == (SESSION,)
        assert catalogue.health("vm") is None


def test_every_name_that_a_point_may_have_is_kept(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "'); DROP TABLE point; --"
    with begin(repository, "x-0001", **{hostile: 4096}) as writer:
        place(writer, hostile, b"x" * 4096)
        monkeypatch.setattr(PointMetadata, "pack", lambda _: b'{"job": "half a character \\ud800"}')
        writer.finish(PointMetadata())
    assert rescan(repository).added == ("x-0001",)
    assert rescan(repository).changed == ()
    with Catalogue(repository.path) as catalogue:
        (point,) = catalogue.points()
    assert [disk.name for disk in point.disks] == [hostile]
    assert point.job == "half a character ?"


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 5000)


def middle_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096)


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()


def another_program(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE point (id)")
    connection.close()


def trigger(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TRIGGER evil AFTER DELETE ON point BEGIN DELETE FROM session; END")
    connection.close()


def orphaned_row(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO disk VALUES ('nobody', 0, 'disk', 1, NULL, NULL)")
    connection.close()


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def strange_log(path: Path) -> None:
    path.with_name(f"{CATALOGUE}-wal").mkdir()


@pytest.mark.parametrize(
    ("harm", "flaw"),
    [
        (garbage, Flaw.DAMAGED),
        (cut, Flaw.DAMAGED),
        (middle_page, Flaw.DAMAGED),
        (orphaned_row, Flaw.DAMAGED),
        (strange_log, Flaw.DAMAGED),
        (newer, Flaw.NEWER),
        (another_program, Flaw.FOREIGN),
        (trigger, Flaw.FOREIGN),
        (folder, Flaw.FOREIGN),
        (link, Flaw.FOREIGN),
    ],
    ids=lambda one: one.__name__ if callable(one) else str(one),
)
def test_what_cannot_be_trusted_is_set_aside_and_an_equal_one_written(
    harm: Callable[[Path], None], flaw: Flaw, filled: Repository, tmp_path: Path
) -> None:
    before = points_of(dump(filled.path))
    harm(filled.path / CATALOGUE)
    with pytest.raises(CatalogueUnusable) as caught:
        Catalogue(filled.path)
    assert caught.value.flaw is flaw
    assert restored(filled, "first", tmp_path / "out") == FIRST
    report = rescan(filled)
    assert report.renewal.flaw is flaw
    assert report.renewal.aside is not None
    assert os.path.lexists(report.renewal.aside)
    assert points_of(dump(filled.path)) == before
    assert rescan(filled).renewal.flaw is None
    garbage(filled.path / CATALOGUE)
    second = rescan(filled).renewal.aside
    assert second is not None
    assert second != report.renewal.aside


def test_an_empty_file_or_none_is_replaced(filled: Repository) -> None:
    before = points_of(dump(filled.path))
    (filled.path / CATALOGUE).write_bytes(b"")
    rescan(filled)
    assert points_of(dump(filled.path)) == before
    (filled.path / CATALOGUE).unlink()
    with open_catalogue(filled) as catalogue:
        assert len(catalogue.points()) == 1
    assert points_of(dump(filled.path)) == before


def test_the_log_of_a_catalogue_that_was_removed_is_not_taken_for_the_new_ones(filled: Repository) -> None:
    """Somebody removes only the largest of three files, while the log of the last run is still there."""
    before = points_of(dump(filled.path))
    with Catalogue(filled.path) as catalogue:
        catalogue.record(SESSION)
        log = (filled.path / f"{CATALOGUE}-wal").read_bytes()
        assert log
    (filled.path / CATALOGUE).unlink()
    (filled.path / f"{CATALOGUE}-wal").write_bytes(log)
    report = rescan(filled)
    assert report.renewal.aside is not None
    assert points_of(dump(filled.path)) == before
    with Catalogue(filled.path) as catalogue:
        assert catalogue.sessions() == ()


def test_every_page_flipped_is_found_or_does_no_harm(filled: Repository) -> None:
    """SQLite has no checksums: what is not found is at most a wrong cell, which the next rescan writes anew."""
    path = filled.path / CATALOGUE
    sound = path.read_bytes()
    picks = random.Random(7)
    before = points_of(dump(filled.path))
    for _ in range(60):
        data = bytearray(sound)
        data[picks.randrange(len(data))] ^= 1 << picks.randrange(8)
        for one in filled.path.glob(f"{CATALOGUE}*"):
            one.unlink()
        path.write_bytes(data)
        with suppress(CatalogueUnusable), Catalogue(filled.path) as catalogue:
            catalogue.points()
            catalogue.sessions()
            catalogue.health("vm")
        rescan(filled)
        assert points_of(dump(filled.path)) == before


def test_closing_it_leaves_nothing_open(filled: Repository) -> None:
    before = open_files()
    for _ in range(5):
        rescan(filled)
    garbage(filled.path / CATALOGUE)
    for _ in range(5):
        with pytest.raises(CatalogueUnusable):
            Catalogue(filled.path)
    assert open_files() == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE health_check SET checked_ms = 'yesterday'",
        "UPDATE damaged_block SET block = -1",
        "UPDATE damaged_block SET damage = 'new'",
        "UPDATE damaged_block SET disk = x'ff'",
        "UPDATE session SET operation = 'nothing'",
        "UPDATE session SET started_ms = 'then'",
        "UPDATE session SET outcome = CAST(x'ff' AS TEXT)",
    ],
)
def test_a_value_that_cannot_be_is_damage(change: str, filled: Repository) -> None:
    with sqlite3.connect(filled.path / CATALOGUE) as connection:
        connection.execute(change)
    connection.close()
    with Catalogue(filled.path) as catalogue, pytest.raises(CatalogueUnusable):
        catalogue.sessions()
        catalogue.health("vm")
