"""The redo log: where a disk's writes go while its snapshot exists.

Decided here: the file. Whole grains of 64 KiB, copied on the first write and filled up from the layer below, so that a
merge is nothing but writing grains to their place; merging twice is the same as merging once. A grain's bytes are
written before the table names them, so whatever the table names can be merged after a crash of the process.
Little-endian: header (4096 bytes: magic "VBREDO1\\0", u32 grain size, u32 zero, u64 disk size, u32 CRC-32 of the 24
bytes before it), table of one u32 per grain of the disk (0: not here, n: slot n - 1), grains from the next multiple of
64 KiB on. Not thread-safe: its owner, the live disk, holds the lock.
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from vbtui.engine.block import blocks_of
from vbtui.engine.disk.raw import read_fully, write_fully
from vbtui.engine.errors import BadImage
from vbtui.engine.wire import Buffer
from vbtui.vocabulary import KiB

GRAIN: Final = 64 * KiB

ReadBelow = Callable[[int, memoryview], None]
"""Fills a buffer from an offset of the layers below."""

_HEADER: Final = struct.Struct("<8sIIQ")
_MAGIC: Final = b"VBREDO1\0"
_HEADER_SIZE: Final = 4096
_CRC: Final = struct.Struct("<I")
_SLOT: Final = struct.Struct("<I")


class RedoLog:
    """One redo log of a disk of `disk_size` bytes."""

    def __init__(self, path: Path, number: int, disk_size: int, slots: dict[int, int]) -> None:
        self.path = path
        self.disk_size = disk_size
        self._number = number
        self._slots = slots
        self._next = max(slots.values(), default=-1) + 1
        self._data = _data_offset(disk_size)

    @classmethod
    def create(cls, path: Path, disk_size: int) -> RedoLog:
        """A new, empty log that appears under its name only with a whole header. Raises FileExistsError, OSError."""
        if path.exists():
            raise FileExistsError(path)
        part = path.with_name(path.name + ".new")
        part.unlink(missing_ok=True)
        number = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            head = _HEADER.pack(_MAGIC, GRAIN, 0, disk_size)
            write_fully(number, 0, head + _CRC.pack(zlib.crc32(head)))
            os.ftruncate(number, _data_offset(disk_size))
            part.rename(path)
        except BaseException:
            os.close(number)
            part.unlink(missing_ok=True)
            raise
        return cls(path, number, disk_size, {})

    @classmethod
    def open(cls, path: Path, disk_size: int) -> RedoLog:
        """A log left behind. Raises BadImage if it is none of a disk of that size, or names grains it has not."""
        number = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            return cls(path, number, disk_size, _read_table(path, number, disk_size))
        except BaseException:
            os.close(number)
            raise

    @property
    def merge_size(self) -> int:
        """Bytes that a merge has to write."""
        return len(self._slots) * GRAIN

    def write(self, offset: int, data: Buffer, below: ReadBelow) -> None:
        """Take a write of any size; grains that it covers only in part are filled up from below first."""
        view = memoryview(data)
        for grain, start, end, source in _pieces(offset, len(view)):
            piece = view[source : source + end - start]
            slot = self._slots.get(grain)
            if slot is not None:
                write_fully(self._number, self._data + slot * GRAIN + start, piece)
                continue
            length = self._grain_length(grain)
            filled = bytearray(length)
            if end - start < length:
                below(grain * GRAIN, memoryview(filled))
            filled[start:end] = piece
            write_fully(self._number, self._data + self._next * GRAIN, filled)
            write_fully(self._number, _HEADER_SIZE + grain * _SLOT.size, _SLOT.pack(self._next + 1))
            self._slots[grain] = self._next
            self._next += 1

    def read_into(self, offset: int, view: memoryview, below: ReadBelow) -> None:
        """Fill `view`: grains that are here from here, the rest from below in runs as long as possible."""
        run_start = run_end = 0
        for grain, start, end, target in _pieces(offset, len(view)):
            slot = self._slots.get(grain)
            if slot is None:
                run_end = target + end - start
                continue
            if run_start < run_end:
                below(offset + run_start, view[run_start:run_end])
            self._read_slot(slot, start, view[target : target + end - start])
            run_start = run_end = target + end - start
        if run_start < run_end:
            below(offset + run_start, view[run_start:run_end])

    def grains(self) -> Iterator[tuple[int, bytearray]]:
        """(offset on the disk, bytes) of every grain in disk order. The log must not be written meanwhile."""
        for grain, slot in sorted(self._slots.items()):
            data = bytearray(self._grain_length(grain))
            self._read_slot(slot, 0, memoryview(data))
            yield grain * GRAIN, data

    def close(self) -> None:
        if self._number >= 0:
            os.close(self._number)
            self._number = -1

    def delete(self) -> None:
        """Close and remove the file: the merge is on disk."""
        self.close()
        self.path.unlink()

    def _grain_length(self, grain: int) -> int:
        return min(GRAIN, self.disk_size - grain * GRAIN)

    def _read_slot(self, slot: int, start: int, view: memoryview) -> None:
        if read_fully(self._number, view, self._data + slot * GRAIN + start) != len(view):
            raise BadImage(self.path, f"grain {slot}", "end of file")


def _data_offset(disk_size: int) -> int:
    return blocks_of(_HEADER_SIZE + blocks_of(disk_size, GRAIN) * _SLOT.size, GRAIN) * GRAIN


def _pieces(offset: int, length: int) -> Iterator[tuple[int, int, int, int]]:
    """Cut a byte range at grain borders: (grain, start and end inside the grain, position inside the range)."""
    position = 0
    while position < length:
        grain, start = divmod(offset + position, GRAIN)
        end = min(GRAIN, start + length - position)
        yield grain, start, end, position
        position += end - start


def _read_table(path: Path, number: int, disk_size: int) -> dict[int, int]:
    state = os.fstat(number)
    head = bytearray(_HEADER.size + _CRC.size)
    if not stat.S_ISREG(state.st_mode) or read_fully(number, memoryview(head), 0) != len(head):
        raise BadImage(path, "redo log", "something else")
    magic, grain_size, _, size = _HEADER.unpack(head[: _HEADER.size])
    if magic != _MAGIC or zlib.crc32(head[: _HEADER.size]) != _CRC.unpack(head[_HEADER.size :])[0]:
        raise BadImage(path, "redo log", "damaged header")
    if grain_size != GRAIN or size != disk_size:
        raise BadImage(path, f"redo log of a disk of {disk_size} bytes", f"{size} bytes, grains of {grain_size}")
    grains = blocks_of(disk_size, GRAIN)
    if state.st_size < _data_offset(disk_size):
        raise BadImage(path, f"{_data_offset(disk_size)} bytes", str(state.st_size))
    table = bytearray(grains * _SLOT.size)
    read_fully(number, memoryview(table), _HEADER_SIZE)
    slots = {grain: slot - 1 for grain, (slot,) in enumerate(_SLOT.iter_unpack(table)) if slot}
    room = blocks_of(state.st_size - _data_offset(disk_size), GRAIN)
    if len(set(slots.values())) != len(slots) or any(slot >= room for slot in slots.values()):
        raise BadImage(path, f"at most {room} grains, each once", "a table that names others")
    return slots
