"""The keys that lead to the other screens, and what is taken over from them: the rules, the data, the help.

Other screens are imported when somebody goes there: the first picture does not wait for them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vbtui.trace import Event
from vbtui.ui.resumed import Rewalked
from vbtui.ui.run_notices import RULES_WAIT
from vbtui.ui.screens.walkthrough.run_keys import RunKeys
from vbtui.ui.widgets.topology_canvas import TopologyCanvas

if TYPE_CHECKING:  # they bring planning and the engine with them
    from vbtui.ui.data_bench import DataLeft
    from vbtui.ui.screens.firewall import Left


class NeighbourKeys(RunKeys):
    """The ways out of the walkthrough and back."""

    def action_firewall(self) -> None:
        """Show the rules, first those that are about the event.

        Every walk begins at its first event, so whoever stands there has gone nowhere yet: what is in the way is of
        more use than the connection that begins the job.
        """
        self.show_rules(self.walk.event if self.walk.index else None)

    def show_rules(self, about: Event | str | None) -> None:
        """What a live run was allowed to do stands, so the rules are not to be changed meanwhile."""
        if self._live.alive:
            self.tell_notice(RULES_WAIT)
            return
        from vbtui.ui.screens.firewall import FirewallScreen

        self.hold()
        screen = FirewallScreen(
            self.rules(), self._loaded, self._job.name,
            language=self._language, about=about, changes=self._changes,
        )  # fmt: skip
        self.app.push_screen(screen, self._returned)

    def _returned(self, left: Left | None) -> None:
        """Take over what the Firewall screen has left; with other rules the job is walked anew."""
        if left is None:
            return
        from vbtui.walk.plan import changed_firewalls

        before = self._loaded.topology if self._plan is None else self._plan.topology
        self._plan = left.plan
        self.speak(left.language)
        if left.quit:
            self.app.exit(0)
        elif changed_firewalls(before, left.plan.topology):
            self.give_way(Rewalked(replace(self.as_left(), data=left.data), left.language))
        elif left.data:
            self.action_data()
        else:
            self.show_moment()

    def action_data(self) -> None:
        """Show the disks, their blocks and the restore points, also while a run goes on."""
        self.hold()
        self.show_data()

    def show_data(self) -> None:
        """The same as the first thing that is seen, so that what is told at the beginning is told there."""
        from vbtui.ui.screens.data import DataScreen

        self.data = DataScreen(
            self._loaded.topology, self.walk.trace, self._live, self._keep(), language=self._language,
            ticker=self._ticker, pace=self._pace, own_images=self._own_images,
            perform=self.action_run, look=self.poll,
        )  # fmt: skip
        self._poll_here(False)
        self.app.push_screen(self.data, self._back_from_data)

    def _back_from_data(self, left: DataLeft | None) -> None:
        self.data = None
        self._poll_here(self._live.alive)
        if left is None:
            return
        self.speak(left.language)
        self.show_moment()
        if left.quit:
            self.action_quit()
        elif left.firewall:
            self.action_firewall()

    def is_of_use(self, action: str) -> bool:
        """The action would do something now, and not only tell why it does nothing."""
        match action:
            case "run":
                return not self._live.alive and not self._edited
            case "cancel":
                return self._live.alive and not self._live.stopping
            case "pan":
                return self.query_one(TopologyCanvas).overflowing
            case "firewall":
                return not self._live.alive
            case _:
                return True

    def action_help(self) -> None:
        """The keys and symbols."""
        from vbtui.ui.screens.help import HelpScreen, walkthrough_signs

        self.hold()
        self.app.push_screen(HelpScreen(self, walkthrough_signs))
