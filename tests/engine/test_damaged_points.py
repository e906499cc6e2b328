"""Damage is found, named down to the block, and never restored; forged files are refused before they cost anything."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from restore_points import BLOCK, FIRST, SECOND, begin, place, restored

from vbtui.engine import (
    Damage,
    DamagedBlock,
    DamagedBlocks,
    DamagedPoint,
    PointMetadata,
    Repository,
)
from vbtui.engine.block import HEAD_SIZE, BlockHead, Compressor
from vbtui.engine.repository.layout import (
    ENTRIES_PER_PAGE,
    ENTRY_SIZE,
    FOOTER_SIZE,
    PAGE_SIZE,
    Footer,
    pack_page,
)


def parts_of(path: Path) -> dict[str, list[int]]:
    """Where the bytes of each class lie."""
    data = path.read_bytes()
    footer = Footer.unpack(data[-FOOTER_SIZE:], len(data))
    heads: list[int] = []
    payloads: list[int] = []
    position = 4096
    while position < footer.index_offset:
        head = BlockHead.unpack(data[position : position + HEAD_SIZE])
        heads += range(position, position + HEAD_SIZE)
        payloads += range(position + HEAD_SIZE, position + HEAD_SIZE + head.payload_size)
        position += HEAD_SIZE + head.payload_size
    return {
        "header": list(range(4096)),
        "record": heads,
        "payload": payloads,
        "index": list(range(footer.index_offset, footer.metadata_offset)),
        "metadata": list(range(footer.metadata_offset, len(data) - FOOTER_SIZE)),
        "footer": list(range(len(data) - FOOTER_SIZE, len(data))),
    }


@pytest.mark.parametrize("part", ["header", "record", "payload", "index", "metadata", "footer"])
def test_a_flipped_bit_anywhere_is_found_named_and_never_restored(
    repository: Repository, finished: Path, tmp_path: Path, part: str
) -> None:
    data = finished.read_bytes()
    places = parts_of(finished)[part]
    picks = random.Random(part)
    for at in [places[0], places[-1], *(picks.choice(places) for _ in range(12))]:
        damaged = bytearray(data)
        damaged[at] ^= 1 << picks.randrange(8)
        finished.write_bytes(damaged)
        report = repository.verify("vm-0001")
        assert not report.ok
        found = {*report.structure, *(block.damage for block in report.damaged)}
        assert found == {Damage(part)}, f"byte {at}"
        (info,) = repository.points()
        assert info.complete == (part in ("record", "payload"))
        for disk, content in (("first", FIRST), ("second", SECOND)):
            try:
                assert restored(repository, disk, tmp_path / "out") == content
                assert part == "metadata" or disk not in {block.disk for block in report.damaged}
            except (DamagedPoint, DamagedBlocks) as refused:
                if isinstance(refused, DamagedBlocks):
                    assert refused.blocks == tuple(block for block in report.damaged if block.disk == disk)
                else:
                    assert refused.part == Damage(part)
            assert not (tmp_path / "out.part").exists()


def test_a_damaged_record_is_named_for_every_block_that_refers_to_it(
    repository: Repository, finished: Path, tmp_path: Path
) -> None:
    data = bytearray(finished.read_bytes())
    # The first record is block 0 of `second` (the letter c), which block 6 of `first` refers to.
    data[4096 + HEAD_SIZE] ^= 1
    finished.write_bytes(data)
    named = tuple(
        DamagedBlock(disk, block, Damage.PAYLOAD, "vm-0001", 4096) for disk, block in (("first", 6), ("second", 0))
    )
    for deep in (True, False):
        assert repository.verify("vm-0001", deep=deep).damaged == named
    with pytest.raises(DamagedBlocks) as refused:
        restored(repository, "first", tmp_path / "out")
    assert refused.value.blocks == named[:1]
    assert list(tmp_path.iterdir()) == [repository.path]


def test_content_that_is_not_what_the_index_names_is_found_by_a_deep_verification_only(
    repository: Repository, finished: Path
) -> None:
    """A record whose own checksums are right, but which holds another block's bytes."""
    data = bytearray(finished.read_bytes())
    head = BlockHead.unpack(data[4096 : 4096 + HEAD_SIZE])
    _, payload = Compressor().pack(b"d" * BLOCK)
    assert len(payload) == head.payload_size
    forged = replace(head, payload_crc=zlib.crc32(payload)).pack() + bytes(payload)
    data[4096 : 4096 + len(forged)] = forged
    finished.write_bytes(data)
    assert repository.verify("vm-0001", deep=False).ok
    assert {block.damage for block in repository.verify("vm-0001").damaged} == {Damage.HASH}


