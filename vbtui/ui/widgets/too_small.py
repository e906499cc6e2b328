"""What is shown where there is no room for anything else, and where that is."""

from __future__ import annotations

from textual.widget import Widget

from vbtui.i18n import N_, Translator
from vbtui.ui.measures import LEAST


class TooSmall(Widget):
    """One sentence in place of a screen."""

    DEFAULT_CSS = "TooSmall { content-align: center middle; text-align: center; color: $ink-text; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._text = ""

    def covers(self, width: int, height: int, say: Translator) -> bool:
        """Whether a screen of so many columns and rows has room for nothing else; then the sentence is said, in the
        language of the moment."""
        if width >= LEAST[0] and height >= LEAST[1]:
            return False
        text = say(N_("vbtui needs at least {columns}x{rows} cells"))
        self._text = text.format(columns=LEAST[0], rows=LEAST[1])
        self.refresh()
        return True

    def render(self) -> str:
        return self._text
