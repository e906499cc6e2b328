"""A disk comes back bit for bit, whole or in part, in every format, or nothing comes back and the reason is said."""

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
from dataclasses import replace
from pathlib import Path

import pytest
from dying_storage import Died, Dying
from hypothesis import given, settings
from hypothesis import strategies as st
from restore_chains import write_point
from restore_points import BLOCK, content_of
from vmdk_images import content_by_qemu, run, tool

from vbtui.engine import Chain, Damage, DamagedBlock, DamagedBlocks, DamagedPoint, Repository, restore_disk
from vbtui.engine.disk import SECTOR, NewFormat, RawDisk, open_image
from vbtui.engine.errors import Cancelled, ImageBusy, NoSpace, OutputExists, OutsideDisk, UnknownDisk
from vbtui.engine.repository import DamagedPart, space
from vbtui.engine.repository.layout import FOOTER_SIZE, Footer
from vbtui.engine.storage import Storage

NAMES = {NewFormat.RAW: "out.img", NewFormat.VMDK_SPARSE: "out.vmdk", NewFormat.VMDK_FLAT: "out.vmdk"}
SYSTEM = {
    "p1": content_of("abcdr.eaa..") + bytes(5 * BLOCK) + content_of("zz", tail=SECTOR),
    "p2": content_of("abQdr.aaa.r") + bytes(4 * BLOCK) + content_of("1zz", tail=SECTOR),
    "p3": content_of("abQ.rNaaazr") + bytes(4 * BLOCK) + content_of("1z.r"),
}
POINTS = {
    "p1": {"system": SYSTEM["p1"], "data": b"x" * BLOCK},
    "p2": {"system": SYSTEM["p2"], "data": b"x" * BLOCK},
    "p3": {"data": content_of(".yd"), "system": SYSTEM["p3"]},
}


@pytest.fixture
def chained(repository: Repository) -> Repository:
    """A full point and two increments of a VM with two disks, which change, shrink and grow."""
    parent = None
    for point, disks in POINTS.items():
        write_point(repository, point, disks, parent)
        parent = point
    return repository


def opened(repository: Repository, point: str = "p3", *, tolerant: bool = False) -> Chain:
    return repository.open_chain(point, tolerant=tolerant)


class Told(list[tuple[int, int]]):
    """Keeps what it is told of the progress."""

    def __call__(self, done: int, total: int) -> None:
        self.append((done, total))


def names(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()} - {"repository"}


def view(path: Path) -> bytes:
    image = open_image(path)
    try:
        data = bytearray(image.size)
        image.read_into(0, memoryview(data))
        return bytes(data)
    finally:
        image.close()


def damage(repository: Repository, point: str, disk: str, block: int) -> DamagedBlock:
    """Flip a bit of the record of a block; how it will be named."""
    with opened(repository, point) as chain:
        number = chain.disk(disk)
        assert number is not None
        owner, record = chain.locate(number, block)
        path, at, name = owner.path, record.offset + 64, owner.header.point_id
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    return DamagedBlock(disk, block, Damage.PAYLOAD, name, at - 64)


@pytest.mark.parametrize("form", NewFormat)
@pytest.mark.parametrize("point", POINTS)
def test_every_point_of_a_chain_restores_in_every_format(
    chained: Repository, tmp_path: Path, point: str, form: NewFormat
) -> None:
    for disk, content in POINTS[point].items():
        told = Told()
        output = tmp_path / disk / NAMES[form]
        output.parent.mkdir()
        with opened(chained, point) as chain:
            report = restore_disk(chain, disk, output, form=form, on_progress=told)
        assert view(output) == content
        assert report.ok
        assert (report.output, report.offset, report.size) == (output, 0, len(content))
        assert report.written == sum(
            len(one) for one in (content[at : at + BLOCK] for at in range(0, len(content), BLOCK)) if one.strip(b"\0")
        )
        assert told == sorted(told)
        assert told[-1] == (report.written, report.written)
        assert not any(one.endswith(".part") for one in names(output.parent))


