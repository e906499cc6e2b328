"""A restore point with everything it builds on: which file holds a block, and the block itself.

Decided here: what makes a chain (see `layout`), in how many ways it can be broken, and that nothing is given out of a
point whose contents are not what its content root names. Every block is proven by its hash. Safe for several threads.

Held open: one file for each point of the chain. In memory: the indexes as they are packed, and `Contents`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Final

from vbtui.engine.errors import UnknownPoint
from vbtui.engine.repository.contents import Contents, advance
from vbtui.engine.repository.damage import (
    BlockDamaged,
    BrokenChain,
    ChainFault,
    Damage,
    DamagedPart,
    DamagedPoint,
)
from vbtui.engine.repository.layout import EntryKind, IndexEntry, PointHeader
from vbtui.engine.repository.metadata import PointMetadata
from vbtui.engine.repository.point import OpenPoint, Point, key_of
from vbtui.engine.wire import Buffer

MAX_POINTS: Final = 500
"""More points than this are no chain: each is an open file, and no retention would let one grow so long."""


def link_fault(child: PointHeader, parent: PointHeader, parent_root: bytes) -> ChainFault | None:
    """Whether a file is the parent that a point names."""
    same = (
        (parent.point_id, parent.chain_id, parent.vm, parent.block_size, parent.algorithm)
        == (child.parent_id, child.chain_id, child.vm, child.block_size, child.algorithm)
    )  # fmt: skip
    if not same or parent_root != child.parent_root:
        return ChainFault.WRONG
    return ChainFault.LOOP if parent.sequence >= child.sequence else None


AtPoint = Callable[[tuple[Point, ...], int, Contents], None]
"""Is shown the contents of every point of a chain while it is opened, the oldest first: (points, number, contents).
What it is shown is gone when it returns."""


class Chain:
    """An open restore point and its ancestors. Close it; a context manager."""

    def __init__(
        self,
        open_point: OpenPoint,
        point: str,
        *,
        tolerant: bool = False,
        at_point: AtPoint | None = None,
    ) -> None:
        """Open a point by its id, and its ancestors up to a full.

        Raises UnknownPoint, DamagedPoint (the point itself, or the structure of any of them), BrokenChain (a parent is
        missing, wrong, damaged, or the chain is a loop), HashUnavailable, OSError. `tolerant`: open what restores to
        something else than its content root names as well; `damage` tells. `at_point`: see there.
        """
        with ExitStack() as opened:
            self.points: tuple[Point, ...] = tuple(opened.enter_context(one) for one in _open_all(open_point, point))
            """The point itself first, a full last."""
            self.header = self.points[0].header
            self.contents = self._work_out(at_point)
            self.whole_content = not self.contents.hashes_known() or self.contents.root() == self.content_root
            """Whether the point restores to what its root names, as far as whole indexes can tell."""
            for one in self.points:
                if not tolerant and one.whole_pages and not one.whole_frame:
                    raise DamagedPoint(one.path, Damage.STRUCTURE)
            if not tolerant and not self.whole_content:
                raise DamagedPoint(self.points[0].path, Damage.STRUCTURE)
            opened.pop_all()

    @property
    def damage(self) -> tuple[DamagedPart, ...]:
        """What is wrong with the files apart from their records, the point's own first."""
        found = [DamagedPart(point.header.point_id, damage) for point in self.points for damage in point.damage]
        own = DamagedPart(self.header.point_id, Damage.STRUCTURE)
        if not self.whole_content and own not in found:
            found.insert(0, own)
        return tuple(found)

    @property
    def content_root(self) -> bytes:
        return self.points[0].footer.content_root

    def metadata(self) -> PointMetadata:
        """Of the point itself. Raises DamagedPoint."""
        return self.points[0].metadata()

    def disk(self, name: str) -> int | None:
        """A disk's number by its name."""
        return next((number for number, info in enumerate(self.header.disks) if info.name == name), None)

    def blocks(self, disk: int) -> int:
        """How many blocks a disk has."""
        return self.contents.first[disk + 1] - self.contents.first[disk]

    def digest(self, disk: int, block: int) -> bytes:
        """The hash of a block. Raises BlockDamaged if a damaged index hides it, IndexError."""
        number = self._number(disk, block)
        check_known(self.points, self.contents, number)
        return self.contents.digest(number)

    def locate(self, disk: int, block: int) -> tuple[Point, IndexEntry]:
        """Which file holds a block: an entry of kind DATA, or ZERO or HOLE for a block of zeros.

        Raises BlockDamaged, IndexError.
        """
        return self.locate_number(self._number(disk, block))

    def locate_number(self, number: int) -> tuple[Point, IndexEntry]:
        """The same by the block's number in `contents`."""
        check_known(self.points, self.contents, number)
        owner = self.points[self.contents.owners[number]]
        entry = owner.entry(self.contents.positions[number])
        return owner, owner.record_of(entry) or entry

    def record_place(self, number: int) -> tuple[int, int] | None:
        """The record that holds a block: its file's number in `points`, the position of its entry there.

        None for zeros and holes. `number`: the block's in `contents`. Raises BlockDamaged.
        """
        return record_place(self.points, self.contents, number)

    def holds_data(self, number: int) -> bool:
        """Whether a block, by its number in `contents`, is not known to be zeros; a damaged one is not."""
        try:
            return self.record_place(number) is not None
        except BlockDamaged:
            return True

    def is_hole(self, number: int) -> bool:
        """Whether a block of zeros, by its number in `contents`, was never allocated when it was read."""
        owner = self.points[self.contents.owners[number]]
        return owner.kind_at(self.contents.positions[number]) == EntryKind.HOLE

    def read_block(
        self, disk: int, block: int, *, check_hash: bool = True, buffer: bytearray | None = None
    ) -> Buffer | None:
        """The plain bytes of a block, proven by its hash; None for zeros and holes.

        Raises BlockDamaged, IndexError. `buffer`: the caller's, HEAD_SIZE and a block long, one for each thread; the
        answer may be a part of it and is valid until the next call with it.
        """
        point, entry = self.locate(disk, block)
        if entry.kind.empty:
            return None
        return point.read_record(entry, check_hash=check_hash, buffer=buffer)

    def close(self) -> None:
        """May be called twice; nobody may be reading."""
        for point in self.points:
            point.close()

    def __enter__(self) -> Chain:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # inside

    def _work_out(self, at_point: AtPoint | None) -> Contents:
        contents: Contents | None = None
        for number, point in reversed(tuple(enumerate(self.points))):
            contents = advance(contents, number, point)
            if at_point is not None:
                at_point(self.points, number, contents)
        assert contents is not None
        return contents

    def _number(self, disk: int, block: int) -> int:
        if not 0 <= disk < len(self.header.disks) or not 0 <= block < self.blocks(disk):
            raise IndexError(f"block {block} of disk {disk}")
        return self.contents.first[disk] + block


