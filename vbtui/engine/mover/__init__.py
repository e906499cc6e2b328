"""Data movers: the proxy's reads, drops zeros and duplicates and compresses; the repository's checks and hands over.

They are threads joined by loopback TCP streams. Knows readers and streams, not where a point lies nor who may connect.
"""

from vbtui.engine.mover.copy import Copy, start_copy
from vbtui.engine.mover.progress import Stage, TaskFigures, TaskProgress
from vbtui.engine.mover.proxy import ProxyDataMover
from vbtui.engine.mover.repository import Delivery, DiskSink, RepositoryDataMover
from vbtui.engine.mover.task import CopyTask
from vbtui.engine.mover.throttle import Throttle

__all__ = [
    "Copy",
    "CopyTask",
    "Delivery",
    "DiskSink",
    "ProxyDataMover",
    "RepositoryDataMover",
    "Stage",
    "TaskFigures",
    "TaskProgress",
    "Throttle",
    "start_copy",
]
