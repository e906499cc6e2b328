"""The key that takes what is under attention out of the walkthrough, as text."""

from __future__ import annotations

from vbtui.render.plain import event_line
from vbtui.ui.base_app import BaseApp
from vbtui.ui.moment import Notice, NoticeKind
from vbtui.ui.screens.walkthrough.walk_screen import WalkScreen


class PaperKeys(WalkScreen):
    """What leaves the screen."""

    def action_copy(self) -> None:
        """The event as the plain form tells it: its number, time, step and VM, what happens, and who decided."""
        if isinstance(self.app, BaseApp):
            self.app.send(event_line(self._messages, self.walk.trace, self.walk.event) + "\n")

    def tell_done(self, text: str, *, well: bool = True) -> None:
        """Below the event, until the next key."""
        notice = Notice(NoticeKind.DONE if well else NoticeKind.WARNING, text)
        self.tell_notice(lambda _: notice)
