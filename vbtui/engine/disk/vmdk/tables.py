"""Grain directory and grain tables of one sparse extent: which grain lies where in the file.

Decided here: what an entry may say. An entry is believed only if its grain lies inside the file and on none of the
extent's own structures; an error names the entry's place in the file. Tables are read when they are needed and at most
KEPT_TABLES of them are kept (2 MiB); the directory has at most 8 MiB. Where the first directory points outside the file
and the redundant one does not, the redundant one is read. Thread-safe.
"""

from __future__ import annotations

import sys
import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from vbtui.engine.block import blocks_of
from vbtui.engine.disk.raw import SECTOR
from vbtui.engine.disk.vmdk.errors import BadVmdk, NotWritable, Part
from vbtui.engine.disk.vmdk.files import OpenFile
from vbtui.engine.disk.vmdk.header import SparseHeader

KEPT_TABLES: Final = 1024

WORD: Final = "I"
"""An entry of directory and table: the sector in the file; 0: not here, 1: zeros if the header allows it."""


def words(data: bytearray | bytes) -> array[int]:
    """Little-endian 32-bit numbers."""
    found = array(WORD, bytes(data))
    if sys.byteorder == "big":
        found.byteswap()
    return found


def word_bytes(numbers: array[int]) -> bytes:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


class GrainTables:
    """The tables of an extent, for reading."""

    def __init__(self, file: OpenFile, header: SparseHeader) -> None:
        """Reads and checks the directory. Raises BadVmdk."""
        self._file = file
        self._header = header
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, array[int]] = OrderedDict()
        self.redundant_used = False
        try:
            self._directory = self._read_directory(header.directory)
        except BadVmdk:
            if not header.redundant:
                raise
            self._directory = self._read_directory(header.redundant)
            self.redundant_used = True
        self._floor = self._metadata_end()

    def table(self, index: int) -> array[int] | None:
        """The checked entries of a table, fewer in the last one; None: it has no grain. Never to be changed."""
        sector = self._directory[index]
        if sector == 0:
            return None
        with self._lock:
            known = self._kept.get(index)
            if known is None:
                known = self._read_table(index, sector)
                self._kept[index] = known
                if len(self._kept) > KEPT_TABLES:
                    self._kept.popitem(last=False)
            elif len(self._kept) == KEPT_TABLES:
                self._kept.move_to_end(index)
        return known

    def tables(self) -> Iterator[tuple[int, array[int]]]:
        """Every table that exists, in order, without keeping it."""
        for index, sector in enumerate(self._directory):
            if sector:
                yield index, self._read_table(index, sector)

    def _read_directory(self, at: int) -> array[int]:
        header, file = self._header, self._file
        found = words(file.read(at, 4 * header.tables))
        if len(found) != header.tables:
            raise BadVmdk(file.path, Part.DIRECTORY, at, f"{4 * header.tables} B", f"{4 * len(found)} B")
        most = (file.size - header.table_size) // SECTOR
        behind = min(filter(None, found), default=0) * SECTOR >= self._structures_end()
        last = 0
        seen: set[int] = set()
        for index, sector in enumerate(found):
            if sector == 0:
                continue
            if sector > most or (not behind and self._on_structure(sector, header.table_size)):
                raise BadVmdk(file.path, Part.TABLE, at + 4 * index, f"0, 1-{most}", str(sector))
            if sector <= last or seen:  # almost everyone writes them in order; a set only for the others
                seen = seen or set(found[:index]) - {0}
                if sector in seen:
                    raise BadVmdk(file.path, Part.TABLE, at + 4 * index, "1x", f"{sector} (2x)")
                seen.add(sector)
            last = sector
        return found

    def _structures(self) -> tuple[tuple[int, int], ...]:
        """(start, end) in bytes of header, descriptor and directories."""
        header = self._header
        directory = blocks_of(4 * header.tables, SECTOR) * SECTOR
        return (
            (0, SECTOR),
            (header.descriptor, header.descriptor + header.descriptor_size),
            (header.directory, header.directory + directory),
            (header.redundant, header.redundant + directory if header.redundant else 0),
        )

    def _structures_end(self) -> int:
        return max(end for _, end in self._structures())

    def _on_structure(self, sector: int, size: int) -> bool:
        """Whether `size` bytes from a sector on overlap the header, the descriptor or a directory."""
        start = sector * SECTOR
        return any(start < end and other < start + size for other, end in self._structures())

    def _metadata_end(self) -> int:
        """First sector behind all structures if they stand before all grains, as almost everyone writes it; else 0."""
        top = max(self._directory)
        end = max(
            blocks_of(self._structures_end(), SECTOR), top + blocks_of(self._header.table_size, SECTOR) if top else 0
        )
        return end if end * SECTOR <= self._header.overhead else 0

    def _read_table(self, index: int, sector: int) -> array[int]:
        header, file = self._header, self._file
        span_start = index * header.table_entries
        count = min(header.table_entries, blocks_of(header.capacity, header.grain) - span_start)
        found = words(file.read(sector * SECTOR, 4 * count))
        if len(found) != count:
            raise BadVmdk(file.path, Part.TABLE, sector * SECTOR, f"{4 * count} B", f"{4 * len(found)} B")
        # A grain of compressed bytes has no fixed size: its marker is checked when it is read.
        size = SECTOR if header.compressed else header.grain
        top = max(found)
        if top == 0 or (self._floor and top * SECTOR + size <= file.size and min(filter(None, found)) >= self._floor):
            return found
        for place, entry in enumerate(found):
            if entry == 0 or (entry == 1 and header.zero_grains):
                continue
            # The last grain of a disk needs only what the disk has of it.
            needed = min(size, header.capacity - (span_start + place) * header.grain)
            most = (file.size - needed) // SECTOR
            table = (sector, blocks_of(header.table_size, SECTOR))
            if (
                not max(1, self._floor) <= entry <= most
                or self._on_structure(entry, needed)
                or (entry < table[0] + table[1] and table[0] < entry + blocks_of(needed, SECTOR))
            ):
                at = sector * SECTOR + 4 * place
                raise BadVmdk(file.path, Part.GRAIN, at, f"{max(1, self._floor)}-{most}", str(entry))
        return found


