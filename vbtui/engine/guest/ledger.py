"""What the guest's application left on a disk: found again, judged, and brought back to a consistent state.

    examine(read, size) -> GuestState             one disk, such as one of a restore point
    examine_machine([(read, size), ...])          all disks of a machine, taken at one moment
    recover([(read, write, size), ...])           what the application itself does when it starts

Decided here: when a state is application-consistent (the clean mark is set and the log is empty), crash-consistent
(the log says what to write again and what to forget), or broken: a page holds what no transaction explains. A
transaction counts on all its disks once one of its commit pages is there, since every record is written before the
first commit. Disks of different moments are noticed, because each keeps the last transaction of all of them.

In comes whatever bytes a disk holds; nothing in them decides how much is read (at most 16 MiB and some tables) or where
is written. Never here: an error because of what a disk holds; only what `read` and `write` raise comes through.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from vbtui.engine.guest.ledger_layout import (
    ENTRIES,
    PAGE,
    PLACES,
    RecordHead,
    Superblock,
    Target,
    crc_of,
    pack_commit,
    page_content,
    parse_catalogue,
    parse_record_head,
    parse_superblock,
)

Read = Callable[[int, memoryview], None]
"""Fills a buffer from an offset of the disk; both are inside it."""
Write = Callable[[int, bytes], None]


class Consistency(StrEnum):
    """What `verify --guest` tells of a disk."""

    APPLICATION = "application"
    """The application had come to rest: nothing is to be done."""
    CRASH = "crash"
    """As after a power failure: the application recovers by its ledger when it starts."""
    NONE = "none"
    """There is no ledger on it."""
    BROKEN = "broken"
    """No moment of the application looked like this."""


@dataclass(frozen=True, slots=True, order=True)
class UnexplainedPage:
    """A page that should hold something else. `transaction` should have written it; 0: it is a page of the ledger."""

    disk: int
    offset: int
    transaction: int


@dataclass(frozen=True, slots=True)
class GuestState:
    """What was found. Numbers of disks are those of the machine, from 0 on; offsets in bytes."""

    consistency: Consistency
    committed: int = 0
    """The last transaction that counts; they are numbered from 1 on."""
    to_replay: int = 0
    """Committed transactions in the log, whose pages have to be written again."""
    in_flight: int = 0
    """Transactions that had begun and not committed: they are forgotten."""
    disks: int = 0
    """Of the machine."""
    missing: tuple[int, ...] = ()
    """Disks of the machine that were not looked at, or have no ledger."""
    unexplained: tuple[UnexplainedPage, ...] = ()
    apart: tuple[int, ...] = ()
    """Disks whose state is older than another disk of the machine knows it to be."""


def examine(read: Read, size: int) -> GuestState:
    """The state of one disk of `size` bytes, by itself. Raises what `read` raises."""
    found = _load(read, size)
    return GuestState(Consistency.NONE) if found is None else _judged([found], whole_machine=False)


def examine_machine(disks: Sequence[tuple[Read, int]]) -> GuestState:
    """The state of all disks of a machine together, in any order; disks without a ledger may be among them.

    Disks of several applications are judged one application after the other, and the worst is told.
    """
    states = [_judged(group, whole_machine=True) for group in _machines(disks)]
    worst = (Consistency.BROKEN, Consistency.CRASH, Consistency.APPLICATION)
    return min(states, key=lambda state: worst.index(state.consistency), default=GuestState(Consistency.NONE))


def recover(disks: Sequence[tuple[Read, Write, int]]) -> GuestState:
    """Write again what the log says, forget the rest, and set the clean mark. Returns the state before.

    Of one application, that of the first ledger found. Broken disks and disks without a ledger are left as they are.
    Interrupted anywhere, it can be repeated.
    """
    groups = _machines([(read, size) for read, _, size in disks])
    if not groups:
        return GuestState(Consistency.NONE)
    group = groups[0]
    state = _judged(group, whole_machine=True)
    if state.consistency is Consistency.CRASH:
        for one in group:
            write = disks[one.position][1]
            for record in one.committed:
                for target, image in record.images:
                    write(one.offset(target), image)
        for one in group:
            superblock = one.superblock.after(_lasts(group, one), clean=True)
            disks[one.position][1](superblock.place, superblock.pack())
    return state


@dataclass(slots=True)
class LedgerRecord:
    """One record of a log, whole: its after-images and whether its own commit page follows."""

    head: RecordHead
    images: tuple[tuple[Target, bytes], ...]
    committed: bool


@dataclass(slots=True)
class LedgerDisk:
    """A disk with a ledger, as it was read."""

    position: int
    read: Read
    superblock: Superblock
    offsets: array[int]
    records: list[LedgerRecord]
    damaged: list[int]
    """Offsets of log pages that cannot have been left so by a writer that stopped."""
    begun: int = 0
    """Records of which only the beginning is there."""
    committed: list[LedgerRecord] = field(default_factory=list)
    """Of `records`, those that count, by what all disks say."""

    @property
    def number(self) -> int:
        return self.superblock.disk

    @property
    def last(self) -> int:
        """The last transaction that counts here."""
        return self.committed[-1].head.transaction if self.committed else self.superblock.lasts[self.number]

    def offset(self, target: Target) -> int:
        layout = self.superblock.layout
        return layout.catalogue + target.number * PAGE if target.in_catalogue else self.offsets[target.number]

    def catalogue_page(self, index: int, again: Mapping[Target, bytes]) -> bytes:
        """A page of the catalogue: out of the log, if it is among what has to be written again."""
        target = Target(index, in_catalogue=True)
        return again.get(target) or _read(self.read, self.offset(target), PAGE)

    def knows(self, transaction: int) -> bool:
        """Whether its own pages say that this transaction counts."""
        own = self.superblock.lasts[self.number]
        return transaction <= own or any(r.committed and r.head.transaction == transaction for r in self.records)


def _machines(disks: Sequence[tuple[Read, int]]) -> list[list[LedgerDisk]]:
    """The disks with a ledger by application, in the order of their numbers; a second copy of a disk is left out."""
    found: dict[bytes, dict[int, LedgerDisk]] = {}
    for position, (read, size) in enumerate(disks):
        one = _load(read, size, position)
        if one is not None:
            found.setdefault(one.superblock.identity, {}).setdefault(one.number, one)
    return [[group[number] for number in sorted(group)] for group in found.values()]


def load_machine(disks: Sequence[tuple[Read, int]], identity: bytes) -> tuple[GuestState, list[LedgerDisk]]:
    """The state of one application and its disks, in the order of their numbers."""
    for group in _machines(disks):
        if group[0].superblock.identity == identity:
            return _judged(group, whole_machine=True), group
    return GuestState(Consistency.NONE), []


def _load(read: Read, size: int, position: int = 0) -> LedgerDisk | None:
    superblock = find_superblock(read, size)
    if superblock is None:
        return None
    found = LedgerDisk(position, read, superblock, superblock.layout.page_offsets(), [], [])
    _read_log(found)
    return found


def _read(read: Read, offset: int, length: int) -> bytes:
    data = bytearray(length)
    read(offset, memoryview(data))
    return bytes(data)


def find_superblock(read: Read, size: int) -> Superblock | None:
    """The one that counts, at the first place where one is valid; None: there is no ledger."""
    for at in PLACES:
        if at + 2 * PAGE > size:
            return None
        pages = _read(read, at, 2 * PAGE)
        copies = (parse_superblock(pages[:PAGE], at, size), parse_superblock(pages[PAGE:], at, size))
        valid = [copy for index, copy in enumerate(copies) if copy is not None and copy.generation % 2 == index]
        if valid:
            return max(valid, key=lambda copy: copy.generation)
    return None


def _read_log(disk: LedgerDisk) -> None:
    layout = disk.superblock.layout
    log = _read(disk.read, layout.log, layout.log_pages * PAGE)
    pages = [log[at : at + PAGE] for at in range(0, len(log), PAGE)]
    place, last = 0, disk.superblock.lasts[disk.number]
    while place < len(pages):
        head = parse_record_head(pages[place], disk.superblock)
        commit_at = place + 1 + (len(head.images) if head is not None else 0)
        if head is None or head.transaction <= last or commit_at >= len(pages):
            break
        committed = pages[commit_at] == pack_commit(head)
        found = pages[place + 1 : commit_at]
        wrong = [n for n, (page, image) in enumerate(zip(found, head.images, strict=True)) if crc_of(page) != image[1]]
        if wrong:
            if committed:  # it was whole once
                disk.damaged += [layout.log + (place + 1 + number) * PAGE for number in wrong]
            else:
                disk.begun += 1
            place = commit_at + 1
            break
        targets = (target for target, _ in head.images)
        disk.records.append(LedgerRecord(head, tuple(zip(targets, found, strict=True)), committed))
        place, last = commit_at + 1, head.transaction
        if not committed:
            break
    # Nothing of this generation may follow: the writer goes on only behind what is whole.
    disk.damaged += [
        layout.log + number * PAGE
        for number in range(place, len(pages))
        if parse_record_head(pages[number], disk.superblock) is not None
    ]


def _judged(group: Sequence[LedgerDisk], *, whole_machine: bool) -> GuestState:
    by_number = {one.number: one for one in group}
    disks = max(len(one.superblock.lasts) for one in group)
    in_flight = sum(one.begun for one in group)
    apart: set[int] = set()
    replayed: set[int] = set()
    forgotten: set[int] = set()
    for one in group:
        one.committed = []
        for record in one.records:
            transaction = record.head.transaction
            others = [by_number[n] for n in by_number if record.head.participants >> n & 1]
            if any(other.knows(transaction) for other in others):
                one.committed.append(record)
                replayed.add(transaction)
                apart |= {other.number for other in others if not _has(other, transaction)}
            else:
                forgotten.add(transaction)
    for one in group:
        for other in group:
            if one.superblock.lasts[other.number : other.number + 1] > (other.last,):
                apart.add(other.number)
    known = [max(one.superblock.lasts[n] for one in group if n < len(one.superblock.lasts)) for n in range(disks)]
    missing = tuple(number for number in range(disks) if number not in by_number)
    unexplained = tuple(page for one in group for page in _unexplained(one))
    if unexplained or apart or (whole_machine and any(known[number] for number in missing)):
        consistency = Consistency.BROKEN
    elif all(one.superblock.clean for one in group) and not (replayed or forgotten or in_flight):
        consistency = Consistency.APPLICATION
    else:
        consistency = Consistency.CRASH
    committed = max(*known, *replayed, 0)
    flying = len(forgotten) + (1 if in_flight and not forgotten else 0)
    return GuestState(consistency, committed, len(replayed), flying, disks, missing, unexplained, tuple(sorted(apart)))


def _has(disk: LedgerDisk, transaction: int) -> bool:
    own = disk.superblock.lasts[disk.number]
    return transaction <= own or any(record.head.transaction == transaction for record in disk.records)


def _lasts(group: Sequence[LedgerDisk], one: LedgerDisk) -> tuple[int, ...]:
    found = list(one.superblock.lasts)
    for other in group:
        if other.number < len(found):
            found[other.number] = other.last
    return tuple(found)


def _unexplained(disk: LedgerDisk) -> list[UnexplainedPage]:
    """Pages that hold something else than the catalogue says, and ledger pages that are damaged."""
    superblock, number = disk.superblock, disk.number
    found = [UnexplainedPage(number, offset, 0) for offset in disk.damaged]
    again = {target: image for record in disk.committed for target, image in record.images}
    identity = superblock.identity
    for index in range(superblock.layout.catalogue_pages):
        entries = parse_catalogue(disk.catalogue_page(index, again), identity, index)
        if entries is None:
            found.append(UnexplainedPage(number, disk.offset(Target(index, in_catalogue=True)), 0))
            continue
        first = index * ENTRIES
        for place, transaction in enumerate(entries[: len(disk.offsets) - first], first):
            if transaction == 0:
                continue
            offset = disk.offsets[place]
            image = again.get(Target(place)) or _read(disk.read, offset, PAGE)
            if transaction > disk.last or image != page_content(identity, number, place, transaction):
                found.append(UnexplainedPage(number, offset, transaction))
    return found
