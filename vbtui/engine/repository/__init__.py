"""The repository: restore points as files, written once, verified, restored. The file's format stands in `layout`.

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
