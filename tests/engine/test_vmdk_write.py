"""Writing VMDK: our files are sound for qemu-img, whatever was written, and a writer that dies leaves a whole disk."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from patience import lines_until, outlasting
from vmdk_images import GRAIN, SECTOR, content_by_qemu, disk_bytes, qemu_image, run, sparse_file, tool

from vbtui.engine.disk import RunKind, VmdkDisk, open_image
from vbtui.engine.disk.vmdk import (
    BadVmdk,
    ImageFull,
    NotWritable,
    ParentChanged,
    Part,
    create_child,
    create_flat,
    create_sparse,
    sparse,
)
from vbtui.engine.errors import BadName, ImageBusy
from vbtui.vocabulary import KiB, MiB, TiB

SIZE = 33 * MiB + 5 * SECTOR
"""Two grain tables, the second one nearly empty, and a last grain that is short."""


def view(disk: VmdkDisk) -> bytes:
    data = bytearray(disk.size)
    disk.read_into(0, memoryview(data))
    return bytes(data)


def sound(path: Path, content: bytes) -> None:
    """What qemu-img says of the file, where it is installed."""
    assert "No errors" in run(tool("qemu-img"), "check", path)
    assert content_by_qemu(path) == content


WRITES = st.lists(
    st.tuples(
        st.one_of(st.integers(0, SIZE - 1), st.sampled_from((0, GRAIN - 1, GRAIN, 32 * MiB - 1, SIZE - 1))),
        st.one_of(st.integers(1, 3 * GRAIN), st.sampled_from((SECTOR, GRAIN, 2 * GRAIN))),
        st.one_of(st.integers(0, 255), st.just(0)),
    ),
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=WRITES, with_parent=st.booleans(), seed=st.integers(0, 3))
def test_a_sparse_image_is_what_was_written(
    tmp_path: Path, writes: list[tuple[int, int, int]], with_parent: bool, seed: int
) -> None:
    for leftover in tmp_path.iterdir():
        leftover.unlink()
    path = tmp_path / "disk.vmdk"
    model = bytearray(SIZE)
    if with_parent:
        model[:] = disk_bytes(SIZE, seed)
        (tmp_path / "parent-flat.vmdk").write_bytes(model)
        create_flat_descriptor(tmp_path / "parent.vmdk")
        with_closed = VmdkDisk(tmp_path / "parent.vmdk")
        create_child(path, with_closed)
        with_closed.close()
    else:
        create_sparse(path, SIZE)
    disk = VmdkDisk(path, writable=True)
    for number, (offset, length, byte) in enumerate(writes):
        data = bytes([byte]) * min(length, SIZE - offset)
        disk.write(offset, data)
        model[offset : offset + len(data)] = data
        if number == len(writes) // 2:  # as another writer would go on
            disk.flush()
            disk.close()
            disk = VmdkDisk(path, writable=True)
    assert view(disk) == model
    disk.close()
    again = VmdkDisk(path)
    assert view(again) == model
    again.close()


def create_flat_descriptor(path: Path) -> None:
    """A flat image around bytes that are there already."""
    data = path.with_name("parent-flat.vmdk")
    kept = data.with_name("kept")
    data.rename(kept)
    create_flat(path, kept.stat().st_size)
    kept.replace(data)


def test_qemu_img_finds_our_sparse_image_sound_and_goes_on_writing_it(tmp_path: Path) -> None:
    path = tmp_path / "disk.vmdk"
    create_sparse(path, SIZE)
    model = bytearray(SIZE)
    picks = random.Random(5)
    for round_ in range(3):
        disk = VmdkDisk(path, writable=True)
        for _ in range(20):
            offset = picks.randrange(SIZE)
            data = picks.randbytes(min(SIZE - offset, picks.randrange(1, 200_000)))
            disk.write(offset, data)
            model[offset : offset + len(data)] = data
        disk.close()
        sound(path, bytes(model))
        commands = []
        for _ in range(10):
            offset, byte = picks.randrange(SIZE // SECTOR - 200) * SECTOR, picks.randrange(1, 256)
            length = picks.randrange(1, 200) * SECTOR
            commands += ["-c", f"write -P {byte} {offset} {length}"]
            model[offset : offset + length] = bytes([byte]) * length
        run(tool("qemu-io"), "-f", "vmdk", *commands, path)
        disk = VmdkDisk(path)
        assert view(disk) == model, round_
        disk.close()


def test_qemu_img_opens_our_delta_and_commits_it(tmp_path: Path) -> None:
    content = disk_bytes(SIZE)
    parent = VmdkDisk(qemu_image(tmp_path, "monolithicSparse", content))
    create_child(tmp_path / "child.vmdk", parent)
    parent.close()
    child = VmdkDisk(tmp_path / "child.vmdk", writable=True)
    model = bytearray(content)
    for offset, length in ((0, 1), (GRAIN - 1, 2), (5 * MiB + 7, 300_000), (SIZE - 1, 1)):
        child.write(offset, b"\xa5" * length)
        model[offset : offset + length] = b"\xa5" * length
    child.close()
    sound(tmp_path / "child.vmdk", bytes(model))
    chain = json.loads(run(tool("qemu-img"), "info", "--backing-chain", "--output=json", tmp_path / "child.vmdk"))
    assert [Path(one["filename"]).name for one in chain] == ["child.vmdk", "monolithicSparse.vmdk"]
    run(tool("qemu-img"), "commit", "-f", "vmdk", tmp_path / "child.vmdk")
    assert content_by_qemu(tmp_path / "monolithicSparse.vmdk") == model


def test_a_grain_of_zeros_over_a_parent_is_an_entry_and_no_bytes(tmp_path: Path) -> None:
    content = disk_bytes(SIZE, 4)
    parent = VmdkDisk(qemu_image(tmp_path, "monolithicSparse", content))
    path = tmp_path / "child.vmdk"
    create_child(path, parent)
    parent.close()
    empty = path.stat().st_size
    model = bytearray(content)
    last = SIZE // GRAIN * GRAIN
    child = VmdkDisk(path, writable=True)
    written = ((GRAIN, bytes(20 * GRAIN)), (last, bytes(SIZE - last)), (31 * MiB, bytes(2 * MiB)))
    for offset, data in written:
        child.write(offset, data)
        model[offset : offset + len(data)] = data
    child.flush()
    assert path.stat().st_size == empty
    assert view(child) == model
    child.write(2 * GRAIN + 5, bytes(100))  # zeros in a grain of zeros
    assert path.stat().st_size == empty
    mixed = bytes(GRAIN) + b"x" * GRAIN + bytes(2 * GRAIN) + b"y" * 700 + bytes(1000)
    for offset in (30 * GRAIN, 3 * GRAIN, 100 * GRAIN + 9):
        child.write(offset, mixed)
        model[offset : offset + len(mixed)] = mixed
    assert view(child) == model
    child.close()
    sound(path, bytes(model))
    entry = {
        (one["start"], one["length"]): one for one in json.loads(run(tool("qemu-img"), "map", "--output=json", path))
    }
    grain_of_zeros = next(one for (start, length), one in entry.items() if start <= 10 * GRAIN < start + length)
    assert (grain_of_zeros["zero"], grain_of_zeros["depth"]) == (True, 0)
    child = VmdkDisk(path)
    ours = [(one.offset, one.end) for one in child.runs() if one.kind is RunKind.ZERO and one.depth == 0]
    assert any(start <= 10 * GRAIN < end for start, end in ours)
    child.close()
    (tmp_path / "raw").write_bytes(model)
    run(tool("qemu-img"), "compare", "-f", "vmdk", "-F", "raw", path, tmp_path / "raw")
    run(tool("qemu-img"), "commit", "-f", "vmdk", path)
    assert content_by_qemu(tmp_path / "monolithicSparse.vmdk") == model


def test_without_the_flag_zeros_are_bytes_like_others(tmp_path: Path) -> None:
    create_sparse(tmp_path / "disk.vmdk", MiB)
    disk = VmdkDisk(tmp_path / "disk.vmdk", writable=True)
    disk.write(0, bytes(2 * GRAIN))
    assert next((one.kind, one.length) for one in disk.runs()) == (RunKind.DATA, 2 * GRAIN)
    disk.close()
    sound(tmp_path / "disk.vmdk", bytes(MiB))


def test_a_flat_image_is_one_for_qemu_img(tmp_path: Path) -> None:
    create_flat(tmp_path / "disk.vmdk", SIZE)
    disk = VmdkDisk(tmp_path / "disk.vmdk", writable=True)
    disk.write(MiB + 1, b"hello")
    disk.close()
    model = bytearray(SIZE)
    model[MiB + 1 : MiB + 6] = b"hello"
    assert content_by_qemu(tmp_path / "disk.vmdk") == model
    assert (tmp_path / "disk-flat.vmdk").stat().st_blocks * 512 < MiB


@pytest.mark.parametrize("size", [SECTOR, GRAIN - SECTOR, GRAIN + SECTOR, 32 * MiB, 2 * TiB, 64 * TiB])
def test_images_of_every_size_are_small_at_first(tmp_path: Path, size: int) -> None:
    path = tmp_path / "disk.vmdk"
    create_sparse(path, size)
    disk = VmdkDisk(path)
    assert (disk.size, [run.kind for run in disk.runs()] if size < TiB else [RunKind.HOLE]) == (size, [RunKind.HOLE])
    disk.close()
    assert path.stat().st_blocks * 512 <= 256 * KiB + size // (4 * MiB)
    if size < TiB:
        disk = VmdkDisk(path, writable=True)
        disk.write(size - SECTOR, b"e" * SECTOR)
        disk.close()
        sound(path, bytes(size - SECTOR) + b"e" * SECTOR)


def test_a_write_changes_the_content_id_and_children_made_before_are_refused(tmp_path: Path) -> None:
    create_sparse(tmp_path / "parent.vmdk", MiB)
    parent = VmdkDisk(tmp_path / "parent.vmdk", writable=True)
    before = parent.content_id
    create_child(tmp_path / "child.vmdk", parent)
    parent.close()
    VmdkDisk(tmp_path / "child.vmdk").close()
    parent = VmdkDisk(tmp_path / "parent.vmdk", writable=True)
    parent.write(0, b"x")
    parent.write(1, b"x")
    parent.close()
    parent = VmdkDisk(tmp_path / "parent.vmdk")
    assert parent.content_id != before
    parent.close()
    with pytest.raises(ParentChanged) as refused:
        VmdkDisk(tmp_path / "child.vmdk")
    assert refused.value.expected == f"{before:08x}"
    assert "No errors" in run(tool("qemu-img"), "check", tmp_path / "parent.vmdk")
    run(tool("qemu-io"), "-f", "vmdk", "-c", "read 64k 512", tmp_path / "child.vmdk", code=1)  # nor does qemu read it


def test_a_writer_that_is_killed_leaves_what_it_had_written(tmp_path: Path) -> None:
    path = tmp_path / "disk.vmdk"
    create_sparse(path, 64 * MiB)
    program = (
        "import sys; from pathlib import Path; from vbtui.engine.disk import VmdkDisk\n"
        "disk = VmdkDisk(Path(sys.argv[1]), writable=True)\n"
        "for n in range(1023):\n"
        "    disk.write((n * 7 % 1024) * 65536, bytes([n % 255 + 1]) * 65536)\n"
        "    print(n, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, path], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        with outlasting(writer):
            told = len(lines_until(writer.stdout, "300")) - 1
    with path.open("rb") as file:
        assert file.read(73)[72] == 1  # somebody was writing
    disk = VmdkDisk(path, writable=True)
    content = view(disk)
    for number in range(told + 1):
        at = number * 7 % 1024 * GRAIN
        assert content[at : at + GRAIN] == bytes([number % 255 + 1]) * GRAIN
    disk.write(0, b"goes on")
    disk.close()
    with path.open("rb") as file:
        assert file.read(73)[72] == 0
    assert "No errors" in run(tool("qemu-img"), "check", path)


def test_tables_that_a_dead_writer_left_different_are_made_the_same(tmp_path: Path) -> None:
    file = bytearray(sparse_file({0: b"a" * GRAIN, 1: b"b" * GRAIN}))
    file[72] = 1
    file[22 * SECTOR + 4 : 22 * SECTOR + 8] = bytes(4)
    path = tmp_path / "disk.vmdk"
    path.write_bytes(file)
    VmdkDisk(path, writable=True).close()
    after = path.read_bytes()
    assert after[22 * SECTOR : 26 * SECTOR] == after[27 * SECTOR : 31 * SECTOR] == file[27 * SECTOR : 31 * SECTOR]


def test_an_image_has_one_writer_and_a_parent_none(tmp_path: Path) -> None:
    create_sparse(tmp_path / "parent.vmdk", MiB)
    parent = VmdkDisk(tmp_path / "parent.vmdk", writable=True)
    with pytest.raises(ImageBusy):
        VmdkDisk(tmp_path / "parent.vmdk", writable=True)
    create_child(tmp_path / "child.vmdk", parent)
    parent.close()
    before = (tmp_path / "parent.vmdk").read_bytes()
    child = open_image(tmp_path / "child.vmdk", writable=True)
    child.write(10, b"x" * 1000)
    child.close()
    assert (tmp_path / "parent.vmdk").read_bytes() == before


def test_what_can_only_be_read_is_not_opened_for_writing(tmp_path: Path) -> None:
    stream = qemu_image(tmp_path, "streamOptimized", disk_bytes(MiB))
    with pytest.raises(NotWritable):
        VmdkDisk(stream, writable=True)
    path = tmp_path / "disk.vmdk"
    path.write_bytes(sparse_file({0: b"a" * GRAIN, 2: b"c" * GRAIN, 1: 129}))
    with pytest.raises(NotWritable):
        VmdkDisk(path, writable=True)
    path.write_bytes(sparse_file({0: b"a" * GRAIN, 1: 128}))
    with pytest.raises(BadVmdk) as refused:  # two grains in one place: a write to one would change the other
        VmdkDisk(path, writable=True)
    assert (refused.value.part, refused.value.offset) == (Part.GRAIN, 27 * SECTOR + 4)


def test_the_same_writes_give_the_same_file(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        create_sparse(tmp_path / folder / "disk.vmdk", MiB)
        disk = VmdkDisk(tmp_path / folder / "disk.vmdk", writable=True)
        disk.write(GRAIN, b"x" * 100)
        disk.close()
    assert (tmp_path / "one/disk.vmdk").read_bytes() == (tmp_path / "other/disk.vmdk").read_bytes()


@pytest.mark.parametrize("name", ['a"b.vmdk', "a\nb.vmdk", "\udcff.vmdk"])
def test_a_name_that_no_descriptor_can_hold_is_refused(tmp_path: Path, name: str) -> None:
    for create in (create_sparse, create_flat):
        with pytest.raises(BadName):
            create(tmp_path / name, MiB)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [0, -SECTOR, 100, 64 * TiB + SECTOR])
def test_a_size_that_is_no_disk_is_refused(tmp_path: Path, size: int) -> None:
    for create in (create_sparse, create_flat):
        with pytest.raises(ValueError):
            create(tmp_path / "disk.vmdk", size)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_replaced(tmp_path: Path) -> None:
    for name in ("disk.vmdk", "disk-flat.vmdk"):
        (tmp_path / name).write_bytes(b"mine")
    for create in (create_sparse, create_flat):
        with pytest.raises(FileExistsError):
            create(tmp_path / "disk.vmdk", MiB)
    (tmp_path / "disk-flat.vmdk").unlink()
    with pytest.raises(FileExistsError):
        create_flat(tmp_path / "disk.vmdk", MiB)
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"mine"]


def test_a_file_without_room_for_another_grain_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_sparse(tmp_path / "disk.vmdk", MiB)
    disk = VmdkDisk(tmp_path / "disk.vmdk", writable=True)
    monkeypatch.setattr(sparse, "MOST_FILE", 2 * GRAIN)
    disk.write(0, b"x")
    with pytest.raises(ImageFull):
        disk.write(GRAIN, b"x")
    disk.close()
    assert "No errors" in run(tool("qemu-img"), "check", tmp_path / "disk.vmdk")
