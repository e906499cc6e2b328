"""What every dialogue is: a screen over another one, filled once its views have their sizes, and again when they have
others or the looks have changed.

Decided here: when a dialogue is filled, and how a text is scrolled. Never here: what it shows and answers.
"""

from __future__ import annotations

from typing import Final

from textual.binding import Binding
from textual.screen import ModalScreen, ScreenResultType

from vbtui.ui.lasting import Lasting
from vbtui.ui.widgets.lines_view import RowsView


class Dialogue(Lasting, ModalScreen[ScreenResultType]):
    """Shown over another screen, until it has an answer. Textual calls its handlers beside those of the class that is
    derived from it."""

    AUTO_FOCUS = None

    def fill(self) -> None:
        """Show everything for the sizes that the views have now."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.call_after_refresh(self.fill)

    def on_resize(self) -> None:
        self.call_after_refresh(self.fill)

    def redraw(self) -> None:
        """The looks are others."""
        self.call_after_refresh(self.fill)


class WaitingDialogue(Dialogue[ScreenResultType]):
    """Shown while something is made that answers it: when that is there, and nothing stands over the dialogue."""

    _made: tuple[ScreenResultType] | None = None

    def answer(self, made: ScreenResultType) -> None:
        """It is there. Does nothing if nobody waits any more."""
        self._made = (made,)
        self.on_screen_resume()

    def on_screen_resume(self) -> None:
        if self._made is not None:
            self.dismiss(self._made[0])


class TextDialogue(Dialogue[ScreenResultType]):
    """A dialogue that is one view of text."""

    def action_scroll(self, rows: int) -> None:
        self.query_one(RowsView).scroll_relative(y=rows, animate=False, immediate=True)


FROM_END_TO_END: Final = (
    Binding("up", "scroll(-1)", show=False),
    Binding("down", "scroll(1)", show=False),
    Binding("pageup", "scroll(-10)", show=False),
    Binding("pagedown", "scroll(10)", show=False),
    Binding("home", "scroll(-1000000)", show=False),
    Binding("end", "scroll(1000000)", show=False),
)
"""The keys of a text that is only read."""
