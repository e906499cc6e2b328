"""The sparse extent header ("KDMV"), 512 bytes: read with every check that needs no table, and written.

Decided here: which sparse extents are understood, and the bounds of every number in a header. Source: VMware,
"Virtual Disk Format 5.0", hosted sparse extents and stream-optimised compressed sparse extents. All offsets in a header
are sectors; everything that this module hands out is bytes. Nothing is allocated here from a number that was not
checked: a directory has at most MOST_TABLES entries and lies inside its file. Never here: the tables themselves.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vbtui.engine.block import blocks_of
from vbtui.engine.disk.raw import SECTOR, read_fully
from vbtui.engine.disk.vmdk.errors import BadVmdk, Part
from vbtui.vocabulary import KiB, MiB, TiB

MAGIC: Final = b"KDMV"
MOST_BYTES: Final = 64 * TiB
"""Of a disk: more than any product of the field takes."""
MOST_TABLES: Final = MOST_BYTES // (512 * 64 * KiB)
MOST_TABLE_ENTRIES: Final = 512
MOST_DESCRIPTOR: Final = MiB

_HEADER: Final = struct.Struct("<4sIIQQQQIQQQB4sH433x")
LINE_ENDS: Final = b"\n \r\n"
"""Bytes of every header that a transfer as text would have changed."""
LINE_ENDS_AT: Final = 73
_AT_END: Final = 2**64 - 1
"""As the directory's place: it is in the footer."""
_MARKER: Final = struct.Struct("<QII496x")
_FOOTER_MARKER: Final = 3

_LINE_TEST, _REDUNDANT, _ZERO_GRAINS = 1, 2, 4
_COMPRESSED, _MARKERS = 0x10000, 0x20000


@dataclass(frozen=True, slots=True)
class SparseHeader:
    """What a sparse extent's header says, in bytes. `directory` and the like are offsets in the file."""

    version: int
    capacity: int
    grain: int
    table_entries: int
    descriptor: int
    descriptor_size: int
    """0: an extent of a split disk, described in a file of its own."""
    directory: int
    redundant: int
    """The second grain directory; 0: there is none."""
    overhead: int
    zero_grains: bool
    """A table's entry 1 stands for a grain of zeros."""
    compressed: bool
    unclean: bool

    @property
    def table_span(self) -> int:
        """Bytes of the disk that one grain table covers."""
        return self.grain * self.table_entries

    @property
    def table_size(self) -> int:
        return 4 * self.table_entries

    @property
    def tables(self) -> int:
        return blocks_of(self.capacity, self.table_span)

    def pack(self) -> bytes:
        flags = _LINE_TEST | (_REDUNDANT if self.redundant else 0) | (_ZERO_GRAINS if self.zero_grains else 0)
        if self.compressed:
            flags |= _COMPRESSED | _MARKERS
        return _HEADER.pack(
            MAGIC, self.version, flags, self.capacity // SECTOR, self.grain // SECTOR, self.descriptor // SECTOR,
            self.descriptor_size // SECTOR, self.table_entries, self.redundant // SECTOR, self.directory // SECTOR,
            self.overhead // SECTOR, self.unclean, LINE_ENDS, self.compressed,
        )  # fmt: skip


UNCLEAN_AT: Final = 72
"""Where the header keeps that somebody is writing, or died doing so."""


