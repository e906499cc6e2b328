"""A restore point is complete or is none, damage is found and named, and a restore is right or refused."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from patience import PATIENCE, joined
from restore_points import ALGORITHM, BLOCK, FIRST, SECOND, begin, content_of, place, restored

from vbtui.engine import (
    Cancelled,
    DiskInfo,
    PointMetadata,
    PointWriter,
    Repository,
)
from vbtui.engine.block import BlockHead, BlockKind, Codec
from vbtui.engine.errors import (
    BadName,
    OutputExists,
    PointBusy,
    PointExists,
    PointIncomplete,
    ProtocolError,
    UnknownDisk,
    UnknownPoint,
    WriterClosed,
)
from vbtui.engine.repository.layout import (
    PointHeader,
)
from vbtui.vocabulary import KiB


def test_what_was_written_is_listed_verified_and_restored(
    repository: Repository, finished: Path, tmp_path: Path
) -> None:
    (info,) = repository.points()
    assert info.complete
    assert info.header is not None
    assert (info.point, info.path, info.header.vm, info.header.created_ms) == (
        "vm-0001",
        finished,
        "vm",
        1_700_000_000_000,
    )
    assert info.header.disks == (DiskInfo("first", len(FIRST)), DiskInfo("second", len(SECOND)))
    report = repository.verify("vm-0001")
    assert report.ok
    assert (report.blocks, report.deep) == (14, True)
    # a, b, two that do not compress, c, the tail, x: each content is stored once, whichever disk has it.
    assert report.records == 7
    assert repository.verify("vm-0001", deep=False).ok
    assert restored(repository, "first", tmp_path / "out") == FIRST
    assert restored(repository, "second", tmp_path / "out") == SECOND


def test_a_restore_is_sparse_and_tells_its_progress(repository: Repository, tmp_path: Path) -> None:
    content = b"x" * BLOCK + bytes(1024 * KiB) + b"y" * BLOCK
    with begin(repository, disk=len(content)) as point:
        place(point, "disk", content)
        point.finish(PointMetadata())
    seen: list[tuple[int, int]] = []
    report = repository.restore("vm-0001", "disk", tmp_path / "out", on_progress=lambda *at: seen.append(at))
    assert (tmp_path / "out").read_bytes() == content
    assert (tmp_path / "out").stat().st_blocks * 512 <= 64 * KiB
    assert (report.size, report.written) == (len(content), 2 * BLOCK)
    assert seen == sorted(seen)
    assert seen[-1] == (2 * BLOCK, 2 * BLOCK)


def test_an_independent_reader_can_be_written_from_the_documented_format(finished: Path) -> None:
    """Read with nothing but struct, zlib and zstd: the docstring of `layout` is the format."""
    data = finished.read_bytes()
    footer, footer_crc = data[-128:], data[-4:]
    assert zlib.crc32(footer[:124]).to_bytes(4, "little") == footer_crc
    fields = struct.unpack_from("<8sQQIIQQIII32s", footer)
    magic, size, index, pages, _, entries, metadata, metadata_size, *_ = fields
    assert (magic, size, entries, pages) == (b"VBTUIEND", len(data), 14, 1)
    assert metadata + metadata_size + 128 == len(data)
    assert zlib.crc32(data[:4092]).to_bytes(4, "little") == data[4092:4096]
    disks: dict[int, bytearray] = {0: bytearray(len(FIRST)), 1: bytearray(len(SECOND))}
    table = [struct.unpack_from("<IIBBHIQII32s", data, index + 16 + 64 * n) for n in range(entries)]
    by_place = {(disk, block): row for row in table for disk, block in [row[:2]]}
    for disk, block, kind, *_, from_disk, from_block, _ in table:
        if kind in (2, 4):
            continue
        row = by_place[from_disk, from_block] if kind == 3 else by_place[disk, block]
        payload = data[row[6] + 64 : row[6] + 64 + row[5]]
        plain = digest_free_unpack(row[3], payload)
        disks[disk][block * BLOCK : block * BLOCK + len(plain)] = plain
    assert bytes(disks[0]) == FIRST
    assert bytes(disks[1]) == SECOND


def digest_free_unpack(codec: int, payload: bytes) -> bytes:
    if codec == Codec.STORED:
        return payload
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    plain: bytes = zstd.decompress(payload)
    return plain


def test_other_things_in_the_folder_are_no_points(repository: Repository, finished: Path, tmp_path: Path) -> None:
    (repository.path / "a.txt").write_text("x")
    (repository.path / "vm-0002.vbx.part").write_bytes(finished.read_bytes())
    (repository.path / "folder.vbx").mkdir()
    (repository.path / "link.vbx").symlink_to(finished)
    (repository.path / "[bold]\x1b.vbx").write_bytes(b"")
    os.mkfifo(repository.path / "pipe.vbx")
    finished.with_name("vm-0009.vbx").write_bytes(finished.read_bytes())
    assert [(info.point, info.complete) for info in repository.points()] == [("vm-0001", True), ("vm-0009", False)]
    for name in ("../vm-0001", "", "vm-0002", "vm-0001.vbx", "a/b", "folder"):
        with pytest.raises(UnknownPoint):
            repository.open(name)
    with pytest.raises(UnknownDisk):
        repository.restore("vm-0001", "third", tmp_path / "out")


def test_an_existing_output_is_kept_unless_the_caller_says_otherwise(
    repository: Repository, finished: Path, tmp_path: Path
) -> None:
    assert finished.exists()
    (tmp_path / "out").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "folder").mkdir()
    for name in ("out", "link", "folder"):
        with pytest.raises(OutputExists):
            repository.restore("vm-0001", "first", tmp_path / name)
    for name in ("link", "folder"):
        with pytest.raises(OutputExists):
            repository.restore("vm-0001", "first", tmp_path / name, overwrite=True)
    assert (tmp_path / "out").read_text() == "mine"
    repository.restore("vm-0001", "first", tmp_path / "out", overwrite=True)
    assert (tmp_path / "out").read_bytes() == FIRST
    (tmp_path / "other.part").write_text("mine too")
    with pytest.raises(OutputExists):
        repository.restore("vm-0001", "first", tmp_path / "other")
    assert (tmp_path / "other.part").read_text() == "mine too"


def test_a_cancelled_restore_and_verification_leave_nothing(
    repository: Repository, finished: Path, tmp_path: Path
) -> None:
    assert finished.exists()
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        repository.verify("vm-0001", stop=stop)
    with pytest.raises(Cancelled):
        repository.restore("vm-0001", "first", tmp_path / "out", stop=stop)
    assert list(tmp_path.iterdir()) == [repository.path]


KILLED_WRITER = """
import os, pathlib, sys
sys.path.insert(0, sys.argv[2])
import restore_points as t
from vbtui.engine import PointMetadata, Repository
from vbtui.engine.storage import Storage
die = lambda: os._exit(9)
class BeforeTheFooter(Storage):
    left = 2
    def sync(self, number):
        super().sync(number)
        self.left -= 1
        if not self.left:
            die()
