"""Verification: does a restore point still restore to what was written?

Decided here: what is checked and how it is named. Structure first (headers, footers, index pages and descriptions of
the whole chain, the content root), then every record that the point needs, in whichever file of its chain it lies:
shallow reads heads and payloads and checks their CRCs, deep also unpacks every block and compares its hash. Each
record is read once, in the order of its file; a damaged one is reported for every block that refers to it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vbtui.engine.repository.chain import Chain, record_place
from vbtui.engine.repository.contents import Contents
from vbtui.engine.repository.damage import (
    BlockDamaged,
    BrokenChain,
    Damage,
    DamagedBlock,
    DamagedPart,
    DamagedPoint,
)
from vbtui.engine.repository.point import OpenPoint, Point
from vbtui.engine.repository.records import Damaged, Marks, OnProgress, Progress, check_records


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a verification found. `records` and `bytes_read` count what was read from the files of the chain."""

    path: Path
    deep: bool
    blocks: int
    records: int
    bytes_read: int
    structure: tuple[Damage, ...]
    """What is wrong with the point's own file."""
    damaged: tuple[DamagedBlock, ...]
    ancestors: tuple[DamagedPart, ...] = ()
    """What is wrong with the files that it builds on."""
    broken: BrokenChain | None = None
    """Why it has no whole chain; its blocks were not checked then."""

    @property
    def ok(self) -> bool:
        return not self.structure and not self.damaged and not self.ancestors and self.broken is None


def verify(
    open_point: OpenPoint,
    point: str,
    path: Path,
    *,
    deep: bool = True,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> VerifyReport:
    """Check a restore point with all that it builds on. Damage is in the report, never an exception.

    Raises Cancelled when `stop` is set meanwhile, HashUnavailable, OSError.
    """
    try:
        chain = Chain(open_point, point, tolerant=True)
    except DamagedPoint as error:
        return VerifyReport(path, deep, 0, 0, 0, (error.part,), ())
    except BrokenChain as error:
        with open_point(point) as alone:
            return VerifyReport(path, deep, alone.first[-1], 0, 0, alone.damage, (), broken=error)
    with chain:
        marks = Marks(chain.points)
        lost = mark_records(chain, marks)
        progress = Progress(marks.size(), on_progress, stop, path.name)
        progress.check()
        bad = check_records(marks, progress, deep=deep)
        damaged = affected_blocks(chain.points, chain.contents, bad) if bad else lost
        own = chain.header.point_id
        parts = chain.damage
        return VerifyReport(
            path,
            deep,
            chain.contents.first[-1],
            marks.count(),
            progress.done,
            tuple(part.damage for part in parts if part.point == own),
            tuple(sorted(damaged)),
            tuple(part for part in parts if part.point != own),
        )


def mark_records(chain: Chain, marks: Marks) -> list[DamagedBlock]:
    """Mark every record that a point needs; the blocks for which there is none."""
    lost: list[DamagedBlock] = []
    for number in range(chain.contents.first[-1]):
        try:
            place = record_place(chain.points, chain.contents, number)
        except BlockDamaged as error:
            lost.append(_named(chain.contents, number, error))
            continue
        if place is not None:
            marks.add(*place)
    return lost


def affected_blocks(points: Sequence[Point], contents: Contents, bad: Damaged) -> list[DamagedBlock]:
    """Every block of a point whose content is in one of these records, or that leads to none.

    `bad`: by the number of the file in `points`.
    """
    found: list[DamagedBlock] = []
    for number in range(contents.first[-1]):
        try:
            place = record_place(points, contents, number)
        except BlockDamaged as error:
            found.append(_named(contents, number, error))
            continue
        if place in bad:
            found.append(_named(contents, number, bad[place]))
    return found


def _named(contents: Contents, number: int, error: BlockDamaged) -> DamagedBlock:
    disk, block = contents.place_of(number)
    return error.of(contents.header.disks[disk].name, block)
