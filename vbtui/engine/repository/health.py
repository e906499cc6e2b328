"""The health check: which blocks of a VM's restore points are damaged, which points that harms, what heals it.

Decided here: every record of every file of the VM is read once, whether a point still needs it or not; then every
point's contents are held against its content root, and every damaged record is followed to all points that restore
from it. What heals: the next increment reads the damaged blocks of its parent again (`HealthReport.reread`); it and
all later points are whole then. Where the newest point's structure is damaged, only a new full helps.

The check changes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vbtui.engine.block import HEAD_SIZE
from vbtui.engine.errors import UnknownPoint
from vbtui.engine.repository.chain import Chain
from vbtui.engine.repository.contents import Contents
from vbtui.engine.repository.damage import BlockDamaged, BrokenChain, Damage, DamagedBlock, DamagedPart, DamagedPoint
from vbtui.engine.repository.listing import PointInfo
from vbtui.engine.repository.point import OpenPoint, Point
from vbtui.engine.repository.records import Marks, OnProgress, Progress, check_records
from vbtui.engine.repository.verify import affected_blocks


@dataclass(frozen=True, slots=True)
class DamagedRecord:
    """A record that cannot be read any more: the block whose content it is, in which file, and what it harms."""

    point: str
    path: Path
    disk: str
    block: int
    damage: Damage
    offset: int
    """Byte of the file."""
    size: int
    """Bytes of head and payload, as the index says."""
    affects: tuple[str, ...]
    """The ids of all points that restore from it, the oldest first."""


@dataclass(frozen=True, slots=True)
class HealthReport:
    """What a health check of one VM found."""

    vm: str
    points: tuple[str, ...]
    """All of the VM's points that were looked at, the oldest first."""
    parent: str | None
    """What the next increment builds on: the newest point whose chain is whole. None: the next point must be full."""
    deep: bool
    checked: int
    """Records."""
    bytes_read: int
    """Of their payloads."""
    records: tuple[DamagedRecord, ...]
    parts: tuple[DamagedPart, ...]
    """Damage of files apart from their records."""
    blocks: tuple[tuple[str, DamagedBlock], ...]
    """Every block that cannot be restored: (point that is affected, the block as of that point)."""
    broken: tuple[BrokenChain, ...]
    """Chains that cannot be followed to their end."""

    @property
    def ok(self) -> bool:
        return not self.records and not self.parts and not self.blocks and not self.broken

    @property
    def reread(self) -> Mapping[str, frozenset[int]]:
        """What heals: by name of disk, the blocks that the next increment on `parent` must read again."""
        found: dict[str, set[int]] = {}
        for point, block in self.blocks:
            if point == self.parent:
                found.setdefault(block.disk, set()).add(block.block)
        return {disk: frozenset(blocks) for disk, blocks in sorted(found.items())}

    @property
    def affected(self) -> tuple[str, ...]:
        """The points that cannot be restored whole, the oldest first."""
        harmed = {point for point, _ in self.blocks}
        harmed |= {part.point for part in self.parts} | {one.asked for one in self.broken}
        return tuple(point for point in self.points if point in harmed)


