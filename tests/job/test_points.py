"""Work on restore points: threads that end, progress that is polled, and a folder that looking never makes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from restore_points import BLOCK, FIRST, begin, content_of, place

from vbtui.engine import PointMetadata, Repository
from vbtui.engine.errors import OutputExists, UnknownPoint
from vbtui.job import HealthReport, KeptPoints, PointWork, RestoreReport, VerifyReport, WorkKind

PATIENCE = 30.0


@pytest.fixture
def kept(tmp_path: Path) -> KeptPoints:
    folder = tmp_path / "points"
    with begin(Repository(folder), a=len(FIRST)) as point:
        place(point, "a", FIRST)
        point.finish(PointMetadata())
    return KeptPoints(folder, clock=lambda: 5.0, now_ms=lambda: 1_800_000_000_000)


def damage(kept: KeptPoints) -> None:
    """Turn a bit over in the middle of the records."""
    path = next(kept.folder.glob("*.vbx"))
    content = bytearray(path.read_bytes())
    content[BLOCK + 64 + 8] ^= 1
    path.write_bytes(content)


def test_looking_at_a_folder_that_is_not_there_finds_nothing_and_makes_nothing(tmp_path: Path) -> None:
    assert KeptPoints(tmp_path / "none").points() == ()
    assert not (tmp_path / "none").exists()


def test_a_whole_point_is_verified(kept: KeptPoints) -> None:
    work = kept.verify("vm-0001")
    assert work.wait(PATIENCE)
    told = work.progress()
    assert (told.kind, told.subject, told.finished, told.cancelled) == (WorkKind.VERIFY, "vm-0001", True, False)
    assert isinstance(told.report, VerifyReport)
    assert told.report.ok
    assert told.done == told.total > 0
    assert told.fraction == 1.0


def test_damage_is_a_report_and_not_an_error(kept: KeptPoints) -> None:
    damage(kept)
    work = kept.verify("vm-0001")
    assert work.wait(PATIENCE)
    report = work.progress().report
    assert isinstance(report, VerifyReport)
    assert not report.ok
    assert work.progress().error is None


def test_a_health_check_names_what_is_damaged_and_is_remembered(kept: KeptPoints) -> None:
    damage(kept)
    work = kept.check_health("vm")
    assert work.wait(PATIENCE)
    report = work.progress().report
    assert isinstance(report, HealthReport)
    assert report.affected == ("vm-0001",)
    assert len(report.records) == 1


def test_a_disk_is_restored_bit_for_bit(kept: KeptPoints, tmp_path: Path) -> None:
    output = tmp_path / "a.img"
    work = kept.restore("vm-0001", "a", output)
    assert work.wait(PATIENCE)
    assert isinstance(work.progress().report, RestoreReport)
    assert output.read_bytes() == FIRST == content_of("ab.rarc.b", tail=512)


@pytest.mark.parametrize("exists", [True, False])
def test_what_goes_wrong_is_kept_as_it_was_raised(kept: KeptPoints, tmp_path: Path, exists: bool) -> None:
    output = tmp_path / "a.img"
    if exists:
        output.write_bytes(b"mine")
    work = kept.restore("vm-0001" if exists else "vm-0002", "a", output)
    assert work.wait(PATIENCE)
    assert isinstance(work.progress().error, OutputExists if exists else UnknownPoint)
    assert work.progress().report is None
    assert not exists or output.read_bytes() == b"mine"


def test_cancelled_work_ends_and_leaves_no_file(kept: KeptPoints, tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()
    folder = Repository(kept.folder)

    def slow(done: int, total: int) -> None:
        assert done <= total
        begun.set()
        go_on.wait(PATIENCE)

    work = PointWork(
        WorkKind.RESTORE,
        "vm-0001",
        lambda _, stop: folder.restore("vm-0001", "a", tmp_path / "a.img", on_progress=slow, stop=stop),
    )
    assert begun.wait(PATIENCE)
    assert not work.wait(0)
    work.cancel()
    go_on.set()
    assert work.wait(PATIENCE)
    assert work.progress().cancelled
    assert list(tmp_path.iterdir()) == [kept.folder]


def test_no_thread_is_left(kept: KeptPoints, tmp_path: Path) -> None:
    before = set(threading.enumerate())
    for work in (kept.verify("vm-0001"), kept.check_health("vm"), kept.restore("vm-0001", "a", tmp_path / "a.img")):
        assert work.wait(PATIENCE)
    assert set(threading.enumerate()) <= before
