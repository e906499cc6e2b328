"""Disks in other formats: the same bytes, sparse, whole or not there; and what two disks differ in."""

from __future__ import annotations

import errno
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vmdk_images import GRAIN, SECTOR, content_by_qemu, descriptor, disk_bytes, run, sparse_file, stream_optimized, tool

from vbtui.engine.disk import (
    Difference,
    NewFormat,
    NewImage,
    RawDisk,
    RunKind,
    VmdkDisk,
    compare_images,
    conversion,
    convert_image,
    open_image,
    runs_of,
)
from vbtui.engine.disk.conversion import written_ranges
from vbtui.engine.disk.vmdk import NoAccess, create_child
from vbtui.engine.errors import BadImage, OutputExists
from vbtui.vocabulary import KiB, MiB

SIZE = 5 * MiB + 3 * SECTOR
CONTENT = disk_bytes(SIZE, 11)
NAMES = {NewFormat.RAW: "new.img", NewFormat.VMDK_SPARSE: "new.vmdk", NewFormat.VMDK_FLAT: "new.vmdk"}


def view(disk: VmdkDisk | RawDisk) -> bytes:
    data = bytearray(disk.size)
    disk.read_into(0, memoryview(data))
    return bytes(data)


def raw(path: Path, content: bytes = CONTENT) -> RawDisk:
    path.write_bytes(content)
    return RawDisk(path)


