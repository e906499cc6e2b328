"""The keys of the what-if: fork the run at this event, and take the last fork back.

Decided here: when a run may be forked, and what is walked afterwards. A fork takes the walkthrough's place; the walk
that it was forked from is kept in it whole, so that taking it back simulates nothing and loses nothing.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from vbtui.ui.moment import Told
from vbtui.ui.resumed import Rewalked
from vbtui.ui.screens.walkthrough.run_keys import RunKeys
from vbtui.ui.what_if_notices import (
    CHANGE_IMPOSSIBLE,
    IN_THE_FORK,
    NOTHING_TO_TAKE_BACK,
    TAKEN_BACK,
    WHAT_IF_WAITS,
)
from vbtui.walk import Walk
from vbtui.walk.forks import Fork
from vbtui.workflow import Change, UnknownChangeError

if TYPE_CHECKING:  # needed once there are two runs, and the first picture does not wait for them
    from vbtui.ui.halves import Halves


class WhatIfKeys(RunKeys):
    """What a person tries out."""

    fork: Fork
    """The run that is walked, and what it was forked from."""

    def action_what_if(self) -> None:
        """Ask what to change from this event on; not while a run goes on, because it goes on as it began."""
        if self._live.alive:
            self.tell_notice(WHAT_IF_WAITS)
            return
        from vbtui.ui.screens.what_if_dialogues import WhatIfChoiceScreen

        self.hold()
        screen = WhatIfChoiceScreen(self._messages, self._loaded.topology, self.walk.trace, self.walk.event)
        self.app.push_screen(screen, self._forked)

    def _forked(self, change: Change | None) -> None:
        """Simulate the fork: at once if that is as quick as a key must be, else in a thread."""
        if change is None:
            return
        from vbtui.ui.halves import fork_off, is_quick

        def made() -> Halves:
            return fork_off(self._loaded.topology, self.fork, change)

        if is_quick(self.walk.trace):
            try:
                self._compared(made())
            except UnknownChangeError as error:
                self._compared(error)
            return
        from vbtui.ui.screens.what_if_dialogues import SimulatingScreen

        self.app.push_screen(SimulatingScreen(self._messages.translator, self._job, made), self._compared)

    def _compared(self, made: Halves | UnknownChangeError | None) -> None:
        """Show both runs side by side."""
        if made is None:
            return
        if isinstance(made, UnknownChangeError):
            self.tell_notice(CHANGE_IMPOSSIBLE)
            return
        from vbtui.ui.screens.what_if import WhatIfLeft, WhatIfScreen

        def left(how: WhatIfLeft | None) -> None:
            if how is None:
                return
            self.speak(how.language)
            if how.fork is not None:
                self._walk_in(how.fork, how.event, IN_THE_FORK)
            elif how.quit:
                self.action_quit()
            else:
                self.show_moment()

        seen = partial(self.compares, made)
        self.app.push_screen(WhatIfScreen(self._loaded.topology, made, language=self._language, seen=seen), left)

    def compares(self, halves: Halves, row: int, side: str | None, language: str) -> None:
        """Two runs are shown side by side over the walk, at that row; `side` is listed where there is no room for
        both."""

    def action_undo(self) -> None:
        """Take back the last what-if; the walk stays at its event, or at the last one before that is there too."""
        if self._live.alive:
            self.tell_notice(WHAT_IF_WAITS)
        elif self.fork.before is not None:
            self._walk_in(self.fork.before, None, TAKEN_BACK)
        elif self._changes:
            # Simulated under rules or restore points that are others now: there is nothing to go back to but the rest.
            self._rewalk(self._changes[:-1], None, self.walk, told=TAKEN_BACK)
        else:
            self.tell_notice(NOTHING_TO_TAKE_BACK)

    def _walk_in(self, fork: Fork, event: str | None, told: Told) -> None:
        """Walk on in another fork, at the event of that id if it has it."""
        walk = self.walk.opened_at(event)
        self._rewalk(fork.changes, fork, walk, event if event in fork.trace.by_id else None, told=told)

    def _rewalk(
        self, changes: tuple[Change, ...], fork: Fork | None, walk: Walk, place: str | None = None, *, told: Told
    ) -> None:
        resumed = replace(self.as_left(), walk=walk, changes=changes, fork=fork, place=place, told=told)
        self.give_way(Rewalked(resumed, self._language))
