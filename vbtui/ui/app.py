"""The app: which screen comes first, which one takes the place of another, and what is left behind.

In: an `Opening`, the messages of screens. Out: an exit code, 0 when a person has left; where the walk was, to be
remembered. Never here: what is walked through (`walkthroughs`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from vbtui.ui.base_app import BaseApp
from vbtui.ui.collector import collect_again
from vbtui.ui.file_notices import not_remembered
from vbtui.ui.handed import Opened, Reread
from vbtui.ui.live import StartRun
from vbtui.ui.notes.channel import channel_folder
from vbtui.ui.notes.presenting import Presenting
from vbtui.ui.opening import Opening, Shown
from vbtui.ui.remembered import Memory
from vbtui.ui.resumed import Resumed, Rewalked
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.ui.themes import DARK_VARIABLES
from vbtui.ui.walkthroughs import Walkthroughs

if TYPE_CHECKING:  # they bring planning and the engine with them, and the first picture does not wait for that
    from vbtui.ui.screens.data import DataScreen
    from vbtui.ui.screens.firewall import FirewallScreen, Left
    from vbtui.ui.screens.start import Picked, StartScreen


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
        self.complaints, self._opening = opening.complaints, opening
        self.memory, self.presenting = memory, Presenting(channel)
        self.walkthroughs = Walkthroughs(opening, clock=clock, ticker=ticker, begin=begin)
        if opening.shown in (Shown.WALKTHROUGH, Shown.DATA):
            self.walkthroughs.open()

    @property
    def walkthrough(self) -> WalkthroughScreen:
        """The walk that is shown, or stands behind what is shown. Not before one was opened."""
        assert self.walkthroughs.screen is not None
        return self.walkthroughs.screen

    @property
    def has_walk(self) -> bool:
        """A walk was opened; where rules or topologies come first, there is none yet."""
        return self.walkthroughs.screen is not None

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Inks for themes that are not ours."""
        return DARK_VARIABLES

    # ---- the first screen -------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        opening = self._opening
        match opening.shown:
            case Shown.START:
                from vbtui.ui.screens.start import StartScreen

                screen = StartScreen(self.memory, language=opening.language)
                self.push_screen(screen, self._picked)
            case Shown.FIREWALL:
                from vbtui.ui.screens.firewall import FirewallScreen

                walks = self.walkthroughs
                rules = FirewallScreen(
                    walks.plan(), walks.loaded, walks.job.name, language=opening.language, changes=opening.changes
                )
                self.push_screen(rules, self._to_the_walk)
            case _:
                self.push_screen(self.walkthrough)
                if opening.shown is Shown.DATA:
                    self.call_after_refresh(self.walkthrough.show_data)
                if opening.present:
                    self.walkthrough.begin_presenting()
        self.call_after_refresh(collect_again)
        if self.memory is not None and self.has_walk:
            trouble = self.memory.recall().trouble
            if trouble is not None:
                self.walkthrough.tell_notice(not_remembered(trouble))

    def _picked(self, picked: Picked | None) -> None:
        """From the start screen, shown first, to the walkthrough."""
        if picked is not None:
            self.on_opened(Opened(picked.loaded, picked.place, picked.language))

    def _to_the_walk(self, left: Left | None) -> None:
        """From the rules, shown first, to the walkthrough."""
        if left is None or left.quit:
            self.exit(0)
        else:
            opening = self._opening
            resumed = Resumed(
                left.plan, changes=opening.changes, place=opening.place,
                run_log=None if left.plan.edited else opening.run_log,
            )  # fmt: skip
            self.push_screen(self.walkthroughs.rewalk(Rewalked(resumed, left.language)))
            if left.data:
                self.call_after_refresh(self.walkthrough.action_data)

    # ---- one walkthrough after the other ----------------------------------------------------------------------------

    def on_opened(self, message: Opened) -> None:
        """Another topology takes the place of the one that is shown, which is remembered."""
        self._remember()
        if self.has_walk:
            self._put(self.walkthroughs.open_other(message))
        else:
            self.push_screen(self.walkthroughs.open_other(message))

    def on_reread(self, message: Reread) -> None:
        """Walk over the file as it is now."""
        self._put(self.walkthroughs.read_again(message))

    def on_rewalked(self, message: Rewalked) -> None:
        """Walk the job under other rules, or run it on what runs have left."""
        self._put(self.walkthroughs.rewalk(message))
        if message.run_on is not None:
            self.call_after_refresh(self.walkthrough.action_run)
        if message.resumed.data:
            self.call_after_refresh(self.walkthrough.action_data)

    def _put(self, walkthrough: WalkthroughScreen) -> None:
        """Show it in place of the one that is shown, and of all that stands over that."""
        while not isinstance(self.screen, WalkthroughScreen):
            self.pop_screen()
        self.switch_screen(walkthrough)

    def _remember(self) -> None:
        """Keep where the walk is, if it has been anywhere."""
        if self.memory is None or not self.has_walk:
            return
        place = self.walkthrough.left_at()
        if place.is_worth_keeping:
            self.memory.keep(place)

    # ---- leaving ----------------------------------------------------------------------------------------------------

    def on_unmount(self) -> None:
        """Nothing goes on without the app."""
        self._remember()
        self.presenting.close()
        self.walkthroughs.close()

    def action_leave(self) -> None:
        """Leave whatever is shown, as `q` does there."""
        over = self._over
        if over is None:
            self.walkthrough.action_quit()
            return
        while self.screen is not over:
            self.pop_screen()
        over.action_quit()

    @property
    def _over(self) -> FirewallScreen | StartScreen | DataScreen | None:
        """The screen that stands over the walkthrough, or comes before it."""
        if self.screen is self.walkthroughs.screen:
            return None
        from vbtui.ui.screens.firewall import FirewallScreen
        from vbtui.ui.screens.start import StartScreen

        over = (screen for screen in self.screen_stack if isinstance(screen, FirewallScreen | StartScreen))
        return next(over, None) or self.walkthrough.data


def _channel() -> Path | None:
    try:
        return channel_folder(os.environ)
    except RuntimeError:  # a user without a home
        return None


def run_app(opening: Opening) -> int:
    """Walk through a job on the terminal; gives and raises what `BaseApp.performed` does, and what `WalkthroughApp`
    raises."""
    return WalkthroughApp(opening, memory=Memory.of(os.environ), channel=_channel()).performed()