def test_a_file_cut_off_anywhere_is_no_restore_point(repository: Repository, finished: Path, tmp_path: Path) -> None:
    data = finished.read_bytes()
    cuts = [0, 1, 4095, 4096, len(data) - 1, len(data) - FOOTER_SIZE, len(data) - FOOTER_SIZE - 1]
    position = 4096
    footer = Footer.unpack(data[-FOOTER_SIZE:], len(data))
    while position < footer.index_offset:
        cuts += [position - 1, position, position + 1, position + HEAD_SIZE]
        position += HEAD_SIZE + BlockHead.unpack(data[position : position + HEAD_SIZE]).payload_size
    for cut in cuts:
        finished.write_bytes(data[:cut])
        (info,) = repository.points()
        assert not info.complete, cut
        assert repository.verify("vm-0001").structure in ((Damage.FILE,), (Damage.FOOTER,))
        with pytest.raises(DamagedPoint):
            repository.restore("vm-0001", "first", tmp_path / "out")
    finished.write_bytes(data + b"x")
    assert repository.verify("vm-0001").structure == (Damage.FOOTER,)


def forged_entry(path: Path, number: int, **fields: int | bytes) -> None:
    """Change an index entry and make every checksum of the file right again, as an attacker would."""
    data = bytearray(path.read_bytes())
    footer = Footer.unpack(bytes(data[-FOOTER_SIZE:]), len(data))
    names = ["disk", "block", "kind", "codec", "zero", "payload_size", "offset", "from_disk", "from_block", "digest"]
    start = footer.index_offset + 16 + ENTRY_SIZE * number
    values = dict(zip(names, struct.unpack_from("<IIBBHIQII32s", data, start), strict=True)) | fields
    struct.pack_into("<IIBBHIQII32s", data, start, *(values[name] for name in names))
    entries = bytes(data[footer.index_offset + 16 : footer.index_offset + 16 + footer.entries * ENTRY_SIZE])
    page = pack_page(0, entries)
    data[footer.index_offset : footer.index_offset + PAGE_SIZE] = page
    crc = zlib.crc32(page[12:16], zlib.crc32(data[4092:4096]))
    data[-FOOTER_SIZE:] = replace(footer, structure_crc=crc).pack()
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("number", "fields"),
    [
        (0, {"offset": 2**64 - 1}),
        (0, {"offset": 0}),
        (0, {"payload_size": 2**32 - 1}),
        (0, {"payload_size": 0}),
        (0, {"kind": 9}),
        (0, {"kind": 5}),
        (0, {"codec": 7}),
        (0, {"codec": 0}),
        (0, {"block": 1}),
        (0, {"disk": 1}),
        (4, {"from_disk": 2**32 - 1}),
        (4, {"from_block": 2**32 - 1}),
        (4, {"from_block": 4}),
        (4, {"from_block": 1}),
        (4, {"kind": 2}),
        (0, {"kind": 2}),
        (2, {"kind": 1}),
    ],
)
def test_a_forged_index_is_refused_block_by_block(
    repository: Repository, finished: Path, tmp_path: Path, number: int, fields: dict[str, int]
) -> None:
    forged_entry(finished, number, **fields)
    report = repository.verify("vm-0001")
    assert ("first", number) in [(block.disk, block.block) for block in report.damaged]
    with pytest.raises(DamagedBlocks):
        repository.restore("vm-0001", "first", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"entries": 13},
        {"entries": 2**40},
        {"index_pages": 2**32 - 1},
        {"index_offset": 2**63},
        {"metadata_plain_size": 2**32 - 1},
        {"metadata_size": 2**32 - 1},
        {"content_root": bytes(32)},
        {"structure_crc": 1},
    ],
)
def test_a_forged_footer_is_refused_before_anything_is_allocated(
    repository: Repository, finished: Path, tmp_path: Path, changes: dict[str, int]
) -> None:
    data = bytearray(finished.read_bytes())
    footer = Footer.unpack(bytes(data[-FOOTER_SIZE:]), len(data))
    data[-FOOTER_SIZE:] = replace(footer, **changes).pack()  # type: ignore[arg-type]
    finished.write_bytes(data)
    assert repository.verify("vm-0001").structure
    with pytest.raises(DamagedPoint):
        repository.restore("vm-0001", "first", tmp_path / "out")


