"""Writing a restore point: one file, from its header to the footer that makes it one.

Decided here: the order of writes.
(1) `NAME.vbx.part`, created exclusively and locked; one that a dead writer left is replaced.
(2) A record's place is reserved under the lock and written outside it, by several threads at once.
(3) Data to stable storage. (4) Index and metadata, to stable storage. (5) Footer, to stable storage.
(6) The final name: never over an existing file, unless this file stands for that one. (7) The folder to stable storage.
Also decided: content that is there already, in this point or in its parent, becomes a reference; a block that is as in
the parent becomes nothing. What must never happen: a footer over a disk with a block missing, or over a parent that is
not there.
"""

from __future__ import annotations

import os
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from vbtui.engine.block import (
    DIGEST_SIZE,
    HEAD_SIZE,
    BlockHead,
    BlockKind,
    Codec,
    Compressor,
    KnownBlocks,
    blocks_of,
    digest,
)
from vbtui.engine.errors import PointExists, PointIncomplete, ProtocolError, WriterClosed
from vbtui.engine.repository.contents import ContentTable
from vbtui.engine.repository.known import ParentContent, ParentDisk
from vbtui.engine.repository.layout import (
    ENTRIES_PER_PAGE,
    ENTRY_SIZE,
    FOOTER_SIZE,
    MAX_METADATA,
    SUFFIX,
    ContentRoot,
    EntryKind,
    Footer,
    IndexEntry,
    PointHeader,
    pack_page,
    page_crc,
)
from vbtui.engine.repository.metadata import PointMetadata
from vbtui.engine.repository.part_file import create_part, discard, publish, replace
from vbtui.engine.storage import STORAGE, Storage, unfinished
from vbtui.vocabulary import MiB

_KIND: Final = 8
"""Byte of an entry at which its kind stands: zero as long as nothing is there."""
_PLACE: Final = struct.Struct("<II")
"""With what an entry begins: disk and block."""
_NAME: Final = ENTRY_SIZE - DIGEST_SIZE
_EARLY: Final = 16 * MiB
"""Records go to stable storage from so many bytes on, while others arrive: a tenth of a full copy's time (measured)."""
_RUNS: Final = (BlockKind.HOLE, BlockKind.UNCHANGED)


class DiskWriter:
    """Takes the blocks of one disk of a point, in any order, from any number of threads."""

    def __init__(self, point: PointWriter, number: int, parent: ParentDisk | None) -> None:
        self.number = number
        self.size = point.header.disks[number].size
        self.block_size = point.header.block_size
        self.algorithm = point.header.algorithm
        self.known: KnownBlocks | None = None if parent is None else _Known(point, parent)
        """What need not be sent; None for a point without a parent."""
        self._point = point

    def place(self, head: BlockHead, payload: memoryview) -> int:
        """Take a block; how many bytes of the file it takes (none if its content is there already).

        DATA is always kept, unless this point has the content: whoever sends it has a reason. Raises ProtocolError for
        a block that cannot be of this disk or is here already, or is called unchanged and the parent's cannot be
        relied on; WriterClosed.
        """
        if head.disk != self.number:
            raise ProtocolError("restore point", f"block of disk {head.disk} for disk {self.number}")
        return self._point._place(head, payload)


class _Known:
    """The parent's blocks of one disk, and the contents of parent and point together."""

    def __init__(self, point: PointWriter, parent: ParentDisk) -> None:
        self._point, self._parent = point, parent

    def digest_of(self, block: int) -> bytes | None:
        return self._parent.digest_of(block)

    def holds(self, name: bytes) -> bool:
        return self._point._holds(name)


