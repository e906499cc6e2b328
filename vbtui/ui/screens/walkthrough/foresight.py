"""Layouts that a next key will need are made while nobody waits for them.

Decided here: when, and which: those of the events behind and before the one that is shown, the one in the direction of
the last step first, one at a time so that a key never waits for two, and only once no key has come for a while. Only
large topologies are laid out anew for an event; for others nothing is done. Never here: how a layout is made or kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from textual.timer import Timer

from vbtui.ui.moment import Moment
from vbtui.ui.screens.walkthrough.walk_screen import WalkScreen
from vbtui.ui.widgets.topology_canvas import TopologyCanvas

PATIENCE: Final = 0.04
"""Seconds without a key: longer than between two keys of one that is held down."""


class Foresight(WalkScreen):
    """What is done between two keys."""

    _waiting: Timer | None = None
    _foreseen: tuple[Moment, ...] = ()
    """What is still to be laid out, the next one first."""
    _from: int = 0
    """The event that was shown before."""

    def look_ahead(self, moment: Moment) -> None:
        """Begin anew with what may come after a moment that is shown now."""
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
        walk, canvas = moment.walk, self.query_one(TopologyCanvas)
        if not walk.at_rest or not canvas.needs_foresight(moment):
            return
        steps = [walk.next_event(), walk.previous_event()]
        if walk.index < self._from:
            steps.reverse()
        self._from = walk.index
        self._foreseen = tuple(replace(moment, walk=step, vm=self.vm or step.vm) for step in steps)
        self._waiting = self.set_timer(PATIENCE, self._foresee)

    def _foresee(self) -> None:
        self._waiting = None
        if not self._foreseen or not self.stands:
            return
        coming, *rest = self._foreseen
        self._foreseen = tuple(rest)
        self.query_one(TopologyCanvas).foresee(coming)
        if rest:
            self._waiting = self.set_timer(PATIENCE, self._foresee)
