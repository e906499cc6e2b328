"""The format of a backup file (`.vbx`), version 1: one file per VM and restore point. Little-endian throughout.

    header     a multiple of 4096 bytes
    records    block heads with their payloads, without gaps, in any order
    index      pages of 65536 bytes
    metadata   JSON, compressed with zstd unless that made it no smaller
    footer     the last 128 bytes

A point is the content of a VM's disks. A *full* file (kind 1, or 3 when it was put together from earlier points) says
what every block holds. An *incremental* one (kind 2) says what differs from its parent, another file of the folder;
what it does not say is as in the parent.

HEADER  8s magic "VBTUIBK\\0"; u16 version 1; u8 point kind (1 full, 2 incremental, 3 synthetic full); u8 hash
algorithm (1 blake3, 2 sha256); u32 header size; u32 block size (a power of two, 4 KiB to 16 MiB); u32 number of disks;
u64 creation time in milliseconds since 1970 (UTC); u32 place in the chain from 1 on; 32s content root of the parent
(zeros for a full). Then length-prefixed UTF-8 texts (u16 length, bytes): chain id, point id, parent's point id (empty
for a full), VM, and for every disk its name followed by u64 size in bytes. Zeros up to the last four bytes: CRC-32
(zlib's) of everything before them.

RECORD  a head of 64 bytes and the payload. Head: 4s magic "VBR1"; u8 kind 1 (DATA); u8 codec (0 stored, 1 one zstd
frame); u16 disk; u32 1; u32 block; u32 plain bytes; u32 payload bytes; 32s hash of the plain block; u32 CRC-32 of the
payload; u32 CRC-32 of the 60 bytes before. A reader finds records by the index; when that is lost, each can be
recognised by its magic and head CRC. Blocks are numbered from 0; the last one of a disk may be shorter.

INDEX  entries of 64 bytes, ascending by disk and block, at most one for each block, 1023 per page. A full file has one
for every block of every disk; an incremental one only where the content differs from the parent's, and for every block
that the parent has not, or not with this length. Page: 4s magic "VBI1"; u32 page number; u32 entries in this page;
u32 CRC-32 of the page with this field zero; entries; zeros. Entry: u32 disk; u32 block; u8 kind (1 DATA, 2 ZERO,
3 DUPLICATE, 4 HOLE, 7 PARENT); u8 codec; u16 zero; u32 payload size; u64 offset of the record in this file; u32 and u32
disk and block of another place; 32s hash of the plain block. Only DATA has payload size, codec and offset, and its
record's head says the same disk and block; only DUPLICATE and PARENT name another place. DUPLICATE leads to a DATA
entry of this file. PARENT leads to a place of the parent point, by the parent's numbering of disks: it stands for
whatever that place restores to, in whichever file that is stored, never for an offset, so that the parent's file may
be written anew. Zeros (ZERO read, HOLE never allocated) are hashed like any other content; both restore to zeros.

METADATA  a JSON object of at most 1 MiB, see `metadata.PointMetadata`. Not needed for a restore.

FOOTER  8s magic "VBTUIEND"; u64 file size; u64 index offset; u32 index pages; u32 CRC-32 of the header's last four
bytes and all page CRCs in order (so neither can be exchanged); u64 entries; u64 metadata offset; u32 metadata size in
the file; u32 its plain size (the same: it is not compressed); u32 CRC-32 of it as in the file; 32s content root; zeros;
in the last four bytes CRC-32 of the 124 before.

CONTENT ROOT  the hash of: for every disk in order u64 size, then the hashes of its blocks in order, those from the
parent included. It names what the point restores to, whatever the compression, the order of the records and the chain.

CHAIN  The parent of an incremental file is `PARENT.vbx` in the same folder, with the same chain id, VM, block size and
hash algorithm, a lower place in the chain, and the content root that the child names. Disks of parent and child are
the same if their names are: one may be missing in either, stand at another number, or have another size; a block whose
length has changed counts as new. To read block B of disk D: take its entry, if there is one; otherwise go on in the
parent, with the disk of the same name and the same block. The ids and the root of a file never change: when a point
is merged into its child, the child's file is written anew under the same id with the same root, its parent becomes
the merged point's parent, and the children of both find what they name.

A file is a restore point only under its final name, `POINT-ID.vbx`, and with a valid footer: the footer is written
last. Kinds 2 and 3 are new in the files, not in the header: a program that knows only kind 1 refuses them.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate
from typing import Final

from vbtui.engine.block import DIGEST_SIZE, NO_DIGEST, Codec, HashAlgorithm, blocks_of, check_available, hasher
from vbtui.engine.wire import Buffer
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
MAX_METADATA: Final = MiB
MIN_BLOCK: Final = 4 * KiB
MAX_BLOCK: Final = 16 * MiB
MAX_BLOCKS: Final = 2**32 - 256
"""Blocks of all disks of a point."""
MAX_SEQUENCE: Final = 2**32 - 1

_FIXED: Final = struct.Struct("<8sHBBIIIQI32s")
_TEXT: Final = struct.Struct("<H")
_LONG: Final = struct.Struct("<Q")
_HASHED_AT_ONCE: Final = MiB
_CRC: Final = struct.Struct("<I")
_PAGE: Final = struct.Struct("<4sIII")
_ENTRY: Final = struct.Struct("<IIBBHIQII32s")
_FOOTER: Final = struct.Struct("<8sQQIIQQIII32s")


class PointKind(IntEnum):
    FULL = 1
    """Every block, as read in one run."""
    INCREMENTAL = 2
    """What differs from the parent point."""
    SYNTHETIC = 3
    """Every block, put together from earlier points."""

    @property
    def complete(self) -> bool:
        """Whether the file holds every block: it has no parent."""
        return self is not PointKind.INCREMENTAL


class EntryKind(IntEnum):
    """What an index entry says of a block."""

    DATA = 1
    ZERO = 2
    DUPLICATE = 3
    HOLE = 4
    PARENT = 7

    @property
    def empty(self) -> bool:
        return self in (EntryKind.ZERO, EntryKind.HOLE)


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

    def first_blocks(self) -> tuple[int, ...]:
        """The number of each disk's first block when all blocks are counted through; at the end, how many there are."""
        return tuple(accumulate((blocks_of(disk.size, self.block_size) for disk in self.disks), initial=0))

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
        if sum(blocks_of(disk.size, block_size) for disk in disks) > MAX_BLOCKS:
            raise ValueError("too many blocks")
        point_kind = PointKind(kind)
        if point_kind.complete == bool(texts[2]) or texts[2] == texts[1] or not sequence:
            raise ValueError("header parent")
        return cls(
            texts[1], texts[0], texts[3], tuple(disks), created, check_available(algorithm), block_size,
            point_kind, sequence, texts[2], root,
        )  # fmt: skip


