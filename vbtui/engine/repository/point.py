"""Reading a restore point: from its footer to one verified block.

Decided here: what is trusted. A file is opened only with a valid header and footer; pages of the index are checked one
by one, and a block is given out only if record head, payload CRC and the hash of its plain bytes all agree with the
index. Every size and offset is checked against the file before anything is allocated or read. Safe for several threads.
"""

# ruff: noqa: N818 - as in `errors`: the names say what happened

from __future__ import annotations

import json
import os
import stat
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from vbtui.engine.block import (
    DIGEST_SIZE,
    HEAD_SIZE,
    BlockHead,
    BlockKind,
    Codec,
    blocks_of,
    digest,
    unpack_payload,
)
from vbtui.engine.disk.raw import read_fully
from vbtui.engine.errors import EngineError, HashUnavailable, ProtocolError
from vbtui.engine.repository.layout import (
    ENTRIES_PER_PAGE,
    ENTRY_SIZE,
    FOOTER_SIZE,
    MAX_HEADER,
    PAGE_SIZE,
    Footer,
    IndexEntry,
    PointHeader,
    content_root,
    header_size,
    page_crc,
    unpack_page,
)
from vbtui.engine.repository.writer import PointMetadata
from vbtui.engine.wire import Buffer


class Damage(StrEnum):
    """Which part of a restore point is not what it must be."""

    FILE = "file"
    """No regular file, or too short to be one."""
    HEADER = "header"
    FOOTER = "footer"
    """Torn, truncated or overwritten: the file does not count as a restore point."""
    STRUCTURE = "structure"
    """Header and index are each whole, but do not belong together."""
    INDEX = "index"
    METADATA = "metadata"
    RECORD = "record"
    """The head of a record."""
    PAYLOAD = "payload"
    HASH = "hash"
    """The payload is what was written, but not the content that the index names."""
    REFERENCE = "reference"
    """A duplicate leads to nothing, or an entry out of the file."""


@dataclass(frozen=True, slots=True, order=True)
class DamagedBlock:
    """A block that cannot be restored. `disk` is its name."""

    disk: str
    block: int
    damage: Damage


@dataclass(eq=False)
class DamagedPoint(EngineError):
    """The file cannot be used as a restore point; `part` says which part of it is damaged."""

    code: ClassVar[str] = "damaged-point"
    path: Path
    part: Damage


@dataclass(eq=False)
class DamagedBlocks(EngineError):
    """A restore was refused because of these blocks."""

    code: ClassVar[str] = "damaged-blocks"
    point: str
    blocks: tuple[DamagedBlock, ...]


class BlockDamaged(Exception):
    """One block cannot be read; collected by verification and restore."""

    def __init__(self, damage: Damage) -> None:
        super().__init__(damage)
        self.damage = damage


