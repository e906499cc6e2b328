"""The line about a run that is over: what was written and verified, what it moved, or why it ended early."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vbtui.i18n import N_
from vbtui.job import RecordKind, RunLog, RunProgress
from vbtui.render import Messages
from vbtui.render.failures import run_failure, system_failure
from vbtui.trace import EventKind, Trace
from vbtui.ui.moment import Notice, NoticeKind
from vbtui.vocabulary import Result

Told = Callable[[Messages], Notice]
"""A notice in whatever language is shown when it is drawn."""

_KINDS = {Result.SUCCESS: NoticeKind.DONE, Result.WARNING: NoticeKind.WARNING, Result.ERROR: NoticeKind.ERROR}


def getting_ready(messages: Messages) -> Notice:
    """The run has not come to its first event yet."""
    return Notice(NoticeKind.LIVE, messages.translator(N_("The run is getting its disks ready.")))


def not_begun(error: OSError) -> Told:
    """The run could not begin."""
    return lambda messages: Notice(
        NoticeKind.ERROR,
        messages.translator(N_("The run could not begin: {reason}")).format(
            reason=system_failure(messages.translator, error)
        ),
    )


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
        return ended_early(progress.error, progress.error_file)
    if progress.cancelled:
        return lambda messages: Notice(
            NoticeKind.WARNING, messages.translator(N_("The run was stopped. Earlier restore points are untouched."))
        )
    read = sum(_measured(trace, log, "read")) if log else sum(one.read for one in progress.tasks.values())
    sent = sum(_measured(trace, log, "transferred")) if log else sum(one.transferred for one in progress.tasks.values())
    points = [record for record in log.records if record.kind is RecordKind.POINT] if log else []
    checked = [record for record in log.records if record.kind is RecordKind.VERIFY] if log else []
    damaged = sum(record.value for record in checked)
    result = progress.result or Result.SUCCESS

    def tell(messages: Messages) -> Notice:
        say = messages.translator
        parts = [f"{messages.result(result)} ({say(N_('measured'))})"]
        if points:
            written = say.plural("{count} restore point written", "{count} restore points written", len(points))
            parts.append(written.format(count=len(points)))
        if checked:
            text = N_("verified") if damaged == 0 else N_("{count} damaged blocks")
            parts.append(say(text).format(count=say.number(damaged)))
        amounts = say(N_("{read} read, {transferred} transferred"))
        parts.append(amounts.format(read=messages.size(read), transferred=messages.size(sent)))
        parts.append(say(N_("{seconds} s")).format(seconds=say.number(progress.elapsed, 1)))
        parts.append(say(N_("in {folder}")).format(folder=_short(where)))
        return Notice(NoticeKind.ERROR if damaged else _KINDS[result], " · ".join(parts))

    return tell


def _short(folder: Path) -> str:
    """The folder as a person would write it."""
    home = Path.home()
    return f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)


def _measured(trace: Trace, log: RunLog, name: str) -> list[int]:
    found = (log.measured(event.id, name) for event in trace.events if event.kind is EventKind.TRANSFER)
    return [value for value in found if value is not None]
