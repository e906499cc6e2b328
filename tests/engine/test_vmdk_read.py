"""Reading VMDK: every subformat that qemu-img writes, and what it reads wrongly or cannot write, byte for byte."""

from __future__ import annotations

import json
import random
import threading
from pathlib import Path

import pytest
from patience import joined
from vmdk_images import (
    GRAIN,
    SECTOR,
    SUBFORMATS,
    content_by_qemu,
    descriptor,
    disk_bytes,
    qemu_image,
    run,
    sparse_file,
    stream_optimized,
    tool,
)

from vbtui.engine.disk import ImageFormat, RawDisk, RunKind, VmdkDisk, image_format, open_image, runs_of
from vbtui.engine.disk.vmdk import BadVmdk, NoAccess, Part, tables
from vbtui.vocabulary import MiB

SIZE = 40 * MiB + 3 * SECTOR
"""More than one grain table, and a last grain that is short."""


def view(disk: VmdkDisk | RawDisk, offset: int = 0, length: int | None = None) -> bytes:
    data = bytearray(disk.size - offset if length is None else length)
    disk.read_into(offset, memoryview(data))
    return bytes(data)


@pytest.fixture(scope="module")
def content() -> bytes:
    return disk_bytes(SIZE)


@pytest.mark.parametrize("subformat", SUBFORMATS)
def test_what_qemu_img_writes_reads_as_it_was(tmp_path: Path, content: bytes, subformat: str) -> None:
    disk = open_image(qemu_image(tmp_path, subformat, content))
    assert isinstance(disk, VmdkDisk)
    assert (disk.subformat, disk.size) == (subformat, SIZE)
    assert view(disk) == content
    picks = random.Random(2)
    for _ in range(100):
        offset = picks.randrange(SIZE)
        length = picks.randrange(1, min(SIZE - offset, 300_000) + 1)
        assert view(disk, offset, length) == content[offset : offset + length]
    disk.close()
    disk.close()


@pytest.mark.parametrize("subformat", SUBFORMATS)
def test_the_map_covers_the_disk_and_agrees_with_qemu_img(tmp_path: Path, content: bytes, subformat: str) -> None:
    path = qemu_image(tmp_path, subformat, content)
    disk = open_image(path)
    runs = list(runs_of(disk))
    assert [run.offset for run in runs] == [0, *(run.end for run in runs[:-1])]
    assert runs[-1].end == SIZE
    for one in runs:
        if one.kind is RunKind.HOLE:
            assert not content[one.offset : one.end].strip(b"\0")
        elif one.place is not None:
            assert one.file is not None
            with one.file.open("rb") as file:
                file.seek(one.place)
                assert file.read(one.length) == content[one.offset : one.end]
    extents = disk.extents()
    assert extents == tuple(sorted(extents))
    assert sum(one.length for one in extents) == sum(one.length for one in runs if one.kind is RunKind.DATA)
    disk.close()
    if "Sparse" in subformat:
        found = json.loads(run(tool("qemu-img"), "map", "--output=json", path))
        theirs = [(one["start"], one["length"], one.get("offset")) for one in found if one["data"]]
        ours = [(one.offset, one.length, one.place) for one in runs if one.kind is RunKind.DATA]
        assert _whole(theirs) == _whole(ours)


def _whole(pieces: list[tuple[int, int, int | None]]) -> set[tuple[int, int | None]]:
    """Sector by sector of each grain's start: two programs cut runs at different places."""
    return {
        (start + step, None if place is None else place + step)
        for start, length, place in pieces
        for step in range(0, length, SECTOR)
    }


def test_zeroed_grains_are_zeros_over_any_parent(tmp_path: Path, content: bytes) -> None:
    parent = qemu_image(tmp_path, "monolithicSparse", content)
    child = tmp_path / "child.vmdk"
    run(tool("qemu-img"), "create", "-f", "vmdk", "-b", parent.name, "-F", "vmdk", "-o", "zeroed_grain=on", child)
    run(tool("qemu-io"), "-f", "vmdk", "-c", "write -z 64k 1M", "-c", "write -P 7 3M 64k", child)
    disk = VmdkDisk(child)
    assert view(disk) == content_by_qemu(child)
    assert not view(disk, GRAIN, MiB).strip(b"\0")
    kinds = {(one.offset, one.kind, one.depth) for one in disk.runs()}
    assert (GRAIN, RunKind.ZERO, 0) in kinds
    disk.close()


