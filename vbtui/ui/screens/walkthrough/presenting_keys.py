"""The keys of who presents: large looks, and what a clicker sends.

Decided here: what is shown to people who sit far away, and when speaker notes can follow: from the first time that
somebody presents until the program ends, also while all panes are shown in between.
A clicker sends PageDown and PageUp, `.` or Esc, and F5 to begin a show. While presenting F5 and Esc are play and pause,
so that its start button does what it says; nobody reads a file again from the other end of a room.
"""

from __future__ import annotations

from dataclasses import replace

from vbtui.ui.base_app import BaseApp
from vbtui.ui.moment import Moment
from vbtui.ui.notes.channel import ChannelError
from vbtui.ui.notes.notices import PRESENTS, without_notes
from vbtui.ui.notes.presenting import Presenting
from vbtui.ui.screens.walkthrough.file_keys import FileKeys
from vbtui.ui.screens.walkthrough.question_keys import QuestionKeys


class PresentingKeys(QuestionKeys, FileKeys):
    """What makes a walk a presentation."""

    @property
    def presenting(self) -> Presenting | None:
        """That of the app; None in somebody else's app."""
        found = getattr(self.app, "presenting", None)
        return found if isinstance(found, Presenting) else None

    def action_present(self) -> None:
        """Large looks, or all panes again."""
        large = not self.looks.large
        if isinstance(self.app, BaseApp):
            self.app.change_looks(replace(self.looks, large=large))
        if large:
            self.begin_presenting()

    def begin_presenting(self) -> None:
        """Let speaker notes follow from now on, and say that they can, or why not."""
        presenting = self.presenting
        if presenting is None or presenting.is_on or not presenting.is_possible:
            return
        try:
            presenting.begin()
        except ChannelError as error:
            self.tell_notice(without_notes(error))
        else:
            self.tell_notice(PRESENTS)

    def present(self, moment: Moment) -> None:
        """Tell the speaker notes where the walk is."""
        if self.presenting is not None:
            self.presenting.show(moment, lambda: self.questions)

    def action_file_or_play(self) -> None:
        """Read the file again; while presenting, play."""
        if not self.looks.large:
            self.action_read_again()
        elif not self.walk.playing:
            self.go(self.walk.toggled())

    def release(self) -> bool:
        """Esc ends playing while somebody presents, if nothing inside it has ended."""
        if super().release():
            return True
        if not (self.looks.large and self.walk.playing):
            return False
        self.hold()
        return True
