"""The line about a run that is over: what was written and verified, what it moved, or why it ended early."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from vbtui.i18n import N_
from vbtui.job import Record, RecordKind, RunLog, RunProgress
from vbtui.render import Messages
from vbtui.render.failures import run_failure
from vbtui.trace import EventKind, Trace
from vbtui.ui.moment import Moment, Notice, NoticeKind, Told
from vbtui.vocabulary import Result

_KINDS = {Result.SUCCESS: NoticeKind.DONE, Result.WARNING: NoticeKind.WARNING, Result.ERROR: NoticeKind.ERROR}


def ended_early(code: str, file: str | None = None) -> Told:
    """The run could not go on. `code` and `file` are those of `RunProgress`."""
    return lambda messages: Notice(
        NoticeKind.ERROR,
        messages.translator(N_("The run ended early: {reason}")).format(
            reason=run_failure(messages.translator, code, file)
        ),
    )


def finished_notice(trace: Trace, progress: RunProgress, log: RunLog | None, where: Path) -> Told:
    """What a finished run has left."""
    if progress.error is not None:
        return ended_early(progress.error)
    if progress.cancelled and progress.result is None:
        return _stopped(log, where)
    if log is not None:
        return _told(trace, log, progress.result or Result.SUCCESS, progress.elapsed, where)
    moved = [(task.read, task.transferred) for task in progress.tasks.values()]
    return _finished(progress.result or Result.SUCCESS, moved, (), progress.elapsed, where)


def logged_notice(trace: Trace, log: RunLog) -> Told:
    """What a run has left of which only the log is there."""
    performed = {record.event for record in log.records if record.kind is RecordKind.EVENT}
    failures = [record for record in log.records if record.kind is RecordKind.FAILURE]
    if trace.events and trace.events[-1].id not in performed:
        # A copy that fails is noted at an event that was performed; what ended the run is at one that was not.
        fatal = [record.name for record in failures if record.event not in performed]
        return ended_early(fatal[-1]) if fatal else _stopped(log, None)
    elapsed = max((record.at_us for record in log.records), default=0) / 1e6
    return _told(trace, log, Result.ERROR if failures else trace.result, elapsed, None)


def origin(moment: Moment) -> str:
    """Where the figures come from that are shown now."""
    if moment.log is not None:
        return moment.say(N_("Bytes were measured in the run that is shown; times are simulated."))
    if moment.totals:
        return moment.say(N_("Bytes were measured in this run; times are simulated."))
    return moment.say(N_("Bytes are estimated from the topology file; r performs the job and measures."))


def _stopped(log: RunLog | None, where: Path | None) -> Told:
    """A person has ended the run: what was complete by then stays, nothing else is left."""
    points = _count(log, RecordKind.POINT)

    def tell(messages: Messages) -> Notice:
        say = messages.translator
        kept = say.plural("{count} restore point is complete", "{count} restore points are complete", points)
        parts = [say(N_("The run was stopped")), kept.format(count=points) if points else say(N_("no restore point"))]
        parts.append(say(N_("nothing half-written is left, earlier restore points are untouched")))
        if where is not None and points:
            parts.append(say(N_("in {folder}")).format(folder=short(where)))
        return Notice(NoticeKind.WARNING, " · ".join(parts))

    return tell


def _told(trace: Trace, log: RunLog, result: Result, elapsed: float, where: Path | None) -> Told:
    copies = [event.id for event in trace.events if event.kind is EventKind.TRANSFER]
    moved = [(log.measured(copy, "read") or 0, log.measured(copy, "transferred") or 0) for copy in copies]
    return _finished(result, moved, log.records, elapsed, where)


def _finished(
    result: Result,
    moved: Iterable[tuple[int, int]],
    records: Sequence[Record],
    elapsed: float,
    where: Path | None,
) -> Told:
    """`moved`: bytes read and transferred of each copy; `elapsed`: seconds."""
    amounts = tuple(moved)
    read, sent = sum(one for one, _ in amounts), sum(one for _, one in amounts)
    kinds = [record.kind for record in records]
    points, checked = kinds.count(RecordKind.POINT), kinds.count(RecordKind.VERIFY)
    damaged = sum(record.value for record in records if record.kind is RecordKind.VERIFY)
    if damaged:
        result = Result.ERROR

    def tell(messages: Messages) -> Notice:
        say = messages.translator
        parts = [f"{messages.result(result)} ({say(N_('measured'))})"]
        if points:
            written = say.plural("{count} restore point written", "{count} restore points written", points)
            parts.append(written.format(count=points))
        if checked:
            text = N_("verified") if damaged == 0 else N_("{count} damaged blocks")
            parts.append(say(text).format(count=say.number(damaged)))
        text = say(N_("{read} read, {transferred} transferred"))
        parts.append(text.format(read=messages.size(read), transferred=messages.size(sent)))
        parts.append(say(N_("{seconds} s")).format(seconds=say.number(elapsed, 1)))
        if where is not None:
            parts.append(say(N_("in {folder}")).format(folder=short(where)))
        return Notice(_KINDS[result], " · ".join(parts))

    return tell


def _count(log: RunLog | None, kind: RecordKind) -> int:
    return sum(record.kind is kind for record in log.records) if log is not None else 0


def short(folder: Path) -> str:
    """The folder as a person would write it."""
    home = Path.home()
    return f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)
