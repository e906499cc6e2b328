"""The live run of a walkthrough: from its first byte to what is left of it, and what must be told of it meanwhile.

Decided here: which figures and which notice hold while a run goes on, after it has ended, and when it is stopped; and
what of a run that is over stays to be looked at until the next one. A screen asks for a look as often as it likes and
moves the playhead by what it gets.
In: something that starts a run; looks. Out: progress, its history, block maps, log, notices. Never here: keys, timers,
the playhead.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vbtui.job import RunLog, RunProgress
from vbtui.render import Messages
from vbtui.topology import Job, Topology
from vbtui.trace import Trace
from vbtui.ui.live import Run
from vbtui.ui.moment import Notice, Told
from vbtui.ui.outcome import finished_notice, logged_notice
from vbtui.ui.run_notices import BEING_STOPPED, BEING_STOPPED_TO_LEAVE, GETTING_READY, not_begun
from vbtui.walk.history import History as Samples
from vbtui.workflow import History


class LiveRun:
    """At most one run at a time, over one trace."""

    def __init__(self, trace: Trace, log: RunLog | None) -> None:
        """`log` is that of an earlier run, to be laid over the trace."""
        self._trace = trace
        self._run: Run | None = None
        self._notice: Told | None = None
        self._outcome = None if log is None else logged_notice(trace, log)
        self.progress: RunProgress | None = None
        """Newest figures; None without a run, and when a log has taken their place."""
        self.log = log
        self.last: RunProgress | None = None
        """The newest figures, also of a run that is over; None before the first one."""
        self.history = Samples()
        """Of all looks at the run that goes on or was the last one."""
        self.repository: Path | None = None
        """Where the restore points of that run are."""
        self._maps: dict[str, bytes] = {}
        self.stopping = False
        """A person has asked the run to end, and it has not ended yet."""
        self.leaving = False
        """A person wants to leave as soon as the run has stopped."""

    @property
    def alive(self) -> bool:
        return self._run is not None

    def begin(self, start: Callable[[], Run]) -> bool:
        """Start a run; False if it could not begin, which is then told."""
        try:
            self._run = start()
        except OSError as error:
            self._notice = not_begun(error)
            return False
        self._notice = self._outcome = None
        self.log = self.last = None
        self.repository = self._run.repository
        self.history, self._maps = Samples(), {}
        return True

    def look(self) -> RunProgress | None:
        """The newest figures; a run that has finished is let go and leaves its log. None when there is no run."""
        run = self._run
        if run is None:
            return None
        found = self.progress = self.last = run.progress()
        self.history.add(found)
        if not found.finished:
            if self.stopping:
                self._notice = BEING_STOPPED_TO_LEAVE if self.leaving else BEING_STOPPED
            else:
                self._notice = GETTING_READY if found.index < 0 else None
            return found
        self._run, self.stopping = None, False
        self._maps = {task: run.block_map(task) for task in found.tasks}
        self.log = run.log()
        self._notice = self._outcome = finished_notice(self._trace, found, self.log, run.repository)
        # The figures of the last look stay; the log, if there is one, says the same and can be walked through.
        self.progress = None if self.log is not None else found
        return found

    def next_history(self, topology: Topology, job: Job) -> History | None:
        """What the next run builds on, if that is something else than the trace was made with; None otherwise.

        The first run of a walk is the one that is shown; later ones build on what it has left.
        """
        if self.repository is None or self.alive:
            return None
        from vbtui.job import history

        try:
            found = history(self.repository, topology, job)
        except OSError:
            return None  # the run will say what is wrong with the folder
        return found if tuple(sorted(found.vms)) != self._trace.history else None

    def block_map(self, task: str) -> bytes:
        """The state of every block of a task's disk, as it is or as the last run has left it; empty before its copy."""
        return self._run.block_map(task) if self._run is not None else self._maps.get(task, b"")

    def stop(self, *, to_leave: bool = False) -> None:
        """Ask the run to end; `to_leave`: because a person wants to leave."""
        if self._run is not None:
            self.stopping, self.leaving = True, self.leaving or to_leave
            self._run.cancel()
            self._notice = BEING_STOPPED_TO_LEAVE if self.leaving else BEING_STOPPED

    def tell(self, told: Told) -> None:
        """Tell something else in its place: why something is not possible now, or what a key has done. The next look
        takes it away."""
        self._notice = told

    def steered(self) -> None:
        """A person has moved on: a notice that is no longer news is taken away."""
        if not self.stopping:
            self._notice = None

    def told(self, messages: Messages, *, at_last: bool) -> Notice | None:
        """What must be told; what came of a run stands at the last event for good."""
        told = self._notice or (self._outcome if at_last and not self.alive else None)
        return None if told is None else told(messages)

    def outcome(self, messages: Messages) -> str:
        """What came of the run, in one line; empty before its end."""
        return "" if self._outcome is None else self._outcome(messages).text
