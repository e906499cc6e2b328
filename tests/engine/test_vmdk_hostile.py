"""Hostile VMDKs: an error that names file and place, little time and memory, and no file outside the folder opened."""

from __future__ import annotations

import os
import struct
import tracemalloc
import zlib
from pathlib import Path

import pytest
from vmdk_images import GRAIN, SECTOR, descriptor, disk_bytes, sparse_file, stream_optimized

from vbtui.engine import EngineError
from vbtui.engine.disk import ImageFormat, VmdkDisk, image_format, open_image
from vbtui.engine.disk.vmdk import (
    BadDescriptor,
    BadVmdk,
    MissingFile,
    OutsideFolder,
    ParentChanged,
    ParentLoop,
    Part,
)
from vbtui.engine.errors import BadImage
from vbtui.vocabulary import MiB

CONTENT = disk_bytes(2 * MiB, 9)
GRAINS: dict[int, bytes | int] = {number: CONTENT[number * GRAIN :][:GRAIN] for number in range(8)}


def read_all(path: Path) -> bytes:
    disk = open_image(path)
    try:
        data = bytearray(disk.size)
        disk.read_into(0, memoryview(data))
        return bytes(data)
    finally:
        disk.close()


def with_bytes(file: bytes, offset: int, data: bytes) -> bytes:
    return file[:offset] + data + file[offset + len(data) :]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def u32(number: int) -> bytes:
    return struct.pack("<I", number)


def u64(number: int) -> bytes:
    return struct.pack("<Q", number)


PLAIN = sparse_file(GRAINS)
HUGE = 2**64 - 2
DIRECTORY, TABLE = 26 * SECTOR, 27 * SECTOR

BINARY: list[tuple[str, bytes, Part, int]] = [
    ("no magic number", with_bytes(PLAIN, 0, b"COWD"), Part.MAGIC, 0),
    ("version", with_bytes(PLAIN, 4, u32(4)), Part.VERSION, 4),
    ("sent as text", with_bytes(PLAIN, 73, b"\n \n\n"), Part.LINE_ENDS, 73),
    ("no capacity", with_bytes(PLAIN, 12, u64(0)), Part.CAPACITY, 12),
    ("capacity that overflows", with_bytes(PLAIN, 12, u64(HUGE)), Part.CAPACITY, 12),
    ("capacity beyond its tables", with_bytes(PLAIN, 12, u64(2**36)), Part.DIRECTORY, 56),
    ("no grain", with_bytes(PLAIN, 20, u64(0)), Part.GRAIN_SIZE, 20),
    ("grain of no power", with_bytes(PLAIN, 20, u64(129)), Part.GRAIN_SIZE, 20),
    ("grain that overflows", with_bytes(PLAIN, 20, u64(2**63)), Part.GRAIN_SIZE, 20),
    ("tables without entries", with_bytes(PLAIN, 44, u32(0)), Part.TABLE_SIZE, 44),
    ("absurd tables", with_bytes(PLAIN, 44, u32(2**32 - 1)), Part.TABLE_SIZE, 44),
    ("too many tables", with_bytes(with_bytes(PLAIN, 44, u32(1)), 12, u64(2**36)), Part.CAPACITY, 12),
    ("directory at the header", with_bytes(PLAIN, 56, u64(0)), Part.DIRECTORY, 56),
    ("directory behind the end", with_bytes(PLAIN, 56, u64(2**40)), Part.DIRECTORY, 56),
    ("redundant directory behind the end", with_bytes(PLAIN, 48, u64(HUGE)), Part.DIRECTORY, 48),
    ("descriptor behind the end", with_bytes(PLAIN, 28, u64(HUGE)), Part.DESCRIPTOR, 28),
    ("descriptor that overflows", with_bytes(PLAIN, 36, u64(HUGE)), Part.DESCRIPTOR, 36),
    ("no descriptor", with_bytes(PLAIN, 36, u64(0)), Part.DESCRIPTOR, 28),
    ("compressed without markers", with_bytes(with_bytes(PLAIN, 8, u32(0x10003)), 77, b"\1"), Part.COMPRESSION, 8),
    ("unknown compression", with_bytes(with_bytes(PLAIN, 8, u32(0x30003)), 77, b"\2"), Part.COMPRESSION, 77),
    ("cut in the header", PLAIN[:100], Part.HEADER, 0),
    ("cut in the descriptor", PLAIN[: 4 * SECTOR], Part.DIRECTORY, 56),
    ("grain behind the end", with_bytes(PLAIN, TABLE + 4, u32(2**32 - 1)), Part.GRAIN, TABLE + 4),
    ("grain on the header", with_bytes(PLAIN, TABLE + 4, u32(1)), Part.GRAIN, TABLE + 4),
    ("grain on its own table", with_bytes(PLAIN, TABLE + 4, u32(27)), Part.GRAIN, TABLE + 4),
    ("grain on the directory", with_bytes(PLAIN, TABLE + 8, u32(26)), Part.GRAIN, TABLE + 8),
    ("grains cut off", PLAIN[:-SECTOR], Part.GRAIN, TABLE + 4 * 7),
    ("no directory in the footer", with_bytes(PLAIN, 56, b"\xff" * 8), Part.FOOTER, len(PLAIN) - 3 * SECTOR),
]