class ContentRoot:
    """The content root of a point, from the hashes of all its blocks, which come one after the other.

    Hashed as they come: in one piece they would be 64 MiB for a disk of 2 TiB.
    """

    def __init__(self, header: PointHeader) -> None:
        self._hasher = hasher(header.algorithm)
        self._sizes = iter([disk.size for disk in header.disks])
        self._pending = bytearray()

    def begin_disk(self) -> None:
        """What is added from here on is of the next disk."""
        self._pending += _LONG.pack(next(self._sizes))

    def add(self, digests: Buffer) -> None:
        self._pending += digests
        if len(self._pending) >= _HASHED_AT_ONCE:
            self._hasher.update(self._pending)
            self._pending.clear()

    def finish(self) -> bytes:
        self._hasher.update(self._pending)
        return self._hasher.digest()


def content_root(header: PointHeader, digests: Buffer) -> bytes:
    """The content root of a point from the hashes of all its blocks, one after the other as their disks and numbers."""
    names, root, position = memoryview(digests), ContentRoot(header), 0
    for disk in header.disks:
        root.begin_disk()
        end = position + blocks_of(disk.size, header.block_size) * DIGEST_SIZE
        for start in range(position, end, _HASHED_AT_ONCE):
            root.add(names[start : min(end, start + _HASHED_AT_ONCE)])
        position = end
    return root.finish()


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
    kind: EntryKind
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
        return cls(disk, block, EntryKind(kind), name, Codec(codec), size, offset, from_disk, from_block)


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
            or not footer.metadata_size <= footer.metadata_plain_size <= MAX_METADATA
        ):
            raise ValueError("footer fields")
        return footer
