"""The format of a backup file (`.vbx`), version 1: one file per VM and restore point. Little-endian throughout.

    header     a multiple of 4096 bytes
    records    block heads with their payloads, without gaps, in any order
    index      pages of 65536 bytes
    metadata   zstd-compressed JSON
    footer     the last 128 bytes

HEADER  8s magic "VBTUIBK\\0"; u16 version 1; u8 point kind (1 full); u8 hash algorithm (1 blake3, 2 sha256); u32
header size; u32 block size; u32 number of disks; u64 creation time in milliseconds since 1970 (UTC); u32 place in the
chain from 1 on; 32s content root of the parent (zeros for a full). Then length-prefixed UTF-8 texts (u16 length,
bytes): chain id, point id, parent's point id (empty for a full), VM, and for every disk its name followed by u64 size
in bytes. Zeros up to the last four bytes: CRC-32 of everything before them.

RECORD  the 64-byte block head of `vbtui.engine.block`, kind DATA, with its payload. A reader finds records by the
index; when that is lost, each can be recognised by its magic and head CRC.

INDEX  one entry of 64 bytes for every block of every disk, disks in the header's order, blocks ascending; 1023 entries
per page. Page: 4s magic "VBI1"; u32 page number; u32 entries in this page; u32 CRC-32 of the page with this field zero;
entries; zeros. Entry: u32 disk; u32 block; u8 kind (1 DATA, 2 ZERO, 3 DUPLICATE, 4 HOLE); u8 codec (0 stored, 1 zstd);
u16 zero; u32 payload size; u64 offset of the record; u32 and u32 disk and block whose record holds the content; 32s
hash of the plain block. Only DATA has payload size, codec and offset; only DUPLICATE a reference, and it leads to a
DATA entry of this file. Zeros are hashed like any other content.

FOOTER  8s magic "VBTUIEND"; u64 file size; u64 index offset; u32 index pages; u32 CRC-32 of the header's last four
bytes and all page CRCs in order (so neither can be exchanged); u64 entries; u64 metadata offset; u32 metadata size in
the file; u32 its plain size; u32 its CRC-32; 32s content root; zeros; in the last four bytes CRC-32 of the 124 before.

CONTENT ROOT  the hash of: for every disk in order u64 size, then the hashes of its blocks in order. It names what the
point restores to, whatever the compression, the order of the records and the chain.

A file is a restore point only under its final name and with a valid footer: the footer is written last.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import Final

from vbtui.engine.block import NO_DIGEST, BlockKind, Codec, HashAlgorithm, blocks_of, check_available, digest
from vbtui.vocabulary import KiB, MiB

SUFFIX: Final = ".vbx"
VERSION: Final = 1
ENTRY_SIZE: Final = 64
PAGE_SIZE: Final = 64 * KiB
PAGE_HEAD: Final = 16
ENTRIES_PER_PAGE: Final = (PAGE_SIZE - PAGE_HEAD) // ENTRY_SIZE
FOOTER_SIZE: Final = 128
MAX_HEADER: Final = 128 * KiB
MAX_DISKS: Final = 256
MAX_NAME: Final = 255
MAX_METADATA: Final = 16 * MiB
MIN_BLOCK: Final = 4 * KiB
MAX_BLOCK: Final = 16 * MiB

_FIXED: Final = struct.Struct("<8sHBBIIIQI32s")
_TEXT: Final = struct.Struct("<H")
_LONG: Final = struct.Struct("<Q")
_CRC: Final = struct.Struct("<I")
_PAGE: Final = struct.Struct("<4sIII")
_ENTRY: Final = struct.Struct("<IIBBHIQII32s")
_FOOTER: Final = struct.Struct("<8sQQIIQQIII32s")


class PointKind(IntEnum):
    FULL = 1


@dataclass(frozen=True, slots=True)
class DiskInfo:
    """A disk of a restore point: its name and size in bytes."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class PointHeader:
    """What a restore point is, known before its first block. `created_ms`: milliseconds since 1970 (UTC), injected."""

    point_id: str
    chain_id: str
    vm: str
    disks: tuple[DiskInfo, ...]
    created_ms: int
    algorithm: HashAlgorithm
    block_size: int
    kind: PointKind = PointKind.FULL
    sequence: int = 1
    parent_id: str = ""
    parent_root: bytes = NO_DIGEST

    @property
    def entries(self) -> int:
        """Blocks of all disks together."""
        return sum(blocks_of(disk.size, self.block_size) for disk in self.disks)

    def first_entry(self, disk: int) -> int:
        """Where a disk's entries begin in the index."""
        return sum(blocks_of(info.size, self.block_size) for info in self.disks[:disk])

    def block_length(self, disk: int, block: int) -> int:
        """Plain bytes of a block: the last one of a disk may be shorter."""
        return min(self.block_size, self.disks[disk].size - block * self.block_size)

    def pack(self) -> bytes:
        """The header's bytes. Raises ValueError for a name that is no name, or too many disks."""
        if not 0 < len(self.disks) <= MAX_DISKS:
            raise ValueError(f"{len(self.disks)} disks")
        texts = b"".join(_pack_text(text) for text in (self.chain_id, self.point_id, self.parent_id, self.vm))
        texts += b"".join(_pack_text(disk.name) + _LONG.pack(disk.size) for disk in self.disks)
        size = blocks_of(_FIXED.size + len(texts) + _CRC.size, 4096) * 4096
        fixed = _FIXED.pack(
            b"VBTUIBK\0", VERSION, self.kind, self.algorithm, size, self.block_size, len(self.disks), self.created_ms,
            self.sequence, self.parent_root,
        )  # fmt: skip
        body = (fixed + texts).ljust(size - _CRC.size, b"\0")
        return body + _CRC.pack(zlib.crc32(body))

    @classmethod
    def unpack(cls, data: bytes) -> PointHeader:
        """The header in `data` (exactly as long as `header_size` says). Raises ValueError, HashUnavailable."""
        if len(data) != header_size(data) or zlib.crc32(data[:-4]) != _CRC.unpack(data[-4:])[0]:
            raise ValueError("header crc")
        magic, version, kind, algorithm, _, block_size, count, created, sequence, root = _FIXED.unpack_from(data)
        if magic != b"VBTUIBK\0" or version != VERSION:
            raise ValueError("header magic or version")
        if not MIN_BLOCK <= block_size <= MAX_BLOCK or block_size & (block_size - 1) or not 0 < count <= MAX_DISKS:
            raise ValueError("header sizes")
        position = _FIXED.size
        texts: list[str] = []
        for _ in range(4):
            text, position = _unpack_text(data, position)
            texts.append(text)
        disks: list[DiskInfo] = []
        for _ in range(count):
            name, position = _unpack_text(data, position)
            if position + _LONG.size > len(data):
                raise ValueError("header disk table")
            disks.append(DiskInfo(name, _LONG.unpack_from(data, position)[0]))
            position += _LONG.size
        if any(not disk.size or blocks_of(disk.size, block_size) >= 2**32 for disk in disks):
            raise ValueError("disk size")
        if len({disk.name for disk in disks}) != count:
            raise ValueError("two disks of one name")
        return cls(
            texts[1], texts[0], texts[3], tuple(disks), created, check_available(algorithm), block_size,
            PointKind(kind), sequence, texts[2], root,
        )  # fmt: skip