def health_check(
    points: Sequence[PointInfo],
    vm: str,
    parent: str | None,
    open_point: OpenPoint,
    *,
    deep: bool = True,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> HealthReport:
    """Check all points of a VM. `points`: all of the repository, as listed; `parent`: the one that is built on next.

    Raises Cancelled, HashUnavailable, OSError.
    """
    ours = sorted(
        (one for one in points if one.header is not None and one.header.vm == vm),
        key=lambda one: (one.header.created_ms if one.header else 0, one.sequence, one.point),
    )
    bad, odd, checked, size = _check_files(ours, vm, open_point, deep=deep, on_progress=on_progress, stop=stop)
    follower = _Follower(bad, odd)
    children = {one.parent for one in ours}
    # From a point that nobody builds on, all that it builds on is passed on the way.
    for one in sorted(ours, key=lambda info: info.point in children):
        if one.point not in follower.seen:
            follower.follow(open_point, one.point)
    parts = {DamagedPart(one.point, damage) for one in ours for damage in one.damage} | follower.parts
    order = {one.point: number for number, one in enumerate(ours)}
    affects: dict[tuple[str, int], list[str]] = {}
    for point, block in follower.blocks:
        users = affects.setdefault((block.point, block.offset), [])
        if point not in users:
            users.append(point)
    paths = {one.point: one.path for one in ours}
    records = tuple(
        DamagedRecord(
            place[0], paths[place[0]], found.disk, found.block, found.damage, found.offset, found.size,
            tuple(sorted(affects.get((place[0], found.offset), []), key=order.__getitem__)),
        )
        for place, found in sorted(bad.items())
    )  # fmt: skip
    blocks = sorted(follower.blocks, key=lambda pair: (order[pair[0]], pair[1]))
    return HealthReport(
        vm, tuple(order), parent, deep, checked, size, records, tuple(sorted(parts)), tuple(blocks),
        tuple(follower.broken),
    )  # fmt: skip


# inside


@dataclass(frozen=True, slots=True)
class _Bad:
    """A damaged record, by the entry that names it."""

    disk: str
    block: int
    damage: Damage
    offset: int
    size: int
    error: BlockDamaged


_BadRecords = dict[tuple[str, int], _Bad]
"""By point id and position of the entry."""


def _check_files(
    ours: Sequence[PointInfo],
    vm: str,
    open_point: OpenPoint,
    *,
    deep: bool,
    on_progress: OnProgress | None,
    stop: threading.Event | None,
) -> tuple[_BadRecords, frozenset[str], int, int]:
    """Read every record of every file, one file after the other; also of those whose chain is broken.

    The damaged records, the points with entries that lead to none, how many were read, and their bytes.
    """
    bad: _BadRecords = {}
    odd: set[str] = set()
    checked = 0
    progress = Progress(_in_each(ours, open_point, lambda marks: marks.size()), on_progress, stop, vm)

    def check(marks: Marks) -> int:
        nonlocal checked
        checked += marks.count()
        (point,) = marks.points
        if not point.all_lead_somewhere():
            odd.add(point.header.point_id)
        for (_, position), error in check_records(marks, progress, deep=deep).items():
            disk, block = point.place_at(position)
            size = HEAD_SIZE + point.payload_size_at(position)
            bad[point.header.point_id, position] = _Bad(
                point.header.disks[disk].name, block, error.damage, error.offset, size, error
            )
        return 0

    progress.check()
    _in_each(ours, open_point, check)
    return bad, frozenset(odd), checked, progress.done


def _in_each(ours: Sequence[PointInfo], open_point: OpenPoint, work: Callable[[Marks], int]) -> int:
    total = 0
    for one in ours:
        try:
            with open_point(one.point) as point:
                if point.header.point_id == one.point:
                    marks = Marks((point,))
                    marks.add_all(0)
                    total += work(marks)
        except (DamagedPoint, UnknownPoint, FileNotFoundError):
            continue  # it is listed as damaged, or went meanwhile
    return total


class _Follower:
    """Follows damage through chains, each point once."""

    def __init__(self, bad: _BadRecords, odd: frozenset[str]) -> None:
        self._bad, self._odd = bad, odd
        self.seen: set[str] = set()
        self.parts: set[DamagedPart] = set()
        self.blocks: list[tuple[str, DamagedBlock]] = []
        self.broken: list[BrokenChain] = []

    def follow(self, open_point: OpenPoint, point: str) -> None:
        try:
            Chain(open_point, point, tolerant=True, at_point=self._at_point).close()
        except BrokenChain as error:
            self.broken.append(error)
        except (DamagedPoint, UnknownPoint):
            pass  # it is listed as damaged, or went meanwhile

    def _at_point(self, points: tuple[Point, ...], number: int, contents: Contents) -> None:
        point = points[number]
        name = point.header.point_id
        if name in self.seen:
            return
        self.seen.add(name)
        if contents.hashes_known() and contents.root() != point.footer.content_root:
            self.parts.add(DamagedPart(name, Damage.STRUCTURE))
        numbers = {one.header.point_id: owner for owner, one in enumerate(points)}
        bad = {(numbers[one], position): found.error for (one, position), found in self._bad.items() if one in numbers}
        if bad or not contents.all_known() or not self._odd.isdisjoint(numbers):
            self.blocks += ((name, block) for block in affected_blocks(points, contents, bad))
