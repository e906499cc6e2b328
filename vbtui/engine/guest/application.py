"""The application inside the guest: transactions over pages of its disks, behind a write-ahead ledger.

Decided here: what it writes and in which order. A transaction is

    on every disk the records (after-images of its data and catalogue pages), on every disk a commit page,
    then the pages in place; from time to time a checkpoint: the superblock, which empties the log.

Before its first change after a rest comes a superblock without the clean mark, at a rest one with it. So whatever write
is the last one to reach the disks, whole or in part, `ledger` finds a state that the application had. Writes are handed
out one at a time; whoever asks for the next one has done the one before. Never here: threads, pauses, a clock.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vbtui.engine.disk.extents import Extent
from vbtui.engine.guest.ledger import Consistency, LedgerDisk, Read, find_superblock, load_machine
from vbtui.engine.guest.ledger_layout import (
    ENTRIES,
    MOST_DISKS,
    PAGE,
    Layout,
    RecordHead,
    Superblock,
    Target,
    crc_of,
    machine_identity,
    pack_catalogue,
    pack_commit,
    page_content,
    parse_catalogue,
    plan_layout,
)

UNTIL_CHECKPOINT: Final = 4
"""Transactions of a disk that its log keeps before a checkpoint, if they fit."""


class WriteKind(StrEnum):
    """What a write is for."""

    ERASE = "erase"
    """Zeros over the ledger of another application, or of none."""
    SUPERBLOCK = "superblock"
    CATALOGUE = "catalogue"
    RECORD = "record"
    COMMIT = "commit"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class PageWrite:
    """Whole pages for one disk. `transaction` is 0 where it belongs to none."""

    disk: str
    offset: int
    data: bytes
    kind: WriteKind
    transaction: int = 0

    @property
    def end(self) -> int:
        return self.offset + len(self.data)


@dataclass(frozen=True, slots=True)
class DataPage:
    """A page that a transaction may write: the disk, its number there, and its offset in bytes."""

    disk: str
    page: int
    offset: int


@dataclass(frozen=True, slots=True)
class DiskRoom:
    """A disk that the application may use: how it is read, its size and its allocated areas."""

    read: Read
    size: int
    extents: Sequence[Extent]


class _Disk:
    """One disk: what stands in its superblock and catalogue, and how far its log is filled."""

    def __init__(self, name: str, superblock: Superblock, catalogue: list[array[int]]) -> None:
        self.name = name
        self.superblock = superblock
        self.catalogue = catalogue
        self.offsets = superblock.layout.page_offsets()
        self.filled = 0
        """Log pages that this generation has used."""
        self.kept = 0
        """Transactions in the log."""
        self.last = superblock.lasts[superblock.disk]

    @property
    def number(self) -> int:
        return self.superblock.disk

    @property
    def log_pages(self) -> int:
        return self.superblock.layout.log_pages

    def offset(self, target: Target) -> int:
        layout = self.superblock.layout
        return layout.catalogue + target.number * PAGE if target.in_catalogue else self.offsets[target.number]


class Application:
    """One application on the disks of a machine. Disks without room for it, or beyond the 64th, are left alone."""

    def __init__(self, disks: Mapping[str, DiskRoom], seed: int) -> None:
        """Nothing is read or written yet. The names and the seed say whose ledger it will look for."""
        planned = {name: plan_layout(room.size, room.extents) for name, room in sorted(disks.items())}
        self._layouts: dict[str, Layout] = {}
        for name, layout in planned.items():
            if layout is not None and len(self._layouts) < MOST_DISKS:
                self._layouts[name] = layout
        self._rooms = {name: disks[name] for name in self._layouts}
        self._names = tuple(self._layouts)
        self.identity = machine_identity(seed, self._names)
        self.transactions = 0
        """The last one that was begun; they are numbered from 1 on."""
        self._disks: dict[str, _Disk] = {}

    @property
    def usable(self) -> bool:
        """Whether any disk has room."""
        return bool(self._layouts)

    @property
    def clean(self) -> bool:
        """Whether the disks say that the application is at rest."""
        return bool(self._disks) and all(disk.superblock.clean for disk in self._disks.values())

    def pages(self) -> Iterator[DataPage]:
        """Every data page, disk by disk. After `start` only."""
        for disk in self._disks.values():
            for page, offset in enumerate(disk.offsets):
                yield DataPage(disk.name, page, offset)

    def most_pages(self) -> int:
        """Data pages that a transaction may write: so many that its record fits into the log of any disk."""
        return min(4, *((disk.log_pages - 2) // 2 for disk in self._disks.values()))

    def start(self) -> Iterator[PageWrite]:
        """Recover what an earlier run left, by its ledger; set up anew where there is none, or none that is whole."""
        rooms = [(room.read, room.size) for room in self._rooms.values()]
        state, group = load_machine(rooms, self.identity)
        ours = [disk.position for disk in group] == list(range(len(rooms))) == [disk.number for disk in group]
        if ours and state.consistency in (Consistency.APPLICATION, Consistency.CRASH):
            self.transactions = state.committed
            yield from self._recover(group)
        else:
            yield from self._set_up()

    def transaction(self, pages: Sequence[DataPage]) -> Iterator[PageWrite]:
        """Write these pages, at most `most_pages`, none twice, as one transaction."""
        if self.clean:
            yield from self._superblocks(self._disks.values(), clean=False)
        number = self.transactions = self.transactions + 1
        taking_part = [disk for disk in self._disks.values() if any(page.disk == disk.name for page in pages)]
        participants = sum(1 << disk.number for disk in taking_part)
        records = {disk.name: self._record(disk, pages, participants, number) for disk in taking_part}
        for disk in taking_part:
            needed = len(records[disk.name][1]) + 2
            if disk.filled + needed > disk.log_pages or disk.kept == UNTIL_CHECKPOINT:
                yield from self._superblocks([disk], clean=False)
                records[disk.name] = self._record(disk, pages, participants, number)
        for disk in taking_part:
            head, images = records[disk.name]
            data = head.pack() + b"".join(image for _, image in images)
            yield self._log_write(disk, data, WriteKind.RECORD, number)
        for disk in taking_part:
            yield self._log_write(disk, pack_commit(records[disk.name][0]), WriteKind.COMMIT, number)
            disk.last = number
            disk.kept += 1
        for disk in taking_part:
            for target, image in records[disk.name][1]:
                kind = WriteKind.CATALOGUE if target.in_catalogue else WriteKind.PAGE
                yield PageWrite(disk.name, disk.offset(target), image, kind, number)

    def rest(self) -> Iterator[PageWrite]:
        """Everything is in place: say so. Nothing to write if nothing was written since the last rest."""
        if self._disks and not self.clean:
            yield from self._superblocks(self._disks.values(), clean=True)

    # inside

    def _set_up(self) -> Iterator[PageWrite]:
        """An empty ledger on every disk, after everything of earlier ones was erased that could be taken for its own.

        Superblocks go first, the older copy before the newer: a ledger is either as it was or not there.
        """
        for name, room in self._rooms.items():
            while (found := find_superblock(room.read, room.size)) is not None:
                for place in (found.other_place, found.place):
                    yield PageWrite(name, place, bytes(PAGE), WriteKind.ERASE)
        nothing = (0,) * len(self._names)
        for number, (name, layout) in enumerate(self._layouts.items()):
            yield PageWrite(name, layout.log, bytes(layout.log_pages * PAGE), WriteKind.ERASE)
            catalogue, left = [], layout.pages
            for index in range(layout.catalogue_pages):
                entries = array("Q", bytes(8 * min(left, ENTRIES)))
                left -= len(entries)
                catalogue.append(entries)
                page = pack_catalogue(self.identity, index, entries)
                yield PageWrite(name, layout.catalogue + index * PAGE, page, WriteKind.CATALOGUE)
            superblock = Superblock(self.identity, 0, number, nothing, clean=True, layout=layout)
            disk = self._disks[name] = _Disk(name, superblock, catalogue)
            for _ in range(2):
                yield from self._superblocks([disk], clean=True)

    def _recover(self, group: Sequence[LedgerDisk]) -> Iterator[PageWrite]:
        lasts = {found.number: found.last for found in group}
        for name, found in zip(self._names, group, strict=True):
            disk = self._disks[name] = _Disk(name, found.superblock, [])
            disk.last = lasts[disk.number]
            images = {target: image for record in found.committed for target, image in record.images}
            for target, image in images.items():
                kind = WriteKind.CATALOGUE if target.in_catalogue else WriteKind.PAGE
                yield PageWrite(name, disk.offset(target), image, kind)
            left = len(disk.offsets)
            for index in range(found.superblock.layout.catalogue_pages):
                entries = parse_catalogue(found.catalogue_page(index, images), self.identity, index)
                assert entries is not None, "the state was judged to be whole"
                disk.catalogue.append(entries[:left])
                left -= len(entries[:left])
        if not self.clean or any(found.records or found.begun for found in group):
            yield from self._superblocks(self._disks.values(), clean=True)

    def _superblocks(self, disks: Iterable[_Disk], *, clean: bool) -> Iterator[PageWrite]:
        """A checkpoint of these disks: their logs are empty after it."""
        lasts = tuple(disk.last for disk in self._disks.values())
        lasts += (0,) * (len(self._names) - len(lasts))  # while they are being set up
        for disk in disks:
            disk.superblock = disk.superblock.after(lasts, clean=clean)
            disk.filled = disk.kept = 0
            yield PageWrite(disk.name, disk.superblock.place, disk.superblock.pack(), WriteKind.SUPERBLOCK)

    def _record(
        self, disk: _Disk, pages: Sequence[DataPage], participants: int, number: int
    ) -> tuple[RecordHead, list[tuple[Target, bytes]]]:
        own = [page.page for page in pages if page.disk == disk.name]
        images = [(Target(page), page_content(self.identity, disk.number, page, number)) for page in own]
        for index in sorted({page // ENTRIES for page in own}):
            entries = disk.catalogue[index]
            for page in own:
                if page // ENTRIES == index:
                    entries[page % ENTRIES] = number
            images.append((Target(index, in_catalogue=True), pack_catalogue(self.identity, index, entries)))
        crcs = tuple((target, crc_of(image)) for target, image in images)
        return RecordHead(self.identity, disk.superblock.generation, number, participants, crcs), images

    def _log_write(self, disk: _Disk, data: bytes, kind: WriteKind, number: int) -> PageWrite:
        offset = disk.superblock.layout.log + disk.filled * PAGE
        disk.filled += len(data) // PAGE
        return PageWrite(disk.name, offset, data, kind, number)