def both_directories(entry: int) -> bytes:
    return with_bytes(with_bytes(PLAIN, DIRECTORY, u32(entry)), 21 * SECTOR, u32(entry))


BINARY += [
    ("table on the directory", both_directories(26), Part.TABLE, 21 * SECTOR),
    ("table on the header's descriptor", both_directories(2), Part.TABLE, 21 * SECTOR),
    ("table behind the end", both_directories(2**31), Part.TABLE, 21 * SECTOR),
    (
        "one table for two",
        sparse_file(GRAINS, size=2 * MiB, text=descriptor("RW 4096 SPARSE 'x'".replace("'", '"')), entries=16)[
            : 21 * SECTOR
        ]
        + b"".join((u32(22) * 2).ljust(SECTOR, b"\0") + PLAIN[27 * SECTOR : 31 * SECTOR] for _ in range(2))
        + PLAIN[31 * SECTOR :],
        Part.TABLE,
        21 * SECTOR + 4,
    ),
]


@pytest.mark.parametrize(("file", "part", "offset"), [one[1:] for one in BINARY], ids=[one[0] for one in BINARY])
def test_a_wrong_number_is_an_error_at_its_byte(tmp_path: Path, file: bytes, part: Part, offset: int) -> None:
    path = tmp_path / "disk.vmdk"
    path.write_bytes(file)
    with pytest.raises(EngineError) as refused:
        read_all(path)
    found = refused.value
    assert isinstance(found, BadVmdk | BadDescriptor)
    assert (found.path, found.part) == (path, part)
    if isinstance(found, BadVmdk):
        assert found.offset == offset
    assert found.expected and found.found


def test_the_same_file_without_damage_is_read(tmp_path: Path) -> None:
    path = tmp_path / "disk.vmdk"
    path.write_bytes(PLAIN)
    assert read_all(path) == CONTENT[: 8 * GRAIN] + bytes(2 * MiB - 8 * GRAIN)


STREAM = stream_optimized(CONTENT)
NUMBER = next(number for number in range(32) if CONTENT[number * GRAIN :][:GRAIN].strip(b"\0"))
FIRST_GRAIN = STREAM.index(zlib.compress(CONTENT[NUMBER * GRAIN :][:GRAIN])) - 12