def content_root(header: PointHeader, digests: Iterable[bytes]) -> bytes:
    """The content root of a point from the hashes of all its blocks, in the order of the index."""
    names = iter(digests)
    parts: list[bytes] = []
    for disk in header.disks:
        parts.append(_LONG.pack(disk.size))
        parts.extend(islice(names, blocks_of(disk.size, header.block_size)))
    return digest(header.algorithm, b"".join(parts))


def header_size(start: bytes) -> int:
    """How long the header is, from its first bytes. Raises ValueError if that cannot be."""
    if len(start) < _FIXED.size:
        raise ValueError("header is cut off")
    size: int = _FIXED.unpack_from(start)[4]
    if not 0 < size <= MAX_HEADER or size % 4096:
        raise ValueError("header size")
    return size


def _pack_text(text: str) -> bytes:
    data = text.encode()
    if len(data) > MAX_NAME or not text.isprintable():
        raise ValueError(f"name {text!r}")
    return _TEXT.pack(len(data)) + data


def _unpack_text(data: bytes, position: int) -> tuple[str, int]:
    if position + _TEXT.size > len(data):
        raise ValueError("header text")
    (length,) = _TEXT.unpack_from(data, position)
    start = position + _TEXT.size
    if length > MAX_NAME or start + length > len(data):
        raise ValueError("header text")
    text = data[start : start + length].decode()  # UnicodeDecodeError is a ValueError
    if not text.isprintable():
        raise ValueError("header text")
    return text, start + length


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """Where the content of one block is."""

    disk: int
    block: int
    kind: BlockKind
    digest: bytes
    codec: Codec = Codec.STORED
    payload_size: int = 0
    offset: int = 0
    from_disk: int = 0
    from_block: int = 0

    def pack(self) -> bytes:
        return _ENTRY.pack(
            self.disk, self.block, self.kind, self.codec, 0, self.payload_size, self.offset, self.from_disk,
            self.from_block, self.digest,
        )  # fmt: skip

    @classmethod
    def unpack(cls, data: bytes) -> IndexEntry:
        """Raises ValueError for a kind or codec that does not exist; sizes and references are the reader's to judge."""
        disk, block, kind, codec, _, size, offset, from_disk, from_block, name = _ENTRY.unpack(data)
        return cls(disk, block, BlockKind(kind), name, Codec(codec), size, offset, from_disk, from_block)