def names(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


@pytest.mark.parametrize("form", NewFormat)
def test_a_conversion_keeps_the_bytes_and_nothing_else_is_left(tmp_path: Path, form: NewFormat) -> None:
    source = raw(tmp_path / "source.img")
    told: list[int] = []
    convert_image(source, tmp_path / NAMES[form], form, progress=told.append)
    target = open_image(tmp_path / NAMES[form])
    assert view(target) == CONTENT
    assert compare_images(source, target) is None
    assert told == sorted(told)
    assert told[-1] == SIZE
    zeros = sum(not CONTENT[at : at + GRAIN].strip(b"\0") for at in range(0, SIZE, GRAIN))
    holes = sum(run.length for run in runs_of(target) if run.kind is RunKind.HOLE)
    assert holes >= (zeros - 1) * GRAIN > 0
    target.close()
    source.close()
    flat = {"new-flat.vmdk"} if form is NewFormat.VMDK_FLAT else set()
    assert names(tmp_path) == {"source.img", NAMES[form], *flat}
    if form is not NewFormat.RAW:
        assert content_by_qemu(tmp_path / "new.vmdk") == CONTENT
        assert "No errors" in run(tool("qemu-img"), "check", tmp_path / "new.vmdk")


def test_a_chain_becomes_one_image(tmp_path: Path) -> None:
    (tmp_path / "stream.vmdk").write_bytes(stream_optimized(CONTENT))
    parent = VmdkDisk(tmp_path / "stream.vmdk")
    create_child(tmp_path / "child.vmdk", parent)
    parent.close()
    child = VmdkDisk(tmp_path / "child.vmdk", writable=True)
    child.write(MiB + 5, b"new")
    child.close()
    child = VmdkDisk(tmp_path / "child.vmdk")
    convert_image(child, tmp_path / "flat.img", NewFormat.RAW)
    child.close()
    assert (tmp_path / "flat.img").read_bytes() == CONTENT[: MiB + 5] + b"new" + CONTENT[MiB + 8 :]


@pytest.mark.parametrize("form", NewFormat)
def test_what_exists_stays_unless_it_may_be_replaced(tmp_path: Path, form: NewFormat) -> None:
    source = raw(tmp_path / "source.img")
    target = tmp_path / NAMES[form]
    for taken in (target, tmp_path / "new-flat.vmdk") if form is NewFormat.VMDK_FLAT else (target,):
        taken.write_bytes(b"mine")
        with pytest.raises(OutputExists):
            convert_image(source, target, form)
        assert taken.read_bytes() == b"mine"
        convert_image(source, target, form, overwrite=True)
        assert not any(name.endswith(".part") for name in names(tmp_path))
        for one in names(tmp_path) - {"source.img"}:
            (tmp_path / one).unlink()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("elsewhere")
    for name in ("folder", "link"):
        with pytest.raises(BadImage):
            convert_image(source, tmp_path / name, NewFormat.RAW, overwrite=True)
    source.close()


def test_an_image_can_take_its_own_place(tmp_path: Path) -> None:
    (tmp_path / "disk.vmdk").write_bytes(stream_optimized(CONTENT))
    source = VmdkDisk(tmp_path / "disk.vmdk")
    convert_image(source, tmp_path / "disk.vmdk", NewFormat.VMDK_SPARSE, overwrite=True)
    source.close()
    after = VmdkDisk(tmp_path / "disk.vmdk")
    assert (after.subformat, view(after)) == ("monolithicSparse", CONTENT)
    after.close()


@pytest.mark.parametrize("form", NewFormat)
def test_a_conversion_that_fails_leaves_nothing(
    tmp_path: Path, form: NewFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = bytearray(sparse_file({0: CONTENT[:GRAIN], 20: CONTENT[:GRAIN]}))
    (tmp_path / "here").mkdir()
    (tmp_path / "closed.vmdk").write_text(descriptor("RW 8 ZERO", 'NOACCESS 8 FLAT "x"'))
    source = VmdkDisk(tmp_path / "closed.vmdk")
    with pytest.raises(NoAccess):
        convert_image(source, tmp_path / "here" / NAMES[form], form)
    source.close()
    assert names(tmp_path / "here") == set()
    (tmp_path / "disk.vmdk").write_bytes(damaged)
    source = VmdkDisk(tmp_path / "disk.vmdk")

    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "no room", str(path))

    monkeypatch.setattr(conversion, "_sync", full)
    with pytest.raises(OSError, match="no room"):
        convert_image(source, tmp_path / "here" / NAMES[form], form)
    source.close()
    assert names(tmp_path / "here") == set()


def test_leftovers_of_a_dead_writer_are_no_obstacle(tmp_path: Path) -> None:
    for name in ("new.vmdk.part", "new-flat.vmdk.part"):
        (tmp_path / name).write_bytes(b"half")
    with NewImage(tmp_path / "new.vmdk", MiB, NewFormat.VMDK_FLAT) as new:
        new.write(0, b"x" * SECTOR)
        new.finish()
    assert names(tmp_path) == {"new.vmdk", "new-flat.vmdk"}


@pytest.mark.parametrize("offset", [0, 1, GRAIN - 1, MiB, 3 * MiB + 17, SIZE - 1])
def test_the_first_difference_is_found_at_its_byte(tmp_path: Path, offset: int) -> None:
    other = bytearray(CONTENT)
    other[offset] ^= 0x40
    later = random.Random(offset).randrange(offset, SIZE)
    other[later] ^= 0 if later == offset else 1
    one = raw(tmp_path / "one.img")
    (tmp_path / "other.vmdk").write_bytes(stream_optimized(bytes(other)))
    changed = VmdkDisk(tmp_path / "other.vmdk")
    assert compare_images(one, changed) == Difference(offset, CONTENT[offset], other[offset])
    assert compare_images(changed, one) == Difference(offset, other[offset], CONTENT[offset])
    one.close()
    changed.close()


def test_only_the_common_length_is_compared(tmp_path: Path) -> None:
    one, other = raw(tmp_path / "one.img"), raw(tmp_path / "other.img", CONTENT + b"more".ljust(SECTOR))
    assert compare_images(one, other) is None
    assert compare_images(other, one) is None
    one.close()
    other.close()


def test_holes_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "disk.vmdk").write_bytes(sparse_file({5: b"x" * GRAIN}, size=32 * MiB))
    disk, read = VmdkDisk(tmp_path / "disk.vmdk"), list[tuple[int, int]]()
    into = disk.read_into

    def counted(offset: int, buffer: memoryview) -> None:
        read.append((offset, len(buffer)))
        into(offset, buffer)

    monkeypatch.setattr(disk, "read_into", counted)
    convert_image(disk, tmp_path / "disk.img", NewFormat.RAW)
    assert read == [(5 * GRAIN, GRAIN)]
    assert compare_images(disk, disk) is None
    assert read == [(5 * GRAIN, GRAIN)] * 3
    disk.close()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pieces=st.lists(st.tuples(st.booleans(), st.integers(1, 20_000)), max_size=8),
    piece=st.sampled_from((4 * KiB, GRAIN)),
)
def test_what_is_left_out_of_a_write_is_zero(pieces: list[tuple[bool, int]], piece: int) -> None:
    data = b"".join((b"x" if one else b"\0") * length for one, length in pieces)
    kept = bytearray(len(data))
    last = -1
    for start, end in written_ranges(data, len(data), piece):
        assert last < start < end <= len(data)
        assert start % piece == 0
        kept[start:end] = data[start:end]
        last = end
    assert kept == data


FOREIGN_FORMATS = [("qcow2", ".qcow2"), ("qed", ".qed"), ("vdi", ".vdi"), ("vpc", ".vhd"), ("vhdx", ".vhdx")]


@pytest.mark.parametrize(("form", "ending"), FOREIGN_FORMATS)
def test_an_image_of_a_format_that_is_not_read_is_not_taken_for_raw(tmp_path: Path, form: str, ending: str) -> None:
    run(tool("qemu-img"), "create", "-f", form, tmp_path / f"disk{ending}", "8M")
    with pytest.raises(BadImage) as error:
        open_image(tmp_path / f"disk{ending}")
    assert error.value.expected == "raw or VMDK"
    # By its name alone nothing is refused: a guest may write anything, and a user call a raw image anything.
    raw(tmp_path / f"other{ending}", bytes(MiB)).close()
    open_image(tmp_path / f"other{ending}").close()
