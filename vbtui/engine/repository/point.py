"""Reading the file of one restore point: its frame, its index, and single records.

Decided here: what is trusted of one file. It is opened only with a valid header and footer; pages of the index are
checked one by one, and a record is given out only if its head, its payload's CRC and the hash of its plain bytes all
agree with the index. Every size and offset is checked against the file before anything is allocated or read. The index
is kept as it is packed, and its keys beside it: 72 bytes per entry. Safe for several threads.

What a block holds is not decided here but in `chain`: an incremental point's file says that of a part of them only.
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vbtui.engine.block import (
    DIGEST_SIZE,
    HEAD_SIZE,
    BlockHead,
    BlockKind,
    Codec,
    digest,
    unpack_payload,
)
from vbtui.engine.disk.raw import read_fully
from vbtui.engine.errors import HashUnavailable, ProtocolError
from vbtui.engine.repository.damage import BlockDamaged, Damage, DamagedPoint
from vbtui.engine.repository.layout import (
    ENTRIES_PER_PAGE,
    ENTRY_SIZE,
    FOOTER_SIZE,
    MAX_HEADER,
    PAGE_SIZE,
    EntryKind,
    Footer,
    IndexEntry,
    PointHeader,
    header_size,
    page_crc,
    unpack_page,
)
from vbtui.engine.repository.metadata import PointMetadata
from vbtui.engine.wire import Buffer

_KEY: Final = struct.Struct("<II56x")
_SIZE: Final = struct.Struct("<12xI")
_OFFSET: Final = struct.Struct("<16xQ")
_KIND: Final = 8
"""Byte of an entry at which its kind stands."""
_EMPTY: Final = (int(EntryKind.ZERO), int(EntryKind.HOLE))
_BEYOND: Final = 2**64


@dataclass(frozen=True, slots=True)
class Gap:
    """Damaged pages of the index: nothing is known of the blocks between two keys."""

    page: int
    """The first of them."""
    after: int
    """The key of the last entry before them, -1 at the index's beginning."""
    before: int
    """The key of the first entry behind them."""


def key_of(disk: int, block: int) -> int:
    """How entries are ordered: one number for disk and block."""
    return disk << 32 | block