@pytest.mark.parametrize("form", NewFormat)
def test_qemu_reads_what_was_restored(chained: Repository, tmp_path: Path, form: NewFormat) -> None:
    model, output = tmp_path / "model.img", tmp_path / NAMES[form]
    model.write_bytes(POINTS["p3"]["system"])
    with opened(chained) as chain:
        restore_disk(chain, "system", output, form=form)
    kind = "raw" if form is NewFormat.RAW else "vmdk"
    out = run(tool("qemu-img"), "compare", "-f", "raw", "-F", kind, model, output)
    assert "identical" in out
    if form is NewFormat.VMDK_SPARSE:
        run(tool("qemu-img"), "check", "-f", "vmdk", output)
        assert content_by_qemu(output) == POINTS["p3"]["system"]


@pytest.mark.parametrize("form", [NewFormat.RAW, NewFormat.VMDK_SPARSE])
def test_holes_stay_holes(repository: Repository, tmp_path: Path, form: NewFormat) -> None:
    content = b"a" * BLOCK + bytes(16 * 2**20) + b"b" * BLOCK
    write_point(repository, "p1", {"disk": content})
    with opened(repository, "p1") as chain:
        restore_disk(chain, "disk", tmp_path / NAMES[form], form=form)
    assert view(tmp_path / NAMES[form]) == content
    assert (tmp_path / NAMES[form]).stat().st_blocks * 512 <= 256 * 1024


