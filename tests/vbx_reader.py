"""A second reader of backup files, written from the docstring of `vbtui.engine.repository.layout` and nothing else.

Slow and obvious: no code of the product is used, so that both can only agree if the description is right and complete.
"""

from __future__ import annotations

import hashlib
import struct
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blake3 import blake3

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FULL = (1, 3)
DATA, ZERO, DUPLICATE, HOLE, PARENT = 1, 2, 3, 4, 7


def crc(data: bytes) -> bytes:
    return struct.pack("<I", zlib.crc32(data))


@dataclass
class File:
    """One file, read whole and checked."""

    data: bytes
    kind: int
    algorithm: int
    block_size: int
    sequence: int
    parent_root: bytes
    chain: str
    point: str
    parent: str
    vm: str
    disks: list[tuple[str, int]]
    entries: dict[tuple[int, int], tuple[Any, ...]]
    metadata: bytes
    root: bytes

    def hash(self, data: bytes) -> bytes:
        return blake3(data).digest() if self.algorithm == 1 else hashlib.sha256(data).digest()

    def blocks(self, disk: int) -> int:
        return -(-self.disks[disk][1] // self.block_size)

    def length(self, disk: int, block: int) -> int:
        return min(self.block_size, self.disks[disk][1] - block * self.block_size)


def read_file(path: Path) -> File:
    data = path.read_bytes()
    footer = data[-128:]
    assert footer[-4:] == crc(footer[:-4])
    magic, size, index, pages, structure, entries, meta, meta_size, meta_plain, meta_crc, root = struct.unpack_from(
        "<8sQQIIQQIII32s", footer
    )
    assert (magic, size) == (b"VBTUIEND", len(data))
    magic, version, kind, algorithm, header_size, block_size, disks, _, sequence, parent_root = struct.unpack_from(
        "<8sHBBIIIQI32s", data
    )
    assert (magic, version) == (b"VBTUIBK\0", 1)
    header = data[:header_size]
    assert header[-4:] == crc(header[:-4])
    at = struct.calcsize("<8sHBBIIIQI32s")

    def text() -> str:
        nonlocal at
        (length,) = struct.unpack_from("<H", data, at)
        at += 2 + length
        return data[at - length : at].decode()

    chain, point, parent, vm = text(), text(), text(), text()
    table = []
    for _ in range(disks):
        name = text()
        table.append((name, struct.unpack_from("<Q", data, at)[0]))
        at += 8
    found: dict[tuple[int, int], tuple[Any, ...]] = {}
    crcs = header[-4:]
    for number in range(pages):
        page = data[index + number * 65536 : index + (number + 1) * 65536]
        magic, page_number, count, _ = struct.unpack_from("<4sIII", page)
        assert (magic, page_number) == (b"VBI1", number)
        assert page[12:16] == crc(page[:12] + bytes(4) + page[16:])
        crcs += page[12:16]
        for position in range(count):
            entry = struct.unpack_from("<IIBBHIQII32s", page, 16 + 64 * position)
            found[entry[0], entry[1]] = entry[2:]
    assert crc(crcs) == struct.pack("<I", structure)
    assert list(found) == sorted(found)
    assert len(found) == entries
    packed = data[meta : meta + meta_size]
    assert crc(packed) == struct.pack("<I", meta_crc)
    metadata = packed if meta_size == meta_plain else zstd.decompress(packed)
    return File(
        data, kind, algorithm, block_size, sequence, parent_root, chain, point, parent, vm, table, found, metadata, root
    )  # fmt: skip


def read_block(files: list[File], level: int, disk: int, block: int) -> bytes:
    """The plain bytes of a block as of one of the files of a chain, newest first."""
    file = files[level]
    entry = file.entries.get((disk, block))
    if entry is None:
        name = file.disks[disk][0]
        below = [number for number, (other, _) in enumerate(files[level + 1].disks) if other == name]
        return read_block(files, level + 1, below[0], block)
    kind, codec, _, size, offset, from_disk, from_block, name = entry
    if kind == DATA:
        plain = read_record(file, disk, block, codec, size, offset, name)
    elif kind in (ZERO, HOLE):
        plain = bytes(file.length(disk, block))
    elif kind == DUPLICATE:
        assert file.entries[from_disk, from_block][0] == DATA
        plain = read_block(files, level, from_disk, from_block)
    else:
        assert kind == PARENT
        plain = read_block(files, level + 1, from_disk, from_block)
    assert len(plain) == file.length(disk, block)
    assert file.hash(plain) == name
    return plain


def read_record(file: File, disk: int, block: int, codec: int, size: int, offset: int, name: bytes) -> bytes:
    head, payload = file.data[offset : offset + 64], file.data[offset + 64 : offset + 64 + size]
    assert head[60:] == crc(head[:60])
    fields = struct.unpack_from("<4sBBHIIII32s", head)
    assert fields == (b"VBR1", 1, codec, disk, 1, block, file.length(disk, block), size, name)
    assert head[56:60] == crc(payload)
    return zstd.decompress(payload) if codec == 1 else payload


def read_point(folder: Path, point: str) -> dict[str, bytes]:
    """What a point restores to, by name of disk; proven by the content root."""
    files = [read_file(folder / f"{point}.vbx")]
    while files[-1].kind not in FULL:
        child = files[-1]
        files.append(read_file(folder / f"{child.parent}.vbx"))
        parent = files[-1]
        assert (parent.point, parent.chain, parent.vm) == (child.parent, child.chain, child.vm)
        assert (parent.root, parent.sequence < child.sequence) == (child.parent_root, True)
    newest, named, found = files[0], b"", {}
    for number, (name, size) in enumerate(newest.disks):
        blocks = [read_block(files, 0, number, block) for block in range(newest.blocks(number))]
        named += struct.pack("<Q", size) + b"".join(newest.hash(block) for block in blocks)
        found[name] = b"".join(blocks)
    assert newest.hash(named) == newest.root
    return found
