"""What a new point may take over from its parent: worked out once, from the parent's chain, when the point is begun.

Decided here: what of the parent is relied on. A block whose place in the chain is not known, or that a health check has
found damaged, is no content of the parent: it must come again, and nothing else may be made a reference to it. Where
the same content stands in several files, the newest is referred to: the only reason to store it again was damage of
the older one.

Holds no file open. 32 bytes for each block of the parent and the table over them.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Mapping

from vbtui.engine.repository.chain import Chain
from vbtui.engine.repository.contents import ContentTable, shared_blocks
from vbtui.engine.repository.layout import PointHeader

NOTHING_TO_REREAD: Mapping[str, Collection[int]] = {}


class ParentContent:
    """The content of the parent point as a writer sees it. Safe for several threads: nothing changes it."""

    def __init__(self, chain: Chain, reread: Mapping[str, Collection[int]] = NOTHING_TO_REREAD) -> None:
        """`reread`: by name of disk, the blocks that a health check has found damaged in this point."""
        contents = chain.contents
        self.header: PointHeader = chain.header
        self.content_root = chain.content_root
        self.first = contents.first
        self.digests = contents.digests
        self._reliable = bytearray(contents.lost(number) is None for number in range(self.first[-1]))
        for disk, blocks in reread.items():
            for block in blocks:
                number = contents.number(disk, block) if block >= 0 else None
                if number is not None:
                    self._reliable[number] = False
        self._table = ContentTable(self.digests, self.first[-1])
        for number in _by_owner(contents.owners):
            if self._reliable[number]:
                self._table.add(number)

    def digest(self, number: int) -> bytes | None:
        """The hash of a block by its number in the parent; None if it is not relied on."""
        return bytes(self.digests[number * 32 : number * 32 + 32]) if self._reliable[number] else None

    def find(self, name: bytes) -> tuple[int, int] | None:
        """Disk and block of the parent that hold the content of this hash."""
        number = self._table.find(name)
        if number is None:
            return None
        disk = next(disk for disk in range(len(self.first) - 1) if number < self.first[disk + 1])
        return disk, number - self.first[disk]

    def of_disk(self, header: PointHeader, disk: int) -> ParentDisk:
        """What a new point's disk has in the parent."""
        for mine, other, blocks in shared_blocks(self.header, header):
            if mine == disk:
                return ParentDisk(self, self.first[other], blocks)
        return ParentDisk(self, 0, 0)


def _by_owner(owners: array[int]) -> array[int]:
    """The numbers of all blocks, those of the newest file first. Counted, not sorted: four bytes for each."""
    counts = Counter(owners)
    places, order = {}, array("I", bytes(4 * len(owners)))
    begin = 0
    for owner in sorted(counts):
        places[owner] = begin
        begin += counts[owner]
    for number, owner in enumerate(owners):
        order[places[owner]] = number
        places[owner] += 1
    return order


class ParentDisk:
    """The parent's blocks under one disk of the new point; blocks beyond, or of another length, are not there."""

    def __init__(self, parent: ParentContent, start: int, blocks: int) -> None:
        self._parent, self._start, self._blocks = parent, start, blocks

    def digest_of(self, block: int) -> bytes | None:
        """The hash of the same block in the parent; None if it has none that can be relied on."""
        return self._parent.digest(self._start + block) if 0 <= block < self._blocks else None
