"""A restore that cannot go on leaves nothing, one that is killed leaves a part, and nothing that was there is lost."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from faulty_storage import Fault, FaultyStorage, How, Stopped
from patience import PATIENCE
from restore_chains import write_point
from restore_points import BLOCK
from restored_disks import NAMES, POINTS, damage, names, opened, view, write_points
from vmdk_images import tool

from vbtui.engine import DamagedBlocks, Repository, restore_disk
from vbtui.engine.disk import NewFormat, RawDisk
from vbtui.engine.errors import Cancelled, ImageBusy, NoSpace, OutputExists
from vbtui.engine.repository import space
from vbtui.engine.storage import Storage


@pytest.fixture
def chained(repository: Repository) -> Repository:
    return write_points(repository)


def test_an_image_that_exists_is_kept_unless_it_may_be_replaced(chained: Repository, tmp_path: Path) -> None:
    (tmp_path / "out.img").write_text("mine")
    (tmp_path / "out-flat.vmdk").write_text("mine")
    (tmp_path / "link.vmdk").symlink_to(tmp_path / "target")
    (tmp_path / "folder").mkdir()
    tried = [
        ("out.img", NewFormat.RAW, False),
        ("out.vmdk", NewFormat.VMDK_FLAT, False),
        ("link.vmdk", NewFormat.VMDK_SPARSE, True),
        ("folder", NewFormat.RAW, True),
    ]
    before = names(tmp_path)
    for name, form, overwrite in tried:
        with opened(chained) as chain, pytest.raises(OutputExists):
            restore_disk(chain, "data", tmp_path / name, form=form, overwrite=overwrite)
    assert names(tmp_path) == before
    assert (tmp_path / "out.img").read_text() == (tmp_path / "out-flat.vmdk").read_text() == "mine"
    for name, form, _ in tried[:2]:
        with opened(chained) as chain:
            restore_disk(chain, "data", tmp_path / name, form=form, overwrite=True)
        assert view(tmp_path / name) == POINTS["p3"]["data"]


@pytest.mark.parametrize("form", NewFormat)
def test_what_a_killed_restore_left_is_replaced_where_that_is_allowed_and_never_while_it_lives(
    chained: Repository, tmp_path: Path, form: NewFormat
) -> None:
    output = tmp_path / NAMES[form]
    part = tmp_path / (output.name + ".part")
    part.write_text("left")
    with opened(chained) as chain:
        with pytest.raises(OutputExists) as kept:
            restore_disk(chain, "data", output, form=form)
        assert kept.value.path == part
        with part.open() as alive:
            fcntl.flock(alive, fcntl.LOCK_EX)
            with pytest.raises(ImageBusy):
                restore_disk(chain, "data", output, form=form, overwrite=True)
        assert part.read_text() == "left"
        restore_disk(chain, "data", output, form=form, overwrite=True)
    assert view(output) == POINTS["p3"]["data"]
    assert not part.exists()


def test_an_image_that_came_meanwhile_is_kept(chained: Repository, tmp_path: Path) -> None:
    class Racing(Storage):
        def sync(self, number: int) -> None:  # noqa: ARG002 - the real signature
            (tmp_path / "out").write_text("came meanwhile")

    with opened(chained) as chain, pytest.raises(OutputExists):
        restore_disk(chain, "data", tmp_path / "out", storage=Racing())
    assert names(tmp_path) == {"out"}
    assert (tmp_path / "out").read_text() == "came meanwhile"


class Full(Storage):
    """A disk that is full after some writes; or one that takes a part of each."""

    def __init__(self, writes: int) -> None:
        self.left = writes

    def pwritev(self, number: int, buffers: list[memoryview], offset: int) -> int:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().pwritev(number, [buffers[0][:1000]], offset)


def test_a_disk_that_becomes_full_leaves_nothing_and_is_named(chained: Repository, tmp_path: Path) -> None:
    output = tmp_path / "out"
    for writes in range(6):
        with opened(chained) as chain, pytest.raises(OSError) as failed:
            restore_disk(chain, "system", output, storage=Full(writes))
        assert (failed.value.errno, failed.value.filename) == (errno.ENOSPC, str(output))
        assert names(tmp_path) == set()
    with opened(chained) as chain:
        restore_disk(chain, "system", output, storage=Full(10**9))
    assert output.read_bytes() == POINTS["p3"]["system"]


@pytest.mark.parametrize("form", NewFormat)
def test_a_disk_without_room_is_said_before_anything_is_written(
    chained: Repository, tmp_path: Path, form: NewFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space, "free_bytes", lambda _: 3 * BLOCK)
    with opened(chained) as chain:
        with pytest.raises(NoSpace) as refused:
            restore_disk(chain, "system", tmp_path / NAMES[form], form=form)
        assert (refused.value.free, refused.value.path) == (3 * BLOCK, tmp_path)
        assert refused.value.needed == 13 * BLOCK
        assert names(tmp_path) == set()
        restore_disk(chain, "system", tmp_path / NAMES[form], form=form, area=(0, 3 * BLOCK))


SMALL = """
import errno, pathlib, subprocess, sys
from vbtui.engine import Repository, restore_disk
from vbtui.engine.disk import NewFormat
from vbtui.engine.repository import restore
repository, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)], check=True)
restore.preflight = lambda folder, needed: None
for form in NewFormat:
    with Repository(repository).open_chain("p1") as chain:
        try:
            restore_disk(chain, "disk", folder / ("out.img" if form is NewFormat.RAW else "out.vmdk"), form=form)
        except OSError as error:
            assert error.errno == errno.ENOSPC, error
        else:
            raise AssertionError(form)
    assert list(folder.iterdir()) == [], list(folder.iterdir())
