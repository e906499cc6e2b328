"""A sparse extent: grains behind two levels of tables, plain (read and written) or compressed (read).

Decided here: how a range becomes reads that are as long as the file allows, and the order of a write: a grain's bytes,
then the redundant table, then the table, so that what a table names is there after the process was killed. A durable
extent also puts a new grain on stable storage before any table names it, so that the same holds after a loss of power.
The header keeps that somebody writes until `close`.
"""

from __future__ import annotations

import threading
import zlib
from array import array
from collections import OrderedDict
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from vbtui.engine.block import blocks_of
from vbtui.engine.disk.raw import SECTOR, read_fully
from vbtui.engine.disk.vmdk.errors import BadVmdk, ImageFull, NotWritable, Part
from vbtui.engine.disk.vmdk.extent import ReadBelow, Run, RunKind, fill_zeros
from vbtui.engine.disk.vmdk.files import OpenFile
from vbtui.engine.disk.vmdk.header import UNCLEAN_AT, SparseHeader
from vbtui.engine.disk.vmdk.tables import WORD, GrainTables, WritableTables
from vbtui.engine.wire import Buffer
from vbtui.vocabulary import MiB

MOST_FILE: Final = 2**32 * SECTOR
"""A table's entry has 32 bits."""

_HOLE, _ZERO = -1, -2
_MARKER: Final = 12
"""Bytes before a compressed grain: u64 sector of the disk, u32 bytes that follow."""
_ZERO_ENTRY: Final = 1
_GLANCE: Final = 16
"""Bytes that tell most grains from zeros."""
_KEPT_PLAIN: Final = 4 * MiB
"""Of decompressed grains, for reads smaller than a grain."""


