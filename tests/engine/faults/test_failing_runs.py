"""A run that cannot go on says why; earlier points are as they were, nothing is left over, and the next run succeeds.

Every call of a run fails once, or all that need room fail from one on; a real file system runs full; signals interrupt
calls of the kernel.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from faulty_storage import Fault, FaultyStorage, How
from patience import PATIENCE
from protected_disk import BLOCK, SIZE, VM, Protected, Protection, content_of, read_all
from restore_chains import begin_point, read_back, send, write_point

from vbtui.engine import LiveDisk, PointMetadata, Repository
from vbtui.engine.storage import STORAGE

LONG = bool(os.environ.get("VBTUI_LONG_TESTS"))
NEW, NEXT = "p0003", "p0004"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Protection:
    return Protection.make(tmp_path_factory.mktemp("failing") / "template")


def calls_of_a_run(template: Protection, folder: Path) -> int:
    made = template.copy(folder / "counted")
    made.place.storage = storage = FaultyStorage(folder / "side")
    with made.place.opened() as disk:
        made.place.back_up(disk, NEW)
        count = len(storage.made)
    storage.close()
    return count


@pytest.mark.parametrize("how", [How.ONCE, How.FROM_THEN_ON], ids=["once", "from-then-on"])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EINTR], ids=["ENOSPC", "EIO", "EINTR"])
def test_a_call_that_fails_ends_the_run_and_nothing_else(
    template: Protection, tmp_path: Path, how: How, error: int, tell: Callable[[str, object], None]
) -> None:
    """The process lives on: the same open disk serves the guest, and the next run needs no new start."""
    checked = 0
    for at in range(0, calls_of_a_run(template, tmp_path), 1 if LONG else 4):
        made = template.copy(tmp_path / f"{at}")
        storage = FaultyStorage(tmp_path / "side")
        made.place.storage = storage
        try:
            fail_at(made, storage, Fault(at, how, error))
        except BaseException as found:
            found.add_note(f"call {at}, {how}, {errno.errorcode[error]}: {made.place.folder}")
            raise
        storage.close()
        made.place.storage = Protected(tmp_path).storage
        made.place.check(made.points, thorough=LONG)
        shutil.rmtree(made.place.folder)
        checked += 1
    tell(f"calls that failed with {errno.errorcode[error]} {how.name.lower()}", checked)


def fail_at(made: Protection, storage: FaultyStorage, fault: Fault) -> None:
    place, model = made.place, made.model
    with place.opened() as disk:
        before = len(storage.made)
        storage.fault = Fault(before + fault.at, fault.how, fault.error)
        failure = None
        try:
            place.back_up(disk, NEW)
        except OSError as found:
            failure = found
        storage.fault = None
        assert read_all(disk) == model.content
        if failure is None or NEW in {one.point for one in place.points()}:
            made.points[NEW] = model.content
        if failure is not None:
            assert failure.errno == fault.error
        assert place.check(made.points) == set(made.points)
        # It stays where its removal was what failed.
        (place.repository.path / f"{NEW}.vbx.part").unlink(missing_ok=True)
        made.unchanged()
        disk.recover()
        assert disk.leftover == ()
        model.write(disk, 5 * BLOCK, content_of(77, 1000))
        made.points[NEXT] = model.content
        place.back_up(disk, NEXT)
        assert read_all(disk) == model.content
        made.unchanged()
    assert {path.name for path in place.image.parent.iterdir()} == {"web01.vmdk", "web01-flat.vmdk", "web01-ctk.vmdk"}


@pytest.mark.parametrize("run", ["merge", "synthetic", "restore"])
def test_a_full_file_system_stops_what_works_on_points(template: Protection, tmp_path: Path, run: str) -> None:
    at, failed = 0, True
    while failed:
        made = template.copy(tmp_path / f"{at}")
        made.place.storage = storage = FaultyStorage(tmp_path / "side", Fault(at, How.FROM_THEN_ON, errno.ENOSPC))
        try:
            work(made, run)
            failed = False
        except OSError as error:
            assert error.errno == errno.ENOSPC
            made.unchanged()
            assert sorted(path.name for path in made.place.folder.iterdir()) == ["repository", "store"]
            storage.fault = None
            work(made, run)
        storage.close()
        assert made.place.check(made.points) == set(made.points)
        at += 1 if LONG else 2
    assert at > 3


def work(made: Protection, run: str) -> None:
    if run == "restore":
        assert made.place.restored("p0002") == made.points["p0002"]
        return
    with made.place.repository.lock(VM):
        if run == "synthetic":
            made.place.repository.synthetic("p0002")
        else:
            made.place.repository.merge("p0001")
            del made.points["p0001"]


@contextmanager
def small_file_system(folder: Path) -> Iterator[None]:
    """A real one with room for the template and little more; skips where nobody may mount one."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=3m", "vbtui-faults", str(folder)]
    mount = shutil.which("mount")
    if (
        os.geteuid()
        or mount is None
        or subprocess.run([mount, *options], capture_output=True, timeout=PATIENCE).returncode
    ):
        pytest.skip("mounting a file system needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True, timeout=PATIENCE)


def test_a_real_file_system_that_runs_full_in_a_run(template: Protection, tmp_path: Path) -> None:
    """The repository has the disk's file system for itself: a run stops wherever the room ends."""
    with small_file_system(tmp_path / "small"):
        for left in range(16, 800, 16 if LONG else 98):
            made = template.copy(tmp_path / f"{left}")
            stored = tmp_path / "small" / "repository"
            shutil.rmtree(stored, ignore_errors=True)
            shutil.move(made.place.repository.path, stored)
            (made.place.folder / "repository").symlink_to(stored)
            made.place.storage = STORAGE
            ballast = tmp_path / "small" / "ballast"
            state = os.statvfs(stored)
            ballast.write_bytes(bytes(state.f_bavail * state.f_frsize - left * 1024))
            with made.place.opened() as disk:
                made.model.write(disk, 0, os.urandom(7 * BLOCK))
                try:
                    made.place.back_up(disk, NEW)
                    made.points[NEW] = made.model.content
                    assert left > 7 * 64
                except OSError as full:
                    assert full.errno == errno.ENOSPC
                    assert left < 7 * 64 + 256
                made.unchanged()
                ballast.unlink()
                made.points[NEXT] = made.model.content
                made.place.back_up(disk, NEXT)
            made.unchanged()


def test_signals_in_the_middle_of_calls_do_no_harm(template: Protection, tmp_path: Path) -> None:
    """The real EINTR: a timer interrupts whatever the process waits in."""
    made = template.copy(tmp_path / "interrupted")
    made.place.storage = STORAGE
    count = 0

    def tick(_number: int, _frame: FrameType | None) -> None:
        nonlocal count
        count += 1

    previous = signal.signal(signal.SIGALRM, tick)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        with made.place.opened() as disk:
            made.points[NEW] = made.model.content
            made.place.back_up(disk, NEW, full=True, workers=2)
        assert made.place.restored(NEW) == made.points[NEW]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert count
    made.unchanged()


def test_a_point_whose_writing_failed_is_not_there_and_the_reason_is_the_first_error(tmp_path: Path) -> None:
    """Also where the last calls fail, after the file has its name: whoever is told of an error finds nothing done."""
    content = {"d": content_of(5, 5 * 4096)}
    at, failed = 0, True
    while failed:
        storage = FaultyStorage(tmp_path / "side")
        repository = Repository(tmp_path / f"{at}", storage=storage)
        storage.fault = Fault(len(storage.made) + at, How.ONCE, errno.EDQUOT)
        try:
            write_point(repository, "p1", content)
            failed = False
        except OSError as error:
            assert error.errno == errno.EDQUOT
            left = {path.name for path in repository.path.iterdir()}
            # Only a removal that failed leaves the part file.
            assert left <= ({"p1.vbx.part"} if storage.made[storage.fault.at] == "unlink" else set())
            write_point(repository, "p1", content)
        storage.close()
        assert read_back(repository, "p1") == content and repository.verify("p1").ok
        at += 1
    assert at > 8


def test_every_thread_and_the_end_are_told_why_a_point_cannot_be_written(tmp_path: Path) -> None:
    storage = FaultyStorage(tmp_path / "side")
    repository = Repository(tmp_path / "r", storage=storage)
    content = {"d": content_of(5, 3 * 4096)}
    with begin_point(repository, "p1", content) as writer:
        storage.fault = Fault(len(storage.made), How.FROM_THEN_ON, errno.ENOSPC)
        for _ in range(2):
            with pytest.raises(OSError) as full:
                send(writer, "d", content["d"])
            assert full.value.errno == errno.ENOSPC
        with pytest.raises(OSError) as full:
            writer.finish(PointMetadata())
        assert full.value.errno == errno.ENOSPC
    storage.close()
    assert list(repository.path.iterdir()) == []


@pytest.mark.parametrize("what", ["enable", "disable", "close"])
def test_tracking_that_cannot_be_switched_can_be_switched_again(tmp_path: Path, what: str) -> None:
    at, failed = 0, True
    while failed:
        place = Protected(tmp_path / f"{at}", FaultyStorage(tmp_path / "side"))
        place.make(content_of(1, SIZE))
        assert isinstance(place.storage, FaultyStorage)
        with place.opened() as disk:
            if what == "enable":
                disk.disable_tracking()
            place.back_up(disk, "p0001")
        failed = switch(place, place.storage, what, at)
        with place.opened() as disk:
            expected = read_all(disk)
            place.back_up(disk, NEW)
            disk.write(3 * BLOCK, content_of(2, 512))
            assert place.back_up(disk, NEXT)
        assert place.restored(NEW) == expected
        assert place.restored(NEXT) == expected[: 3 * BLOCK] + content_of(2, 512) + expected[3 * BLOCK + 512 :]
        place.storage.close()
        at += 1
    assert at > 1


def switch(place: Protected, storage: FaultyStorage, what: str, at: int) -> bool:
    """Whether the call `at` was made, and failed; the guest writes before and after it."""
    disk = LiveDisk(place.image, storage=storage)
    disk.write(0, content_of(3, 512))
    storage.fault = Fault(len(storage.made) + at, How.ONCE, errno.EIO)
    failed = False
    try:
        {"enable": disk.enable_tracking, "disable": disk.disable_tracking, "close": disk.close}[what]()
    except OSError as error:
        assert error.errno == errno.EIO
        failed = True
    storage.fault = None
    if what != "close":
        disk.write(BLOCK, content_of(4, 512))
        disk.enable_tracking()
        assert disk.create_snapshot().change_id is not None
        disk.commit()
        disk.write(2 * BLOCK, content_of(5, 512))
    disk.close()
    return failed
