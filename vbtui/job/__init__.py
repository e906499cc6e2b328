"""Doing it: performs a trace with the engine, and keeps what truly happened as a run log.

In: a trace, its topology, disk images, a repository folder, and how fast a person wants to watch. Out: restore points
on disk, a `RunLog` keyed by event ids, and counters that a screen may poll while it runs.
The one place where the process meets real bytes. The engine asks `permit` before it opens a socket, and `permit` asks
the same policy that decided the trace's verdicts.
The names that bring the engine with them are imported when they are first used: a screen that only shows counters
need not wait for it.
Real connections of another kind are opened here too, only where a person asks: `probing` tries what a probe plan names,
`observations` keeps the answers in a file.
Never here: deciding what happens next (the trace has), text for a person, drawing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vbtui.job.log import BadRunLog, Record, RecordKind, RunLog, read_run_log, write_run_log
from vbtui.job.pace import PACED_SECONDS, Pace
from vbtui.job.places import Kept, Places
from vbtui.job.progress import RunProgress, SnapshotProgress, SnapshotState, TaskProgress

if TYPE_CHECKING:
    from vbtui.engine import BlockState, HealthReport, PointInfo, RestoreReport, VerifyReport
    from vbtui.job.images import Image, own_images, prepare_images
    from vbtui.job.parents import history
    from vbtui.job.performance import WrittenPoint
    from vbtui.job.points import KeptPoints, PointKind, PointState, PointWork, WorkKind, WorkProgress
    from vbtui.job.proof import Proof, prove
    from vbtui.job.run import Run, start_run

_LATER = {
    "BlockState": "copies",
    "HealthReport": "points",
    "Image": "images",
    "KeptPoints": "points",
    "PointInfo": "points",
    "PointKind": "points",
    "PointState": "points",
    "PointWork": "points",
    "Proof": "proof",
    "RestoreReport": "points",
    "Run": "run",
    "VerifyReport": "points",
    "WorkKind": "points",
    "WorkProgress": "points",
    "WrittenPoint": "performance",
    "history": "parents",
    "own_images": "images",
    "prepare_images": "images",
    "prove": "proof",
    "start_run": "run",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"vbtui.job.{_LATER[name]}"), name)


__all__ = [
    "PACED_SECONDS",
    "BadRunLog",
    "BlockState",
    "HealthReport",
    "Image",
    "Kept",
    "KeptPoints",
    "Pace",
    "Places",
    "PointInfo",
    "PointKind",
    "PointState",
    "PointWork",
    "Proof",
    "Record",
    "RecordKind",
    "RestoreReport",
    "Run",
    "RunLog",
    "RunProgress",
    "SnapshotProgress",
    "SnapshotState",
    "TaskProgress",
    "VerifyReport",
    "WorkKind",
    "WorkProgress",
    "WrittenPoint",
    "history",
    "own_images",
    "prepare_images",
    "prove",
    "read_run_log",
    "start_run",
    "write_run_log",
]