class SparseExtent:
    """One KDMV file. `size` is that of its range of the disk."""

    def __init__(self, file: OpenFile, header: SparseHeader, *, writable: bool = False, durable: bool = False) -> None:
        """Raises BadVmdk; NotWritable for a compressed extent or one whose tables forbid it."""
        if writable and header.compressed:
            raise NotWritable(file.path, Part.COMPRESSION)
        self.file = file
        self.header = header
        self.size = header.capacity
        self._grain = header.grain
        self._writable = WritableTables(file, header) if writable else None
        self._tables: GrainTables = self._writable or GrainTables(file, header)
        self._next = blocks_of(max(file.size, header.overhead), self._grain) * self._grain
        self._durable = durable
        self.grains_added = 0
        """Grains that `write` has put into the file."""
        self._writing = threading.Lock()
        self._marked = False
        self._plain: OrderedDict[int, bytes] = OrderedDict()
        self._plain_lock = threading.Lock()

    @property
    def redundant_used(self) -> bool:
        """The first grain directory is damaged."""
        return self._tables.redundant_used

    def read_into(self, offset: int, view: memoryview, below: ReadBelow) -> None:
        done = 0
        for length, place in self._pieces(offset, len(view)):
            piece = view[done : done + length]
            if place >= 0:
                if self.header.compressed:
                    self._read_compressed(offset + done, place, piece)
                elif read_fully(self.file.number, piece, place) != length:
                    raise BadVmdk(self.file.path, Part.GRAIN, place, f"{length} B", "EOF")
            elif place == _ZERO:
                fill_zeros(piece)
            else:
                below(offset + done, piece)
            done += length

    def runs(self, offset: int, length: int) -> Iterator[Run]:
        path, done = self.file.path, offset
        for size, place in self._pieces(offset, length):
            if place >= 0:
                yield Run(done, size, RunKind.DATA, 0, path, None if self.header.compressed else place)
            else:
                yield Run(done, size, RunKind.ZERO if place == _ZERO else RunKind.HOLE)
            done += size

    def write(self, offset: int, data: Buffer, below: ReadBelow) -> None:
        """Grains that are here are written in place, whole new ones in one piece; partly covered ones are filled up.

        Where the header allows it, a new grain of zeros is an entry of its table and nothing else. Raises ImageFull
        before anything is changed by the piece that finds no room.
        """
        if self._writable is None:
            raise NotWritable(self.file.path, Part.EXTENT_FILE)
        view = memoryview(data)
        with self._writing:
            self._mark(True)
            done = 0
            for length, place in list(self._pieces(offset, len(view))):
                piece = view[done : done + length]
                if place >= 0:
                    self.file.write(place, piece)
                elif self.header.zero_grains:
                    self._write_with_zeros(offset + done, piece, below, zero=place == _ZERO)
                else:
                    self._write_new(offset + done, piece, below, zero=place == _ZERO)
                done += length

    def close(self) -> None:
        """Says in the header that the writer ended well. The owner of the file closes it."""
        try:
            self._mark(False)
        finally:
            self._marked = False  # after an error no other file that has got the number

    def _mark(self, unclean: bool) -> None:
        if self._marked != unclean:
            self.file.write(UNCLEAN_AT, bytes([unclean]))
            self._marked = unclean

    def _pieces(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """(length, place in the file or _HOLE or _ZERO) of a range, in order, neighbours put together.

        A compressed grain is a piece of its own; its place is that of its marker.
        """
        grain, entries, compressed = self._grain, self.header.table_entries, self.header.compressed
        zeros = self.header.zero_grains
        position, end = offset, offset + length
        size, place, follows = 0, _HOLE, _HOLE  # the piece that grows, and where the next one would have to be
        while position < end:
            index, inside = divmod(position // grain, entries)
            table = self._tables.table(index)
            stop = min(end, (index + 1) * entries * grain)
            slots = None
            if table is not None:
                slots = table[inside : inside + blocks_of(stop - position // grain * grain, grain)]
            # Many writers make every table at once: in a large empty disk nearly all of them hold nothing.
            if slots is None or slots.count(0) == len(slots):
                found, step = _HOLE, stop - position
                if size and follows != found:
                    yield size, place
                    size = 0
                if not size:
                    place = follows = found
                size += step
                position = stop
                continue
            for entry in slots:
                start = position % grain
                step = min(grain - start, stop - position)
                if entry == 0:
                    found = _HOLE
                elif entry == 1 and zeros:
                    found = _ZERO
                else:
                    found = entry * SECTOR + (0 if compressed else start)
                if size and (follows != found or (compressed and found >= 0)):
                    yield size, place
                    size = 0
                if not size:
                    place = found
                size += step
                follows = found + step if found >= 0 else found
                position += step
        if size:
            yield size, place

    def _write_with_zeros(self, offset: int, piece: memoryview, below: ReadBelow, *, zero: bool) -> None:
        """Bytes of grains that the file has not got, among them whole ones that are zero: those are only named so.

        `zero`: all of them are so named already; what is zero needs nothing then.
        """
        assert self._writable is not None
        grain, end = self._grain, offset + len(piece)
        for zeros, group in groupby(self._cut(offset, end), lambda one: self._is_zero(piece, offset, one, zero)):
            ranges = list(group)
            start, stop = ranges[0][0], ranges[-1][1]
            if not zeros:
                self._write_new(start, piece[start - offset : stop - offset], below, zero=zero)
            elif not zero:
                self._writable.set(start // grain, array(WORD, [_ZERO_ENTRY]) * len(ranges))

    def _cut(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """A range at the borders of grains."""
        while start < end:
            stop = min(end, start - start % self._grain + self._grain)
            yield start, stop
            start = stop

    def _is_zero(self, piece: memoryview, offset: int, inside: tuple[int, int], zero: bool) -> bool:
        """Whether nothing but zeros is written here, and to a whole grain, or to one that is zero."""
        start, stop = inside
        whole = start % self._grain == 0 and (stop % self._grain == 0 or stop == self.size)
        first = piece[start - offset : start - offset + _GLANCE]
        if not (whole or zero) or any(first):
            return False
        data = bytes(piece[start - offset : stop - offset])  # a memoryview would be compared item by item
        return data.count(0) == len(data)

    def _write_new(self, offset: int, piece: memoryview, below: ReadBelow, *, zero: bool) -> None:
        """Bytes of grains that the file has not got: at its end, filled up where they do not cover a grain."""
        assert self._writable is not None
        grain = self._grain
        first, last = offset // grain, (offset + len(piece) - 1) // grain
        start = first * grain
        end = min((last + 1) * grain, self.size)
        count = last - first + 1
        if self._next + count * grain > MOST_FILE:
            raise ImageFull(self.file.path)
        whole = piece
        if offset != start or offset + len(piece) != end:
            buffer = memoryview(bytearray(end - start))
            if not zero:
                if offset > start:
                    below(start, buffer[: offset - start])
                if offset + len(piece) < end:
                    below(offset + len(piece), buffer[offset + len(piece) - start :])
            buffer[offset - start : offset - start + len(piece)] = piece
            whole = buffer
        padding = bytes(count * grain - (end - start))
        self.file.write(self._next, whole, padding)
        if self._durable:
            self.file.sync()
        self.file.size = self._next + count * grain
        sectors = array(WORD, range(self._next // SECTOR, (self._next + count * grain) // SECTOR, grain // SECTOR))
        self._next = self.file.size
        self._writable.set(first, sectors)
        self.grains_added += count

    def _read_compressed(self, offset: int, place: int, view: memoryview) -> None:
        grain = self._grain
        start = offset - offset % grain
        with self._plain_lock:
            plain = self._plain.get(place)
        if plain is None:
            plain = self._decompressed(start, place)
            with self._plain_lock:
                self._plain[place] = plain
                while len(self._plain) > max(1, _KEPT_PLAIN // grain):
                    self._plain.popitem(last=False)
        view[:] = plain[offset - start : offset - start + len(view)]

    def _decompressed(self, start: int, place: int) -> bytes:
        """The plain grain behind a marker: never more than a grain in memory, and all that the disk has of it."""
        path, grain = self.file.path, self._grain
        head = self.file.read(place, _MARKER)
        sector, size = int.from_bytes(head[:8], "little"), int.from_bytes(head[8:], "little")
        if len(head) < _MARKER or sector != start // SECTOR:
            raise BadVmdk(path, Part.MARKER, place, str(start // SECTOR), str(sector))
        if not 0 < size <= min(2 * grain, self.file.size - place - _MARKER):
            raise BadVmdk(path, Part.MARKER, place + 8, f"1-{2 * grain} B", f"{size} B")
        inflate = zlib.decompressobj()
        try:
            plain = inflate.decompress(self.file.read(place + _MARKER, size), grain)
            more = b"" if inflate.eof else inflate.decompress(inflate.unconsumed_tail, 1)
        except zlib.error as error:
            raise BadVmdk(path, Part.DEFLATE, place + _MARKER, "zlib", "?") from error
        needed = min(grain, self.size - start)
        if len(plain) < needed or more or not inflate.eof:
            raise BadVmdk(path, Part.DEFLATE, place + _MARKER, f"{needed} B", f"{len(plain)} B")
        return plain
