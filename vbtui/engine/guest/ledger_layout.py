"""How the guest's application keeps its data on a disk: every page that it writes, as bytes and back.

Decided here: where on a disk the application lies, and the format of its pages of 4 KiB. All numbers little-endian,
every page but the data with a CRC-32 over itself (its own field as zero).

    superblock   twice, at `Layout.superblock` and one page on; the valid one with the higher generation counts. Names
                 the layout, the last transaction of every disk of the machine, and whether the application was at rest
                 (the clean mark). Writing one empties the log: records carry the generation in which they are valid.
    catalogue    for every data page the transaction that wrote it last, 0: never.
    log          from its first page on: a record (head, then the after-images of data and catalogue pages), its commit
                 page, the next record, and so on.
    data         one page in each area of 64 KiB, at its end. Its content follows from the machine, disk, page and
                 transaction, so that every page can be told to be right or wrong.

The superblock is looked for at 32 KiB of the first 256 MiB of the disk, so that it is found without other knowledge.
Everything lies where the image is allocated: it does not grow. Whatever is read is hostile until checked. Never here:
reading or writing a disk, and the order of writes (`application`, `ledger`).
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from vbtui.engine.block import blocks_of
from vbtui.engine.disk.extents import Extent
from vbtui.vocabulary import KiB, MiB

PAGE: Final = 4 * KiB
AREA: Final = 64 * KiB
"""One data page lies in each: a redo log or a VMDK keeps such an area as one grain."""
PLACES: Final = tuple(32 * KiB + number * MiB for number in range(256))
"""Where a superblock may be, in the order in which it is looked for."""
MOST_PAGES: Final = 4096
"""Data pages of a disk: all of them are read when it is examined."""
MOST_DISKS: Final = 64
"""Of a machine."""
LOG_PAGES: Final = 32
FEWEST_LOG_PAGES: Final = 4
"""Head, one data page, one catalogue page, commit."""
_MOST_RUNS: Final = 300
_MOST_SIZE: Final = 2**47
"""A number of an area has 32 bits, and some room is left."""

_SUPERBLOCK: Final = struct.Struct("<8sIIQ16sHHB3xQIQIII")
_SUPERBLOCK_MAGIC: Final = b"VBTUIAPP"
_VERSION: Final = 1
_RUN: Final = struct.Struct("<II")
_CATALOGUE: Final = struct.Struct("<8sII16s")
_CATALOGUE_MAGIC: Final = b"VBTUICAT"
ENTRIES: Final = (PAGE - _CATALOGUE.size) // 8
_HEAD: Final = struct.Struct("<8sIIQQQ16s")
_HEAD_MAGIC: Final = b"VBTUIREC"
_IMAGE: Final = struct.Struct("<II")
_COMMIT: Final = struct.Struct("<8sIIQQ16s")
_COMMIT_MAGIC: Final = b"VBTUICOM"
_IN_CATALOGUE: Final = 1 << 31
_CRC_AT: Final = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """Offsets in bytes. `runs` of (first area, areas); every `stride`-th of their areas has a data page."""

    superblock: int
    catalogue: int
    log: int
    log_pages: int
    stride: int
    runs: tuple[tuple[int, int], ...]

    @property
    def pages(self) -> int:
        """Data pages."""
        return blocks_of(sum(count for _, count in self.runs), self.stride)

    @property
    def catalogue_pages(self) -> int:
        return blocks_of(self.pages, ENTRIES)

    def page_offsets(self) -> array[int]:
        """Of every data page, in the order of their numbers."""
        found, skip = array("Q"), 0
        for first, count in self.runs:
            found.extend(area * AREA + AREA - PAGE for area in range(first + skip, first + count, self.stride))
            skip = (skip - count) % self.stride
        return found

    def fits(self, size: int) -> bool:
        """Whether everything lies on a disk of this size, on whole pages, and is of a size that is dealt with."""
        end, last = size - size % PAGE, -1
        for first, count in self.runs:
            if first <= last or count < 1 or (first + count) * AREA > end:
                return False
            last = first + count - 1
        ledger = (
            (self.superblock, 2),
            (self.catalogue, self.catalogue_pages),
            (self.log, self.log_pages),
        )
        return (
            bool(self.runs)
            and self.stride > 0
            and self.pages <= MOST_PAGES
            and FEWEST_LOG_PAGES <= self.log_pages <= LOG_PAGES
            and all(at % PAGE == 0 and at + pages * PAGE <= end for at, pages in ledger)
        )


def plan_layout(size: int, extents: Iterable[Extent]) -> Layout | None:
    """Where the application can lie on a disk with these allocated areas (bytes, in order); None: nowhere.

    What stands before 32 KiB is the boot loader's.
    """
    spans = _spans(min(size, _MOST_SIZE), extents)
    superblock = next((at for at in PLACES if _covered(spans, at, at + 2 * PAGE)), None)
    if superblock is None:
        return None
    spans = _without(spans, superblock, superblock + 2 * PAGE)
    total = sum(count for _, count in _areas(spans))
    wanted = blocks_of(min(total, MOST_PAGES), ENTRIES) + LOG_PAGES
    ledger = next(((at, wanted) for at, end in spans if end - at > wanted * PAGE), None)
    if ledger is None:  # a small disk: what there is, but for one data page
        at, end = max(spans, key=lambda span: span[1] - span[0], default=(0, 0))
        ledger = (at, (end - at) // PAGE - 1)
    at, room = ledger
    runs = _areas(_without(spans, at, at + room * PAGE))
    runs = runs[:: blocks_of(len(runs), _MOST_RUNS) or 1]
    stride = blocks_of(sum(count for _, count in runs), MOST_PAGES) or 1
    pages = blocks_of(sum(count for _, count in runs), stride)
    catalogue = blocks_of(pages, ENTRIES)
    log_pages = min(room - catalogue, LOG_PAGES)
    if not pages or log_pages < FEWEST_LOG_PAGES:
        return None
    return Layout(superblock, at, at + catalogue * PAGE, log_pages, stride, tuple(runs))


def _spans(size: int, extents: Iterable[Extent]) -> list[tuple[int, int]]:
    """(start, end) of whole pages, neighbours put together."""
    found: list[tuple[int, int]] = []
    for extent in extents:
        start, end = max(extent.offset, PLACES[0]), min(extent.end, size)
        if found and found[-1][1] == start:
            start = found.pop()[0]
        if start < end:
            found.append((start, end))
    whole = ((blocks_of(start, PAGE) * PAGE, end - end % PAGE) for start, end in found)
    return [(start, end) for start, end in whole if start < end]


def _covered(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    index = bisect_right(spans, (start, 2**63)) - 1
    return index >= 0 and spans[index][1] >= end


def _without(spans: Iterable[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    pieces = (piece for at, stop in spans for piece in ((at, min(stop, start)), (max(at, end), stop)))
    return [(at, stop) for at, stop in pieces if at < stop]


def _areas(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """(first area, areas) whose last page lies in the spans."""
    found = []
    for start, end in spans:
        first, stop = blocks_of(max(0, start - (AREA - PAGE)), AREA), end // AREA
        if first < stop:
            found.append((first, stop - first))
    return found


def machine_identity(seed: int, names: Sequence[str]) -> bytes:
    """16 bytes that tell one machine's application from every other's."""
    return hashlib.shake_128("\0".join((f"guest {seed}", *names)).encode(errors="surrogatepass")).digest(16)


def page_content(identity: bytes, disk: int, page: int, transaction: int) -> bytes:
    """What a data page holds after this transaction wrote it: never zeros, never twice the same."""
    return hashlib.shake_128(identity + struct.pack("<HIQ", disk, page, transaction)).digest(PAGE)


@dataclass(frozen=True, slots=True)
class Superblock:
    """`lasts`: by number of the disk, the last committed transaction that wrote to it; 0: none.

    On the disk itself everything up to its own is in place.
    """

    identity: bytes
    generation: int
    disk: int
    lasts: tuple[int, ...]
    clean: bool
    layout: Layout

    def pack(self) -> bytes:
        layout = self.layout
        head = _SUPERBLOCK.pack(
            _SUPERBLOCK_MAGIC, 0, _VERSION, self.generation, self.identity, self.disk, len(self.lasts), self.clean,
            layout.catalogue, layout.catalogue_pages, layout.log, layout.log_pages, layout.stride, len(layout.runs),
        )  # fmt: skip
        tail = struct.pack(f"<{len(self.lasts)}Q", *self.lasts) + b"".join(_RUN.pack(*run) for run in layout.runs)
        return _sealed(head + tail)

    def after(self, lasts: tuple[int, ...], *, clean: bool) -> Superblock:
        """The next one; everything that counts is in place when it is written."""
        return replace(self, generation=self.generation + 1, lasts=lasts, clean=clean)

    @property
    def place(self) -> int:
        """The two copies take turns, so that a torn one leaves the one before."""
        return self.layout.superblock + self.generation % 2 * PAGE

    @property
    def other_place(self) -> int:
        """That of the copy before."""
        return self.layout.superblock + (self.generation + 1) % 2 * PAGE


def parse_superblock(page: bytes, at: int, size: int) -> Superblock | None:
    """The superblock in a page of a disk of `size` bytes whose first copy is at `at`; None: there is no valid one."""
    if not _whole(page, _SUPERBLOCK_MAGIC):
        return None
    (
        _, _, version, generation, identity, disk, disks, clean, catalogue, catalogue_pages, log, log_pages, stride,
        runs,
    ) = _SUPERBLOCK.unpack_from(page)  # fmt: skip
    if version != _VERSION or clean > 1 or not disk < disks <= MOST_DISKS or not 0 < runs <= _MOST_RUNS:
        return None
    lasts = struct.unpack_from(f"<{disks}Q", page, _SUPERBLOCK.size)
    start = _SUPERBLOCK.size + 8 * disks
    found = tuple(_RUN.iter_unpack(page[start : start + runs * _RUN.size]))
    layout = Layout(at, catalogue, log, log_pages, stride, found)
    if not layout.fits(size) or layout.catalogue_pages != catalogue_pages:
        return None
    return Superblock(identity, generation, disk, lasts, bool(clean), layout)


def pack_catalogue(identity: bytes, index: int, entries: array[int]) -> bytes:
    """One page: the entries of its data pages, at most ENTRIES."""
    numbers = struct.pack(f"<{len(entries)}Q", *entries)
    return _sealed(_CATALOGUE.pack(_CATALOGUE_MAGIC, 0, index, identity) + numbers)


def parse_catalogue(page: bytes, identity: bytes, index: int) -> array[int] | None:
    """Its entries; None: this is not that page, or it is damaged."""
    if not _whole(page, _CATALOGUE_MAGIC) or _CATALOGUE.unpack_from(page)[2:] != (index, identity):
        return None
    return array("Q", struct.unpack_from(f"<{ENTRIES}Q", page, _CATALOGUE.size))


@dataclass(frozen=True, slots=True)
class Target:
    """A page that a record has an after-image of: a data page, or one of the catalogue, by its number."""

    number: int
    in_catalogue: bool = False

    @property
    def word(self) -> int:
        return self.number | (_IN_CATALOGUE if self.in_catalogue else 0)


@dataclass(frozen=True, slots=True)
class RecordHead:
    """The first page of a record. `participants`: bit n for the disk number n; `images`: (target, CRC-32), in order."""

    identity: bytes
    generation: int
    transaction: int
    participants: int
    images: tuple[tuple[Target, int], ...]

    def pack(self) -> bytes:
        head = _HEAD.pack(
            _HEAD_MAGIC, 0, len(self.images), self.generation, self.transaction, self.participants, self.identity
        )
        return _sealed(head + b"".join(_IMAGE.pack(target.word, crc) for target, crc in self.images))


def parse_record_head(page: bytes, superblock: Superblock) -> RecordHead | None:
    """The head of a record of this superblock's generation; None: there is none."""
    if not _whole(page, _HEAD_MAGIC):
        return None
    _, _, count, generation, transaction, participants, identity = _HEAD.unpack_from(page)
    layout = superblock.layout
    if (generation, identity) != (superblock.generation, superblock.identity):
        return None
    if not 0 < count <= layout.log_pages - 2 or not participants >> superblock.disk & 1:
        return None
    images = []
    for word, crc in _IMAGE.iter_unpack(page[_HEAD.size : _HEAD.size + count * _IMAGE.size]):
        target = Target(word & ~_IN_CATALOGUE, bool(word & _IN_CATALOGUE))
        if target.number >= (layout.catalogue_pages if target.in_catalogue else layout.pages):
            return None
        images.append((target, crc))
    return RecordHead(identity, generation, transaction, participants, tuple(images))


def pack_commit(head: RecordHead) -> bytes:
    """The page that makes a record count."""
    seal = zlib.crc32(head.pack())
    return _sealed(_COMMIT.pack(_COMMIT_MAGIC, 0, seal, head.generation, head.transaction, head.identity))


def crc_of(page: bytes | memoryview) -> int:
    return zlib.crc32(page)


def _sealed(page: bytes) -> bytes:
    whole = page.ljust(PAGE, b"\0")
    return whole[:_CRC_AT] + struct.pack("<I", zlib.crc32(whole)) + whole[_CRC_AT + 4 :]


def _whole(page: bytes, magic: bytes) -> bool:
    if len(page) != PAGE or not page.startswith(magic):
        return False
    return zlib.crc32(page[:_CRC_AT] + bytes(4) + page[_CRC_AT + 4 :]) == int.from_bytes(page[8:12], "little")
