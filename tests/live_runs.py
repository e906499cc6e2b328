"""Runs that do what a test says, in the place of the real runner."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pictures import Stage

from vbtui.job import Record, RecordKind, RunLog, RunProgress, SnapshotProgress, TaskProgress
from vbtui.topology import LoadedTopology
from vbtui.trace import Trace
from vbtui.vocabulary import MiB, Result

FIRST = "sql01/sql01.vmdk/5.1/data"
COPY = "legacy01/legacy01.vmdk/5.3/data"


class ScriptedRun:
    """Says what it is told to say."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.index = -1
        self.tasks: dict[str, TaskProgress] = {}
        self.redo: dict[str, int] = {}
        self.finished = self.cancelled = False
        self.result: Result | None = None
        self.error: str | None = None
        self.records: tuple[Record, ...] = ()
        self.repository = Path("/var/backups/points")
        self.maps: dict[str, bytes] = {}
        self.snapshots: dict[str, SnapshotProgress] = {}
        self.elapsed = 12.5

    def progress(self) -> RunProgress:
        return RunProgress(
            self.index, self.elapsed, self.finished, self.cancelled, self.tasks, self.redo, self.result, self.error,
            snapshots=self.snapshots,
        )  # fmt: skip

    def block_map(self, task: str) -> bytes:
        return self.maps.get(task, b"")

    def cancel(self) -> None:
        self.cancelled = True

    def log(self) -> RunLog | None:
        trace = self.trace
        return RunLog(trace.topology, trace.job, trace.profile, trace.changes, "classroom", "paced", self.records)


class Runs:
    """Starts scripted runs and remembers them."""

    def __init__(self, error: OSError | None = None) -> None:
        self.started: list[ScriptedRun] = []
        self.paces: list[str] = []
        self.error = error

    def __call__(self, loaded: LoadedTopology, trace: Trace, *, pace: str) -> ScriptedRun:  # noqa: ARG002
        if self.error is not None:
            raise self.error
        self.paces.append(pace)
        self.started.append(ScriptedRun(trace))
        return self.started[-1]

    @property
    def run(self) -> ScriptedRun:
        return self.started[-1]


async def reach(stage: Stage, runs: Runs, index: int) -> None:
    runs.run.index = index
    await stage.look()


def copying(fraction: float, task_id: str = "legacy01/legacy01.vmdk") -> dict[str, TaskProgress]:
    task = TaskProgress(
        task_id,
        64 * MiB,
        round(20 * fraction * MiB),
        round(9 * fraction * MiB),
        fraction,
        3,
        "network",
        False,
    )
    return {task.id: task}


def done() -> dict[str, TaskProgress]:
    return {name: replace(task, done=True) for name, task in copying(1.0).items()}


def finish(run: ScriptedRun) -> None:
    run.index = len(run.trace) - 1
    run.finished, run.result = True, Result.WARNING
    amounts = {"processed": 64 * MiB, "read": 20 * MiB, "transferred": 9 * MiB}
    run.records = (
        *(Record(1, COPY, RecordKind.BYTES, name, value) for name, value in amounts.items()),
        Record(2, "legacy01/6/commit", RecordKind.POINT, "legacy01.vbt", 9 * MiB),
        Record(3, "legacy01/6/commit", RecordKind.VERIFY, "", 0),
        Record(4, run.trace[len(run.trace) - 1].id, RecordKind.EVENT, value=1),
    )
