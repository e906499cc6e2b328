"""The repository: restore points as files, written once, verified, restored, merged, removed.

Each file of this room rests on those named before it:

    one file      `layout` (the format), `metadata`, `damage` (what may be wrong), `point` (reads one), `part_file`
    a chain       `contents` (which file has a block), `chain` (gives it out), `records` (checks many)
    with a chain  `verify`, `export` (bytes at any offset), `restore` and its `restored_image`
    a folder      `listing`, `lock` (one writer for each VM), `space`, `health` (a VM's points, with every damage)
    writing       `known` (what the parent has), `writer`, `merge`
    the door      `repository`; above it `retention`, and `catalogue`, a room of its own

Must never happen here: a change to a finished file, trust in a file without a valid footer, a wrong byte in a restore.
"""

from vbtui.engine.repository.chain import Chain
from vbtui.engine.repository.damage import (
    BlockDamaged,
    BrokenChain,
    ChainFault,
    Damage,
    DamagedBlock,
    DamagedBlocks,
    DamagedPart,
    DamagedPoint,
)
from vbtui.engine.repository.export import PointExport
from vbtui.engine.repository.health import DamagedRecord, HealthReport
from vbtui.engine.repository.layout import DiskInfo, EntryKind, PointHeader, PointKind
from vbtui.engine.repository.listing import PointInfo, PointState
from vbtui.engine.repository.merge import ExpireReport, MergeReport
from vbtui.engine.repository.metadata import PointMetadata
from vbtui.engine.repository.point import Point
from vbtui.engine.repository.repository import Repository
from vbtui.engine.repository.restore import RestoreReport, restore_disk
from vbtui.engine.repository.verify import VerifyReport
from vbtui.engine.repository.writer import DiskWriter, PointWriter

__all__ = [
    "BlockDamaged",
    "BrokenChain",
    "Chain",
    "ChainFault",
    "Damage",
    "DamagedBlock",
    "DamagedBlocks",
    "DamagedPart",
    "DamagedPoint",
    "DamagedRecord",
    "DiskInfo",
    "DiskWriter",
    "EntryKind",
    "ExpireReport",
    "HealthReport",
    "MergeReport",
    "Point",
    "PointExport",
    "PointHeader",
    "PointInfo",
    "PointKind",
    "PointMetadata",
    "PointState",
    "PointWriter",
    "Repository",
    "RestoreReport",
    "VerifyReport",
    "restore_disk",
]
