"""What a screen has put off for later is done when its views have their sizes, and only as long as the screen stands.

A screen that is left, or whose app ends, loses its views before it goes itself, and Textual still calls then what was
put off until after a refresh. Whoever resizes the terminal and leaves at once would see the app fail at its last
moment. Where the app ends while a screen opens, the screen never gets its views, and Textual mounts it all the same.
And behind a dialogue Textual calls what was put off before the layout that other classes ask for: the views would be
drawn for the sizes that they had before the terminal was resized, until the dialogue is closed.
In: a callback. Out: the same, which does nothing once the screen is being taken away. Never here: what is put off.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import events
from textual.screen import Screen

if TYPE_CHECKING:
    _Base = Screen[Any]
else:
    _Base = object


class Lasting(_Base):
    """Goes before the kind of screen among the bases of every screen that puts something off."""

    async def on_event(self, event: events.Event) -> None:
        """As Textual does it, but neither mounted nor resized without views."""
        if isinstance(event, events.Mount | events.Resize) and not self.children:
            return
        await super().on_event(event)

    def call_after_refresh(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        """As Textual does it, but never on a screen that has lost its views, and after a layout also where the screen
        stands behind a dialogue. False if nothing will be called."""

        def put_off() -> object:
            # No style hides a screen: it is not displayed only while it is being taken away.
            if not self.display:
                return None
            if self.is_current and not self.is_active:  # that is how Textual calls a screen behind a dialogue
                self._refresh_layout()
            return callback(*args, **kwargs)

        return super().call_after_refresh(put_off)
