"""The app: palettes, one screen, and the way in.

Decided here: how a loaded topology becomes a running walkthrough, and its exit code. In: an `Opening`. Out: 0 when a
person has left.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from vbtui.job import Places, own_images
from vbtui.topology import LoadedTopology
from vbtui.trace import Trace
from vbtui.ui.base_app import BaseApp, FaultError
from vbtui.ui.live import Run, StartRun
from vbtui.ui.opening import Opening, Shown
from vbtui.ui.resumed import Resumed, Rewalked
from vbtui.ui.screens.firewall import FirewallScreen, Left
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.ui.themes import DARK_VARIABLES
from vbtui.walk.plan import Plan
from vbtui.workflow import simulate

if TYPE_CHECKING:  # both bring the engine with them
    from vbtui.ui.keeping import Keeping
    from vbtui.ui.screens.data import DataScreen


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
    ) -> None:
        """`begin` starts a run. Raises KeyError for a job that the topology does not have, and UnknownChangeError."""
        super().__init__(
            opening.looks, language=opening.language, keymap=opening.keymap, encoding=opening.encoding
        )
        self.complaints = opening.complaints
        self._opening, self._loaded = opening, opening.loaded
        self._history = opening.history
        self._keeping: Keeping | None = None
        topology = opening.loaded.topology
        self._job = topology.jobs[0] if opening.job is None else topology.job(opening.job)
        self._given: _Given = {
            "clock": clock,
            "ticker": ticker,
            "start_run": begin or _start_run,
            "own_images": bool(own_images(opening.loaded, self._job)),
            "keep": self._keep,
            "pace": opening.pace,
        }
        if opening.shown is not Shown.FIREWALL:
            # With the rules first, the walk is simulated when somebody goes there: a large job takes a while.
            self.walkthrough = WalkthroughScreen(
                self._loaded, self._job, self._simulated(self._loaded), language=opening.language, place=opening.place,
                changes=opening.changes, run_log=opening.run_log, **self._given,
            )  # fmt: skip

    def _simulated(self, loaded: LoadedTopology, resumed: Resumed | None = None) -> Trace:
        changes = self._opening.changes if resumed is None else resumed.changes
        return simulate(
            loaded.topology, self._job, profile=self._opening.profile, history=self._history, changes=changes
        )

    def on_mount(self) -> None:
        if self._opening.shown is not Shown.FIREWALL:
            self.push_screen(self.walkthrough)
            if self._opening.shown is Shown.DATA:
                self.call_after_refresh(self.walkthrough.action_data)
            return
        plan = Plan.over(self._loaded.topology, self._opening.profile)
        screen = FirewallScreen(plan, self._loaded, self._job.name, language=self._opening.language)
        self.push_screen(screen, self._to_the_walk)

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
        self.switch_screen(self._walk(message.resumed, message.language))
        if message.run_on is not None:
            self.call_after_refresh(self.walkthrough.action_run)
        if message.resumed.data:
            self.call_after_refresh(self.walkthrough.action_data)

    def _walk(self, resumed: Resumed, language: str) -> WalkthroughScreen:
        """The walkthrough under the rules of a plan; from now on it is the app's."""
        loaded = replace(self._loaded, topology=resumed.plan.topology)
        self.walkthrough = WalkthroughScreen(
            loaded, self._job, self._simulated(loaded, resumed), language=language, resumed=resumed, **self._given
        )
        return self.walkthrough

    def _keep(self) -> Keeping:
        """The restore points that vbtui's own runs leave, and the work on them; one for all screens."""
        from vbtui.job import KeptPoints
        from vbtui.ui.keeping import Keeping

        if self._keeping is None:
            folder = Places.of(os.environ).repository(self._loaded.topology.name)
            self._keeping = Keeping(KeptPoints(folder, self._given["clock"]))
        return self._keeping

    def on_unmount(self) -> None:
        """Nothing goes on without the app."""
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
    def _over(self) -> FirewallScreen | DataScreen | None:
        """The screen that stands over the walkthrough, or comes before it."""
        rules = next((screen for screen in self.screen_stack if isinstance(screen, FirewallScreen)), None)
        return rules or self.walkthrough.data


def _start_run(loaded: LoadedTopology, trace: Trace, *, pace: str) -> Run:
    # The engine comes with it, and the first picture need not wait for that.
    from vbtui.job import start_run

    return start_run(loaded, trace, places=Places.of(os.environ), pace=pace)


def run_app(opening: Opening) -> int:
    """Walk through a job on the terminal; returns the exit code: 0, or 128 and the number of the signal that ended it.

    Raises as `WalkthroughApp` does, and FaultError where the app has failed; the terminal is as it was then.
    """
    app = WalkthroughApp(opening)
    code = app.run()
    if app.fault is not None:
        raise FaultError(app.fault)
    return code or 0
