"""What the app walks through, and the walkthroughs over it, each of which takes the place of the one before.

Decided here: what is simulated, and what of a walk goes on in the next one: under other rules, in a fork, on what runs
have left, over the file as it is now, or over another topology. A what-if that can act no more is dropped, and that is
told. In: an `Opening`, then messages. Out: screens. Never here: which screen stands where (`app`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from vbtui.drawing import group_names
from vbtui.i18n import translator
from vbtui.job import Places, RunLog, own_images
from vbtui.render.canvas_words import canvas_wording
from vbtui.topology import LoadedTopology
from vbtui.trace import Trace
from vbtui.ui.file_notices import CHANGES_GONE, MOVED_ON, READ_AGAIN, UNCHANGED, resumed_at
from vbtui.ui.handed import Opened, Reread
from vbtui.ui.live import Run, StartRun
from vbtui.ui.opening import Opening
from vbtui.ui.resumed import Resumed, Rewalked
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.ui.what_if_notices import WHAT_IF_GONE
from vbtui.walk import Walk
from vbtui.workflow import Change, History, UnknownChangeError, simulate

if TYPE_CHECKING:  # they bring planning and the engine with them, and the first picture does not wait for that
    from vbtui.lessons import Predictions
    from vbtui.ui.keeping import Keeping
    from vbtui.walk.plan import Plan


class Walkthroughs:
    """One topology and job at a time. `close` ends the work on restore points that goes on behind the screens."""

    def __init__(
        self, opening: Opening, *, clock: Callable[[], float], ticker: bool, begin: StartRun | None = None
    ) -> None:
        """`begin` starts a run; None: a real one. Raises KeyError for a job that the topology does not have."""
        self._clock, self._ticker, self._begin = clock, ticker, begin or _start_run
        self._keeping: Keeping | None = None
        self.screen: WalkthroughScreen | None = None
        """The newest one; None before the first."""
        self._settle(opening)

    def _settle(self, opening: Opening) -> None:
        """From now on everything is about this topology and job. Raises KeyError."""
        topology = opening.loaded.topology
        self._opening, self.loaded, self._history = opening, opening.loaded, opening.history
        self.job = topology.jobs[0] if opening.job is None else topology.job(opening.job)
        self._own_images = bool(own_images(self.loaded, self.job))

    def plan(self) -> Plan:
        """The rules of the file, and nothing edited."""
        from vbtui.walk.plan import Plan

        return Plan.over(self.loaded.topology, self._opening.profile)

    # ---- one after the other ----------------------------------------------------------------------------------------

    def open(self) -> WalkthroughScreen:
        """The first one: from the beginning, at a place, or where an earlier walk was left. Raises UnknownChangeError.

        Where rules come first, it is made when somebody goes there: to simulate a large job takes a while.
        """
        opening, left = self._opening, self._opening.left
        trace = self._simulated(self.loaded, opening.changes)
        if left is not None and left.event in trace.by_id:
            walk = replace(Walk.over(trace).opened_at(left.event), speed=left.speed)
            vm = left.vm if any(one.vm == left.vm for one in trace.vms) else None
            told = resumed_at(walk.index + 1, len(trace))
            resumed = Resumed(self.plan(), walk, vm, left.tab, told=told)
            screen = self._made(self.loaded, trace, opening.language, resumed=resumed)
        else:
            screen = self._made(
                self.loaded, trace, opening.language,
                place=opening.place, changes=opening.changes, run_log=opening.run_log,
            )  # fmt: skip
        screen.predictions = self._asked()
        return screen

    def open_other(self, message: Opened) -> WalkthroughScreen:
        """Over another topology, as `open`; where its place is of a job that it does not have, from the beginning."""
        self.close()
        jobs = {job.name for job in message.loaded.topology.jobs}
        place = message.place if message.place is not None and message.place.job in jobs else None
        self._settle(
            replace(
                self._opening,
                loaded=message.loaded,
                job=None if place is None else place.job,
                profile=None if place is None else place.profile,
                language=message.language,
                left=place,
                place=None,
                history=None,
                changes=(),
                run_log=None,
            )
        )
        return self.open()

    def read_again(self, message: Reread) -> WalkthroughScreen:
        """Over the file as it is now, from the place where the walk was, or the last one before it."""
        before, self.loaded = self.loaded, message.loaded
        topology = self.loaded.topology
        known = self.job.name in {job.name for job in topology.jobs}
        self.job = topology.job(self.job.name) if known else topology.jobs[0]
        self._own_images = bool(own_images(self.loaded, self.job))
        if self._history is not None:
            self._history = History(self._history.vms & {vm.name for vm in topology.vms})
        known_names = {*topology.placed_names, *group_names(topology, canvas_wording(translator(message.language)))}
        resumed = replace(message.resumed, plan=self.plan(), sight=message.resumed.sight.among(known_names))
        screen, whole = self._walked_on(resumed, message.language)
        if screen.vm not in {one.vm for one in screen.walk.trace.vms}:
            screen.vm = None
        walk = message.resumed.walk
        stayed = walk is not None and screen.walk.event.id == walk.event.id
        if not whole:
            screen.tell_notice(CHANGES_GONE)
        elif topology == before.topology:
            screen.tell_notice(UNCHANGED)
        else:
            screen.tell_notice(READ_AGAIN if stayed else MOVED_ON)
        return screen

    def rewalk(self, message: Rewalked) -> WalkthroughScreen:
        """Under other rules, from the place where the walk was, or on what runs have left."""
        if message.run_on is not None:
            self._history = message.run_on
        screen, whole = self._walked_on(message.resumed, message.language)
        if not whole:
            screen.tell_notice(WHAT_IF_GONE)
        return screen

    def _walked_on(self, resumed: Resumed, language: str) -> tuple[WalkthroughScreen, bool]:
        """Under the rules of a plan; and whether with all that was changed on the way."""
        loaded = replace(self.loaded, topology=resumed.plan.topology)
        whole = True
        if resumed.fork is not None:
            trace = resumed.fork.trace
        else:
            try:
                trace = self._simulated(loaded, resumed.changes)
            except UnknownChangeError:
                # Under other rules, or as an incremental run, the event of a what-if need not happen.
                whole, resumed = False, replace(resumed, changes=())
                trace = self._simulated(loaded, ())
        before = self.screen
        screen = self._made(loaded, trace, language, resumed=resumed)
        screen.predictions = self._asked() if before is None else before.predictions
        return screen, whole

    def _simulated(self, loaded: LoadedTopology, changes: tuple[Change, ...]) -> Trace:
        """Raises UnknownChangeError."""
        return simulate(
            loaded.topology, self.job, profile=self._opening.profile, history=self._history, changes=changes
        )

    def _made(
        self,
        loaded: LoadedTopology,
        trace: Trace,
        language: str,
        *,
        resumed: Resumed | None = None,
        place: str | None = None,
        changes: tuple[Change, ...] = (),
        run_log: RunLog | None = None,
    ) -> WalkthroughScreen:
        """A screen over a trace, which is the newest one from now on."""
        self.screen = WalkthroughScreen(
            loaded, self.job, trace, language=language, clock=self._clock, ticker=self._ticker, start_run=self._begin,
            own_images=self._own_images, keep=self.keep, pace=self._opening.pace,
            resumed=resumed, place=place, changes=changes, run_log=run_log,
        )  # fmt: skip
        return self.screen

    def _asked(self) -> Predictions | None:
        """No predictions yet, and whether any are asked for."""
        if not self._opening.predict:
            return None
        from vbtui.lessons import Predictions

        return Predictions(on=True)

    # ---- restore points ---------------------------------------------------------------------------------------------

    def keep(self) -> Keeping:
        """The restore points that vbtui's own runs leave, and the work on them; one for all screens."""
        from vbtui.job import KeptPoints
        from vbtui.ui.keeping import Keeping

        folder = Places.of(os.environ).repository(self.loaded.topology.name)
        if self._keeping is None or self._keeping.folder != folder:
            self.close()
            self._keeping = Keeping(KeptPoints(folder, self._clock))
        return self._keeping

    def close(self) -> None:
        """End what goes on on restore points."""
        if self._keeping is not None:
            self._keeping.close()
            self._keeping = None


def _start_run(loaded: LoadedTopology, trace: Trace, *, pace: str) -> Run:
    # The engine comes with it, and the first picture need not wait for that.
    from vbtui.job import start_run

    return start_run(loaded, trace, places=Places.of(os.environ), pace=pace)