def header_with(data: bytearray, at: int, value: bytes) -> None:
    data[at : at + len(value)] = value
    data[4092:4096] = zlib.crc32(data[:4092]).to_bytes(4, "little")


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (8, b"\2\0"),  # version
        (10, b"\7"),  # point kind
        (12, b"\xff\xff\xff\xff"),  # header size
        (16, b"\0\0\0\0"),  # block size
        (16, b"\0\0\0\x80"),
        (20, b"\xff\xff\xff\xff"),  # number of disks
        (20, b"\0\0\0\0"),
        (68, b"\xff\xff"),  # length of the chain id
        (70, b"\x1b[31"),  # control characters in a name
        (70, b"\xff\xfe"),
    ],
)
def test_a_forged_header_is_listed_as_damaged(repository: Repository, finished: Path, at: int, value: bytes) -> None:
    data = bytearray(finished.read_bytes())
    header_with(data, at, value)
    finished.write_bytes(data)
    (info,) = repository.points()
    assert not info.complete
    assert repository.verify("vm-0001").structure in ((Damage.HEADER,), (Damage.STRUCTURE,))


def test_random_bytes_never_crash_a_reader(repository: Repository) -> None:
    picks = random.Random(5)
    for size in (0, 128, 4096, 5000, 70_000):
        (repository.path / "noise.vbx").write_bytes(picks.randbytes(size))
        assert [info.complete for info in repository.points()] == [False]


def many_blocks() -> Iterator[bytes]:
    for number in range(ENTRIES_PER_PAGE + 200):
        yield (b"%08d" % number) * (BLOCK // 8)


def test_a_damaged_page_of_the_index_costs_only_its_own_blocks(repository: Repository, tmp_path: Path) -> None:
    content = b"".join(many_blocks())
    with begin(repository, first=len(content), second=BLOCK) as point:
        place(point, "first", content)
        place(point, "second", b"00000000" * (BLOCK // 8))
        path = point.finish(PointMetadata())
    assert restored(repository, "first", tmp_path / "out") == content
    data = bytearray(path.read_bytes())
    footer = Footer.unpack(bytes(data[-FOOTER_SIZE:]), len(data))
    data[footer.index_offset + PAGE_SIZE + 100] ^= 1
    path.write_bytes(data)
    report = repository.verify("vm-0001")
    assert report.structure == (Damage.INDEX,)
    place_of = ("vm-0001", footer.index_offset + PAGE_SIZE)
    expected = [DamagedBlock("first", ENTRIES_PER_PAGE + number, Damage.INDEX, *place_of) for number in range(200)]
    assert report.damaged == (*expected, DamagedBlock("second", 0, Damage.INDEX, *place_of))
