"""The repository: restore points as files, written once, verified, restored. The file's format stands in `layout`.

Must never happen here: a change to a finished file, trust in a file without a valid footer, a wrong byte in a restore.
"""

from vbtui.engine.repository.layout import DiskInfo, PointHeader, PointKind
from vbtui.engine.repository.point import Damage, DamagedBlock, DamagedBlocks, DamagedPoint, Point
from vbtui.engine.repository.repository import PointInfo, Repository
from vbtui.engine.repository.restore import RestoreReport
from vbtui.engine.repository.verify import VerifyReport
from vbtui.engine.repository.writer import DiskWriter, PointMetadata, PointWriter

__all__ = [
    "Damage",
    "DamagedBlock",
    "DamagedBlocks",
    "DamagedPoint",
    "DiskInfo",
    "DiskWriter",
    "Point",
    "PointHeader",
    "PointInfo",
    "PointKind",
    "PointMetadata",
    "PointWriter",
    "Repository",
    "RestoreReport",
    "VerifyReport",
]