def record_place(points: Sequence[Point], contents: Contents, number: int) -> tuple[int, int] | None:
    """As `Chain.record_place`, for any point of a chain."""
    check_known(points, contents, number)
    owner = contents.owners[number]
    position = points[owner].record_position(contents.positions[number])
    return None if position is None else (owner, position)


def check_known(points: Sequence[Point], contents: Contents, number: int) -> None:
    """Raises BlockDamaged if it is not known where a block is."""
    reason = contents.lost(number)
    if reason is None:
        return
    point = points[contents.owners[number]]
    disk, block = contents.place_of(number)
    name = contents.header.disks[disk].name
    keys = [key_of(other, block) for other, info in enumerate(point.header.disks) if info.name == name]
    pages = [gap.page for gap in point.gaps if any(gap.after < key < gap.before for key in keys)]
    # A block that was taken over from another place was lost there: then any damaged page of the file may be it.
    pages += [gap.page for gap in point.gaps]
    raise BlockDamaged(reason, point.header.point_id, point.page_offset(pages[0] if pages else 0))


def _open_all(open_point: OpenPoint, asked: str) -> Iterator[Point]:
    """The point, its parent, and so on; each is the caller's to close once it is given out."""
    point = open_point(asked)
    count = 1
    while True:
        header = point.header
        yield point
        if count == 1 and header.point_id != asked:
            raise DamagedPoint(point.path, Damage.NAME)
        if header.kind.complete:
            return
        if count >= MAX_POINTS:
            raise BrokenChain(asked, header.point_id, header.parent_id, ChainFault.LOOP)
        point = _open_parent(open_point, asked, header)
        count += 1


def _open_parent(open_point: OpenPoint, asked: str, child: PointHeader) -> Point:
    def broken(reason: ChainFault) -> BrokenChain:
        return BrokenChain(asked, child.point_id, child.parent_id, reason)

    try:
        parent = open_point(child.parent_id)
    except (UnknownPoint, FileNotFoundError) as error:
        raise broken(ChainFault.MISSING) from error
    except DamagedPoint as error:
        raise broken(ChainFault.DAMAGED) from error
    fault = link_fault(child, parent.header, parent.footer.content_root)
    if fault is not None:
        parent.close()
        raise broken(fault)
    return parent
