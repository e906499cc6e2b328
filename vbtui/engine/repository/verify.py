"""Verification: does a restore point still restore to what was written?

Decided here: what is checked and how it is named. Structure first (headers, footers, index pages and descriptions of
the whole chain, the content root), then every record that the point needs, in whichever file of its chain it lies:
shallow reads heads and payloads and checks their CRCs, deep also unpacks every block and compares its hash. Each
record is read once, in the order of its file; a damaged one is reported for every block that refers to it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from vbtui.engine.repository.chain import Chain
from vbtui.engine.repository.damage import (
    BlockDamaged,
    BrokenChain,
    Damage,
    DamagedBlock,
    DamagedPart,
    DamagedPoint,
)
from vbtui.engine.repository.point import OpenPoint
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
        damaged = mark_records(chain, marks)
        progress = Progress(marks.size(), on_progress, stop, path.name)
        progress.check()
        bad = check_records(marks, progress, deep=deep)
        if bad:
            damaged += users_of(chain, bad)
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
    damaged: list[DamagedBlock] = []
    contents = chain.contents
    for disk, info in enumerate(chain.header.disks):
        for number in range(contents.first[disk], contents.first[disk + 1]):
            try:
                place = chain.record_place(number)
            except BlockDamaged as error:
                damaged.append(error.of(info.name, number - contents.first[disk]))
                continue
            if place is not None:
                marks.add(*place)
    return damaged


def users_of(chain: Chain, bad: Damaged) -> list[DamagedBlock]:
    """Every block of a point whose content is in one of these records."""
    found: list[DamagedBlock] = []
    contents = chain.contents
    for disk, info in enumerate(chain.header.disks):
        for number in range(contents.first[disk], contents.first[disk + 1]):
            try:
                place = chain.record_place(number)
            except BlockDamaged:
                continue  # it is named already, for another reason
            if place in bad:
                found.append(bad[place].of(info.name, number - contents.first[disk]))
    return found