class Point:
    """An open restore point. Close it; a context manager."""

    def __init__(self, path: Path) -> None:
        """Open a file. Raises DamagedPoint (header or footer), HashUnavailable, OSError."""
        self.path = path
        # A symbolic link or a pipe in a repository is nothing that this program wrote.
        self._number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            self.header, self.footer, self._header_bytes = self._read_frame()
            self._pages, self._structure_crc = self._read_index()
            self._zero_digests: dict[int, bytes] = {}
        except BaseException:
            os.close(self._number)
            raise

    @property
    def damaged_pages(self) -> tuple[int, ...]:
        """Numbers of index pages that are not what was written."""
        return tuple(number for number, page in enumerate(self._pages) if page is None)

    @property
    def whole_structure(self) -> bool:
        """Whether header, index and footer belong together. False as well while a page is damaged."""
        if self._structure_crc != self.footer.structure_crc or self.damaged_pages:
            return False
        packed = b"".join(page for page in self._pages if page is not None)
        digests = (packed[end - DIGEST_SIZE : end] for end in range(ENTRY_SIZE, len(packed) + 1, ENTRY_SIZE))
        return content_root(self.header, digests) == self.footer.content_root

    @property
    def damage(self) -> tuple[Damage, ...]:
        """What is wrong with the file apart from its records; empty for a whole one."""
        found: list[Damage] = []
        if self.damaged_pages:
            found.append(Damage.INDEX)
        elif not self.whole_structure:
            found.append(Damage.STRUCTURE)
        try:
            self.metadata()
        except DamagedPoint:
            found.append(Damage.METADATA)
        return tuple(found)

    def blocks(self, disk: int) -> int:
        """How many blocks a disk has."""
        return blocks_of(self.header.disks[disk].size, self.header.block_size)

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
            return _metadata(json.loads(bytes(plain)))
        except (ValueError, RecursionError) as error:
            raise DamagedPoint(self.path, Damage.METADATA) from error

    def entry(self, disk: int, block: int) -> IndexEntry:
        """The index entry of a block, its kind a kind of the index. Raises BlockDamaged."""
        page, position = divmod(self.header.first_entry(disk) + block, ENTRIES_PER_PAGE)
        entries = self._pages[page]
        if entries is None:
            raise BlockDamaged(Damage.INDEX)
        try:
            entry = IndexEntry.unpack(entries[position * ENTRY_SIZE : (position + 1) * ENTRY_SIZE])
        except ValueError as error:
            raise BlockDamaged(Damage.INDEX) from error
        if entry.disk != disk or entry.block != block or entry.kind is BlockKind.END:
            raise BlockDamaged(Damage.INDEX)
        return entry

    def record_of(self, entry: IndexEntry) -> IndexEntry | None:
        """The DATA entry that holds a block's content; None for zeros and holes. Raises BlockDamaged."""
        if entry.kind in (BlockKind.ZERO, BlockKind.HOLE):
            if entry.digest != self._zero_digest(self.header.block_length(entry.disk, entry.block)):
                raise BlockDamaged(Damage.HASH)
            return None
        if entry.kind is BlockKind.DATA:
            return entry
        if entry.from_disk >= len(self.header.disks) or entry.from_block >= self.blocks(entry.from_disk):
            raise BlockDamaged(Damage.REFERENCE)
        origin = self.entry(entry.from_disk, entry.from_block)
        if (
            origin.kind is not BlockKind.DATA
            or origin.digest != entry.digest
            or self.header.block_length(origin.disk, origin.block) != self.header.block_length(entry.disk, entry.block)
        ):
            raise BlockDamaged(Damage.REFERENCE)
        return origin

    def read_block(self, disk: int, block: int, *, check_hash: bool = True) -> Buffer | None:
        """The plain bytes of a block, proven by its hash; None for zeros and holes. Raises BlockDamaged."""
        entry = self.entry(disk, block)
        record = self.record_of(entry)
        if record is None:
            return None
        return self.read_record(record, check_hash=check_hash)

    def read_record(self, record: IndexEntry, *, check_hash: bool = True) -> Buffer:
        """The plain bytes of a DATA entry. Without `check_hash` only head and CRC are checked. Raises BlockDamaged."""
        plain_size = self.header.block_length(record.disk, record.block)
        end = record.offset + HEAD_SIZE + record.payload_size
        if (
            record.offset < len(self._header_bytes)
            or end > self.footer.index_offset
            or not 0 < record.payload_size <= self.header.block_size
        ):
            raise BlockDamaged(Damage.REFERENCE)
        data = bytearray(end - record.offset)
        if read_fully(self._number, memoryview(data), record.offset) != len(data):
            raise BlockDamaged(Damage.RECORD)
        view = memoryview(data)
        try:
            head = BlockHead.unpack(view[:HEAD_SIZE])
        except ProtocolError as error:
            raise BlockDamaged(Damage.RECORD) from error
        expected = BlockHead(
            BlockKind.DATA, record.disk, record.block, plain_size, record.codec, record.payload_size, record.digest,
            head.payload_crc,
        )  # fmt: skip
        if head != expected:
            raise BlockDamaged(Damage.RECORD)
        payload = view[HEAD_SIZE:]
        if zlib.crc32(payload) != head.payload_crc:
            raise BlockDamaged(Damage.PAYLOAD)
        if not check_hash:
            return payload
        plain = unpack_payload(record.codec, payload, plain_size)
        if plain is None or digest(self.header.algorithm, plain) != record.digest:
            raise BlockDamaged(Damage.HASH)
        return plain

    def close(self) -> None:
        if self._number >= 0:
            os.close(self._number)
            self._number = -1

    def __enter__(self) -> Point:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # inside

    def _zero_digest(self, length: int) -> bytes:
        if length not in self._zero_digests:
            self._zero_digests[length] = digest(self.header.algorithm, bytes(length))
        return self._zero_digests[length]

    def _read_frame(self) -> tuple[PointHeader, Footer, bytes]:
        state = os.fstat(self._number)
        if not stat.S_ISREG(state.st_mode) or state.st_size < 4096 + FOOTER_SIZE:
            raise DamagedPoint(self.path, Damage.FILE)
        try:
            tail = bytearray(FOOTER_SIZE)
            read_fully(self._number, memoryview(tail), state.st_size - FOOTER_SIZE)
            footer = Footer.unpack(bytes(tail), state.st_size)
        except ValueError as error:
            raise DamagedPoint(self.path, Damage.FOOTER) from error
        start = bytearray(min(MAX_HEADER, state.st_size))
        read_fully(self._number, memoryview(start), 0)
        try:
            data = bytes(start[: header_size(bytes(start))])
            header = PointHeader.unpack(data)
        except HashUnavailable:
            raise
        except ValueError as error:
            raise DamagedPoint(self.path, Damage.HEADER) from error
        if header.entries != footer.entries or footer.index_offset < len(data):
            raise DamagedPoint(self.path, Damage.STRUCTURE)
        return header, footer, data

    def _read_index(self) -> tuple[list[bytes | None], int]:
        """Pages of entries (None where damaged), and the CRC over header and pages. The file is at least as long."""
        pages: list[bytes | None] = []
        crc = zlib.crc32(self._header_bytes[-4:])
        page = bytearray(PAGE_SIZE)
        for number in range(self.footer.index_pages):
            read_fully(self._number, memoryview(page), self.footer.index_offset + number * PAGE_SIZE)
            entries = min(ENTRIES_PER_PAGE, self.footer.entries - number * ENTRIES_PER_PAGE)
            pages.append(unpack_page(number, entries, bytes(page)))
            crc = zlib.crc32(page_crc(bytes(page)), crc)
        return pages, crc


def _metadata(value: Any) -> PointMetadata:
    """Metadata from JSON that anybody may have written. Raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError("metadata")
    job, configuration, transports = (value.get(key) for key in ("job", "configuration", "transports"))
    if not isinstance(job, str) or not isinstance(configuration, str) or not isinstance(transports, list):
        raise ValueError("metadata")
    if not all(isinstance(item, str) for item in transports):
        raise ValueError("metadata")
    return PointMetadata(job, configuration, tuple(transports))
