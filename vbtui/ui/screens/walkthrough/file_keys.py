"""The keys about the file of a walk: another topology in its place, or the same file once more.

Decided here: when that is possible. A run that goes on is performed on what was read, and edited rules are in no file:
neither is ever lost by a key. The app opens what was read; a bad file changes nothing of what is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbtui.i18n import N_
from vbtui.topology import TopologyError
from vbtui.ui.file_notices import EDITS_IN_THE_WAY, FILE_WAITS
from vbtui.ui.handed import Opened, Reread
from vbtui.ui.remembered import Memory, Place, source_of
from vbtui.ui.screens.walkthrough.run_keys import RunKeys

if TYPE_CHECKING:  # it comes with what draws the start screen
    from vbtui.ui.topology_list import Look


class FileKeys(RunKeys):
    """What is walked through."""

    def action_topologies(self) -> None:
        """Choose another topology; the walk is remembered and waits behind the start screen."""
        from vbtui.ui.screens.start import Picked, StartScreen

        if self._live.alive:
            self.tell_notice(FILE_WAITS)
            return
        self.hold()
        memory = getattr(self.app, "memory", None)
        known = memory if isinstance(memory, Memory) else None
        screen = StartScreen(known, language=self._language, quit_behind=self.action_quit, here=self.left_at())

        def picked(found: Picked | None) -> None:
            if found is None:
                self.speak(screen.language)
                self.show_moment()
                return
            self._leave_for(Opened(found.loaded, found.place, found.language))

        self.app.push_screen(screen, picked)

    def _leave_for(self, opened: Opened) -> None:
        """Make room for another topology; edits that are in no file are asked about."""
        if self._plan is None or not self._plan.unsaved:
            self.give_way(opened)
            return
        from vbtui.ui.screens.choice import Answer, ChoiceScreen

        say = self._messages.translator
        answers = (
            Answer("x", "x", say(N_("open the other topology and lose them"))),
            Answer("escape", "Esc", say(N_("stay here; s on the Firewall screen (F2) saves them"))),
        )
        question = ChoiceScreen(say(N_("Unsaved edits")), say(N_("The edited rules are in no file yet.")), answers)

        def answered(key: str | None) -> None:
            if key == "x":
                self.give_way(opened)

        self.app.push_screen(question, answered)

    def action_read_again(self) -> None:
        """Read the file again and go on at the same place."""
        if self._live.alive:
            self.tell_notice(FILE_WAITS)
        elif self._edited:
            self.tell_notice(EDITS_IN_THE_WAY)
        else:
            from vbtui.ui.screens.file_reading import read_for

            self.hold()
            read_for(self.app, self._messages.translator, self._loaded.file, self._read_again)

    def _read_again(self, look: Look) -> None:
        if isinstance(look, TopologyError):
            from vbtui.ui.screens.problems import problems_screen

            self.app.push_screen(problems_screen(self._messages.translator, look))
            return
        self.give_way(Reread(look, self.as_left(), self._language))

    def left_at(self) -> Place:
        """Where the walk is, to come back to."""
        event, walk = self.walk.event, self.walk
        return Place(
            source_of(self._loaded), self._loaded.topology.name, self._job.name, self._profile, event.id,
            str(event.step), event.position + 1, len(walk.trace), self.vm, self._tab, walk.speed,
        )  # fmt: skip