@pytest.mark.parametrize("bit", range(32))
def test_a_file_with_a_damaged_beginning_is_no_raw_disk(tmp_path: Path, bit: int) -> None:
    """Taken for one, it would be backed up in place of the disk that is in it."""
    flip = 1 << bit % 8
    path = tmp_path / "sparse.vmdk"
    path.write_bytes(with_bytes(PLAIN, bit // 8, bytes([PLAIN[bit // 8] ^ flip])))
    with pytest.raises(BadVmdk) as refused:
        open_image(path)
    assert (refused.value.part, refused.value.offset) == (Part.MAGIC, 0)
    text = descriptor("RW 8 ZERO").encode()
    path.write_bytes(with_bytes(text, bit % 20, bytes([text[bit % 20] ^ flip])))
    assert image_format(path) is ImageFormat.VMDK


@pytest.mark.parametrize(
    ("offset", "data", "part"),
    [
        (0, u64(128 * 31), Part.MARKER),
        (8, u32(0), Part.MARKER),
        (8, u32(2**32 - 1), Part.MARKER),
        (8, u32(20), Part.DEFLATE),
        (12, b"\0\0\0\0", Part.DEFLATE),
        (12, zlib.compress(bytes(GRAIN // 2)), Part.DEFLATE),
        (12, zlib.compress(bytes(64 * MiB))[:60_000], Part.DEFLATE),
    ],
    ids=["another grain's", "empty", "huge", "cut", "no zlib", "too short", "bomb"],
)
def test_a_compressed_grain_that_is_none_is_an_error(tmp_path: Path, offset: int, data: bytes, part: Part) -> None:
    path = tmp_path / "stream.vmdk"
    path.write_bytes(with_bytes(STREAM, FIRST_GRAIN + offset, data))
    with pytest.raises(BadVmdk) as refused:
        read_all(path)
    assert refused.value.part is part
    assert FIRST_GRAIN <= refused.value.offset <= FIRST_GRAIN + 12


def test_a_footer_that_is_cut_or_differs_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "stream.vmdk"
    end = len(STREAM)
    for file in (
        STREAM[:-1],
        STREAM[:-SECTOR],
        with_bytes(STREAM, end - 2 * SECTOR, b"KDMX"),
        with_bytes(STREAM, end - 2 * SECTOR + 12, u64(12)),
        with_bytes(STREAM, end - 2 * SECTOR + 56, b"\xff" * 8),
        with_bytes(STREAM, end - SECTOR, b"\1"),
    ):
        path.write_bytes(file)
        with pytest.raises(BadVmdk):
            read_all(path)


TEXTS: list[tuple[str, str | bytes, Part, int]] = [
    ("nothing", b"# disk descriptorfile\n", Part.KEY, 1),
    ("no first line", b"version=1\n", Part.DESCRIPTOR, 1),
    ("junk", descriptor("RW 8 ZERO") + "hello\n", Part.KEY, 14),
    ("markup", descriptor("RW 8 ZERO") + "[bold]\x1b[31m\n", Part.KEY, 14),
    ("another encoding", b"# Disk DescriptorFile\nversion=1\n\xff\xfe\n", Part.ENCODING, 3),
    ("no extent", descriptor(), Part.EXTENT, 1),
    ("unknown access", descriptor("RX 8 ZERO"), Part.KEY, 8),
    ("unknown kind", descriptor('RW 8 VMFSSPARSE "a"'), Part.EXTENT, 8),
    ("no size", descriptor("RW 0 ZERO"), Part.CAPACITY, 8),
    ("size that overflows", descriptor("RW 99999999999999999999 ZERO"), Part.CAPACITY, 8),
    ("sum that overflows", descriptor(*["RW 100000000000 ZERO"] * 3), Part.CAPACITY, 9),
    ("more digits", descriptor("RW 1" + "0" * 5000 + " ZERO"), Part.EXTENT, 8),
    ("start that overflows", descriptor('RW 8 FLAT "x" 99999999999999999999'), Part.EXTENT, 8),
    ("no file", descriptor("RW 8 FLAT"), Part.EXTENT_FILE, 8),
    ("an empty name", descriptor('RW 8 FLAT ""'), Part.EXTENT_FILE, 8),
    ("zeros with a file", descriptor('RW 8 ZERO "x"'), Part.EXTENT_FILE, 8),
    ("too many extents", descriptor(*["RW 8 ZERO"] * 1025), Part.EXTENT, 1032),
    ("two ids", descriptor("RW 8 ZERO") + "cid=1\n", Part.KEY, 14),
    ("no hexadecimal id", descriptor("RW 8 ZERO", cid="0x12"), Part.CONTENT_ID, 3),
    ("unknown type", descriptor("RW 8 ZERO", create_type="seSparse"), Part.CREATE_TYPE, 5),
    ("a parent without a name", descriptor("RW 8 ZERO", parent_id="1"), Part.PARENT, 4),
    ("another version", descriptor("RW 8 ZERO").replace("version=1", "version=9"), Part.VERSION, 2),
    ("too large", b"# Disk DescriptorFile\n" + b"\n" * MiB, Part.DESCRIPTOR, 1),
    ("a file that is shorter", descriptor('RW 9 FLAT "data"'), Part.EXTENT_FILE, -1),
    ("a start behind the end", descriptor('RW 8 FLAT "data" 1'), Part.EXTENT_FILE, -1),
    ("no sparse extent", descriptor('RW 8 SPARSE "data"'), Part.MAGIC, -1),
]


@pytest.mark.parametrize(("text", "part", "line"), [one[1:] for one in TEXTS], ids=[one[0] for one in TEXTS])
def test_a_wrong_descriptor_is_an_error_at_its_line(tmp_path: Path, text: str | bytes, part: Part, line: int) -> None:
    (tmp_path / "data").write_bytes(b"d" * 8 * SECTOR)
    path = tmp_path / "disk.vmdk"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(EngineError) as refused:
        VmdkDisk(path)
    found = refused.value
    assert isinstance(found, BadVmdk | BadDescriptor)
    assert found.part is part
    if isinstance(found, BadDescriptor):
        assert (found.path, found.line) == (path, line)
    else:
        assert found.path.name == "data"


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/hostname", "sub/../../secret", "link", "folder-link/secret", "../vm2/x", "..", "/"]
)
@pytest.mark.parametrize("as_parent", [False, True])
def test_nothing_outside_the_folder_is_opened(tmp_path: Path, name: str, as_parent: bool) -> None:
    folder = tmp_path / "vm"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "vm2").mkdir()
    (tmp_path / "secret").write_bytes(bytes(8 * SECTOR))
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "folder-link").symlink_to(tmp_path)
    text = descriptor("RW 8 ZERO", parent=name, parent_id="1") if as_parent else descriptor(f'RW 8 FLAT "{name}"')
    (folder / "disk.vmdk").write_text(text)
    with pytest.raises(OutsideFolder) as refused:
        VmdkDisk(folder / "disk.vmdk")
    assert (refused.value.name, refused.value.line) == (name, 6 if as_parent else 8)


def test_a_wider_folder_is_the_users_to_allow(tmp_path: Path) -> None:
    (tmp_path / "vm").mkdir()
    (tmp_path / "data").write_bytes(b"d" * 8 * SECTOR)
    (tmp_path / "vm/disk.vmdk").write_text(descriptor('RW 8 FLAT "../data"'))
    disk = VmdkDisk(tmp_path / "vm/disk.vmdk", within=tmp_path)
    assert disk.extents()[0].length == 8 * SECTOR
    disk.close()


@pytest.mark.parametrize("name", ["not there", "x" * 5000, "loop", "disk.vmdk/x", "a\u0301/\U0001f600"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "disk.vmdk").write_text(descriptor(f'RW 8 FLAT "{name}"'))
    with pytest.raises(MissingFile) as refused:
        VmdkDisk(tmp_path / "disk.vmdk")
    assert (refused.value.name, refused.value.line) == (name, 8)


def test_a_pipe_or_a_folder_is_no_extent_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        (tmp_path / "disk.vmdk").write_text(descriptor(f'RW 8 FLAT "{name}"'))
        with pytest.raises((BadImage, IsADirectoryError)):
            VmdkDisk(tmp_path / "disk.vmdk")


def test_a_loop_of_parents_ends(tmp_path: Path) -> None:
    for name, parent in (("a", "b"), ("b", "c"), ("c", "a"), ("self", "self")):
        (tmp_path / f"{name}.vmdk").write_text(descriptor("RW 8 ZERO", parent=f"{parent}.vmdk", parent_id="12345678"))
    os.link(tmp_path / "a.vmdk", tmp_path / "another-name.vmdk")
    for name in ("a", "self", "another-name"):
        with pytest.raises(ParentLoop):
            VmdkDisk(tmp_path / f"{name}.vmdk")


def test_a_chain_without_end_ends(tmp_path: Path) -> None:
    for number in range(200):
        text = descriptor("RW 8 ZERO", parent=f"{number + 1}.vmdk", parent_id="12345678")
        (tmp_path / f"{number}.vmdk").write_text(text)
    before = open_files()
    with pytest.raises(BadVmdk) as refused:
        VmdkDisk(tmp_path / "0.vmdk")
    assert refused.value.part is Part.CHAIN
    assert open_files() == before


def test_a_missing_or_changed_parent_is_an_error_and_a_raw_one_too(tmp_path: Path) -> None:
    child = tmp_path / "child.vmdk"
    child.write_text(descriptor("RW 8 ZERO", parent="parent.vmdk", parent_id="1"))
    with pytest.raises(MissingFile) as missing:
        VmdkDisk(child)
    assert missing.value.name == "parent.vmdk"
    (tmp_path / "parent.vmdk").write_text(descriptor("RW 8 ZERO", cid="2"))
    with pytest.raises(ParentChanged) as changed:
        VmdkDisk(child)
    assert (changed.value.expected, changed.value.found) == ("00000001", "00000002")
    (tmp_path / "parent.vmdk").write_bytes(bytes(8 * SECTOR))
    with pytest.raises(BadDescriptor):
        VmdkDisk(child)


@pytest.mark.parametrize("within_file", [False, True])
def test_absurd_counts_take_no_memory(tmp_path: Path, within_file: bool) -> None:
    """Also in a file that claims to be huge: 8 EiB of holes cost nothing to make."""
    path = tmp_path / "disk.vmdk"
    sizes = [2**13, 2**30, 2**36, 2**37, 2**50, 2**63, HUGE]
    for sectors in sizes:
        path.write_bytes(with_bytes(PLAIN, 12, u64(sectors)))
        if within_file:
            os.truncate(path, 2**43)
        tracemalloc.start()
        try:
            disk = open_image(path)
        except EngineError:
            pass
        else:
            disk.close()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 40 * MiB, sectors
