"""A sample disk is the same every time, has every kind of region, and takes little room."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from vmdk_images import SECTOR, content_by_qemu, run, tool

from vbtui.engine import (
    RawDisk,
    RegionKind,
    SampleSpec,
    needs_writing,
    needs_writing_vmdk,
    write_sample,
    write_sample_vmdk,
)
from vbtui.engine.disk import VmdkDisk, open_image
from vbtui.engine.disk.extents import BlockRun, Extent, untouched_blocks
from vbtui.engine.disk.vmdk import create_child
from vbtui.engine.errors import BadImage, BadName, ImageBusy
from vbtui.vocabulary import KiB, MiB


def test_the_same_spec_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    digests = []
    for number, spec in enumerate(
        (SampleSpec("a", 40 * MiB, 1), SampleSpec("a", 40 * MiB, 1), SampleSpec("b", 40 * MiB, 1))
    ):
        path = tmp_path / str(number)
        write_sample(path, spec)
        digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
    assert digests[0] == digests[1] != digests[2]
    # Golden: these bytes stand behind every figure that is shown for the sample disks.
    assert digests[0] == GOLDEN_40_MIB


GOLDEN_40_MIB = "ad5024240e101ee46930915d8e9a0a2fa1e50471cb31764cfd81c9a7de4990b1"


def test_the_regions_cover_the_disk_and_hold_what_they_say(tmp_path: Path) -> None:
    plan = write_sample(tmp_path / "disk", SampleSpec("disk", 64 * MiB, 3))
    data = (tmp_path / "disk").read_bytes()
    assert {region.kind for region in plan.regions} == set(RegionKind)
    position = 0
    for region in plan.regions:
        assert region.offset == position
        position += region.length
        content = data[region.offset : position]
        if region.kind in (RegionKind.ZERO, RegionKind.HOLE):
            assert content.count(0) == len(content)
        else:
            assert content.count(0) < len(content)
    assert position == len(data) == 64 * MiB
    duplicates = [data[r.offset : r.offset + r.length] for r in plan.regions if r.kind is RegionKind.DUPLICATE]
    assert len(duplicates) >= 2
    assert len(set(duplicates)) == 1
    allocated = RawDisk(tmp_path / "disk")
    zero = next(region for region in plan.regions if region.kind is RegionKind.ZERO)
    assert any(e.offset <= zero.offset and zero.offset + zero.length <= e.end for e in allocated.extents())
    allocated.close()


def test_the_boot_sector_is_one(tmp_path: Path) -> None:
    write_sample(tmp_path / "disk", SampleSpec("disk", 32 * MiB, 3))
    record = (tmp_path / "disk").read_bytes()[:512]
    status, kind, first, count = struct.unpack_from("<B3xB3xII", record, 446)
    assert record[510:] == b"\x55\xaa"
    assert (status, kind, first, count) == (0x80, 0x83, 2048, 32 * 2048 - 2048)


def test_five_disks_of_half_a_gibibyte_take_at_most_100_mib(tmp_path: Path) -> None:
    sizes = (128, 64, 128, 64, 128)
    for number, size in enumerate(sizes):
        write_sample(tmp_path / str(number), SampleSpec(str(number), size * MiB, 1))
    assert sum(path.stat().st_size for path in tmp_path.iterdir() if not path.suffix) == sum(sizes) * MiB
    assert sum(path.stat().st_blocks for path in tmp_path.iterdir()) * 512 <= 100 * MiB


@pytest.mark.parametrize("size", [512, 1024, 64 * KiB, 64 * KiB + 512, MiB, MiB + 512, 3 * MiB - 512])
def test_small_and_odd_sizes_are_disks_too(tmp_path: Path, size: int) -> None:
    plan = write_sample(tmp_path / "disk", SampleSpec("disk", size, 1))
    assert (tmp_path / "disk").stat().st_size == size == plan.length(*RegionKind)


@pytest.mark.parametrize("size", [0, -512, 511, MiB + 1])
def test_a_size_that_is_no_disk_is_refused_and_nothing_is_written(tmp_path: Path, size: int) -> None:
    with pytest.raises(ValueError):
        write_sample(tmp_path / "disk", SampleSpec("disk", size, 1))
    assert list(tmp_path.iterdir()) == []


def test_an_untouched_sample_is_reused_and_a_changed_one_is_not(tmp_path: Path) -> None:
    path, spec = tmp_path / "disk", SampleSpec("disk", 2 * MiB, 1)
    assert needs_writing(path, spec)
    write_sample(path, spec)
    assert not needs_writing(path, spec)
    assert needs_writing(path, SampleSpec("disk", 2 * MiB, 2))
    with path.open("r+b") as file:
        file.write(b"x")
    os.utime(path, ns=(1, 1))
    assert needs_writing(path, spec)
    write_sample(path, spec)
    assert not needs_writing(path, spec)
    (tmp_path / "disk.sample").write_bytes(b"\xff\xfe")
    assert needs_writing(path, spec)


def test_a_sample_is_a_flat_vmdk_as_on_a_datastore(tmp_path: Path) -> None:
    spec = SampleSpec("web01", 6 * MiB, 1)
    path, data = tmp_path / "web01.vmdk", tmp_path / "web01-flat.vmdk"
    assert needs_writing_vmdk(path, spec)
    plan = write_sample_vmdk(path, spec)
    assert plan == write_sample(tmp_path / "raw.img", spec)
    assert data.read_bytes() == (tmp_path / "raw.img").read_bytes()
    assert data.stat().st_blocks == (tmp_path / "raw.img").stat().st_blocks
    disk = open_image(path)
    assert isinstance(disk, VmdkDisk)
    assert (disk.subformat, disk.size) == ("monolithicFlat", spec.size)
    disk.close()
    info = json.loads(run(tool("qemu-img"), "info", "--output=json", path))
    assert (info["format"], info["virtual-size"]) == ("vmdk", spec.size)
    assert info["format-specific"]["data"]["create-type"] == "monolithicFlat"
    run(tool("qemu-img"), "compare", "-f", "vmdk", "-F", "raw", path, tmp_path / "raw.img")
    # What a snapshot needs: a child of it, that qemu opens as well.
    parent = VmdkDisk(path)
    create_child(tmp_path / "web01-000001.vmdk", parent)
    parent.close()
    child = VmdkDisk(tmp_path / "web01-000001.vmdk", writable=True)
    child.write(MiB, b"x" * SECTOR)
    child.close()
    expected = bytearray(data.read_bytes())
    expected[MiB : MiB + SECTOR] = b"x" * SECTOR
    assert content_by_qemu(tmp_path / "web01-000001.vmdk") == expected
    assert not needs_writing_vmdk(path, spec)


def test_an_untouched_vmdk_sample_is_reused_and_a_changed_one_is_not(tmp_path: Path) -> None:
    spec = SampleSpec("web01", 2 * MiB, 1)
    path, data = tmp_path / "web01.vmdk", tmp_path / "web01-flat.vmdk"
    write_sample_vmdk(path, spec)
    before = (path.read_bytes(), data.read_bytes())
    assert needs_writing_vmdk(path, SampleSpec("web01", 2 * MiB, 2))
    for changed in (path, data):
        assert not needs_writing_vmdk(path, spec)
        os.utime(changed, ns=(1, 1))
        assert needs_writing_vmdk(path, spec)
        write_sample_vmdk(path, spec)
        changed.unlink()
        assert needs_writing_vmdk(path, spec)
        write_sample_vmdk(path, spec)
        assert (path.read_bytes(), data.read_bytes()) == before
    data.unlink()
    data.symlink_to(tmp_path / "elsewhere")
    assert needs_writing_vmdk(path, spec)
    with pytest.raises(BadImage):
        write_sample_vmdk(path, spec)
    with pytest.raises(BadName):
        write_sample_vmdk(tmp_path / 'a"b.vmdk', spec)
    assert {one.name for one in tmp_path.iterdir()} == {path.name, data.name, "web01.vmdk.sample"}


def test_a_sample_never_replaces_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("folder", "link"):
        with pytest.raises(BadImage):
            write_sample(tmp_path / name, SampleSpec("disk", MiB, 1))
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 513])
def test_a_file_that_is_no_disk_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "disk").write_bytes(content)
    with pytest.raises(BadImage):
        RawDisk(tmp_path / "disk")


def test_a_pipe_and_a_folder_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(BadImage):
            RawDisk(tmp_path / name)


def test_an_image_has_one_writer_and_keeps_to_its_bounds(sample: Callable[..., Path]) -> None:
    path = sample(mebibytes=2)
    disk = RawDisk(path, writable=True)
    with pytest.raises(ImageBusy):
        RawDisk(path, writable=True)
    for offset in (-1, disk.size, disk.size - 511):
        with pytest.raises(ValueError):
            disk.write(offset, bytes(512))
        with pytest.raises(ValueError):
            disk.read_into(offset, memoryview(bytearray(512)))
    disk.close()
    disk.close()
    reader = RawDisk(path)
    with pytest.raises(ValueError):
        reader.write(0, b"x")
    reader.close()


@pytest.mark.parametrize(
    ("size", "extents", "untouched"),
    [
        (100, [], [(0, 10)]),
        (100, [(0, 100)], []),
        (95, [(90, 5)], [(0, 9)]),
        (95, [(0, 90)], [(9, 1)]),
        (100, [(15, 10), (0, 1)], [(3, 7)]),
        (100, [(0, 60), (10, 10)], [(6, 4)]),
        (100, [(41, 1), (49, 1), (80, 500)], [(0, 4), (5, 3)]),
        (100, [(200, 10)], [(0, 10)]),
    ],
)
def test_a_block_is_untouched_where_no_extent_has_a_byte_of_it(
    size: int, extents: list[tuple[int, int]], untouched: list[tuple[int, int]]
) -> None:
    found = untouched_blocks(size, 10, [Extent(*extent) for extent in extents])
    assert found == tuple(BlockRun(*run) for run in untouched)
