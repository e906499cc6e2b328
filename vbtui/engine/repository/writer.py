"""Writing a restore point: one file, from its header to the footer that makes it one.

Decided here: the order of writes.
(1) `NAME.vbx.part`, created exclusively and locked; one that a dead writer left is replaced.
(2) A record's place is reserved under the lock and written outside it, by several threads at once.
(3) Data to stable storage. (4) Index and metadata, to stable storage. (5) Footer, to stable storage.
(6) The final name, never over an existing file. (7) The directory to stable storage.
Also decided: a block that is there already, on any disk of this point, becomes a reference. What must never happen: a
footer over a disk with a block missing.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

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
from vbtui.engine.disk.raw import write_fully
from vbtui.engine.errors import PointBusy, PointExists, PointIncomplete, ProtocolError, WriterClosed
from vbtui.engine.repository.layout import (
    ENTRIES_PER_PAGE,
    ENTRY_SIZE,
    FOOTER_SIZE,
    MAX_METADATA,
    SUFFIX,
    Footer,
    IndexEntry,
    PointHeader,
    content_root,
    pack_page,
    page_crc,
)


@dataclass(frozen=True, slots=True)
class PointMetadata:
    """What a restore point says of itself beside its blocks."""

    job: str = ""
    configuration: str = ""
    """The VM's configuration file (.vmx) as text."""
    transports: tuple[str, ...] = ()
    """How each disk was read, in the order of the disks."""

    def pack(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()


class DiskWriter:
    """Takes the blocks of one disk of a point, in any order, from any number of threads."""

    def __init__(self, point: PointWriter, number: int) -> None:
        self.number = number
        self.size = point.header.disks[number].size
        self.block_size = point.header.block_size
        self.algorithm = point.header.algorithm
        self.known: KnownBlocks | None = None
        self._point = point

    def place(self, head: BlockHead, payload: memoryview) -> int:
        """Take a block; how many bytes of the file it takes (none if its content is there already).

        Raises ProtocolError for one that cannot be of this disk or is here already, WriterClosed.
        """
        if head.disk != self.number:
            raise ProtocolError("restore point", f"block of disk {head.disk} for disk {self.number}")
        return self._point._place(head, payload)


class PointWriter:
    """One restore point on its way. Ends with `finish` or `abort`; used as a context manager it aborts by default."""

    def __init__(self, folder: Path, header: PointHeader) -> None:
        """Create the part file and write the header. Raises PointExists, PointBusy, ValueError, OSError."""
        self.header = header
        self.path = folder / (header.point_id + SUFFIX)
        self._part = folder / (header.point_id + SUFFIX + ".part")
        if self.path.exists():
            raise PointExists(self.path)
        packed = header.pack()
        self._structure = zlib.crc32(packed[-4:])
        self._number = _create_part(self._part)
        try:
            write_fully(self._number, 0, packed)
        except BaseException:
            self._discard()
            raise
        self._next = len(packed)
        self._lock = threading.Condition()
        self._closed = False
        self._in_flight = 0
        self._index = bytearray(header.entries * ENTRY_SIZE)
        self._first = [header.first_entry(disk) for disk in range(len(header.disks))]
        self._stored: dict[bytes, tuple[int, int]] = {}
        self._zero_digests: dict[int, bytes] = {}

    @property
    def written(self) -> int:
        """Bytes of the file so far."""
        return self._next

    def disk(self, name: str) -> DiskWriter:
        """The writer of one disk. Raises KeyError."""
        for number, info in enumerate(self.header.disks):
            if info.name == name:
                return DiskWriter(self, number)
        raise KeyError(name)

    def finish(self, metadata: PointMetadata, *, before_footer: Callable[[], None] | None = None) -> Path:
        """Make the file a restore point; the path under which it is one.

        Raises PointIncomplete (a block is missing or refers to nothing; nothing appears), PointExists, OSError; after
        an error only `abort` is left. `before_footer` is called when all but the footer is on stable storage.
        """
        with self._lock:
            self._check_open()
            self._closed = True
            self._lock.wait_for(lambda: not self._in_flight)
        root = self._resolve()
        os.fsync(self._number)
        index_offset = offset = self._next
        structure = self._structure
        for number in range(blocks_of(self.header.entries, ENTRIES_PER_PAGE)):
            start = number * ENTRIES_PER_PAGE * ENTRY_SIZE
            page = pack_page(number, bytes(self._index[start : start + ENTRIES_PER_PAGE * ENTRY_SIZE]))
            structure = zlib.crc32(page_crc(page), structure)
            write_fully(self._number, offset, page)
            offset += len(page)
        plain = metadata.pack()
        if len(plain) > MAX_METADATA:
            raise ValueError(f"metadata of {len(plain)} bytes")
        _, packed = Compressor().pack(plain)
        write_fully(self._number, offset, packed)
        os.fsync(self._number)
        if before_footer is not None:
            before_footer()
        footer = Footer(
            offset + len(packed) + FOOTER_SIZE, index_offset, blocks_of(self.header.entries, ENTRIES_PER_PAGE),
            structure, self.header.entries, offset, len(packed), len(plain), zlib.crc32(packed), root,
        )  # fmt: skip
        write_fully(self._number, offset + len(packed), footer.pack())
        os.fsync(self._number)
        publish(self._part, self.path)
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

    def _check_open(self) -> None:
        if self._closed:
            raise WriterClosed(self.header.point_id)

    def _discard(self) -> None:
        if self._number >= 0:
            self._part.unlink(missing_ok=True)
            os.close(self._number)
            self._number = -1

    def _place(self, head: BlockHead, payload: memoryview) -> int:
        self._check_head(head, payload)
        if head.kind is not BlockKind.DATA:
            with self._lock:
                self._check_open()
                for block in range(head.block, head.block + head.run):
                    self._enter(self._entry_without_data(head, block))
            return 0
        with self._lock:
            self._check_open()
            known = self._stored.get(head.digest)
            if known is not None:
                self._enter(IndexEntry(head.disk, head.block, BlockKind.DUPLICATE, head.digest))
                return 0
            offset = self._next
            self._enter(
                IndexEntry(
                    head.disk, head.block, BlockKind.DATA, head.digest, head.codec, head.payload_size, offset
                )
            )  # fmt: skip
            self._stored[head.digest] = (head.disk, head.block)
            self._next += HEAD_SIZE + head.payload_size
            self._in_flight += 1
        try:
            write_fully(self._number, offset, head.pack(), payload)
        except BaseException:
            with self._lock:
                self._closed = True  # a gap is left: no footer may follow
            raise
        finally:
            with self._lock:
                self._in_flight -= 1
                self._lock.notify_all()
        return HEAD_SIZE + head.payload_size

    def _check_head(self, head: BlockHead, payload: memoryview) -> None:
        """Refuse what cannot be a block of this point. Only holes come in runs."""
        if not 0 <= head.disk < len(self.header.disks) or head.kind is BlockKind.END:
            raise ProtocolError("restore point", f"{head.kind.name} of disk {head.disk}")
        blocks = blocks_of(self.header.disks[head.disk].size, self.header.block_size)
        if head.run < 1 or head.block + head.run > blocks or (head.run > 1 and head.kind is not BlockKind.HOLE):
            raise ProtocolError("restore point", f"blocks {head.block} + {head.run} of {blocks}")
        if head.kind is not BlockKind.HOLE and head.plain_size != self.header.block_length(head.disk, head.block):
            raise ProtocolError("restore point", f"block {head.block} of {head.plain_size} bytes")
        if len(payload) != head.payload_size or head.payload_size > self.header.block_size:
            raise ProtocolError("restore point", f"payload of {head.payload_size} bytes")
        if (head.payload_size == 0) == (head.kind is BlockKind.DATA):
            raise ProtocolError("restore point", f"{head.kind.name} with {head.payload_size} bytes")
        if head.codec is Codec.STORED and head.kind is BlockKind.DATA and head.payload_size != head.plain_size:
            raise ProtocolError("restore point", f"stored payload of {head.payload_size} bytes")

    def _entry_without_data(self, head: BlockHead, block: int) -> IndexEntry:
        if head.kind is BlockKind.DUPLICATE:
            return IndexEntry(head.disk, block, BlockKind.DUPLICATE, head.digest)
        length = self.header.block_length(head.disk, block)
        if length not in self._zero_digests:
            self._zero_digests[length] = digest(self.header.algorithm, bytes(length))
        return IndexEntry(head.disk, block, head.kind, self._zero_digests[length])

    def _enter(self, entry: IndexEntry) -> None:
        start = (self._first[entry.disk] + entry.block) * ENTRY_SIZE
        if self._index[start + 8]:  # the kind: zero as long as nothing is there
            raise ProtocolError("restore point", f"block {entry.block} of disk {entry.disk} comes twice")
        self._index[start : start + ENTRY_SIZE] = entry.pack()

    def _resolve(self) -> bytes:
        """Lead every duplicate to its record, prove that no block is missing, and give the content root."""
        digests: list[bytes] = []
        for disk, info in enumerate(self.header.disks):
            for block in range(blocks_of(info.size, self.header.block_size)):
                start = (self._first[disk] + block) * ENTRY_SIZE
                kind = self._index[start + 8]
                if not kind:
                    raise PointIncomplete(self.header.point_id, info.name, block, "missing")
                name = bytes(self._index[start + ENTRY_SIZE - DIGEST_SIZE : start + ENTRY_SIZE])
                digests.append(name)
                if kind != BlockKind.DUPLICATE:
                    continue
                origin = self._stored.get(name)
                if origin is None or self.header.block_length(*origin) != self.header.block_length(disk, block):
                    raise PointIncomplete(self.header.point_id, info.name, block, "duplicate of nothing")
                entry = IndexEntry(disk, block, BlockKind.DUPLICATE, name, from_disk=origin[0], from_block=origin[1])
                self._index[start : start + ENTRY_SIZE] = entry.pack()
        return content_root(self.header, digests)


def publish(part: Path, final: Path) -> None:
    """Give a finished file its name, never over another one, and put the directory on stable storage.

    Raises PointExists. A hard link refuses an existing name in one step; where there are none, a look must do.
    """
    try:
        os.link(part, final)
        part.unlink()
    except FileExistsError as error:
        raise PointExists(final) from error
    except OSError:
        if final.exists():
            raise PointExists(final) from None
        part.rename(final)
    sync_folder(final.parent)


def sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _create_part(part: Path) -> int:
    """Create the part file exclusively and lock it; one that a dead writer left is removed first. Raises PointBusy."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        number = os.open(part, flags, 0o644)
    except FileExistsError:
        _reclaim(part)
        number = os.open(part, flags, 0o644)
    try:
        _lock_as_named(number, part)
    except BaseException:
        os.close(number)
        raise
    return number


def _reclaim(part: Path) -> None:
    """Remove a part file that nobody holds. Raises PointBusy if its writer lives."""
    number = os.open(part, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        _lock_as_named(number, part)
        part.unlink()
    finally:
        os.close(number)


def _lock_as_named(number: int, part: Path) -> None:
    """Lock an open part file and prove that it still has its name: another run may have replaced it in between."""
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(number), part.lstat()):
            raise PointBusy(part)
    except (BlockingIOError, FileNotFoundError) as error:
        raise PointBusy(part) from error
