"""A line per disk: from which source each figure is, and what the stage of a disk is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vbtui.job import Record, RecordKind, RunLog, RunProgress, SnapshotProgress, SnapshotState, TaskProgress
from vbtui.topology import load, resolve
from vbtui.trace import Trace
from vbtui.vocabulary import MiB, Result, TransportMode
from vbtui.walk.disk_lines import DiskLine, DiskStage, Origin, disk_lines, snapshot_line
from vbtui.workflow import simulate

COPY = "web01/web01.vmdk/5.2/data"
TASK = TaskProgress("web01/web01.vmdk", 96 * MiB, 16 * MiB, 4 * MiB, 0.5, 2.0, "proxy", False)


@pytest.fixture(scope="module")
def trace() -> Trace:
    loaded = load(resolve("classroom"))
    return simulate(loaded.topology, loaded.topology.jobs[0])


def progress(*tasks: TaskProgress, finished: bool = False, cancelled: bool = False) -> RunProgress:
    return RunProgress(60, 5.0, finished, cancelled, {one.id: one for one in tasks}, {"web01": 7}, None, None)


def log(trace: Trace, *records: Record) -> RunLog:
    return RunLog(trace.topology, trace.job, trace.profile, (), "classroom", "full", records)


def of(lines: tuple[DiskLine, ...], task: str = TASK.id) -> DiskLine:
    return next(line for line in lines if line.id == task)


def test_before_any_run_a_line_is_the_estimate_of_the_trace(trace: Trace) -> None:
    lines = disk_lines(trace, None, None)
    assert [line.id for line in lines] == [task.id for task in trace.tasks]
    line, task = of(lines), trace.task("web01", "web01.vmdk")
    assert (line.origin, line.stage, line.fraction) == (Origin.ESTIMATE, DiskStage.WAITING, 0.0)
    assert (line.mode, line.read, line.transferred) == (TransportMode.HOTADD, task.read, task.transferred)
    assert {line.zero, line.duplicate, line.unchanged, line.bottleneck} == {None}
    assert line.incremental is False
    assert line.average is not None and line.average > 0


def test_a_disk_that_no_mode_reaches_would_fail() -> None:
    loaded = load(resolve("locked-down"))
    trace = simulate(loaded.topology, loaded.topology.jobs[0])
    failing = {task.id for task in trace.tasks if task.result is Result.ERROR}
    assert failing
    lines = disk_lines(trace, None, None)
    assert {line.id for line in lines if line.stage is DiskStage.FAILED} == failing
    assert all(line.read is None for line in lines if line.stage is DiskStage.FAILED)


@pytest.mark.parametrize(
    ("task", "finished", "cancelled", "stage"),
    [
        (TASK, False, False, DiskStage.COPYING),
        (replace(TASK, fraction=1.0, done=True), False, False, DiskStage.DONE),
        (replace(TASK, done=True), False, False, DiskStage.FAILED),
        (replace(TASK, done=True), True, True, DiskStage.STOPPED),
    ],
)
def test_the_stage_of_a_disk_in_a_run(
    trace: Trace, task: TaskProgress, finished: bool, cancelled: bool, stage: DiskStage
) -> None:
    lines = disk_lines(trace, progress(task, finished=finished, cancelled=cancelled), None)
    assert of(lines).stage is stage
    other = DiskStage.STOPPED if finished else DiskStage.WAITING
    assert of(lines, "app01/app01.vmdk").stage is other
    assert of(lines, "app01/app01.vmdk").read is None


def test_measured_figures_are_taken_as_they_are(trace: Trace) -> None:
    given = replace(TASK, mode="nbd", total=99, zero=1, duplicate=2, unchanged=3, parent="web01-0001", tracked=True)
    line = of(disk_lines(trace, progress(given), None))
    assert (line.mode, line.total, line.zero, line.duplicate, line.unchanged) == (TransportMode.NBD, 99, 1, 2, 3)
    assert (line.incremental, line.tracked, line.bottleneck) == (True, True, "proxy")
    assert line.average == 8 * MiB


def test_a_log_tells_what_was_moved_and_what_failed(trace: Trace) -> None:
    amounts = {"processed": 96 * MiB, "read": 16 * MiB, "transferred": 4 * MiB, "zero": MiB, "duplicate": 0}
    records = [Record(1, COPY, RecordKind.BYTES, name, value) for name, value in amounts.items()]
    records += [
        Record(2, COPY, RecordKind.BOTTLENECK, "source", 5),
        Record(2, COPY, RecordKind.BOTTLENECK, "target", 9),
        Record(3, "legacy01/legacy01.vmdk/5.3/data", RecordKind.FAILURE, "engine.peer-lost"),
    ]
    lines = disk_lines(trace, None, log(trace, *records))
    line = of(lines)
    assert (line.origin, line.stage, line.fraction) == (Origin.LOG, DiskStage.DONE, 1.0)
    assert (line.read, line.zero, line.duplicate, line.unchanged) == (16 * MiB, MiB, 0, None)
    assert (line.bottleneck, line.seconds, line.incremental) == ("target", None, None)
    failed = of(lines, "legacy01/legacy01.vmdk")
    assert (failed.stage, failed.failure) == (DiskStage.FAILED, "engine.peer-lost")
    assert of(lines, "app01/app01.vmdk").stage is DiskStage.STOPPED


def test_a_finished_run_tells_from_its_log_why_a_disk_failed(trace: Trace) -> None:
    found = disk_lines(
        trace,
        progress(replace(TASK, done=True, fraction=1.0), finished=True),
        log(trace, Record(3, COPY, RecordKind.FAILURE, "engine.protocol")),
    )
    assert (of(found).stage, of(found).failure) == (DiskStage.FAILED, "engine.protocol")


def test_a_snapshot_is_told_by_the_run_then_by_the_log_then_by_its_size(trace: Trace) -> None:
    measured = SnapshotProgress(SnapshotState.COMMITTED, 0, 50, 3, 0.01, 0.02, False, 40)
    running = replace(progress(), snapshots={"web01": measured})
    logged = log(
        trace,
        Record(1, "web01/6/commit", RecordKind.REDO, "bytes", 40),
        Record(1, "web01/6/commit", RecordKind.REDO, "stun-us", 2500),
    )
    line = snapshot_line("web01", running, logged)
    assert line is not None
    assert (line.merged, line.round, line.create_stun, line.commit_stun, line.converged) == (50, 3, 0.01, 0.02, False)
    line = snapshot_line("web01", progress(), logged)
    assert line is not None
    assert (line.merged, line.commit_stun, line.redo_bytes, line.create_stun) == (40, 0.0025, 7, None)
    line = snapshot_line("web01", progress(), None)
    assert line is not None
    assert (line.redo_bytes, line.state) == (7, None)
    assert snapshot_line("web01", None, None) is None
    assert snapshot_line("sql01", None, logged) is None


def test_a_stun_that_has_not_happened_is_not_known(trace: Trace) -> None:
    standing = SnapshotProgress(SnapshotState.ACTIVE, 9, create_stun_seconds=0.01)
    line = snapshot_line("web01", replace(progress(), snapshots={"web01": standing}), None)
    assert line is not None
    assert (line.create_stun, line.commit_stun) == (0.01, None)
    assert trace.tasks