class Point:
    """The open file of a restore point. Close it; a context manager."""

    def __init__(self, path: Path) -> None:
        """Open a file. Raises DamagedPoint (header or footer), HashUnavailable, OSError."""
        self.path = path
        self._number = _open(path)
        try:
            self.header, self.footer, self._header_bytes = _read_frame(path, self._number)
            self.first = self.header.first_blocks()
            """The number of each disk's first block when all blocks are counted through; at the end their count."""
            self._read_index()
            self._zero_digests: dict[int, bytes] = {}
        except BaseException:
            os.close(self._number)
            raise

    keys: array[int]
    """The keys of all entries of whole pages, ascending; where a key stands is its entry's position."""
    entries: bytearray
    """The entries themselves, packed, in the same order."""
    gaps: tuple[Gap, ...]
    whole_pages: bool
    whole_frame: bool
    """Whether header, index pages and footer belong together. False as well while a page is damaged."""

    @property
    def damage(self) -> tuple[Damage, ...]:
        """What is wrong with this file apart from its records and its content root; empty for a whole one."""
        found: list[Damage] = []
        if not self.whole_pages:
            found.append(Damage.INDEX)
        elif not self.whole_frame:
            found.append(Damage.STRUCTURE)
        try:
            self.metadata()
        except DamagedPoint:
            found.append(Damage.METADATA)
        return tuple(found)

    def blocks(self, disk: int) -> int:
        """How many blocks a disk has."""
        return self.first[disk + 1] - self.first[disk]

    def metadata(self) -> PointMetadata:
        """Raises DamagedPoint."""
        footer = self.footer
        packed = bytearray(footer.metadata_size)
        read_fully(self._number, memoryview(packed), footer.metadata_offset)
        codec = Codec.STORED if footer.metadata_size == footer.metadata_plain_size else Codec.ZSTD
        plain = unpack_payload(codec, packed, footer.metadata_plain_size)
        if zlib.crc32(packed) != footer.metadata_crc or plain is None:
            raise DamagedPoint(self.path, Damage.METADATA)
        try:
            return PointMetadata.unpack(plain)
        except (ValueError, RecursionError) as error:
            raise DamagedPoint(self.path, Damage.METADATA) from error

    def position(self, disk: int, block: int) -> int | None:
        """Where the entry of a block stands; None without one. A block inside a gap has none either."""
        key = key_of(disk, block)
        found = bisect_left(self.keys, key)
        return found if found < len(self.keys) and self.keys[found] == key else None

    def entry_offset(self, position: int) -> int:
        """Byte of the file at which the page of this entry begins, as exact as while all pages are whole."""
        return self.footer.index_offset + position // ENTRIES_PER_PAGE * PAGE_SIZE

    def page_offset(self, page: int) -> int:
        """Byte of the file at which this page of the index begins."""
        return self.footer.index_offset + page * PAGE_SIZE

    def entry(self, position: int) -> IndexEntry:
        """The entry at a position. Raises BlockDamaged for one that says what no entry can say."""
        start = position * ENTRY_SIZE
        try:
            return IndexEntry.unpack(bytes(self.entries[start : start + ENTRY_SIZE]))
        except ValueError as error:
            raise self.bad(Damage.INDEX, self.entry_offset(position)) from error

    def place_at(self, position: int) -> tuple[int, int]:
        """Disk and block of the entry at a position."""
        return self.keys[position] >> 32, self.keys[position] & 0xFFFFFFFF

    def kind_at(self, position: int) -> int:
        """What the entry at a position says of its block: a number of `EntryKind`, or of none."""
        return self.entries[position * ENTRY_SIZE + _KIND]

    def payload_size_at(self, position: int) -> int:
        """Bytes of the payload that the entry at a position says it has."""
        size: int = _SIZE.unpack_from(self.entries, position * ENTRY_SIZE)[0]
        return size

    def offset_at(self, position: int) -> int:
        """Byte of the file at which the entry at a position says its record is."""
        offset: int = _OFFSET.unpack_from(self.entries, position * ENTRY_SIZE)[0]
        return offset

    def data_positions(self) -> Iterator[int]:
        """The positions of all entries that have a record."""
        kinds = bytes(self.entries[_KIND::ENTRY_SIZE])
        position = kinds.find(EntryKind.DATA)
        while position >= 0:
            yield position
            position = kinds.find(EntryKind.DATA, position + 1)

    def all_lead_somewhere(self) -> bool:
        """Whether every entry has a record in this file, is zeros, or leaves it to the parent."""
        for position, kind in enumerate(self.entries[_KIND::ENTRY_SIZE]):
            if kind == EntryKind.DATA or (kind == EntryKind.PARENT and not self.header.kind.complete):
                continue
            try:
                self.record_position(position)
            except BlockDamaged:
                return False
        return True

    def record_position(self, position: int) -> int | None:
        """The position of the DATA entry that holds the content of the entry at a position; None for zeros and holes.

        Raises BlockDamaged.
        """
        kind = self.kind_at(position)
        if kind == EntryKind.DATA:
            return position
        if kind in _EMPTY:
            length, end = self.header.block_length(*self.place_at(position)), (position + 1) * ENTRY_SIZE
            if self.entries[end - DIGEST_SIZE : end] == self._zero_digest(length):
                return None
        record = self.record_of(self.entry(position))
        return None if record is None else self.position(record.disk, record.block)

    def record_of(self, entry: IndexEntry) -> IndexEntry | None:
        """The DATA entry of this file that holds an entry's content; None for zeros and holes. Raises BlockDamaged.

        What a PARENT entry stands for is the chain's to say.
        """
        length = self.header.block_length(entry.disk, entry.block)
        if entry.kind.empty:
            if entry.digest != self._zero_digest(length):
                raise self.bad(Damage.HASH, self._offset_of(entry))
            return None
        if entry.kind is EntryKind.DATA:
            return entry
        position = self.position(entry.from_disk, entry.from_block) if entry.kind is EntryKind.DUPLICATE else None
        if position is None:
            raise self.bad(Damage.REFERENCE, self._offset_of(entry))
        origin = self.entry(position)
        if (
            origin.kind is not EntryKind.DATA
            or origin.digest != entry.digest
            or self.header.block_length(origin.disk, origin.block) != length
        ):
            raise self.bad(Damage.REFERENCE, self._offset_of(entry))
        return origin

    def read_raw(self, record: IndexEntry, buffer: bytearray | None = None) -> tuple[BlockHead, memoryview]:
        """Head and payload of a DATA entry as they are stored, both proven by their CRCs. Raises BlockDamaged.

        `buffer`: the caller's, at least HEAD_SIZE and a block long; the payload is then a part of it.
        """
        size = HEAD_SIZE + record.payload_size
        if (
            record.offset < len(self._header_bytes)
            or record.offset + size > self.footer.index_offset
            or not 0 < record.payload_size <= self.header.block_size
        ):
            raise self.bad(Damage.REFERENCE, self._offset_of(record))
        view = memoryview(bytearray(size) if buffer is None else buffer)[:size]
        if read_fully(self._number, view, record.offset) != size:
            raise self.bad(Damage.RECORD, record.offset)
        try:
            head = BlockHead.unpack(view[:HEAD_SIZE])
        except ProtocolError as error:
            raise self.bad(Damage.RECORD, record.offset) from error
        expected = BlockHead(
            BlockKind.DATA, record.disk, record.block, self.header.block_length(record.disk, record.block),
            record.codec, record.payload_size, record.digest, head.payload_crc,
        )  # fmt: skip
        if head != expected:
            raise self.bad(Damage.RECORD, record.offset)
        payload = view[HEAD_SIZE:]
        if zlib.crc32(payload) != head.payload_crc:
            raise self.bad(Damage.PAYLOAD, record.offset)
        return head, payload

    def read_record(self, record: IndexEntry, *, check_hash: bool = True, buffer: bytearray | None = None) -> Buffer:
        """The plain bytes of a DATA entry, proven by their hash. Raises BlockDamaged.

        Without `check_hash` they are only what the CRC says was written. `buffer` as for `read_raw`; the answer may be
        a part of it.
        """
        head, payload = self.read_raw(record, buffer)
        plain = unpack_payload(head.codec, payload, head.plain_size)
        if plain is None or (check_hash and digest(self.header.algorithm, plain) != record.digest):
            raise self.bad(Damage.HASH, record.offset)
        return plain

    def bad(self, damage: Damage, offset: int) -> BlockDamaged:
        """Damage at a byte of this file."""
        return BlockDamaged(damage, self.header.point_id, offset)

    def close(self) -> None:
        """May be called twice; nobody may be reading."""
        if self._number >= 0:
            os.close(self._number)
            self._number = -1

    def __enter__(self) -> Point:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # inside

    def _offset_of(self, entry: IndexEntry) -> int:
        return self.entry_offset(self.position(entry.disk, entry.block) or 0)

    def _zero_digest(self, length: int) -> bytes:
        if length not in self._zero_digests:
            self._zero_digests[length] = digest(self.header.algorithm, bytes(length))
        return self._zero_digests[length]

    def _read_index(self) -> None:
        """Read and check all pages. The file is at least as long: the footer has been held against its size."""
        # All at once: what grows to 128 MiB piece by piece lies in the heap, and leaves a hole there when it goes.
        self.keys, self.entries = array("Q"), bytearray(self.footer.entries * ENTRY_SIZE)
        filled = 0
        gaps: list[Gap] = []
        crc = zlib.crc32(self._header_bytes[-4:])
        buffer = bytearray(PAGE_SIZE)
        in_gap = False
        for number in range(self.footer.index_pages):
            read_fully(self._number, memoryview(buffer), self.footer.index_offset + number * PAGE_SIZE)
            page = bytes(buffer)
            count = min(ENTRIES_PER_PAGE, self.footer.entries - number * ENTRIES_PER_PAGE)
            crc = zlib.crc32(page_crc(page), crc)
            packed = unpack_page(number, count, page)
            last = self.keys[-1] if self.keys else -1
            keys = None if packed is None else self._keys_of(packed, last)
            if packed is not None and keys is not None:
                if in_gap:
                    gaps[-1] = Gap(gaps[-1].page, gaps[-1].after, keys[0])
                self.keys.extend(keys)
                self.entries[filled : filled + len(packed)] = packed
                filled += len(packed)
                in_gap = False
            elif not in_gap:
                gaps.append(Gap(number, last, _BEYOND))
                in_gap = True
        del self.entries[filled:]
        self.gaps = tuple(gaps)
        self.whole_pages = not gaps
        self.whole_frame = not gaps and crc == self.footer.structure_crc

    def _keys_of(self, packed: bytes, last: int) -> list[int] | None:
        """The keys of a page, or None if they do not ascend from `last` on or name a block that there is not."""
        disks = len(self.header.disks)
        sizes = [self.blocks(disk) for disk in range(disks)]
        keys: list[int] = []
        for disk, block in _KEY.iter_unpack(packed):
            key = disk << 32 | block
            if key <= last or disk >= disks or block >= sizes[disk]:
                return None
            keys.append(key)
            last = key
        return keys


