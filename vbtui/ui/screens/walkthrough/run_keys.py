"""The keys of the live run: begin it, follow it, leave while it goes on.

Decided here: when a run may begin, which one, and how it takes the playhead along. The run itself belongs to `LiveRun`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text
from textual.timer import Timer

from vbtui.ui.figures import Copies
from vbtui.ui.live import StartRun
from vbtui.ui.resumed import Resumed, Rewalked
from vbtui.ui.run_notices import EDITS_FIRST, NO_RUN
from vbtui.ui.screens.walkthrough.walk_screen import WalkScreen
from vbtui.ui.tabs import Tab
from vbtui.vocabulary import Profile
from vbtui.workflow import Change, History

if TYPE_CHECKING:  # they bring the engine and planning with them
    from vbtui.ui.keeping import Keeping
    from vbtui.ui.screens.data import DataScreen
    from vbtui.walk.plan import Plan


class RunKeys(WalkScreen):
    """What performs the job that is shown."""

    data: DataScreen | None
    """The Data screen while it stands over this one: what goes on is shown there."""
    _changes: tuple[Change, ...]
    """What is changed on the way."""
    _copies: Copies
    _edited: bool
    _keep: Callable[[], Keeping]
    _own_images: bool
    _pace: str
    _plan: Plan | None
    _polls: Timer | None
    _profile: Profile
    _start_run: StartRun
    _started: bool
    _tab: Tab
    _tabbed: bool
    _ticker: bool
    words: str
    """What listed events must have."""

    def rules(self) -> Plan:
        """Those that are walked with, and the edits that led to them."""
        from vbtui.walk.plan import Plan

        return self._plan or Plan.over(self._loaded.topology, self._profile)

    def as_left(self) -> Resumed:
        """How the walk stands now, for a screen that takes this one's place."""
        return Resumed(
            self.rules(), self.walk, self.vm, self._tab, self._tabbed, self.sight,
            changes=self._changes, breaks=self.walk.breaks, words=self.words,
        )  # fmt: skip

    def action_run(self) -> None:
        """Perform the job for real: at once on sample disks, on a person's own images after a question."""
        if self._live.alive:
            return
        if self._edited:
            self.tell_notice(EDITS_FIRST)
        elif (history := self._live.next_history(self._loaded.topology, self._job)) is not None:
            self._run_on(history)
        elif self._own_images:
            from vbtui.ui.screens.question import own_images_question

            question = own_images_question(self._messages.translator)
            self.app.push_screen(question, lambda answer: self._begin_run() if answer else None)
        else:
            self._begin_run()

    def _run_on(self, history: History) -> None:
        """The next run is another one than the one shown: incremental, where there is a point to build on. It is walked
        from its beginning, as fast as this one."""
        resumed = replace(self.as_left(), walk=self.walk.start(), data=self.data is not None)
        if self.data is not None:
            self.data.action_back()
        self.give_way(Rewalked(resumed, self._language, history))

    def _begin_run(self) -> None:
        self._started = True
        if not self._live.begin(lambda: self._start_run(self._loaded, self.walk.trace, pace=self._pace)):
            self.show_moment()
            return
        if self.data is None:
            self._poll_here(True)
        else:
            self.data.begun()
        self.poll()

    def poll(self) -> None:
        """Look at the run once and follow it."""
        progress = self._live.look()
        if progress is None:
            return
        if not progress.finished:
            self.go(self.walk.joined(self._copies.place(progress)), steered=False, show=False)
            self.show_moment()
            return
        self._poll_here(False)
        if self._live.leaving:
            # Without markup: a folder may be called anything.
            self.app.exit(0, message=Text(self._live.outcome(self._messages)))
            return
        to_the_end = self.walk.following and progress.error is None and not progress.cancelled
        walk = self.walk.left()
        self.go(walk.end() if to_the_end else walk, steered=False, show=False)
        self.show_moment()

    def action_cancel(self) -> None:
        """Stop the live run and stay; what is finished by then stays, too."""
        if self._live.alive:
            self._live.stop()
            self.show_moment()
        else:
            self.tell_notice(NO_RUN)

    def action_quit(self) -> None:
        """Leave; a live run is asked to stop first, and waited for; edits that are in no file are asked about."""
        if not self._live.alive:
            from vbtui.ui.screens.firewall_dialogues import ask_quit

            ask_quit(self.app, self._messages.translator, self._plan, lambda: self.app.exit(0))
            return
        self._live.stop(to_leave=True)
        self.show_moment()

    def _poll_here(self, here: bool) -> None:
        """Poll the run from this screen, or leave that to the one over it."""
        if self._polls is not None and self._ticker:
            (self._polls.resume if here else self._polls.pause)()