@pytest.mark.parametrize("parent_format", ["monolithicSparse", "monolithicFlat"])
def test_a_delta_of_qemu_reads_through_to_its_parents(tmp_path: Path, content: bytes, parent_format: str) -> None:
    bottom = qemu_image(tmp_path, parent_format, content)
    previous = bottom
    for name, at in (("middle", "1M"), ("top", "33M")):
        path = tmp_path / f"{name}.vmdk"
        run(tool("qemu-img"), "create", "-f", "vmdk", "-b", previous.name, "-F", "vmdk", path)
        run(tool("qemu-io"), "-f", "vmdk", "-c", f"write -P {len(name)} {at} 100k", path)
        previous = path
    disk = VmdkDisk(previous)
    assert [one.path.name for one in disk.chain()] == ["top.vmdk", "middle.vmdk", bottom.name]
    assert view(disk) == content_by_qemu(previous)
    assert {one.depth for one in disk.runs()} == {0, 1, 2}
    disk.close()


def test_the_directory_in_the_footer_is_found(tmp_path: Path, content: bytes) -> None:
    """As export tools write it; qemu-img reads it as well."""
    path = tmp_path / "stream.vmdk"
    path.write_bytes(stream_optimized(content))
    disk = VmdkDisk(path)
    assert view(disk) == content
    assert view(disk, 5 * MiB + 1, 3) == content[5 * MiB + 1 : 5 * MiB + 4]
    disk.close()
    assert content_by_qemu(path) == content


