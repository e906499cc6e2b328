"""The keys of who presents: large looks, and what a clicker sends.

Decided here: what is shown to people who sit far away, and when speaker notes can follow: from the first time that
somebody presents until the program ends, also while all panes are shown in between. A presentation that cannot be
followed, because the notes follow another one, asks now and then whether that has ended.
A clicker sends PageDown and PageUp, `.` or Esc, and F5 to begin a show. While presenting F5 and Esc are play and pause,
so that its start button does what it says; nobody reads a file again from the other end of a room.
"""

from __future__ import annotations

from dataclasses import replace

from textual.timer import Timer

from vbtui.ui.base_app import BaseApp
from vbtui.ui.moment import Moment
from vbtui.ui.notes.channel import ChannelError
from vbtui.ui.notes.notices import PRESENTS, without_notes
from vbtui.ui.notes.presenting import TURN, Presenting
from vbtui.ui.screens.walkthrough.file_keys import FileKeys
from vbtui.ui.screens.walkthrough.question_keys import QuestionKeys


class PresentingKeys(QuestionKeys, FileKeys):
    """What makes a walk a presentation."""

    _turns: Timer | None = None
    """Asks whether notes can follow now; runs only while somebody presents and they cannot."""

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
        self._await_turn()

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

    def on_mount(self) -> None:
        self._turns = self.set_interval(TURN, self.take_turn, pause=True)
        self._await_turn()

    def _await_turn(self) -> None:
        """Try again and again to let notes follow, as long as somebody presents and they cannot."""
        if self._turns is not None and self._ticker:
            waits = self.looks.large and self.presenting is not None and self.presenting.trouble is not None
            (self._turns.resume if waits else self._turns.pause)()

    def take_turn(self) -> None:
        """Let notes follow if that is possible now."""
        if self.presenting is not None and self.presenting.try_again():
            self._await_turn()
            self.show_moment()

    @property
    def aside(self) -> str:
        """What who presents has to know all the time; most of the time nothing."""
        trouble = None if self.presenting is None else self.presenting.trouble
        if trouble is None:
            return ""
        from vbtui.render.channel_texts import aside

        return aside(self._messages.translator, trouble)

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