@given(data=st.data())
@settings(deadline=None, max_examples=40)
def test_any_range_is_that_part_of_the_disk(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("range")
    repository = Repository(folder / "repository")
    letters, tail = data.draw(st.text("abr.", min_size=1, max_size=6)), data.draw(st.sampled_from([0, SECTOR]))
    content = content_of(letters, tail=tail)
    write_point(repository, "p1", {"disk": content})
    offset = data.draw(st.integers(0, len(content) - 1))
    length = data.draw(st.integers(1, len(content) - offset))
    with opened(repository, "p1") as chain:
        report = restore_disk(chain, "disk", folder / "part.img", area=(offset, length))
        assert (folder / "part.img").read_bytes() == content[offset : offset + length]
        assert (report.offset, report.size) == (offset, length)
        sectors = length // SECTOR * SECTOR
        if sectors:
            restore_disk(chain, "disk", folder / "part.vmdk", form=NewFormat.VMDK_SPARSE, area=(offset, sectors))
            assert view(folder / "part.vmdk") == content[offset : offset + sectors]


@pytest.mark.parametrize("area", [(-1, 1), (0, 0), (0, -1), (0, 2**40), (2**40, 1), (2**63, 2**63)])
def test_a_range_that_the_disk_does_not_have_is_refused(
    chained: Repository, tmp_path: Path, area: tuple[int, int]
) -> None:
    with opened(chained) as chain, pytest.raises(OutsideDisk) as refused:
        restore_disk(chain, "system", tmp_path / "out", area=area)
    assert (refused.value.size, refused.value.offset, refused.value.length) == (len(POINTS["p3"]["system"]), *area)
    with opened(chained) as chain, pytest.raises(ValueError):
        restore_disk(chain, "system", tmp_path / "out.vmdk", form=NewFormat.VMDK_SPARSE, area=(0, 100))
    with opened(chained) as chain, pytest.raises(UnknownDisk):
        restore_disk(chain, "other", tmp_path / "out")
    assert names(tmp_path) == set()


@pytest.mark.parametrize("form", NewFormat)
def test_damaged_blocks_are_all_named_and_nothing_is_left(chained: Repository, tmp_path: Path, form: NewFormat) -> None:
    found = [damage(chained, "p3", "system", block) for block in (1, 5, 4)]
    damaged = tuple(one for one in chained.verify("p3").damaged if one.disk == "system")
    assert {one.point for one in found} == {"p1", "p3"}
    assert set(found) < set(damaged)  # duplicates of theirs as well
    output = tmp_path / NAMES[form]
    with opened(chained) as chain, pytest.raises(DamagedBlocks) as refused:
        restore_disk(chain, "system", output, form=form)
    assert refused.value.blocks == damaged
    assert names(tmp_path) == set()
    # Where none of them is, everything can be had.
    with opened(chained) as chain:
        restore_disk(chain, "system", output, form=form, area=(6 * BLOCK, 3 * BLOCK))
    assert view(output) == POINTS["p3"]["system"][6 * BLOCK : 9 * BLOCK]


@pytest.mark.parametrize("form", NewFormat)
def test_what_is_whole_can_be_saved(chained: Repository, tmp_path: Path, form: NewFormat) -> None:
    for block in (1, 5, 4):
        damage(chained, "p3", "system", block)
    found = tuple(one for one in chained.verify("p3").damaged if one.disk == "system")
    expected = bytearray(POINTS["p3"]["system"])
    for one in found:
        expected[one.block * BLOCK : (one.block + 1) * BLOCK] = bytes(BLOCK)
    output = tmp_path / NAMES[form]
    with opened(chained, tolerant=True) as chain:
        report = restore_disk(chain, "system", output, form=form, salvage=True)
    assert report.damaged == found and len(found) >= 3
    assert not report.ok
    assert view(output) == expected


def test_a_disk_behind_a_damaged_index_can_be_saved_as_far_as_newer_files_speak_of_it(
    chained: Repository, tmp_path: Path
) -> None:
    with chained.open("p1") as point:
        at = point.page_offset(0) + 100
    path = chained.path / "p1.vbx"
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    with opened(chained, tolerant=True) as chain:
        with pytest.raises(DamagedBlocks):
            restore_disk(chain, "system", tmp_path / "out")
        report = restore_disk(chain, "system", tmp_path / "out", salvage=True)
    got, content = view(tmp_path / "out"), POINTS["p3"]["system"]
    lost = {one.block for one in report.damaged}
    assert {one.damage for one in report.damaged} == {Damage.INDEX}
    for block in range(-(-len(content) // BLOCK)):
        piece = slice(block * BLOCK, (block + 1) * BLOCK)
        assert got[piece] == (bytes(len(content[piece])) if block in lost else content[piece])
    assert 2 not in lost and 3 not in lost  # the increments say them anew


def test_a_chain_that_restores_to_something_else_than_it_names_is_opened_to_be_salvaged_only(
    chained: Repository, tmp_path: Path
) -> None:
    path = chained.path / "p3.vbx"
    data = path.read_bytes()
    footer = Footer.unpack(data[-FOOTER_SIZE:], len(data))
    path.write_bytes(data[:-FOOTER_SIZE] + replace(footer, content_root=bytes(32)).pack())
    with pytest.raises(DamagedPoint):
        opened(chained)
    with opened(chained, tolerant=True) as chain:
        report = restore_disk(chain, "data", tmp_path / "out", salvage=True)
    assert (report.damaged, report.structure) == ((), (DamagedPart("p3", Damage.STRUCTURE),))
    assert not report.ok


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
    done = subprocess.run([tool("unshare"), "-m", *command], capture_output=True, text=True, check=False)
    assert done.stdout == "nothing is left\n", done.stderr


def test_a_process_that_dies_anywhere_leaves_a_part_file_or_a_whole_image(chained: Repository, tmp_path: Path) -> None:
    content, output = POINTS["p3"]["system"], tmp_path / "at" / "out"
    (tmp_path / "side").mkdir()
    output.parent.mkdir()
    counted = Dying(None, tmp_path / "side")
    with opened(chained) as chain:
        restore_disk(chain, "system", output, storage=counted)
    output.unlink()
    assert counted.calls > 14
    for at in range(counted.calls):
        for half in (False, True):
            storage = Dying(at, tmp_path / "side", half=half)
            with opened(chained) as chain, pytest.raises(Died):
                restore_disk(chain, "system", output, storage=storage)
            storage.lose_power(at)
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
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
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
