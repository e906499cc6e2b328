"""Performing a job for real from the command line: start, wait, tell what was measured, prove a restore.

The run's threads are the job's own; here is only the waiting, and what Ctrl-C means: the run is asked to end, leaves no
half restore point, and the command ends as interrupted.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from vbtui.cli.exits import Exit
from vbtui.cli.progress import bars
from vbtui.cli.session import Session
from vbtui.cli.usage import shown
from vbtui.i18n import N_

if TYPE_CHECKING:
    from rich.progress import TaskID

    from vbtui.job import Run
    from vbtui.render import Messages
    from vbtui.topology import LoadedTopology
    from vbtui.trace import Trace

_POLL_SECONDS = 0.05
"""How often the progress bars are drawn anew, and the end is looked for."""


def perform(
    session: Session,
    messages: Messages,
    loaded: LoadedTopology,
    trace: Trace,
    *,
    repository: Path | None = None,
    as_json: bool = False,
) -> Exit:
    """Perform a trace at full speed and tell what was measured.

    `repository` is the user's folder; without it the demonstration repository is used. `as_json`: one document for a
    program in place of the lines. Raises OSError, EngineError, KeyboardInterrupt (after the run has ended).
    """
    from vbtui.job import Places, prove, start_run
    from vbtui.render.failures import run_failure
    from vbtui.render.json_text import json_text
    from vbtui.render.measured import measured, measured_document, outcome_line, proof_line
    from vbtui.render.printing import printable
    from vbtui.vocabulary import Result

    def tell(lines: Iterable[str]) -> None:
        if not as_json:
            session.write(lines)

    tell([session.say(N_("Performing job {job} for real ...")).format(job=trace.job)])
    run = start_run(loaded, trace, places=Places.of(session.environment), pace="full", repository=repository)
    try:
        _wait(session, run)
    except BaseException:
        run.cancel()
        _wait_for_the_end(run)
        raise
    progress, log = run.progress(), run.log()
    if log is not None:
        tell(measured(messages, trace, log))
    if run.log_path is not None:
        tell([session.say(N_("Run log: {file}")).format(file=printable(run.log_path))])
    if progress.error is not None:
        if as_json and log is not None:
            session.write_text(json_text(measured_document(trace, log, None, Result.ERROR)))
        reason = run_failure(session.say, progress.error, progress.error_file)
        session.complain(session.say(N_("the run ended early: {reason}")).format(reason=reason))
        return Exit.FAILED
    result = progress.result or Result.ERROR
    proof = None
    if run.points:
        point = run.points[0]
        proof = prove(run.repository, point)
        tell([proof_line(messages, point.vm, proof)])
    tell([outcome_line(messages, trace.job, result)])
    if as_json and log is not None:
        session.write_text(json_text(measured_document(trace, log, proof, result)))
    equal = proof is None or proof.equal
    return Exit.DONE if equal and result is not Result.ERROR else Exit.REACHED


def _ended(run: Run) -> bool:
    """The run has put its things away; waits a moment for it.

    Not `Thread.join`: interrupted by Ctrl-C, it takes a living thread for dead (CPython issue 90882).
    """
    time.sleep(_POLL_SECONDS)
    return run.progress().finished


def _wait_for_the_end(run: Run) -> None:
    """Until a cancelled run has put its things away. A second Ctrl-C changes nothing: it takes a moment only, and
    ending in the middle of it would leave an unfinished file beside the restore points."""
    ended = False
    while not ended:
        with contextlib.suppress(KeyboardInterrupt):
            ended = _ended(run)


def _wait(session: Session, run: Run) -> None:
    if not session.interactive:
        while not _ended(run):
            pass
        return
    drawn: dict[str, TaskID] = {}
    with bars() as progress:
        finished = False
        while not finished:
            finished = _ended(run)
            for name, task in run.progress().tasks.items():
                if name not in drawn:
                    drawn[name] = progress.add_task(shown(name), total=task.total)
                progress.update(drawn[name], completed=task.processed)