with t.begin(Repository(pathlib.Path(sys.argv[1]), storage=BeforeTheFooter()), "vm-0002", first=len(t.FIRST)) as point:
    if sys.argv[3] == "begun":
        die()
    t.place(point, "first", t.FIRST)
    if sys.argv[3] == "placed":
        die()
    point.finish(PointMetadata())
"""


@pytest.mark.parametrize("moment", ["begun", "placed", "before-footer"])
def test_a_killed_writer_leaves_no_point_and_harms_none(
    repository: Repository, finished: Path, tmp_path: Path, moment: str
) -> None:
    earlier = finished.read_bytes()
    command = [sys.executable, "-c", KILLED_WRITER, str(repository.path), str(Path(__file__).parent.parent), moment]
    assert subprocess.run(command, check=False, timeout=PATIENCE).returncode == 9
    assert [info.point for info in repository.points()] == ["vm-0001"]
    assert finished.read_bytes() == earlier
    assert (repository.path / "vm-0002.vbx.part").exists()
    # The next run takes the dead writer's place.
    with begin(repository, "vm-0002", first=len(FIRST)) as point:
        place(point, "first", FIRST)
        point.finish(PointMetadata())
    repository.restore("vm-0002", "first", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == FIRST
    assert not list(repository.path.glob("*.part"))


def test_a_point_is_never_overwritten_and_has_one_writer(repository: Repository, finished: Path) -> None:
    assert finished.exists()
    with pytest.raises(PointExists):
        begin(repository, first=512)
    with begin(repository, "vm-0002", first=512) as point:
        with pytest.raises(PointBusy):
            begin(repository, "vm-0002", first=512)
        finished.with_name("vm-0002.vbx").write_bytes(b"came meanwhile")
        place(point, "first", b"x" * 512)
        with pytest.raises(PointExists):
            point.finish(PointMetadata())
    assert finished.with_name("vm-0002.vbx").read_bytes() == b"came meanwhile"
    assert not list(repository.path.glob("*.part"))


def test_a_point_with_a_block_missing_is_not_finished(repository: Repository) -> None:
    with begin(repository, first=4 * BLOCK) as point:
        place(point, "first", b"a" * BLOCK)
        with pytest.raises(PointIncomplete) as incomplete:
            point.finish(PointMetadata())
    assert (incomplete.value.disk, incomplete.value.block, incomplete.value.reason) == ("first", 1, "missing")
    with begin(repository, first=BLOCK) as point:
        point.disk("first").place(BlockHead(BlockKind.DUPLICATE, 0, 0, BLOCK, digest=b"?" * 32), memoryview(b""))
        with pytest.raises(PointIncomplete):
            point.finish(PointMetadata())
    assert list(repository.path.iterdir()) == []


def test_a_writer_takes_nothing_after_its_end_and_no_block_twice(repository: Repository) -> None:
    with begin(repository, first=2 * BLOCK) as point:
        disk = point.disk("first")
        zero = BlockHead(BlockKind.ZERO, 0, 0, BLOCK)
        disk.place(zero, memoryview(b""))
        with pytest.raises(ProtocolError):
            disk.place(zero, memoryview(b""))
        with pytest.raises(KeyError):
            point.disk("other")
    with pytest.raises(WriterClosed):
        disk.place(replace(zero, block=1), memoryview(b""))
    with pytest.raises(WriterClosed):
        point.finish(PointMetadata())
    assert list(repository.path.iterdir()) == []


@pytest.mark.parametrize("name", ["", ".", "../x", "a/b", "-x", "a b", "x\x1b", "x" * 200])
def test_a_name_that_may_not_be_a_file_name_is_refused(repository: Repository, name: str) -> None:
    with pytest.raises(BadName):
        repository.begin("vm", name, [DiskInfo("d", 512)], created_ms=0)


@pytest.mark.parametrize(
    "disks", [[], [("d", 0)], [("d", 511)], [("d", 512), ("d", 512)], [("\x1b[31m", 512)], [("x" * 300, 512)]]
)
def test_a_point_of_impossible_disks_is_refused(repository: Repository, disks: list[tuple[str, int]]) -> None:
    with pytest.raises(ValueError):
        repository.begin("vm", "vm-0001", [DiskInfo(*disk) for disk in disks], created_ms=0)
    assert list(repository.path.iterdir()) == []


def test_many_threads_may_write_the_disks_of_one_point(repository: Repository, tmp_path: Path) -> None:
    contents = {f"d{number}": content_of("abr.cr" * 10) + bytes([number + 1]) * BLOCK for number in range(4)}
    with begin(repository, "vm-0001", **{name: len(content) for name, content in contents.items()}) as point:
        threads = [threading.Thread(target=place, args=(point, *item)) for item in contents.items()]
        for thread in threads:
            thread.start()
        joined(threads)
        point.finish(PointMetadata())
    assert repository.verify("vm-0001").ok
    for name, content in contents.items():
        assert restored(repository, name, tmp_path / "out") == content


def test_the_content_root_names_the_content_and_not_the_way_it_was_stored(repository: Repository) -> None:
    roots = []
    fill: list[Callable[[PointWriter], None]] = [
        lambda point: place(point, "first", FIRST),
        lambda point: place(point, "first", FIRST, holes=frozenset({2, 7})),
        lambda point: place(point, "first", FIRST[:-1] + b"u"),
    ]
    for number, write in enumerate(fill):
        with begin(repository, f"p{number}", first=len(FIRST)) as point:
            write(point)
            point.finish(PointMetadata())
        with repository.open(f"p{number}") as opened:
            roots.append(opened.footer.content_root)
    assert roots[0] == roots[1] != roots[2]


def test_a_header_survives_the_way_to_the_file_and_back() -> None:
    disks = tuple(DiskInfo(f"disk {number} ü", 512 * (number + 1)) for number in range(200))
    header = PointHeader("p", "c", "vm", disks, 5, ALGORITHM, BLOCK)
    assert len(header.pack()) % 4096 == 0
    assert PointHeader.unpack(header.pack()) == header
