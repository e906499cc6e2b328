"""The keys for what is looked at: which view, which part of the picture, which language."""

from __future__ import annotations

from vbtui.i18n import LANGUAGES
from vbtui.ui.screens.walk_screen import WalkScreen
from vbtui.ui.tabs import Tab
from vbtui.ui.widgets.step_pane import StepPane
from vbtui.ui.widgets.topology_canvas import TopologyCanvas


class LookKeys(WalkScreen):
    """What a person sees of the walk."""

    _tab: Tab

    def action_next_tab(self) -> None:
        self._choose(self._tab.following)

    def action_previous_tab(self) -> None:
        self._choose(self._tab.preceding)

    def _choose(self, tab: Tab) -> None:
        self._tab = tab
        self.fit()

    def action_read(self, rows: int) -> None:
        self.query_one(StepPane).read_on(rows)

    def action_pan(self, columns: int, rows: int) -> None:
        self.query_one(TopologyCanvas).pan(columns, rows)

    def action_language(self) -> None:
        self.speak(LANGUAGES[(LANGUAGES.index(self._language) + 1) % len(LANGUAGES)])
        self.show_moment()
