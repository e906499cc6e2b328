"""The app: palettes, one screen, and the way in.

Decided here: how a loaded topology becomes a running walkthrough, and its exit code. In: an `Opening`. Out: 0 when a
person has left.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from vbtui.job import Places, own_images
from vbtui.topology import LoadedTopology, Topology
from vbtui.trace import Trace
from vbtui.ui.base_app import BaseApp
from vbtui.ui.file_notices import CHANGES_GONE, MOVED_ON, READ_AGAIN, UNCHANGED, not_remembered, resumed_at
from vbtui.ui.handed import Opened, Reread
from vbtui.ui.live import Run, StartRun
from vbtui.ui.moment import Told
from vbtui.ui.notes.channel import channel_folder
from vbtui.ui.notes.presenting import Presenting
from vbtui.ui.opening import Opening, Shown
from vbtui.ui.remembered import Memory
from vbtui.ui.resumed import Resumed, Rewalked
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.ui.themes import DARK_VARIABLES
from vbtui.ui.what_if_notices import WHAT_IF_GONE
from vbtui.walk import Walk
from vbtui.workflow import History, UnknownChangeError, simulate

if TYPE_CHECKING:  # they bring planning and the engine with them, and the first picture does not wait for that
    from vbtui.lessons import Predictions
    from vbtui.ui.keeping import Keeping
    from vbtui.ui.screens.data import DataScreen
    from vbtui.ui.screens.firewall import FirewallScreen, Left
    from vbtui.ui.screens.start import Picked, StartScreen
    from vbtui.walk.plan import Plan


class _Given(TypedDict):
    """What every walkthrough of the app gets."""

    clock: Callable[[], float]
    ticker: bool
    start_run: StartRun
    own_images: bool
    keep: Callable[[], Keeping]
    pace: str


class WalkthroughApp(BaseApp):
    """The walkthrough of one job. Tests hand in a clock, no ticker, and a run of their own."""

    CSS_PATH = Path(__file__).with_name("inks.tcss")
    TITLE = "vbtui"

    def __init__(
        self,
        opening: Opening,
        *,
        clock: Callable[[], float] = time.monotonic,
        ticker: bool = True,
        begin: StartRun | None = None,
        memory: Memory | None = None,
        channel: Path | None = None,
    ) -> None:
        """`begin` starts a run; `memory` keeps where walks were left; in the folder `channel` speaker notes follow.
        Without them nothing is kept and nobody follows.

        Raises KeyError for a job that the topology does not have, and UnknownChangeError.
        """
        super().__init__(opening.looks, language=opening.language, keymap=opening.keymap, encoding=opening.encoding)
        self.complaints = opening.complaints
        self.memory, self.presenting = memory, Presenting(channel)
        self._walkthrough: WalkthroughScreen | None = None
        self._keeping: Keeping | None = None
        self._keep_clock, self._ticker, self._begin = clock, ticker, begin or _start_run
        self._settle(opening)
        if opening.shown in (Shown.WALKTHROUGH, Shown.DATA):
            # With the rules first, the walk is simulated when somebody goes there: a large job takes a while.
            self._opened_walk()

    @property
    def walkthrough(self) -> WalkthroughScreen:
        """The walk that is shown, or stands behind what is shown. Not before one was opened."""
        assert self._walkthrough is not None
        return self._walkthrough

    @property
    def has_walk(self) -> bool:
        """A walk was opened; where rules or topologies come first, there is none yet."""
        return self._walkthrough is not None

    def _settle(self, opening: Opening) -> None:
        """From now on everything is about this topology and job. Raises KeyError."""
        topology = opening.loaded.topology
        self._job = topology.jobs[0] if opening.job is None else topology.job(opening.job)
        self._opening, self._loaded, self._history = opening, opening.loaded, opening.history
        self._given: _Given = {
            "clock": self._keep_clock,
            "ticker": self._ticker,
            "start_run": self._begin,
            "own_images": bool(own_images(opening.loaded, self._job)),
            "keep": self._keep,
            "pace": opening.pace,
        }

    def _opened_walk(self) -> WalkthroughScreen:
        """The walkthrough as it is opened: from its beginning, at a place, or where an earlier walk was left."""
        opening, trace, left = self._opening, self._simulated(self._loaded), self._opening.left
        if left is not None and left.event in trace.by_id:
            walk = replace(Walk.over(trace).opened_at(left.event), speed=left.speed)
            vm = left.vm if any(one.vm == left.vm for one in trace.vms) else None
            plan = self._plan_over(self._loaded.topology)
            self._walkthrough = WalkthroughScreen(
                self._loaded, self._job, trace, language=opening.language, resumed=Resumed(plan, walk, vm, left.tab),
                **self._given,
            )  # fmt: skip
            self._walkthrough.tell_notice(resumed_at(walk.index + 1, len(trace)))
        else:
            self._walkthrough = WalkthroughScreen(
                self._loaded, self._job, trace, language=opening.language, place=opening.place,
                changes=opening.changes, run_log=opening.run_log, **self._given,
            )  # fmt: skip
        self._walkthrough.predictions = self._asked()
        return self._walkthrough

    def _simulated(self, loaded: LoadedTopology, resumed: Resumed | None = None) -> Trace:
        changes = self._opening.changes if resumed is None else resumed.changes
        return simulate(
            loaded.topology, self._job, profile=self._opening.profile, history=self._history, changes=changes
        )

    def on_mount(self) -> None:
        opening = self._opening
        match opening.shown:
            case Shown.START:
                from vbtui.ui.screens.start import StartScreen

                screen = StartScreen(self.memory, language=opening.language)
                self.push_screen(screen, self._picked)
            case Shown.FIREWALL:
                from vbtui.ui.screens.firewall import FirewallScreen

                plan = self._plan_over(self._loaded.topology)
                rules = FirewallScreen(plan, self._loaded, self._job.name, language=opening.language)
                self.push_screen(rules, self._to_the_walk)
            case _:
                self.push_screen(self.walkthrough)
                if opening.shown is Shown.DATA:
                    self.call_after_refresh(self.walkthrough.action_data)
                if opening.present:
                    self.walkthrough.begin_presenting()
        self.call_after_refresh(_collect)
        if opening.shown is not Shown.START and self.memory is not None and self._walkthrough is not None:
            trouble = self.memory.recall().trouble
            if trouble is not None:
                self.walkthrough.tell_notice(not_remembered(trouble))

    def _picked(self, picked: Picked | None) -> None:
        """From the start screen, shown first, to the walkthrough."""
        if picked is not None:
            self.on_opened(Opened(picked.loaded, picked.place, picked.language))

    def on_opened(self, message: Opened) -> None:
        """Another topology takes the place of the one that is shown, which is remembered."""
        self._remember()
        place, topology = message.place, message.loaded.topology
        known = place is not None and any(job.name == place.job for job in topology.jobs)
        if self._keeping is not None:
            self._keeping.close()
            self._keeping = None
        self._settle(
            replace(
                self._opening,
                loaded=message.loaded,
                job=place.job if place is not None and known else None,
                profile=place.profile if place is not None and known else None,
                language=message.language,
                left=place if known else None,
                place=None,
                history=None,
                changes=(),
                run_log=None,
            )
        )
        if self._walkthrough is None:
            self.push_screen(self._opened_walk())
        else:
            self.switch_screen(self._opened_walk())

    def on_reread(self, message: Reread) -> None:
        """Walk over the file as it is now, from the place where the walk was."""
        loaded = message.loaded
        before, topology = self._loaded.topology, loaded.topology
        told: Told = UNCHANGED if topology == before else READ_AGAIN
        self._loaded = loaded
        names = {job.name for job in topology.jobs}
        self._job = topology.job(self._job.name) if self._job.name in names else topology.jobs[0]
        if self._history is not None:
            self._history = History(self._history.vms & {vm.name for vm in topology.vms})
        self._given["own_images"] = bool(own_images(loaded, self._job))
        resumed = replace(message.resumed, plan=self._plan_over(topology))
        event = None if resumed.walk is None else resumed.walk.event.id
        try:
            walkthrough = self._walk(resumed, message.language)
        except UnknownChangeError:
            walkthrough, told = self._walk(replace(resumed, changes=()), message.language), CHANGES_GONE
        if walkthrough.vm not in {one.vm for one in walkthrough.walk.trace.vms}:
            walkthrough.vm = None
        if told is READ_AGAIN and walkthrough.walk.event.id != event:
            told = MOVED_ON
        walkthrough.tell_notice(told)
        self.switch_screen(walkthrough)

    def _remember(self) -> None:
        """Keep where the walk is. A shipped topology that nobody has walked through is nothing to go back to."""
        if self.memory is None or self._walkthrough is None:
            return
        place = self._walkthrough.left_at()
        if place.number > 1 or not place.is_shipped:
            self.memory.keep(place)

    def _to_the_walk(self, left: Left | None) -> None:
        """From the rules, shown first, to the walkthrough."""
        if left is None or left.quit:
            self.exit(0)
        else:
            self.push_screen(self._walk(Resumed(left.plan, changes=self._opening.changes), left.language))
            if left.data:
                self.call_after_refresh(self.walkthrough.action_data)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Inks for themes that are not ours."""
        return DARK_VARIABLES

    def on_rewalked(self, message: Rewalked) -> None:
        """Walk the job under other rules, from the place where the walk was, or run it on what runs have left."""
        if message.run_on is not None:
            self._history = message.run_on
        try:
            self.switch_screen(self._walk(message.resumed, message.language))
        except UnknownChangeError:
            # Under other rules, or as an incremental run, the event of a what-if need not happen.
            self.switch_screen(self._walk(replace(message.resumed, changes=()), message.language))
            self.walkthrough.tell_notice(WHAT_IF_GONE)
        if message.run_on is not None:
            self.call_after_refresh(self.walkthrough.action_run)
        if message.resumed.data:
            self.call_after_refresh(self.walkthrough.action_data)

    def _walk(self, resumed: Resumed, language: str) -> WalkthroughScreen:
        """The walkthrough under the rules of a plan; from now on it is the app's."""
        loaded = replace(self._loaded, topology=resumed.plan.topology)
        trace = self._simulated(loaded, resumed) if resumed.fork is None else resumed.fork.trace
        before = self._walkthrough
        self._walkthrough = WalkthroughScreen(
            loaded, self._job, trace, language=language, resumed=resumed, **self._given
        )
        self._walkthrough.predictions = self._asked() if before is None else before.predictions
        return self._walkthrough

    def _asked(self) -> Predictions | None:
        """No predictions yet, and whether any are asked for."""
        if not self._opening.predict:
            return None
        from vbtui.lessons import Predictions

        return Predictions(on=True)

    def _plan_over(self, topology: Topology) -> Plan:
        """The rules of a topology, and nothing edited."""
        from vbtui.walk.plan import Plan

        return Plan.over(topology, self._opening.profile)

    def _keep(self) -> Keeping:
        """The restore points that vbtui's own runs leave, and the work on them; one for all screens."""
        from vbtui.job import KeptPoints
        from vbtui.ui.keeping import Keeping

        if self._keeping is None:
            folder = Places.of(os.environ).repository(self._loaded.topology.name)
            self._keeping = Keeping(KeptPoints(folder, self._keep_clock))
        return self._keeping

    def on_unmount(self) -> None:
        """Nothing goes on without the app."""
        self._remember()
        self.presenting.close()
        if self._keeping is not None:
            self._keeping.close()

    def action_leave(self) -> None:
        """Leave whatever is shown, as `q` does there."""
        over = self._over
        if over is None:
            self.walkthrough.action_quit()
            return
        if self.screen is not over:
            self.pop_screen()
        over.action_quit()

    @property
    def _over(self) -> FirewallScreen | StartScreen | DataScreen | None:
        """The screen that stands over the walkthrough, or comes before it."""
        if self.screen is self._walkthrough:
            return None
        from vbtui.ui.screens.firewall import FirewallScreen
        from vbtui.ui.screens.start import StartScreen

        over = (screen for screen in self.screen_stack if isinstance(screen, FirewallScreen | StartScreen))
        return next(over, None) or self.walkthrough.data


def _collect() -> None:
    """Collect garbage again, if the command line has left it: but never again what is there for good, which would hold
    up a key for as long as a key may take."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _start_run(loaded: LoadedTopology, trace: Trace, *, pace: str) -> Run:
    # The engine comes with it, and the first picture need not wait for that.
    from vbtui.job import start_run

    return start_run(loaded, trace, places=Places.of(os.environ), pace=pace)


def _channel() -> Path | None:
    try:
        return channel_folder(os.environ)
    except RuntimeError:  # a user without a home
        return None


def run_app(opening: Opening) -> int:
    """Walk through a job on the terminal; gives and raises what `BaseApp.performed` does, and what `WalkthroughApp`
    raises."""
    return WalkthroughApp(opening, memory=Memory.of(os.environ), channel=_channel()).performed()
