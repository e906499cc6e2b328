"""What is shown where there is no room for anything else."""

from __future__ import annotations

from textual.widget import Widget

from vbtui.i18n import N_

TOO_SMALL = N_("vbtui needs at least {columns}x{rows} cells")


class TooSmall(Widget):
    """One sentence. Its text is set by the screen, in the language of the moment."""

    DEFAULT_CSS = "TooSmall { content-align: center middle; text-align: center; color: $ink-text; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._text = ""

    def say(self, text: str) -> None:
        self._text = text
        self.refresh()

    def render(self) -> str:
        return self._text
