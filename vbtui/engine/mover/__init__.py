"""Data movers: the proxy's reads, drops zeros and duplicates and compresses; the repository's checks and hands over.

`plan` decides which blocks of a `task` are read, `proxy` and `repository` are the two ends of its streams (`stream`
has the framing), `copy` runs one task from its threads' start to their end, `slots` several, `progress` counts,
`throttle` slows. Knows readers and streams, not where a restore point lies nor who may connect.
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
