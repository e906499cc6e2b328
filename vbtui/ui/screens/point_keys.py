"""The keys of the Data screen that work on a restore point: verify it, check it, restore a disk from it, cancel that;
and the one that cancels a run.

What goes on belongs to `Keeping` and goes on without the screen; here is decided when it may begin, and what is told
where it may not.
"""

from __future__ import annotations

from textual.screen import Screen

from vbtui.i18n import N_
from vbtui.job import PointInfo
from vbtui.ui.base_app import BaseApp
from vbtui.ui.data_bench import DataBench, DataLeft
from vbtui.ui.keeping import Keeping
from vbtui.ui.lasting import Lasting
from vbtui.ui.live_run import LiveRun
from vbtui.ui.moment import Notice, NoticeKind
from vbtui.ui.screens.data_dialogues import ask_output, show_outcome


class PointKeys(Lasting, Screen[DataLeft]):
    """What a person does with restore points."""

    _keeping: Keeping
    _live: LiveRun
    _notice: Notice | None

    def bench(self) -> DataBench:
        """Everything that is shown now."""
        raise NotImplementedError

    def show_bench(self) -> None:
        """Show everything that has a place."""
        raise NotImplementedError

    def keep_looking(self) -> None:
        """Look regularly as long as something goes on."""
        raise NotImplementedError

    def tell(self, kind: NoticeKind, text: str) -> None:
        """Say something in the language of the moment, until the next key."""
        raise NotImplementedError

    def _send(self, text: str) -> None:
        """To the terminal's clipboard."""
        if isinstance(self.app, BaseApp):
            self.app.send(text)

    def action_verify(self) -> None:
        point = self._chosen_point()
        if point is not None:
            self._keeping.begin(lambda points: points.verify(point.point))
            self.begun()

    def action_health(self) -> None:
        point = self._chosen_point()
        if point is not None and point.header is not None:
            vm = point.header.vm
            self._keeping.begin(lambda points: points.check_health(vm))
            self.begun()

    def action_details(self) -> None:
        """What came of the last work, in full."""
        bench = self.bench()
        if bench.work is not None and bench.work.finished:
            show_outcome(self, bench.work)

    def action_restore(self) -> None:
        point, line = self._chosen_point(), self.bench().line
        if point is not None and line is not None:
            ask_output(self, self._keeping, point, line.disk)

    def begun(self) -> None:
        """The run, or work on a restore point, has begun."""
        self._notice = None
        self.keep_looking()
        self.show_bench()

    def _chosen_point(self) -> PointInfo | None:
        """The selected point if work on it may begin; otherwise it is told why not."""
        bench = self.bench()
        if bench.working:
            self.tell(NoticeKind.WARNING, bench.say(N_("Other work goes on; c cancels it.")))
        elif bench.point is None:
            self.tell(NoticeKind.WARNING, bench.say(N_("This VM has no restore point here.")))
        else:
            return bench.point
        return None

    def action_cancel(self) -> None:
        """What was begun on a restore point first, else the run."""
        if self._keeping.busy:
            self._keeping.cancel()
        elif self._live.alive:
            self._notice = None
            self._live.stop()
            self.show_bench()
        else:
            self.tell(NoticeKind.WARNING, self.bench().say(N_("Nothing goes on that could be cancelled.")))
