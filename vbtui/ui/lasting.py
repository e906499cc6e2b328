"""What a screen has put off for later is done when its views have their sizes, and only as long as the screen stands.

A screen that is left, or whose app ends, loses its views before it goes itself, and Textual still calls then what was
put off until after a refresh. Whoever resizes the terminal and leaves at once would see the app fail at its last
moment. Where the app ends while a screen opens, the screen never gets its views, or only the outer ones, and Textual
mounts it all the same. And an answer closes whichever screen is in front: a second Enter, typed before the first one
has shown anything, would close what lies below.
And behind a dialogue Textual calls what was put off before the layout that other classes ask for: the views would be
drawn for the sizes that they had before the terminal was resized, until the dialogue is closed.
In: a callback, an answer. Out: the same, which does nothing once the screen is being taken away. Never here: what is
put off, which answers there are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import Screen

if TYPE_CHECKING:
    _Base = Screen[Any]
else:
    _Base = object


class Lasting(_Base):
    """Goes before the kind of screen among the bases of every screen that puts something off."""

    @property
    def has_views(self) -> bool:
        """Its views are there, and are not being taken away."""
        # No style hides a screen: it is not displayed only while it is being taken away. From the moment on in which an
        # app is told to end (nothing is attached then), and in one that no longer runs, views within others may be
        # missing.
        return self.app.is_running and self.is_attached and self.display and bool(self.children)

    @property
    def stands(self) -> bool:
        """It can show something now, and something can be done on it."""
        return self.is_mounted and self.has_views

    async def on_event(self, event: events.Event) -> None:
        """As Textual does it, but neither mounted nor resized without views."""
        if self.has_views or not isinstance(event, events.Mount | events.Resize):
            await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is done without views: keys that were typed before still come."""
        return self.has_views and super().check_action(action, parameters)

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """As Textual does it, but no screen other than this one: once it has answered, nothing."""
        return super().dismiss(result) if self.app.screen_stack[-1:] == [self] else AwaitComplete()

    def call_after_refresh(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        """As Textual does it, but never on a screen that has lost its views, and after a layout also where the screen
        stands behind a dialogue. False if nothing will be called."""

        def put_off() -> object:
            if not self.has_views:
                return None
            if self.is_current and not self.is_active:  # that is how Textual calls a screen behind a dialogue
                self._refresh_layout()
            return callback(*args, **kwargs)

        return super().call_after_refresh(put_off)
