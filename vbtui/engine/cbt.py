"""Changed block tracking: which areas of a disk were written to since an earlier snapshot.

Decided here: what a change id means, and when one is forgotten. Every area of the disk has a sequence number, that of
the last write to it; a snapshot takes the disk's current number with it, as the change id `UUID/SEQUENCE`, and later
writes get the next one. What changed between two snapshots is then every area with a number behind the first one's, as
it was when the second one was made: never a miss. An area is 64 KiB, and larger on a disk of more than 64 GiB, so a
small write makes a whole area count as changed.

The numbers live in memory, and in `NAME-ctk.vmdk` when the disk was closed well (512 B header, then one u32 per area,
little-endian; the shape of the field's file, whose inside is not public):

    0   8s  magic "VBTUICTK"        24  16s  uuid                        48  32s  fingerprint of the disk's files
    8   u32 version, 1              40  u32  sequence                    80  u32  CRC-32 of all areas
    12  u32 bytes of an area        44  u32  1: closed well, 0: in use   84  u32  CRC-32 of the 84 bytes before
    16  u64 bytes of the disk

A file that was not closed well, is damaged, or belongs to a disk whose files somebody else has changed since, is not
believed: the disk gets a new uuid, so every older change id is unknown and the next backup reads everything, as after
a loss of power in the field. Must never happen here: an answer that misses a change.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import sys
import zlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from vbtui.engine.block import blocks_of
from vbtui.engine.disk.extents import Extent
from vbtui.engine.disk.raw import read_fully
from vbtui.engine.errors import UnknownChangeId
from vbtui.engine.storage import CREATE, STORAGE, Storage, placed
from vbtui.vocabulary import KiB

AREA: Final = 64 * KiB
MOST_AREAS: Final = 2**20
"""Numbers of one disk: 4 MiB in memory, and again for its snapshot."""
MOST_ANSWERS: Final = 512
"""Extents in one answer; callers ask again behind it."""
EVERYTHING: Final = "*"
"""As a change id: the areas in use."""

_HEADER: Final = struct.Struct("<8sIIQ16sII32sI")
_CRC: Final = struct.Struct("<I")
_HEADER_SIZE: Final = 512
_MAGIC: Final = b"VBTUICTK"
_VERSION: Final = 1
_WORD: Final = "I"
_MOST_SEQUENCE: Final = 2**32 - 2
_CHANGE_ID: Final = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(0|[1-9][0-9]{0,9})", re.ASCII)

NewUuid = Callable[[], UUID]


def area_size(disk_size: int) -> int:
    """Bytes of one area: 64 KiB, doubled until the disk has at most 2^20 of them."""
    size = AREA
    while blocks_of(disk_size, size) > MOST_AREAS:
        size *= 2
    return size


@dataclass(frozen=True, slots=True)
class ChangedAreas:
    """One answer: what changed in the `length` bytes from `start` on. Behind them callers have to ask again."""

    start: int
    length: int
    areas: tuple[Extent, ...]
    """In order, at most MOST_ANSWERS of them."""

    @property
    def end(self) -> int:
        return self.start + self.length


def answer(extents: Iterator[Extent], start: int, size: int) -> ChangedAreas:
    """The first of `extents` (in order, apart from each other) behind `start` on a disk of `size` bytes."""
    if not 0 <= start < size:
        raise ValueError(f"expected a start from 0 to {size - 1}, found {start}")
    found: list[Extent] = []
    for extent in extents:
        begin, end = max(extent.offset, start), min(extent.end, size)
        if begin >= end:
            continue
        if len(found) == MOST_ANSWERS:
            return ChangedAreas(start, begin - start, tuple(found))
        found.append(Extent(begin, end - begin))
    return ChangedAreas(start, size - start, tuple(found))


class HasChanges(Protocol):
    """A snapshot, as far as its changes are asked for."""

    size: int

    def changed_areas(self, change_id: str, start: int = 0) -> ChangedAreas: ...


def changed_extents(snapshot: HasChanges, change_id: str) -> tuple[Extent, ...]:
    """All that changed since `change_id`, in order: asks until the end of the disk. Raises UnknownChangeId."""
    found: list[Extent] = []
    position = 0
    while position < snapshot.size:
        piece = snapshot.changed_areas(change_id, position)
        for extent in piece.areas:
            if found and found[-1].end == extent.offset:
                found[-1] = Extent(found[-1].offset, found[-1].length + extent.length)
            else:
                found.append(extent)
        position = piece.end
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class FrozenChanges:
    """What was known of a disk's changes at the moment of its snapshot."""

    path: Path
    uuid: UUID
    sequence: int
    size: int
    area: int
    numbers: array[int]

    @property
    def change_id(self) -> str:
        return f"{self.uuid}/{self.sequence}"

    def changed(self, change_id: str, start: int) -> ChangedAreas:
        """Areas with a number behind that of `change_id`. Raises UnknownChangeId, ValueError for a start outside."""
        found = _CHANGE_ID.fullmatch(change_id)
        if found is None or UUID(found[1]) != self.uuid or not 0 < int(found[2]) <= self.sequence:
            raise UnknownChangeId(self.path, change_id)
        return answer(self._behind(int(found[2]), start // self.area), start, self.size)

    def _behind(self, sequence: int, first: int) -> Iterator[Extent]:
        begin = -1
        for place in range(first, len(self.numbers)):
            if self.numbers[place] > sequence:
                if begin < 0:
                    begin = place
            elif begin >= 0:
                yield Extent(begin * self.area, (place - begin) * self.area)
                begin = -1
        if begin >= 0:
            yield Extent(begin * self.area, (len(self.numbers) - begin) * self.area)


class ChangeTracker:
    """The numbers of one disk. Not thread-safe: the live disk holds its lock around every call."""

    def __init__(
        self, path: Path, number: int, size: int, uuid: UUID, sequence: int, numbers: array[int], storage: Storage
    ) -> None:
        self.path = path
        self.active = False
        """Whether writes are recorded: from the first stun on."""
        self._number = number
        self._size = size
        self._area = area_size(size)
        self._uuid = uuid
        self._sequence = sequence
        self._numbers = numbers
        self._storage = storage

    @classmethod
    def create(cls, path: Path, size: int, new_uuid: NewUuid, storage: Storage = STORAGE) -> ChangeTracker:
        """A new file, in use from now on; nothing is recorded yet. Raises FileExistsError, OSError."""
        if os.path.lexists(path):
            raise FileExistsError(path)
        number: int | None = None
        try:
            with placed(path, storage) as new:
                number = storage.open(new, CREATE)
                tracker = cls(path, number, size, new_uuid(), 1, _zeros(size), storage)
                storage.truncate(number, _HEADER_SIZE + 4 * len(tracker._numbers))
                tracker._write_header(bytes(32), closed=False)
        except BaseException:
            if number is not None:
                os.close(number)
            storage.unlink(path, missing_ok=True)  # it may have its name already
            raise
        return tracker

    @classmethod
    def open(
        cls, path: Path, size: int, fingerprint: bytes, new_uuid: NewUuid, storage: Storage = STORAGE
    ) -> ChangeTracker | None:
        """The file of a disk that is opened again, in use from now on; None if there is none, or none of ours.

        Recording goes on at once: opening a disk is as good as a stun. With another `fingerprint` than at its close,
        or anything else that cannot be believed, every older change id is unknown. Raises OSError.
        """
        if path.is_symlink():
            return None
        try:
            number = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        try:
            head = bytearray(_HEADER_SIZE)
            if not stat.S_ISREG(os.fstat(number).st_mode) or read_fully(number, memoryview(head), 0) < _HEADER_SIZE:
                os.close(number)
                return None
            if not head.startswith(_MAGIC):
                os.close(number)
                return None
            found = _believed(number, head, size, fingerprint)
            uuid, sequence, numbers = (new_uuid(), 1, _zeros(size)) if found is None else found
            tracker = cls(path, number, size, uuid, sequence, numbers, storage)
            storage.truncate(number, _HEADER_SIZE + 4 * len(numbers))
            tracker._write_header(bytes(32), closed=False)
            tracker.active = True
        except BaseException:
            os.close(number)
            raise
        return tracker

    def mark(self, offset: int, length: int) -> None:
        """Bytes are about to be written."""
        if self.active and length:
            first, end = offset // self._area, blocks_of(offset + length, self._area)
            self._numbers[first:end] = array(_WORD, [self._sequence]) * (end - first)

    def freeze(self, new_uuid: NewUuid) -> FrozenChanges:
        """A stun: recording has begun at the latest now. What is written from now on gets the next number."""
        self.active = True
        if self._sequence >= _MOST_SEQUENCE:
            self.reset(new_uuid)
        frozen = FrozenChanges(self.path, self._uuid, self._sequence, self._size, self._area, self._numbers[:])
        self._sequence += 1
        return frozen

    def reset(self, new_uuid: NewUuid) -> None:
        """Forget everything: no older change id is known from now on."""
        self._uuid, self._sequence, self._numbers = new_uuid(), 1, _zeros(self._size)

    def close(self, fingerprint: bytes) -> None:
        """Keep the numbers for the next time; `fingerprint` (32 B) tells the state of the disk's files. Raises OSError.

        Numbers that were not kept are those of a disk that was not closed well.
        """
        try:
            self._storage.write(self._number, _HEADER_SIZE, _bytes(self._numbers))
            self._storage.sync(self._number)
            self._write_header(fingerprint, closed=True)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close the file as after a crash: it will not be believed. May be called twice."""
        if self._number >= 0:
            os.close(self._number)
            self._number = -1

    def remove(self) -> None:
        """Tracking ends, and its file with it."""
        self.abandon()
        self._storage.unlink(self.path, missing_ok=True)
        self._storage.sync_folder(self.path.parent)

    def _write_header(self, fingerprint: bytes, *, closed: bool) -> None:
        areas = zlib.crc32(_bytes(self._numbers)) if closed else 0
        head = _HEADER.pack(
            _MAGIC, _VERSION, self._area, self._size, self._uuid.bytes, self._sequence, closed, fingerprint, areas
        )
        self._storage.write(self._number, 0, head + _CRC.pack(zlib.crc32(head)))
        self._storage.sync(self._number)


def _believed(number: int, head: bytearray, size: int, fingerprint: bytes) -> tuple[UUID, int, array[int]] | None:
    packed = bytes(head[: _HEADER.size])
    _, version, area, disk_size, uuid, sequence, closed, known, crc = _HEADER.unpack(packed)
    if (
        _CRC.unpack_from(head, _HEADER.size)[0] != zlib.crc32(packed)
        or (version, area, disk_size, closed, known) != (_VERSION, area_size(size), size, 1, fingerprint)
        or not 0 < sequence <= _MOST_SEQUENCE
    ):
        return None
    data = bytearray(4 * blocks_of(size, area))
    if read_fully(number, memoryview(data), _HEADER_SIZE) != len(data) or zlib.crc32(data) != crc:
        return None
    numbers = array(_WORD, bytes(data))
    if sys.byteorder == "big":
        numbers.byteswap()
    return UUID(bytes=uuid), sequence, numbers


def _zeros(size: int) -> array[int]:
    return array(_WORD, bytes(4 * blocks_of(size, area_size(size))))


def _bytes(numbers: array[int]) -> bytes:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()