print("nothing is left")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_real_file_system_that_is_full_leaves_nothing(repository: Repository, tmp_path: Path) -> None:
    write_point(repository, "p1", {"disk": random.Random(1).randbytes(2**20)})
    (tmp_path / "small").mkdir()
    command = [sys.executable, "-c", SMALL, str(repository.path), str(tmp_path / "small")]
    done = subprocess.run(
        [tool("unshare"), "-m", *command], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.stdout == "nothing is left\n", done.stderr


def test_a_process_that_dies_anywhere_leaves_a_part_file_or_a_whole_image(chained: Repository, tmp_path: Path) -> None:
    content, output = POINTS["p3"]["system"], tmp_path / "at" / "out"
    output.parent.mkdir()
    counted = FaultyStorage(tmp_path / "side")
    with opened(chained) as chain:
        restore_disk(chain, "system", output, storage=counted)
    output.unlink()
    counted.close()
    assert len(counted.made) > 14
    for at in range(len(counted.made)):
        for how in (How.BEFORE, How.TORN, How.AFTER):
            storage = FaultyStorage(tmp_path / "side", Fault(at, how))
            with opened(chained) as chain, pytest.raises(Stopped):
                restore_disk(chain, "system", output, storage=storage)
            storage.lose_power(at)
            storage.close()
            assert not output.exists() or output.read_bytes() == content
            with opened(chained) as chain:
                restore_disk(chain, "system", output, overwrite=True)
            assert output.read_bytes() == content
            output.unlink()
            assert names(output.parent) == set()


KILLED = """
import os, pathlib, signal, sys, threading
from vbtui.engine import Repository, restore_disk
from vbtui.engine.disk import NewFormat
def die(done, total):
    if done >= total // 2:
        os.kill(os.getpid(), signal.SIGKILL)
with Repository(pathlib.Path(sys.argv[1])).open_chain("p3") as chain:
    restore_disk(chain, "system", pathlib.Path(sys.argv[2]), form=NewFormat(sys.argv[3]), on_progress=die)
"""


@pytest.mark.parametrize("form", NewFormat)
def test_a_restore_that_is_killed_leaves_only_a_part(chained: Repository, tmp_path: Path, form: NewFormat) -> None:
    output = tmp_path / "at" / NAMES[form]
    output.parent.mkdir()
    command = [sys.executable, "-c", KILLED, str(chained.path), str(output), str(form)]
    assert subprocess.run(command, check=False, timeout=PATIENCE).returncode == -signal.SIGKILL
    assert names(output.parent) and all(name.endswith(".part") for name in names(output.parent))
    with opened(chained) as chain:
        restore_disk(chain, "system", output, form=form, overwrite=True)
    assert view(output) == POINTS["p3"]["system"]
    assert not any(name.endswith(".part") for name in names(output.parent))


@pytest.mark.parametrize("form", NewFormat)
def test_a_restore_ends_when_it_is_told_to(chained: Repository, tmp_path: Path, form: NewFormat) -> None:
    stop = threading.Event()
    with opened(chained) as chain, pytest.raises(Cancelled):
        restore_disk(chain, "system", tmp_path / NAMES[form], form=form, stop=stop, on_progress=lambda *_: stop.set())
    assert names(tmp_path) == set()


def test_an_error_in_the_listener_ends_the_restore(chained: Repository, tmp_path: Path) -> None:
    def listen(*_: int) -> None:
        raise LookupError

    for form in NewFormat:
        with opened(chained) as chain, pytest.raises(LookupError):
            restore_disk(chain, "system", tmp_path / NAMES[form], form=form, on_progress=listen)
    assert names(tmp_path) == set()


def test_many_restores_leave_no_descriptor_and_no_thread(chained: Repository, tmp_path: Path) -> None:
    def open_now() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before, threads = open_now(), threading.active_count()
    damage(chained, "p3", "system", 4)
    for form in NewFormat:
        for _ in range(5):
            with opened(chained) as chain:
                restore_disk(chain, "data", tmp_path / NAMES[form], form=form, overwrite=True)
                with pytest.raises(DamagedBlocks):
                    restore_disk(chain, "system", tmp_path / NAMES[form], form=form, overwrite=True)
    assert (open_now(), threading.active_count()) == (before, threads)


def test_memory_does_not_grow_with_the_disk(repository: Repository, tmp_path: Path) -> None:
    """16 MiB of blocks that do not compress through two threads; what is counted are the pages of the process."""
    write_point(repository, "p1", {"disk": random.Random(2).randbytes(16 * 2**20)})

    def restored() -> int:
        with opened(repository, "p1") as chain:
            restore_disk(chain, "disk", tmp_path / "out", overwrite=True)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    first = restored()
    assert restored() - first <= 1024
    disk = RawDisk(tmp_path / "out")
    assert disk.size == 16 * 2**20
    disk.close()
