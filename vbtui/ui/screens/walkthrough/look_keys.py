"""The keys for what is looked at: which view, which part of it, which language, and all that was told so far.

Decided here: which view the up and down keys act on. On a small screen it is the one that is shown; where all stand
side by side it is the one that Tab has gone to or that was clicked, and until then the text of the step. No view takes
the focus of Textual, so every other key does the same whichever view that is.
"""

from __future__ import annotations

from textual.events import Click

from vbtui.i18n import LANGUAGES
from vbtui.ui.screens.walkthrough.paper_keys import PaperKeys
from vbtui.ui.tabs import Tab
from vbtui.ui.widgets.key_line import TabLine
from vbtui.ui.widgets.process_tree import ProcessTree
from vbtui.ui.widgets.step_pane import StepPane
from vbtui.ui.widgets.topology_canvas import TopologyCanvas


class LookKeys(PaperKeys):
    """What a person sees of the walk."""

    _tab: Tab
    _tabbed: bool = False
    """A view was chosen where all stand side by side, so that it is marked."""

    def action_next_tab(self) -> None:
        self._choose(self._tab.following)

    def action_previous_tab(self) -> None:
        self._choose(self._tab.preceding)

    def on_click(self, event: Click) -> None:
        """A click into a view goes to it, whatever else it does there."""
        if event.widget is None or not self.has_class("-wide"):
            return
        names = {widget.id for widget in event.widget.ancestors_with_self}
        tab = next((tab for tab in Tab if tab in names), None)
        if tab is not None and (tab is not self._tab or not self._tabbed):
            self._tab, self._tabbed = tab, True
            self.fit()

    def on_tab_line_chosen(self, message: TabLine.Chosen) -> None:
        """A click on a tab of a small screen."""
        message.stop()
        # By the app, as keys are: only then has the view its size before it is shown.
        self.app.call_later(self._choose, message.tab)

    def _choose(self, tab: Tab) -> None:
        if self.has_class("-wide") and not self._tabbed:
            # The first press only shows where one is.
            self._tabbed = True
        else:
            self._tab = tab
        self.fit()

    @property
    def acting_tab(self) -> Tab:
        """The view that the up and down keys act on."""
        return self._tab if self._tabbed or not self.has_class("-wide") else Tab.STEP

    def action_read(self, rows: int) -> None:
        """Up and down in the view that one is at."""
        match self.acting_tab:
            case Tab.STEP:
                self.query_one(StepPane).read_on(rows)
            case Tab.PROCESS:
                self.query_one(ProcessTree).scroll_relative(y=rows, animate=False, immediate=True)
            case Tab.TOPOLOGY:
                self.query_one(TopologyCanvas).pan(0, rows)
            case Tab.EVENTS:
                place = self.moment().listed.neighbour(self.walk.index, rows)
                if place is not None:
                    self.go(self.walk.at(place))

    def action_pan(self, columns: int, rows: int) -> None:
        self.query_one(TopologyCanvas).pan(columns, rows)

    def action_language(self) -> None:
        self.speak(LANGUAGES[(LANGUAGES.index(self._language) + 1) % len(LANGUAGES)])
        self.show_moment()

    def action_transcript(self) -> None:
        """All that was told up to here."""
        from vbtui.ui.screens.transcript import TranscriptScreen

        self.hold()
        self.app.push_screen(TranscriptScreen(self._messages, self.walk.trace, self.walk.index))

    def release(self) -> bool:
        """Esc takes the mark from the view."""
        if super().release():
            return True
        if not (self._tabbed and self.has_class("-wide")):
            return False
        self._tabbed = False
        self.fit()
        return True