class PointWriter:
    """One restore point on its way. Ends with `finish` or `abort`; used as a context manager it aborts by default."""

    def __init__(
        self,
        folder: Path,
        header: PointHeader,
        *,
        parent: ParentContent | None = None,
        check_parent: Callable[[], None] | None = None,
        replaces: bytes | None = None,
        storage: Storage = STORAGE,
    ) -> None:
        """Create the part file and write the header. Raises PointExists, PointBusy, ValueError, OSError.

        `parent`: what an incremental point builds on; `check_parent` is called before the file gets its name, and
        raises if the parent is not there any more. `replaces`: the file stands for the one of its name, which has
        this content root.
        """
        self.header = header
        self.path = folder / (header.point_id + SUFFIX)
        self._part = unfinished(self.path)
        self._parent, self._check_parent, self._replaces = parent, check_parent, replaces
        self._storage = storage
        if replaces is None and self.path.exists():
            raise PointExists(self.path)
        packed = header.pack()
        self._structure = zlib.crc32(packed[-4:])
        self._number = create_part(self._part, storage)
        try:
            storage.write(self._number, 0, packed)
        except BaseException:
            self._discard()
            raise
        self._next = len(packed)
        self._lock = threading.Condition()
        self._closed = False
        self._failure: BaseException | None = None
        self._in_flight = 0
        self._first = header.first_blocks()
        self._index = bytearray(self._first[-1] * ENTRY_SIZE)
        self._stored = ContentTable(self._index, self._first[-1], at=_NAME, stride=ENTRY_SIZE)
        self._zero_digests: dict[int, bytes] = {}
        self._parents = [None if parent is None else parent.of_disk(header, disk) for disk in range(len(header.disks))]

    @property
    def written(self) -> int:
        """Bytes of the file so far."""
        return self._next

    def disk(self, name: str) -> DiskWriter:
        """The writer of one disk. Raises KeyError."""
        for number, info in enumerate(self.header.disks):
            if info.name == name:
                return DiskWriter(self, number, self._parents[number])
        raise KeyError(name)

    def finish(self, metadata: PointMetadata) -> Path:
        """Make the file a restore point; the path under which it is one.

        Raises PointIncomplete (a block is missing or refers to nothing; nothing appears), PointExists, BrokenChain (the
        parent is gone), what a `place` before has failed with, OSError; after an error only `abort` is left.
        """
        with self._lock:
            self._check_open()
            self._closed = True
            self._lock.wait_for(lambda: not self._in_flight)
            if self._failure is not None:
                raise self._failure
        entries, root = self._resolve()
        if self._replaces is not None and root != self._replaces:
            raise PointIncomplete(self.header.point_id, "", 0, "another content")
        self._storage.sync(self._number)
        footer = self._write_index(entries, root, metadata)
        self._storage.sync(self._number)
        self._storage.write(self._number, footer.file_size - FOOTER_SIZE, footer.pack())
        self._storage.sync(self._number)
        if self._check_parent is not None:
            self._check_parent()
        if self._replaces is None:
            publish(self._part, self.path, self._storage)
        else:
            replace(self._part, self.path, self._storage)
        os.close(self._number)
        self._number = -1
        return self.path

    def abort(self) -> None:
        """Give the point up and remove its part file; nothing happens after `finish`. May be called twice."""
        with self._lock:
            self._closed = True
            self._lock.wait_for(lambda: not self._in_flight)
        self._discard()

    def __enter__(self) -> PointWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.abort()

    # inside

    def _write_index(self, entries: bytearray, root: bytes, metadata: PointMetadata) -> Footer:
        """Write the pages of the index and the metadata behind the records; the footer that stands for them."""
        plain = metadata.pack()
        if len(plain) > MAX_METADATA:
            raise ValueError(f"metadata of {len(plain)} bytes")
        offset, structure, count = self._next, self._structure, len(entries) // ENTRY_SIZE
        for number in range(blocks_of(count, ENTRIES_PER_PAGE)):
            start = number * ENTRIES_PER_PAGE * ENTRY_SIZE
            page = pack_page(number, bytes(entries[start : start + ENTRIES_PER_PAGE * ENTRY_SIZE]))
            structure = zlib.crc32(page_crc(page), structure)
            self._storage.write(self._number, offset, page)
            offset += len(page)
        _, packed = Compressor().pack(plain)
        self._storage.write(self._number, offset, packed)
        return Footer(
            offset + len(packed) + FOOTER_SIZE, self._next, blocks_of(count, ENTRIES_PER_PAGE),
            structure, count, offset, len(packed), len(plain), zlib.crc32(packed), root,
        )  # fmt: skip

    def _check_open(self) -> None:
        if self._failure is not None:
            raise self._failure  # to all threads and to `finish`: the reason, not what follows from it
        if self._closed:
            raise WriterClosed(self.header.point_id)

    def _discard(self) -> None:
        if self._number >= 0:
            number, self._number = self._number, -1
            discard(number, self._part, self._storage)

    def _holds(self, name: bytes) -> bool:
        if self._parent is not None and self._parent.find(name) is not None:
            return True
        with self._lock:
            return self._stored.find(name) is not None

    def _place(self, head: BlockHead, payload: memoryview) -> int:
        self._check_head(head, payload)
        if head.kind is not BlockKind.DATA:
            with self._lock:
                self._check_open()
                if head.kind is BlockKind.HOLE:
                    self._enter_holes(head)
                    return 0
                for block in range(head.block, head.block + head.run):
                    self._enter_without_data(head, block)
            return 0
        with self._lock:
            self._check_open()
            if self._stored.find(head.digest) is not None:
                self._enter(IndexEntry(head.disk, head.block, EntryKind.DUPLICATE, head.digest))
                return 0
            offset = self._next
            self._enter(
                IndexEntry(
                    head.disk, head.block, EntryKind.DATA, head.digest, head.codec, head.payload_size, offset
                )
            )  # fmt: skip
            self._stored.add(self._first[head.disk] + head.block)
            self._next += HEAD_SIZE + head.payload_size
            self._in_flight += 1
        try:
            self._storage.write(self._number, offset, head.pack(), payload)
            chunk, end = offset // _EARLY, (offset + HEAD_SIZE + head.payload_size) // _EARLY
            if end > chunk:
                self._storage.start_sync(self._number, chunk * _EARLY, (end - chunk) * _EARLY)
        except BaseException as error:
            with self._lock:
                self._closed, self._failure = True, self._failure or error  # a gap is left: no footer may follow
            raise
        finally:
            with self._lock:
                self._in_flight -= 1
                self._lock.notify_all()
        return HEAD_SIZE + head.payload_size

    def _check_head(self, head: BlockHead, payload: memoryview) -> None:
        """Refuse what cannot be a block of this point. Only holes and unchanged blocks come in runs."""
        if not 0 <= head.disk < len(self.header.disks) or head.kind is BlockKind.END:
            raise ProtocolError("restore point", f"{head.kind.name} of disk {head.disk}")
        blocks = self._first[head.disk + 1] - self._first[head.disk]
        if head.run < 1 or head.block + head.run > blocks or (head.run > 1 and head.kind not in _RUNS):
            raise ProtocolError("restore point", f"blocks {head.block} + {head.run} of {blocks}")
        if head.kind not in _RUNS and head.plain_size != self.header.block_length(head.disk, head.block):
            raise ProtocolError("restore point", f"block {head.block} of {head.plain_size} bytes")
        if len(payload) != head.payload_size or head.payload_size > self.header.block_size:
            raise ProtocolError("restore point", f"payload of {head.payload_size} bytes")
        if (head.payload_size == 0) == (head.kind is BlockKind.DATA):
            raise ProtocolError("restore point", f"{head.kind.name} with {head.payload_size} bytes")
        if head.codec is Codec.STORED and head.kind is BlockKind.DATA and head.payload_size != head.plain_size:
            raise ProtocolError("restore point", f"stored payload of {head.payload_size} bytes")

    def _enter_without_data(self, head: BlockHead, block: int) -> None:
        if head.kind is BlockKind.UNCHANGED:
            parent = self._parents[head.disk]
            if parent is None or parent.digest_of(block) is None:
                raise ProtocolError("restore point", f"block {block} of disk {head.disk} unchanged from nothing")
            start = (self._first[head.disk] + block) * ENTRY_SIZE
            self._check_free(head.disk, block, start)
            self._index[start + _KIND] = BlockKind.UNCHANGED
            return
        if head.kind is BlockKind.DUPLICATE:
            self._enter(IndexEntry(head.disk, block, EntryKind.DUPLICATE, head.digest))
            return
        name = self._zero_digest(self.header.block_length(head.disk, block))
        self._enter(IndexEntry(head.disk, block, EntryKind(head.kind), name))

    def _enter_holes(self, head: BlockHead) -> None:
        """A run may be most of a large disk: its entries differ in their numbers only, and are packed once."""
        last = head.block + head.run - 1  # the one that may be shorter than the others
        for blocks in (range(head.block, last), range(last, last + 1)):
            if not blocks:
                continue
            name = self._zero_digest(self.header.block_length(head.disk, blocks[0]))
            packed = IndexEntry(head.disk, blocks[0], EntryKind.HOLE, name).pack()[_PLACE.size :]
            for block in blocks:
                start = (self._first[head.disk] + block) * ENTRY_SIZE
                self._check_free(head.disk, block, start)
                self._index[start : start + ENTRY_SIZE] = _PLACE.pack(head.disk, block) + packed

    def _zero_digest(self, length: int) -> bytes:
        if length not in self._zero_digests:
            self._zero_digests[length] = digest(self.header.algorithm, bytes(length))
        return self._zero_digests[length]

    def _check_free(self, disk: int, block: int, start: int) -> None:
        if self._index[start + _KIND]:
            raise ProtocolError("restore point", f"block {block} of disk {disk} comes twice")

    def _enter(self, entry: IndexEntry) -> None:
        start = (self._first[entry.disk] + entry.block) * ENTRY_SIZE
        self._check_free(entry.disk, entry.block, start)
        self._index[start : start + ENTRY_SIZE] = entry.pack()

    def _resolve(self) -> tuple[bytearray, bytes]:
        """The entries of the index, every reference led to its place, and the content root.

        Proves that no block is missing. Without a parent every block has an entry, and they are those of `_index`.
        """
        entries = bytearray() if self._parent is not None else self._index
        root = ContentRoot(self.header)
        for disk, info in enumerate(self.header.disks):
            parent = self._parents[disk]
            root.begin_disk()
            for block in range(blocks_of(info.size, self.header.block_size)):
                start = (self._first[disk] + block) * ENTRY_SIZE
                kind = self._index[start + _KIND]
                if not kind:
                    raise PointIncomplete(self.header.point_id, info.name, block, "missing")
                before = None if parent is None else parent.digest_of(block)
                if kind == BlockKind.UNCHANGED:
                    assert before is not None  # it was there when the block came
                    root.add(before)
                    continue
                name = bytes(self._index[start + _NAME : start + ENTRY_SIZE])
                root.add(name)
                entry = self._reference(disk, block, name) if kind == EntryKind.DUPLICATE and name != before else None
                if self._parent is None:
                    if entry is not None:
                        self._index[start : start + ENTRY_SIZE] = entry.pack()
                elif kind == EntryKind.DATA or name != before:
                    entries += self._index[start : start + ENTRY_SIZE] if entry is None else entry.pack()
        return entries, root.finish()

    def _reference(self, disk: int, block: int, name: bytes) -> IndexEntry:
        """The entry of a block whose content is elsewhere: in this file, else in the parent. Raises PointIncomplete."""
        length = self.header.block_length(disk, block)
        for kind, header, place in self._places(name):
            if header.block_length(*place) == length:
                return IndexEntry(disk, block, kind, name, from_disk=place[0], from_block=place[1])
        raise PointIncomplete(
            self.header.point_id, self.header.disks[disk].name, block, "duplicate of nothing"
        )  # fmt: skip

    def _places(self, name: bytes) -> Iterator[tuple[EntryKind, PointHeader, tuple[int, int]]]:
        number = self._stored.find(name)
        if number is not None:
            disk = next(disk for disk in range(len(self.header.disks)) if number < self._first[disk + 1])
            yield EntryKind.DUPLICATE, self.header, (disk, number - self._first[disk])
        place = None if self._parent is None else self._parent.find(name)
        if self._parent is not None and place is not None:
            yield EntryKind.PARENT, self._parent.header, place
