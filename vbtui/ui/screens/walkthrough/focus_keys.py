"""The key that follows one thing through the walk: a connection, a machine, a disk."""

from __future__ import annotations

from typing import Final

from vbtui.i18n import N_
from vbtui.trace import Event
from vbtui.ui.moment import NoticeKind, told
from vbtui.ui.screens.walkthrough.walk_screen import WalkScreen
from vbtui.walk import Focus
from vbtui.walk.focus import followable, next_focus

_NOTHING_TO_FOLLOW: Final = told(
    NoticeKind.WARNING, N_("This event belongs to no connection, machine or disk that could be followed.")
)


class FocusKeys(WalkScreen):
    """What a person follows."""

    def action_follow(self) -> None:
        """Follow what is pointed at, or what the event offers first; then one after the other of what it offers."""
        following = next_focus(self._offered(self.walk.event), self.walk.focus)
        if following is None:
            self.tell_notice(_NOTHING_TO_FOLLOW)
        else:
            self.go(self.walk.follow(following))

    def _offered(self, event: Event) -> tuple[Focus, ...]:
        """What is pointed at comes first, if anything happens to it."""
        offered = followable(event)
        if self.sight.cursor is not None:
            pointed = Focus.node(self.sight.cursor)
            if pointed not in offered and self.walk.follow(pointed).has_followed:
                return (pointed, *offered)
            offered = tuple(sorted(offered, key=lambda one: one != pointed))
        return offered

    def release(self) -> bool:
        """Esc ends the following."""
        if super().release():
            return True
        if self.walk.focus is None:
            return False
        self.go(self.walk.follow(None))
        return True