def pack_page(number: int, entries: bytes) -> bytes:
    """A page of the index from its packed entries (at most a page full)."""
    head = _PAGE.pack(b"VBI1", number, len(entries) // ENTRY_SIZE, 0)
    body = (head + entries).ljust(PAGE_SIZE, b"\0")
    return body[:12] + _CRC.pack(zlib.crc32(body)) + body[PAGE_HEAD:]


def page_crc(page: bytes) -> bytes:
    """The CRC field of a page, as it stands."""
    return page[12:PAGE_HEAD]


def unpack_page(number: int, entries: int, page: bytes) -> bytes | None:
    """The packed entries of a page that must have this number and so many of them; None if it is not that page."""
    magic, found, count, crc = _PAGE.unpack_from(page)
    zeroed = page[:12] + bytes(4) + page[PAGE_HEAD:]
    if magic != b"VBI1" or found != number or count != entries or zlib.crc32(zeroed) != crc:
        return None
    return page[PAGE_HEAD : PAGE_HEAD + entries * ENTRY_SIZE]


@dataclass(frozen=True, slots=True)
class Footer:
    """Where everything is; its presence makes the file a restore point."""

    file_size: int
    index_offset: int
    index_pages: int
    structure_crc: int
    entries: int
    metadata_offset: int
    metadata_size: int
    metadata_plain_size: int
    metadata_crc: int
    content_root: bytes

    def pack(self) -> bytes:
        body = _FOOTER.pack(
            b"VBTUIEND", self.file_size, self.index_offset, self.index_pages, self.structure_crc, self.entries,
            self.metadata_offset, self.metadata_size, self.metadata_plain_size, self.metadata_crc, self.content_root,
        ).ljust(FOOTER_SIZE - _CRC.size, b"\0")  # fmt: skip
        return body + _CRC.pack(zlib.crc32(body))

    @classmethod
    def unpack(cls, data: bytes, file_size: int) -> Footer:
        """The footer of a file of that size, its parts in place. Raises ValueError."""
        if len(data) != FOOTER_SIZE or zlib.crc32(data[:-4]) != _CRC.unpack(data[-4:])[0]:
            raise ValueError("footer crc")
        magic, *fields = _FOOTER.unpack_from(data)
        footer = cls(*fields)
        index_end = footer.index_offset + footer.index_pages * PAGE_SIZE
        if (
            magic != b"VBTUIEND"
            or footer.file_size != file_size
            or footer.index_pages != blocks_of(footer.entries, ENTRIES_PER_PAGE)
            or index_end != footer.metadata_offset
            or footer.metadata_offset + footer.metadata_size != file_size - FOOTER_SIZE
            or footer.metadata_plain_size > MAX_METADATA
        ):
            raise ValueError("footer fields")
        return footer