class WritableTables(GrainTables):
    """Tables to which grains are added, the redundant ones first.

    Opening reads every table once: an extent is written to only if no grain occurs twice or lies on a table, since a
    write to one place would then change another.
    """

    def __init__(self, file: OpenFile, header: SparseHeader) -> None:
        super().__init__(file, header)
        if self.redundant_used or not all(self._directory) or not self._floor:
            raise NotWritable(file.path, Part.DIRECTORY)
        self._second = self._read_directory(header.redundant) if header.redundant else None
        if self._second is not None and not all(self._second):
            raise NotWritable(file.path, Part.DIRECTORY)
        if header.unclean and self._second is not None:
            self._repair()
        self._check_grains()

    def set(self, grain: int, sectors: array[int]) -> None:
        """Name new places for the grains from `grain` on. Their bytes are in the file already."""
        entries = self._header.table_entries
        done = 0
        while done < len(sectors):
            index, place = divmod(grain + done, entries)
            piece = sectors[done : done + entries - place]
            table = self.table(index)  # so that it is kept, and no other thread reads the old one meanwhile
            data = word_bytes(piece)
            with self._lock:
                if self._second is not None:
                    self._file.write(self._second[index] * SECTOR + 4 * place, data)
                self._file.write(self._directory[index] * SECTOR + 4 * place, data)
                kept = self._kept.get(index, table)
                if kept is not None:
                    kept[place : place + len(piece)] = piece
            done += len(piece)

    def _check_grains(self) -> None:
        """Every grain once, and on the raster of grains. One bit each: at most 4 MiB for 2 TiB."""
        step = self._header.grain // SECTOR
        slots = self._file.size // SECTOR // step + 1
        if slots > 2**32 // step + 1:
            raise NotWritable(self._file.path, Part.EXTENT_FILE)
        seen = bytearray(blocks_of(slots, 8))
        for index, table in self.tables():
            for place, entry in enumerate(table):
                if entry <= 1:
                    continue
                slot, rest = divmod(entry, step)
                if rest:
                    raise NotWritable(self._file.path, Part.GRAIN)
                if seen[slot >> 3] & 1 << (slot & 7):
                    at = self._directory[index] * SECTOR + 4 * place
                    raise BadVmdk(self._file.path, Part.GRAIN, at, "1x", f"{entry} (2x)")
                seen[slot >> 3] |= 1 << (slot & 7)

    def _repair(self) -> None:
        """Make both tables the same: a writer has died. What it named in the redundant table only, it never named.

        An entry of which only the first bytes arrived is taken from the redundant table, which was written before it.
        """
        assert self._second is not None
        size = self._header.table_size
        for first, second in zip(self._directory, self._second, strict=True):
            found, other = (words(self._file.read(sector * SECTOR, size)) for sector in (first, second))
            if found == other:
                continue
            whole = array(WORD, (_untorn(one, two) for one, two in zip(found, other, strict=False)))
            for sector, old in ((second, other), (first, found)):
                if old != whole:
                    self._file.write(sector * SECTOR, word_bytes(whole))


def _untorn(entry: int, redundant: int) -> int:
    torn = entry and entry in (redundant & 0xFF, redundant & 0xFFFF, redundant & 0xFFFFFF)
    return redundant if torn else entry
