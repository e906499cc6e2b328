"""What every block of a restore point holds, and in which file of its chain: worked out from the indexes alone.

Decided here: the rules of the chain. A block's entry in a file decides; without one it is as in the parent, on the
disk of the same name; a PARENT entry takes over what another place of the parent held; where pages of an index are
damaged, every block that they may have spoken of is lost unless a newer file says it anew. 38 bytes for every block,
however long the chain; nothing is allocated that the files are not long enough to justify.

In: the points of a chain, the oldest first. Out: `Contents`. Nothing is read from a file here.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from vbtui.engine.block import DIGEST_SIZE, NO_DIGEST, blocks_of
from vbtui.engine.repository.damage import Damage, DamagedPoint
from vbtui.engine.repository.layout import ENTRY_SIZE, EntryKind, IndexEntry, PointHeader, content_root
from vbtui.engine.repository.point import Point, key_of

_KIND: Final = 8
"""Byte of an entry at which its kind stands."""
_NAME: Final = ENTRY_SIZE - DIGEST_SIZE
_LOST: Final = 2**32 - 256
"""Positions from here on are no positions: the block is lost, and the rest says why."""
_REASONS: Final = (Damage.INDEX, Damage.REFERENCE)
LOST_WITH_PAGE: Final = _LOST
LOST_REFERENCE: Final = _LOST + 1


@dataclass(slots=True)
class Contents:
    """One item for each block of all disks, counted through in the header's order."""

    header: PointHeader
    first: tuple[int, ...]
    """The number of each disk's first block; at the end how many blocks there are."""
    owners: array[int]
    """Which point of the chain decides about the block, by its number in the chain."""
    positions: array[int]
    """Where in that point's index."""
    digests: bytearray
    """The hash of each block; zeros where it is not known."""

    def digest(self, number: int) -> bytes:
        return bytes(self.digests[number * DIGEST_SIZE : (number + 1) * DIGEST_SIZE])

    def lost(self, number: int) -> Damage | None:
        """Why nothing is known of a block's place; None if it is known."""
        position = self.positions[number]
        return None if position < _LOST else _REASONS[position - _LOST]

    def number(self, disk: str, block: int) -> int | None:
        """A block by its disk's name; None if there is none."""
        for index, info in enumerate(self.header.disks):
            if info.name == disk:
                found = self.first[index] + block
                return found if found < self.first[index + 1] else None
        return None

    def place_of(self, number: int) -> tuple[int, int]:
        """Disk and block of a number."""
        disk = bisect_right(self.first, number) - 1
        return disk, number - self.first[disk]

    def hashes_known(self) -> bool:
        """Whether no damaged page hides what a block holds, so that the content root can be told."""
        return not self.positions.count(LOST_WITH_PAGE)

    def all_known(self) -> bool:
        return not self.positions or max(self.positions) < _LOST

    def root(self) -> bytes:
        """The content root, from the hashes as they are."""
        return content_root(self.header, self.digests)


def advance(before: Contents | None, number: int, point: Point) -> Contents:
    """The contents of a point from those of its parent, which may be changed and must not be used any more."""
    if before is None or point.header.kind.complete:
        after = _nothing_yet(point, number)
        _enter(after, number, point)
        return after
    after, moved = _carried(before, number, point)
    _enter(after, number, point)
    for target, owner, position, name in moved:
        after.owners[target], after.positions[target] = owner, position
        after.digests[target * DIGEST_SIZE : (target + 1) * DIGEST_SIZE] = name
    return after


def shared_blocks(parent: PointHeader, child: PointHeader) -> tuple[tuple[int, int, int], ...]:
    """What a child has from its parent when it says nothing: (disk of the child, disk of the parent, blocks)."""
    numbers = {info.name: number for number, info in enumerate(parent.disks)}
    found: list[tuple[int, int, int]] = []
    for disk, info in enumerate(child.disks):
        other = numbers.get(info.name)
        if other is None:
            continue
        blocks = blocks_of(min(info.size, parent.disks[other].size), child.block_size)
        if parent.block_length(other, blocks - 1) != child.block_length(disk, blocks - 1):
            blocks -= 1
        found.append((disk, other, blocks))
    return tuple(found)


# inside


def _nothing_yet(point: Point, number: int) -> Contents:
    """Every block lost for want of an entry. A full file is as long as its index, so this is no more than the file."""
    blocks = point.first[-1]
    owners, positions = array("H", [number]), array("I", [LOST_REFERENCE])
    return Contents(point.header, point.first, owners * blocks, positions * blocks, bytearray(blocks * DIGEST_SIZE))