def test_every_kind_of_extent_stands_at_its_place(tmp_path: Path) -> None:
    """A start sector, zeros, what is closed, and a sparse one: no other program reads all of it rightly."""
    one, other = disk_bytes(3 * MiB, 3), disk_bytes(MiB, 4)
    (tmp_path / "one.bin").write_bytes(one)
    (tmp_path / "other.vmdk").write_bytes(sparse_file({3: other[:GRAIN]}, size=MiB))
    text = descriptor(
        'RW 2048 FLAT "one.bin" 2048',
        "RW 1024 ZERO",
        'RDONLY 1024 FLAT "one.bin" 0',
        'NOACCESS 8 FLAT "not there"',
        'rw 2048 sparse "other.vmdk"',
        'RW 8 VMFS "one.bin"',
    )
    path = tmp_path / "mixed.vmdk"
    path.write_bytes(text.replace("\n", "\r\n").encode())
    disk = VmdkDisk(path, writable=True)
    expected = one[MiB : 2 * MiB] + bytes(MiB // 2) + one[: MiB // 2]
    assert view(disk, 0, 2 * MiB) == expected
    closed = 2 * MiB
    with pytest.raises(NoAccess) as refused:
        view(disk, closed - 1, 2)
    assert refused.value.offset == closed
    sparse = closed + 8 * SECTOR
    assert view(disk, sparse) == bytes(3 * GRAIN) + other[:GRAIN] + bytes(MiB - 4 * GRAIN) + one[: 8 * SECTOR]
    for offset, word in ((MiB, "ZERO"), (MiB + MiB // 2, "RDONLY"), (closed, "NOACCESS")):
        with pytest.raises(NoAccess) as refused:
            disk.write(offset, b"x" * SECTOR)
        assert (refused.value.found, refused.value.offset) == (word, offset)
    disk.write(SECTOR, b"y" * SECTOR)
    disk.write(sparse, b"z" * SECTOR)
    disk.close()
    disk = VmdkDisk(path)
    assert view(disk, SECTOR, SECTOR) == b"y" * SECTOR
    assert view(disk, sparse, SECTOR) == b"z" * SECTOR
    kinds = [(run.kind, run.length) for run in disk.runs() if run.kind in (RunKind.ZERO, RunKind.NO_ACCESS)]
    assert kinds == [(RunKind.ZERO, MiB // 2), (RunKind.NO_ACCESS, 8 * SECTOR)]
    disk.close()


def test_a_damaged_first_directory_is_replaced_by_the_redundant_one(tmp_path: Path) -> None:
    content = disk_bytes(2 * MiB)
    file = bytearray(sparse_file({n: content[n * GRAIN :][:GRAIN] for n in range(32)}))
    path = tmp_path / "disk.vmdk"
    file[26 * SECTOR : 26 * SECTOR + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(file)
    disk = VmdkDisk(path)
    assert disk.redundant_used
    assert view(disk) == content
    disk.close()
    file[21 * SECTOR : 21 * SECTOR + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(file)
    with pytest.raises(BadVmdk) as refused:
        VmdkDisk(path)
    assert (refused.value.part, refused.value.offset) == (Part.TABLE, 21 * SECTOR)


def test_only_a_name_in_vmdk_is_looked_at_for_one(tmp_path: Path) -> None:
    """A raw disk's first bytes are its guest's: it must not choose which files the host opens."""
    text = descriptor('RW 8 FLAT "secret"').encode().ljust(8 * SECTOR, b"\0")
    for name, form in (("disk.img", ImageFormat.RAW), ("disk", ImageFormat.RAW), ("disk.VMDK", ImageFormat.VMDK)):
        (tmp_path / name).write_bytes(text)
        assert image_format(tmp_path / name) is form
    (tmp_path / "flat.vmdk").write_bytes(disk_bytes(MiB))
    disk = open_image(tmp_path / "flat.vmdk")
    assert isinstance(disk, RawDisk)
    disk.close()


def test_what_stands_behind_the_descriptor_is_nobodys(tmp_path: Path) -> None:
    """One image of qemu-img in 256 is so: it writes a new content id without leading zeros over a longer one."""
    path = tmp_path / "disk.vmdk"
    file = bytearray(sparse_file({0: b"a" * GRAIN}))
    room = bytes(file[SECTOR : 21 * SECTOR])
    old = room.rstrip(b"\0")
    short = old.replace(b"CID=12345678", b"CID=345678", 1)
    file[SECTOR : 21 * SECTOR] = (short + b"\0" + old[len(short) + 1 :]).ljust(len(room), b"\0")
    assert file[SECTOR + len(short) + 1] != 0
    path.write_bytes(file)
    assert content_by_qemu(path)[:GRAIN] == b"a" * GRAIN
    disk = VmdkDisk(path, writable=True)
    assert disk.content_id == 0x345678
    disk.write(0, b"b" * GRAIN)
    disk.close()
    text, _, rest = path.read_bytes()[SECTOR : 21 * SECTOR].partition(b"\0")
    assert text.endswith(old[-10:])
    assert not rest.strip(b"\0")
    assert content_by_qemu(path)[:GRAIN] == b"b" * GRAIN
    disk = VmdkDisk(path)
    assert disk.content_id != 0x345678
    disk.close()


def test_tables_are_read_again_after_they_were_given_up(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "KEPT_TABLES", 1)
    disk = open_image(qemu_image(tmp_path, "monolithicSparse", content))
    for offset in (0, 35 * MiB, MiB, 36 * MiB, 0):
        assert view(disk, offset, MiB) == content[offset : offset + MiB]
    disk.close()


def test_several_threads_read_at_once(tmp_path: Path) -> None:
    content = disk_bytes(8 * MiB)
    path = tmp_path / "stream.vmdk"
    path.write_bytes(stream_optimized(content))
    disk = VmdkDisk(path)
    wrong: list[int] = []

    def read(seed: int) -> None:
        picks = random.Random(seed)
        for _ in range(150):
            offset = picks.randrange(len(content) - 70_000)
            if view(disk, offset, 70_000) != content[offset : offset + 70_000]:
                wrong.append(offset)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    joined(threads)
    assert wrong == []
    disk.close()


def test_reading_beyond_the_end_is_our_own_fault(tmp_path: Path) -> None:
    (tmp_path / "disk.vmdk").write_bytes(sparse_file({}))
    disk = VmdkDisk(tmp_path / "disk.vmdk")
    for offset, length in ((-1, 2), (2 * MiB, 1), (0, 2 * MiB + 1)):
        with pytest.raises(ValueError):
            disk.read_into(offset, memoryview(bytearray(length)))
    with pytest.raises(ValueError):
        disk.write(0, b"x" * SECTOR)
    assert disk.extents() == ()
    disk.close()
