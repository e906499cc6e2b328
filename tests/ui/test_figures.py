"""Where a run's figures come from: which event a live run is at, what is measured, and what a log alone can tell."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from pictures import loaded

from vbtui.i18n import translator
from vbtui.job import Record, RecordKind, RunLog, RunProgress, TaskProgress
from vbtui.render import Messages
from vbtui.trace import EventKind, Trace
from vbtui.ui.figures import Copies
from vbtui.ui.moment import NoticeKind
from vbtui.ui.outcome import finished_notice, logged_notice
from vbtui.vocabulary import MiB, Result
from vbtui.workflow import simulate

TASK = "legacy01/legacy01.vmdk"
COPY = f"{TASK}/5.3/data"
DONE = f"{TASK}/5/result"


@cache
def trace() -> Trace:
    topology = loaded().topology
    return simulate(topology, topology.jobs[0])


def at(event: str, *, fraction: float | None = None, done: bool = False, finished: bool = False) -> RunProgress:
    """A run that has come to an event, with a copy of TASK that is so far."""
    tasks = {}
    if fraction is not None:
        moved = round(16 * fraction * MiB)
        tasks[TASK] = TaskProgress(TASK, 64 * MiB, moved, moved // 2, fraction, 1.0, None, done)
    return RunProgress(trace().by_id[event].position, 1.0, finished, False, tasks, {}, None, None)


@pytest.mark.parametrize(
    ("progress", "shown", "begun"),
    [
        (at(COPY, fraction=0.2), COPY, COPY),
        (at(DONE, fraction=0.2), COPY, COPY),
        (at(DONE, fraction=1.0), COPY, COPY),
        (at(DONE, fraction=1.0, done=True), DONE, DONE),
        (at(DONE), DONE, DONE),
        (at("sql01/sql01.vmdk/5/result", fraction=0.2), "sql01/sql01.vmdk/5/result", "sql01/sql01.vmdk/5/result"),
        (at(DONE, fraction=0.2, finished=True), DONE, DONE),
    ],
    ids=["copying", "waiting", "all read, not closed", "done", "nothing known", "another task", "over"],
)
def test_a_run_is_at_the_copy_that_it_waits_for(progress: RunProgress, shown: str, begun: str) -> None:
    copies = Copies(trace())
    assert trace()[copies.place(progress)].id == shown
    assert trace()[copies.begun(progress)].id == begun


def test_a_copy_never_goes_back_while_the_playhead_goes_on() -> None:
    copies, before = Copies(trace()), dict[str, float]()
    for event in trace():
        for fraction in (0.0, 0.5, 1.0):
            for task, figures in copies.figures(event.position, fraction, {}, None).items():
                assert figures.fraction >= before.get(task, 0.0), (event.id, task)
                before[task] = figures.fraction
    assert set(before.values()) == {1.0}


def test_a_copy_that_has_been_shown_is_whole() -> None:
    copies = Copies(trace())
    for event in trace():
        if event.kind is EventKind.TRANSFER and event.task is not None:
            figures = copies.figures(event.position, 1.0, {}, None)[event.task]
            assert (figures.fraction, figures.read) == (1.0, event.param("read"))
            assert event.task not in copies.figures(event.position - 1, 1.0, {}, None)


def log(*records: Record) -> RunLog:
    one = trace()
    return RunLog(one.topology, one.job, one.profile, one.changes, "classroom", "paced", records)


@pytest.mark.parametrize(
    ("records", "kind", "text"),
    [
        ((), NoticeKind.WARNING, "The run was stopped · no restore point"),
        (
            (Record(1, COPY, RecordKind.FAILURE, "os.28"),),
            NoticeKind.ERROR,
            "The run ended early: No space left on device",
        ),
        (
            (Record(1, COPY, RecordKind.FAILURE, "os.28"), Record(2, COPY, RecordKind.EVENT, value=1)),
            NoticeKind.WARNING,
            "The run was stopped · no restore point",
        ),
        (("end",), NoticeKind.WARNING, "0 B transferred · 20.0 s"),
        (
            (Record(1, COPY, RecordKind.FAILURE, "os.28"), Record(2, COPY, RecordKind.EVENT, value=1), "end"),
            NoticeKind.ERROR,
            "Error (measured)",
        ),
        (
            (Record(1, "sql01/6/result", RecordKind.VERIFY, "sql01", 1), "end"),
            NoticeKind.ERROR,
            "Error (measured) · 1 damaged blocks",
        ),
    ],
    ids=["stopped", "ended early", "copy failed, then stopped", "complete", "a copy failed", "damaged"],
)
def test_a_log_alone_tells_how_its_run_ended(records: tuple[Record | str, ...], kind: NoticeKind, text: str) -> None:
    end = Record(20_000_000, trace()[len(trace()) - 1].id, RecordKind.EVENT, value=1)
    given = log(*(end if isinstance(one, str) else one for one in records))
    found = logged_notice(trace(), given)(Messages(translator("en"), loaded().topology))
    assert found.kind is kind
    assert text in found.text


def test_a_stop_that_comes_after_the_end_takes_nothing_back() -> None:
    over = RunProgress(len(trace()) - 1, 20.0, True, True, {}, {}, Result.SUCCESS, None)
    found = finished_notice(trace(), over, log(), Path("/points"))(Messages(translator("en"), loaded().topology))
    assert found.kind is NoticeKind.DONE
    assert "stopped" not in found.text