def read_frame(path: Path) -> tuple[PointHeader, Footer]:
    """What the file of a point says it is, without its index, which may be most of it.

    Raises DamagedPoint (header or footer), HashUnavailable, OSError.
    """
    number = _open(path)
    try:
        header, footer, _ = _read_frame(path, number)
        return header, footer
    finally:
        os.close(number)


def _open(path: Path) -> int:
    # A symbolic link or a pipe in a repository is nothing that this program wrote.
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)


def _read_frame(path: Path, number: int) -> tuple[PointHeader, Footer, bytes]:
    state = os.fstat(number)
    if not stat.S_ISREG(state.st_mode) or state.st_size < 4096 + FOOTER_SIZE:
        raise DamagedPoint(path, Damage.FILE)
    try:
        tail = bytearray(FOOTER_SIZE)
        read_fully(number, memoryview(tail), state.st_size - FOOTER_SIZE)
        footer = Footer.unpack(bytes(tail), state.st_size)
    except ValueError as error:
        raise DamagedPoint(path, Damage.FOOTER) from error
    start = bytearray(min(MAX_HEADER, state.st_size))
    read_fully(number, memoryview(start), 0)
    try:
        data = bytes(start[: header_size(bytes(start))])
        header = PointHeader.unpack(data)
    except HashUnavailable:
        raise
    except ValueError as error:
        raise DamagedPoint(path, Damage.HEADER) from error
    if (
        footer.index_offset < len(data)
        or footer.entries > header.entries
        or (header.kind.complete and footer.entries != header.entries)
    ):
        raise DamagedPoint(path, Damage.STRUCTURE)
    return header, footer, data


OpenPoint = Callable[[str], Point]
"""Opens the file of a point by its id. Raises UnknownPoint, DamagedPoint, HashUnavailable, OSError."""
