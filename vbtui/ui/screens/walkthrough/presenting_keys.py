"""The keys of who presents: large looks, and what a clicker sends.

Decided here: what is shown to people who sit far away, and when speaker notes can follow: from the first time that
somebody presents until the program ends, also while all panes are shown in between. A presentation that cannot be
followed, because the notes follow another one, asks now and then whether that has ended.
A clicker sends PageDown and PageUp, `.` or Esc, and F5 to begin a show. While presenting F5 and Esc are play and pause,
so that its start button does what it says; nobody reads a file again from the other end of a room.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.timer import Timer

from vbtui.ui.base_app import BaseApp
from vbtui.ui.keys.keyed import Keyed
from vbtui.ui.moment import Moment
from vbtui.ui.notes.channel import ChannelError
from vbtui.ui.notes.notices import PRESENTS, without_notes
from vbtui.ui.notes.presenting import TURN, ComparedRow, Presenting
from vbtui.ui.screens.walkthrough.file_keys import FileKeys
from vbtui.ui.screens.walkthrough.question_keys import QuestionKeys

if TYPE_CHECKING:  # needed once there are two runs
    from vbtui.ui.halves import Halves


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
        self.forget_told()  # it is told that one presents, or it was told of the panes
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
        """Tell the speaker notes where the walk is, and what stands over it."""
        if self.presenting is not None and self.presenting.is_wanted:
            self.presenting.show(moment, lambda: self.questions, self._covered_by)

    def compares(self, halves: Halves, row: int, side: str | None, language: str) -> None:
        if self.presenting is not None:
            shown = ComparedRow(self._loaded.topology, halves, row, side, language, self._edited)
            self.presenting.compare(shown)

    @property
    def _covered_by(self) -> str:
        """The screen that is shown over the walk, by the name of its keys. What has no name is a dialogue: the walk can
        be seen behind it."""
        stack = self.app.screen_stack
        above = stack[stack.index(self) + 1 :] if self in stack else []
        return next((screen.KEY_NAME for screen in reversed(above) if isinstance(screen, Keyed)), "")

    def on_screen_suspend(self) -> None:
        self._present_anew()

    def on_screen_resume(self) -> None:
        # How it goes on after a comparison is known where that was opened: here, or in a walk that takes its place.
        if self.presenting is not None and not self.presenting.compares:
            self._present_anew()

    def _present_anew(self) -> None:
        """The walk is where it was, but something else stands over it."""
        if self.presenting is not None and self.presenting.is_wanted and self.stands and self in self.app.screen_stack:
            self.present(self.moment())

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