def read_header(path: Path, number: int, file_size: int) -> SparseHeader:
    """The header of an open file; where it says so, the one in the footer. Raises BadVmdk."""
    found = _read_at(path, number, file_size, 0)
    if found.directory != _AT_END * SECTOR:
        return found
    if file_size < 4 * SECTOR or file_size % SECTOR:
        raise BadVmdk(path, Part.FOOTER, file_size, f"n * {SECTOR}", str(file_size))
    for offset, expected in ((file_size - 3 * SECTOR, (1, 0, _FOOTER_MARKER)), (file_size - SECTOR, (0, 0, 0))):
        sector = bytearray(SECTOR)
        read_fully(number, memoryview(sector), offset)
        marker = _MARKER.unpack(sector)
        if marker != expected:
            raise BadVmdk(path, Part.FOOTER, offset, str(expected), str(marker))
    footer = _read_at(path, number, file_size, file_size - 2 * SECTOR)
    for one, other in ((found.capacity, footer.capacity), (found.grain, footer.grain)):
        if one != other:
            raise BadVmdk(path, Part.FOOTER, file_size - 2 * SECTOR, str(one // SECTOR), str(other // SECTOR))
    if footer.directory == _AT_END * SECTOR:
        raise BadVmdk(path, Part.DIRECTORY, file_size - 2 * SECTOR, f"< {file_size // SECTOR}", hex(_AT_END))
    return footer


def _read_at(path: Path, number: int, file_size: int, at: int) -> SparseHeader:
    data = bytearray(_HEADER.size)
    if read_fully(number, memoryview(data), at) != len(data):
        raise BadVmdk(path, Part.HEADER, at, f"{len(data)} B", f"{max(0, file_size - at)} B")
    (
        magic, version, flags, capacity, grain, descriptor, descriptor_size, entries, redundant, directory, overhead,
        unclean, line_ends, compression,
    ) = _HEADER.unpack(data)  # fmt: skip

    def must(part: Part, offset: int, good: bool, expected: str, value: object) -> None:
        if not good:
            raise BadVmdk(path, part, at + offset, expected, str(value))

    must(Part.MAGIC, 0, magic == MAGIC, MAGIC.decode(), magic.decode("latin-1"))
    must(Part.VERSION, 4, 1 <= version <= 3, "1-3", version)
    must(
        Part.LINE_ENDS, LINE_ENDS_AT, not flags & _LINE_TEST or line_ends == LINE_ENDS, LINE_ENDS.hex(), line_ends.hex()
    )
    must(Part.CAPACITY, 12, 0 < capacity <= MOST_BYTES // SECTOR, f"1-{MOST_BYTES // SECTOR}", capacity)
    must(Part.GRAIN_SIZE, 20, 8 <= grain <= 32768 and grain & grain - 1 == 0, "2^n, 8-32768", grain)
    must(Part.TABLE_SIZE, 44, 0 < entries <= MOST_TABLE_ENTRIES, f"1-{MOST_TABLE_ENTRIES}", entries)
    compressed = bool(flags & _COMPRESSED)
    must(Part.COMPRESSION, 77, not compressed or compression == 1, "1", compression)
    must(Part.COMPRESSION, 8, not compressed or bool(flags & _MARKERS), f"{_MARKERS:#x}", f"{flags:#x}")
    tables = blocks_of(capacity, grain * entries)
    must(Part.CAPACITY, 12, tables <= MOST_TABLES, f"<= {MOST_TABLES * grain * entries}", capacity)

    def inside(part: Part, offset: int, start: int, sectors: int, size: int) -> None:
        must(part, offset, start > 0 and (start + sectors) * SECTOR <= size, f"1-{size // SECTOR - sectors}", start)

    sectors = blocks_of(tables * 4, SECTOR)
    if directory != _AT_END:
        inside(Part.DIRECTORY, 56, directory, sectors, file_size)
    if flags & _REDUNDANT and directory != _AT_END:
        inside(Part.DIRECTORY, 48, redundant, sectors, file_size)
    if descriptor and descriptor_size:
        most = MOST_DESCRIPTOR // SECTOR
        must(Part.DESCRIPTOR, 36, descriptor_size <= most, f"<= {most}", descriptor_size)
        inside(Part.DESCRIPTOR, 28, descriptor, descriptor_size, file_size)
    return SparseHeader(
        version, capacity * SECTOR, grain * SECTOR, entries, descriptor * SECTOR,
        descriptor_size * SECTOR if descriptor else 0, directory * SECTOR,
        redundant * SECTOR if flags & _REDUNDANT and directory != _AT_END else 0, overhead * SECTOR,
        bool(flags & _ZERO_GRAINS), compressed, bool(unclean),
    )  # fmt: skip