def _carried(before: Contents, number: int, point: Point) -> tuple[Contents, list[tuple[int, int, int, bytes]]]:
    """The parent's contents under the child's disks, and what the child's PARENT entries take from elsewhere there."""
    moved = list(_moved(before, number, point))
    if before.header.disks == point.header.disks:
        before.header = point.header
        return before, moved
    shared = shared_blocks(before.header, point.header)
    if point.first[-1] - sum(blocks for _, _, blocks in shared) > point.footer.entries:
        raise DamagedPoint(point.path, Damage.STRUCTURE)  # more new blocks than entries, and so than bytes of the file
    after = _nothing_yet(point, number)
    for disk, other, blocks in shared:
        to, source = after.first[disk], before.first[other]
        after.owners[to : to + blocks] = before.owners[source : source + blocks]
        after.positions[to : to + blocks] = before.positions[source : source + blocks]
        after.digests[to * DIGEST_SIZE : (to + blocks) * DIGEST_SIZE] = before.digests[
            source * DIGEST_SIZE : (source + blocks) * DIGEST_SIZE
        ]
    return after, moved


def _moved(before: Contents, number: int, point: Point) -> Iterable[tuple[int, int, int, bytes]]:
    kinds = bytes(point.entries[_KIND::ENTRY_SIZE])
    position = kinds.find(EntryKind.PARENT)
    while position >= 0:
        entry = IndexEntry.unpack(bytes(point.entries[position * ENTRY_SIZE : (position + 1) * ENTRY_SIZE]))
        target = point.first[entry.disk] + entry.block
        source = _source(before, point, entry)
        if source is None:
            yield target, number, LOST_REFERENCE, entry.digest
        else:
            yield target, before.owners[source], before.positions[source], entry.digest
        position = kinds.find(EntryKind.PARENT, position + 1)


def _source(before: Contents, point: Point, entry: IndexEntry) -> int | None:
    """The parent's block that a PARENT entry names; None if it cannot be that one."""
    disk, block = entry.from_disk, entry.from_block
    if disk >= len(before.header.disks) or block >= before.first[disk + 1] - before.first[disk]:
        return None
    if before.header.block_length(disk, block) != point.header.block_length(entry.disk, entry.block):
        return None
    source = before.first[disk] + block
    if before.digest(source) != entry.digest and before.lost(source) is None:
        return None
    return source


def _enter(contents: Contents, number: int, point: Point) -> None:
    """What the file itself says: first what its damaged pages may have said, then its entries."""
    for gap in point.gaps:
        for disk in range(len(point.header.disks)):
            low = max(gap.after + 1, key_of(disk, 0)) - key_of(disk, 0)
            high = min(gap.before - key_of(disk, 0), point.blocks(disk))
            if low < high:
                start, count = contents.first[disk] + low, high - low
                contents.owners[start : start + count] = array("H", [number]) * count
                contents.positions[start : start + count] = array("I", [LOST_WITH_PAGE]) * count
                contents.digests[start * DIGEST_SIZE : (start + count) * DIGEST_SIZE] = NO_DIGEST * count
    entries, owners, positions, digests = point.entries, contents.owners, contents.positions, contents.digests
    for position, key in enumerate(point.keys):
        start = position * ENTRY_SIZE
        if entries[start + _KIND] == EntryKind.PARENT and not point.header.kind.complete:
            continue  # taken from the parent before anything here was changed
        block = point.first[key >> 32] + (key & 0xFFFFFFFF)
        owners[block], positions[block] = number, position
        digests[block * DIGEST_SIZE : (block + 1) * DIGEST_SIZE] = entries[start + _NAME : start + ENTRY_SIZE]


class ContentTable:
    """Finds where a hash stands among many: a few bytes for each, however many there are.

    The hashes stay where they are: `store`, the first at byte `at`, then one every `stride` bytes.
    """

    def __init__(self, store: bytearray, capacity: int, *, at: int = 0, stride: int = DIGEST_SIZE) -> None:
        """`capacity`: as many numbers as will be added at most."""
        self._store, self._at, self._stride = store, at, stride
        self._mask = (1 << max(3, (2 * capacity - 1).bit_length())) - 1
        self._slots = array("I", bytes(4 * (self._mask + 1)))

    def add(self, number: int) -> None:
        """Make the hash with this number known; one that is known under another number stays with that."""
        slot, found = self._seek(self._name(number))
        if found is None:
            self._slots[slot] = number + 1

    def find(self, name: bytes) -> int | None:
        """The number of a hash."""
        return self._seek(name)[1]

    # inside

    def _name(self, number: int) -> bytes:
        start = self._at + number * self._stride
        return bytes(self._store[start : start + DIGEST_SIZE])

    def _seek(self, name: bytes) -> tuple[int, int | None]:
        slot = hash(name) & self._mask  # salted by Python: nobody can choose hashes that all fall on one slot
        while number := self._slots[slot]:
            if self._name(number - 1) == name:
                return slot, number - 1
            slot = (slot + 1) & self._mask
        return slot, None
