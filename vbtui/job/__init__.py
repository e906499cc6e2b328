"""Doing it: performs a trace with the engine, and keeps what truly happened as a run log.

In: a trace, its topology, disk images, a repository folder, and how fast a person wants to watch. Out: restore points
on disk, a `RunLog` keyed by event ids, and counters that a screen may poll while it runs.
The one place where the process meets real bytes. The engine asks `permit` before it opens a socket, and `permit` asks
the same policy that decided the trace's verdicts.
Never here: deciding what happens next (the trace has), text for a person, drawing.
"""

from vbtui.job.log import BadRunLog, Record, RecordKind, RunLog, read_run_log, write_run_log
from vbtui.job.progress import RunProgress, TaskProgress

__all__ = [
    "BadRunLog",
    "Record",
    "RecordKind",
    "RunLog",
    "RunProgress",
    "TaskProgress",
    "read_run_log",
    "write_run_log",
]
